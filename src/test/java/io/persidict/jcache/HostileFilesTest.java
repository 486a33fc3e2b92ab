package io.persidict.jcache;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.persidict.Mutator;
import io.persidict.RamDirectory;
import io.persidict.jcache.storage.StoredEntry;
import io.persidict.maintenance.StoreMaintenance;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.configuration.MutableConfiguration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever bytes a file of a cache holds, its own included: each operation has a right result or
 * ends with a {@link CacheException}, the other entries are as they were, and once the cache has
 * been destroyed it can be created anew.
 */
@ParameterizedClass
@ValueSource(strings = {Layouts.ENTRY, Layouts.PLAIN})
final class HostileFilesTest {
  private static final Map<String, String> ENTRIES = Map.of("a", "1", "b", "2", "c", "3");

  /** As long may a case take on a busy machine; what is not bounded takes for ever. */
  private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(30);

  @Parameter String layout;

  @TempDir(factory = RamDirectory.class)
  Path directory;

  private final PersiDictCachingProvider provider = new PersiDictCachingProvider();
  private final Map<String, byte[]> whole = new TreeMap<>();
  private final Warnings warnings = new Warnings();

  @BeforeEach
  void fill() throws IOException {
    try (CacheManager manager = manager()) {
      Cache<String, String> cache = create(manager);
      cache.putAll(ENTRIES);
      cache.unwrap(StoreMaintenance.class).run();
    }
    for (Path file : files()) {
      whole.put(directory.relativize(file).toString(), Files.readAllBytes(file));
    }
  }

  @AfterEach
  void close() {
    warnings.close();
    provider.close();
  }

  private CacheManager manager() {
    Properties settings = Layouts.settings(layout);
    settings.setProperty("persidict.memory.max-entries", "100");
    settings.setProperty("persidict.store.max-entries", "100");
    return provider.getCacheManager(directory.toUri(), null, settings);
  }

  private static Cache<String, String> create(CacheManager manager) {
    return manager.createCache(
        "c", new MutableConfiguration<String, String>().setTypes(String.class, String.class));
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(Files::isRegularFile).toList();
    }
  }

  /** Puts back what was there before a case. */
  private void restore() throws IOException {
    for (Path file : files()) {
      if (!whole.containsKey(directory.relativize(file).toString())) {
        Files.delete(file);
      }
    }
    for (Map.Entry<String, byte[]> each : whole.entrySet()) {
      Path file = directory.resolve(each.getKey());
      Files.createDirectories(file.getParent());
      Files.write(file, each.getValue());
    }
  }

  /** What a file of that name may hold, or has held. */
  private List<byte[]> seeds(String name) {
    List<byte[]> seeds = new ArrayList<>();
    seeds.add(whole.get(name));
    if (name.endsWith(CacheMetadata.NAME)) {
      seeds.add("destroyed 0a1b2c3d\n".getBytes(US_ASCII));
      seeds.add("destroyed 0a1b2c3d plain json 4\n".getBytes(US_ASCII));
    }
    whole.values().stream().filter(bytes -> bytes.length < 1_000).forEach(seeds::add);
    return seeds;
  }

  @Test
  void whateverAFileHoldsTheCacheIsRightOrSaysSo() throws Exception {
    Random random = new Random(Long.getLong("test.seed", 20_261_130L));
    List<String> names = List.copyOf(whole.keySet());
    for (int i = 0; i < Mutator.COUNT / 16; i++) {
      String name = names.get(random.nextInt(names.size()));
      byte[] bytes = Mutator.mutated(seeds(name), random);
      if (name.endsWith(StoredEntry.EXTENSION) && random.nextBoolean()) {
        sign(bytes);
      }
      restore();
      Files.write(directory.resolve(name), bytes);
      long begun = System.nanoTime();
      try {
        boolean destroyed = name.endsWith(CacheMetadata.NAME) && Destruction.isMark(bytes);
        use(key -> !destroyed && !name.matches("c/(s-)?" + key + "_.*"));
        destroy();
      } catch (Throwable e) {
        throw new AssertionError(
            "case " + i + ": " + name + " is " + HexFormat.of().formatHex(bytes), e);
      }
      assertThat(System.nanoTime() - begun).as(name).isLessThan(LIMIT_NANOS);
    }
  }

  /** Gives an entry the checksum of what it holds, so that this is looked at. */
  private static void sign(byte[] entry) {
    int end = entry.length - Integer.BYTES;
    if (end >= 0) {
      CRC32C checksum = new CRC32C();
      checksum.update(entry, 0, end);
      ByteBuffer.wrap(entry).putInt(end, (int) checksum.getValue());
    }
  }

  private interface Use {
    void run() throws Exception;
  }

  /** Does it, or is told why not. */
  private static void allowing(Use use) throws Exception {
    try {
      use.run();
    } catch (CacheException e) {
      assertThat(e).hasMessageNotContaining("null");
    }
  }

  private void use(Predicate<String> untouched) throws Exception {
    try (CacheManager manager = manager()) {
      allowing(
          () -> {
            Cache<String, String> cache = create(manager);
            for (Map.Entry<String, String> entry : ENTRIES.entrySet()) {
              allowing(() -> requireRight(untouched, entry.getKey(), cache.get(entry.getKey())));
            }
            allowing(() -> cache.forEach(e -> requireRight(untouched, e.getKey(), e.getValue())));
            allowing(() -> cache.unwrap(StoreMaintenance.class).run());
            allowing(
                () -> {
                  cache.put("a", "new");
                  assertThat(cache.get("a")).isEqualTo("new");
                  assertThat(cache.getAndRemove("a")).isEqualTo("new");
                  assertThat(cache.get("a")).isNull();
                });
          });
    }
  }

  private static void requireRight(Predicate<String> untouched, String key, String value) {
    if (untouched.test(key)) {
      assertThat(value).as(key).isEqualTo(ENTRIES.get(key));
    }
  }

  private void destroy() {
    try (CacheManager manager = manager()) {
      manager.destroyCache("c");
      Cache<String, String> cache = create(manager);
      assertThat(cache).isEmpty();
      cache.put("a", "1");
      assertThat(cache.get("a")).isEqualTo("1");
    }
  }
}
