package io.persidict.jcache;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.integration.CacheLoader;
import javax.cache.integration.CompletionListenerFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every method of a cache, with keys and values that the caller changes as soon as it has returned.
 * The cache keeps what they were.
 */
final class StoreByValueTableTest {
  @TempDir Path directory;

  private final PersiDictCachingProvider provider = new PersiDictCachingProvider();

  @AfterEach
  void close() {
    provider.close();
  }

  /** A method that may be given {@code key} and {@code value}; what it returns is changed, too. */
  private interface Method {
    Object call(Cache<Object, Object> cache, Object key, Object value) throws Exception;
  }

  /**
   * @param before whether there is an entry with the value {@code old} before
   * @param after the value afterwards; null if there is no entry then
   */
  private record Row(boolean before, String after, Method method) {}

  private static final Map<String, Row> ROWS =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("get", new Row(true, "old", (cache, key, value) -> cache.get(key))),
              Map.entry("get, loading", new Row(false, "loaded", (cache, k, v) -> cache.get(k))),
              Map.entry(
                  "getAll",
                  new Row(true, "old", (cache, key, value) -> any(cache.getAll(Set.of(key))))),
              Map.entry(
                  "getAll, loading",
                  new Row(false, "loaded", (cache, key, value) -> any(cache.getAll(Set.of(key))))),
              Map.entry("containsKey", new Row(true, "old", (cache, k, v) -> cache.containsKey(k))),
              Map.entry("loadAll", new Row(false, "loaded", (c, k, v) -> loadAll(c, k, false))),
              Map.entry(
                  "loadAll, replacing", new Row(true, "loaded", (c, k, v) -> loadAll(c, k, true))),
              Map.entry("put", new Row(true, "new", (cache, k, v) -> put(cache, k, v))),
              Map.entry("getAndPut", new Row(true, "new", Cache::getAndPut)),
              Map.entry("putAll", new Row(false, "new", (cache, k, v) -> putAll(cache, k, v))),
              Map.entry("putIfAbsent", new Row(false, "new", Cache::putIfAbsent)),
              Map.entry("putIfAbsent, present", new Row(true, "old", Cache::putIfAbsent)),
              Map.entry("replace", new Row(true, "new", Cache::replace)),
              Map.entry(
                  "replace equal",
                  new Row(true, "new", (c, k, v) -> c.replace(k, bytes("old"), v))),
              Map.entry("getAndReplace", new Row(true, "new", Cache::getAndReplace)),
              Map.entry("remove", new Row(true, null, (cache, key, value) -> cache.remove(key))),
              Map.entry(
                  "remove equal", new Row(true, null, (c, k, v) -> c.remove(k, bytes("old")))),
              Map.entry(
                  "getAndRemove", new Row(true, null, (cache, k, v) -> cache.getAndRemove(k))),
              Map.entry("removeAll", new Row(true, null, (cache, k, v) -> removeAll(cache, k))),
              Map.entry("invoke", new Row(true, "new", StoreByValueTableTest::invoke)),
              Map.entry(
                  "invoke, reading",
                  new Row(true, "old", (c, k, v) -> c.invoke(k, (e, a) -> e.getValue()))),
              Map.entry("iterator", new Row(true, "old", (cache, k, v) -> iterate(cache, false))),
              Map.entry("iterator, removing", new Row(true, null, (c, k, v) -> iterate(c, true)))));

  private static Object any(Map<Object, Object> found) {
    return found.values().iterator().next();
  }

  private static Object loadAll(Cache<Object, Object> cache, Object key, boolean replace)
      throws Exception {
    CompletionListenerFuture loaded = new CompletionListenerFuture();
    cache.loadAll(Set.of(key), replace, loaded);
    change(key); // while it may not even have begun
    return loaded.get(30, TimeUnit.SECONDS);
  }

  private static Object put(Cache<Object, Object> cache, Object key, Object value) {
    cache.put(key, value);
    return null;
  }

  private static Object putAll(Cache<Object, Object> cache, Object key, Object value) {
    Map<Object, Object> map = new HashMap<>();
    map.put(key, value);
    cache.putAll(map);
    return null;
  }

  private static Object removeAll(Cache<Object, Object> cache, Object key) {
    cache.removeAll(Set.of(key));
    return null;
  }

  private static Object invoke(Cache<Object, Object> cache, Object key, Object value) {
    return cache.invoke(
        key,
        (entry, arguments) -> {
          Object old = entry.getValue();
          entry.setValue(arguments[0]);
          return old;
        },
        value);
  }

  private static Object iterate(Cache<Object, Object> cache, boolean removing) {
    Iterator<Cache.Entry<Object, Object>> entries = cache.iterator();
    Cache.Entry<Object, Object> entry = entries.next();
    change(entry.getKey());
    if (removing) {
      entries.remove();
    }
    return entry.getValue();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  /**
   * Every way in which a key or value may be given: as bytes, a list of bytes, or text in a list.
   */
  private static void change(Object object) {
    if (object instanceof byte[] bytes) {
      bytes[0]++;
    } else if (object instanceof List<?> list && !list.isEmpty()) {
      if (list.get(0) instanceof byte[] bytes) {
        bytes[0]++;
      } else {
        list.clear();
      }
    }
  }

  private static Object key(String kind) {
    return switch (kind) {
      case "bytes" -> bytes("key");
      case "list of bytes" -> new ArrayList<>(List.of(bytes("key")));
      default -> new ArrayList<>(List.of("key"));
    };
  }

  private static final CacheLoader<Object, Object> LOADER =
      new CacheLoader<>() {
        @Override
        public Object load(Object key) {
          return bytes("loaded");
        }

        @Override
        public Map<Object, Object> loadAll(Iterable<?> keys) {
          Map<Object, Object> loaded = new HashMap<>();
          keys.forEach(key -> loaded.put(key, load(key)));
          return loaded;
        }
      };

  @TestFactory
  Stream<DynamicTest> everyMethodKeepsWhatWas() {
    List<DynamicTest> tests = new ArrayList<>();
    for (String memory : List.of("none", "checked", "unchecked")) {
      for (String kind : List.of("bytes", "list of bytes", "list of text")) {
        ROWS.forEach(
            (name, row) ->
                tests.add(
                    dynamicTest(
                        name + ", key is " + kind + ", memory " + memory,
                        () -> check(tests.size() + name + kind + memory, row, kind, memory))));
      }
    }
    return tests.stream();
  }

  private void check(String name, Row row, String kind, String memory) throws Exception {
    Properties settings = new Properties();
    if (!memory.equals("none")) {
      settings.setProperty("persidict.memory.max-entries", "10");
      settings.setProperty("persidict.memory.coherence", memory);
    }
    CacheManager manager =
        provider.getCacheManager(directory.resolve(memory).toUri(), null, settings);
    Cache<Object, Object> cache =
        manager.createCache(
            name,
            new MutableConfiguration<>().setReadThrough(true).setCacheLoaderFactory(() -> LOADER));
    if (row.before) {
      cache.put(key(kind), bytes("old"));
      assertThat(cache.get(key(kind))).isEqualTo(bytes("old"));
    }
    Object key = key(kind);
    Object value = bytes("new");
    Object returned = row.method.call(cache, key, value);
    change(key);
    change(value);
    change(returned);
    assertThat(cache.containsKey(key)).as("under the changed key").isFalse();
    assertThat(cache.containsKey(key(kind))).isEqualTo(row.after != null);
    if (row.after != null) {
      for (int i = 0; i < 2; i++) {
        byte[] stored = (byte[]) cache.get(key(kind));
        assertThat(stored).isEqualTo(bytes(row.after));
        change(stored);
      }
    }
    manager.destroyCache(name);
  }
}
