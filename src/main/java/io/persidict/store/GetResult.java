package io.persidict.store;

/** What {@link Store#get} found. */
public sealed interface GetResult {

  /** A whole version: its bytes, which the caller owns, and what is known of it. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Found(byte[] bytes, Stat stat) implements GetResult {}

  /** The version that the caller knows is still the stored one. */
  enum NotModified implements GetResult {
    NOT_MODIFIED
  }

  /** Nothing is stored under the name. */
  enum Absent implements GetResult {
    ABSENT
  }
}
