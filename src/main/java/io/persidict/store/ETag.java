package io.persidict.store;

/**
 * Names one version of the bytes under a name. Compared by its text alone, which only the store
 * that made it can read.
 *
 * <p>In {@code store.file} it changes with every replacement. In S3 it is a hash of the content:
 * two equal bodies share one, so whoever must notice A-B-A writes a unique token into the body.
 *
 * @param value not empty
 */
public record ETag(String value) {
  /**
   * An ETag as a store made it.
   *
   * @param value that of the store, as it is
   * @throws IllegalArgumentException if it is empty
   */
  public ETag {
    if (value.isEmpty()) {
      throw new IllegalArgumentException("an ETag is not empty");
    }
  }

  @Override
  public String toString() {
    return value;
  }
}
