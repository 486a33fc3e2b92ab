package io.persidict.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.persidict.jcache.PersiDictCachingProvider;
import io.persidict.jcache.PersiDictConfiguration;
import io.persidict.maintenance.StoreMaintenance;
import java.nio.file.Path;
import java.util.Map;
import javax.cache.CacheManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class StoreHealthTest {
  @TempDir Path directory;

  @Test
  void tellsHowFullTheDiskAndTheBoundsAre() {
    try (PersiDictCachingProvider provider = new PersiDictCachingProvider()) {
      CacheManager manager = provider.getCacheManager(directory.toUri(), null);
      StoreHealth health = new StoreHealth(manager);
      assertThat(health.details()).containsOnlyKeys("place", "total", "usable");
      manager
          .createCache("c", new PersiDictConfiguration<String, String>().setStoreMaxEntries(10))
          .unwrap(StoreMaintenance.class)
          .run();
      assertThat(health.details())
          .containsEntry(
              "bounded", Map.of("c", Map.of("entries", 0L, "maxEntries", 10L, "bytes", 0L)));
    }
  }
}
