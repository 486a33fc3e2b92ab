package io.persidict.jcache;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.persidict.metrics.CacheCounters;
import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.configuration.MutableConfiguration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that are no entries are absent: one warning each, no exception, and a write repairs. */
final class CorruptFileTest {
  @TempDir Path directory;

  private final PersiDictCachingProvider provider = new PersiDictCachingProvider();
  private final Warnings warnings = new Warnings();
  private Cache<Object, String> cache;

  @BeforeEach
  void open() {
    cache = reopened();
    cache.putAll(Map.of("a", "1", "b", "2", "c", "3"));
  }

  @AfterEach
  void close() {
    warnings.close();
    provider.close();
  }

  /** The cache as a process sees it that has reported nothing yet. */
  private Cache<Object, String> reopened() {
    return reopened(false);
  }

  private Cache<Object, String> reopened(boolean inMemory) {
    provider.close();
    Properties properties = new Properties();
    properties.setProperty("persidict.digest-length", "0");
    if (inMemory) {
      properties.setProperty("persidict.memory.max-entries", "9");
    }
    return provider
        .getCacheManager(directory.toUri(), null, properties)
        .createCache(
            "c", new MutableConfiguration<Object, String>().setTypes(Object.class, String.class));
  }

  private Path file(String key) {
    return directory.resolve("c").resolve("s-" + key + ".entry");
  }

  private static Map<Object, String> iterated(Cache<Object, String> cache) {
    Map<Object, String> entries = new TreeMap<>();
    cache.forEach(entry -> assertThat(entries.put(entry.getKey(), entry.getValue())).isNull());
    return entries;
  }

  private static byte[] with(byte[] bytes, int index, int value) {
    byte[] changed = bytes.clone();
    changed[index] = (byte) value;
    return changed;
  }

  private static Arguments damage(String name, UnaryOperator<byte[]> damage) {
    return arguments(name, damage);
  }

  static Stream<Arguments> damages() {
    return Stream.of(
        damage("empty", bytes -> new byte[0]),
        damage("truncated in the header", bytes -> Arrays.copyOf(bytes, 20)),
        damage("truncated in the value", bytes -> Arrays.copyOf(bytes, bytes.length - 5)),
        damage("too long", bytes -> Arrays.copyOf(bytes, bytes.length + 1)),
        damage("zeros", bytes -> new byte[bytes.length]),
        damage(
            "foreign",
            bytes -> "a file of somebody else's, long enough for a header".getBytes(UTF_8)),
        damage("of the next version", bytes -> with(bytes, 5, 2)),
        damage("a flipped bit in the expiry", bytes -> with(bytes, 31, bytes[31] ^ 1)),
        damage("a flipped bit in the key", bytes -> with(bytes, 41, bytes[41] ^ 1)),
        damage("a flipped bit in the value", bytes -> with(bytes, 45, bytes[45] ^ 1)),
        damage(
            "a flipped bit in the checksum",
            bytes -> with(bytes, bytes.length - 1, ~bytes[bytes.length - 1])));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("damages")
  void aDamagedFileIsAbsentAndReportedOnce(String name, UnaryOperator<byte[]> damage)
      throws Exception {
    byte[] damaged = damage.apply(Files.readAllBytes(file("b")));
    Files.write(file("b"), damaged);
    List<Consumer<Cache<Object, String>>> reads =
        List.of(
            opened -> assertThat(opened.get("b")).isNull(),
            opened -> assertThat(opened.containsKey("b")).isFalse(),
            opened -> assertThat(opened.getAll(Set.of("a", "b"))).isEqualTo(Map.of("a", "1")),
            opened -> assertThat(iterated(opened)).isEqualTo(Map.of("a", "1", "c", "3")),
            opened -> assertThat(opened.replace("b", "9")).isFalse(),
            opened -> assertThat(opened.remove("b", "2")).isFalse(),
            opened -> assertThat(opened.<Boolean>invoke("b", (e, x) -> e.exists())).isFalse());
    for (int first = 0; first < reads.size(); first++) {
      Cache<Object, String> opened = reopened();
      warnings.messages().clear();
      reads.get(first).accept(opened);
      assertThat(warnings.messages()).as("after read %s", first).hasSize(1);
      reads.forEach(read -> read.accept(opened));
      assertThat(warnings.messages())
          .singleElement()
          .asString()
          .contains(file("b").getParent().toString())
          .contains("absent");
      assertThat(warnings.details()).anyMatch(told -> told.contains(file("b").toString()));
      assertThat(file("b")).hasBinaryContent(damaged);
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("damages")
  void aWriteRepairsADamagedFile(String name, UnaryOperator<byte[]> damage) throws Exception {
    byte[] damaged = damage.apply(Files.readAllBytes(file("b")));
    List<Runnable> repairs =
        List.of(
            () -> cache.put("b", "new"),
            () -> assertThat(cache.putIfAbsent("b", "new")).isTrue(),
            () -> assertThat(cache.getAndPut("b", "new")).isNull(),
            () -> cache.putAll(Map.of("b", "new")),
            () -> cache.invoke("b", CorruptFileTest::setNew));
    for (Runnable repair : repairs) {
      Files.write(file("b"), damaged);
      repair.run();
      assertThat(cache.get("b")).isEqualTo("new");
      assertThat(cache.putIfAbsent("b", "other")).isFalse();
      assertThat(iterated(cache)).isEqualTo(Map.of("a", "1", "b", "new", "c", "3"));
    }
    for (Runnable removal : List.<Runnable>of(() -> cache.remove("b"), cache::clear)) {
      Files.write(file("b"), damaged);
      removal.run();
      assertThat(file("b")).doesNotExist();
    }
  }

  private static Object setNew(
      javax.cache.processor.MutableEntry<Object, String> entry, Object... arguments) {
    entry.setValue("new");
    return null;
  }

  @Test
  void noDamageOfASingleByteIsEverAValue() throws Exception {
    byte[] whole = Files.readAllBytes(file("b"));
    for (int i = 0; i < whole.length; i++) {
      Files.write(file("b"), with(whole, i, whole[i] ^ (1 << (i % 8))));
      assertThat(cache.get("b")).isNull();
      Files.write(file("b"), Arrays.copyOf(whole, i));
      assertThat(cache.get("b")).isNull();
    }
    Files.write(file("b"), whole);
    assertThat(cache.get("b")).isEqualTo("2");
    assertThat(warnings.messages()).hasSize(1);
  }

  @Test
  void everyDamagedFileIsReportedByItself() throws Exception {
    for (String key : List.of("a", "c")) {
      Files.write(file(key), new byte[0]);
    }
    assertThat(iterated(cache)).isEqualTo(Map.of("b", "2"));
    assertThat(warnings.messages()).hasSize(2);
    List<String> paths = new ArrayList<>(List.of(file("a").toString(), file("c").toString()));
    paths.removeIf(path -> warnings.details().stream().anyMatch(told -> told.contains(path)));
    assertThat(paths).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aFileUnderAnotherKeysNameIsNobodysEntry(boolean inMemory) throws Exception {
    Files.copy(file("a"), file("z"));
    Cache<Object, String> opened = reopened(inMemory);
    assertThat(opened.get("z")).isNull();
    assertThat(opened.get("z")).isNull();
    assertThat(opened.containsKey("z")).isFalse();
    assertThat(iterated(opened)).isEqualTo(Map.of("a", "1", "b", "2", "c", "3"));
    assertThat(warnings.messages()).hasSize(1);
    assertThat(warnings.details()).anyMatch(told -> told.contains(file("z").toString()));
    assertThat(opened.putIfAbsent("z", "own")).isTrue();
    assertThat(opened.get("z")).isEqualTo("own");
    assertThat(opened.get("a")).isEqualTo("1");
  }

  @Test
  void filesThatAreNotNamedAsEntriesAreLeftAlone() throws Exception {
    Path foreign = Files.writeString(directory.resolve("c").resolve("notes.txt"), "of a user");
    Path nested = Files.createDirectories(directory.resolve("c/s-d.entry/e"));
    Files.writeString(nested.resolve("f.entry"), "elsewhere");
    Files.writeString(directory.resolve("c").resolve("Gr\u00fc\u00dfe.entry"), "not safe");
    assertThat(iterated(cache)).isEqualTo(Map.of("a", "1", "b", "2", "c", "3"));
    cache.removeAll();
    assertThat(iterated(cache)).isEmpty();
    assertThat(foreign).hasContent("of a user");
  }

  /** Writes entries of a class that this cache does not allow. */
  private void writeElsewhere(Map<?, ?> entries) {
    Properties properties = new Properties();
    properties.setProperty("persidict.digest-length", "0");
    properties.setProperty("persidict.serial-filter", "io.persidict.jcache.KeyMaker$*");
    try (PersiDictCachingProvider other = new PersiDictCachingProvider()) {
      other
          .getCacheManager(directory.toUri(), null, properties)
          .createCache(
              "c", new MutableConfiguration<Object, Object>().setTypes(Object.class, Object.class))
          .putAll(entries);
    }
  }

  @Test
  void aValueOfAClassThatIsNotAllowedIsAbsentAndReportedOnce() {
    writeElsewhere(
        Map.of(
            "b",
            new KeyMaker.Point(1, 2, "three"),
            "c",
            new KeyMaker.Point(4, 5, "six"),
            new KeyMaker.Point(1, 2, "three"),
            "under a key of that class"));
    assertThat(cache.get("b")).isNull();
    assertThat(cache.containsKey("c")).isFalse();
    assertThat(iterated(cache)).isEqualTo(Map.of("a", "1"));
    assertThat(warnings.messages())
        .singleElement()
        .asString()
        .contains(KeyMaker.Point.class.getName());
    assertThat(cache.putIfAbsent("b", "2")).isTrue();
    assertThat(cache.get("b")).isEqualTo("2");
  }

  private interface Maker {
    void make(Path path) throws Exception;
  }

  static Stream<Arguments> intruders() {
    Maker large =
        path -> {
          try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(3L << 30);
          }
        };
    Maker pipe =
        path ->
            assertThat(new ProcessBuilder("mkfifo", path.toString()).start().waitFor()).isZero();
    Maker dangling = path -> Files.createSymbolicLink(path, path.resolveSibling("none"));
    Maker cyclic = path -> Files.createSymbolicLink(path, path);
    return Stream.of(
        arguments("larger than any value", large),
        arguments("a directory", (Maker) Files::createDirectory),
        arguments("a pipe", pipe),
        arguments("a dangling link", dangling),
        arguments("a link to itself", cyclic));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("intruders")
  void whatIsNotAFileOfOursIsAbsentAndReportedOnce(String name, Maker maker) throws Exception {
    assumeTrue(File.separatorChar == '/', "Windows has no pipes, and no links for everybody");
    Files.delete(file("b"));
    maker.make(file("b"));
    Cache<Object, String> opened = reopened();
    warnings.messages().clear();
    assertTimeoutPreemptively(
        Duration.ofMinutes(5),
        () -> {
          for (int i = 0; i < 2; i++) {
            assertThat(opened.get("b")).isNull();
            assertThat(opened.containsKey("b")).isFalse();
            assertThat(opened.getAll(Set.of("a", "b"))).isEqualTo(Map.of("a", "1"));
            assertThat(iterated(opened)).isEqualTo(Map.of("a", "1", "c", "3"));
            assertThat(opened.replace("b", "9")).isFalse();
            assertThat(opened.remove("b", "2")).isFalse();
          }
          assertThat(warnings.messages()).hasSize(1);
          assertThat(warnings.details()).anyMatch(told -> told.contains("s-b.entry"));
          if (!Files.isDirectory(file("b"))) {
            assertThat(opened.putIfAbsent("b", "repaired")).isTrue();
            assertThat(opened.get("b")).isEqualTo("repaired");
          }
          opened.removeAll();
          assertThat(opened.iterator().hasNext()).isFalse();
        });
  }

  // ---- removing all where somebody is told of each entry

  /** For whom entries are removed one by one. */
  private enum Watcher {
    STATISTICS,
    LISTENER,
    WRITER,
    ALL;

    boolean includes(Watcher other) {
      return this == other || this == ALL;
    }
  }

  private Cache<String, String> watched(Watcher watcher, Recorder recorder) {
    provider.close();
    MutableConfiguration<String, String> all = recorder.configuration();
    MutableConfiguration<String, String> configuration =
        new MutableConfiguration<String, String>()
            .setTypes(String.class, String.class)
            .setStatisticsEnabled(watcher.includes(Watcher.STATISTICS));
    if (watcher.includes(Watcher.LISTENER)) {
      all.getCacheEntryListenerConfigurations()
          .forEach(configuration::addCacheEntryListenerConfiguration);
    }
    if (watcher.includes(Watcher.WRITER)) {
      configuration.setWriteThrough(true).setCacheWriterFactory(all.getCacheWriterFactory());
    }
    Properties properties = new Properties();
    properties.setProperty("persidict.digest-length", "0");
    return provider
        .getCacheManager(directory.toUri(), null, properties)
        .createCache("c", configuration);
  }

  private List<String> entryFiles() throws IOException {
    try (Stream<Path> files = Files.list(directory.resolve("c"))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".entry"))
          .toList();
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("damages")
  void removeAllRemovesADamagedFileOfWhichNobodyIsTold(String name, UnaryOperator<byte[]> damage)
      throws Exception {
    byte[] damaged = damage.apply(Files.readAllBytes(file("b")));
    for (Watcher watcher : Watcher.values()) {
      Recorder recorder = new Recorder();
      Cache<String, String> watched = watched(watcher, recorder);
      watched.putAll(Map.of("a", "1", "c", "3"));
      Files.write(file("b"), damaged);
      recorder.forget();
      watched.removeAll();
      assertThat(entryFiles()).as("watched by %s", watcher).isEmpty();
      assertAandCRemoved(watcher, recorder, "deleteAll [a, c]");
    }
  }

  private static void assertAandCRemoved(Watcher watcher, Recorder recorder, String write) {
    if (watcher.includes(Watcher.LISTENER)) {
      assertThat(recorder.events).containsExactlyInAnyOrder("removed a:1>1", "removed c:3>3");
    }
    if (watcher.includes(Watcher.WRITER)) {
      assertThat(recorder.writes).containsExactly(write);
    }
  }

  @ParameterizedTest
  @EnumSource
  void removeAllRemovesWhatCannotBeDecodedAsRemoveDoes(Watcher watcher) throws Exception {
    KeyMaker.Point point = new KeyMaker.Point(1, 2, "three");
    writeElsewhere(Map.of("b", point, point, "under a key of that class"));
    byte[] undecodable = Files.readAllBytes(file("b"));
    Files.copy(file("a"), file("z"));
    Recorder recorder = new Recorder();
    Cache<String, String> watched = watched(watcher, recorder);
    assertThat(watched.remove("b")).isFalse();
    assertThat(file("b")).doesNotExist();
    assertThat(recorder.writes)
        .isEqualTo(watcher.includes(Watcher.WRITER) ? List.of("delete b") : List.of());
    assertThat(recorder.events).isEmpty();
    recorder.forget();
    Files.write(file("b"), undecodable);
    CacheCounters counters = watched.unwrap(CacheCounters.class);
    watched.removeAll();
    assertThat(entryFiles()).isEmpty();
    assertThat(counters.removals()).isEqualTo(watcher == Watcher.WRITER ? 0 : 2);
    assertAandCRemoved(watcher, recorder, "deleteAll [a, b, c]");
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("intruders")
  void removeAllRemovesWhatIsNoFileOfOursAsClearDoes(String name, Maker maker) throws Exception {
    assumeTrue(File.separatorChar == '/', "Windows has no pipes, and no links for everybody");
    Files.delete(file("b"));
    maker.make(file("b"));
    watched(Watcher.ALL, new Recorder()).removeAll();
    List<String> left = entryFiles();
    Files.deleteIfExists(file("b"));
    maker.make(file("b"));
    cache = reopened();
    cache.clear();
    assertThat(left).isEqualTo(entryFiles());
  }
}
