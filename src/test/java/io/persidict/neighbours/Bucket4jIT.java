package io.persidict.neighbours;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.bucket4j.Bucket;
import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.grid.jcache.Bucket4jJCache;
import io.persidict.ChildJvm;
import io.persidict.jcache.PersiDictCachingProvider;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.configuration.MutableConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bucket4j's rate limits, whose buckets are entries that its entry processors change. */
final class Bucket4jIT {
  private static final int CAPACITY = 500;

  @TempDir Path directory;

  /** The bucket, which never gets full again, as a process or a part of one sees it. */
  private static Bucket bucket(PersiDictCachingProvider provider, Path directory) {
    CacheManager manager = provider.getCacheManager(directory.toUri(), null);
    Cache<String, byte[]> cache = manager.getCache("buckets", String.class, byte[].class);
    if (cache == null) {
      cache =
          manager.createCache(
              "buckets",
              new MutableConfiguration<String, byte[]>().setTypes(String.class, byte[].class));
    }
    BucketConfiguration configuration =
        BucketConfiguration.builder()
            .addLimit(limit -> limit.capacity(CAPACITY).refillIntervally(1, Duration.ofDays(365)))
            .build();
    return Bucket4jJCache.entryProcessorBasedBuilder(cache)
        .build()
        .builder()
        .build("user", () -> configuration);
  }

  /** Takes tokens one by one while there are any, and returns how many there were. */
  private static int drain(Bucket bucket) {
    int taken = 0;
    while (bucket.tryConsume(1)) {
      taken++;
    }
    return taken;
  }

  @Test
  void countsAreExactAcrossThreadsAndManagers() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try (PersiDictCachingProvider one = new PersiDictCachingProvider();
        PersiDictCachingProvider two = new PersiDictCachingProvider()) {
      List<Callable<Integer>> drains = new ArrayList<>();
      for (Bucket bucket : List.of(bucket(one, directory), bucket(two, directory))) {
        drains.add(() -> drain(bucket));
        drains.add(() -> drain(bucket));
      }
      int taken = 0;
      for (Future<Integer> drain : threads.invokeAll(drains)) {
        taken += drain.get();
      }
      assertThat(taken).isEqualTo(CAPACITY);
      assertThat(bucket(one, directory).getAvailableTokens()).isZero();
    } finally {
      threads.shutdownNow();
    }
  }

  /** Takes what it can, once it may go, and prints how much that was. */
  static final class Consumer {
    public static void main(String[] arguments) throws Exception {
      Path directory = Path.of(arguments[0]);
      try (PersiDictCachingProvider provider = new PersiDictCachingProvider()) {
        Bucket bucket = bucket(provider, directory.resolve("caches"));
        System.out.println("ready");
        while (!Files.exists(directory.resolve("go"))) {
          Thread.sleep(1);
        }
        System.out.println(drain(bucket));
      }
    }
  }

  @Test
  void countsAreExactAcrossProcessesAndRestarts() throws Exception {
    try (ChildJvm one = ChildJvm.start(Consumer.class, directory.toString());
        ChildJvm two = ChildJvm.start(Consumer.class, directory.toString())) {
      for (ChildJvm consumer : List.of(one, two)) {
        await().until(() -> consumer.printed().contains("ready"));
      }
      Files.createFile(directory.resolve("go"));
      assertThat(taken(one) + taken(two)).isEqualTo(CAPACITY);
    }
    try (PersiDictCachingProvider later = new PersiDictCachingProvider()) {
      assertThat(bucket(later, directory.resolve("caches")).tryConsume(1)).isFalse();
    }
  }

  private static int taken(ChildJvm consumer) throws Exception {
    return Integer.parseInt(consumer.join().replace("ready", "").strip());
  }
}
