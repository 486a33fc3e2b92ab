package io.persidict.maintenance;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
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
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import java.util.stream.Stream;
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

  /** Counts what it is asked, and fails as it is told. */
  private static final class Counted implements Store {
    private final Store store = new MemoryStore();

    /** By how much this machine's clock is ahead. */
    Duration behind = Duration.ZERO;

    boolean isRemote;
    final AtomicInteger calls = new AtomicInteger();
    final AtomicInteger lists = new AtomicInteger();
    final AtomicReference<RuntimeException> putFault = new AtomicReference<>();
    final AtomicReference<RuntimeException> deleteFault = new AtomicReference<>();

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
        throw deleteFault.get();
      }
      return store.delete(name, precondition);
    }

    @Override
    public Stream<Listed> list(String prefix) {
      calls.incrementAndGet();
      lists.incrementAndGet();
      return store
          .list(prefix)
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
    public boolean isOver(Listed entry, Instant now) {
      return entry.name().startsWith("brief")
          && entry.stat().lastModified().plus(Duration.ofMinutes(5)).isBefore(now);
    }

    @Override
    public boolean evict(Listed entry) {
      return storage.discard(entry.name(), entry.stat().etag()) == DeleteResult.Deleted.DELETED;
    }
  }

  private Keeper keeper(StoreLimits limits) {
    return new Keeper(storage, storage, "", limits, new Entries(), new Uses(), new Maintenance());
  }

  private MaintainedStore open(StoreLimits limits) {
    Keeper keeper = keeper(limits);
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
      await().until(() -> logged.stream().anyMatch(each -> each.getThrown() == fault));
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
}
