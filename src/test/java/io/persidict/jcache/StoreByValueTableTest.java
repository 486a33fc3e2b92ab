package io.persidict.jcache;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.event.CacheEntryCreatedListener;
import javax.cache.event.CacheEntryEvent;
import javax.cache.event.CacheEntryRemovedListener;
import javax.cache.event.CacheEntryUpdatedListener;
import javax.cache.integration.CacheLoader;
import javax.cache.integration.CacheWriter;
import javax.cache.integration.CompletionListenerFuture;
import javax.cache.processor.MutableEntry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every method of a cache, with keys and values that the caller changes as soon as it has returned,
 * or that loaders, writers, listeners and processors change which it is told to. The cache keeps,
 * and tells the next one, what they were.
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
              Map.entry("removeAll of all", new Row(true, null, (cache, k, v) -> removeAll(cache))),
              Map.entry("clear", new Row(true, null, (cache, k, v) -> clear(cache))),
              Map.entry("invokeAll", new Row(true, "new", StoreByValueTableTest::invokeAll)),
              Map.entry("invoke", new Row(true, "new", StoreByValueTableTest::invoke)),
              Map.entry(
                  "invoke, reading",
                  new Row(true, "old", (c, k, v) -> c.invoke(k, (e, a) -> e.getValue()))),
              Map.entry(
                  "invoke, changing what was found",
                  new Row(true, "old", (c, k, v) -> c.invoke(k, StoreByValueTableTest::spoil))),
              Map.entry(
                  "invoke, changing what was loaded",
                  new Row(false, "loaded", (c, k, v) -> c.invoke(k, StoreByValueTableTest::spoil))),
              Map.entry("invoke, removing", new Row(true, null, StoreByValueTableTest::discard)),
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
    return loaded.get(5, TimeUnit.MINUTES);
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

  private static Object removeAll(Cache<Object, Object> cache) {
    cache.removeAll();
    return null;
  }

  private static Object clear(Cache<Object, Object> cache) {
    cache.clear();
    return null;
  }

  private static Object invoke(Cache<Object, Object> cache, Object key, Object value) {
    return cache.invoke(key, StoreByValueTableTest::exchange, value);
  }

  private static Object invokeAll(Cache<Object, Object> cache, Object key, Object value) {
    return cache.invokeAll(Set.of(key), StoreByValueTableTest::exchange, value).get(key).get();
  }

  private static Object exchange(MutableEntry<Object, Object> entry, Object... arguments) {
    Object old = entry.getValue();
    change(old);
    entry.setValue(arguments[0]);
    change(entry.getKey());
    return old;
  }

  private static Object spoil(MutableEntry<Object, Object> entry, Object... arguments) {
    Object value = entry.getValue();
    change(value);
    assertThat(entry.getValue()).isSameAs(value);
    return value;
  }

  private static Object discard(Cache<Object, Object> cache, Object key, Object value) {
    return cache.invoke(
        key,
        (entry, arguments) -> {
          change(entry.getValue());
          entry.remove();
          return null;
        });
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

  /** Writes down what it is told, and changes it. */
  private static final class Others
      implements CacheLoader<Object, Object>,
          CacheWriter<Object, Object>,
          CacheEntryCreatedListener<Object, Object>,
          CacheEntryUpdatedListener<Object, Object>,
          CacheEntryRemovedListener<Object, Object> {
    final List<String> told = new CopyOnWriteArrayList<>();

    private void tell(Object key, Object... values) {
      told.add(text(key));
      change(key);
      Stream.of(values).forEach(StoreByValueTableTest::change);
    }

    private void tell(Iterable<CacheEntryEvent<?, ?>> events) {
      for (CacheEntryEvent<?, ?> event : events) {
        assertThat(text(event.getValue())).isIn("old", "new", "loaded");
        tell(event.getKey(), event.getValue());
        if (event.isOldValueAvailable()) {
          assertThat(text(event.getOldValue())).isEqualTo("old");
          change(event.getOldValue());
        }
      }
    }

    @Override
    public Object load(Object key) {
      tell(key);
      return bytes("loaded");
    }

    @Override
    public Map<Object, Object> loadAll(Iterable<?> keys) {
      Map<Object, Object> loaded = new HashMap<>();
      for (Object key : keys) {
        Object own = key instanceof byte[] bytes ? bytes.clone() : copy((List<?>) key);
        loaded.put(own, load(key));
      }
      return loaded;
    }

    private static List<Object> copy(List<?> list) {
      return new ArrayList<>(
          list.stream()
              .map(element -> element instanceof byte[] bytes ? bytes.clone() : element)
              .toList());
    }

    @Override
    public void write(Cache.Entry<?, ?> entry) {
      tell(entry.getKey(), entry.getValue());
    }

    @Override
    public void writeAll(Collection<Cache.Entry<?, ?>> entries) {
      entries.forEach(this::write);
      entries.clear();
    }

    @Override
    public void delete(Object key) {
      tell(key);
    }

    @Override
    public void deleteAll(Collection<?> keys) {
      keys.forEach(this::delete);
      keys.clear();
    }

    @Override
    public void onCreated(Iterable<CacheEntryEvent<?, ?>> events) {
      tell(events);
    }

    @Override
    public void onUpdated(Iterable<CacheEntryEvent<?, ?>> events) {
      tell(events);
    }

    @Override
    public void onRemoved(Iterable<CacheEntryEvent<?, ?>> events) {
      tell(events);
    }

    MutableConfiguration<Object, Object> configuration() {
      MutableConfiguration<Object, Object> configuration =
          new MutableConfiguration<>()
              .setReadThrough(true)
              .setCacheLoaderFactory(() -> this)
              .setWriteThrough(true)
              .setCacheWriterFactory(() -> this);
      for (int i = 0; i < 2; i++) {
        configuration.addCacheEntryListenerConfiguration(
            new MutableCacheEntryListenerConfiguration<>(() -> this, null, true, true));
      }
      return configuration;
    }
  }

  private static String text(Object object) {
    return object instanceof byte[] bytes
        ? new String(bytes, UTF_8)
        : object instanceof List<?> list && list.size() == 1 ? text(list.get(0)) : object + "";
  }

  @TestFactory
  Stream<DynamicTest> everyMethodKeepsWhatWasWhateverOthersChange() {
    List<DynamicTest> tests = new ArrayList<>();
    for (String kind : List.of("bytes", "list of bytes", "list of text")) {
      ROWS.forEach(
          (name, row) -> {
            Others others = new Others();
            tests.add(
                dynamicTest(
                    name + ", key is " + kind,
                    () -> {
                      check("o" + tests.size() + name + kind, row, kind, others.configuration());
                      assertThat(others.told).isNotEmpty().containsOnly("key");
                    }));
          });
    }
    return tests.stream();
  }

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
    check(
        name,
        row,
        kind,
        memory,
        new MutableConfiguration<>().setReadThrough(true).setCacheLoaderFactory(() -> LOADER));
  }

  private void check(
      String name, Row row, String kind, MutableConfiguration<Object, Object> configuration)
      throws Exception {
    check(name, row, kind, "none", configuration);
  }

  private void check(
      String name,
      Row row,
      String kind,
      String memory,
      MutableConfiguration<Object, Object> configuration)
      throws Exception {
    Properties settings = new Properties();
    if (!memory.equals("none")) {
      settings.setProperty("persidict.memory.max-entries", "10");
      settings.setProperty("persidict.memory.coherence", memory);
    }
    CacheManager manager =
        provider.getCacheManager(directory.resolve(memory).toUri(), null, settings);
    Cache<Object, Object> cache = manager.createCache(name, configuration);
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
