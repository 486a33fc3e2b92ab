package io.persidict.jcache;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import javax.cache.Cache;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.integration.CacheLoader;
import javax.cache.integration.CacheLoaderException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Many threads read one missing entry through, and the loader is asked once. */
@Timeout(60)
final class SingleLoadTest {
  private static final int THREADS = 50;

  @TempDir Path directory;

  private final PersiDictCachingProvider provider = new PersiDictCachingProvider();
  private final AtomicInteger loads = new AtomicInteger();
  private final CountDownLatch allAsk = new CountDownLatch(THREADS);

  @AfterEach
  void close() {
    provider.close();
  }

  private Cache<String, Object> open(Function<String, Object> source) {
    CacheLoader<String, Object> loader =
        new CacheLoader<>() {
          @Override
          public Object load(String key) {
            loads.incrementAndGet();
            try {
              allAsk.await();
              Thread.sleep(100); // so that the last ones have come to wait
            } catch (InterruptedException e) {
              throw new CacheLoaderException(e);
            }
            return source.apply(key);
          }

          @Override
          public Map<String, Object> loadAll(Iterable<? extends String> keys) {
            throw new UnsupportedOperationException("loads one by one");
          }
        };
    return provider
        .getCacheManager(directory.toUri(), null)
        .createCache(
            "loading",
            new MutableConfiguration<String, Object>()
                .setTypes(String.class, Object.class)
                .setReadThrough(true)
                .setStatisticsEnabled(true)
                .setCacheLoaderFactory(() -> loader));
  }

  private List<Object> getByAll(Cache<String, Object> cache) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try {
      List<Future<Object>> futures = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        futures.add(
            threads.submit(
                () -> {
                  allAsk.countDown();
                  return cache.get("k");
                }));
      }
      List<Object> got = new ArrayList<>();
      for (Future<Object> future : futures) {
        got.add(future.get());
      }
      return got;
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void aValueIsLoadedOnceAndSharedWithNobody() throws Exception {
    Cache<String, Object> cache = open(key -> new ArrayList<>(List.of(key)));
    List<Object> got = getByAll(cache);
    assertThat(loads).hasValue(1);
    assertThat(got).hasSize(THREADS).allMatch(List.of("k")::equals);
    Map<Object, Object> objects = new IdentityHashMap<>();
    got.forEach(value -> objects.put(value, value));
    assertThat(objects).hasSize(THREADS);
    assertThat(count("CacheHits")).isEqualTo(0L);
    assertThat(count("CacheMisses")).isEqualTo((long) THREADS);
  }

  private static Object count(String attribute) throws Exception {
    ObjectName all = new ObjectName("javax.cache:type=CacheStatistics,Cache=loading,*");
    MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    return server.getAttribute(server.queryNames(all, null).iterator().next(), attribute);
  }

  @Test
  void thatThereIsNothingIsFoundOutOnce() throws Exception {
    Cache<String, Object> cache = open(key -> null);
    assertThat(getByAll(cache)).hasSize(THREADS).containsOnlyNulls();
    assertThat(loads).hasValue(1);
    assertThat(cache.get("k")).isNull();
    assertThat(loads).hasValue(2);
    assertThat(count("CacheMisses")).isEqualTo(THREADS + 1L);
  }
}
