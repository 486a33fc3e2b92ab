package io.persidict.jcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.persidict.memo.Memo;
import io.persidict.memo.MemoFunction;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.event.CacheEntryCreatedListener;
import javax.cache.event.CacheEntryUpdatedListener;
import javax.cache.integration.CacheLoader;
import javax.cache.integration.CacheWriter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two threads, each within code that a cache or a memo called, ask for what the other one is about
 * to give. Both end, in every combination.
 */
final class CallCirclesTest {
  @TempDir Path directory;

  private final PersiDictCachingProvider provider = new PersiDictCachingProvider();
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void close() {
    threads.shutdownNow();
    provider.close();
  }

  /** What runs within a call, and once only. */
  private static final class Inner {
    private final CyclicBarrier bothAreWithin;
    private Runnable next = () -> {};
    private boolean hasRun;

    Inner(CyclicBarrier bothAreWithin) {
      this.bothAreWithin = bothAreWithin;
    }

    void run() {
      synchronized (this) {
        if (hasRun) {
          return;
        }
        hasRun = true;
      }
      try {
        bothAreWithin.await(5, TimeUnit.MINUTES);
      } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
        throw new IllegalStateException(e);
      }
      next.run();
    }
  }

  /** A way to get into code that is called. */
  private enum Way {
    LOADER,
    LOADER_OF_MANY,
    WRITER,
    PROCESSOR,
    LISTENER,
    MEMO;

    /** A call that runs {@code inner} within, and can be made again by anybody. */
    Runnable call(CacheManager manager, String name, Inner inner) {
      MutableConfiguration<String, String> configuration =
          new MutableConfiguration<String, String>().setTypes(String.class, String.class);
      if (this == MEMO) {
        MemoFunction<String, String> function =
            Memo.of(manager.createCache(name, new MutableConfiguration<>()))
                .function(
                    name,
                    argument -> {
                      inner.run();
                      return argument;
                    });
        return () -> function.apply("x");
      }
      if (this == LISTENER) {
        CacheEntryCreatedListener<String, String> created = events -> inner.run();
        configuration.addCacheEntryListenerConfiguration(
            new MutableCacheEntryListenerConfiguration<>(() -> created, null, false, true));
        CacheEntryUpdatedListener<String, String> updated = events -> inner.run();
        configuration.addCacheEntryListenerConfiguration(
            new MutableCacheEntryListenerConfiguration<>(() -> updated, null, false, true));
      }
      configuration
          .setReadThrough(this == LOADER || this == LOADER_OF_MANY)
          .setCacheLoaderFactory(() -> loader(inner))
          .setWriteThrough(this == WRITER)
          .setCacheWriterFactory(() -> writer(inner));
      Cache<String, String> cache = manager.createCache(name, configuration);
      return switch (this) {
        case LOADER -> () -> cache.get("k");
        case LOADER_OF_MANY -> () -> cache.getAll(Set.of("k", "other"));
        case PROCESSOR ->
            () ->
                cache.invoke(
                    "k",
                    (entry, arguments) -> {
                      inner.run();
                      entry.setValue("set");
                      return null;
                    });
        default -> () -> cache.put("k", "put");
      };
    }
  }

  private static CacheLoader<String, String> loader(Inner inner) {
    return new CacheLoader<>() {
      @Override
      public String load(String key) {
        inner.run();
        return "loaded";
      }

      @Override
      public Map<String, String> loadAll(Iterable<? extends String> keys) {
        Map<String, String> loaded = new HashMap<>();
        keys.forEach(key -> loaded.put(key, load(key)));
        return loaded;
      }
    };
  }

  private static CacheWriter<String, String> writer(Inner inner) {
    return new CacheWriter<>() {
      @Override
      public void write(Cache.Entry<? extends String, ? extends String> entry) {
        inner.run();
      }

      @Override
      public void writeAll(Collection<Cache.Entry<? extends String, ? extends String>> entries) {
        inner.run();
      }

      @Override
      public void delete(Object key) {}

      @Override
      public void deleteAll(Collection<?> keys) {}
    };
  }

  @TestFactory
  Stream<DynamicTest> bothThreadsEnd() {
    List<DynamicTest> tests = new ArrayList<>();
    for (Way one : Way.values()) {
      for (Way two : Way.values()) {
        if (one.compareTo(two) <= 0) {
          tests.add(dynamicTest(one + " and " + two, () -> cross(one, two)));
        }
      }
    }
    return tests.stream();
  }

  private void cross(Way one, Way two) throws Exception {
    CyclicBarrier bothAreWithin = new CyclicBarrier(2);
    Inner first = new Inner(bothAreWithin);
    Inner second = new Inner(bothAreWithin);
    CacheManager manager = provider.getCacheManager(directory.toUri(), null);
    Runnable callOne = one.call(manager, "one " + one + " " + two, first);
    Runnable callTwo = two.call(manager, "two " + one + " " + two, second);
    first.next = callTwo;
    second.next = callOne;
    List<Future<?>> futures = List.of(threads.submit(callOne), threads.submit(callTwo));
    for (Future<?> future : futures) {
      assertThat(future.get(5, TimeUnit.MINUTES)).isNull();
    }
  }
}
