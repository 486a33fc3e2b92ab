package io.persidict.memo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.persidict.NoMoreThreads;
import io.persidict.jcache.PersiDictCachingProvider;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.IntStream;
import javax.cache.Cache;
import javax.cache.configuration.MutableConfiguration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Calls for many arguments at once. */
final class BulkTest {
  @TempDir Path directory;
  private final PersiDictCachingProvider provider = new PersiDictCachingProvider();
  private final AtomicInteger called = new AtomicInteger();
  private final List<String> progress = new ArrayList<>();
  private Memo<Object> memo;

  @BeforeEach
  void open() {
    Cache<Object, Object> cache =
        provider
            .getCacheManager(directory.toUri(), null)
            .createCache("memo", new MutableConfiguration<>());
    memo = Memo.of(cache);
  }

  @AfterEach
  void close() {
    provider.close();
  }

  private MemoFunction<Integer, String> function(Function<Integer, String> function) {
    return memo.function(
        "f",
        n -> {
          called.incrementAndGet();
          return function.apply(n);
        });
  }

  @Test
  void functionsUseWhatIsHeldByTheOneWhoAskedForAll() throws Exception {
    Cache<Object, Object> cache =
        provider
            .getCacheManager(directory.toUri(), null)
            .createCache("held", new MutableConfiguration<>());
    CyclicBarrier bothHold = new CyclicBarrier(2);
    ExecutorService threads = Executors.newFixedThreadPool(2);
    List<CompletableFuture<Object>> both = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      int own = i;
      AtomicBoolean held = new AtomicBoolean();
      MemoFunction<Integer, Integer> function =
          memo.function(
              "put" + own,
              n -> {
                cache.put(own, "own " + n);
                cache.put(1 - own, "other's " + n);
                return n;
              });
      both.add(
          CompletableFuture.supplyAsync(
              () ->
                  cache.invoke(
                      own,
                      (entry, arguments) -> {
                        if (held.compareAndSet(false, true)) {
                          awaitAll(bothHold);
                        }
                        return function.applyAll(List.of(1, 2), 2, (n, computed, d, t) -> {});
                      }),
              threads));
    }
    for (CompletableFuture<Object> each : both) {
      assertThat(((Bulk<?, ?>) each.get(5, TimeUnit.MINUTES)).orThrow()).hasSize(2);
    }
    threads.shutdown();
  }

  private static void awaitAll(CyclicBarrier barrier) {
    try {
      barrier.await(5, TimeUnit.MINUTES);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aFunctionThatAsksForItselfWithoutEndFails() {
    AtomicReference<MemoFunction<Integer, Integer>> itself = new AtomicReference<>();
    itself.set(
        memo.function(
            "f",
            n -> itself.get().applyAll(List.of(n), 2, (m, c, d, t) -> {}).orThrow().get(n) + 1));
    assertThatThrownBy(() -> itself.get().apply(1)).isInstanceOf(StackOverflowError.class);
  }

  private void note(Integer argument, boolean computed, int done, int total) {
    progress.add((computed ? "computed " : "found ") + argument + ", " + done + "/" + total);
  }

  @Test
  void computesWhatIsMissing() {
    MemoFunction<Integer, String> text = function(n -> n == 3 ? null : "n" + n);
    text.apply(2);
    Bulk<Integer, String> bulk = text.applyAll(List.of(4, 3, 2, 1, 4), 1, this::note);
    assertThat(bulk.orThrow()).hasToString("{4=n4, 3=null, 2=n2, 1=n1}").isEqualTo(bulk.results());
    assertThat(bulk.failures()).isEmpty();
    assertThat(progress)
        .hasSize(4)
        .startsWith("found 2, 1/4")
        .anyMatch(line -> line.startsWith("computed 1, "))
        .anyMatch(line -> line.startsWith("computed 3, "))
        .anyMatch(line -> line.startsWith("computed 4, "))
        .last()
        .asString()
        .endsWith(", 4/4");
    assertThat(called).hasValue(4);

    progress.clear();
    text.applyAll(List.of(1, 2, 3, 4), 4, this::note);
    assertThat(progress).hasSize(4).allMatch(line -> line.startsWith("found "));
    assertThat(called).hasValue(4);
  }

  @Test
  void aFunctionMayChangeItsArguments() {
    MemoFunction<List<Integer>, Integer> drain =
        memo.function(
            "drain",
            numbers -> {
              int sum = 0;
              while (!numbers.isEmpty()) {
                sum += numbers.remove(0);
              }
              return sum;
            });
    Map<List<Integer>, Integer> expected = Map.of(List.of(9, 9), 18, List.of(4), 4, List.of(), 0);
    for (int run = 0; run < 2; run++) {
      List<List<Integer>> arguments =
          List.of(new ArrayList<>(List.of(9, 9)), new ArrayList<>(List.of(4)), new ArrayList<>());
      List<Object> told = new CopyOnWriteArrayList<>();
      assertThat(
              drain
                  .applyAll(arguments, 2, (argument, computed, done, total) -> told.add(argument))
                  .orThrow())
          .isEqualTo(expected);
      assertThat(told).containsExactlyInAnyOrderElementsOf(expected.keySet());
    }
    MemoFunction<int[], Integer> increased = memo.function("increased", numbers -> ++numbers[0]);
    int[] one = {1};
    int[] two = {2};
    assertThat(
            increased
                .applyAll(List.of(one, two), 2, (argument, computed, done, total) -> {})
                .orThrow())
        .isEqualTo(Map.of(one, 2, two, 3));
  }

  @Test
  void looksUpManyInTurn() {
    List<Integer> arguments = IntStream.range(0, 1_203).boxed().toList();
    MemoFunction<Integer, String> text = function(n -> "n" + n);
    assertThat(text.applyAll(arguments, 4, this::note).orThrow())
        .hasSize(1_203)
        .containsEntry(1_202, "n1202");
    assertThat(text.applyAll(arguments, 4, this::note).orThrow().keySet())
        .containsExactlyElementsOf(arguments);
    assertThat(called).hasValue(1_203);
    assertThat(progress).hasSize(2 * 1_203).last().asString().endsWith(", 1203/1203");
  }

  @Test
  void whereNoThreadCanBeStartedTheCallerComputes() {
    try (NoMoreThreads none = new NoMoreThreads()) {
      assertThat(function(n -> "r" + n).applyAll(List.of(1, 2, 3), 4, this::note).orThrow())
          .isEqualTo(Map.of(1, "r1", 2, "r2", 3, "r3"));
    }
  }

  @Test
  void usesAllThreadsAndNoMore() {
    AtomicInteger running = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    CountDownLatch six = new CountDownLatch(6);
    MemoFunction<Integer, String> slow =
        function(
            n -> {
              most.accumulateAndGet(running.incrementAndGet(), Math::max);
              meet(six, six);
              sleep(50);
              running.decrementAndGet();
              return "";
            });
    slow.applyAll(IntStream.range(0, 24).boxed().toList(), 6, this::note).orThrow();
    assertThat(most).hasValue(6);
  }

  @Test
  void twoWhoAskForTheSameShareTheWork() throws Exception {
    int all = 60;
    List<Integer> arguments = IntStream.range(0, all).boxed().toList();
    AtomicInteger theirs = new AtomicInteger();
    CountDownLatch iBegan = new CountDownLatch(1);
    CountDownLatch theyBegan = new CountDownLatch(1);
    try (PersiDictCachingProvider other = new PersiDictCachingProvider()) {
      Cache<Object, Object> cache =
          other
              .getCacheManager(directory.toUri(), null)
              .createCache("memo", new MutableConfiguration<>());
      MemoFunction<Integer, String> there =
          Memo.of(cache)
              .function(
                  "f",
                  n -> {
                    theirs.incrementAndGet();
                    meet(theyBegan, iBegan);
                    sleep(20);
                    return "n" + n;
                  });
      MemoFunction<Integer, String> here =
          function(
              n -> {
                meet(iBegan, theyBegan);
                sleep(20);
                return "n" + n;
              });
      Thread thread = new Thread(() -> there.applyAll(arguments, 4, (a, b, c, d) -> {}).orThrow());
      thread.start();
      assertThat(here.applyAll(arguments, 4, this::note).orThrow()).hasSize(all);
      thread.join();
    }
    assertThat(called.get() + theirs.get()).isEqualTo(all);
    assertThat(called.get()).isBetween(all / 4, all - all / 4);
  }

  @Test
  void aFailureConcernsItsArgumentAlone() {
    MemoFunction<Integer, String> picky =
        function(
            n -> {
              if (n % 2 == 1) {
                throw new IllegalArgumentException("odd " + n);
              }
              return "n" + n;
            });
    Bulk<Integer, String> bulk = picky.applyAll(List.of(1, 2, 3, 4), 2, this::note);
    assertThat(bulk.results()).hasToString("{2=n2, 4=n4}");
    assertThat(bulk.failures()).containsOnlyKeys(1, 3);
    assertThat(progress).hasSize(4).allMatch(line -> line.startsWith("computed "));
    assertThatThrownBy(bulk::orThrow)
        .isSameAs(bulk.failures().get(1))
        .satisfies(
            failure -> assertThat(failure.getSuppressed()).containsExactly(bulk.failures().get(3)));
    assertThat(picky.applyAll(List.of(2, 4), 2, this::note).orThrow()).hasSize(2);
    assertThat(called).hasValue(4);
  }

  @Test
  void keptFailuresAreFound() {
    memo = memo.cacheExceptions(IllegalStateException.class, IllegalStateException::new);
    for (int run = 0; run < 2; run++) {
      Bulk<Integer, String> bulk =
          function(
                  n -> {
                    throw new IllegalStateException("never");
                  })
              .applyAll(List.of(1), 1, this::note);
      assertThat(bulk.failures().get(1)).hasMessage("never");
    }
    assertThat(progress).containsExactly("computed 1, 1/1", "found 1, 1/1");
  }

  @Test
  void whatTheEndOfAllInterruptsIsComputedByTheNext() throws Exception {
    memo =
        memo.cacheExceptions(
            UncheckedIOException.class,
            message -> new UncheckedIOException(new IOException(message)));
    CountDownLatch reading = new CountDownLatch(2);
    MemoFunction<Integer, String> read =
        function(
            n -> {
              if (n > 0 && reading.getCount() > 0) {
                reading.countDown();
                readForEver();
              }
              return "r" + n;
            });
    assertThatThrownBy(
            () ->
                read.applyAll(
                    List.of(0, 1, 2),
                    3,
                    (argument, computed, done, total) -> {
                      meet(new CountDownLatch(1), reading);
                      throw new IllegalStateException("enough");
                    }))
        .hasMessage("enough");
    assertThat(read.applyAll(List.of(0, 1, 2), 1, this::note).orThrow())
        .isEqualTo(Map.of(0, "r0", 1, "r1", 2, "r2"));
    assertThat(called).hasValue(5);
  }

  /** Reads what nobody writes. */
  private static void readForEver() {
    try {
      Pipe pipe = Pipe.open();
      try (Pipe.SinkChannel unused = pipe.sink();
          Pipe.SourceChannel source = pipe.source()) {
        source.read(ByteBuffer.allocate(1));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void anErrorEndsAll() {
    MemoFunction<Integer, String> broken =
        function(
            n -> {
              throw new AssertionError("broken " + n);
            });
    assertThatThrownBy(() -> broken.applyAll(List.of(1), 1, this::note))
        .isInstanceOf(AssertionError.class)
        .hasMessage("broken 1");
  }

  @Test
  void anInterruptEndsAll() {
    MemoFunction<Integer, String> text = function(n -> "n" + n);
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> text.applyAll(List.of(1, 2), 1, this::note))
        .isInstanceOf(CancellationException.class)
        .hasMessage("interrupted after 0 of 2");
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void takesNullAndNothing() {
    MemoFunction<Integer, String> text = function(String::valueOf);
    assertThat(text.applyAll(Arrays.asList(null, 1), 2, this::note).orThrow())
        .hasToString("{null=null, 1=1}");
    assertThat(text.applyAll(List.of(), 1, this::note).orThrow()).isEmpty();
    assertThatThrownBy(() -> text.applyAll(List.of(1), 0, this::note))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("0 threads");
  }

  private static void meet(CountDownLatch mine, CountDownLatch theirs) {
    mine.countDown();
    try {
      assertThat(theirs.await(5, TimeUnit.MINUTES)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
