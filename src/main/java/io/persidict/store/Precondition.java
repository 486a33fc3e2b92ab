package io.persidict.store;

/** What must hold of a name at the moment it is written or deleted. */
public sealed interface Precondition {

  /** {@return a precondition that holds always} */
  static Precondition none() {
    return None.NONE;
  }

  /** {@return a precondition that holds while nothing is stored under the name} */
  static Precondition absent() {
    return Absent.ABSENT;
  }

  /**
   * {@return a precondition that holds while the version that {@code etag} names is stored}
   *
   * @param etag as the same store gave it
   */
  static Precondition matches(ETag etag) {
    return new Matches(etag);
  }

  /** See {@link #none()}. */
  enum None implements Precondition {
    /** The only one. */
    NONE
  }

  /** See {@link #absent()}. */
  enum Absent implements Precondition {
    /** The only one. */
    ABSENT
  }

  /**
   * See {@link #matches(ETag)}.
   *
   * @param etag the version that must be stored
   */
  record Matches(ETag etag) implements Precondition {}
}
