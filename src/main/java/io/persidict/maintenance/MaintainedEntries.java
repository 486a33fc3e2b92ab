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

  /**
   * {@return what a name stands for}
   *
   * @param name whole, as it was listed
   */
  Kind kind(String name);

  /**
   * Runs what has to do with the store, before which that is not closed.
   *
   * @param work run once, by this thread
   * @throws IllegalStateException if it is closed already
   */
  default void run(Runnable work) {
    work.run();
  }

  /** Called as a round begins, after it asked for the time. */
  default void beginRound() {}

  /**
   * {@return whether the time of an entry is over; never unless overridden} May be called by
   * several threads at once, as may {@link #expire} and {@link #evict}.
   *
   * @param entry as it was listed; it may be another by now
   * @param now when the round began, by the clock of the store
   */
  default boolean isOver(Listed entry, Instant now) {
    return false;
  }

  /** {@return whether {@link #isOver} asks the store, in this round; not unless overridden} */
  default boolean readsEntries() {
    return false;
  }

  /**
   * Removes that version of an entry whose time is over; as {@link #evict} does unless overridden.
   *
   * @param entry as it was listed
   * @return whether it was still stored, and is removed
   */
  default boolean expire(Listed entry) {
    return evict(entry);
  }

  /**
   * Removes that version of an entry.
   *
   * @param entry as it was listed
   * @return whether it was still stored, and is removed
   */
  boolean evict(Listed entry);
}
