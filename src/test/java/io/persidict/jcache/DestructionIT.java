package io.persidict.jcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.persidict.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.configuration.MutableConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Caches that are destroyed while other processes write to them, or are killed in the middle. */
final class DestructionIT {
  private static final int ROUNDS = 8;

  @TempDir Path directory;

  private static MutableConfiguration<String, String> types() {
    return new MutableConfiguration<String, String>().setTypes(String.class, String.class);
  }

  /** Changes the cache in all ways, in four threads, until it is destroyed, again and again. */
  static final class Writer {
    public static void main(String[] arguments) throws Exception {
      Path directory = Path.of(arguments[0]);
      try (PersiDictCachingProvider provider = new PersiDictCachingProvider()) {
        CacheManager manager = provider.getCacheManager(directory.resolve("root").toUri(), null);
        for (int round = 0; round < ROUNDS; round++) {
          Path ready = directory.resolve("ready" + round);
          await().forever().until(() -> Files.exists(ready));
          Cache<String, String> cache = manager.createCache("c", types());
          CountDownLatch started = new CountDownLatch(4);
          List<Thread> threads =
              Stream.<Runnable>of(
                      () -> cache.put("put", "late"),
                      () -> cache.putAll(Map.of("a", "late", "b", "late", "put", "late")),
                      () -> {
                        cache.putIfAbsent("absent", "late");
                        cache.remove("absent");
                        cache.remove("new");
                      },
                      () ->
                          cache.invoke(
                              "processed",
                              (entry, none) -> {
                                entry.setValue(entry.exists() ? entry.getValue() + "." : "");
                                return null;
                              }))
                  .map(change -> new Thread(() -> repeat(change, cache, started)))
                  .toList();
          threads.forEach(Thread::start);
          started.await();
          Files.createFile(directory.resolve(arguments[1] + "writes" + round));
          for (Thread thread : threads) {
            thread.join();
          }
          if (!cache.isClosed()) {
            throw new IllegalStateException("a writer ended before the cache was destroyed");
          }
        }
      }
    }

    private static void repeat(Runnable change, Cache<?, ?> cache, CountDownLatch started) {
      try {
        while (true) {
          change.run();
          started.countDown();
        }
      } catch (IllegalStateException e) {
        if (!cache.isClosed()) {
          throw e;
        }
      }
    }
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.walk(directory.resolve("root"))) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".entry") || name.equals(CacheMetadata.NAME))
          .toList();
    }
  }

  @Test
  void nothingThatOtherProcessesWriteComesBackAndTheNextCacheLosesNothing() throws Exception {
    try (ChildJvm one = ChildJvm.start(Writer.class, directory.toString(), "one");
        ChildJvm two = ChildJvm.start(Writer.class, directory.toString(), "two");
        PersiDictCachingProvider provider = new PersiDictCachingProvider()) {
      CacheManager manager = provider.getCacheManager(directory.resolve("root").toUri(), null);
      for (int round = 0; round < ROUNDS; round++) {
        Files.createFile(directory.resolve("ready" + round));
        for (String child : List.of("one", "two")) {
          Path writes = directory.resolve(child + "writes" + round);
          await().until(() -> Files.exists(writes));
        }
        manager.destroyCache("c");
        assertThat(files()).as("files when it was destroyed").isEmpty();
        if (round % 2 == 0) {
          Cache<String, String> next =
              manager.createCache(
                  "c",
                  new PersiDictConfiguration<String, String>()
                      .setFormat("json")
                      .setTypes(String.class, String.class));
          next.put("new", "v");
          for (int i = 0; i < 200; i++) {
            assertThat(next.get("new")).isEqualTo("v");
            next.put("more", "v" + i);
          }
          assertThat(next).hasSize(2);
          manager.destroyCache("c");
        }
        // A put that was under way makes the directory again, and takes it away once it is refused.
        await().untilAsserted(() -> assertThat(directory.resolve("root/c")).doesNotExist());
      }
      one.join();
      two.join();
      assertThat(files()).isEmpty();
    }
  }

  /** Destroys and creates the cache until it is killed. */
  static final class Destroyer {
    public static void main(String[] arguments) {
      try (PersiDictCachingProvider provider = new PersiDictCachingProvider()) {
        CacheManager manager = provider.getCacheManager(Path.of(arguments[0]).toUri(), null);
        while (true) {
          Cache<String, String> cache = manager.createCache("c", types());
          for (int i = 0; i < 20; i++) {
            cache.put("k" + i, "old");
          }
          manager.destroyCache("c");
          System.out.println("destroyed");
        }
      }
    }
  }

  @Test
  void aProcessThatIsKilledWhileItDestroysACacheLeavesNothingInTheWay() throws Exception {
    Path root = directory.resolve("root");
    for (int round = 0; round < ROUNDS; round++) {
      try (ChildJvm child = ChildJvm.start(Destroyer.class, root.toString())) {
        await().until(() -> child.printed().contains("destroyed"));
        child.kill();
      }
      try (PersiDictCachingProvider provider = new PersiDictCachingProvider()) {
        CacheManager manager = provider.getCacheManager(root.toUri(), null);
        boolean marked =
            Files.exists(root.resolve("c/.__cache__"))
                && Destruction.isMark(Files.readAllBytes(root.resolve("c/.__cache__")));
        Cache<String, String> cache = manager.createCache("c", types());
        if (marked) {
          assertThat(cache).isEmpty();
        }
        cache.put("k", "v");
        manager.destroyCache("c");
        assertThat(root.resolve("c")).doesNotExist();
      }
    }
  }
}
