package io.persidict.jcache;

import static org.assertj.core.api.Assertions.assertThat;

import io.persidict.InteropTest;
import io.persidict.InteropTest.Entry;
import io.persidict.key.DictKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.configuration.MutableConfiguration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The stores that two versions of the Python original wrote, as caches. */
final class PlainInteropTest {
  private static final int ENTRIES = 284;

  @TempDir Path stores;
  @TempDir Path copies;

  private PersiDictCachingProvider provider = new PersiDictCachingProvider();

  @BeforeEach
  void unpack() throws Exception {
    InteropTest.unpack(stores);
  }

  @AfterEach
  void close() {
    provider.close();
  }

  /** Each store with its entries, by its place. */
  private static Map<Path, List<Entry>> byStore() throws Exception {
    return InteropTest.manifests().stream()
        .collect(
            Collectors.groupingBy(
                entry -> Path.of(entry.version(), entry.store()),
                TreeMap::new,
                Collectors.toList()));
  }

  @SuppressWarnings({"unchecked", "rawtypes"})
  private Cache<DictKey, Object> open(Path root, Path store, Entry entry) {
    Properties settings = new Properties();
    settings.setProperty("persidict.layout", "plain");
    settings.setProperty("persidict.memory.max-entries", "100");
    settings.setProperty("persidict.format", entry.format());
    settings.setProperty("persidict.digest-length", String.valueOf(entry.digestLength()));
    Class<?> values = Set.of("json", "pkl").contains(entry.format()) ? Object.class : String.class;
    provider.close();
    provider = new PersiDictCachingProvider();
    return provider
        .getCacheManager(root.resolve(store).getParent().toUri(), null, settings)
        .createCache(
            store.getFileName().toString(),
            new MutableConfiguration<DictKey, Object>().setTypes(DictKey.class, (Class) values));
  }

  /** The stores of several formats in one place are one cache each, in turn. */
  private static Map<String, List<Entry>> byFormat(List<Entry> entries) {
    return entries.stream()
        .collect(Collectors.groupingBy(Entry::format, TreeMap::new, Collectors.toList()));
  }

  @Test
  void allThatTheOriginalWroteIsRead() throws Exception {
    int read = 0;
    for (Map.Entry<Path, List<Entry>> store : byStore().entrySet()) {
      for (List<Entry> entries : byFormat(store.getValue()).values()) {
        Cache<DictKey, Object> cache = open(stores, store.getKey(), entries.get(0));
        Map<DictKey, Object> all = new HashMap<>();
        cache.forEach(entry -> all.put(entry.getKey(), entry.getValue()));
        assertThat(all.keySet())
            .as(store.getKey() + " " + entries.get(0).format())
            .containsExactlyInAnyOrderElementsOf(entries.stream().map(Entry::key).toList());
        for (Entry entry : entries) {
          InteropTest.requireValue(all.get(entry.key()), entry);
          InteropTest.requireValue(cache.get(entry.key()), entry);
          read++;
        }
        Files.delete(stores.resolve(store.getKey()).resolve(".__cache__"));
      }
    }
    assertThat(read).isEqualTo(ENTRIES);
  }

  /** The same names, and the same bytes where the text of a value is not a matter of choice. */
  @Test
  void whatIsPutIsStoredAsTheOriginalStoresIt() throws Exception {
    int same = 0;
    int put = 0;
    for (Map.Entry<Path, List<Entry>> store : byStore().entrySet()) {
      for (List<Entry> entries : byFormat(store.getValue()).values()) {
        Cache<DictKey, Object> theirs = open(stores, store.getKey(), entries.get(0));
        Map<DictKey, Object> all = theirs.getAll(keys(entries));
        Files.delete(stores.resolve(store.getKey()).resolve(".__cache__"));
        Cache<DictKey, Object> ours = open(copies, store.getKey(), entries.get(0));
        ours.putAll(all);
        Files.delete(copies.resolve(store.getKey()).resolve(".__cache__"));
        for (Entry entry : entries) {
          Path file = store.getKey().resolve(entry.file());
          boolean isSame = Files.mismatch(stores.resolve(file), copies.resolve(file)) < 0;
          boolean isTuple = entry.key().equals(DictKey.of("tuple")); // comes back as a list
          assertThat(isSame || entry.format().equals("pkl") || isTuple)
              .as(file.toString())
              .isTrue();
          same += isSame ? 1 : 0;
          put++;
        }
      }
    }
    assertThat(put).isEqualTo(ENTRIES);
    assertThat(names(copies)).isEqualTo(names(stores));
    System.out.printf("%d of %d entries are stored byte for byte as the original did%n", same, put);
  }

  private static Set<DictKey> keys(List<Entry> entries) {
    return entries.stream().map(Entry::key).collect(Collectors.toSet());
  }

  private static Set<String> names(Path root) {
    try (Stream<Path> files = Files.walk(root)) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> root.relativize(file).toString())
          .filter(name -> !name.contains(".__"))
          .collect(Collectors.toSet());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
