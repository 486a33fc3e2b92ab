package io.persidict.store.s3;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.Arrays;

/**
 * What is put in the place of an entry that was removed on condition. A text of {@value #SIZE}
 * bytes that says so, a random part that makes its ETag unique, and a line feed.
 */
final class Tombstone {
  /** By which a listing tells what may be one. */
  static final int SIZE = 229;

  private static final String TEXT =
      "persidict: the entry that was here has been removed. This object takes its place, because"
          + " not every S3 server can delete one version of an object and no other. It counts as"
          + " absent. Removal token: ";
  private static final byte[] BEGINNING = TEXT.getBytes(US_ASCII);
  private static final int RANDOM_BYTES = 24;

  private Tombstone() {}

  /** A tombstone like no other. */
  static byte[] create() {
    return (TEXT + WriterIds.random(RANDOM_BYTES) + "\n").getBytes(US_ASCII);
  }

  static boolean is(byte[] bytes) {
    return bytes.length == SIZE && Arrays.mismatch(bytes, BEGINNING) == BEGINNING.length;
  }
}
