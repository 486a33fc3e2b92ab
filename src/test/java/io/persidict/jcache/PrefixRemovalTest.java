package io.persidict.jcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.persidict.extra.PrefixRemoval;
import io.persidict.extra.TimedPuts;
import io.persidict.key.DictKey;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.cache.Cache;
import javax.cache.configuration.FactoryBuilder;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.event.CacheEntryRemovedListener;
import javax.cache.integration.CacheWriter;
import javax.cache.integration.CacheWriterException;
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

  @Test
  void arraysOfAnyKindHaveSegments() {
    put(new int[] {1, 2}, new int[] {1, 3}, new int[] {2, 1}, new Object[] {1, "a"}, List.of(1));
    put(new char[] {'a', 'b'}, new boolean[] {true});
    assertThat(removal.removeAll(List.of(1))).isEqualTo(4);
    assertThat(removal.removeAll(List.of('a'))).isEqualTo(1);
    assertThat(removal.removeAll(List.of(true))).isEqualTo(1);
    assertThat(keys()).hasSize(1);
  }

  @Test
  void whatIsOverIsNotCounted() {
    @SuppressWarnings("unchecked")
    TimedPuts<Object, String> timed = cache.unwrap(TimedPuts.class);
    timed.put("a1", "v", Duration.ofMillis(1));
    put("a2");
    await().until(() -> !cache.containsKey("a1"));
    timed.put("a1", "v", Duration.ofMillis(1));
    await().pollInterval(Duration.ofMillis(5)).until(() -> !cache.containsKey("a1"));
    assertThat(removal.removeAll("a")).isEqualTo(1);
  }

  private Cache<Object, String> plain(Class<?> keyType) {
    Properties settings = new Properties();
    settings.setProperty("persidict.layout", "plain");
    settings.setProperty("persidict.format", "txt");
    @SuppressWarnings("unchecked")
    MutableConfiguration<Object, String> configuration =
        new MutableConfiguration<Object, String>().setTypes((Class<Object>) keyType, String.class);
    return provider
        .getCacheManager(directory.resolve("plain").toUri(), null, settings)
        .createCache("c", configuration);
  }

  @Test
  void ofPlainStrings() {
    Cache<Object, String> plain = plain(String.class);
    for (String key : List.of("a", "ab", "abc", "b", "h-ab")) {
      plain.put(key, "v");
    }
    assertThat(plain.unwrap(PrefixRemoval.class).removeAll("ab")).isEqualTo(2);
    assertThat(plain).hasSize(3);
    assertThat(plain.unwrap(PrefixRemoval.class).removeAll("h")).isEqualTo(1);
  }

  @Test
  void ofPlainDictKeys() {
    Cache<Object, String> plain = plain(DictKey.class);
    plain.put(DictKey.of("user", "a"), "v");
    plain.put(DictKey.of("other", "a"), "v");
    assertThat(plain.unwrap(PrefixRemoval.class).removeAll(List.of("user"))).isEqualTo(1);
    assertThat(plain).hasSize(1);
  }

  @Test
  void ofPlainKeysOfSeveralSegments() {
    Cache<Object, String> plain = plain(String[].class);
    plain.put(new String[] {"user", "a"}, "v");
    plain.put(new String[] {"user", "b", "c"}, "v");
    plain.put(new String[] {"other"}, "v");
    assertThat(plain.unwrap(PrefixRemoval.class).removeAll("user")).isZero();
    assertThat(plain.unwrap(PrefixRemoval.class).removeAll(List.of("user"))).isEqualTo(2);
    assertThat(plain).hasSize(1);
  }

  @Test
  void theRestIsRemovedWhereAWriterRefusesOne() {
    CacheWriter<Object, String> writer =
        new CacheWriter<>() {
          @Override
          public void write(Cache.Entry<? extends Object, ? extends String> entry) {}

          @Override
          public void writeAll(
              java.util.Collection<Cache.Entry<? extends Object, ? extends String>> entries) {}

          @Override
          public void delete(Object key) {
            if (key.equals("a2")) {
              throw new IllegalStateException("not this one");
            }
          }

          @Override
          public void deleteAll(java.util.Collection<?> keys) {
            for (Object key : List.copyOf(keys)) {
              if (!key.equals("a2")) {
                keys.remove(key);
              }
            }
            if (!keys.isEmpty()) {
              throw new IllegalStateException("not this one");
            }
          }
        };
    Cache<Object, String> written =
        provider
            .getCacheManager(directory.toUri(), null)
            .createCache(
                "written",
                new MutableConfiguration<Object, String>()
                    .setWriteThrough(true)
                    .setCacheWriterFactory(new FactoryBuilder.SingletonFactory<>(writer)));
    for (String key : List.of("a1", "a2", "a3", "b")) {
      written.put(key, "v");
    }
    assertThatThrownBy(() -> written.unwrap(PrefixRemoval.class).removeAll("a"))
        .isInstanceOf(CacheWriterException.class);
    List<Object> left = new ArrayList<>();
    written.forEach(entry -> left.add(entry.getKey()));
    assertThat(left).containsExactlyInAnyOrder("a2", "b");
  }

  @Test
  void aBatchOfWhichTheWriterRefusesOneKeepsNoOtherFromGoing() {
    AtomicInteger batches = new AtomicInteger();
    CacheWriter<Object, String> writer =
        new CacheWriter<>() {
          @Override
          public void write(Cache.Entry<? extends Object, ? extends String> entry) {}

          @Override
          public void writeAll(
              java.util.Collection<Cache.Entry<? extends Object, ? extends String>> entries) {}

          @Override
          public void delete(Object key) {}

          @Override
          public void deleteAll(java.util.Collection<?> keys) {
            if (batches.incrementAndGet() == 1) {
              keys.retainAll(List.of(keys.iterator().next()));
              throw new IllegalStateException("not this one");
            }
            keys.clear();
          }
        };
    Cache<Object, String> written =
        provider
            .getCacheManager(directory.toUri(), null)
            .createCache(
                "written",
                new MutableConfiguration<Object, String>()
                    .setWriteThrough(true)
                    .setCacheWriterFactory(new FactoryBuilder.SingletonFactory<>(writer)));
    for (int i = 0; i < 1_100; i++) {
      written.put("a" + i, "v");
    }
    assertThatThrownBy(() -> written.unwrap(PrefixRemoval.class).removeAll("a"))
        .isInstanceOf(CacheWriterException.class);
    assertThat(batches).hasValue(2);
    assertThat(written).hasSize(1);
  }

  @Test
  void besideWritersEveryEntryThatWasThereGoes() throws Exception {
    for (int i = 0; i < 300; i++) {
      put("a" + i);
    }
    AtomicBoolean goesOn = new AtomicBoolean(true);
    CompletableFuture<Void> writer =
        CompletableFuture.runAsync(
            () -> {
              for (int i = 0; goesOn.get(); i++) {
                cache.put("a-new" + i % 50, "v");
                cache.put("b" + i % 50, "v");
                cache.remove("b" + (i + 25) % 50);
              }
            });
    removal.removeAll("a");
    goesOn.set(false);
    writer.get();
    assertThat(keys()).noneMatch(key -> key.toString().matches("a[0-9]+"));
    assertThat(keys()).anyMatch(key -> key.toString().startsWith("b"));
  }
}
