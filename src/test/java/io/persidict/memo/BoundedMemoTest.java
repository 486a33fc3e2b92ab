package io.persidict.memo;

import static org.assertj.core.api.Assertions.assertThat;

import io.persidict.jcache.PersiDictCachingProvider;
import io.persidict.jcache.PersiDictConfiguration;
import io.persidict.maintenance.StoreMaintenance;
import java.nio.file.Path;
import javax.cache.Cache;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The results of durable functions are bounded by the cache that holds them. */
final class BoundedMemoTest {
  @TempDir Path directory;

  @Test
  void aResultThatIsEvictedIsComputedAgain() {
    try (PersiDictCachingProvider provider = new PersiDictCachingProvider()) {
      Cache<Object, Object> cache =
          provider
              .getCacheManager(directory.toUri(), null)
              .createCache(
                  "memo", new PersiDictConfiguration<Object, Object>().setStoreMaxEntries(20));
      MemoFunction<Integer, Integer> square = Memo.of(cache).function("square", i -> i * i);
      for (int i = 0; i < 60; i++) {
        assertThat(square.apply(i)).isEqualTo(i * i);
      }
      assertThat(cache.unwrap(StoreMaintenance.class).run().entries()).isBetween(10L, 20L);
      for (int i = 0; i < 60; i++) {
        assertThat(square.apply(i)).isEqualTo(i * i);
      }
    }
  }
}
