package io.persidict.cdi;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.persidict.Contention;
import io.persidict.lease.Lease;
import io.persidict.lease.Leases;
import jakarta.inject.Inject;
import jakarta.inject.Provider;
import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLockInterruptionException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Date;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.cache.annotation.CacheDefaults;
import javax.cache.annotation.CacheKey;
import javax.cache.annotation.CachePut;
import javax.cache.annotation.CacheRemove;
import javax.cache.annotation.CacheResult;
import javax.cache.annotation.CacheValue;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CacheResultTest {
  private static final AtomicInteger CALLS = new AtomicInteger();

  @TempDir Path directory;
  private Container container;
  private Lookups lookups;

  @BeforeEach
  void open() {
    CALLS.set(0);
    container = new Container(directory, Lookups.class);
    lookups = container.bean(Lookups.class);
  }

  @AfterEach
  void close() {
    container.close();
  }

  private void restart() {
    close();
    container = new Container(directory, Lookups.class);
    lookups = container.bean(Lookups.class);
  }

  enum Colour {
    RED,
    GREEN
  }

  record Place(String name, Set<String> tags) implements Serializable {}

  static class OfNoUse extends Exception {
    private static final long serialVersionUID = 1L;
  }

  static class Broken extends Error {
    private static final long serialVersionUID = 1L;
  }

  @CacheDefaults(cacheName = "lookups")
  static class Lookups {
    static final String NAME = "io.persidict.cdi.CacheResultTest$Lookups.";

    @CacheResult
    String upper(String text) {
      CALLS.incrementAndGet();
      return text.toUpperCase(Locale.ROOT);
    }

    @CacheResult(cacheName = "sums")
    int sum(@CacheKey int a, @CacheKey int b, String ignored) {
      CALLS.incrementAndGet();
      return a + b;
    }

    @CacheResult(cacheName = "all")
    String all(
        Colour colour, Place place, int[] numbers, String[][] names, List<?> list, Map<?, ?> map) {
      return "call " + CALLS.incrementAndGet();
    }

    @CacheResult(cacheName = "sorted")
    int[] sorted(int[] numbers) {
      CALLS.incrementAndGet();
      Arrays.sort(numbers);
      return numbers;
    }

    @CacheResult(cacheName = "nothing")
    String nothing(String text) {
      CALLS.incrementAndGet();
      return null;
    }

    @CacheResult(cacheName = "fresh", skipGet = true)
    String fresh(String text) {
      int call = CALLS.incrementAndGet();
      return call == 3 ? null : "call " + call;
    }

    @CacheResult(cacheName = "lists")
    List<String> slowList(String text) {
      CALLS.incrementAndGet();
      Contention.awaitWaiters(999);
      return new ArrayList<>(List.of(text));
    }

    @CacheResult(cacheName = "failing", exceptionCacheName = "failures")
    String failing(String kind) throws Throwable {
      CALLS.incrementAndGet();
      throw (Throwable) Class.forName(kind).getDeclaredConstructor().newInstance();
    }

    @CacheResult(
        cacheName = "choosing",
        exceptionCacheName = "chosen failures",
        cachedExceptions = {IOException.class, FileLockInterruptionException.class, Broken.class},
        nonCachedExceptions = FileNotFoundException.class)
    String choosing(String kind) throws Throwable {
      CALLS.incrementAndGet();
      throw (Throwable) Class.forName(kind).getDeclaredConstructor().newInstance();
    }

    @CacheResult(cacheName = "read", exceptionCacheName = "not read")
    String read(String file) {
      try (FileChannel channel = FileChannel.open(Path.of(file))) {
        ByteBuffer bytes = ByteBuffer.allocate(100);
        channel.read(bytes);
        return new String(bytes.array(), 0, bytes.position(), UTF_8);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @CacheResult(
        cacheName = "read too",
        exceptionCacheName = "not read either",
        cachedExceptions = UncheckedIOException.class)
    String listedRead(String file) {
      return read(file);
    }

    @CacheResult(cacheName = "outer", exceptionCacheName = "outer failures")
    String outer(String text) {
      return self.get().inner(text).toUpperCase(Locale.ROOT);
    }

    @CacheResult(cacheName = "inner")
    String inner(String text) {
      return "inner " + text;
    }

    @CacheResult(cacheName = "not cached")
    String throwing(String message) throws IOException {
      CALLS.incrementAndGet();
      throw new IOException(message);
    }

    @CacheResult(cacheName = "depths")
    int depth(int n) {
      CALLS.incrementAndGet();
      return n == 0 ? 0 : 1 + self.get().depth(n - 1);
    }

    @CacheResult(cacheName = "ourselves")
    int itself(int n) {
      return CALLS.incrementAndGet() == 1 ? 1 + self.get().itself(n) : n;
    }

    @Inject Provider<Lookups> self;
  }

  static class Unnamed {
    @CacheResult
    String of(String text, int[] numbers) {
      CALLS.incrementAndGet();
      return text;
    }
  }

  @Test
  void callsTheMethodOnceForEachKey() {
    assertThat(List.of(lookups.upper("a"), lookups.upper("b"), lookups.upper("a")))
        .containsExactly("A", "B", "A");
    assertThat(CALLS).hasValue(2);
    assertThat(lookups.sum(1, 2, "x") + lookups.sum(1, 2, "y")).isEqualTo(6);
    assertThat(CALLS).hasValue(3);
    assertThat(lookups.sum(2, 1, "x")).isEqualTo(3);
    assertThat(CALLS).hasValue(4);
    assertThat(container.manager().getCacheNames()).contains("lookups", "sums");
  }

  @Test
  void findsWhatAnEarlierRunStored() {
    String first = ask();
    assertThat(ask()).isEqualTo(first);
    restart();
    assertThat(ask()).isEqualTo(first);
    assertThat(CALLS).hasValue(1);
    lookups.all(Colour.GREEN, null, new int[0], new String[0][], List.of(), Map.of());
    assertThat(CALLS).hasValue(2);
  }

  /** Asks with arguments that are equal, but no two the same. */
  private String ask() {
    Set<String> tags =
        new LinkedHashSet<>(CALLS.get() == 0 ? List.of("a", "b") : List.of("b", "a"));
    Map<String, Object> map = CALLS.get() == 0 ? new TreeMap<>() : new HashMap<>();
    map.put("x", List.of(Colour.RED));
    map.put("y", null);
    return lookups.all(
        Colour.RED,
        new Place(new String("here"), tags),
        new int[] {1, 2},
        new String[][] {{"a"}, {"b", null}},
        CALLS.get() == 0 ? List.of(1, 2) : new ArrayList<>(List.of(1, 2)),
        map);
  }

  @Test
  void anArrayThatTheMethodChangesIsFoundAsItWas() {
    assertThat(lookups.sorted(new int[] {2, 1})).containsExactly(1, 2);
    assertThat(lookups.sorted(new int[] {2, 1})).containsExactly(1, 2);
    assertThat(CALLS).hasValue(1);
  }

  static class Changing {
    static final Map<String, Runnable> MEANWHILE = new HashMap<>();

    @CacheResult(cacheName = "drained")
    int drained(List<Integer> numbers, Date date, Query query) {
      CALLS.incrementAndGet();
      int sum = 0;
      while (!numbers.isEmpty()) {
        sum += numbers.remove(0);
      }
      date.setTime(0);
      return sum + query.offset();
    }

    @CachePut(cacheName = "puts")
    void put(List<Integer> numbers, @CacheValue String value) {
      numbers.clear();
    }

    @CacheRemove(cacheName = "puts")
    void remove(List<Integer> numbers) {
      numbers.clear();
    }

    @CacheResult(cacheName = "puts")
    String got(List<Integer> numbers) {
      return "computed";
    }

    @CacheResult(cacheName = "ones")
    String one(String key) {
      MEANWHILE.getOrDefault("one", () -> {}).run();
      return "one" + CALLS.incrementAndGet();
    }

    @CacheResult(cacheName = "others")
    String other(String key) {
      MEANWHILE.getOrDefault("other", () -> {}).run();
      return "other" + CALLS.incrementAndGet();
    }
  }

  /** Is not serializable. */
  record Query(int offset) {}

  private static List<Integer> numbers(Integer... numbers) {
    return new ArrayList<>(List.of(numbers));
  }

  @Test
  void anArgumentThatTheMethodChangesIsFoundAsItWas() {
    try (Container changing = new Container(directory, Changing.class)) {
      Changing bean = changing.bean(Changing.class);
      for (int i = 0; i < 2; i++) {
        assertThat(bean.drained(numbers(1, 2), new Date(5), new Query(10))).isEqualTo(13);
        assertThat(bean.drained(numbers(), new Date(0), new Query(10))).isEqualTo(10);
        assertThat(bean.drained(numbers(1, 2), new Date(5), new Query(0))).isEqualTo(3);
      }
      assertThat(CALLS).hasValue(3);
      bean.put(numbers(1), "put");
      assertThat(bean.got(numbers(1))).isEqualTo("put");
      assertThat(bean.got(numbers())).isEqualTo("computed");
      bean.remove(numbers(1));
      assertThat(bean.got(numbers(1))).isEqualTo("computed");
    }
  }

  @Test
  void theFirstResultStaysAndIsReturned() {
    try (Container changing = new Container(directory, Changing.class)) {
      Changing bean = changing.bean(Changing.class);
      Object key = new ArgumentsKey(new Object[] {"a"});
      bean.one("b");
      Changing.MEANWHILE.put("one", () -> changing.cache("ones").put(key, "theirs"));
      assertThat(bean.one("a")).isEqualTo("theirs");
      assertThat(bean.one("a")).isEqualTo("theirs");
    } finally {
      Changing.MEANWHILE.clear();
    }
  }

  @Test
  void methodsThatAskForEachOthersResultsEnd() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try (Container changing = new Container(directory, Changing.class)) {
      Changing bean = changing.bean(Changing.class);
      CyclicBarrier bothAreWithin = new CyclicBarrier(2);
      for (String name : List.of("one", "other")) {
        AtomicInteger runs = new AtomicInteger();
        Changing.MEANWHILE.put(
            name,
            () -> {
              if (runs.incrementAndGet() > 1) {
                return;
              }
              try {
                bothAreWithin.await(5, TimeUnit.MINUTES);
              } catch (Exception e) {
                throw new IllegalStateException(e);
              }
              assertThat(name.equals("one") ? bean.other("k") : bean.one("k")).isNotNull();
            });
      }
      Future<String> one = threads.submit(() -> bean.one("k"));
      Future<String> other = threads.submit(() -> bean.other("k"));
      assertThat(one.get(5, TimeUnit.MINUTES)).startsWith("one").isEqualTo(bean.one("k"));
      assertThat(other.get(5, TimeUnit.MINUTES)).startsWith("other").isEqualTo(bean.other("k"));
    } finally {
      Changing.MEANWHILE.clear();
      threads.shutdownNow();
    }
  }

  @Test
  void theNameOfTheCacheIsMadeFromTheMethod() {
    try (Container unnamed = new Container(directory, Unnamed.class)) {
      unnamed.bean(Unnamed.class).of("a", new int[] {1});
      assertThat(unnamed.manager().getCacheNames())
          .containsExactly("io.persidict.cdi.CacheResultTest$Unnamed.of(java.lang.String,[I)");
    }
    try (Container unnamed = new Container(directory, Unnamed.class)) {
      unnamed.bean(Unnamed.class).of("a", new int[] {1});
    }
    assertThat(CALLS).hasValue(1);
  }

  @Test
  void nullIsNotStored() {
    assertThat(lookups.nothing("a")).isNull();
    assertThat(lookups.nothing("a")).isNull();
    assertThat(CALLS).hasValue(2);
    assertThat(container.cache("nothing")).isEmpty();
  }

  @Test
  void skipGetCallsAndStoresEachTime() {
    Object key = new ArgumentsKey(new Object[] {"a"});
    assertThat(lookups.fresh("a")).isEqualTo("call 1");
    assertThat(lookups.fresh("a")).isEqualTo("call 2");
    assertThat(container.cache("fresh").get(key)).isEqualTo("call 2");
    assertThat(lookups.fresh("a")).isNull();
    assertThat(container.cache("fresh").get(key)).isNull();
  }

  @Test
  void aThousandCallersOfAMissingKeyMakeOneCall() throws Exception {
    ExecutorService threads = Executors.newCachedThreadPool();
    try {
      CyclicBarrier together = new CyclicBarrier(1000);
      List<Future<List<String>>> results = new ArrayList<>();
      for (int i = 0; i < 1000; i++) {
        results.add(
            threads.submit(
                () -> {
                  together.await(5, TimeUnit.MINUTES);
                  return lookups.slowList("a");
                }));
      }
      Set<Object> objects = Collections.newSetFromMap(new IdentityHashMap<>());
      for (Future<List<String>> result : results) {
        assertThat(result.get()).containsExactly("a");
        objects.add(result.get());
      }
      assertThat(CALLS).hasValue(1);
      assertThat(objects).as("everyone has a list of its own").hasSize(1000);
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void aMethodMayAskForOtherKeysOfItsCache() {
    assertThat(lookups.depth(3)).isEqualTo(3);
    assertThat(CALLS).hasValue(4);
  }

  @Test
  void aMethodMayAskForItself() {
    assertThat(lookups.itself(5)).isEqualTo(6);
    assertThat(CALLS).hasValue(2);
  }

  @Test
  void exceptionsAreThrownAsTheyAreAndNotStored() {
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> lookups.throwing("why"))
          .isExactlyInstanceOf(IOException.class)
          .hasMessage("why");
    }
    assertThat(CALLS).hasValue(2);
  }

  @Test
  void exceptionsAreStoredInTheCacheForThem() {
    assertThatThrownBy(() -> lookups.failing(OfNoUse.class.getName())).isInstanceOf(OfNoUse.class);
    restart();
    assertThatThrownBy(() -> lookups.failing(OfNoUse.class.getName())).isInstanceOf(OfNoUse.class);
    assertThat(CALLS).hasValue(1);
    assertThat(container.cache("failures")).hasSize(1);
    assertThat(container.cache("failing")).isEmpty();
  }

  @Test
  void errorsAndInterruptionsAreNotStoredUnlessTheyAreListed() {
    for (Class<? extends Throwable> kind :
        List.of(
            StackOverflowError.class,
            InterruptedException.class,
            CancellationException.class,
            ClosedByInterruptException.class)) {
      CALLS.set(0);
      assertThatThrownBy(() -> lookups.failing(kind.getName())).isInstanceOf(kind);
      assertThatThrownBy(() -> lookups.failing(kind.getName())).isInstanceOf(kind);
      assertThat(CALLS).hasValue(2);
    }
  }

  @Test
  void theListsSayWhichExceptionsAreStored() {
    assertThat(callsOfTwo(IOException.class)).isEqualTo(1);
    assertThat(callsOfTwo(EOFException.class)).isEqualTo(1);
    assertThat(callsOfTwo(Broken.class)).isEqualTo(1);
    assertThat(callsOfTwo(FileNotFoundException.class)).isEqualTo(2);
    assertThat(callsOfTwo(IllegalStateException.class)).isEqualTo(2);
    assertThat(callsOfTwo(CancellationException.class)).isEqualTo(2);
    assertThat(callsOfTwo(ClosedByInterruptException.class)).as("only as a kind").isEqualTo(2);
    assertThat(callsOfTwo(FileLockInterruptionException.class)).as("as itself").isEqualTo(1);
  }

  @Test
  void whatAnInterruptedMethodThrowsIsNotStored() throws Exception {
    Path file = Files.writeString(directory.resolve("file"), "what is there");
    for (String kind : List.of("", "listed ")) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> read(kind, file)).isInstanceOf(UncheckedIOException.class);
      assertThat(Thread.interrupted()).isTrue();
      assertThat(read(kind, file)).isEqualTo("what is there");
    }
  }

  private String read(String kind, Path file) {
    return kind.isEmpty() ? lookups.read(file.toString()) : lookups.listedRead(file.toString());
  }

  @Test
  void whatAMethodThrowsThatWaitedInVainIsNotStored() {
    assertThat(lookups.outer("a")).isEqualTo("INNER A");
    Object key = new ArgumentsKey(new Object[] {"b"});
    Lease lease = container.cache("inner").unwrap(Leases.class).lease(key, Duration.ofMinutes(1));
    assertThat(lease.tryTake()).isTrue();
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> lookups.outer("b")).isInstanceOf(CancellationException.class);
    assertThat(Thread.interrupted()).isTrue();
    lease.close();
    assertThat(lookups.outer("b")).isEqualTo("INNER B");
  }

  private int callsOfTwo(Class<? extends Throwable> kind) {
    CALLS.set(0);
    assertThatThrownBy(() -> lookups.choosing(kind.getName())).isExactlyInstanceOf(kind);
    assertThatThrownBy(() -> lookups.choosing(kind.getName())).isExactlyInstanceOf(kind);
    return CALLS.get();
  }

  @Test
  void aHitCountsAsOneAndAMissAsOne() throws Exception {
    lookups.upper("a");
    container.manager().enableStatistics("lookups", true);
    lookups.upper("a");
    lookups.upper("a");
    lookups.upper("b");
    MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    ObjectName bean =
        server
            .queryNames(new ObjectName("javax.cache:type=CacheStatistics,Cache=lookups,*"), null)
            .iterator()
            .next();
    assertThat(server.getAttribute(bean, "CacheHits")).isEqualTo(2L);
    assertThat(server.getAttribute(bean, "CacheMisses")).isEqualTo(1L);
  }
}
