package io.persidict.maintenance;

import io.persidict.store.DeleteResult;
import io.persidict.store.Housekeeping;
import io.persidict.store.Listed;
import io.persidict.store.Store;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One pass over a store, and another one if entries have to go: the first one removes what is over
 * and counts the rest, the second one removes by what was counted. Holds neither names nor versions
 * of more than a page of the listing.
 *
 * <p>An entry that cannot be judged or removed stays, and keeps no other from its turn.
 */
final class Round {
  /** Nobody renews a lease for less than half of this. */
  private static final Duration DEAD = Duration.ofHours(2);

  /** How long removals may take, together, as long as none succeeds. */
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);

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
  private final AtomicLong nanosInVain = new AtomicLong();
  private volatile boolean cannotRemove;
  private @Nullable Throwable fault;
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

  private record Seen(Listed listed, Fate fate, @Nullable Throwable fault) {}

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
        yield entries.isOver(listed, now) && remove(() -> entries.expire(listed))
            ? Fate.EXPIRED
            : Fate.STAYS;
      }
      case LEASE -> isDead(listed) && remove(() -> discard(listed)) ? Fate.LEFT_OVER : Fate.IGNORED;
      case OTHER -> Fate.IGNORED;
    };
  }

  private boolean isDead(Listed lease) {
    return lease.stat().lastModified().plus(DEAD).isBefore(now);
  }

  /**
   * Removes something, unless that has only been tried in vain for long: where nobody may delete,
   * each try may take a while, and writers wait for the end of the round.
   */
  private boolean remove(BooleanSupplier removal) {
    if (nanosInVain.get() > PATIENCE_NANOS) {
      return false;
    }
    pace.request();
    long begun = System.nanoTime();
    boolean done = false;
    try {
      done = removal.getAsBoolean();
    } catch (RuntimeException | Error e) {
      cannotRemove = true;
      throw e;
    } finally {
      if (done) {
        nanosInVain.set(Long.MIN_VALUE);
      } else {
        nanosInVain.addAndGet(System.nanoTime() - begun);
      }
    }
    return done;
  }

  private boolean discard(Listed listed) {
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
      done = remove(() -> isStillIn(plan, listed) && entries.evict(listed));
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
                each -> stopped.get() ? new Seen(each, Fate.IGNORED, null) : visit(visit, each))) {
      for (Seen each : (Iterable<Seen>) seen::iterator) {
        pace.step();
        if (fault == null) {
          fault = each.fault;
        }
        if (!goesOn.getAsBoolean()) {
          stopped.set(true);
        }
        if (stopped.get() || !tally.add(each)) {
          break;
        }
      }
    }
  }

  private Seen visit(Visit visit, Listed listed) {
    try {
      return new Seen(listed, visit.decide(listed), null);
    } catch (IllegalStateException e) {
      throw e; // the store is closed
    } catch (RuntimeException | Error e) {
      boolean isEntry = entries.kind(listed.name()) == MaintainedEntries.Kind.ENTRY;
      return new Seen(listed, isEntry ? Fate.STAYS : Fate.IGNORED, e);
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

  /**
   * Why the first one stays of those that could not be judged or removed; null if there is none.
   */
  @Nullable Throwable fault() {
    return fault;
  }

  /** Whether something had to go and could not, and nothing went. */
  boolean isInVain() {
    return cannotRemove && removed() + leftovers == 0;
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
