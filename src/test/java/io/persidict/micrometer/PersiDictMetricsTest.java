package io.persidict.micrometer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.search.RequiredSearch;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.persidict.Contention;
import io.persidict.jcache.PersiDictCachingProvider;
import io.persidict.jcache.PersiDictConfiguration;
import io.persidict.maintenance.StoreMaintenance;
import io.persidict.maintenance.StoreRound;
import io.persidict.metrics.CacheCounters;
import io.persidict.metrics.ManagerCounters;
import io.persidict.store.s3.LoopbackS3;
import io.persidict.store.s3.Mischief.Fault;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.Duration;
import javax.cache.integration.CacheLoader;
import javax.cache.integration.CacheLoaderException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PersiDictMetricsTest {
  @TempDir Path directory;
  private final PersiDictCachingProvider provider = new PersiDictCachingProvider();
  private final MeterRegistry registry = new SimpleMeterRegistry();

  @AfterEach
  void close() {
    provider.close();
  }

  private CacheManager manager() {
    return provider.getCacheManager(directory.toUri(), null);
  }

  private Cache<String, String> measured(String name, MutableConfiguration<String, String> how) {
    Cache<String, String> cache = manager().createCache(name, how);
    new PersiDictCacheMetrics(cache, Tags.empty()).bindTo(registry);
    return cache;
  }

  private static PersiDictConfiguration<String, String> plain() {
    return new PersiDictConfiguration<>();
  }

  private RequiredSearch meter(String name, String... tags) {
    return registry.get(name).tags(tags);
  }

  private double count(String name, String... tags) {
    return meter(name, tags).functionCounter().count();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cache",
        "a,b",
        "a=b",
        "a:b",
        "a\"b",
        "a\nb",
        "star*",
        "com.example.B.c(int,long)"
      })
  void measuresACacheOfAnyName(String name) {
    Cache<String, String> cache = measured(name, plain());
    cache.get("k");
    cache.put("k", "v");
    cache.get("k");
    cache.get("k");
    cache.remove("k");
    assertThat(count("cache.gets", "cache", name, "result", "miss")).isEqualTo(1);
    assertThat(count("cache.gets", "cache", name, "result", "hit")).isEqualTo(2);
    assertThat(count("cache.puts", "cache", name)).isEqualTo(1);
    assertThat(meter("cache.removals", "cache", name).gauge().value()).isEqualTo(1);
  }

  @Test
  void tellsMemoryAndStoreApart() {
    Cache<String, String> cache = measured("c", plain().setMemoryMaxEntries(10));
    try (PersiDictCachingProvider another = new PersiDictCachingProvider()) {
      another.getCacheManager(directory.toUri(), null).createCache("c", plain()).put("k", "v");
    }
    for (int i = 0; i < 5; i++) {
      assertThat(cache.get("k")).isEqualTo("v");
    }
    assertThat(count("persidict.cache.hits", "tier", "store")).isEqualTo(1);
    assertThat(count("persidict.cache.hits", "tier", "memory")).isEqualTo(4);
    assertThat(count("persidict.cache.hits", "tier", "copy")).isZero();
    assertThat(count("cache.gets", "result", "hit")).isEqualTo(5);
  }

  @Test
  void tellsWhatExpiredAndWhatIsUnreadable() throws Exception {
    PersiDictConfiguration<String, String> brief = plain();
    brief.setExpiryPolicyFactory(
        CreatedExpiryPolicy.factoryOf(new Duration(TimeUnit.MILLISECONDS, 1)));
    Cache<String, String> cache = measured("c", brief);
    cache.put("k", "v");
    await().until(() -> cache.get("k") == null);
    assertThat(count("persidict.cache.expirations")).isEqualTo(1);
    cache.put("broken", "v");
    try (Stream<Path> files = Files.list(directory.resolve("c"))) {
      for (Path file : files.filter(f -> f.toString().contains("broken")).toList()) {
        Files.writeString(file, "no entry at all, but long enough to be one of its kind");
      }
    }
    assertThat(cache.get("broken")).isNull();
    assertThat(count("persidict.cache.unreadable")).isPositive();
  }

  private static final class Loader implements CacheLoader<String, String> {
    @Override
    public String load(String key) {
      if (key.isEmpty()) {
        throw new IllegalStateException("no key");
      }
      return "loaded";
    }

    @Override
    public Map<String, String> loadAll(Iterable<? extends String> keys) {
      return Map.of();
    }
  }

  @Test
  void tellsWhatWasLoadedAndHowLongThatTook() {
    PersiDictConfiguration<String, String> loading = plain();
    loading.setReadThrough(true).setCacheLoaderFactory(Loader::new);
    Cache<String, String> cache = measured("c", loading);
    assertThat(cache.get("k")).isEqualTo("loaded");
    assertThatThrownBy(() -> cache.get("")).isInstanceOf(CacheLoaderException.class);
    assertThat(count("cache.load", "result", "success")).isEqualTo(1);
    assertThat(count("cache.load", "result", "failure")).isEqualTo(1);
    assertThat(meter("cache.load.duration").timeGauge().value(TimeUnit.NANOSECONDS)).isPositive();
  }

  @Test
  void tellsHowLongThreadsWaitedForOneAnother() throws Exception {
    Cache<String, String> cache = measured("c", plain());
    Contention.on(cache, () -> cache.put("k", "v"));
    assertThat(meter("persidict.cache.lock.wait").functionTimer().count()).isEqualTo(1);
    assertThat(meter("persidict.cache.lock.wait").functionTimer().totalTime(TimeUnit.NANOSECONDS))
        .isPositive();
  }

  @Test
  void aManagersCachesAreMeasuredWhenTheyComeAndGo() {
    CacheManager manager = manager();
    manager.createCache("early", plain());
    PersiDictMetrics metrics = new PersiDictMetrics(manager, "team", "search");
    metrics.bindTo(registry);
    for (int i = 0; i < 2; i++) {
      Cache<String, String> late = manager.createCache("late", plain());
      late.put("k", "v");
      assertThat(count("cache.puts", "team", "search", "cache", "late")).isEqualTo(1);
      assertThat(count("cache.puts", "team", "search", "cache", "early")).isZero();
      late.close();
      assertThat(registry.find("cache.puts").tag("cache", "late").functionCounter()).isNull();
      manager.destroyCache("late");
    }
    metrics.close();
    manager.createCache("later", plain());
    assertThat(registry.find("cache.puts").tag("cache", "later").functionCounter()).isNull();
  }

  @Test
  void aRegistryMayBeClosedBeforeTheCache() {
    CacheManager manager = manager();
    Cache<String, String> cache = manager.createCache("c", plain());
    new PersiDictMetrics(manager).bindTo(registry);
    registry.close();
    cache.put("k", "v");
    manager.createCache("later", plain()).put("k", "v");
    assertThat(cache.get("k")).isEqualTo("v");
    cache.close();
    manager.close();
    assertThat(manager.isClosed()).isTrue();
  }

  @Test
  void anObserverThatFailsDisturbsNoCache() {
    CacheManager manager = manager();
    ManagerCounters.Observation observation =
        manager
            .unwrap(ManagerCounters.class)
            .observe(
                new ManagerCounters.Observer() {
                  @Override
                  public void opened(String name, CacheCounters counters) {
                    throw new IllegalStateException("not today");
                  }

                  @Override
                  public void closed(String name) {
                    throw new IllegalStateException("nor ever");
                  }
                });
    new PersiDictMetrics(manager).bindTo(registry);
    Cache<String, String> cache = manager.createCache("c", plain());
    cache.put("k", "v");
    assertThat(count("cache.puts")).isEqualTo(1);
    cache.close();
    assertThat(registry.find("cache.puts").functionCounter()).isNull();
    observation.close();
  }

  @Test
  void anObserversErrorDisturbsNoCacheEither() {
    CacheManager manager = manager();
    List<String> told = new ArrayList<>();
    manager
        .unwrap(ManagerCounters.class)
        .observe(
            new ManagerCounters.Observer() {
              @Override
              public void opened(String name, CacheCounters counters) {
                told.add("opened " + name);
                throw new AssertionError("not today");
              }

              @Override
              public void closed(String name) {
                told.add("closed " + name);
                throw new NoClassDefFoundError("nor ever");
              }
            });
    Cache<String, String> cache = manager.createCache("c", plain());
    cache.put("k", "v");
    cache.close();
    manager.destroyCache("c");
    assertThat(told).containsExactly("opened c", "closed c");
  }

  @Test
  void onlyTheMetersOfTheCacheGoWithIt() throws Exception {
    CacheManager one = manager();
    try (PersiDictCachingProvider another = new PersiDictCachingProvider()) {
      CacheManager two = another.getCacheManager(directory.resolve("two").toUri(), null);
      new PersiDictMetrics(one).bindTo(registry);
      new PersiDictMetrics(two, "team", "search").bindTo(registry);
      registry.counter("cache.gets", "cache", "c", "result", "hit", "library", "another");
      Cache<String, String> ofOne = one.createCache("c", plain());
      two.createCache("c", plain()).put("k", "v");
      ofOne.close();
      assertThat(count("cache.puts", "team", "search", "cache", "c")).isEqualTo(1);
      assertThat(registry.find("cache.gets").tag("library", "another").counter()).isNotNull();
      assertThat(registry.getMeters())
          .allMatch(
              meter ->
                  meter.getId().getTag("team") != null || meter.getId().getTag("library") != null);
    }
  }

  @Test
  void theMetersOfACacheGoAlsoWhereTheRegistryChangesTheirNames() {
    registry.config().commonTags("application", "shop");
    registry
        .config()
        .meterFilter(
            new MeterFilter() {
              @Override
              public Meter.Id map(Meter.Id id) {
                return id.withName("shop." + id.getName());
              }
            });
    CacheManager manager = manager();
    new PersiDictMetrics(manager).bindTo(registry);
    Cache<String, String> cache = manager.createCache("c", plain());
    assertThat(registry.find("shop.cache.puts").tag("application", "shop").meter()).isNotNull();
    cache.close();
    assertThat(registry.getMeters()).isEmpty();
  }

  @Test
  void aRegistryThatRefusesDisturbsNoCache() {
    registry
        .config()
        .meterFilter(
            new MeterFilter() {
              @Override
              public Meter.Id map(Meter.Id id) {
                throw new IllegalStateException("no meters here");
              }
            });
    CacheManager manager = manager();
    new PersiDictMetrics(manager).bindTo(registry);
    Cache<String, String> cache = manager.createCache("c", plain());
    cache.put("k", "v");
    cache.close();
    assertThat(registry.getMeters()).isEmpty();
  }

  @Test
  void countsWhetherJmxDoesOrNot() {
    MutableConfiguration<String, String> both = plain();
    Cache<String, String> cache = measured("c", both.setStatisticsEnabled(true));
    cache.put("k", "v");
    assertThat(count("cache.puts")).isEqualTo(1);
    manager().enableStatistics("c", false);
    cache.put("k", "v");
    assertThat(count("cache.puts")).isEqualTo(2);
  }

  @Test
  void badTagsAreRefused() {
    CacheManager manager = manager();
    assertThatThrownBy(() -> new PersiDictMetrics(manager, "name without a value"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void whatACopyAnswersIsCountedOnceAndFromWhenSomebodyAsks() {
    withCopies(
        manager -> {
          Cache<String, String> cache = manager.createCache("c", plain().setMemoryMaxEntries(10));
          Cache<String, String> bare = manager.createCache("bare", plain());
          for (Cache<String, String> each : List.of(cache, bare)) {
            each.put("k", "v");
            each.get("k");
            each.get("k");
          }
          CacheCounters counters = cache.unwrap(CacheCounters.class);
          CacheCounters ofBare = bare.unwrap(CacheCounters.class);
          assertThat(ofBare.copyHits() + ofBare.storeHits()).isZero();
          for (int i = 0; i < 5; i++) {
            assertThat(cache.get("k")).isEqualTo("v");
            assertThat(bare.get("k")).isEqualTo("v");
            assertThat(cache.containsKey("k") && bare.containsKey("k")).isTrue(); // no gets
            bare.replace("k", "v", "v"); // reads too, and is no get
          }
          assertThat(counters.memoryHits()).isEqualTo(5);
          assertThat(counters.copyHits() + counters.storeHits()).isZero();
          assertThat(ofBare.memoryHits()).isZero();
          assertThat(ofBare.copyHits() + ofBare.storeHits()).isEqualTo(5);
          assertThat(ofBare.copyHits()).isPositive();
          assertThat(ofBare.storeHits()).isPositive();
        });
  }

  private void withCopies(Consumer<CacheManager> test) {
    withCopies((manager, s3) -> test.accept(manager));
  }

  private void withCopies(BiConsumer<CacheManager, LoopbackS3> test) {
    try (LoopbackS3 s3 = new LoopbackS3()) {
      s3.createBucket("bucket");
      Properties settings = new Properties();
      settings.setProperty("persidict.s3.endpoint", s3.endpoint().toString());
      settings.setProperty("persidict.s3.region", LoopbackS3.REGION);
      settings.setProperty("persidict.s3.local-dir", directory.resolve("copies").toString());
      String[] credentials = {"aws.accessKeyId", "aws.secretAccessKey"};
      for (String name : credentials) {
        System.setProperty(name, "test");
      }
      try {
        test.accept(provider.getCacheManager(URI.create("s3://bucket/app/"), null, settings), s3);
      } finally {
        List.of(credentials).forEach(System::clearProperty);
      }
    }
  }

  @Test
  void tellsRequestsToS3WithTheirOutcomesAndLocalCopies() {
    withCopies(
        (manager, s3) -> {
          new PersiDictMetrics(manager).bindTo(registry);
          Cache<String, String> cache = manager.createCache("c", plain());
          cache.put("k", "v");
          cache.get("k");
          cache.get("k");
          s3.mischief().next(Fault.SLOW_DOWN);
          cache.get("absent");
        });
    assertThat(count("persidict.cache.hits", "tier", "copy")).isEqualTo(1);
    assertThat(count("persidict.cache.hits", "tier", "store")).isEqualTo(1);
    assertThat(requests("GetObject", "success")).isPositive();
    assertThat(requests("GetObject", "not-modified")).isEqualTo(1);
    assertThat(requests("GetObject", "throttled")).isEqualTo(1);
    assertThat(requests("GetObject", "absent")).isPositive();
    assertThat(requests("PutObject", "success")).isEqualTo(2);
    assertThat(count("persidict.s3.retries")).isEqualTo(1);
  }

  private double requests(String operation, String outcome) {
    return count("persidict.s3.requests", "operation", operation, "outcome", outcome);
  }

  @Test
  void countsWhatARoundOfMaintenanceTook() {
    Cache<String, String> cache = measured("bounded", plain().setStoreMaxEntries(50));
    for (int i = 0; i < 200; i++) {
      cache.put("k" + i, "v");
    }
    StoreRound round = cache.unwrap(StoreMaintenance.class).run();
    assertThat(registry.get("cache.size").gauge().value()).isEqualTo(round.entries());
    assertThat(registry.get("persidict.cache.size").gauge().value()).isEqualTo(round.bytes());
    assertThat(registry.get("cache.evictions").functionCounter().count()).isBetween(140.0, 160.0);
  }
}
