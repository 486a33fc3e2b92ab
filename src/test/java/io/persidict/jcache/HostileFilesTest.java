package io.persidict.jcache;

import static org.assertj.core.api.Assertions.assertThat;

import io.persidict.Mutator;
import io.persidict.RamDirectory;
import io.persidict.maintenance.StoreMaintenance;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
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
  private static final long LIMIT_NANOS = TimeUnit.MINUTES.toNanos(5);

  @Parameter String layout;

  @TempDir(factory = RamDirectory.class)
  Path directory;

  private final PersiDictCachingProvider provider = new PersiDictCachingProvider();
  private final Warnings warnings = new Warnings();

  @BeforeEach
  void fill() {
    try (CacheManager manager = manager()) {
      Cache<String, String> cache = create(manager);
      cache.putAll(ENTRIES);
      cache.unwrap(StoreMaintenance.class).run();
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

  @Test
  void whateverAFileHoldsTheCacheIsRightOrSaysSo() throws Exception {
    HostileCache files = new HostileCache(directory);
    for (int i : Mutator.tries("files, layout " + layout, 250)) {
      HostileCache.Case changed = files.next();
      long begun = System.nanoTime();
      try {
        use(changed);
        destroy(changed);
      } catch (Throwable e) {
        throw new AssertionError(changed.toString(), e);
      }
      warnings.clear();
      assertThat(System.nanoTime() - begun).as(changed.toString()).isLessThan(LIMIT_NANOS);
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

  private void use(HostileCache.Case changed) throws Exception {
    try (CacheManager manager = manager()) {
      allowing(
          () -> {
            Cache<String, String> cache = create(manager);
            for (Map.Entry<String, String> entry : ENTRIES.entrySet()) {
              allowing(() -> requireRight(changed, entry.getKey(), cache.get(entry.getKey())));
            }
            allowing(() -> cache.forEach(e -> requireRight(changed, e.getKey(), e.getValue())));
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

  private static void requireRight(HostileCache.Case changed, String key, String value) {
    if (!changed.mayBeOf(key)) {
      assertThat(value).as(key).isEqualTo(ENTRIES.get(key));
    }
  }

  private void destroy(HostileCache.Case changed) {
    try (CacheManager manager = manager()) {
      manager.destroyCache("c");
      Cache<String, String> cache = create(manager);
      if (!changed.tellsOtherNames()) {
        assertThat(cache).isEmpty();
      }
      cache.put("a", "1");
      assertThat(cache.get("a")).isEqualTo("1");
    }
  }
}
