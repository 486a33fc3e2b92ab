package io.persidict.tier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.persidict.store.DeleteResult;
import io.persidict.store.ETag;
import io.persidict.store.GetResult;
import io.persidict.store.Listed;
import io.persidict.store.MemoryStore;
import io.persidict.store.Precondition;
import io.persidict.store.PutResult;
import io.persidict.store.Stat;
import io.persidict.store.Store;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How copies go, beside those who read and in several processes. */
@Timeout(60)
final class EvictionTest {
  private static final int SIZE = 1_000;
  private static final int ROOM = 50;
  private static final long MAX_BYTES = ROOM * Eviction.cost(SIZE);

  private final MemoryStore directory = new MemoryStore();

  /** One process's view of the directory, whose listings of all are counted and can be held up. */
  private static final class View implements Store {
    private final Store store;
    private final AtomicInteger listings = new AtomicInteger();
    private volatile CountDownLatch gate = new CountDownLatch(0);
    private volatile Duration listingTime = Duration.ZERO;
    private volatile Duration leaseIsAhead = Duration.ZERO;

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
        assertThat(gate.await(30, TimeUnit.SECONDS)).isTrue();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
      return store.list(prefix).peek(copy -> work(listingTime));
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
    Stat stat = new Stat(SIZE, Instant.now(), new ETag("e" + number));
    copies.keep("n" + number, new GetResult.Found(new byte[SIZE], stat));
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
      assertThat(bytes()).isBetween(MAX_BYTES / 2, MAX_BYTES - MAX_BYTES / 8);
      assertThat(view.listings).as("listings").hasValue(2);
      assertThat(copies.find("n0")).as("the oldest").isEmpty();
      keep(copies, 10_000);
      assertThat(copies.find("n10000")).isPresent();
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
      await().until(() -> directory.stat(".__evicting__").isPresent());
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
    directory.put(".__evicting__", new byte[0], Precondition.none());
    try (Copies copies = new Copies(view, MAX_BYTES)) {
      keep(copies, 0);
      copies.awaitEviction();
      assertThat(view.listings).hasValue(1);
      assertThat(directory.stat(".__evicting__")).isEmpty();
    }
  }

  @Test
  void aTotalThatIsDamagedIsCountedAgain() {
    View view = new View(directory);
    directory.put(".__copies__", "damaged".getBytes(), Precondition.none());
    try (Copies copies = new Copies(view, MAX_BYTES)) {
      keep(copies, 0);
      copies.awaitEviction();
      keep(copies, 0);
      assertThat(copies.find("n0")).isPresent();
      assertThat(directory.stat(".__evicting__")).isEmpty();
    }
  }
}
