package io.persidict.jcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.persidict.NoMoreThreads;
import io.persidict.extra.EntryExpiryPolicy;
import io.persidict.extra.TimedPuts;
import io.persidict.jcache.storage.StoredEntry;
import io.persidict.lease.Lease;
import io.persidict.lease.Leases;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.configuration.Factory;
import javax.cache.configuration.FactoryBuilder;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.expiry.AccessedExpiryPolicy;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.EternalExpiryPolicy;
import javax.cache.expiry.ExpiryPolicy;
import javax.cache.expiry.ModifiedExpiryPolicy;
import javax.cache.expiry.TouchedExpiryPolicy;
import javax.cache.integration.CacheLoader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Times to live of single entries, and entries that are loaded again before their end. */
final class EntryTimesTest {
  private static final javax.cache.expiry.Duration HOUR =
      new javax.cache.expiry.Duration(TimeUnit.HOURS, 1);
  private static final javax.cache.expiry.Duration SHORT =
      new javax.cache.expiry.Duration(TimeUnit.MILLISECONDS, 5);

  @TempDir Path directory;
  private final PersiDictCachingProvider provider = new PersiDictCachingProvider();
  private final PersiDictCachingProvider another = new PersiDictCachingProvider();

  @AfterEach
  void close() {
    provider.close();
    another.close();
  }

  private Cache<String, String> cache(
      PersiDictCachingProvider of,
      String name,
      Factory<? extends ExpiryPolicy> expiry,
      String... settings) {
    Properties properties = new Properties();
    for (int i = 0; i < settings.length; i += 2) {
      properties.setProperty(settings[i], settings[i + 1]);
    }
    MutableConfiguration<String, String> configuration = new MutableConfiguration<>();
    if (expiry != null) {
      configuration.setExpiryPolicyFactory(expiry);
    }
    CacheManager manager = of.getCacheManager(directory.toUri(), null, properties);
    return manager.createCache(name, configuration);
  }

  @SuppressWarnings("unchecked")
  private static TimedPuts<String, String> timed(Cache<String, String> cache) {
    return cache.unwrap(TimedPuts.class);
  }

  // ---- a policy that sees the entry

  private static final class ByValue implements EntryExpiryPolicy<String, String> {
    @Override
    public javax.cache.expiry.Duration getExpiryForCreation(String key, String value) {
      if (value.equals("fail")) {
        throw new IllegalStateException("no idea");
      }
      return value.equals("none")
          ? javax.cache.expiry.Duration.ZERO
          : value.equals("short") || key.equals("short") ? SHORT : HOUR;
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "persidict.memory.max-entries"})
  void aPolicySeesKeyAndValue(String memory) {
    Cache<String, String> cache =
        memory.isEmpty()
            ? cache(provider, "c", ByValue::new)
            : cache(provider, "c", ByValue::new, memory, "10");
    cache.put("a", "long");
    cache.put("b", "short");
    cache.put("short", "long");
    cache.put("c", "none");
    cache.put("d", "fail");
    assertThat(cache.containsKey("c")).isFalse();
    await().until(() -> !cache.containsKey("b") && !cache.containsKey("short"));
    assertThat(cache.get("a")).isEqualTo("long");
    assertThat(cache.get("d")).as("never expires").isEqualTo("fail");
    cache.replace("a", "short");
    await().until(() -> cache.get("a") == null);
  }

  @Test
  void aPolicySeesWhatIsRead() {
    Cache<String, String> cache =
        cache(
            provider,
            "c",
            () ->
                new EntryExpiryPolicy<String, String>() {
                  @Override
                  public javax.cache.expiry.Duration getExpiryForCreation(String k, String v) {
                    return HOUR;
                  }

                  @Override
                  public javax.cache.expiry.Duration getExpiryForAccess(String k, String v) {
                    return v.equals("once") ? SHORT : null;
                  }
                });
    cache.put("a", "once");
    cache.put("b", "often");
    assertThat(cache.get("a")).isEqualTo("once");
    cache.forEach(entry -> {});
    await().until(() -> !cache.containsKey("a"));
    assertThat(cache.get("b")).isEqualTo("often");
  }

  // ---- puts with a duration

  @ParameterizedTest
  @ValueSource(strings = {"eternal", "created PT1H"})
  void anEntryLivesAsLongAsThePutSays(String expiry) {
    Cache<String, String> cache = cache(provider, "c", null, "persidict.cache.c.expiry", expiry);
    timed(cache).put("a", "v", Duration.ofMillis(5));
    assertThat(timed(cache).putIfAbsent("b", "v", Duration.ofMillis(5))).isTrue();
    timed(cache).put("c", "v", Duration.ofDays(1));
    await().until(() -> !cache.containsKey("a") && !cache.containsKey("b"));
    assertThat(timed(cache).putIfAbsent("c", "w", Duration.ofMillis(1))).isFalse();
    assertThat(cache.get("c")).isEqualTo("v");
    timed(cache).put("d", "v", Duration.ofSeconds(Long.MAX_VALUE));
    assertThat(cache.get("d")).isEqualTo("v");
  }

  @Test
  void aWriterIsToldOfAPutWithADuration() {
    Recorder recorder = new Recorder();
    Cache<String, String> cache =
        provider
            .getCacheManager(directory.toUri(), null)
            .createCache("c", recorder.configuration());
    timed(cache).put("a", "v", Duration.ofDays(1));
    timed(cache).putIfAbsent("b", "v", Duration.ofDays(1));
    assertThat(recorder.writes).containsExactly("write a:v", "write b:v");
  }

  @Test
  void aLaterPutIntoAnEternalCacheIsForEver() throws Exception {
    Cache<String, String> cache = cache(provider, "c", null);
    for (int i = 0; i < 2; i++) {
      timed(cache).put("a", "v", Duration.ofSeconds(1));
      if (i == 0) {
        cache.put("a", "w");
      } else {
        while (!cache.replace("a", "w")) { // on a machine that took a second to get here
          timed(cache).put("a", "v", Duration.ofSeconds(1));
        }
      }
      TimeUnit.MILLISECONDS.sleep(1_100);
      assertThat(cache.get("a")).isEqualTo("w");
    }
  }

  @Test
  void aLayoutWithoutTimesOfEntriesRefusesADuration() {
    Cache<String, String> plain =
        cache(
            provider,
            "plain",
            null,
            "persidict.cache.plain.layout",
            "plain",
            "persidict.cache.plain.key-type",
            "java.lang.String",
            "persidict.cache.plain.value-type",
            "java.lang.String");
    assertThatThrownBy(() -> timed(plain).put("a", "v", Duration.ofMillis(5)))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageContaining("plain");
    assertThatThrownBy(() -> timed(plain).putIfAbsent("a", "v", Duration.ofMillis(5)))
        .isInstanceOf(UnsupportedOperationException.class);
    assertThat(plain).isEmpty();
  }

  @Test
  void badDurationsAreRefused() {
    Cache<String, String> cache = cache(provider, "c", null);
    for (Duration bad :
        new Duration[] {Duration.ZERO, Duration.ofSeconds(-1), Duration.ofNanos(9)}) {
      assertThatThrownBy(() -> timed(cache).put("a", "v", bad))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(bad.toString());
    }
    assertThatThrownBy(() -> timed(cache).put("a", null, Duration.ofSeconds(1)))
        .isInstanceOf(NullPointerException.class);
    Cache<String, String> once =
        cache(another, "once", null, "persidict.cache.once.immutable-items", "true");
    assertThatThrownBy(() -> timed(once).put("a", "v", Duration.ofSeconds(1)))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageContaining("written once");
    assertThat(cache).isEmpty();
    cache.close();
    assertThatThrownBy(() -> timed(cache).put("a", "v", Duration.ofSeconds(1)))
        .isInstanceOf(IllegalStateException.class);
  }

  // ---- refresh ahead

  private static final AtomicInteger LOADS = new AtomicInteger();
  private static volatile CountDownLatch go = new CountDownLatch(0);

  /** The number of the load; waits until it may go. */
  public static final class Counter implements CacheLoader<String, String> {
    /** For the setting. */
    public Counter() {}

    @Override
    public String load(String key) {
      return loadAll(java.util.List.of(key)).get(key);
    }

    @Override
    public Map<String, String> loadAll(Iterable<? extends String> keys) {
      int load = LOADS.incrementAndGet();
      try {
        go.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      if (load == 3) {
        throw new IllegalStateException("not this time");
      }
      Map<String, String> loaded = new HashMap<>();
      keys.forEach(key -> loaded.put(key, "load " + load));
      return loaded;
    }
  }

  private Cache<String, String> refreshed(PersiDictCachingProvider of, String... more) {
    String[] settings =
        java.util.stream.Stream.concat(
                java.util.stream.Stream.of(
                    "persidict.cache.c.loader",
                    Counter.class.getName(),
                    "persidict.cache.c.refresh-ahead",
                    "1"),
                java.util.stream.Stream.of(more))
            .toArray(String[]::new);
    return cache(of, "c", CreatedExpiryPolicy.factoryOf(HOUR), settings);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "persidict.memory.max-entries"})
  void anEntryIsLoadedAgainOnceWhileReadersGetTheOldOne(String memory) {
    String[] more = memory.isEmpty() ? new String[0] : new String[] {memory, "10"};
    Cache<String, String> one = refreshed(provider, more);
    Cache<String, String> two = refreshed(another, more);
    LOADS.set(0);
    go = new CountDownLatch(0);
    assertThat(one.get("k")).isEqualTo("load 1");
    CountDownLatch later = new CountDownLatch(1);
    go = later;
    try {
      assertThat(one.get("k")).isEqualTo("load 1");
      await().until(() -> LOADS.get() == 2);
      for (int i = 0; i < 10; i++) {
        assertThat(one.get("k")).isEqualTo("load 1");
        assertThat(two.get("k")).isEqualTo("load 1");
      }
      assertThat(LOADS).as("by one of all processes").hasValue(2);
    } finally {
      later.countDown();
    }
    await().until(() -> LOADS.get() > 2 || one.get("k").equals("load 2"));
    await().until(() -> two.get("k").matches("load [2-9]+"));
  }

  @Test
  void withoutALoaderOrWithNonsenseItIsRefused() {
    assertThatThrownBy(() -> cache(provider, "c", null, "persidict.cache.c.refresh-ahead", "0.5"))
        .isInstanceOf(CacheException.class)
        .hasMessageContaining("refresh-ahead")
        .hasMessageContaining("loader");
    assertThatThrownBy(() -> cache(another, "c", null, "persidict.refresh-ahead", "often"))
        .isInstanceOf(CacheException.class)
        .hasMessageContaining("0 to 1");
  }

  @Test
  void whereNoReadComesNearTheEndNothingIsLoadedAgain() {
    Cache<String, String> cache =
        cache(
            provider,
            "c",
            CreatedExpiryPolicy.factoryOf(HOUR),
            "persidict.cache.c.loader",
            Counter.class.getName(),
            "persidict.cache.c.refresh-ahead",
            "0.1");
    LOADS.set(0);
    go = new CountDownLatch(0);
    for (int i = 0; i < 100; i++) {
      assertThat(cache.get("k")).isEqualTo("load 1");
    }
    assertThat(LOADS).hasValue(1);
  }

  // ---- refresh ahead: what happens while an entry is loaded again

  /** A loader that does what the test wants; and tells when it was called and may go on. */
  private static final class Scripted implements CacheLoader<String, String> {
    private final UnaryOperator<String> load;
    final AtomicInteger calls = new AtomicInteger();
    volatile CountDownLatch go = new CountDownLatch(0);

    Scripted(UnaryOperator<String> load) {
      this.load = load;
    }

    @Override
    public String load(String key) {
      calls.incrementAndGet();
      try {
        go.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      return load.apply(key);
    }

    @Override
    public Map<String, String> loadAll(Iterable<? extends String> keys) {
      Map<String, String> loaded = new HashMap<>();
      keys.forEach(key -> loaded.put(key, load(key)));
      return loaded;
    }
  }

  private MutableConfiguration<String, String> loadedBy(CacheLoader<String, String> loader) {
    return new MutableConfiguration<String, String>()
        .setExpiryPolicyFactory(CreatedExpiryPolicy.factoryOf(HOUR))
        .setReadThrough(true)
        .setCacheLoaderFactory(new FactoryBuilder.SingletonFactory<>(loader));
  }

  private Cache<String, String> refreshing(
      MutableConfiguration<String, String> configuration, String... more) {
    return refreshing(provider, configuration, more);
  }

  private Cache<String, String> refreshing(
      PersiDictCachingProvider of,
      MutableConfiguration<String, String> configuration,
      String... more) {
    Properties properties = new Properties();
    properties.setProperty("persidict.cache.c.refresh-ahead", "1");
    for (int i = 0; i < more.length; i += 2) {
      properties.setProperty(more[i], more[i + 1]);
    }
    return of.getCacheManager(directory.toUri(), null, properties).createCache("c", configuration);
  }

  /** Has {@code change} happen while the only entry, of "k", is loaded again. */
  private void whileLoadedAgain(Cache<String, String> cache, Scripted loader, Runnable change)
      throws IOException {
    loader.go = new CountDownLatch(1);
    assertThat(cache.get("k")).isNotNull();
    await().until(() -> loader.calls.get() == 1);
    assertThat(leases()).hasSize(1);
    change.run();
    loader.go.countDown();
    await().until(() -> leases().isEmpty());
  }

  private List<String> leases() throws IOException {
    try (Stream<Path> files = Files.list(directory.resolve("c"))) {
      return files
          .map(Path::toString)
          .filter(name -> name.endsWith(StoreLeases.EXTENSION))
          .toList();
    }
  }

  private StoredEntry.ValidRecord stored() throws Exception {
    try (Stream<Path> files = Files.list(directory.resolve("c"))) {
      Path file = files.filter(path -> path.toString().endsWith(".entry")).findAny().orElseThrow();
      return (StoredEntry.ValidRecord) StoredEntry.FORMAT.decode(Files.readAllBytes(file));
    }
  }

  @Test
  void anEntryThatIsLoadedAgainBeginsItsLifeAnew() throws Exception {
    Scripted loader = new Scripted(key -> "loaded");
    Cache<String, String> cache = refreshing(loadedBy(loader));
    cache.put("k", "v");
    StoredEntry.ValidRecord old = stored();
    long before = old.created() + 1;
    awaitMillisecondAfter(old.created());
    whileLoadedAgain(cache, loader, () -> {});
    StoredEntry.ValidRecord renewed = stored();
    assertThat(renewed.value()).isNotEqualTo(old.value());
    assertThat(renewed.created()).isGreaterThanOrEqualTo(before);
    assertThat(renewed.expiry()).isEqualTo(renewed.created() + 3_600_000);
  }

  @Test
  void anEntryThatIsLoadedAgainLivesForEverIfThePolicySaysSo() throws Exception {
    EntryExpiryPolicy<String, String> policy = (key, value) -> value.equals("loaded") ? null : HOUR;
    Scripted loader = new Scripted(key -> "loaded");
    Cache<String, String> cache = refreshing(loadedBy(loader).setExpiryPolicyFactory(() -> policy));
    cache.put("k", "v");
    assertThat(stored().expiry()).isLessThan(StoredEntry.NEVER);
    whileLoadedAgain(cache, loader, () -> {});
    assertThat(stored().expiry()).isEqualTo(StoredEntry.NEVER);
  }

  @Test
  void anEntryWithATimeOfItsOwnIsLoadedAgainAlsoWhereItIsReadFromMemory() {
    Scripted loader = new Scripted(key -> null);
    Cache<String, String> cache =
        refreshing(
            loadedBy(loader).setExpiryPolicyFactory(EternalExpiryPolicy.factoryOf()),
            "persidict.memory.max-entries",
            "10",
            "persidict.memory.coherence",
            "unchecked");
    timed(cache).put("k", "v", Duration.ofHours(1));
    await()
        .until(
            () -> {
              assertThat(cache.get("k")).isEqualTo("v");
              return loader.calls.get() >= 3;
            });
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "persidict.memory.max-entries"})
  void anEntryThatIsRemovedWhileItIsLoadedAgainStaysAway(String memory) throws Exception {
    String[] more = memory.isEmpty() ? new String[0] : new String[] {memory, "10"};
    Scripted loader = new Scripted(key -> "loaded");
    Cache<String, String> cache = refreshing(loadedBy(loader), more);
    cache.put("k", "v");
    whileLoadedAgain(cache, loader, () -> cache.remove("k"));
    assertThat(cache.containsKey("k")).isFalse();
  }

  @Test
  void aValueThatIsPutWhileTheEntryIsLoadedAgainStays() throws Exception {
    assertStays("newer", cache -> cache.put("k", "newer"));
  }

  @Test
  void anEqualValueThatIsPutMeanwhileStaysToo() throws Exception {
    assertStays("v", cache -> cache.put("k", "v"));
  }

  @ParameterizedTest
  @MethodSource
  void anEqualValueStaysAlsoUnderPoliciesThatGiveItAnotherEnd(Factory<ExpiryPolicy> policy)
      throws Exception {
    Scripted loader = new Scripted(key -> "loaded");
    Cache<String, String> cache = refreshing(loadedBy(loader).setExpiryPolicyFactory(policy));
    cache.put("k", "v");
    awaitMillisecondAfter(stored().created());
    whileLoadedAgain(cache, loader, () -> cache.put("k", "v"));
    assertThat(cache.<String>invoke("k", (entry, arguments) -> entry.getValue())).isEqualTo("v");
  }

  static List<Factory<ExpiryPolicy>> anEqualValueStaysAlsoUnderPoliciesThatGiveItAnotherEnd() {
    return List.of(
        ModifiedExpiryPolicy.factoryOf(HOUR),
        AccessedExpiryPolicy.factoryOf(HOUR),
        TouchedExpiryPolicy.factoryOf(HOUR));
  }

  @Test
  void anEntryThatIsOnlyReadWhileItIsLoadedAgainIsReplaced() throws Exception {
    Scripted loader = new Scripted(key -> "loaded");
    Cache<String, String> cache =
        refreshing(loadedBy(loader).setExpiryPolicyFactory(TouchedExpiryPolicy.factoryOf(HOUR)));
    cache.put("k", "v");
    whileLoadedAgain(
        cache,
        loader,
        () -> {
          awaitMillisecondAfter(System.currentTimeMillis());
          cache.invoke("k", (entry, arguments) -> entry.getValue());
        });
    assertThat(cache.<String>invoke("k", (entry, arguments) -> entry.getValue()))
        .isEqualTo("loaded");
  }

  private static void awaitMillisecondAfter(long time) {
    await().until(() -> System.currentTimeMillis() > time);
  }

  @Test
  void whereNoThreadCanBeStartedAReaderLoadsItself() {
    Cache<String, String> cache = refreshing(loadedBy(new Scripted(key -> "loaded")));
    cache.put("k", "v");
    try (NoMoreThreads none = new NoMoreThreads()) {
      assertThat(cache.get("k")).isEqualTo("v");
      assertThat(cache.get("k")).isEqualTo("loaded");
    }
  }

  @Test
  void anEntryThatIsMadeAnewWhileItIsLoadedAgainStays() throws Exception {
    assertStays(
        "v",
        cache -> {
          cache.remove("k");
          cache.put("k", "v");
        });
  }

  private void assertStays(String value, Consumer<Cache<String, String>> change) throws Exception {
    Scripted loader = new Scripted(key -> "loaded");
    Cache<String, String> cache = refreshing(loadedBy(loader));
    cache.put("k", "v");
    whileLoadedAgain(cache, loader, () -> change.accept(cache));
    loader.go = new CountDownLatch(1); // or else this read would have it loaded again
    assertThat(cache.get("k")).isEqualTo(value);
    loader.go.countDown();
  }

  @Test
  void whatALoaderGivesBesidesIsNotStored() throws Exception {
    Scripted loader = new Scripted(key -> "loaded");
    CacheLoader<String, String> generous =
        new CacheLoader<>() {
          @Override
          public String load(String key) {
            return loader.load(key);
          }

          @Override
          public Map<String, String> loadAll(Iterable<? extends String> keys) {
            Map<String, String> loaded = loader.loadAll(keys);
            loaded.put("other", "unasked");
            loaded.put("absent", "unasked");
            return loaded;
          }
        };
    Cache<String, String> cache = refreshing(loadedBy(generous));
    cache.put("k", "v");
    cache.put("other", "v");
    whileLoadedAgain(cache, loader, () -> {});
    assertThat(cache.containsKey("absent")).isFalse();
    String other = cache.invoke("other", (entry, arguments) -> entry.getValue());
    assertThat(other).isEqualTo("v");
  }

  @Test
  void aLoaderThatHasNothingOrFailsLeavesTheEntryToItsEnd() {
    AtomicInteger calls = new AtomicInteger();
    Scripted loader =
        new Scripted(
            key -> {
              switch (calls.incrementAndGet()) {
                case 1:
                  return null;
                case 2:
                  throw new IllegalStateException("not today");
                case 3:
                  throw new AssertionError("nor tomorrow");
                default:
                  return "loaded";
              }
            });
    try (Warnings warnings = new Warnings(Warnings.class.getPackage())) {
      Cache<String, String> cache = refreshing(loadedBy(loader));
      cache.put("k", "v");
      await().until(() -> cache.get("k").equals("loaded"));
      assertThat(calls.get()).isGreaterThanOrEqualTo(4);
      assertThat(warnings.messages()).anyMatch(message -> message.contains("ahead of its end"));
    }
  }

  @Test
  void aLeaseThatAKilledProcessLeftDelaysTheNextOneOnlyForItsLength() throws Exception {
    Scripted loader = new Scripted(key -> "loaded");
    Cache<String, String> cache = refreshing(loadedBy(loader));
    cache.put("k", "v");
    Lease killed = cache.unwrap(Leases.class).lease("k", Duration.ofMillis(100));
    assertThat(killed.tryTake()).isTrue();
    await().until(() -> cache.get("k").equals("loaded"));
  }

  @Test
  void entriesThatAreWrittenOnceAreNotLoadedAgain() {
    assertThatThrownBy(
            () ->
                refreshing(
                    loadedBy(new Scripted(key -> "loaded")),
                    "persidict.cache.c.immutable-items",
                    "true"))
        .isInstanceOf(CacheException.class)
        .hasMessageContaining("refresh-ahead")
        .hasMessageContaining("immutable-items");
  }

  @Test
  void entriesThatCanNeverExpireAreNotLoadedAgain() {
    assertThatThrownBy(
            () ->
                refreshing(
                    loadedBy(new Scripted(key -> "loaded"))
                        .setTypes(String.class, String.class)
                        .setExpiryPolicyFactory(EternalExpiryPolicy.factoryOf()),
                    "persidict.layout",
                    "plain"))
        .isInstanceOf(CacheException.class)
        .hasMessageContaining("refresh-ahead")
        .hasMessageContaining("entries that can expire");
  }

  @Test
  void aReaderIsNotDisturbedByTheEndOfItsCache() throws Exception {
    CountDownLatch within = new CountDownLatch(1);
    CountDownLatch closed = new CountDownLatch(1);
    MutableConfiguration<String, String> configuration =
        loadedBy(new Scripted(key -> "loaded"))
            .setExpiryPolicyFactory(
                () ->
                    new EntryExpiryPolicy<String, String>() {
                      @Override
                      public javax.cache.expiry.Duration getExpiryForCreation(String k, String v) {
                        return HOUR;
                      }
                    });
    Cache<String, String> cache = refreshing(configuration);
    cache.put("k", "v");
    CompletableFuture<String> read =
        CompletableFuture.supplyAsync(
            () ->
                cache.invoke(
                    "other",
                    (entry, arguments) -> {
                      within.countDown();
                      try {
                        closed.await();
                      } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                      }
                      return cache.get("k");
                    }));
    within.await();
    Thread closer = new Thread(cache::close);
    closer.start();
    await().until(cache::isClosed);
    closed.countDown();
    assertThat(read.get()).isEqualTo("v");
    closer.join();
  }
}
