package io.persidict.maintenance;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.persidict.store.DeleteResult;
import io.persidict.store.ETag;
import io.persidict.store.GetResult;
import io.persidict.store.Housekeeping;
import io.persidict.store.Listed;
import io.persidict.store.MemoryStore;
import io.persidict.store.Precondition;
import io.persidict.store.PutResult;
import io.persidict.store.Stat;
import io.persidict.store.StorageFullException;
import io.persidict.store.Store;
import io.persidict.store.StoreException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a keeper does when nobody writes, and when the storage fails it. */
@Execution(ExecutionMode.CONCURRENT) // they wait
final class KeeperTest {
  private static final StoreLimits TEN = StoreLimits.NONE.withMaxEntries(10);

  private final Counted storage = new Counted();
  private final List<AutoCloseable> open = new ArrayList<>();
  private boolean readsEntries;

  /** Counts what it is asked, and fails as it is told. */
  private static final class Counted implements Store {
    private final Store store = new MemoryStore();

    /** By how much this machine's clock is ahead. */
    Duration behind = Duration.ZERO;

    boolean isRemote;
    Duration deleteTakes = Duration.ZERO;
    final AtomicInteger calls = new AtomicInteger();
    final AtomicInteger lists = new AtomicInteger();
    final AtomicInteger tidied = new AtomicInteger();
    final AtomicReference<RuntimeException> getFault = new AtomicReference<>();
    final AtomicReference<RuntimeException> putFault = new AtomicReference<>();
    final AtomicReference<RuntimeException> deleteFault = new AtomicReference<>();

    /** What of a listing comes to who asked for it. */
    final AtomicReference<UnaryOperator<Stream<Listed>>> listing =
        new AtomicReference<>(UnaryOperator.identity());

    @Override
    public PutResult put(String name, byte[] bytes, Precondition precondition) {
      calls.incrementAndGet();
      if (putFault.get() != null) {
        throw putFault.get();
      }
      return store.put(name, bytes, precondition);
    }

    @Override
    public GetResult get(String name, Optional<ETag> ifNoneMatch) {
      calls.incrementAndGet();
      if (getFault.get() != null) {
        throw getFault.get();
      }
      return store.get(name, ifNoneMatch);
    }

    @Override
    public Optional<Stat> stat(String name) {
      calls.incrementAndGet();
      return store
          .stat(name)
          .map(stat -> new Stat(stat.size(), stat.lastModified().minus(behind), stat.etag()));
    }

    @Override
    public DeleteResult delete(String name, Precondition precondition) {
      calls.incrementAndGet();
      if (deleteFault.get() != null && !name.startsWith(".")) {
        Waiting.pause(deleteTakes.toNanos());
        throw deleteFault.get();
      }
      if (name.startsWith("stuck")) {
        throw new StoreException("is kept for legal reasons");
      }
      return store.delete(name, precondition);
    }

    @Override
    public Stream<Listed> list(String prefix) {
      calls.incrementAndGet();
      lists.incrementAndGet();
      return listing
          .get()
          .apply(store.list(prefix))
          .map(
              listed ->
                  new Listed(
                      listed.name(),
                      new Stat(
                          listed.stat().size(),
                          listed.stat().lastModified().minus(behind),
                          listed.stat().etag())));
    }

    @Override
    public Housekeeping housekeeping() {
      return new Housekeeping() {
        @Override
        public Store store() {
          return Counted.this;
        }

        @Override
        public boolean isRemote() {
          return isRemote;
        }

        @Override
        public void removeEmptyDirectories(String prefix) {
          tidied.incrementAndGet();
        }
      };
    }

    @Override
    public void close() {}
  }

  private final class Entries implements MaintainedEntries {
    @Override
    public Kind kind(String name) {
      if (name.startsWith("lease")) {
        return Kind.LEASE;
      }
      return name.startsWith(".") ? Kind.OTHER : Kind.ENTRY;
    }

    @Override
    public boolean readsEntries() {
      return readsEntries;
    }

    @Override
    public boolean isOver(Listed entry, Instant now) {
      if (entry.name().startsWith("broken")) {
        throw new UnsupportedOperationException("cannot tell");
      }
      if (entry.name().startsWith("busy")) {
        return true;
      }
      return entry.name().startsWith("brief")
          && entry.stat().lastModified().plus(Duration.ofMinutes(5)).isBefore(now);
    }

    @Override
    public boolean evict(Listed entry) {
      return !entry.name().startsWith("busy")
          && storage.discard(entry.name(), entry.stat().etag()) == DeleteResult.Deleted.DELETED;
    }
  }

  private Keeper keeper(StoreLimits limits) {
    return keeper(storage, limits, new Maintenance());
  }

  private Keeper keeper(Store store, StoreLimits limits, Maintenance maintenance) {
    return new Keeper(store, store, "", limits, new Entries(), new Uses(), maintenance);
  }

  private MaintainedStore open(StoreLimits limits) {
    return open(keeper(limits));
  }

  private MaintainedStore open(Keeper keeper) {
    MaintainedStore store = new MaintainedStore(storage, keeper);
    open.add(store);
    keeper.start();
    return store;
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  private void total(long entries, long round, int repeats) {
    storage.put(
        Total.NAME,
        (entries + " 0 " + round + " 0 " + repeats + "\n").getBytes(US_ASCII),
        Precondition.none());
  }

  private static void fill(Store store, String prefix, int entries) {
    for (int i = 0; i < entries; i++) {
      store.put(prefix + i, new byte[1], Precondition.none());
    }
  }

  private long entries() {
    try (Stream<Listed> listed = storage.store.list("")) {
      return listed.filter(each -> !each.name().startsWith(".")).count();
    }
  }

  private int callsIn(Duration time) throws InterruptedException {
    int before = storage.calls.get();
    Thread.sleep(time.toMillis());
    return storage.calls.get() - before;
  }

  // ---- rest

  @ParameterizedTest
  @ValueSource(strings = {"-P3D", "PT0S", "P3D"})
  void withoutRoundsByTimeThereIsNothingToDoAtRest(String lastRound) throws InterruptedException {
    total(5, System.currentTimeMillis() + Duration.parse(lastRound).toMillis(), 2);
    open(TEN);
    await().until(() -> storage.calls.get() > 1);
    assertThat(callsIn(Duration.ofSeconds(2))).isLessThan(10);
  }

  @Test
  void thoseWhoShareAStoreRestOnceItIsCounted() throws InterruptedException {
    MaintainedStore one = open(TEN);
    MaintainedStore other = open(TEN);
    fill(one, "k", 20);
    fill(other, "m", 20);
    await().until(() -> Total.read(storage.store, Total.NAME).isSettled());
    int before = storage.lists.get();
    assertThat(callsIn(Duration.ofSeconds(6))).isLessThan(10);
    assertThat(storage.lists.get()).isEqualTo(before);
    assertThat(entries()).isLessThanOrEqualTo(10);
  }

  @Test
  void aFullStorageIsNotListedAgainAndAgain() throws InterruptedException {
    fill(storage, "k", 5);
    storage.putFault.set(new StorageFullException("full", new IOException("No space left")));
    open(TEN.withPurgeInterval(Duration.ofHours(1)));
    await().until(() -> storage.lists.get() == 1);
    assertThat(callsIn(Duration.ofSeconds(2))).isLessThan(30);
  }

  @Test
  void aRoundThatWasUrgentTidiesUpOnceEnoughIsGone() {
    Keeper keeper = keeper(TEN);
    keeper.beforePut(1); // the total is unknown
    fill(storage, "k", 20);
    assertThat(keeper.run().evicted()).isPositive();
    assertThat(storage.tidied).hasValue(1);
  }

  @Test
  void anIntervalOfAgesIsOne() throws InterruptedException {
    open(StoreLimits.NONE.withPurgeInterval(Duration.ofSeconds(Long.MAX_VALUE)));
    await().until(() -> storage.lists.get() == 1);
    assertThat(callsIn(Duration.ofSeconds(2))).isLessThan(10);
  }

  @Test
  void twoWhoseClocksDifferDoNotRepeatEachOthersRounds() throws InterruptedException {
    open(TEN.withPurgeInterval(Duration.ofHours(1)));
    await().until(() -> Total.read(storage.store, Total.NAME).isKnown());
    int before = storage.lists.get();
    // As somebody tells whose clock is a day behind.
    total(5, System.currentTimeMillis() - Duration.ofDays(1).toMillis(), 2);
    Thread.sleep(6_000);
    assertThat(storage.lists.get() - before).isZero();
  }

  @Test
  void whatAServerStampsIsJudgedByItsClock() {
    storage.isRemote = true;
    storage.behind = Duration.ofHours(3);
    fill(storage, "lease", 3);
    fill(storage, "brief", 3);
    Keeper keeper = keeper(TEN);
    StoreRound round = keeper.run();
    assertThat(round.leftovers()).isZero();
    assertThat(round.expired()).isZero();
    keeper.close();
  }

  @Test
  void manyThatWaitAskAServerNowAndThen() throws Exception {
    storage.isRemote = true;
    storage.deleteFault.set(new StoreException("no permission to delete"));
    MaintainedStore store = open(TEN.withMaxBytes(1 << 30));
    // Somebody else works, and does not come to an end.
    storage.put(RoundLease.NAME, new byte[1], Precondition.none());
    total(1_000_000, System.currentTimeMillis(), 0);
    List<Thread> writers = new ArrayList<>();
    long begun = System.nanoTime();
    for (int i = 0; i < 32; i++) {
      String name = "k" + i;
      Thread writer = new Thread(() -> store.put(name, new byte[1], Precondition.none()));
      writer.start();
      writers.add(writer);
    }
    await().until(() -> writers.stream().allMatch(w -> w.getState() == Thread.State.TIMED_WAITING));
    assertThat(callsIn(Duration.ofSeconds(2))).isLessThan(60);
    total(1, System.currentTimeMillis(), 2);
    writers.get(0).join();
    assertThat(Duration.ofNanos(System.nanoTime() - begun))
        .as("the longest wait")
        .isLessThan(Duration.ofSeconds(30));
    for (Thread writer : writers) {
      writer.join();
    }
  }

  // ---- faults

  @Test
  void writersDoNotWaitForWhatCannotBeRemoved() {
    MaintainedStore store = open(TEN);
    storage.deleteFault.set(new StoreException("no permission to delete"));
    long begun = System.nanoTime();
    fill(store, "k", 30);
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(25));
    storage.deleteFault.set(null);
    await().until(() -> entries() <= 10);
  }

  /** As a file system does that repeats what is forbidden for a while. */
  @Test
  void writersDoNotWaitUntilNothingOfManyEntriesCouldBeRemoved() {
    fill(storage, "k", 300);
    storage.deleteFault.set(new StoreException("no permission to delete"));
    storage.deleteTakes = Duration.ofMillis(500);
    total(300, System.currentTimeMillis(), 2);
    MaintainedStore store = open(TEN);
    long begun = System.nanoTime();
    fill(store, "new", 3);
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(28));
  }

  @Test
  void anEntryThatFailsKeepsNoOtherFromGoing() {
    storage.behind = Duration.ofHours(3);
    fill(storage, "brief", 3);
    fill(storage, "broken", 2);
    fill(storage, "stuck", 2);
    fill(storage, "k", 30);
    StoreRound round = keeper(TEN).run();
    assertThat(round.complete()).isTrue();
    assertThat(round.expired()).isEqualTo(3);
    assertThat(round.entries()).isLessThanOrEqualTo(10).isEqualTo(entries());
    assertThat(Total.read(storage.store, Total.NAME).entries()).isEqualTo(entries());
  }

  @Test
  void anEntryThatCannotBeReadIsNoneThatHadToGo() {
    fill(storage, "broken", 1);
    fill(storage, "busy", 1);
    assertThat(keeper(TEN).run().complete()).isTrue();
  }

  @Test
  void aRoundThatRemovesNothingOfWhatHasToGoFails() {
    fill(storage, "stuck", 20);
    Keeper keeper = keeper(TEN);
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(keeper::run)
        .withMessageContaining("legal reasons");
    assertThat(Total.read(storage.store, Total.NAME).entries()).isEqualTo(20);
    keeper.close();
  }

  @Test
  void whatIsAskedOfAServerForEachEntryHasItsPace() {
    storage.isRemote = true;
    readsEntries = true;
    fill(storage, "k", 2 * Pace.REQUESTS);
    Keeper keeper = keeper(StoreLimits.NONE);
    assertThat(keeper.run().took()).isGreaterThan(Duration.ofMillis(1_900));
    keeper.close();
  }

  /** The log is no reason to leave a store alone. */
  @Test
  void aLogThatFailsEndsNoMaintenance() {
    Handler failing =
        new Handler() {
          @Override
          public void publish(LogRecord logged) {
            if (new SimpleFormatter().formatMessage(logged).contains(storage.toString())) {
              throw new IllegalArgumentException("the log is full");
            }
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    Logger logger = Logger.getLogger(Keeper.class.getName());
    logger.addHandler(failing);
    open.add(0, () -> logger.removeHandler(failing));
    MaintainedStore store = open(TEN);
    storage.deleteFault.set(new StoreException("no permission to delete"));
    assertThat(CompletableFuture.runAsync(() -> fill(store, "k", 30)))
        .as("writers, who do not wait")
        .succeedsWithin(Duration.ofSeconds(29));
    storage.deleteFault.set(null);
    await().until(() -> entries() <= 10);
  }

  // ---- writers who are helped, since the thread of maintenance is busy

  @Test
  void writersDoNotWaitForWhatAnotherProcessTriesInVainToo() {
    fill(storage, "k", 30);
    storage.deleteFault.set(new StoreException("no permission to delete"));
    total(1_000_000, System.currentTimeMillis(), 0);
    Keeper keeper = keeper(TEN);
    keeper.turn();
    RoundLease others = new RoundLease(storage, RoundLease.NAME, Duration.ofMinutes(1));
    assertThat(others.tryTake()).isTrue();
    keeper.turn();
    long begun = System.nanoTime();
    fill(new MaintainedStore(storage, keeper), "new", 1);
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(25));
  }

  @Test
  void aFaultThatHasPassedDoesNotKeepWritersFromWaitingForOthers() {
    fill(storage, "k", 30);
    storage.deleteFault.set(new StoreException("a fault that passes"));
    total(1_000_000, System.currentTimeMillis(), 0);
    Keeper keeper = keeper(TEN);
    keeper.turn();
    storage.deleteFault.set(null);
    MaintainedStore store = new MaintainedStore(storage, keeper);
    await()
        .until(
            () -> {
              othersKeepTheLease();
              keeper.turn();
              long begun = System.nanoTime();
              fill(store, "new", 1);
              return System.nanoTime() - begun > Duration.ofSeconds(25).toNanos();
            });
  }

  private void othersKeepTheLease() {
    byte[] renewed = UUID.randomUUID().toString().getBytes(US_ASCII);
    storage.put(RoundLease.NAME, renewed, Precondition.none());
  }

  @Test
  void whatTakesLongToFailTakesOthersAsLong() {
    fill(storage, "k", 30);
    storage.deleteFault.set(new StoreException("no permission to delete"));
    storage.listing.set(
        listed -> listed.peek(each -> Waiting.pause(Duration.ofMillis(400).toNanos())));
    total(1_000_000, System.currentTimeMillis(), 0);
    Keeper keeper = keeper(TEN);
    keeper.turn();
    Waiting.pause(Duration.ofSeconds(32).toNanos());
    othersKeepTheLease();
    keeper.turn();
    long begun = System.nanoTime();
    fill(new MaintainedStore(storage, keeper), "new", 1);
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(25));
  }

  @Test
  void whatFailsIsNotTriedWithEachWrite() {
    Keeper keeper = keeper(TEN);
    storage.getFault.set(new StoreException("no answer"));
    fill(new MaintainedStore(storage, keeper), "a", 1);
    keeper.turn();
    fill(new MaintainedStore(storage, keeper), "b", 1);
    assertThat(keeper.nanosToTurn()).isPositive();
  }

  /** Nobody else can have it then, and the round is to make room. */
  @Test
  void aLeaseThatCannotBeRenewedOnAFullStorageIsKeptAndGivenBack() {
    RoundLease lease = new RoundLease(storage, RoundLease.NAME, Duration.ZERO);
    assertThat(lease.tryTake()).isTrue();
    storage.putFault.set(new StorageFullException("full", new IOException("No space left")));
    assertThat(lease.keep()).isTrue();
    lease.close();
    assertThat(storage.stat(RoundLease.NAME)).isEmpty();
  }

  @Test
  void roomThatOthersMadeIsRoom() throws Exception {
    fill(storage, "k", 9);
    AtomicBoolean isCounted = new AtomicBoolean();
    storage.listing.set(
        listed -> {
          if (isCounted.getAndSet(true)) {
            listed.forEach(each -> storage.discard(each.name(), each.stat().etag()));
            return Stream.empty();
          }
          return listed;
        });
    Keeper keeper = keeper(TEN);
    makeRoom(keeper);
    storage.listing.set(UnaryOperator.identity());
    fill(storage, "k", 9);
    makeRoom(keeper);
    assertThat(entries()).isLessThan(9);
  }

  private static void makeRoom(Keeper keeper) {
    Thread writer = new Thread(keeper::makeRoom);
    writer.start();
    await()
        .until(
            () -> {
              keeper.turn();
              return !writer.isAlive();
            });
  }

  @Test
  void whoFindsTheStorageFullHasOneRoundForIt() {
    fill(storage, "k", 9);
    total(9, System.currentTimeMillis(), 2);
    storage.listing.set(
        listed -> {
          Waiting.pause(Duration.ofMillis(200).toNanos());
          return listed;
        });
    Keeper keeper = keeper(TEN);
    makeRoom(keeper);
    keeper.turn();
    assertThat(storage.lists).as("one to count, one to evict").hasValue(2);
  }

  @Test
  void whoFindsTheStorageFullDuringARoundHasTheNextOneAtOnce() throws Exception {
    fill(storage, "k", 9);
    storage.putFault.set(new StorageFullException("full", new IOException("No space left")));
    Keeper keeper = keeper(TEN);
    Thread writer = new Thread(keeper::makeRoom);
    storage.listing.set(
        listed -> {
          writer.start();
          await().until(() -> keeper.nanosToTurn() <= 0);
          return listed;
        });
    keeper.turn();
    assertThat(keeper.nanosToTurn()).isNotPositive();
    storage.listing.set(listed -> listed);
    keeper.turn();
    writer.join();
    assertThat(entries()).isLessThan(9);
  }

  /** A store whose keeper's thread does not come to it. */
  private MaintainedStore openWhileBusy() {
    Counted other = new Counted();
    CountDownLatch closing = new CountDownLatch(1);
    other.listing.set(
        listed -> {
          try {
            closing.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
          return listed;
        });
    Maintenance maintenance = new Maintenance();
    Keeper elsewhere = keeper(other, TEN, maintenance);
    open.add(closing::countDown);
    open.add(elsewhere);
    elsewhere.start();
    await().until(() -> other.lists.get() > 0);
    return open(keeper(storage, TEN, maintenance));
  }

  @Test
  void aWriterWhoIsHelpedWaitsNoLongerThanOthers() {
    total(1_000_000, System.currentTimeMillis(), 0);
    Stat stat = new Stat(1, Instant.EPOCH, new ETag("e"));
    storage.listing.set(
        listed ->
            Stream.generate(
                () -> {
                  Waiting.pause(Duration.ofMillis(10).toNanos());
                  return new Listed(".other", stat);
                }));
    MaintainedStore store = openWhileBusy();
    assertThat(CompletableFuture.runAsync(() -> fill(store, "k", 1)))
        .succeedsWithin(Duration.ofMinutes(5));
  }

  @Test
  void whatIsDoneForAWriterIsDoneToItsEndAlsoWhereHeWaitsNoLonger() {
    total(1_000_000, System.currentTimeMillis(), 0);
    fill(storage, "k", 30);
    AtomicBoolean first = new AtomicBoolean(true);
    storage.listing.set(
        listed -> {
          boolean isSlow = first.getAndSet(false);
          return listed.peek(each -> Waiting.pause(isSlow ? TimeUnit.SECONDS.toNanos(2) : 0));
        });
    MaintainedStore store = openWhileBusy();
    fill(store, "new", 1);
    await().until(() -> entries() <= 11);
  }

  @Test
  void aWriterWhoIsHelpedWritesWhateverThatComesTo() {
    total(1_000_000, System.currentTimeMillis(), 0);
    fill(storage, "k", 30);
    MaintainedStore store = openWhileBusy();
    storage.listing.set(
        listed -> {
          throw new UnsupportedOperationException("no listing");
        });
    fill(store, "new", 1);
    assertThat(entries()).isEqualTo(31);
  }

  @Test
  void writersAreHelpedAgainAfterAFaultThatPasses() {
    total(1_000_000, System.currentTimeMillis(), 0);
    fill(storage, "k", 30);
    MaintainedStore store = openWhileBusy();
    storage.deleteFault.set(new StoreException("a fault that passes"));
    fill(store, "new", 1);
    assertThat(entries()).isEqualTo(31);
    storage.deleteFault.set(null);
    await()
        .until(
            () -> {
              fill(store, "new", 1);
              return entries() <= 11;
            });
  }

  @Test
  void aWriterWhoIsHelpedIsNotKeptByAnEntryThatFails() {
    total(1_000_000, System.currentTimeMillis(), 0);
    fill(storage, "broken", 1);
    fill(storage, "k", 30);
    MaintainedStore store = openWhileBusy();
    fill(store, "new", 1);
    assertThat(entries()).isLessThanOrEqualTo(11);
  }

  @Test
  void aWriterWhoFindsTheStorageFullAndIsHelpedInVainHearsThatItIsFull() {
    MaintainedStore store = openWhileBusy();
    storage.putFault.set(new StorageFullException("full", new IOException("No space left")));
    storage.listing.set(
        listed -> {
          throw new StoreException("no listing");
        });
    assertThatExceptionOfType(StorageFullException.class).isThrownBy(() -> fill(store, "k", 1));
  }

  @Test
  void whyMaintenanceFailedIsForDebug() {
    Logger logger = Logger.getLogger(Keeper.class.getName());
    List<LogRecord> logged = new CopyOnWriteArrayList<>();
    Handler handler =
        new Handler() {
          @Override
          public void publish(LogRecord each) {
            each.setMessage(new SimpleFormatter().formatMessage(each));
            if (each.getMessage().contains(storage.toString())) {
              logged.add(each);
            }
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    logger.setLevel(Level.FINE);
    logger.addHandler(handler);
    StoreException fault =
        new StoreException(
            "cannot delete s-privatekey.entry", new AccessDeniedException("s-privatekey.entry"));
    try {
      storage.deleteFault.set(fault);
      fill(storage, "k", 30);
      open(TEN);
      await().until(() -> logged.stream().anyMatch(each -> isCausedBy(each.getThrown(), fault)));
    } finally {
      logger.removeHandler(handler);
      logger.setLevel(null);
    }
    assertThat(logged)
        .filteredOn(each -> each.getLevel().equals(Level.WARNING))
        .singleElement()
        .satisfies(
            warning -> {
              assertThat(warning.getThrown()).isNull();
              assertThat(warning.getMessage())
                  .contains(StoreException.class.getName(), AccessDeniedException.class.getName())
                  .doesNotContain("privatekey");
            });
  }

  private static boolean isCausedBy(@Nullable Throwable thrown, Throwable fault) {
    return Stream.iterate(thrown, Objects::nonNull, Throwable::getCause).anyMatch(fault::equals);
  }
}
