package io.persidict.jcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import javax.cache.Cache;
import javax.cache.configuration.Factory;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.Duration;
import javax.cache.expiry.EternalExpiryPolicy;
import javax.cache.expiry.ExpiryPolicy;
import javax.cache.integration.CacheLoader;
import javax.cache.integration.CacheLoaderException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many threads read one missing entry through, and the loader is asked once. */
final class SingleLoadTest {
  private static final int THREADS = 50;

  @TempDir Path directory;

  private final PersiDictCachingProvider provider = new PersiDictCachingProvider();
  private final AtomicInteger loads = new AtomicInteger();
  private final List<Thread> callers = new CopyOnWriteArrayList<>();
  private final CountDownLatch allAsk = new CountDownLatch(THREADS);

  @AfterEach
  void close() {
    provider.close();
  }

  private Cache<String, Object> open(Function<String, Object> source) {
    return open(source, EternalExpiryPolicy.factoryOf());
  }

  private Cache<String, Object> open(
      Function<String, Object> source, Factory<? extends ExpiryPolicy> expiry) {
    CacheLoader<String, Object> loader =
        new CacheLoader<>() {
          @Override
          public Object load(String key) {
            boolean first = loads.incrementAndGet() == 1;
            try {
              allAsk.await();
            } catch (InterruptedException e) {
              throw new CacheLoaderException(e);
            }
            if (first) {
              Thread self = Thread.currentThread();
              await()
                  .until(
                      () ->
                          callers.stream()
                              .allMatch(
                                  caller ->
                                      caller == self || caller.getState() == Thread.State.WAITING));
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
                .setExpiryPolicyFactory(expiry)
                .setCacheLoaderFactory(() -> loader));
  }

  private List<Object> getByAll(Cache<String, Object> cache) throws Exception {
    List<Object> got = new ArrayList<>();
    for (Future<Object> each : askByAll(cache)) {
      got.add(each.get());
    }
    return got;
  }

  private List<Future<Object>> askByAll(Cache<String, Object> cache) {
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try {
      List<Future<Object>> futures = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        futures.add(
            threads.submit(
                () -> {
                  callers.add(Thread.currentThread());
                  allAsk.countDown();
                  return cache.get("k");
                }));
      }
      return futures;
    } finally {
      threads.shutdown();
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

  /** All are being loaded before the first one is. */
  @Test
  void manyKeysAreLoadedAtTheSameTime() throws Exception {
    int keys = 64;
    CyclicBarrier allLoad = new CyclicBarrier(keys);
    CacheLoader<String, Object> loader =
        new CacheLoader<>() {
          @Override
          public Object load(String key) {
            try {
              return "value of " + key + (allLoad.await(5, TimeUnit.MINUTES) < 0 ? "?" : "");
            } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
              throw new CacheLoaderException("not all at the same time", e);
            }
          }

          @Override
          public Map<String, Object> loadAll(Iterable<? extends String> missing) {
            throw new UnsupportedOperationException("loads one by one");
          }
        };
    Cache<String, Object> cache =
        provider
            .getCacheManager(directory.toUri(), null)
            .createCache(
                "many",
                new MutableConfiguration<String, Object>()
                    .setTypes(String.class, Object.class)
                    .setReadThrough(true)
                    .setCacheLoaderFactory(() -> loader));
    ExecutorService threads = Executors.newFixedThreadPool(keys);
    try {
      List<Future<Object>> futures = new ArrayList<>();
      for (int i = 0; i < keys; i++) {
        String key = "k" + i;
        futures.add(threads.submit(() -> cache.get(key)));
      }
      for (int i = 0; i < keys; i++) {
        assertThat(futures.get(i).get()).isEqualTo("value of k" + i);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void whoIsInterruptedWhileAnotherLoadsStopsWaiting() throws Exception {
    CountDownLatch loading = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    for (int i = 0; i < THREADS; i++) {
      allAsk.countDown();
    }
    Cache<String, Object> cache =
        open(
            key -> {
              loading.countDown();
              try {
                release.await();
              } catch (InterruptedException e) {
                throw new CacheLoaderException(e);
              }
              return "loaded";
            });
    ExecutorService threads = Executors.newFixedThreadPool(1);
    try {
      Future<Object> leader = threads.submit(() -> cache.get("k"));
      loading.await();
      Thread.currentThread().interrupt();
      assertThatExceptionOfType(CacheLoaderException.class)
          .isThrownBy(() -> cache.get("k"))
          .withMessageContaining("interrupted");
      assertThat(Thread.interrupted()).isTrue();
      release.countDown();
      assertThat(leader.get()).isEqualTo("loaded");
      assertThat(cache.get("k")).isEqualTo("loaded");
      assertThat(loads).hasValue(1);
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void anInterruptOfTheThreadThatLoadsIsNoFailureOfTheOthers() throws Exception {
    AtomicReference<Thread> interrupted = new AtomicReference<>();
    Cache<String, Object> cache =
        open(
            key -> {
              if (interrupted.compareAndSet(null, Thread.currentThread())) {
                throw new CacheLoaderException(new InterruptedException());
              }
              return "loaded";
            });
    List<Object> got = new ArrayList<>();
    int failed = 0;
    for (Future<Object> each : askByAll(cache)) {
      try {
        got.add(each.get());
      } catch (ExecutionException e) {
        failed++;
      }
    }
    assertThat(failed).isEqualTo(1);
    assertThat(got).hasSize(THREADS - 1).containsOnly("loaded");
    assertThat(loads).hasValue(2);
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

  @Test
  void whatIsGoneAtOnceIsLoadedByEachWhoAsks() throws Exception {
    Cache<String, Object> cache = open(key -> key, CreatedExpiryPolicy.factoryOf(Duration.ZERO));
    assertThat(getByAll(cache)).hasSize(THREADS).containsOnly("k");
    assertThat(loads).hasValue(THREADS);
  }
}
