package io.persidict.bench;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.jcache.configuration.CaffeineConfiguration;
import com.github.benmanes.caffeine.jcache.spi.CaffeineCachingProvider;
import io.persidict.jcache.PersiDictCachingProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Properties;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Function;
import javax.cache.configuration.MutableConfiguration;
import org.cache2k.Cache2kBuilder;
import org.ehcache.config.builders.CacheConfigurationBuilder;
import org.ehcache.config.builders.CacheManagerBuilder;
import org.ehcache.config.builders.ResourcePoolsBuilder;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Gets of 9,000 entries in a memory that has room for 20,000, random strings by random strings.
 * They have survived a garbage collection, as in any process that has run for a while, so that no
 * contender pays for what others than its entries left between them.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@State(Scope.Benchmark)
public class Hits {
  private static final int ENTRIES = 9_000;
  private static final int BOUND = 20_000;

  @Param({"caffeine", "caffeine-jcache", "ehcache", "cache2k", "immutable", "unchecked", "checked"})
  public String contender;

  private final Map<String, String> entries = new LinkedHashMap<>();
  private BiConsumer<String, String> put;
  private Function<String, String> get;

  /** The names in an order of each thread's own. */
  @State(Scope.Thread)
  public static class Names {
    private final List<String> names = new ArrayList<>();
    private int next;

    @Setup
    public void setUp(Hits hits) {
      names.addAll(hits.entries.keySet());
      Collections.shuffle(names, ThreadLocalRandom.current());
    }

    String next() {
      if (next == ENTRIES) {
        next = 0;
      }
      return names.get(next++);
    }
  }

  @Setup
  public void setUp() throws IOException {
    Random random = new Random(1);
    while (entries.size() < ENTRIES) {
      entries.put(randomString(random), "");
    }
    entries.replaceAll((name, none) -> randomString(random));
    switch (contender) {
      case "caffeine" -> {
        com.github.benmanes.caffeine.cache.Cache<String, String> cache =
            Caffeine.newBuilder().maximumSize(BOUND).build();
        put = cache::put;
        get = cache::getIfPresent;
      }
      case "caffeine-jcache" -> {
        CaffeineConfiguration<String, String> configuration = new CaffeineConfiguration<>();
        configuration.setMaximumSize(OptionalLong.of(BOUND));
        use(new CaffeineCachingProvider().getCacheManager().createCache("hits", configuration));
      }
      case "ehcache" -> {
        org.ehcache.Cache<String, String> cache =
            CacheManagerBuilder.newCacheManagerBuilder()
                .withCache(
                    "hits",
                    CacheConfigurationBuilder.newCacheConfigurationBuilder(
                        String.class, String.class, ResourcePoolsBuilder.heap(BOUND)))
                .build(true)
                .getCache("hits", String.class, String.class);
        put = cache::put;
        get = cache::get;
      }
      case "cache2k" -> {
        org.cache2k.Cache<String, String> cache =
            Cache2kBuilder.of(String.class, String.class).entryCapacity(BOUND).build();
        put = cache::put;
        get = cache::get;
      }
      case "immutable" -> useOurs("persidict.immutable-items", "true");
      default -> useOurs("persidict.memory.coherence", contender);
    }
    entries.forEach(put);
    check();
    System.gc();
  }

  private static String randomString(Random random) {
    return Long.toHexString(random.nextLong()) + Long.toHexString(random.nextLong());
  }

  private void useOurs(String setting, String value) throws IOException {
    Properties settings = new Properties();
    settings.setProperty("persidict.memory.max-entries", String.valueOf(BOUND));
    settings.setProperty(setting, value);
    Path directory = Contest.DIRECTORY.resolve("run");
    Files.createDirectories(directory);
    use(
        new PersiDictCachingProvider()
            .getCacheManager(
                Files.createTempDirectory(directory, "hits").toUri(),
                getClass().getClassLoader(),
                settings)
            .createCache(
                "hits",
                new MutableConfiguration<String, String>().setTypes(String.class, String.class)));
  }

  private void use(javax.cache.Cache<String, String> cache) {
    put = cache::put;
    get = cache::get;
  }

  @Benchmark
  public String hit(Names names) {
    String value = get.apply(names.next());
    if (value == null) {
      throw new AssertionError("a miss");
    }
    return value;
  }

  /** All values are those that were put. */
  @TearDown(Level.Iteration)
  public void check() {
    entries.forEach(
        (name, value) -> {
          if (!value.equals(get.apply(name))) {
            throw new AssertionError(contender + " returned something else than was stored");
          }
        });
  }
}
