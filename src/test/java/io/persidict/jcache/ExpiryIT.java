package io.persidict.jcache;

import static org.assertj.core.api.Assertions.assertThat;

import io.persidict.ChildJvm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A time to live goes on while no process has the cache open, and holds for the next one. */
final class ExpiryIT {
  private static final int ENTRIES = 1_000;

  @TempDir Path directory;

  private static Cache<Integer, String> open(
      PersiDictCachingProvider provider, Path directory, long millisToLive) {
    return provider
        .getCacheManager(directory.toUri(), null)
        .createCache(
            "short-lived",
            new MutableConfiguration<Integer, String>()
                .setTypes(Integer.class, String.class)
                .setExpiryPolicyFactory(
                    CreatedExpiryPolicy.factoryOf(
                        new Duration(TimeUnit.MILLISECONDS, millisToLive))));
  }

  /** Counts the entries after half the time to live, and after one and a half. */
  static final class Child {
    private Child() {}

    public static void main(String... arguments) throws InterruptedException {
      Path directory = Path.of(arguments[0]);
      long millisToLive = Long.parseLong(arguments[1]);
      long firstPut = Long.parseLong(arguments[2]);
      long lastPut = Long.parseLong(arguments[3]);
      try (PersiDictCachingProvider provider = new PersiDictCachingProvider()) {
        Cache<Integer, String> cache = open(provider, directory, millisToLive);
        waitUntil(firstPut + millisToLive / 2);
        String counted = count(cache);
        boolean inTime = System.currentTimeMillis() < firstPut + millisToLive;
        waitUntil(lastPut + millisToLive * 3 / 2);
        System.out.print((inTime ? counted : "too slow") + ", then " + count(cache));
      }
    }

    private static void waitUntil(long millis) throws InterruptedException {
      Thread.sleep(Math.max(0, millis - System.currentTimeMillis()));
    }

    private static String count(Cache<Integer, String> cache) {
      int iterated = 0;
      for (Cache.Entry<Integer, String> entry : cache) {
        iterated += entry.getValue().equals("value " + entry.getKey()) ? 1 : 0;
      }
      int got = 0;
      for (int key = 0; key < ENTRIES; key++) {
        got += cache.get(key) != null ? 1 : 0;
      }
      return "iterated " + iterated + " and got " + got;
    }
  }

  @Test
  void entriesOfAClosedCacheLiveAsLongAsTheyShouldInTheNextProcess() throws Exception {
    String told = "too slow";
    // Two seconds to live; more where a process takes that long to start and read.
    for (long millisToLive = 2_000; told.startsWith("too slow"); millisToLive *= 2) {
      long firstPut = System.currentTimeMillis();
      try (PersiDictCachingProvider provider = new PersiDictCachingProvider()) {
        Cache<Integer, String> cache = open(provider, directory, millisToLive);
        for (int key = 0; key < ENTRIES; key++) {
          cache.put(key, "value " + key);
        }
      }
      long lastPut = System.currentTimeMillis();
      try (ChildJvm child =
          ChildJvm.start(
              Child.class,
              directory.toString(),
              String.valueOf(millisToLive),
              String.valueOf(firstPut),
              String.valueOf(lastPut))) {
        told = child.join();
      }
      assertThat(told).endsWith(", then iterated 0 and got 0");
      assertThat(millisToLive).isLessThan(60_000);
    }
    assertThat(told).isEqualTo("iterated 1000 and got 1000, then iterated 0 and got 0");
    try (Stream<Path> files = Files.walk(directory)) {
      assertThat(files.filter(file -> file.toString().endsWith(".entry"))).isEmpty();
    }
  }
}
