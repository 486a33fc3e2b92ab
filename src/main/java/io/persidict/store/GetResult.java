package io.persidict.store;

/** What {@link Store#get} found. */
public sealed interface GetResult {

  /**
   * A whole version.
   *
   * @param bytes owned by the caller
   * @param stat of the same version
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Found(byte[] bytes, Stat stat) implements GetResult {}

  /** The version that the caller knows is still the stored one. */
  enum NotModified implements GetResult {
    /** The only one. */
    NOT_MODIFIED
  }

  /** Nothing is stored under the name. */
  enum Absent implements GetResult {
    /** The only one. */
    ABSENT
  }
}
