package io.persidict.memo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.persidict.Contention;
import io.persidict.jcache.PersiDictCachingProvider;
import io.persidict.lease.Leases;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.integration.CacheWriter;
import javax.cache.integration.CacheWriterException;
import javax.management.ObjectName;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MemoTest {
  @TempDir Path directory;
  private PersiDictCachingProvider provider = new PersiDictCachingProvider();

  /** How often a function was called. */
  private final AtomicInteger called = new AtomicInteger();

  @AfterEach
  void close() {
    provider.close();
  }

  private <K, V> Cache<K, V> open(MutableConfiguration<K, V> configuration) {
    Properties properties = new Properties();
    properties.setProperty("persidict.serial-filter", getClass().getName() + "$Point");
    return provider
        .getCacheManager(directory.toUri(), null, properties)
        .createCache("memo", configuration);
  }

  private Memo<Object> memo() {
    return Memo.of(open(new MutableConfiguration<>()));
  }

  /** The memo as a process started later would have it. */
  private Memo<Object> restarted() {
    provider.close();
    provider = new PersiDictCachingProvider();
    return memo();
  }

  private <T, R> MemoFunction<T, R> counted(Memo<? super R> memo, Function<T, R> function) {
    return function("f", memo, function);
  }

  @SuppressWarnings("unchecked") // the results are what the function's are
  private <T, R> MemoFunction<T, R> function(
      String name, Memo<? super R> memo, Function<T, R> function) {
    return ((Memo<R>) memo)
        .function(
            name,
            argument -> {
              called.incrementAndGet();
              return function.apply(argument);
            });
  }

  // ---- what is computed

  @Test
  void functionsOfAnyKindAreComputedOnceAndForAll() throws Exception {
    for (int run = 0; run < 2; run++) {
      Memo<Object> memo = restarted();
      BiFunction<Integer, Long, Long> two =
          memo.biFunction("two", (a, b) -> a + b + called.incrementAndGet());
      TriFunction<String, Integer, Boolean, String> three =
          memo.triFunction("three", (a, b, c) -> a + b + c + called.incrementAndGet());
      Supplier<String> supplier = memo.supplier("supplier", () -> "s" + called.incrementAndGet());
      Callable<String> callable = memo.callable("callable", () -> "c" + called.incrementAndGet());

      assertThat(counted(memo, String::length).apply("four")).isEqualTo(4);
      assertThat(two.apply(1, 2L)).isEqualTo(1 + 2 + 2);
      assertThat(three.apply("a", 1, true)).isEqualTo("a1true3");
      assertThat(supplier.get()).isEqualTo("s4");
      assertThat(callable.call()).isEqualTo("c5");
      assertThat(called).hasValue(5);
    }
  }

  @Test
  void anotherNameIsAnotherFunction() {
    Memo<Object> memo = memo();
    Function<Integer, Integer> first = function("half v1", memo, n -> n / 2);
    Function<Integer, Integer> second = function("half v2", memo, n -> (n + 1) / 2);
    assertThat(first.apply(3)).isEqualTo(1);
    assertThat(second.apply(3)).isEqualTo(2);
    assertThat(first.apply(3)).isEqualTo(1);
    assertThat(called).hasValue(2);
  }

  record Point(int x, List<Integer> rest) implements Serializable {}

  @Test
  void argumentsMayBeOfAnyKindThatCanBeAKey() {
    for (int run = 0; run < 2; run++) {
      MemoFunction<Object, String> text = counted(restarted(), String::valueOf);
      for (Object argument :
          Arrays.asList(
              null,
              1,
              1L,
              "1",
              LocalDate.of(2026, 1, 2),
              Map.of("a", 1, "b", 2),
              Set.of(1, 2, 3))) {
        assertThat(text.apply(argument)).isNotNull();
      }
      assertThat(text.apply(new Point(1, new ArrayList<>(List.of(2)))))
          .isEqualTo(text.apply(new Point(1, List.of(2))));
      assertThat(called).hasValue(8);
    }
  }

  @Test
  void filesNameTheirCalls() throws IOException {
    Memo<Object> memo = memo();
    memo.biFunction("area-v2", (Integer a, Integer b) -> a * b).apply(3, 4);
    try (Stream<Path> files = Files.list(directory.resolve("memo"))) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .anyMatch(name -> name.startsWith("s-area-v2(3=002c=00204)_"))
          .noneMatch(name -> name.contains("__lease__"));
    }
  }

  @Test
  void aMissIsCountedOnceAndAHitToo() throws Exception {
    Cache<Object, Object> cache =
        open(new MutableConfiguration<Object, Object>().setStatisticsEnabled(true));
    MemoFunction<Integer, Integer> twice = counted(Memo.of(cache), n -> 2 * n);
    twice.apply(1);
    twice.apply(1);
    twice.applyAll(List.of(1, 2, 3), 2, (argument, computed, done, total) -> {});
    ObjectName bean =
        ManagementFactory.getPlatformMBeanServer()
            .queryNames(new ObjectName("javax.cache:type=CacheStatistics,Cache=memo,*"), null)
            .iterator()
            .next();
    assertThat(ManagementFactory.getPlatformMBeanServer().getAttribute(bean, "CacheMisses"))
        .isEqualTo(3L);
    assertThat(ManagementFactory.getPlatformMBeanServer().getAttribute(bean, "CacheHits"))
        .isEqualTo(2L);
  }

  @Test
  void theCachesExpiryIsTheTimeToLive() throws Exception {
    MemoFunction<Integer, Integer> twice =
        counted(
            Memo.of(
                open(
                    new MutableConfiguration<Object, Object>()
                        .setExpiryPolicyFactory(
                            CreatedExpiryPolicy.factoryOf(
                                new javax.cache.expiry.Duration(TimeUnit.MILLISECONDS, 300))))),
            n -> 2 * n);
    long begun = System.nanoTime();
    Awaitility.await()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(10))
        .until(
            () -> {
              assertThat(twice.apply(1)).isEqualTo(2);
              return called.get() == 2;
            });
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isGreaterThan(Duration.ofMillis(300));
  }

  // ---- at the same time

  @Test
  void oneOfManyThreadsComputes() throws Exception {
    oneOfManyThreadsComputes(memo());
  }

  /** As with other providers, which have no leases. */
  @Test
  void oneOfManyThreadsComputesWithoutLeasesToo() throws Exception {
    oneOfManyThreadsComputes(Memo.of(withoutLeases(open(new MutableConfiguration<>()), Set.of())));
  }

  /**
   * The cache as that of another provider.
   *
   * @param failing the methods that fail
   */
  @SuppressWarnings("unchecked")
  private static Cache<Object, Object> withoutLeases(
      Cache<Object, Object> cache, Set<String> failing) {
    return (Cache<Object, Object>)
        Proxy.newProxyInstance(
            MemoTest.class.getClassLoader(),
            new Class<?>[] {Cache.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("unwrap")) {
                throw new IllegalArgumentException("cannot be unwrapped");
              }
              if (failing.contains(method.getName())) {
                throw new CacheException("cannot " + method.getName());
              }
              if (method.getName().equals("equals")) {
                return proxy == arguments[0];
              }
              try {
                return method.invoke(cache, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private void oneOfManyThreadsComputes(Memo<Object> memo) throws Exception {
    int threads = 50;
    CountDownLatch ready = new CountDownLatch(threads);
    MemoFunction<Integer, String> slow =
        counted(
            memo,
            n -> {
              Contention.awaitWaiters(threads - 1);
              return "result " + n;
            });
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    try {
      List<Future<String>> results = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        results.add(
            executor.submit(
                () -> {
                  ready.countDown();
                  ready.await();
                  return slow.apply(7);
                }));
      }
      for (Future<String> result : results) {
        assertThat(result.get()).isEqualTo("result 7");
      }
    } finally {
      executor.shutdownNow();
    }
    assertThat(called).hasValue(1);
  }

  @Test
  void functionsMayCallThemselves() {
    Memo<Object> memo = memo();
    List<MemoFunction<Integer, Long>> fibonacci = new ArrayList<>();
    fibonacci.add(
        counted(
            memo,
            n -> n < 2 ? (long) n : fibonacci.get(0).apply(n - 1) + fibonacci.get(0).apply(n - 2)));
    assertThat(fibonacci.get(0).apply(30)).isEqualTo(832_040L);
    assertThat(called).hasValue(31);
  }

  @Test
  void aCallWithinItselfIsComputedRatherThanWaitedFor() {
    List<MemoFunction<Integer, String>> self = new ArrayList<>();
    AtomicBoolean inside = new AtomicBoolean();
    self.add(
        counted(
            memo(), n -> inside.compareAndSet(false, true) ? self.get(0).apply(n) + "!" : "in"));
    assertThat(self.get(0).apply(1)).isEqualTo("in!");
    assertThat(called).hasValue(2);
  }

  @Test
  void anInterruptedWaiterStopsWaiting() throws Exception {
    Cache<Object, Object> cache = open(new MutableConfiguration<>());
    MemoFunction<Integer, Integer> twice = counted(Memo.of(cache), n -> 2 * n);
    assertThat(cache.unwrap(Leases.class).lease("f(1)", Duration.ofMinutes(1)).tryTake()).isTrue();
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> twice.apply(1)).isInstanceOf(CancellationException.class);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(called).hasValue(0);
  }

  @Test
  void aCrashedHoldersWorkIsTakenOver() {
    Cache<Object, Object> cache = open(new MutableConfiguration<>());
    assertThat(cache.unwrap(Leases.class).lease("f(1)", Duration.ofMillis(300)).tryTake()).isTrue();
    long start = System.nanoTime();
    Memo<Object> memo = Memo.of(cache).withLease(Duration.ofHours(1));
    assertThat(counted(memo, (Integer n) -> 2 * n).apply(1)).isEqualTo(2);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(300));
  }

  // ---- arguments that are changed

  private static int runningTotal(int[] numbers) {
    for (int i = 1; i < numbers.length; i++) {
      numbers[i] += numbers[i - 1];
    }
    return numbers[numbers.length - 1];
  }

  private static int drained(List<Integer> numbers) {
    int sum = 0;
    while (!numbers.isEmpty()) {
      sum += numbers.remove(0);
    }
    return sum;
  }

  @Test
  void aFunctionMayChangeItsArguments() {
    for (int run = 0; run < 2; run++) {
      Memo<Object> memo = restarted();
      MemoFunction<int[], Integer> total = function("total", memo, MemoTest::runningTotal);
      assertThat(total.apply(new int[] {1, 2, 3})).isEqualTo(6);
      assertThat(total.apply(new int[] {1, 3, 6})).isEqualTo(10);
      assertThat(total.apply(new int[] {1, 2, 3})).isEqualTo(6);
      MemoFunction<List<Integer>, Integer> drain = function("drain", memo, MemoTest::drained);
      assertThat(drain.apply(new ArrayList<>(List.of(1, 2)))).isEqualTo(3);
      assertThat(drain.apply(new ArrayList<>(List.of(5, 6)))).isEqualTo(11);
      assertThat(drain.apply(new ArrayList<>())).isEqualTo(0);
      BiFunction<Object[], Date, Long> both =
          memo.biFunction(
              "both",
              (array, date) -> {
                called.incrementAndGet();
                array[0] = "changed";
                date.setTime(date.getTime() + 1);
                return date.getTime();
              });
      assertThat(both.apply(new Object[] {"a"}, new Date(1))).isEqualTo(2);
      assertThat(both.apply(new Object[] {"changed"}, new Date(2))).isEqualTo(3);
      assertThat(both.apply(new Object[] {"a"}, new Date(1))).isEqualTo(2);
      assertThat(called).hasValue(7);
    }
  }

  @Test
  void oneOfManyThreadsComputesForArraysToo() throws Exception {
    int threads = 20;
    CountDownLatch ready = new CountDownLatch(threads);
    Memo<Object> memo = memo();
    MemoFunction<int[], Integer> total =
        counted(
            memo,
            numbers -> {
              await(ready);
              return runningTotal(numbers);
            });
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    try {
      List<Future<Integer>> results = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        results.add(
            executor.submit(
                () -> {
                  ready.countDown();
                  return total.apply(new int[] {1, 2});
                }));
      }
      for (Future<Integer> result : results) {
        assertThat(result.get()).isEqualTo(3);
      }
    } finally {
      executor.shutdownNow();
    }
    assertThat(called).hasValue(1);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** As when its lease ran out because the process stood still. */
  @Test
  void theFirstResultStaysAndIsReturned() throws Exception {
    Cache<Object, Object> cache = open(new MutableConfiguration<>());
    try (PersiDictCachingProvider other = new PersiDictCachingProvider()) {
      Cache<Object, Object> theirs =
          other
              .getCacheManager(directory.toUri(), null)
              .createCache("memo", new MutableConfiguration<>());
      Memo<Object> memo = Memo.of(cache).cacheExceptions(IOException.class, IOException::new);
      MemoFunction<Integer, String> late =
          counted(
              memo,
              n -> {
                theirs.put("f(" + n + ")", "theirs");
                return "mine";
              });
      assertThat(late.apply(1)).isEqualTo("theirs");
      assertThat(late.apply(1)).isEqualTo("theirs");
      Callable<String> failing =
          memo.callable(
              "failing",
              () -> {
                theirs.put("failing()", "theirs");
                throw new IOException("mine");
              });
      assertThat(failing.call()).isEqualTo("theirs");
      assertThat(cache.get("failing()")).isEqualTo("theirs");
      assertThat(called).hasValue(1);
    }
  }

  // ---- null

  @Test
  void nullIsAResult() {
    for (int run = 0; run < 2; run++) {
      assertThat(counted(restarted(), (String key) -> (String) null).apply("a")).isNull();
      assertThat(called).hasValue(1);
    }
  }

  @Test
  void aTypedCacheKeepsItsTypeOnly() {
    Memo<Integer> memo =
        Memo.of(
            open(
                new MutableConfiguration<Object, Integer>().setTypes(Object.class, Integer.class)));
    MemoFunction<String, Integer> length =
        counted(memo, text -> text.isEmpty() ? null : text.length());
    assertThat(length.apply("four")).isEqualTo(4);
    assertThat(length.apply("four")).isEqualTo(4);
    assertThat(called).hasValue(1);
    assertThatThrownBy(() -> length.apply(""))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContainingAll("\"f\"", "memo", "java.lang.Integer", "java.lang.Object");
    assertThatThrownBy(() -> memo.cacheExceptions(IOException.class, IOException::new))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("memo", "java.lang.Integer", "java.lang.Object");
  }

  @Test
  void aResultThatLooksLikeAMarkIsAResult() {
    Object mark = Map.of("io.persidict.memo", List.of("null"));
    for (int run = 0; run < 2; run++) {
      assertThat(counted(restarted(), n -> mark).apply(1)).isEqualTo(mark);
    }
    assertThat(called).hasValue(1);
  }

  @Test
  void whatIsNoOutcomeIsComputedAgain() {
    Cache<Object, Object> cache = open(new MutableConfiguration<>());
    Memo<Object> memo = Memo.of(cache).cacheExceptions(IOException.class, IOException::new);
    String type = IOException.class.getName();
    for (Object content :
        List.of(
            List.of(),
            Arrays.asList((Object) null),
            List.of("result"),
            List.of("thrown"),
            List.of("thrown", 1),
            List.of("thrown", type, 1),
            List.of("thrown", type, "message", "more"),
            List.of("of a later version"))) {
      cache.put("f(1)", Map.of("io.persidict.memo", content));
      assertThat(counted(memo, n -> "computed").apply(1)).as("%s", content).isEqualTo("computed");
      assertThat(cache.get("f(1)")).isEqualTo("computed");
    }
  }

  // ---- exceptions

  @Test
  void exceptionsAreNotKeptUnlessAsked() {
    MemoFunction<String, Integer> parsed = counted(memo(), Integer::valueOf);
    for (int i = 1; i <= 2; i++) {
      assertThatThrownBy(() -> parsed.apply("x")).isInstanceOf(NumberFormatException.class);
      assertThat(called).hasValue(i);
    }
  }

  @Test
  void askedForExceptionsAreKeptByTheirMessage() {
    for (int run = 0; run < 2; run++) {
      MemoFunction<String, Integer> parsed =
          counted(
              restarted()
                  .cacheExceptions(NumberFormatException.class, NumberFormatException::new)
                  .cacheExceptions(IllegalArgumentException.class, IllegalArgumentException::new),
              text -> {
                if (text.isEmpty()) {
                  throw new IllegalArgumentException();
                }
                return Integer.valueOf(text);
              });
      assertThatThrownBy(() -> parsed.apply("x"))
          .isExactlyInstanceOf(NumberFormatException.class)
          .hasMessage("For input string: \"x\"");
      assertThatThrownBy(() -> parsed.apply(""))
          .isExactlyInstanceOf(IllegalArgumentException.class)
          .hasMessage(null);
      assertThat(called).hasValue(2);
    }
    MemoFunction<String, Integer> forgetful = counted(restarted(), text -> 7);
    assertThat(forgetful.apply("x")).as("is not kept any more").isEqualTo(7);
  }

  @Test
  void callablesThrowCheckedExceptions() {
    Memo<Object> memo =
        memo().cacheExceptions(FileNotFoundException.class, FileNotFoundException::new);
    Callable<String> missing =
        memo.callable(
            "missing",
            () -> {
              called.incrementAndGet();
              throw new FileNotFoundException("it is gone");
            });
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(missing::call)
          .isInstanceOf(FileNotFoundException.class)
          .hasMessage("it is gone");
    }
    assertThat(called).hasValue(1);
  }

  @Test
  void whatConcernsTheCallingThreadAloneIsNotKept() {
    AtomicReference<RuntimeException> failure = new AtomicReference<>();
    AtomicBoolean interrupted = new AtomicBoolean();
    MemoFunction<Integer, String> failing =
        counted(
            memo().cacheExceptions(RuntimeException.class, RuntimeException::new),
            n -> {
              if (interrupted.get()) {
                Thread.currentThread().interrupt();
              }
              if (failure.get() != null) {
                throw failure.get();
              }
              return "computed";
            });
    List<RuntimeException> failures =
        List.of(
            new CancellationException("stopped"),
            new UncheckedIOException(new ClosedByInterruptException()),
            new IllegalStateException(new RuntimeException(new InterruptedException())),
            new IllegalStateException(new StackOverflowError()),
            new IllegalStateException("by an interrupted thread"));
    for (int i = 0; i < failures.size(); i++) {
      int argument = i;
      failure.set(failures.get(i));
      interrupted.set(i == failures.size() - 1);
      assertThatThrownBy(() -> failing.apply(argument)).isSameAs(failure.get());
      assertThat(Thread.interrupted()).isEqualTo(interrupted.getAndSet(false));
      failure.set(null);
      assertThat(failing.apply(argument)).isEqualTo("computed");
    }
  }

  @Test
  void aFaultOfTheCacheHidesNoExceptionOfTheFunction() {
    for (String failing : List.of("putIfAbsent", "put")) {
      Cache<Object, Object> cache = open(new MutableConfiguration<>());
      cache.put("f(\"a\")", Map.of("io.persidict.memo", List.of("of a later version")));
      MemoFunction<String, Integer> parsed =
          counted(
              Memo.of(withoutLeases(cache, Set.of(failing)))
                  .cacheExceptions(NumberFormatException.class, NumberFormatException::new),
              Integer::valueOf);
      assertThatThrownBy(() -> parsed.apply("a"))
          .isInstanceOf(NumberFormatException.class)
          .satisfies(
              thrown ->
                  assertThat(thrown.getSuppressed())
                      .singleElement()
                      .isInstanceOf(CacheException.class)
                      .hasToString("javax.cache.CacheException: cannot " + failing));
      provider.close();
      provider = new PersiDictCachingProvider();
    }
  }

  @Test
  void aFaultOfTheCacheMayBeTheExceptionOfTheFunction() {
    CacheWriterException fault = new CacheWriterException("down");
    CacheWriter<Object, Object> writer =
        new CacheWriter<>() {
          @Override
          public void write(Cache.Entry<?, ?> entry) {
            throw fault;
          }

          @Override
          public void writeAll(Collection<Cache.Entry<?, ?>> entries) {
            throw fault;
          }

          @Override
          public void delete(Object key) {}

          @Override
          public void deleteAll(Collection<?> keys) {}
        };
    MemoFunction<String, Integer> throwing =
        Memo.of(
                open(
                    new MutableConfiguration<>()
                        .setWriteThrough(true)
                        .setCacheWriterFactory(() -> writer)))
            .cacheExceptions(CacheWriterException.class, CacheWriterException::new)
            .function(
                "f",
                argument -> {
                  throw fault;
                });
    assertThatThrownBy(() -> throwing.apply("a")).isSameAs(fault);
  }

  // ---- refused

  @Test
  void refusesWhatCannotWork() {
    Cache<String, Object> strings =
        open(new MutableConfiguration<String, Object>().setTypes(String.class, Object.class));
    @SuppressWarnings({"unchecked", "rawtypes"})
    Cache<Object, Object> unchecked = (Cache) strings;
    assertThatThrownBy(() -> Memo.of(unchecked))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("memo", "java.lang.String", "java.lang.Object");

    Memo<Object> memo = restarted();
    for (String name : List.of("", " ", "f(1)")) {
      assertThatThrownBy(() -> memo.function(name, x -> x))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("\"" + name + "\"");
    }
    assertThatThrownBy(() -> memo.withLease(Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> counted(memo, x -> 1).apply(new Object()))
        .isInstanceOf(CacheException.class)
        .hasMessageContaining("java.lang.Object");
    assertThat(called).as("before anything is computed").hasValue(0);
    assertThatThrownBy(() -> counted(memo, x -> (Object) new Thread()).apply(1))
        .isInstanceOf(CacheException.class)
        .hasMessageContaining("java.lang.Thread");
  }
}
