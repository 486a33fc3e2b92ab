package io.persidict.bench;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.jcache.spi.CaffeineCachingProvider;
import io.persidict.jcache.PersiDictCachingProvider;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import javax.cache.Cache;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.spi.CachingProvider;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What it costs to get one of 256 entries, strings by strings, that are in memory. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class Hits {
  /** Caffeine itself. */
  @State(Scope.Thread)
  public static class InCaffeine {
    final Names names = new Names();
    final com.github.benmanes.caffeine.cache.Cache<String, String> cache =
        Caffeine.newBuilder().maximumSize(1_000).build();

    @Setup
    public void setUp() {
      names.existing.forEach(name -> cache.put(name, "value of " + name));
    }
  }

  /** A cache of some provider. */
  @State(Scope.Thread)
  public abstract static class InJCache {
    final Names names = new Names();
    Cache<String, String> cache;

    final void open(CachingProvider provider, URI uri, Properties settings) {
      cache =
          provider
              .getCacheManager(uri, Hits.class.getClassLoader(), settings)
              .createCache(
                  "hits",
                  new MutableConfiguration<String, String>().setTypes(String.class, String.class));
      names.existing.forEach(name -> cache.put(name, "value of " + name));
    }

    @TearDown
    public final void close() {
      cache.getCacheManager().destroyCache("hits");
      cache.getCacheManager().getCachingProvider().close();
    }
  }

  /** Caffeine's own. */
  public static class InCaffeineJCache extends InJCache {
    @Setup
    public void setUp() {
      CachingProvider provider = new CaffeineCachingProvider();
      open(provider, provider.getDefaultURI(), new Properties());
    }
  }

  /** Ours, coherent among the processes of this machine. */
  public static class InChecked extends InJCache {
    final Properties settings = new Properties();

    @Setup
    public void setUp() throws Exception {
      settings.setProperty("persidict.memory.max-entries", "1000");
      Path parent = Path.of(System.getProperty("bench.dir", "target/bench"));
      Path directory =
          Files.createTempDirectory(Files.createDirectories(parent).toRealPath(), "run");
      open(new PersiDictCachingProvider(), directory.toUri(), settings);
    }
  }

  /** Ours, of immutable items. */
  public static class InImmutable extends InChecked {
    public InImmutable() {
      settings.setProperty("persidict.immutable-items", "true");
    }
  }

  @Benchmark
  public String caffeine(InCaffeine in) {
    return in.cache.getIfPresent(in.names.existing());
  }

  @Benchmark
  public String caffeineJCache(InCaffeineJCache in) {
    return in.cache.get(in.names.existing());
  }

  @Benchmark
  public String checked(InChecked in) {
    return in.cache.get(in.names.existing());
  }

  @Benchmark
  public String immutable(InImmutable in) {
    return in.cache.get(in.names.existing());
  }
}
