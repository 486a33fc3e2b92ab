package io.persidict.store.s3;

/**
 * Names one write of an object among all writes of all stores.
 *
 * @param writer of writes that follow each other, never two at once; of {@code A-Za-z0-9_-}
 * @param number one that no other of them is likely to have
 */
record WriteId(String writer, long number) {
  @Override
  public String toString() {
    return writer + "." + number;
  }
}
