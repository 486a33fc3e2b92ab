package io.persidict.neighbours;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.cache.JCacheMetrics;
import io.micrometer.core.instrument.config.InvalidConfigurationException;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.persidict.jcache.PersiDictCachingProvider;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.cache.Cache;
import javax.cache.configuration.MutableConfiguration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Micrometer's binder, which looks for the MXBean of a cache under a name it builds itself. */
final class MicrometerTest {
  @TempDir Path directory;
  private final PersiDictCachingProvider provider = new PersiDictCachingProvider();
  private final MeterRegistry registry = new SimpleMeterRegistry();

  @AfterEach
  void close() {
    provider.close();
  }

  private Cache<String, String> cache(URI uri, String name) {
    return provider
        .getCacheManager(uri, null)
        .createCache(
            name,
            new MutableConfiguration<String, String>()
                .setTypes(String.class, String.class)
                .setStatisticsEnabled(true));
  }

  /** The lookups with this result, {@code hit} or {@code miss}. */
  private double gets(String result) {
    return registry.get("cache.gets").tag("result", result).functionCounter().count();
  }

  private void assertMeasured(Cache<String, String> cache) {
    JCacheMetrics.monitor(registry, cache);
    cache.get("key");
    cache.put("key", "value");
    cache.get("key");
    cache.get("key");
    cache.remove("key");
    assertThat(gets("miss")).isEqualTo(1);
    assertThat(gets("hit")).isEqualTo(2);
    assertThat(registry.get("cache.puts").functionCounter().count()).isEqualTo(1);
    assertThat(registry.get("cache.removals").gauge().value()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "plain",
        "a space",
        "a,comma",
        "a,b=c,d",
        "=",
        "star*",
        "what?",
        "\"quoted\"",
        "col:on",
        "per%cent",
        "caf\u00e9 \u6f22",
        "line\nfeed",
        "#;&@+$"
      })
  void measuresInADirectoryOfAnyName(String name) throws Exception {
    Path place = Files.createDirectory(directory.resolve(name));
    Cache<String, String> cache = cache(place.toUri(), "cache");
    assertMeasured(cache);
    assertThat(place.resolve("cache")).isDirectory();
    assertThat(provider.getCacheManager(place.toUri(), null))
        .as("the same manager under the same URI")
        .isSameAs(cache.getCacheManager());
  }

  @Test
  void measuresUnderUrisThatAreWrittenByHand() {
    assertMeasured(
        cache(URI.create("file:" + directory.toUri().getPath() + "caf\u00e9,a=*/"), "cache"));
    assertThat(directory.resolve("caf\u00e9,a=*/cache")).isDirectory();
  }

  @Test
  void measuresWithAConfigurationFile() throws Exception {
    Path file = Files.createFile(directory.resolve("a,b=*.properties"));
    System.setProperty("persidict.uri", directory.resolve("default,*").toUri().toString());
    try {
      assertMeasured(cache(file.toUri(), "cache"));
      assertMeasuredByDefault();
    } finally {
      System.clearProperty("persidict.uri");
    }
  }

  private void assertMeasuredByDefault() {
    registry.clear();
    assertMeasured(cache(null, "cache of the default URI"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cache", "a cache", "com.example.Book.titles(java.lang.String)", "caf\u00e9 \u6f22",
        "a/b", "../a", "per%cent", "#;&@+$'|<>"
      })
  void measuresACacheOfAnyNameThatJmxAllows(String name) {
    assertMeasured(cache(directory.toUri(), name));
  }

  /** The binder would read them from a pattern, which names no MXBean. */
  @ParameterizedTest
  @ValueSource(strings = {"star*", "what?"})
  void bindsToACacheWhoseNameIsAPattern(String name) {
    Cache<String, String> cache = cache(directory.toUri(), name);
    JCacheMetrics.monitor(registry, cache);
    cache.get("key");
    assertThat(gets("miss")).isZero();
  }

  /** These are beyond us: the binder puts the name into an object name as it is. */
  @ParameterizedTest
  @ValueSource(strings = {"a,b", "a=b", "a:b", "a\"b", "a\nb"})
  void theBinderRefusesNamesThatJmxForbids(String name) {
    Cache<String, String> cache = cache(directory.toUri(), name);
    assertThatThrownBy(() -> JCacheMetrics.monitor(registry, cache))
        .isInstanceOf(InvalidConfigurationException.class)
        .hasMessageContaining(name);
  }
}
