package io.persidict.jcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.persidict.FileDirDict;
import io.persidict.PersiDict;
import io.persidict.key.DictKey;
import io.persidict.metrics.CacheCounters;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.Duration;
import javax.cache.expiry.ModifiedExpiryPolicy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Caches of bare values in files, shared with programs that know nothing of caches. */
final class PlainCacheTest {
  @TempDir Path directory;

  private final PersiDictCachingProvider provider = new PersiDictCachingProvider();

  @AfterEach
  void close() {
    provider.close();
  }

  private CacheManager manager(String... settings) {
    Properties properties = new Properties();
    properties.setProperty("persidict.layout", "plain");
    for (int i = 0; i < settings.length; i += 2) {
      properties.setProperty("persidict." + settings[i], settings[i + 1]);
    }
    return provider.getCacheManager(directory.toUri(), null, properties);
  }

  private static <K> MutableConfiguration<K, Object> keys(Class<K> type) {
    return new MutableConfiguration<K, Object>().setTypes(type, Object.class);
  }

  private <K> Cache<K, Object> open(Class<K> keyType, String... settings) {
    return manager(settings).createCache("c", keys(keyType));
  }

  /** The dictionary of the same entries, as any program may open it. */
  private PersiDict<Object> dictionary(String format) {
    return FileDirDict.at(directory.resolve("c")).format(format).open(Object.class);
  }

  private Path file(String name) {
    return directory.resolve("c").resolve(name);
  }

  // ---- files

  @Test
  void anEntryIsItsValueAndNothingElse() throws Exception {
    Map<String, Object> value = new LinkedHashMap<>();
    value.put("score", 0.93);
    value.put("tags", List.of("ä", 1L));
    open(String.class).put("Key", value);
    assertThat(Files.readString(file("Key_rfzvnfkm.json")))
        .isEqualTo(
            """
            {
                "score": 0.93,
                "tags": [
                    "\\u00e4",
                    1
                ]
            }\
            """);
    try (PersiDict<Object> dict = dictionary("json");
        Stream<DictKey> keys = dict.keys()) {
      assertThat(dict.get(DictKey.of("Key"))).contains(value);
      assertThat(keys).containsExactly(DictKey.of("Key"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"json", "pkl"})
  void theCacheAndTheDictionaryAreOne(String format) {
    Cache<String, Object> cache = open(String.class, "format", format, "memory.max-entries", "9");
    try (PersiDict<Object> dict = dictionary(format)) {
      dict.put(DictKey.of("k"), List.of(1L, "two"));
      assertThat(cache.get("k")).isEqualTo(List.of(1L, "two"));
      assertThat(cache.putIfAbsent("k", "other")).isFalse();
      assertThat(cache.replace("k", List.of(1L, "two"), "three")).isTrue();
      assertThat(dict.get(DictKey.of("k"))).contains("three");
      dict.put(DictKey.of("k"), "four!");
      assertThat(cache.get("k")).isEqualTo("four!");
      assertThat(cache.remove("k", "three")).isFalse();
      dict.remove(DictKey.of("k"));
      assertThat(cache.containsKey("k")).isFalse();
      assertThat(cache.get("k")).isNull();
    }
  }

  @Test
  void textIsText() throws Exception {
    Cache<String, String> cache =
        manager("format", "txt", "digest-length", "0")
            .createCache(
                "c",
                new MutableConfiguration<String, String>().setTypes(String.class, String.class));
    cache.put("k", "größer\n");
    assertThat(file("k.txt")).hasContent("größer\n");
    Files.writeString(file("empty.txt"), "");
    assertThat(cache.get("empty")).isEmpty();
  }

  @Test
  void whatIsKeptBesideTheEntriesIsNoEntryToOthers() {
    Cache<String, Object> cache = open(String.class);
    cache.put("k", "v");
    try (Stream<Path> files = Files.list(directory.resolve("c"))) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("k_rtslc2zc.json", ".__cache__");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  // ---- keys

  @Test
  void keysOfSeveralSegmentsLieInDirectories() {
    Cache<String[], Object> cache = open(String[].class);
    cache.put(new String[] {"sub", "Key"}, 1L);
    cache.put(new String[] {"flat"}, 2L);
    assertThat(file("sub_rjunypus/Key_rfzvnfkm.json")).hasContent("1");
    assertThat(cache.get(new String[] {"sub", "Key"})).isEqualTo(1L);
    assertThat(cache.getAndRemove(new String[] {"flat"})).isEqualTo(2L);
    Set<List<String>> found = new TreeSet<>((a, b) -> a.toString().compareTo(b.toString()));
    cache.forEach(entry -> found.add(Arrays.asList(entry.getKey())));
    assertThat(found).containsExactly(List.of("sub", "Key"));
    cache.clear();
    assertThat(cache).isEmpty();
    assertThat(file("sub_rjunypus")).doesNotExist();
  }

  @Test
  void aCacheOfStringsLeavesDirectoriesAlone() {
    try (PersiDict<Object> dict = dictionary("json")) {
      dict.put(DictKey.of("sub", "k"), 1L);
      Cache<String, Object> cache = open(String.class);
      cache.put("k", 2L);
      assertThat(cache).hasSize(1);
      cache.clear();
      cache.removeAll();
      assertThat(cache).isEmpty();
      assertThat(dict.get(DictKey.of("sub", "k"))).contains(1L);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "a b, ' '",
    "a/b, '/'",
    "ü, U+00FC",
    "'', is empty",
    ".., means a directory",
    "Key_rfzvnfkm, ends with its digest"
  })
  void aKeyThatIsNoNameIsRefused(String key, String why) {
    Cache<String, Object> cache = open(String.class);
    for (Runnable call :
        List.<Runnable>of(
            () -> cache.put(key, 1L), () -> cache.get(key), () -> cache.remove(key))) {
      assertThatExceptionOfType(CacheException.class)
          .isThrownBy(call::run)
          .withMessageContaining(why);
    }
    assertThat(cache).isEmpty();
  }

  @Test
  void aKeyOfWhichASegmentIsMissingIsRefused() {
    Cache<String[], Object> cache = open(String[].class);
    for (String[] key : new String[][] {{"a", null}, {null}, {}}) {
      assertThatExceptionOfType(CacheException.class)
          .isThrownBy(() -> cache.put(key, 1L))
          .withMessageContaining("in layout entry all keys are allowed");
    }
    assertThat(cache).isEmpty();
  }

  @Test
  void keysOfNoTypeAreStrings() {
    Cache<Object, Object> cache = open(Object.class);
    cache.put("k", 1L);
    assertThat(cache.get("k")).isEqualTo(1L);
    assertThat(cache.iterator().next().getKey()).isEqualTo("k");
    for (Object key : List.of(1, DictKey.of("k"), List.of("k"))) {
      assertThatExceptionOfType(CacheException.class)
          .isThrownBy(() -> cache.get(key))
          .withMessageContaining(key.getClass().getName())
          .withMessageContaining("java.lang.String");
    }
  }

  @Test
  void keysThatTheCallerChangesAreCopied() {
    Cache<String[], Object> cache = open(String[].class, "memory.max-entries", "9");
    String[] key = {"a", "b"};
    cache.put(key, 1L);
    key[1] = "c";
    assertThat(cache.get(key)).isNull();
    assertThat(cache.get(new String[] {"a", "b"})).isEqualTo(1L);
  }

  // ---- expiry

  private static final Duration HOUR = Duration.ONE_HOUR;

  private static void age(Path file, int minutes) throws IOException {
    Instant then = Instant.now().minusSeconds(60L * minutes);
    Files.setLastModifiedTime(file, FileTime.from(then));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anEntryExpiresByItsFilesTime(boolean inMemory) throws Exception {
    Cache<String, Object> cache =
        (inMemory ? manager("memory.max-entries", "9") : manager())
            .createCache(
                "c",
                keys(String.class).setExpiryPolicyFactory(ModifiedExpiryPolicy.factoryOf(HOUR)));
    Path file = file("k_rtslc2zc.json");
    cache.put("k", 1L);
    age(file, 59);
    assertThat(cache.get("k")).isEqualTo(1L);
    assertThat(cache.get("k")).isEqualTo(1L);
    age(file, 61);
    assertThat(cache.containsKey("k")).isFalse();
    assertThat(file).exists();
    assertThat(cache.get("k")).isNull();
    assertThat(file).doesNotExist();
    cache.put("k", 1L);
    age(file, 61);
    assertThat(cache.putIfAbsent("k", 2L)).isTrue();
    assertThat(cache.get("k")).isEqualTo(2L);
    age(file, 61);
    assertThat(cache).isEmpty();
  }

  @Test
  void anEntryExpiresByItsFilesTimeAlsoWhereNoOthersWrite() throws Exception {
    CacheManager manager = manager("memory.max-entries", "9", "foreign-writers", "false");
    MutableConfiguration<String, Object> configuration =
        keys(String.class).setExpiryPolicyFactory(ModifiedExpiryPolicy.factoryOf(HOUR));
    for (int minutes : new int[] {59, 61}) {
      Cache<String, Object> writer = manager.createCache("c", configuration);
      writer.put("k", 1L);
      age(file("k_rtslc2zc.json"), minutes);
      writer.close();
      Cache<String, Object> reader = manager.createCache("c", configuration);
      Object expected = minutes < 60 ? 1L : null;
      assertThat(reader.get("k")).isEqualTo(expected);
      assertThat(reader.get("k")).isEqualTo(expected);
      reader.close();
    }
  }

  @Test
  void aLifeOfAnyLengthIsOne() {
    Cache<String, Object> cache =
        manager()
            .createCache(
                "c",
                keys(String.class)
                    .setExpiryPolicyFactory(
                        ModifiedExpiryPolicy.factoryOf(
                            new Duration(TimeUnit.MILLISECONDS, Long.MAX_VALUE - 1))));
    cache.put("k", 1L);
    assertThat(cache.get("k")).isEqualTo(1L);
  }

  @Test
  void whatOthersWroteAgainHasNotExpired() throws Exception {
    Cache<String, Object> cache =
        manager("memory.max-entries", "9")
            .createCache(
                "c",
                keys(String.class).setExpiryPolicyFactory(ModifiedExpiryPolicy.factoryOf(HOUR)));
    cache.put("k", 1L);
    age(file("k_rtslc2zc.json"), 59);
    assertThat(cache.get("k")).isEqualTo(1L);
    try (PersiDict<Object> dict = dictionary("json")) {
      dict.put(DictKey.of("k"), 1L);
    }
    assertThat(cache.get("k")).isEqualTo(1L);
    assertThat(cache.putIfAbsent("k", 2L)).isFalse();
  }

  @Test
  void aTimeBeyondAllTimesIsOne() throws Exception {
    Cache<String, Object> cache =
        manager()
            .createCache(
                "c",
                keys(String.class).setExpiryPolicyFactory(ModifiedExpiryPolicy.factoryOf(HOUR)));
    Path file = file("k_rtslc2zc.json");
    for (Instant time : List.of(Instant.ofEpochSecond(1L << 33), Instant.ofEpochSecond(-1))) {
      cache.put("k", 1L);
      Files.setLastModifiedTime(file, FileTime.from(time));
      assertThat(cache.containsKey("k")).isEqualTo(time.isAfter(Instant.now()));
    }
  }

  @Test
  void entriesWrittenOnceMayExpireSinceTheirCreation() throws Exception {
    Cache<String, Object> cache =
        manager("immutable-items", "true")
            .createCache(
                "c",
                keys(String.class).setExpiryPolicyFactory(CreatedExpiryPolicy.factoryOf(HOUR)));
    cache.put("k", 1L);
    assertThatExceptionOfType(CacheException.class).isThrownBy(() -> cache.put("k", 2L));
    age(file("k_rtslc2zc.json"), 61);
    cache.put("k", 3L);
    assertThat(cache.get("k")).isEqualTo(3L);
  }

  // ---- other writers

  /** A second version of the same size at the very same time, in the file of the first. */
  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "a file that is open cannot be written there")
  void memoryDoesNotRelyOnTheTimeOfAVersionThatIsNew() throws Exception {
    Cache<String, Object> cache = open(String.class, "memory.max-entries", "9");
    Path file = file("k_rtslc2zc.json");
    cache.put("k", 0L);
    FileTime time = Files.getLastModifiedTime(file);
    Files.writeString(file, "1");
    Files.setLastModifiedTime(file, time);
    assertThat(cache.get("k")).isEqualTo(1L);
    Files.writeString(file, "2");
    Files.setLastModifiedTime(file, time);
    assertThat(cache.get("k")).isEqualTo(2L);
  }

  @Test
  void memoryHoldsWhatHasBeenThereForAWhile() throws Exception {
    Cache<String, Object> cache = open(String.class, "memory.max-entries", "9");
    Path file = file("k_rtslc2zc.json");
    cache.put("k", List.of(1L));
    age(file, 1);
    assertThat(cache.get("k")).isEqualTo(List.of(1L));
    FileTime time = Files.getLastModifiedTime(file);
    Files.writeString(file, "[2]" + " ".repeat((int) Files.size(file) - 3));
    Files.setLastModifiedTime(file, time);
    assertThat(cache.get("k"))
        .as("the store is asked for the version alone")
        .isEqualTo(List.of(1L));
    Files.delete(file);
    assertThat(cache.get("k")).isNull();
  }

  @Test
  void whereNoOthersWriteTheStoreIsNotAsked() throws Exception {
    Cache<String, Object> cache =
        open(String.class, "memory.max-entries", "9", "foreign-writers", "false");
    cache.put("k", 1L);
    assertThat(cache.get("k")).isEqualTo(1L);
    Files.delete(file("k_rtslc2zc.json"));
    assertThat(cache.get("k")).isEqualTo(1L);
  }

  @Test
  void whatCannotBeReadCountsAsAbsent() throws Exception {
    Cache<String, Object> cache = open(String.class);
    cache.put("good", 1L);
    Map<String, String> bad = new HashMap<>();
    bad.put("torn", "{\"a\": ");
    bad.put("empty", "");
    bad.put("numpy", "{\"py/object\": \"numpy.ndarray\", \"values\": [1]}");
    bad.put("class", "{\"py/object\": \"os.system\", \"py/reduce\": []}");
    PersiDict<Object> dict = dictionary("json");
    for (Map.Entry<String, String> each : bad.entrySet()) {
      dict.put(DictKey.of(each.getKey()), 0L);
    }
    dict.close();
    for (Map.Entry<String, String> each : bad.entrySet()) {
      try (Stream<Path> files = Files.list(directory.resolve("c"))) {
        Path file =
            files.filter(f -> f.getFileName().toString().startsWith(each.getKey())).findAny().get();
        Files.writeString(file, each.getValue());
      }
    }
    Files.createDirectory(file("k_rtslc2zc.json"));
    Files.createSymbolicLink(file("Key_rfzvnfkm.json"), file("good_76slsmju.json"));
    Files.writeString(file("stranger.json"), "1");
    Files.writeString(file("good.txt"), "1");
    for (String key : bad.keySet()) {
      assertThat(cache.get(key)).as(key).isNull();
      assertThat(cache.containsKey(key)).as(key).isFalse();
    }
    assertThat(cache.get("k")).isNull();
    assertThat(cache.get("Key")).isNull();
    assertThat(cache).extracting(Cache.Entry::getKey).containsExactly("good");
    cache.put("torn", 2L);
    assertThat(cache.get("torn")).isEqualTo(2L);
  }

  @Test
  void whatCannotBeReadIsRemovedWithAllAlsoWhereRemovalsAreCounted() throws Exception {
    Cache<String, Object> cache =
        manager().createCache("c", keys(String.class).setStatisticsEnabled(true));
    cache.put("good", 1L);
    cache.put("k", 1L);
    Files.writeString(file("k_rtslc2zc.json"), "{\"a\": ");
    CacheCounters counters = cache.unwrap(CacheCounters.class);
    cache.removeAll();
    try (Stream<Path> files = Files.list(directory.resolve("c"))) {
      assertThat(files).noneMatch(file -> file.toString().endsWith(".json"));
    }
    assertThat(counters.removals()).isEqualTo(1);
  }

  // ---- coming and going

  @Test
  void aDirectoryOfAnotherProgramBecomesACacheAndStaysWhatItIs() {
    try (PersiDict<Object> dict = dictionary("json")) {
      for (int i = 0; i < 10; i++) {
        dict.put(DictKey.of("group", "k" + i), (long) i);
      }
      Cache<DictKey, Object> cache = open(DictKey.class);
      assertThat(cache).hasSize(10);
      assertThat(cache.get(DictKey.of("group", "k7"))).isEqualTo(7L);
      cache.close();
      assertThat(dict.size()).isEqualTo(10);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void destroyingDeletesAllEntriesAndNothingElse(boolean hasRecord) throws Exception {
    try (PersiDict<Object> dict = dictionary("json")) {
      dict.put(DictKey.of("sub", "k"), 1L);
    }
    open(String.class).put("k", 1L);
    Files.writeString(file("notes.txt"), "mine");
    Files.writeString(file("k.json"), "of no digest");
    Files.createDirectories(file("deeper"));
    Files.writeString(file("deeper/k.json"), "of no digest");
    if (!hasRecord) {
      Files.delete(file(".__cache__"));
    }
    manager().destroyCache("c");
    try (Stream<Path> files = Files.walk(directory.resolve("c"))) {
      assertThat(
              files
                  .filter(
                      f -> Files.isRegularFile(f) && !f.getFileName().toString().startsWith(".__"))
                  .map(f -> directory.relativize(f).toString()))
          .containsExactlyInAnyOrder(
              Path.of("c/notes.txt").toString(),
              Path.of("c/k.json").toString(),
              Path.of("c/deeper/k.json").toString());
    }
    assertThat(open(String.class)).isEmpty();
  }

  @Test
  void destroyingTakesTheDirectoriesOfKeysWithIt() throws Exception {
    Cache<DictKey, Object> cache = open(DictKey.class);
    for (String segment : List.of("emptied", "full")) {
      cache.put(DictKey.of("sub", segment, "k"), 1L);
    }
    cache.remove(DictKey.of("sub", "emptied", "k"));
    try (Stream<Path> files = Files.walk(directory.resolve("c"))) {
      for (Path each : files.filter(Files::isDirectory).toList()) {
        Files.writeString(each.resolve(".__tmp__abcdefgh"), "of a writer that was killed");
      }
    }
    cache.getCacheManager().destroyCache("c");
    assertThat(directory.resolve("c")).doesNotExist();
  }

  @Test
  void aDestructionThatWasBegunIsCompletedAsThatOfBareValues() throws Exception {
    Cache<DictKey, Object> cache = open(DictKey.class);
    cache.put(DictKey.of("sub", "k"), 1L);
    String id =
        Files.readAllLines(file(".__cache__")).stream()
            .filter(line -> line.startsWith("id="))
            .findAny()
            .orElseThrow()
            .substring(3);
    cache.close();
    provider.close();
    Files.writeString(file(".__cache__"), "destroyed " + id + " plain json 8\n");
    assertThat(open(DictKey.class)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"layout, entry, plain, entry", "format, pkl, json, pkl", "digest-length, 4, 8, 4"})
  void otherSettingsThanTheStoredOnesAreRefused(
      String setting, String other, String stored, String asked) {
    open(String.class).put("k", 1L);
    provider.close();
    CacheManager manager = manager(setting, other);
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(() -> manager.createCache("c", keys(String.class)))
        .withMessageContaining(setting)
        .withMessageContaining(stored)
        .withMessageContaining(asked);
    provider.close();
    assertThat(open(String.class).get("k")).isEqualTo(1L);
  }

  @Test
  void theConfigurationInCodeSetsTheLayout() {
    Cache<String, Object> cache =
        provider
            .getCacheManager(directory.toUri(), null)
            .createCache("c", new PersiDictConfiguration<>(keys(String.class)).setLayout("plain"));
    cache.put("k", 1L);
    assertThat(file("k_rtslc2zc.json")).hasContent("1");
    cache.getCacheManager().destroyCache("c");
    assertThat(file("k_rtslc2zc.json")).doesNotExist();
  }
}
