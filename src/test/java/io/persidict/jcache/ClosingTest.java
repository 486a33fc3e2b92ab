package io.persidict.jcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.event.CacheEntryCreatedListener;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.Duration;
import javax.cache.expiry.EternalExpiryPolicy;
import javax.cache.expiry.ExpiryPolicy;
import javax.cache.integration.CacheLoader;
import javax.cache.integration.CacheLoaderException;
import javax.cache.integration.CompletionListener;
import javax.cache.integration.CompletionListenerFuture;
import javax.management.ObjectName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.FieldSource;

/** What closing must leave to those that are at work, and what it must leave nothing of. */
final class ClosingTest {
  /** Of a cache; others wait. */
  private static final int LOADING_THREADS = 16;

  @TempDir Path directory;

  private final PersiDictCachingProvider provider = new PersiDictCachingProvider();
  private CacheManager manager;

  @BeforeEach
  void open() {
    manager = provider.getCacheManager(directory.toUri(), null);
  }

  @AfterEach
  void close() {
    provider.close();
  }

  /** Eternal; tells when it is asked about an access, and when it is closed. */
  private abstract static class Told implements ExpiryPolicy, AutoCloseable {
    @Override
    public Duration getExpiryForCreation() {
      return Duration.ETERNAL;
    }

    @Override
    public Duration getExpiryForAccess() {
      return null;
    }

    @Override
    public Duration getExpiryForUpdate() {
      return null;
    }
  }

  private Cache<String, String> create(Consumer<MutableConfiguration<String, String>> settings) {
    MutableConfiguration<String, String> configuration =
        new MutableConfiguration<String, String>().setTypes(String.class, String.class);
    settings.accept(configuration);
    return manager.createCache("c", configuration);
  }

  @Test
  void aStepOfAnIteratorEndsBeforeThePolicyIsClosed() throws Exception {
    List<String> calls = new CopyOnWriteArrayList<>();
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    Told policy =
        new Told() {
          @Override
          public Duration getExpiryForAccess() {
            asked.countDown();
            waitFor(goOn);
            calls.add("answered");
            return null;
          }

          @Override
          public void close() {
            calls.add("closed");
          }
        };
    Cache<String, String> cache = create(c -> c.setExpiryPolicyFactory(() -> policy));
    cache.put("k", "v");
    Iterator<Cache.Entry<String, String>> entries = cache.iterator();
    CompletableFuture<String> step = CompletableFuture.supplyAsync(() -> entries.next().getValue());
    waitFor(asked);
    Thread closing = new Thread(cache::close);
    closing.start();
    await().until(() -> !calls.isEmpty() || closing.getState() == Thread.State.TIMED_WAITING);
    assertThat(calls).isEmpty();
    goOn.countDown();
    closing.join();
    assertThat(step.join()).isEqualTo("v");
    assertThat(calls).containsExactly("answered", "closed");
  }

  private static void waitFor(CountDownLatch latch) {
    try {
      assertThat(latch.await(5, TimeUnit.MINUTES)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Loads nothing, until it is interrupted. */
  private static final class Blocking implements CacheLoader<String, String>, AutoCloseable {
    final CountDownLatch begun;
    final AtomicInteger loads = new AtomicInteger();
    final AtomicBoolean closed = new AtomicBoolean();

    Blocking(int threads) {
      begun = new CountDownLatch(threads);
    }

    @Override
    public String load(String key) {
      return loadAll(List.of(key)).get(key);
    }

    @Override
    public Map<String, String> loadAll(Iterable<? extends String> keys) {
      loads.incrementAndGet();
      begun.countDown();
      try {
        new CountDownLatch(1).await();
      } catch (InterruptedException e) {
        throw new CacheLoaderException(e);
      }
      return Map.of();
    }

    @Override
    public void close() {
      closed.set(true);
    }
  }

  @Test
  void closingEndsTheLoadsThatWaitForAThreadWhateverTheirListenersThrow() {
    Blocking loader = new Blocking(LOADING_THREADS);
    Cache<String, String> cache = create(c -> c.setCacheLoaderFactory(() -> loader));
    List<Exception> told = new CopyOnWriteArrayList<>();
    CompletionListener failing =
        new CompletionListener() {
          @Override
          public void onCompletion() {
            throw new AssertionError("nothing was loaded");
          }

          @Override
          public void onException(Exception e) {
            told.add(e);
            throw new IllegalStateException("on purpose");
          }
        };
    for (int i = 0; i < LOADING_THREADS + 4; i++) {
      cache.loadAll(Set.of("k" + i), true, failing);
    }
    waitFor(loader.begun);
    try (Warnings warnings = new Warnings(Warnings.class.getPackage())) {
      Thread.currentThread().interrupt(); // who is interrupted waits for no load
      cache.close();
      assertThat(Thread.interrupted()).isTrue();
      await().until(() -> told.size() == LOADING_THREADS + 4);
      await().untilTrue(loader.closed);
      assertThat(warnings.messages())
          .allMatch(message -> message.contains("listener") && message.contains("\"c\""));
    }
    assertThat(told).allMatch(CacheLoaderException.class::isInstance);
    assertThat(loader.loads).hasValue(LOADING_THREADS);
  }

  @Test
  void closingLeavesNoThreadOfLoads() throws Exception {
    Cache<String, String> cache =
        manager.createCache("threads", new MutableConfiguration<String, String>());
    CompletionListenerFuture loaded = new CompletionListenerFuture();
    cache.loadAll(Set.of("k"), true, loaded);
    loaded.get();
    assertThat(Thread.getAllStackTraces().keySet())
        .anyMatch(thread -> thread.getName().equals("persidict-load-threads"));
    cache.close();
    await() // the last steps of a thread, which nobody waits for
        .until(
            () ->
                Thread.getAllStackTraces().keySet().stream()
                    .noneMatch(thread -> thread.getName().equals("persidict-load-threads")));
  }

  @Test
  void whatWaitsToBeLoadedAgainIsLeftWhenItsCacheCloses() {
    Blocking loader = new Blocking(LOADING_THREADS);
    Properties settings = new Properties();
    settings.setProperty("persidict.cache.c.refresh-ahead", "1");
    manager.close();
    manager = provider.getCacheManager(directory.toUri(), null, settings);
    Cache<String, String> cache =
        create(
            c ->
                c.setReadThrough(true)
                    .setCacheLoaderFactory(() -> loader)
                    .setExpiryPolicyFactory(CreatedExpiryPolicy.factoryOf(Duration.ONE_HOUR)));
    for (int i = 0; i < LOADING_THREADS + 4; i++) {
      cache.put("k" + i, "v");
      assertThat(cache.get("k" + i)).isEqualTo("v");
    }
    waitFor(loader.begun);
    Thread.currentThread().interrupt();
    cache.close();
    assertThat(Thread.interrupted()).isTrue();
    await().untilTrue(loader.closed);
    assertThat(loader.loads).hasValue(LOADING_THREADS);
  }

  @Test
  void aDestructionThatIsUnderWayEndsAlthoughTheManagerIsClosed() {
    Told policy =
        new Told() {
          @Override
          public void close() {
            manager.close(); // after destroyCache has begun
          }
        };
    create(c -> c.setExpiryPolicyFactory(() -> policy)).put("k", "v");
    manager.destroyCache("c");
    assertThat(manager.isClosed()).isTrue();
    assertThat(directory.resolve("c")).doesNotExist();
  }

  @Test
  void noFactoryOpensACacheOfAManagerThatItCloses() {
    assertThatExceptionOfType(IllegalStateException.class)
        .isThrownBy(
            () ->
                create(
                    c ->
                        c.setExpiryPolicyFactory(
                            () -> {
                              manager.close();
                              return new EternalExpiryPolicy();
                            })))
        .withMessageContaining("closed");
    assertThat(directory.resolve("c")).doesNotExist();
  }

  @Test
  void statisticsOfACacheThatIsClosedAreNotShownAnyMore() throws Exception {
    Cache<String, String> cache = create(c -> {});
    cache.close();
    ((PersiDictCache<?, ?>) cache).enableStatistics(true);
    String beans = "javax.cache:*,CacheManager=" + directory.toUri().toString().replace(':', '.');
    assertThat(ManagementFactory.getPlatformMBeanServer().queryNames(new ObjectName(beans), null))
        .isEmpty();
  }

  /** Each has one factory that returns null. */
  static final List<Consumer<MutableConfiguration<String, String>>> MISSING =
      List.of(
          c -> c.setExpiryPolicyFactory(() -> null),
          c -> c.setReadThrough(true).setCacheLoaderFactory(() -> null),
          c -> c.setWriteThrough(true).setCacheWriterFactory(() -> null),
          c ->
              c.addCacheEntryListenerConfiguration(
                  new MutableCacheEntryListenerConfiguration<>(() -> null, null, true, true)),
          c ->
              c.addCacheEntryListenerConfiguration(
                  new MutableCacheEntryListenerConfiguration<>(
                      () -> (CacheEntryCreatedListener<String, String>) events -> {},
                      () -> null,
                      true,
                      true)));

  @ParameterizedTest
  @FieldSource("MISSING")
  void aFactoryThatReturnsNullIsRefused(Consumer<MutableConfiguration<String, String>> missing) {
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(() -> create(missing))
        .withMessageContaining("returned null; it must return an object");
    assertThat(directory.resolve("c")).doesNotExist();
  }

  @Test
  void aConfigurationThatIsChangedLaterChangesNoCache() {
    PersiDictConfiguration<String, String> configuration =
        new PersiDictConfiguration<String, String>().setFormat("jser");
    Cache<String, String> cache = manager.createCache("c", configuration);
    cache.put("k", "v");
    cache.close();
    configuration.setFormat("txt");
    assertThat(manager.<String, String>getCache("c").get("k")).isEqualTo("v");
  }

  // ---- many at once

  /** What does not end before it is interrupted. */
  private enum Hanging {
    LOADER {
      @Override
      void hang(CacheManager manager, String name, Runnable hanging) {
        CacheLoader<String, String> loader =
            new CacheLoader<>() {
              @Override
              public String load(String key) {
                return key;
              }

              @Override
              public Map<String, String> loadAll(Iterable<? extends String> keys) {
                hanging.run();
                return Map.of();
              }
            };
        manager
            .createCache(
                name,
                new MutableConfiguration<String, String>().setCacheLoaderFactory(() -> loader))
            .loadAll(Set.of("k"), true, null);
      }
    },
    LISTENER {
      @Override
      void hang(CacheManager manager, String name, Runnable hanging) {
        CacheEntryCreatedListener<String, String> listener = created -> hanging.run();
        manager
            .createCache(
                name,
                new MutableConfiguration<String, String>()
                    .addCacheEntryListenerConfiguration(
                        new MutableCacheEntryListenerConfiguration<>(
                            () -> listener, null, false, false)))
            .put("k", "v");
      }
    };

    abstract void hang(CacheManager manager, String name, Runnable hanging);
  }

  @ParameterizedTest
  @EnumSource
  void manyThatHangDelayClosingNoLongerThanOne(Hanging kind) {
    CountDownLatch begun = new CountDownLatch(4);
    List<Long> interrupted = new CopyOnWriteArrayList<>();
    Runnable hanging =
        () -> {
          begun.countDown();
          try {
            new CountDownLatch(1).await();
          } catch (InterruptedException e) {
            interrupted.add(System.nanoTime());
          }
        };
    CacheManager other = provider.getCacheManager(directory.resolve("other").toUri(), null);
    for (CacheManager each : List.of(manager, other)) {
      kind.hang(each, "one", hanging);
      kind.hang(each, "two", hanging);
    }
    waitFor(begun);
    provider.close();
    await().until(() -> interrupted.size() == 4);
    assertThat(TimeUnit.NANOSECONDS.toSeconds(interrupted.get(3) - interrupted.get(0)))
        .as("seconds between the first and the last that was interrupted")
        .isLessThan(5);
  }
}
