package io.persidict.jcache;

import static org.assertj.core.api.Assertions.assertThat;

import io.persidict.ChildJvm;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.configuration.MutableConfiguration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two processes on one directory, both with entries in memory. */
final class MemoryIT {
  private static final int WRITES = 100_000;

  private Path directory;

  /** In memory where that is a file system, since the device is not what is tested. */
  @BeforeEach
  void makeDirectory() throws Exception {
    Path shared = Path.of("/dev/shm");
    directory =
        Files.isWritable(shared)
            ? Files.createTempDirectory(shared, "persidict")
            : Files.createTempDirectory("persidict");
  }

  @AfterEach
  void deleteDirectory() throws Exception {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private static Cache<String, Long> open(PersiDictCachingProvider provider, Path directory) {
    Properties settings = new Properties();
    settings.setProperty("persidict.memory.max-entries", "100");
    return provider
        .getCacheManager(directory.resolve("caches").toUri(), null, settings)
        .createCache(
            "versions",
            new MutableConfiguration<String, Long>().setTypes(String.class, Long.class));
  }

  /** Memory in which the writer tells the reader which put has returned. */
  private static MappedByteBuffer returned(Path directory) throws Exception {
    try (FileChannel channel =
        FileChannel.open(
            directory.resolve("returned"),
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE)) {
      return channel.map(MapMode.READ_WRITE, 0, Long.BYTES);
    }
  }

  /** Puts one version after the other. */
  static final class Writer {
    private Writer() {}

    public static void main(String... arguments) throws Exception {
      Path directory = Path.of(arguments[0]);
      ByteBuffer returned = returned(directory);
      try (PersiDictCachingProvider provider = new PersiDictCachingProvider()) {
        Cache<String, Long> cache = open(provider, directory);
        for (long version = 1; version <= WRITES; version++) {
          cache.put("k", version);
          returned.putLong(0, version);
        }
      }
    }
  }

  @Test
  void aReaderNeverSeesAnOldValueAfterTheWritersPutReturned() throws Exception {
    ByteBuffer returned = returned(directory);
    try (PersiDictCachingProvider provider = new PersiDictCachingProvider();
        ChildJvm writer = ChildJvm.start(Writer.class, directory.toString())) {
      Cache<String, Long> cache = open(provider, directory);
      cache.putIfAbsent("k", 0L);
      long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(10);
      long reads = 0;
      long seen = 0;
      while (seen < WRITES && System.nanoTime() < end) {
        long newest = returned.getLong(0);
        seen = cache.get("k");
        assertThat(seen).isGreaterThanOrEqualTo(newest);
        reads++;
      }
      writer.join();
      assertThat(seen).isEqualTo(WRITES);
      System.out.printf("%d reads beside %d writes saw no old value%n", reads, WRITES);
    }
  }
}
