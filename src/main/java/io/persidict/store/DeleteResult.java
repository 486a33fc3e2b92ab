package io.persidict.store;

/** What became of a {@link Store#delete}. */
public sealed interface DeleteResult {

  /** The name is absent now, and this call made it so. */
  enum Deleted implements DeleteResult {
    /** The only one. */
    DELETED
  }

  /** The name was absent before; nothing was changed. */
  enum WasAbsent implements DeleteResult {
    /** The only one. */
    WAS_ABSENT
  }

  /**
   * Another version than the expected one is stored; nothing was changed.
   *
   * @param actual the version that stood in the way
   */
  record Lost(ETag actual) implements DeleteResult {}
}
