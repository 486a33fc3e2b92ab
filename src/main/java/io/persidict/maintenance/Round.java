package io.persidict.maintenance;

import io.persidict.store.DeleteResult;
import io.persidict.store.Housekeeping;
import io.persidict.store.Listed;
import io.persidict.store.Store;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * One pass over a store, and another one if entries have to go: the first one removes what is over
 * and counts the rest, the second one removes by what was counted. Holds neither names nor versions
 * of more than a page of the listing.
 */
final class Round {
  /** Nobody renews a lease for less than half of this. */
  private static final Duration DEAD = Duration.ofHours(2);

  private final Store store;
  private final MaintainedEntries entries;
  private final Pace pace;
  private final BooleanSupplier goesOn;
  private final Housekeeping keeping;
  private final Instant began = Instant.now();
  private final long beganNanos = System.nanoTime();
  private final Instant now;
  private final Victims counted;
  private final AtomicBoolean stopped = new AtomicBoolean();
  private long expired;
  private long evicted;
  private long evictedBytes;
  private long leftovers;

  /**
   * @param now by the clock of the store
   * @param goesOn asked now and then, by one thread; the round ends once it says no
   */
  Round(Store store, MaintainedEntries entries, Pace pace, Instant now, BooleanSupplier goesOn) {
    this.store = store;
    this.entries = entries;
    this.pace = pace;
    this.goesOn = goesOn;
    this.keeping = store.housekeeping();
    this.now = now;
    this.counted = new Victims(now.toEpochMilli());
  }

  /** What became of a name. */
  private enum Fate {
    STAYS,
    EXPIRED,
    EVICTED,
    LEFT_OVER,
    IGNORED
  }

  private record Seen(Listed listed, Fate fate) {}

  /** What a pass does with a name; perhaps in several threads at once. */
  private interface Visit {
    Fate decide(Listed listed);
  }

  /** What a pass does with what became of a name; tells whether to go on. */
  private interface Tally {
    boolean add(Seen seen);
  }

  /** Removes what is over and left behind, and counts the rest. */
  void purge() {
    entries.beginRound();
    pass(
        this::judge,
        seen -> {
          switch (seen.fate) {
            case EXPIRED -> expired++;
            case LEFT_OVER -> leftovers++;
            case STAYS ->
                counted.add(
                    seen.listed.stat().lastModified().toEpochMilli(),
                    used(seen.listed),
                    seen.listed.allocated());
            default -> {}
          }
          return true;
        });
  }

  private static long used(Listed listed) {
    return listed.isUsed() ? listed.used().toEpochMilli() : Long.MIN_VALUE;
  }

  private Fate judge(Listed listed) {
    return switch (entries.kind(listed.name())) {
      case ENTRY -> {
        if (entries.readsEntries()) {
          pace.request();
        }
        if (entries.isOver(listed, now)) {
          pace.request();
          yield entries.expire(listed) ? Fate.EXPIRED : Fate.STAYS;
        }
        yield Fate.STAYS;
      }
      case LEASE -> isDead(listed) && delete(listed) ? Fate.LEFT_OVER : Fate.IGNORED;
      case OTHER -> Fate.IGNORED;
    };
  }

  private boolean isDead(Listed lease) {
    return lease.stat().lastModified().plus(DEAD).isBefore(now);
  }

  private boolean delete(Listed listed) {
    pace.request();
    return store.discard(listed.name(), listed.stat().etag()) == DeleteResult.Deleted.DELETED;
  }

  /** Removes what was used least recently, until no more than so much is left of it. */
  void evict(long maxEntries, long maxBytes) {
    if (stopped.get() || (counted.entries() <= maxEntries && counted.bytes() <= maxBytes)) {
      return;
    }
    Victims.Plan plan = counted.plan(maxEntries, maxBytes);
    Excess excess = new Excess(counted.entries() - maxEntries, counted.bytes() - maxBytes);
    pass(
        listed -> evict(listed, plan, excess),
        seen -> {
          if (seen.fate == Fate.EVICTED) {
            evicted++;
            evictedBytes += seen.listed.allocated();
          }
          return entriesLeft() > maxEntries || bytesLeft() > maxBytes;
        });
  }

  /** What is still to go, so that several threads together do not remove more. */
  private static final class Excess {
    private long entries;
    private long bytes;

    Excess(long entries, long bytes) {
      this.entries = entries;
      this.bytes = bytes;
    }

    synchronized boolean take(long size) {
      if (entries <= 0 && bytes <= 0) {
        return false;
      }
      entries--;
      bytes -= size;
      return true;
    }

    synchronized void giveBack(long size) {
      entries++;
      bytes += size;
    }
  }

  private Fate evict(Listed listed, Victims.Plan plan, Excess excess) {
    if (entries.kind(listed.name()) != MaintainedEntries.Kind.ENTRY
        || !includes(plan, listed)
        || !excess.take(listed.allocated())) {
      return Fate.IGNORED;
    }
    boolean done = false;
    try {
      if (isStillIn(plan, listed)) {
        pace.request();
        done = entries.evict(listed);
      }
    } finally {
      if (!done) {
        excess.giveBack(listed.allocated());
      }
    }
    return done ? Fate.EVICTED : Fate.IGNORED;
  }

  /** Whether an entry was not used meanwhile; where uses leave no trace there is nothing to ask. */
  private boolean isStillIn(Victims.Plan plan, Listed listed) {
    return keeping.isRemote()
        || keeping.look(listed.name()).filter(again -> includes(plan, again)).isPresent();
  }

  private static boolean includes(Victims.Plan plan, Listed listed) {
    return plan.includes(listed.stat().lastModified().toEpochMilli(), used(listed));
  }

  private void pass(Visit visit, Tally tally) {
    try (Stream<Listed> listed = store.list("");
        Stream<Seen> seen =
            store.concurrently(
                listed,
                each -> new Seen(each, stopped.get() ? Fate.IGNORED : visit.decide(each)))) {
      for (Seen each : (Iterable<Seen>) seen::iterator) {
        pace.step();
        if (!goesOn.getAsBoolean()) {
          stopped.set(true);
        }
        if (stopped.get() || !tally.add(each)) {
          break;
        }
      }
    }
  }

  /** Removes directories that are left empty. */
  void tidy() {
    if (!stopped.get()) {
      keeping.removeEmptyDirectories("");
    }
  }

  Victims counted() {
    return counted;
  }

  long entriesLeft() {
    return counted.entries() - evicted;
  }

  long bytesLeft() {
    return counted.bytes() - evictedBytes;
  }

  long removed() {
    return expired + evicted;
  }

  boolean isComplete() {
    return !stopped.get();
  }

  /** What it did so far. */
  StoreRound report(boolean complete) {
    return new StoreRound(
        began,
        Duration.ofNanos(System.nanoTime() - beganNanos),
        entriesLeft(),
        bytesLeft(),
        expired,
        evicted,
        leftovers,
        complete && isComplete());
  }
}
