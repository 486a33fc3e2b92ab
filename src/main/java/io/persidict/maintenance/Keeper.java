package io.persidict.maintenance;

import static java.lang.System.Logger.Level.DEBUG;
import static java.lang.System.Logger.Level.WARNING;

import io.persidict.metrics.FlightRecorder;
import io.persidict.store.Housekeeping;
import io.persidict.store.StorageFullException;
import io.persidict.store.Store;
import io.persidict.store.StoreException;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Keeps one store within its limits: takes what is going to be written into account, and has a
 * round begin where that is too much, or its time has come.
 *
 * <p>Writers take a share of the room into account before they use it, so that what all processes
 * may have written is known to each of them whenever it takes the next share. Above the bound, a
 * round begins; above half of the slack, it hurries; near its end, writers wait for it.
 */
public final class Keeper implements StoreMaintenance, AutoCloseable {
  /** The names of what keepers store beside the entries. */
  public static final Set<String> OWN = Set.of(Total.NAME, RoundLease.NAME);

  private static final System.Logger LOGGER = System.getLogger(Keeper.class.getName());

  /** How far above the bound, in eighths of the slack. */
  private static final int BEGIN = 0;

  private static final int HURRY = 4;
  private static final int WAIT = 6;

  private static final Duration LOCAL_LEASE = Duration.ofSeconds(3);
  private static final Duration REMOTE_LEASE = Duration.ofSeconds(20);
  private static final Duration FIRST_LOOK = Duration.ofSeconds(10);
  private static final Duration LOOK = Duration.ofSeconds(5);
  private static final Duration RETRY = Duration.ofMillis(100);
  private static final Duration RETRY_AFTER_FAULT = Duration.ofSeconds(10);
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);
  private static final Duration LONGEST_RUN = Duration.ofMinutes(1);
  private static final Duration LONGEST_REST = Duration.ofDays(1);
  private static final Duration LOCAL_POLL = Duration.ofMillis(5);
  private static final Duration REMOTE_POLL = Duration.ofMillis(250);

  private final Store store;
  private final Store forLease;
  private final Housekeeping keeping;
  private final StoreLimits limits;
  private final Maintenance maintenance;
  private final MaintainedEntries entries;
  private final Uses uses;
  private final ReentrantLock working = new ReentrantLock();
  private final RoundLease lease;
  private final String totalName;
  private final Share share;

  /** Whether a thread of its own has a turn, since writers wait. */
  private final AtomicBoolean helped = new AtomicBoolean();

  private volatile boolean closed;
  private volatile boolean asked;
  private volatile boolean hurried;
  private volatile int waiting;
  private volatile long nextTurn;
  private volatile @Nullable StoreRound last;
  private volatile long roundsForSpaceBegun;
  private volatile long roundsForSpaceEnded;
  private volatile boolean roundForSpaceHelped;
  private volatile boolean spaceWanted;

  /** Whether the last round failed, of which users were warned; then nobody waits for the next. */
  private volatile boolean failed;

  /** Until then others have had no time to do what failed here. */
  private volatile long failedUntil;

  /** Whether what the last round counted could not be written down. */
  private volatile boolean untold;

  /** Whether the last round left out entries, of which users were warned. */
  private volatile boolean warnedOfEntries;

  private volatile long futileUntil = System.nanoTime();

  /** What is known of the store's total. */
  private volatile Total known = Total.UNKNOWN;

  private final Total.Age sinceRound = new Total.Age();
  private final Object reading = new Object();
  private long readAt = System.nanoTime();

  /**
   * A keeper that does nothing until it is started.
   *
   * @param store whose entries they are; this does not close it
   * @param forLease the same, for the lease and the total, which may be given back after it is
   *     closed
   * @param scope what tells these entries from others that lie in the same place; part of a name,
   *     perhaps empty
   * @param limits what the store is kept to
   * @param entries tells which of its names are entries, and removes them
   * @param uses told what is worth remembering
   * @param maintenance the thread that has its turns with this store
   * @throws IllegalArgumentException if a bound of bytes leaves room for no entry
   */
  public Keeper(
      Store store,
      Store forLease,
      String scope,
      StoreLimits limits,
      MaintainedEntries entries,
      Uses uses,
      Maintenance maintenance) {
    this.store = store;
    this.forLease = forLease;
    this.keeping = store.housekeeping();
    this.limits = limits;
    this.entries = entries;
    this.uses = uses;
    this.maintenance = maintenance;
    this.totalName = Total.NAME + scope;
    this.share = new Share(forLease, totalName, limits, keeping.isRemote());
    this.lease =
        new RoundLease(
            forLease, RoundLease.NAME + scope, keeping.isRemote() ? REMOTE_LEASE : LOCAL_LEASE);
    limits
        .maxBytes()
        .ifPresent(
            most -> {
              if (most < keeping.allocated(1)) {
                throw new IllegalArgumentException(
                    "a bound of "
                        + most
                        + " bytes, in which no entry has room: the storage allocates "
                        + keeping.allocated(1)
                        + " bytes at once");
              }
            });
  }

  /** Begins; to be called once the store may be used. */
  public void start() {
    Duration first =
        limits.isBounded()
            ? Duration.ZERO
            : limits.purgeInterval().map(each -> min(each, FIRST_LOOK)).orElse(FIRST_LOOK);
    nextTurn = System.nanoTime() + first.toNanos();
    if (limits.isActive()) {
      maintenance.add(this);
    }
  }

  private static Duration min(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  @Override
  public StoreLimits limits() {
    return limits;
  }

  @Override
  public Optional<StoreRound> last() {
    return Optional.ofNullable(last);
  }

  // ---- writers

  /**
   * Takes a version into account that is going to be written; waits if there is no room for it.
   *
   * @throws IllegalArgumentException if it can have none
   */
  void beforePut(long size) {
    if (!limits.isBounded()) {
      return;
    }
    long bytes = keeping.allocated(size);
    if (limits.maxBytes().isPresent() && bytes > limits.maxBytes().getAsLong()) {
      throw new IllegalArgumentException(
          "an entry takes "
              + bytes
              + " bytes, more than "
              + store
              + " may have for all of them, which is "
              + limits.maxBytes().getAsLong()
              + "; raise that bound");
    }
    try {
      Total total = share.take(bytes);
      if (total != null) {
        consider(total);
      }
    } catch (StoreException | IllegalStateException e) {
      LOGGER.log(DEBUG, "cannot count what is written to " + store, e);
      ask(false);
    }
  }

  /** Takes less into account again, after a write that took less than was said. */
  void giveBack(long size) {
    if (limits.isBounded()) {
      share.giveBack(keeping.allocated(size));
    }
  }

  private void consider(Total total) {
    learn(total);
    if (!total.isKnown() || isAbove(total, BEGIN)) {
      ask(!total.isKnown() || isAbove(total, HURRY));
    } else if (mayHaveMore(total) && nanosToTurn() > LOOK.toNanos()) {
      nextTurn = System.nanoTime() + LOOK.toNanos();
      maintenance.wake();
    }
    if (isAbove(total, WAIT) && !maintenance.isOwnThread()) {
      await(() -> failed || !isAbove(readNow(), WAIT));
    }
  }

  private Duration poll() {
    return keeping.isRemote() ? REMOTE_POLL : LOCAL_POLL;
  }

  /** The total, read by one thread for all that wait. */
  private Total readNow() {
    synchronized (reading) {
      if (System.nanoTime() - readAt > poll().toNanos()) {
        learn(Total.read(forLease, totalName));
        readAt = System.nanoTime();
      }
      return known;
    }
  }

  private boolean isAbove(Total total, int eighths) {
    return limits.isAbove(total.entries(), total.bytes(), eighths);
  }

  private interface Condition {
    boolean holds();
  }

  /** Waits, and has another thread work while the one that should is busy elsewhere. */
  private boolean await(Condition condition) {
    long end = System.nanoTime() + LONGEST_WAIT.toNanos();
    changeWaiting(1);
    try {
      while (true) {
        if (maintenance.isBusyElsewhere(this) && nanosToTurn() <= 0) {
          getHelp(); // also where nobody waits, since the last turn failed
        }
        if (condition.holds()) {
          return true;
        }
        if (closed || System.nanoTime() - end > 0) {
          return false;
        }
        ask(true);
        Waiting.pause(poll().toNanos());
      }
    } finally {
      changeWaiting(-1);
    }
  }

  private void getHelp() {
    if (helped.compareAndSet(false, true) && !maintenance.help(this::help)) {
      helped.set(false);
    }
  }

  private void help() {
    try {
      turn();
    } finally {
      helped.set(false);
    }
  }

  private synchronized void changeWaiting(int by) {
    waiting += by;
  }

  private void ask(boolean hurry) {
    boolean news = !asked || (hurry && !hurried);
    asked = true;
    hurried |= hurry;
    if (news) {
      nextTurn = System.nanoTime();
      maintenance.wake();
    }
  }

  /**
   * Has room made on a storage that is full, and waits for that, unless it was in vain a moment
   * ago; tells whether it is worth another try. Then it is too, since others may have given room
   * back.
   */
  boolean makeRoom() {
    if (!limits.isActive() || closed || maintenance.isOwnThread()) {
      return false;
    }
    if (System.nanoTime() - futileUntil < 0) {
      return true;
    }
    long begun = roundsForSpaceBegun;
    spaceWanted = true;
    nextTurn = System.nanoTime();
    maintenance.wake(); // whatever was asked for before
    boolean done =
        await(
            () -> {
              if (roundsForSpaceBegun == begun) {
                spaceWanted = true;
              }
              return roundsForSpaceEnded > begun;
            });
    if (!done || !roundForSpaceHelped) {
      futileUntil = System.nanoTime() + RETRY_AFTER_FAULT.toNanos();
    }
    return done;
  }

  // ---- rounds

  long nanosToTurn() {
    return nextTurn - System.nanoTime();
  }

  /** Does what there is to do. Never fails. */
  void turn() {
    long begun = System.nanoTime();
    rest(LOOK);
    try {
      entries.run(this::look);
    } catch (IllegalStateException e) {
      LOGGER.log(DEBUG, "maintenance of " + store + " ended", e); // closed, or destroyed
    } catch (RuntimeException | Error e) {
      rest(RETRY_AFTER_FAULT);
      spaceWanted = false; // who waits for it wants it still
      asked = true; // until then it is nothing new
      boolean warned = failed;
      failed = true; // before it is told, which may fail too
      long ended = System.nanoTime();
      failedUntil = ended + LONGEST_WAIT.toNanos() + 2 * (ended - begun);
      if (!warned) {
        LOGGER.log(
            WARNING, "maintenance of {0} failed with {1}; it is tried again", store, kind(e));
      }
      LOGGER.log(DEBUG, "why maintenance of " + store + " failed", e);
    }
  }

  /** The class of a failure, and that of its first cause; its message may name entries. */
  private static String kind(Throwable failure) {
    String kind = failure.getClass().getName();
    Throwable first =
        Stream.iterate(failure, Objects::nonNull, Throwable::getCause)
            .limit(100) // causes may lead round in a circle
            .reduce(failure, (outer, cause) -> cause);
    return first == failure ? kind : kind + " (" + first.getClass().getName() + ")";
  }

  private void look() {
    if (closed) {
      return;
    }
    if (spaceWanted) {
      rest(round(true) ? Duration.ZERO : RETRY);
      return;
    }
    boolean wasAsked = asked;
    asked = false; // so that what is asked from now on is seen
    Total total = Total.read(forLease, totalName);
    learn(total);
    boolean wanted = (limits.isBounded() && isBeyond(total)) || isDue(total);
    hurried = limits.isBounded() && isAbove(total, HURRY);
    if (!wanted) {
      failed = false;
      rest(untilNextLook(total));
      if (asked || spaceWanted) {
        rest(Duration.ZERO);
      }
      return;
    }
    asked |= wasAsked;
    boolean done = round(false);
    if (!done && System.nanoTime() - failedUntil > 0) {
      failed = false; // others do what failed here long ago
    }
    rest(done ? afterRound() : asked ? RETRY : LOOK);
    if (spaceWanted) {
      rest(Duration.ZERO);
    }
  }

  private void rest(Duration untilNextTurn) {
    nextTurn = System.nanoTime() + untilNextTurn.toNanos();
  }

  /** At once, unless the next round could do no more than the last one. */
  private Duration afterRound() {
    if (untold) {
      return RETRY_AFTER_FAULT;
    }
    StoreRound done = last;
    return done != null && done.evicted() == 0 && limits.isBounded() && isAbove(known, BEGIN)
        ? RETRY
        : Duration.ZERO;
  }

  /** Whether there is too much, or may be though the total does not tell. */
  private boolean isBeyond(Total total) {
    return !total.isKnown()
        || isAbove(total, BEGIN)
        || (mayHaveMore(total) && untilCountedAgain(total).isZero());
  }

  /** Whether it is so near to the bound that it must be counted again, once writers rest. */
  private boolean mayHaveMore(Total total) {
    return !total.isSettled() && limits.isNear(total.entries(), total.bytes());
  }

  private Duration untilCountedAgain(Total total) {
    return remaining(LOOK, total);
  }

  private void learn(Total total) {
    known = total;
    sinceRound.saw(total);
    uses.dueBefore(total.due());
  }

  private boolean isDue(Total total) {
    return limits.purgeInterval().isPresent() && untilDue(total).isZero();
  }

  private Duration untilDue(Total total) {
    return limits.purgeInterval().map(each -> remaining(each, total)).orElse(LONGEST_REST);
  }

  private Duration remaining(Duration interval, Total total) {
    Duration since = sinceRound.of(total);
    return since.compareTo(interval) >= 0 ? Duration.ZERO : interval.minus(since);
  }

  private Duration untilNextLook(Total total) {
    Duration next = min(untilDue(total), LONGEST_REST);
    if (mayHaveMore(total)) {
      return min(next, untilCountedAgain(total));
    }
    return limits.isBounded() && !keeping.isRemote() ? min(next, LOOK) : next;
  }

  @Override
  public StoreRound run() {
    long end = System.nanoTime() + LONGEST_RUN.toNanos();
    changeWaiting(1);
    try {
      while (System.nanoTime() - end < 0) {
        if (closed) {
          throw new IllegalStateException("store " + store + " is closed");
        }
        if (round(false)) {
          StoreRound done = last;
          if (done != null) {
            return done;
          }
        }
        Waiting.pause(RETRY.toNanos());
      }
    } finally {
      changeWaiting(-1);
    }
    throw new IllegalStateException(
        "maintenance of " + store + " by another process has not ended within " + LONGEST_RUN);
  }

  /**
   * Runs a round, unless somebody else does.
   *
   * @param forSpace whether more is to go than the bound demands
   */
  private boolean round(boolean forSpace) {
    if (!working.tryLock()) {
      return false;
    }
    try {
      Right right = forSpace ? Right.NOT_NEEDED : right();
      if (right == Right.OTHERS) {
        return false;
      }
      try {
        carryOut(forSpace, right == Right.HELD);
        return true;
      } finally {
        lease.close();
      }
    } finally {
      working.unlock();
    }
  }

  /** Whose the right to work is. */
  private enum Right {
    HELD,
    OTHERS,
    /** Where the storage is full the lease cannot be written, and it is high time. */
    NOT_NEEDED
  }

  private Right right() {
    try {
      return lease.tryTake() ? Right.HELD : Right.OTHERS;
    } catch (StorageFullException e) {
      return Right.NOT_NEEDED;
    }
  }

  private void carryOut(boolean forSpace, boolean leased) {
    Total before = Total.read(forLease, totalName);
    long number = roundsForSpaceBegun + (forSpace ? 1 : 0);
    roundsForSpaceBegun = number; // by one thread at a time
    if (forSpace) {
      spaceWanted = false;
    }
    Pace pace =
        new Pace(keeping.isRemote(), () -> forSpace || hurried || waiting > 0, () -> closed);
    // A server's clock is asked for by what it has just stamped.
    Instant now = leased && keeping.isRemote() ? lease.stamp() : keeping.now();
    Round round = new Round(store, entries, pace, now, () -> !closed && (!leased || lease.keep()));
    FlightRecorder.Round recorded = FlightRecorder.maintenanceRound(store.toString());
    boolean complete = false;
    try {
      round.purge();
      if (limits.isBounded()) {
        evict(round, forSpace);
      }
      complete = round.isComplete();
      if (complete) {
        tell(round, before);
      }
      if (!hurried && !forSpace) {
        round.tidy();
      }
    } finally {
      StoreRound done = round.report(complete);
      last = done;
      if (recorded != null) {
        recorded.over(
            done.expired(), done.evicted(), done.leftovers(), done.entries(), done.bytes());
      }
      if (forSpace) {
        roundForSpaceHelped =
            round.removed() > 0
                || (complete // others, who were told that it is full too, came first
                    && round.fault() == null
                    && limits.isBounded()
                    && round.counted().entries() > 0);
        roundsForSpaceEnded = number;
      }
    }
    if (complete) {
      tellFault(round);
      failed = false;
    }
  }

  /** Warns of what had to stay though it may have had to go; fails if nothing of it went. */
  private void tellFault(Round round) {
    Throwable fault = round.fault();
    boolean warned = warnedOfEntries;
    warnedOfEntries = fault != null;
    if (fault == null) {
      return;
    }
    if (round.isInVain()) {
      throw new StoreException(
          "cannot remove from " + store + " what has to go: " + fault.getMessage(), fault);
    }
    LOGGER.log(
        warned ? DEBUG : WARNING,
        "maintenance of {0} left out entries that it cannot read or remove ({1})",
        store,
        fault.getClass().getName());
    LOGGER.log(DEBUG, "the first entry that was left out", fault);
  }

  private void evict(Round round, boolean forSpace) {
    Victims counted = round.counted();
    boolean beyond = limits.isAbove(counted.entries(), counted.bytes(), BEGIN);
    if (forSpace && !beyond) {
      // As many as wait for it, and some more.
      round.evict(counted.entries() - counted.entries() / 20 - waiting - 1, Long.MAX_VALUE);
    } else if (beyond) {
      round.evict(limits.entryTarget(), limits.byteTarget());
    }
  }

  private void tell(Round round, Total before) {
    try {
      Total now =
          Total.change(
              forLease,
              totalName,
              all ->
                  all.afterRound(
                      before,
                      round.entriesLeft(),
                      round.bytesLeft(),
                      System.currentTimeMillis(),
                      round.counted().due()));
      learn(now);
      if (!isAbove(now, HURRY)) {
        hurried = false;
      }
      untold = false;
    } catch (StoreException e) {
      untold = true;
      LOGGER.log(DEBUG, "cannot tell how much " + store + " has", e);
    }
  }

  /** Has what is under way end soon, and nobody wait any more; waits for nothing. */
  public void stop() {
    closed = true;
  }

  /** How many entries and bytes there are, as far as is known here. */
  @Override
  public long entries() {
    return known.entries();
  }

  @Override
  public long bytes() {
    return known.bytes();
  }

  /**
   * Ends what is under way, and waits for that; no round begins any more. The maintenance's own
   * thread does not wait for itself.
   */
  @Override
  public void close() {
    stop();
    maintenance.remove(this);
    if (!working.isHeldByCurrentThread()) {
      working.lock(); // once nobody works
      try {
        LOGGER.log(DEBUG, "maintenance of {0} is closed", store);
      } finally {
        working.unlock();
      }
    }
  }
}
