package io.persidict.jcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.persidict.extra.PrefixRemoval;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.cache.Cache;
import javax.cache.configuration.FactoryBuilder;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.event.CacheEntryRemovedListener;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Removing all entries whose keys begin alike. */
final class PrefixRemovalTest {
  @TempDir Path directory;
  private final PersiDictCachingProvider provider = new PersiDictCachingProvider();
  private Cache<Object, String> cache;
  private PrefixRemoval removal;

  @BeforeEach
  void open() {
    cache =
        provider
            .getCacheManager(directory.toUri(), null)
            .createCache("c", new MutableConfiguration<Object, String>());
    removal = cache.unwrap(PrefixRemoval.class);
  }

  @AfterEach
  void close() {
    provider.close();
  }

  private void put(Object... keys) {
    for (Object key : keys) {
      cache.put(key, "v");
    }
  }

  private List<Object> keys() {
    List<Object> keys = new ArrayList<>();
    cache.forEach(entry -> keys.add(entry.getKey()));
    return keys;
  }

  @Test
  void stringsOfAnyLengthAndSpelling() {
    String tail = "x".repeat(500);
    put("user:1", "user:1:name", "user:1:" + tail, "User:1:name", "user:2", "\u00fcser:1:a", 1, 2L);
    put(List.of("user:1:", "b"));
    assertThat(removal.removeAll("user:1:")).isEqualTo(2);
    assertThat(keys())
        .containsExactlyInAnyOrder(
            "user:1", "User:1:name", "user:2", "\u00fcser:1:a", 1, 2L, List.of("user:1:", "b"));
    assertThat(removal.removeAll("\u00fc")).isEqualTo(1);
    assertThat(removal.removeAll("User:1:name")).isEqualTo(1);
    assertThat(removal.removeAll("absent")).isZero();
    put(tail, tail + "y");
    assertThat(removal.removeAll(tail)).isEqualTo(2);
  }

  @Test
  void keysOfSeveralSegments() {
    put(List.of("user", 1, "name"), List.of("user", 1), List.of("user", 2), List.of("user"));
    put(new String[] {"user", "a"}, new String[] {"other", "a"}, "user");
    assertThat(removal.removeAll(List.of("user", 1))).isEqualTo(2);
    assertThat(removal.removeAll(List.of("user"))).isEqualTo(3);
    assertThat(cache.containsKey(new String[] {"other", "a"})).isTrue();
    assertThat(cache.containsKey("user")).isTrue();
    assertThat(keys()).hasSize(2);
  }

  @Test
  void moreThanABatchAndListenersHearOfEach() {
    List<Object> heard = new ArrayList<>();
    CacheEntryRemovedListener<Object, String> listener =
        events -> events.forEach(event -> heard.add(event.getKey()));
    for (int i = 0; i < 1_200; i++) {
      put("a" + i);
    }
    put("b");
    assertThat(removal.removeAll("a1")).isEqualTo(311);
    cache.registerCacheEntryListener(
        new MutableCacheEntryListenerConfiguration<>(
            new FactoryBuilder.SingletonFactory<>(listener), null, true, true));
    assertThat(removal.removeAll("a2")).isEqualTo(111);
    assertThat(heard).hasSize(111);
    assertThat(removal.removeAll("a")).isEqualTo(1_200 - 311 - 111);
    assertThat(keys()).containsExactly("b");
  }

  @Test
  void anEmptyPrefixIsRefused() {
    put("a");
    assertThatThrownBy(() -> removal.removeAll(""))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("removeAll()");
    assertThatThrownBy(() -> removal.removeAll(List.of()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(keys()).containsExactly("a");
    cache.close();
    assertThatThrownBy(() -> removal.removeAll("a")).isInstanceOf(IllegalStateException.class);
  }
}
