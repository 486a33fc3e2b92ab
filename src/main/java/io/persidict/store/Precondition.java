package io.persidict.store;

/** What must hold of a name at the moment it is written or deleted. */
public sealed interface Precondition {

  /** Holds always. */
  static Precondition none() {
    return None.NONE;
  }

  /** Holds while nothing is stored under the name. */
  static Precondition absent() {
    return Absent.ABSENT;
  }

  /** Holds while the version that {@code etag} names is stored. */
  static Precondition matches(ETag etag) {
    return new Matches(etag);
  }

  /** See {@link #none()}. */
  enum None implements Precondition {
    NONE
  }

  /** See {@link #absent()}. */
  enum Absent implements Precondition {
    ABSENT
  }

  /** See {@link #matches(ETag)}. */
  record Matches(ETag etag) implements Precondition {}
}
