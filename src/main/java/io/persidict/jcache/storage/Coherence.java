package io.persidict.jcache.storage;

import io.persidict.key.DictKey;
import io.persidict.store.ChangeCounts;
import io.persidict.store.ChangeCounts.Change;
import io.persidict.store.ChangeWatch;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;

/** What tells whether an entry in memory is still that of the store. */
interface Coherence {
  /** Nothing needs to: entries never change. */
  Coherence ALWAYS_VALID =
      new Coherence() {
        @Override
        public ChangeWatch watch(DictKey key) {
          return ChangeWatch.ALWAYS_VALID;
        }

        @Override
        public ChangeWatch after(Change change) {
          return ChangeWatch.ALWAYS_VALID;
        }
      };

  /** A watch over an entry, to be begun before it is read. */
  ChangeWatch watch(DictKey key);

  /** A watch over what this process wrote. */
  ChangeWatch after(Change change);

  /** The store does, by {@code watches} that see all changes, or else nothing. */
  static Coherence checked(Function<DictKey, ChangeWatch> watches) {
    return new Coherence() {
      @Override
      public ChangeWatch watch(DictKey key) {
        return watches.apply(key);
      }

      @Override
      public ChangeWatch after(Change change) {
        return ChangeWatch.NEVER_VALID;
      }
    };
  }

  /**
   * The changes by this process do, and time.
   *
   * @param ours counts these changes
   * @param name that under which a change of an entry is counted
   * @param bound how long changes by others may stay unread; empty for ever
   */
  static Coherence unchecked(
      ChangeCounts ours, Function<DictKey, String> name, Optional<Duration> bound) {
    return new Coherence() {
      @Override
      public ChangeWatch watch(DictKey key) {
        return bounded(ours.watch(name.apply(key)));
      }

      @Override
      public ChangeWatch after(Change change) {
        return bounded(change.watch());
      }

      private ChangeWatch bounded(ChangeWatch watch) {
        if (bound.isEmpty() || watch.isBlind()) {
          return watch;
        }
        long end = System.nanoTime() + bound.get().toNanos();
        return new ChangeWatch(
            (stripe, count) ->
                System.nanoTime() - end < 0 && watch.source().isUnchanged(stripe, count),
            watch.stripe(),
            watch.count());
      }
    };
  }
}
