package io.persidict.proof;

import io.persidict.jcache.PersiDictCachingProvider;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.Random;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.configuration.MutableConfiguration;

/**
 * A process that uses a cache for a long time: keys of its own, whose values it knows, and counters
 * that it shares with others. It prints what it takes, early and at the end, each time while no
 * call is under way.
 */
final class SoakMember {
  /** The number of shared counters. */
  static final int COUNTERS = 4;

  private static final int THREADS = 3;
  private static final int KEYS = 50;

  private final Path directory;
  private final int number;
  private final ReadWriteLock calls = new ReentrantReadWriteLock(true);
  private volatile boolean ended;

  private SoakMember(Path directory, int number) {
    this.directory = directory;
    this.number = number;
  }

  /**
   * What a process takes.
   *
   * @param heap bytes that are in use after a collection
   * @param descriptors open files
   * @param threads living threads
   * @param mapped files of the store that are mapped into memory
   */
  record Usage(long heap, long descriptors, long threads, long mapped) {
    private static final int LOOKS = 20;

    /** The least of several looks, since what a collection frees goes a little later. */
    private static Usage now(Path directory) throws IOException, InterruptedException {
      Usage least = look(directory);
      for (int i = 0; i < LOOKS; i++) {
        Thread.sleep(20);
        Usage now = look(directory);
        least =
            new Usage(
                Math.min(least.heap, now.heap),
                Math.min(least.descriptors, now.descriptors),
                Math.min(least.threads, now.threads),
                Math.min(least.mapped, now.mapped));
      }
      return least;
    }

    private static Usage look(Path directory) throws IOException {
      System.gc();
      Runtime runtime = Runtime.getRuntime();
      try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"));
          Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
        return new Usage(
            runtime.totalMemory() - runtime.freeMemory(),
            descriptors.count(),
            ManagementFactory.getThreadMXBean().getThreadCount(),
            maps.filter(line -> line.contains(directory.toString())).count());
      }
    }

    /** Reads a line that {@link #line} made. */
    static Usage parse(String line) {
      String[] words = line.split(" ");
      return new Usage(
          Long.parseLong(words[1]),
          Long.parseLong(words[2]),
          Long.parseLong(words[3]),
          Long.parseLong(words[4]));
    }

    String line(String when) {
      return "%s %d %d %d %d".formatted(when, heap, descriptors, threads, mapped);
    }
  }

  /** Opens the cache that all members share. */
  static Cache<String, Long> open(PersiDictCachingProvider provider, Path directory) {
    Properties settings = new Properties();
    settings.setProperty("persidict.memory.max-entries", "100");
    return provider
        .getCacheManager(directory.toUri(), null, settings)
        .createCache(
            "soak", new MutableConfiguration<String, Long>().setTypes(String.class, Long.class));
  }

  /** Takes a directory, the member's number, and how long to run. */
  public static void main(String... arguments) throws Exception {
    SoakMember member = new SoakMember(Path.of(arguments[0]), Integer.parseInt(arguments[1]));
    Duration length = Duration.parse(arguments[2]);
    try (PersiDictCachingProvider provider = new PersiDictCachingProvider()) {
      Cache<String, Long> cache = open(provider, member.directory);
      for (int i = 0; i < THREADS; i++) {
        int thread = i;
        new Thread(() -> member.use(cache, thread)).start();
      }
      // What is loaded and compiled at first is not what is looked for.
      Thread.sleep(length.toMillis() / 5);
      member.print("early");
      Thread.sleep(length.toMillis() * 4 / 5);
      member.print("late");
      member.ended = true;
      member.calls.writeLock().lock();
    }
    // A thread that found something wrong has ended the process.
    System.exit(0);
  }

  private void print(String when) throws IOException, InterruptedException {
    calls.writeLock().lock();
    try {
      System.out.println(Usage.now(directory).line(when));
    } finally {
      calls.writeLock().unlock();
    }
  }

  private void use(Cache<String, Long> cache, int thread) {
    Random random = new Random();
    Map<String, Long> known = new HashMap<>();
    try {
      for (long i = 1; !ended; i++) {
        calls.readLock().lock();
        try {
          String key = "m" + number + "t" + thread + "k" + random.nextInt(KEYS);
          step(cache, key, known, random.nextInt(200), i);
        } finally {
          calls.readLock().unlock();
        }
      }
    } catch (RuntimeException | AssertionError e) {
      e.printStackTrace(System.out);
      System.exit(1);
    }
  }

  private void step(
      Cache<String, Long> cache, String key, Map<String, Long> known, int what, long value) {
    if (what == 0) {
      try (PersiDictCachingProvider other = new PersiDictCachingProvider()) {
        check(open(other, directory).get(key), key, known);
      }
    } else if (what == 1) {
      cache.forEach(entry -> {});
    } else if (what < 20) {
      String counter = "counter" + what % COUNTERS;
      cache.invoke(
          counter,
          (entry, none) -> {
            entry.setValue(entry.exists() ? entry.getValue() + 1 : 1L);
            return null;
          });
    } else if (what < 40) {
      check(cache.getAndRemove(key), key, known);
      known.put(key, null);
    } else if (what < 100) {
      check(cache.getAndPut(key, value), key, known);
      known.put(key, value);
    } else {
      check(cache.get(key), key, known);
    }
  }

  private static void check(Long actual, String key, Map<String, Long> known) {
    if (known.containsKey(key) && !Objects.equals(actual, known.get(key))) {
      throw new AssertionError(key + " is " + actual + ", not " + known.get(key));
    }
  }
}
