package io.persidict.store;

/** What became of a {@link Store#delete}. */
public sealed interface DeleteResult {

  /** The name is absent now, and this call made it so. */
  enum Deleted implements DeleteResult {
    DELETED
  }

  /** The name was absent before; nothing was changed. */
  enum WasAbsent implements DeleteResult {
    WAS_ABSENT
  }

  /** Another version than the expected one is stored; nothing was changed. */
  record Lost(ETag actual) implements DeleteResult {}
}
