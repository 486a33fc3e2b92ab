package io.persidict.tier;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.persidict.NoMoreThreads;
import io.persidict.store.DeleteResult;
import io.persidict.store.ETag;
import io.persidict.store.GetResult;
import io.persidict.store.Listed;
import io.persidict.store.MemoryStore;
import io.persidict.store.Precondition;
import io.persidict.store.PutResult;
import io.persidict.store.Stat;
import io.persidict.store.Store;
import io.persidict.store.StoreException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** How copies go, beside those who read and in several processes. */
final class EvictionTest {
  private static final int SIZE = 1_000;
  private static final int ROOM = 50;
  private static final long MAX_BYTES = ROOM * Eviction.cost(SIZE);
  private static final String TOTAL = ".__copies__";
  private static final String LEASE = ".__evicting__";

  private final MemoryStore directory = new MemoryStore();

  /** One process's view of the directory, whose listings of all are counted and can be held up. */
  private static final class View implements Store {
    private final Store store;
    private final AtomicInteger listings = new AtomicInteger();
    private volatile CountDownLatch gate = new CountDownLatch(0);
    private volatile Duration listingTime = Duration.ZERO;
    private volatile Duration leaseIsAhead = Duration.ZERO;
    private final AtomicInteger visited = new AtomicInteger();
    private final AtomicReference<Runnable> onceListed = new AtomicReference<>(() -> {});
    private final Map<String, Runnable> onceBeforePut = new ConcurrentHashMap<>();

    View(Store store) {
      this.store = store;
    }

    @Override
    public Stream<Listed> list(String prefix) {
      if (!prefix.isEmpty()) {
        return store.list(prefix);
      }
      listings.incrementAndGet();
      try {
        assertThat(gate.await(5, TimeUnit.MINUTES)).isTrue();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
      Stream<Listed> listed = store.list(prefix);
      onceListed.getAndSet(() -> {}).run();
      return listed.peek(
          copy -> {
            visited.incrementAndGet();
            work(listingTime);
          });
    }

    private static void work(Duration time) {
      long end = System.nanoTime() + time.toNanos();
      while (System.nanoTime() < end) {
        Thread.onSpinWait();
      }
    }

    @Override
    public GetResult get(String name, Optional<ETag> ifNoneMatch) {
      return store.get(name, ifNoneMatch);
    }

    @Override
    public Optional<Stat> stat(String name) {
      return store
          .stat(name)
          .map(stat -> new Stat(stat.size(), stat.lastModified().plus(leaseIsAhead), stat.etag()));
    }

    @Override
    public PutResult put(String name, byte[] bytes, Precondition precondition) {
      Runnable before = onceBeforePut.remove(name);
      if (before != null) {
        before.run();
      }
      return store.put(name, bytes, precondition);
    }

    @Override
    public DeleteResult delete(String name, Precondition precondition) {
      return store.delete(name, precondition);
    }

    @Override
    public void close() {}
  }

  private static void keep(Copies copies, int number) {
    keep(copies, number, SIZE);
  }

  private static void keep(Copies copies, int number, int size) {
    Stat stat = new Stat(size, Instant.now(), new ETag("e" + number));
    copies.keep("n" + number, new GetResult.Found(new byte[size], stat));
  }

  /** Keeps copies until one finds no room. */
  private static int fill(Copies copies, int from) {
    int number = from;
    keep(copies, number);
    while (copies.find("n" + number).isPresent()) {
      number++;
      keep(copies, number);
    }
    return number;
  }

  private long bytes() {
    try (Stream<Listed> all = directory.list("")) {
      return all.filter(copy -> CopyName.version(copy).isPresent())
          .mapToLong(copy -> Eviction.cost(copy.stat().size()))
          .sum();
    }
  }

  /** How many bytes the processes say that there are. */
  private long total() {
    return Long.parseLong(new String(directory.read(TOTAL).orElseThrow(), UTF_8));
  }

  private boolean isEvicting() {
    return directory.stat(LEASE).isPresent();
  }

  @Test
  void nobodyWaitsForAnEvictionAndTheBoundHoldsMeanwhile() {
    View view = new View(directory);
    try (Copies copies = new Copies(view, MAX_BYTES)) {
      keep(copies, 0);
      copies.awaitEviction();
      view.gate = new CountDownLatch(1);
      int last = fill(copies, 1);
      for (int i = 0; i < 2 * ROOM; i++) {
        keep(copies, last + i);
      }
      assertThat(bytes()).isLessThanOrEqualTo(MAX_BYTES);
      view.gate.countDown();
      copies.awaitEviction();
      long wanted = MAX_BYTES - MAX_BYTES / 8;
      assertThat(bytes()).isBetween(wanted - Eviction.cost(SIZE), wanted);
      assertThat(view.listings).as("listings").hasValue(2);
      assertThat(copies.find("n0")).as("the oldest").isEmpty();
      keep(copies, 10_000);
      assertThat(copies.find("n10000")).isPresent();
    }
  }

  @Test
  void whereNoThreadCanBeStartedWhoeverNeedsRoomLaterEvicts() {
    try (Copies copies = new Copies(directory, MAX_BYTES)) {
      keep(copies, 0);
      copies.awaitEviction();
      int last;
      try (NoMoreThreads none = new NoMoreThreads()) {
        last = fill(copies, 1);
      }
      keep(copies, last + 1);
      copies.awaitEviction();
      keep(copies, last + 2);
      assertThat(copies.find("n" + (last + 2))).isPresent();
    }
  }

  @Test
  void twoProcessesEvictOnceForBoth() {
    View mine = new View(directory);
    View theirs = new View(directory);
    try (Copies first = new Copies(mine, MAX_BYTES);
        Copies second = new Copies(theirs, MAX_BYTES)) {
      keep(first, 0);
      first.awaitEviction();
      mine.gate = new CountDownLatch(1);
      int last = fill(first, 1);
      // Whoever comes first evicts: here the first one has begun, and stands at its gate.
      await().until(() -> directory.stat(LEASE).isPresent());
      keep(second, 1_000);
      second.awaitEviction();
      assertThat(second.find("n1000")).isEmpty();
      assertThat(theirs.listings).hasValue(0);
      mine.gate.countDown();
      first.awaitEviction();
      keep(second, 1_000);
      assertThat(second.find("n1000")).isPresent();
      assertThat(theirs.listings).hasValue(0);
      assertThat(last).isPositive();
      assertThat(bytes()).isLessThanOrEqualTo(MAX_BYTES);
    }
  }

  @Test
  void anEvictionTakesAQuarterOfACoreAtMost() {
    View view = new View(directory);
    try (Copies copies = new Copies(view, MAX_BYTES)) {
      for (int i = 0; i < ROOM - 2; i++) {
        keep(copies, i);
      }
      copies.awaitEviction();
      view.listingTime = Duration.ofMillis(6);
      long begun = System.nanoTime();
      int last = fill(copies, 100);
      copies.awaitEviction();
      assertThat(last).isPositive();
      assertThat(Duration.ofNanos(System.nanoTime() - begun))
          .isGreaterThan(Duration.ofMillis(4L * 6 * (ROOM - 10)));
    }
  }

  @Test
  void whatIsNoCopyIsNeitherCountedNorDeleted() {
    List<String> foreign = List.of("photo.jpg", "ab/photo.jpg", "ab/cd/65.1.0.5.0123456789abcdef");
    foreign.forEach(name -> directory.put(name, new byte[200 * SIZE], Precondition.none()));
    try (Copies copies = new Copies(directory, MAX_BYTES)) {
      keep(copies, 0);
      copies.awaitEviction();
      fill(copies, 1);
      copies.awaitEviction();
      assertThat(bytes()).isBetween(MAX_BYTES / 2, MAX_BYTES);
      assertThat(foreign).allSatisfy(name -> assertThat(directory.stat(name)).isPresent());
    }
  }

  @Test
  void aLeaseOfAClockThatHasBeenPutBackIsNone() {
    View view = new View(directory);
    view.leaseIsAhead = Duration.ofHours(5);
    directory.put(LEASE, new byte[0], Precondition.none());
    try (Copies copies = new Copies(view, MAX_BYTES)) {
      keep(copies, 0);
      copies.awaitEviction();
      assertThat(view.listings).hasValue(1);
      assertThat(directory.stat(LEASE)).isEmpty();
    }
  }

  @Test
  void aTotalThatIsDamagedIsCountedAgain() {
    View view = new View(directory);
    directory.put(TOTAL, "damaged".getBytes(), Precondition.none());
    try (Copies copies = new Copies(view, MAX_BYTES)) {
      keep(copies, 0);
      copies.awaitEviction();
      assertThat(view.listings).hasValue(1);
      keep(copies, 0);
      assertThat(copies.find("n0")).isPresent();
      assertThat(total()).isBetween(bytes(), MAX_BYTES);
      assertThat(isEvicting()).isFalse();
    }
  }

  // ---- what is counted

  @Test
  void aCopyWithoutBytesTakesRoomToo() {
    try (Copies copies = new Copies(directory, MAX_BYTES)) {
      for (int i = 0; i < 4 * ROOM; i++) {
        keep(copies, i, 0);
      }
      copies.awaitEviction();
      try (Stream<Listed> all = directory.list("")) {
        assertThat(all.filter(copy -> CopyName.isOne(copy.name())).count())
            .isLessThanOrEqualTo(MAX_BYTES / 4_096);
      }
    }
  }

  @Test
  void aCopyThatWouldNeedMoreThanAllRoomMovesNoOther() {
    View view = new View(directory);
    try (Copies copies = new Copies(view, MAX_BYTES)) {
      keep(copies, 0, (int) MAX_BYTES);
      copies.awaitEviction();
      assertThat(bytes()).isZero();
      assertThat(view.listings).hasValue(0);
    }
  }

  @Test
  void whatTwoProcessesReserveAtOnceIsCountedForBoth() {
    View mine = new View(directory);
    try (Copies first = new Copies(mine, MAX_BYTES);
        Copies second = new Copies(new View(directory), MAX_BYTES)) {
      keep(first, 0);
      first.awaitEviction();
      mine.onceBeforePut.put(TOTAL, () -> keep(second, 1));
      keep(first, 2);
      assertThat(bytes()).isEqualTo(3 * Eviction.cost(SIZE));
      assertThat(total()).isGreaterThanOrEqualTo(bytes());
    }
  }

  @Test
  void aCopyThatIsBeingWrittenWhileAllAreCountedIsCountedToo() {
    View view = new View(directory);
    try (Copies copies = new Copies(view, MAX_BYTES)) {
      keep(copies, 0);
      copies.awaitEviction();
      Stat stat = new Stat(SIZE, Instant.now(), new ETag("e"));
      GetResult.Found slow = new GetResult.Found(new byte[SIZE], stat);
      view.onceBeforePut.put(
          CopyName.of("slow", slow).orElseThrow(),
          () -> {
            fill(copies, 1);
            copies.awaitEviction();
          });
      copies.keep("slow", slow);
      assertThat(copies.find("slow")).isPresent();
      assertThat(total()).isGreaterThanOrEqualTo(bytes());
    }
  }

  @Test
  void whatWasReservedBeforeAllAreCountedIsCountedToo() {
    View view = new View(directory);
    try (Copies copies = new Copies(view, 64 * 10 * Eviction.cost(SIZE))) {
      view.onceListed.set(
          () -> {
            for (int i = 1; i < 10; i++) {
              keep(copies, i);
            }
          });
      keep(copies, 0);
      copies.awaitEviction();
      assertThat(bytes()).isEqualTo(10 * Eviction.cost(SIZE));
      assertThat(total()).isGreaterThanOrEqualTo(bytes());
    }
  }

  @Test
  void whatAnotherProcessReservesWhileAllAreCountedIsCountedToo() {
    View mine = new View(directory);
    View theirs = new View(directory);
    try (Copies first = new Copies(mine, MAX_BYTES);
        Copies second = new Copies(theirs, MAX_BYTES)) {
      mine.onceListed.set(
          () -> {
            keep(second, 1);
            // And again when what was counted is about to be told.
            mine.onceBeforePut.put(TOTAL, () -> keep(second, 2));
          });
      keep(first, 0);
      first.awaitEviction();
      assertThat(bytes()).isEqualTo(3 * Eviction.cost(SIZE));
      assertThat(total()).isGreaterThanOrEqualTo(bytes());
      assertThat(theirs.listings).hasValue(0);
    }
  }

  @Test
  void aDirectoryOfManyTimesTheBoundIsBroughtBelowIt() {
    try (Copies large = new Copies(new View(directory), 8 * MAX_BYTES)) {
      keep(large, 0);
      large.awaitEviction();
      for (int i = 1; i < 4 * ROOM; i++) {
        keep(large, i);
      }
    }
    assertThat(bytes()).isGreaterThan(3 * MAX_BYTES);
    try (Copies copies = new Copies(new View(directory), MAX_BYTES)) {
      keep(copies, 1_000);
      copies.awaitEviction();
      assertThat(bytes()).isBetween(MAX_BYTES / 2, MAX_BYTES);
      assertThat(total()).isBetween(bytes(), MAX_BYTES);
    }
  }

  // ---- the lease

  @Test
  void whoLosesTheLeaseToAnotherDoesNotEvict() {
    View view = new View(directory);
    try (Copies copies = new Copies(view, MAX_BYTES)) {
      view.onceBeforePut.put(LEASE, () -> directory.put(LEASE, new byte[0], Precondition.none()));
      keep(copies, 0);
      copies.awaitEviction();
      assertThat(view.listings).hasValue(0);
      assertThat(isEvicting()).as("by the other").isTrue();
    }
  }

  @Test
  void anEvictionThatFailsLeavesNoLease() {
    View view = new View(directory);
    try (Copies copies = new Copies(view, MAX_BYTES)) {
      view.onceListed.set(
          () -> {
            throw new StoreException("on purpose");
          });
      keep(copies, 0);
      copies.awaitEviction();
      assertThat(view.listings).hasValue(1);
      assertThat(isEvicting()).isFalse();
      fill(copies, 1);
      copies.awaitEviction();
      assertThat(view.listings).hasValue(2);
      assertThat(bytes()).isBetween(MAX_BYTES / 2, MAX_BYTES);
    }
  }

  // ---- closing

  @Test
  void closingStopsAnEvictionThatIsUnderWay() {
    View view = new View(directory);
    List<Throwable> uncaught = new CopyOnWriteArrayList<>();
    Thread.UncaughtExceptionHandler handler = Thread.getDefaultUncaughtExceptionHandler();
    Thread.setDefaultUncaughtExceptionHandler((thread, failure) -> uncaught.add(failure));
    try (Copies copies = new Copies(view, MAX_BYTES)) {
      keep(copies, 0);
      copies.awaitEviction();
      int before = view.visited.get();
      view.listingTime = Duration.ofMillis(200);
      fill(copies, 1);
      await().until(() -> view.visited.get() > before);
      copies.close();
      assertThat(view.visited).hasValueLessThan(before + ROOM / 2);
      assertThat(isEvicting()).isFalse();
    } finally {
      Thread.setDefaultUncaughtExceptionHandler(handler);
    }
    assertThat(uncaught).isEmpty();
  }

  @Test
  void closingWaitsForAnEvictionAlsoInAThreadThatIsInterrupted() throws Exception {
    View view = new View(directory);
    view.gate = new CountDownLatch(1);
    Eviction eviction = new Eviction(view, MAX_BYTES);
    assertThat(eviction.admits(SIZE)).isTrue();
    await().until(() -> view.listings.get() == 1);
    AtomicBoolean stillInterrupted = new AtomicBoolean();
    Thread closing =
        new Thread(
            () -> {
              Thread.currentThread().interrupt();
              eviction.close();
              stillInterrupted.set(Thread.interrupted());
            });
    closing.start();
    await().until(() -> closing.getState() == Thread.State.WAITING || !closing.isAlive());
    assertThat(closing.isAlive()).isTrue();
    assertThat(isEvicting()).isTrue();
    view.gate.countDown();
    closing.join();
    assertThat(isEvicting()).isFalse();
    assertThat(stillInterrupted).isTrue();
  }

  @Test
  void whatIsClosedBeginsNoEviction() {
    View view = new View(directory);
    Eviction eviction = new Eviction(view, MAX_BYTES);
    eviction.close();
    eviction.admits(SIZE);
    eviction.await();
    assertThat(view.listings).hasValue(0);
  }

  @Test
  void anEvictionKeepsNoVirtualMachineAlive() {
    View view = new View(directory);
    view.gate = new CountDownLatch(1);
    try (Eviction eviction = new Eviction(view, MAX_BYTES)) {
      eviction.admits(SIZE);
      await().until(() -> view.listings.get() == 1);
      assertThat(Thread.getAllStackTraces().keySet())
          .filteredOn(thread -> thread.getName().equals("persidict-evict"))
          .isNotEmpty()
          .allMatch(Thread::isDaemon);
      view.gate.countDown();
    }
  }
}
