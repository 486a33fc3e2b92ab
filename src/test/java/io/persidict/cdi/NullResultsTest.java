package io.persidict.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.persidict.jcache.PersiDictCachingProvider;
import java.nio.file.Path;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.annotation.CachePut;
import javax.cache.annotation.CacheResult;
import javax.cache.annotation.CacheValue;
import javax.cache.configuration.MutableConfiguration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Results that are null, where a cache is set to keep them. */
final class NullResultsTest {
  private static final String SETTING = "persidict.cache.kept.null-results";
  private static final AtomicInteger CALLS = new AtomicInteger();

  @TempDir Path directory;

  public static class Lookups {
    @CacheResult(cacheName = "kept")
    public String kept(String text) {
      CALLS.incrementAndGet();
      return text.isEmpty() ? null : text;
    }

    @CacheResult(cacheName = "kept", skipGet = true)
    public String fresh(String text) {
      return kept(text);
    }

    @CachePut(cacheName = "kept")
    public void put(String key, @CacheValue String value) {}

    @CacheResult(cacheName = "kept")
    public int number(String text) {
      return 1;
    }

    @CacheResult(cacheName = "other")
    public String other(String text) {
      CALLS.incrementAndGet();
      return null;
    }
  }

  @BeforeEach
  void reset() {
    CALLS.set(0);
    System.setProperty(SETTING, "keep");
  }

  @AfterEach
  void clear() {
    System.clearProperty(SETTING);
  }

  @Test
  void nullIsKeptOverARestart() {
    for (int run = 0; run < 2; run++) {
      try (Container container = new Container(directory, Lookups.class)) {
        Lookups lookups = container.bean(Lookups.class);
        assertThat(lookups.kept("")).isNull();
        assertThat(lookups.kept("")).isNull();
        assertThat(lookups.kept("a")).isEqualTo("a");
        assertThat(CALLS).hasValue(2);
      }
    }
  }

  @Test
  void onlyACacheThatIsSetToKeepsIt() {
    try (Container container = new Container(directory, Lookups.class)) {
      Lookups lookups = container.bean(Lookups.class);
      assertThat(lookups.other("")).isNull();
      assertThat(lookups.other("")).isNull();
      assertThat(CALLS).hasValue(2);
    }
  }

  @Test
  void nullIsPutAndReplacedLikeAnyResult() {
    try (Container container = new Container(directory, Lookups.class)) {
      Lookups lookups = container.bean(Lookups.class);
      lookups.put("a", null);
      assertThat(lookups.kept("a")).isNull();
      lookups.put("a", "b");
      assertThat(lookups.kept("a")).isEqualTo("b");
      lookups.put("a", null);
      assertThat(lookups.kept("a")).isNull();
      assertThat(CALLS).hasValue(0);
      assertThat(lookups.fresh("")).isNull();
      assertThat(lookups.kept("")).isNull();
      assertThat(CALLS).hasValue(1);
    }
  }

  @Test
  void nullIsNoNumber() {
    try (Container container = new Container(directory, Lookups.class)) {
      Lookups lookups = container.bean(Lookups.class);
      lookups.put("a", null);
      assertThatThrownBy(() -> lookups.number("a"))
          .isInstanceOf(CacheException.class)
          .hasMessageContaining("where the method returns a int");
    }
  }

  @Test
  void whatCannotHoldNullIsRefused() {
    try (PersiDictCachingProvider provider = new PersiDictCachingProvider()) {
      Properties settings = new Properties();
      settings.setProperty("persidict.cache.json.null-results", "keep");
      settings.setProperty("persidict.cache.json.format", "json");
      CacheManager manager = provider.getCacheManager(directory.toUri(), null, settings);
      assertThatThrownBy(() -> manager.createCache("json", new MutableConfiguration<>()))
          .isInstanceOf(CacheException.class)
          .hasMessageContaining("null-results")
          .hasMessageContaining("json");
      assertThatThrownBy(
              () ->
                  manager.createCache(
                      "kept",
                      new MutableConfiguration<String, String>()
                          .setTypes(String.class, String.class)))
          .isInstanceOf(CacheException.class)
          .hasMessageContaining("values of java.lang.String");
    }
    assertThatThrownBy(
            () -> {
              Properties settings = new Properties();
              settings.setProperty("persidict.null-results", "maybe");
              new PersiDictCachingProvider().getCacheManager(directory.toUri(), null, settings);
            })
        .isInstanceOf(CacheException.class)
        .hasMessageContaining("allowed: call-again, keep");
  }
}
