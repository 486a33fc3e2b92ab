package io.persidict;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.persidict.jcache.PersiDictCachingProvider;
import io.persidict.key.DictKey;
import io.persidict.store.GetResult;
import io.persidict.store.Listed;
import io.persidict.store.Precondition;
import io.persidict.store.PutResult;
import io.persidict.store.file.Durability;
import io.persidict.store.file.FileStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.configuration.MutableConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What holds between processes, tried with processes. */
final class ProcessesIT {
  private static final int ENTRIES = 10;
  private static final int ROUNDS = 1_000;

  @TempDir Path directory;

  // ---- adding up

  /**
   * Increments each of the entries, by conditional writes of the store or by the cache's invoke.
   */
  static final class Incrementer {
    public static void main(String[] arguments) {
      Path directory = Path.of(arguments[0]);
      switch (arguments[1]) {
        case "store" -> throughStore(directory);
        case "dict" -> throughDict(directory);
        case "cache" -> throughCache(directory);
        default -> throw new IllegalArgumentException(arguments[1]);
      }
    }

    private static void throughStore(Path directory) {
      try (FileStore store = new FileStore(directory, Durability.OS)) {
        for (int i = 0; i < ROUNDS * ENTRIES; ) {
          String name = "n" + i % ENTRIES;
          GetResult result = store.get(name, Optional.empty());
          int old = result instanceof GetResult.Found found ? number(found.bytes()) : 0;
          Precondition unchanged =
              result instanceof GetResult.Found found
                  ? Precondition.matches(found.stat().etag())
                  : Precondition.absent();
          if (store.put(name, bytes(old + 1), unchanged) instanceof PutResult.Written) {
            i++;
          }
        }
      }
    }

    private static void throughDict(Path directory) {
      try (PersiDict<Object> dict =
          FileDirDict.at(directory).durability(Durability.OS).open(Object.class)) {
        for (int i = 0; i < ROUNDS * ENTRIES; i++) {
          dict.transform(DictKey.of("n" + i % ENTRIES), old -> Edit.set((Long) old.orElse(0L) + 1));
        }
      }
    }

    private static void throughCache(Path directory) {
      try (PersiDictCachingProvider provider = new PersiDictCachingProvider()) {
        Cache<String, Integer> cache = openCache(provider, directory);
        for (int i = 0; i < ROUNDS * ENTRIES; i++) {
          cache.invoke(
              "n" + i % ENTRIES,
              (entry, none) -> {
                entry.setValue(entry.exists() ? entry.getValue() + 1 : 1);
                return null;
              });
        }
      }
    }
  }

  private static byte[] bytes(int number) {
    return String.valueOf(number).getBytes(UTF_8);
  }

  private static int number(byte[] bytes) {
    return Integer.parseInt(new String(bytes, UTF_8));
  }

  private static Cache<String, Integer> openCache(
      PersiDictCachingProvider provider, Path directory) {
    CacheManager manager = provider.getCacheManager(directory.toUri(), null, new Properties());
    return manager.createCache(
        "counters",
        new MutableConfiguration<String, Integer>().setTypes(String.class, Integer.class));
  }

  private void incrementInTwoProcesses(String through) throws Exception {
    try (ChildJvm one = ChildJvm.start(Incrementer.class, directory.toString(), through);
        ChildJvm two = ChildJvm.start(Incrementer.class, directory.toString(), through)) {
      one.join();
      two.join();
    }
  }

  @Test
  void conditionalWritesOfTwoProcessesAddUp() throws Exception {
    incrementInTwoProcesses("store");
    try (FileStore store = new FileStore(directory, Durability.OS)) {
      for (int i = 0; i < ENTRIES; i++) {
        assertThat(number(store.read("n" + i).orElseThrow())).isEqualTo(2 * ROUNDS);
      }
    }
  }

  @Test
  void transformsOfTwoProcessesAddUp() throws Exception {
    incrementInTwoProcesses("dict");
    try (PersiDict<Object> dict = FileDirDict.at(directory).open(Object.class)) {
      for (int i = 0; i < ENTRIES; i++) {
        assertThat(dict.get(DictKey.of("n" + i))).contains(2L * ROUNDS);
      }
    }
  }

  @Test
  void entryProcessorsOfTwoProcessesAddUp() throws Exception {
    incrementInTwoProcesses("cache");
    try (PersiDictCachingProvider provider = new PersiDictCachingProvider()) {
      Cache<String, Integer> cache = openCache(provider, directory);
      Map<String, Integer> counters = new TreeMap<>();
      cache.forEach(entry -> counters.put(entry.getKey(), entry.getValue()));
      assertThat(counters).hasSize(ENTRIES);
      assertThat(counters.values()).containsOnly(2 * ROUNDS);
    }
  }

  // ---- being killed

  /** Writes ever larger versions of one entry, each of one repeated byte, until it is killed. */
  static final class Writer {
    public static void main(String[] arguments) {
      try (FileStore store = new FileStore(Path.of(arguments[0]), Durability.OS)) {
        for (int version = 1; ; version++) {
          byte[] value = new byte[64 * 1024 + version];
          Arrays.fill(value, (byte) version);
          store.put("big", value, Precondition.none());
          store.put("small/n" + version, bytes(version), Precondition.absent());
          System.out.println(version);
        }
      }
    }
  }

  @Test
  void aKilledWriterLeavesWholeVersionsAndAllThatReturned() throws Exception {
    for (int kill = 0; kill < 5; kill++) {
      Path root = directory.resolve("run" + kill);
      int acknowledged;
      try (ChildJvm writer = ChildJvm.start(Writer.class, root.toString())) {
        await()
            .pollInterval(Duration.ofMillis(10))
            .until(() -> writer.printed().lines().count() > 50);
        writer.kill();
        acknowledged =
            (int) writer.printed().chars().filter(character -> character == '\n').count();
      }
      try (FileStore store = new FileStore(root, Durability.OS)) {
        byte[] big = store.read("big").orElseThrow();
        int version = big.length - 64 * 1024;
        assertThat(version).isGreaterThanOrEqualTo(acknowledged);
        for (byte each : big) {
          assertThat(each).isEqualTo((byte) version);
        }
        for (int i = 1; i <= acknowledged; i++) {
          assertThat(store.read("small/n" + i).map(ProcessesIT::number)).contains(i);
        }
        try (Stream<Listed> listed = store.list("")) {
          assertThat(listed.count()).isBetween(acknowledged + 1L, acknowledged + 2L);
        }
        store.put("big", bytes(0), Precondition.none());
        assertThat(store.read("big").map(ProcessesIT::number)).contains(0);
      }
    }
  }

  // ---- a cache that another process has open

  /** Puts one entry into the cache and holds it open. */
  static final class Holder {
    public static void main(String[] arguments) throws Exception {
      PersiDictCachingProvider provider = new PersiDictCachingProvider();
      Cache<String, Integer> cache = openCache(provider, Path.of(arguments[0]));
      cache.put("theirs", 1);
      System.out.println("put");
      while (cache.get("ours") == null) {
        Thread.onSpinWait();
      }
      System.out.println("seen");
      Thread.sleep(Duration.ofMinutes(1).toMillis());
    }
  }

  @Test
  void twoProcessesShareAnOpenCacheAndAKilledOneLosesNothing() throws Exception {
    try (ChildJvm holder = ChildJvm.start(Holder.class, directory.toString());
        PersiDictCachingProvider provider = new PersiDictCachingProvider()) {
      await().until(() -> holder.printed().contains("put"));
      Cache<String, Integer> cache = openCache(provider, directory);
      assertThat(cache.get("theirs")).isEqualTo(1);
      cache.put("ours", 2);
      await().until(() -> holder.printed().contains("seen"));
      holder.kill();
      assertThat(cache.get("theirs")).isEqualTo(1);
      assertThat(cache.putIfAbsent("theirs", 3)).isFalse();
    }
  }
}
