package io.persidict;

import io.persidict.store.ETag;

/** Whether a conditional operation returns the value that is stored, besides its version. */
public enum Retrieve {
  /** Never, which saves reading it. */
  NEVER,

  /** Unless its version is the one that the condition names, whose value the caller has. */
  IF_CHANGED,

  /** Whenever there is an entry. */
  ALWAYS;

  /** Whether to return the value of the version {@code actual}, after that condition. */
  boolean wants(Condition condition, ETag actual) {
    boolean known =
        (condition instanceof Condition.Matches matches && matches.etag().equals(actual))
            || (condition instanceof Condition.ChangedFrom changed
                && changed.etag().equals(actual));
    return this == ALWAYS || (this == IF_CHANGED && !known);
  }
}
