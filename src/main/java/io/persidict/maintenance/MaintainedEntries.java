package io.persidict.maintenance;

import io.persidict.store.Listed;
import java.time.Instant;

/** What those whose entries lie in a store know of them. */
public interface MaintainedEntries {
  /** What a name stands for. */
  enum Kind {
    /** An entry, which counts. */
    ENTRY,
    /** A right to work that somebody renews as long as he works. */
    LEASE,
    /** Something else, which stays. */
    OTHER
  }

  Kind kind(String name);

  /**
   * Runs what has to do with the store, before which that is not closed.
   *
   * @throws IllegalStateException if it is closed already
   */
  default void run(Runnable work) {
    work.run();
  }

  /** Called as a round begins, after it asked for the time. */
  default void beginRound() {}

  /**
   * Whether the time of an entry is over.
   *
   * @param now when the round began, by the clock of the store
   */
  default boolean isOver(Listed entry, Instant now) {
    return false;
  }

  /** Removes that version of an entry whose time is over, if it is still stored; tells whether. */
  default boolean expire(Listed entry) {
    return evict(entry);
  }

  /** Removes that version of an entry, if it is still stored; tells whether. */
  boolean evict(Listed entry);
}
