package io.persidict.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.persidict.ChildJvm;
import io.persidict.RamDirectory;
import io.persidict.jcache.PersiDictCachingProvider;
import io.persidict.jcache.PersiDictConfiguration;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import javax.cache.Cache;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A bound holds while several processes write as fast as they can, also if they are killed. */
final class BoundIT {
  private static final int PROCESSES = 4;
  private static final int VALUE = 1024;
  private static final long MIB = 1 << 20;
  private static final long BOUND = 20 * MIB;
  private static final long SLACK = 32 * MIB;
  private static final long BLOCK = 4096;

  /** Entries of 1 KiB take a block of 4 KiB. */
  private static final long WRITES = ProofScale.isLong() ? 300_000 : 12_000;

  @TempDir(factory = RamDirectory.class)
  Path root;

  /** Writes entries that nobody wrote before. */
  static final class Writer {
    private Writer() {}

    public static void main(String... arguments) {
      Path root = Path.of(arguments[0]);
      String process = arguments[1];
      long writes = Long.parseLong(arguments[2]);
      try (PersiDictCachingProvider provider = new PersiDictCachingProvider()) {
        Cache<String, byte[]> cache = open(provider, root);
        for (long i = 0; i < writes; i++) {
          cache.put(process + "-" + i, new byte[VALUE - 100]);
        }
        System.out.print(cache.getName() + " is done");
      }
    }
  }

  private static Cache<String, byte[]> open(PersiDictCachingProvider provider, Path root) {
    return provider
        .getCacheManager(root.toUri(), null)
        .createCache(
            "bounded",
            new PersiDictConfiguration<String, byte[]>()
                .setStoreMaxBytes(BOUND)
                .setTypes(String.class, byte[].class));
  }

  /** What all entries of the cache take, in whole blocks. */
  private long size() throws IOException {
    long size = 0;
    try (DirectoryStream<Path> files = Files.newDirectoryStream(root.resolve("bounded"))) {
      for (Path file : files) {
        try {
          size += (Files.size(file) + BLOCK - 1) / BLOCK * BLOCK;
        } catch (IOException e) {
          // deleted meanwhile
        }
      }
    } catch (IOException e) {
      // not there yet
    }
    return size;
  }

  private long atRest(Duration atMost) throws IOException, InterruptedException {
    long end = System.nanoTime() + atMost.toNanos();
    while (size() > BOUND && System.nanoTime() - end < 0) {
      Thread.sleep(100);
    }
    return size();
  }

  @Test
  void fourProcessesStayWithinTheSlackWhileTheyWriteAndWithinTheBoundAtRest() throws Exception {
    List<ChildJvm> writers = new ArrayList<>();
    long begun = System.nanoTime();
    try {
      for (int i = 0; i < PROCESSES; i++) {
        writers.add(
            ChildJvm.start(
                Writer.class, root.toString(), "p" + i, String.valueOf(WRITES / PROCESSES)));
      }
      Sampler sampler = new Sampler();
      Thread sampling = new Thread(sampler);
      sampling.start();
      for (ChildJvm writer : writers) {
        assertThat(writer.join(Duration.ofMinutes(ProofScale.isLong() ? 60 : 25)))
            .endsWith("is done");
      }
      sampler.stopped = true;
      sampling.join();
      long took = System.nanoTime() - begun;
      assertThat(sampler.samples).isGreaterThan(10);
      assertThat(sampler.largest).isLessThan(BOUND + SLACK).isGreaterThan(BOUND / 2);
      long rest;
      try (PersiDictCachingProvider provider = new PersiDictCachingProvider()) {
        open(provider, root);
        rest = atRest(Duration.ofMinutes(5));
      }
      assertThat(rest).isLessThanOrEqualTo(BOUND).isGreaterThan(BOUND / 2);
      System.out.printf(
          "%d writes by %d processes in %.1f s; largest %.1f MiB of %d samples, at rest %.1f MiB%n",
          WRITES,
          PROCESSES,
          took / 1e9,
          sampler.largest / (double) MIB,
          sampler.samples,
          rest / (double) MIB);
    } finally {
      for (ChildJvm writer : writers) {
        writer.close();
      }
    }
  }

  private final class Sampler implements Runnable {
    volatile boolean stopped;
    volatile long largest;
    volatile int samples;

    @Override
    @SuppressWarnings("NonAtomicOperationOnVolatileField") // by one thread
    public void run() {
      while (!stopped) {
        try {
          largest = Math.max(largest, size());
          samples++;
          Thread.sleep(100);
        } catch (IOException | InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }
    }
  }

  /** What is read all the time stays, whoever is killed. */
  @Test
  void anotherProcessTakesOverFromOneThatIsKilled() throws Exception {
    Random random = new Random(7);
    List<ChildJvm> writers = new ArrayList<>();
    List<String> favourites = IntStream.range(0, 20).mapToObj(i -> "favourite" + i).toList();
    long largest = 0;
    try (PersiDictCachingProvider provider = new PersiDictCachingProvider()) {
      Cache<String, byte[]> cache = open(provider, root);
      favourites.forEach(key -> cache.put(key, new byte[1]));
      for (int i = 0; i < 3; i++) {
        writers.add(ChildJvm.start(Writer.class, root.toString(), "p" + i, "1000000"));
      }
      for (int kill = 0; kill < ProofScale.times(4); kill++) {
        long end = System.nanoTime() + Duration.ofMillis(500 + random.nextInt(1_000)).toNanos();
        while (System.nanoTime() - end < 0 || size() < BOUND / 2) {
          largest = Math.max(largest, size());
          assertThat(favourites).allMatch(key -> cache.get(key) != null);
          Thread.sleep(50);
        }
        int victim = random.nextInt(writers.size());
        writers.get(victim).close();
        writers.set(victim, ChildJvm.start(Writer.class, root.toString(), "k" + kill, "1000000"));
      }
    } finally {
      for (ChildJvm writer : writers) {
        writer.close();
      }
    }
    assertThat(largest).isLessThan(BOUND + SLACK).isGreaterThan(BOUND / 2);
    try (PersiDictCachingProvider provider = new PersiDictCachingProvider()) {
      Cache<String, byte[]> cache = open(provider, root);
      cache.put("stays", new byte[1]);
      assertThat(atRest(Duration.ofMinutes(5))).isLessThanOrEqualTo(BOUND);
      assertThat(cache.get("stays")).isNotNull();
    }
  }
}
