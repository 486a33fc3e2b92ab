package io.persidict.jcache;

import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import com.sun.management.ThreadMXBean;
import io.persidict.metrics.CacheCounters;
import java.io.File;
import java.io.IOException;
import java.io.Serializable;
import java.lang.management.ManagementFactory;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Date;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Entries in memory: when they are used, when not, and that nobody shares an object with them. */
final class MemoryTest {
  @TempDir Path directory;

  private final PersiDictCachingProvider provider = new PersiDictCachingProvider();
  private final PersiDictCachingProvider elsewhere = new PersiDictCachingProvider();

  @AfterEach
  void close() {
    provider.close();
    elsewhere.close();
  }

  private static MutableConfiguration<String, Object> types() {
    return new MutableConfiguration<String, Object>().setTypes(String.class, Object.class);
  }

  private Cache<String, Object> open(PersiDictCachingProvider in, String... settings) {
    return open(in, types(), settings);
  }

  private Cache<String, Object> open(
      PersiDictCachingProvider in,
      MutableConfiguration<String, Object> configuration,
      String... settings) {
    Properties properties = new Properties();
    properties.setProperty("persidict.serial-filter", "io.persidict.**");
    for (int i = 0; i < settings.length; i += 2) {
      properties.setProperty("persidict." + settings[i], settings[i + 1]);
    }
    return in.getCacheManager(directory.toUri(), null, properties).createCache("c", configuration);
  }

  /** Has the entries changed by a program that tells nobody. */
  private void deleteFiles() throws IOException {
    try (Stream<Path> files = Files.walk(directory.resolve("c"))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".entry")).toList()) {
        Files.delete(file);
      }
    }
  }

  /** Has an entry written as by another process, of whose writes this one does not hear. */
  private void putUnheard(Object value) throws IOException {
    Path copied = directory.resolve("elsewhere");
    elsewhere.getCacheManager(copied.toUri(), null).createCache("c", types()).put("k", value);
    try (Stream<Path> files = Files.walk(copied)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".entry")).toList()) {
        Files.copy(file, directory.resolve("c").resolve(file.getFileName()), REPLACE_EXISTING);
      }
    }
    elsewhere.close();
  }

  private static final String MEMORY = "memory.max-entries";
  private static final String COHERENCE = "memory.coherence";

  // ---- coherence

  @Test
  void checkedMemorySeesWhatOtherProcessesDoAtOnce() {
    Cache<String, Object> cache = open(provider, MEMORY, "10");
    Cache<String, Object> theirs = open(elsewhere);
    for (int version = 0; version < 20; version++) {
      theirs.put("k", version);
      assertThat(cache.get("k")).isEqualTo(version);
      assertThat(cache.get("k")).isEqualTo(version);
      assertThat(cache.containsKey("k")).isTrue();
    }
    theirs.remove("k");
    assertThat(cache.containsKey("k")).isFalse();
    assertThat(cache.get("k")).isNull();
    theirs.put("k", "back");
    assertThat(cache.get("k")).isEqualTo("back");
    theirs.clear();
    assertThat(cache.get("k")).isNull();
  }

  @Test
  void checkedMemoryAsksNothingOfTheStoreWhereNothingChanged() throws Exception {
    Cache<String, Object> cache = open(provider, MEMORY, "10");
    cache.put("k", "v");
    assertThat(cache.get("k")).isEqualTo("v");
    deleteFiles();
    assertThat(cache.get("k")).isEqualTo("v");
    assertThat(cache.containsKey("k")).isTrue();
  }

  @Test
  void whereForeignersWriteTheStoreIsAskedEachTime() throws Exception {
    Cache<String, Object> cache = open(provider, MEMORY, "10", "foreign-writers", "true");
    cache.put("k", "v");
    assertThat(cache.get("k")).isEqualTo("v");
    assertThat(cache.get("k")).isEqualTo("v");
    deleteFiles();
    assertThat(cache.get("k")).isNull();
  }

  @Test
  void boundedMemorySeesOthersChangesInTimeAndItsOwnAtOnce() throws Exception {
    Cache<String, Object> cache = open(provider, MEMORY, "10", COHERENCE, "PT0.5S");
    cache.put("k", 1);
    long put = System.nanoTime();
    assertThat(cache.get("k")).isEqualTo(1);
    putUnheard(2);
    Object soon = cache.get("k");
    if (System.nanoTime() - put < TimeUnit.MILLISECONDS.toNanos(500)) {
      assertThat(soon).isEqualTo(1);
    }
    await().until(() -> cache.get("k").equals(2));
    cache.put("k", 3);
    assertThat(cache.get("k")).isEqualTo(3);
  }

  @Test
  void uncheckedMemorySeesItsOwnChangesOnly() throws Exception {
    Cache<String, Object> cache = open(provider, MEMORY, "10", COHERENCE, "unchecked");
    cache.put("k", 1);
    putUnheard(2);
    assertThat(cache.get("k")).isEqualTo(1);
    assertThat(cache.replace("k", 2, 3)).isTrue();
    assertThat(cache.get("k")).isEqualTo(3);
    cache.clear();
    assertThat(cache.get("k")).isNull();
  }

  @Test
  void memoryHoldsWhatIsWrittenAfterABulkRemoval() throws Exception {
    Cache<String, Object> cache = open(provider, MEMORY, "10", COHERENCE, "unchecked");
    cache.put("k", 1);
    cache.removeAll(Set.of("k"));
    assertThat(cache.get("k")).isNull();
    cache.put("k", 2);
    deleteFiles();
    assertThat(cache.get("k")).isEqualTo(2);
  }

  @Test
  void memoryHoldsWhatIsReadAfterAnotherManagerWroteIt() throws Exception {
    open(elsewhere).put("k", 1);
    Cache<String, Object> cache = open(provider, MEMORY, "10", COHERENCE, "unchecked");
    assertThat(cache.get("k")).isEqualTo(1);
    deleteFiles();
    assertThat(cache.get("k")).isEqualTo(1);
  }

  /** With memory or without, as the manager that writes may have it. */
  @ParameterizedTest
  @CsvSource({
    "unchecked, memory.max-entries",
    "PT1H, memory.max-entries",
    "unchecked, statistics",
    "PT1H, statistics"
  })
  void aWriteThroughAnotherManagerOfTheProcessIsSeenAtOnce(String coherence, String theirSetting) {
    Cache<String, Object> cache = open(provider, MEMORY, "10", COHERENCE, coherence);
    Cache<String, Object> theirs =
        theirSetting.equals(MEMORY)
            ? open(elsewhere, MEMORY, "10", COHERENCE, coherence)
            : open(elsewhere);
    List<BiConsumer<Cache<String, Object>, Object>> writes =
        List.of(
            (to, value) -> to.put("k", value),
            (to, value) -> to.putAll(Map.of("k", value)),
            (to, value) -> to.getAndReplace("k", value),
            (to, value) ->
                to.invoke(
                    "k",
                    (entry, arguments) -> {
                      entry.setValue(value);
                      return null;
                    }));
    cache.put("k", "first");
    int version = 0;
    for (BiConsumer<Cache<String, Object>, Object> write : writes) {
      write.accept(theirs, ++version);
      assertThat(cache.get("k")).isEqualTo(version);
      write.accept(cache, ++version);
      assertThat(theirs.get("k")).isEqualTo(version);
    }
    List<Consumer<Cache<String, Object>>> removals =
        List.of(
            from -> from.remove("k"),
            from -> from.removeAll(Set.of("k")),
            Cache::removeAll,
            Cache::clear);
    for (Consumer<Cache<String, Object>> removal : removals) {
      cache.put("k", "there");
      assertThat(cache.get("k")).isEqualTo("there");
      removal.accept(theirs);
      assertThat(cache.get("k")).isNull();
    }
  }

  // ---- what a hit is besides

  @ParameterizedTest
  @CsvSource({
    "memory.coherence, checked",
    "memory.coherence, unchecked",
    "memory.coherence, PT1H",
    "immutable-items, true"
  })
  void aHitAllocatesNothing(String setting, String value) {
    Cache<String, Object> cache = open(provider, MEMORY, "10", setting, value);
    cache.put("k", "v");
    assertThat(cache.get("k")).isEqualTo("v");
    assertThat(cache.get("k")).isEqualTo("v");
    ThreadMXBean threads = ManagementFactory.getPlatformMXBean(ThreadMXBean.class);
    long before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
    for (int i = 0; i < 10_000; i++) {
      if (cache.get("k") == null) {
        throw new AssertionError("a miss");
      }
    }
    long after = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
    assertThat((after - before) / 10_000).isZero();
  }

  @Test
  void hitsAreCountedFromWhenSomebodyAsks() {
    Cache<String, Object> cache = open(provider, MEMORY, "10");
    cache.put("k", "v");
    assertThat(cache.get("k")).isEqualTo("v");
    assertThat(cache.get("k")).isEqualTo("v");
    CacheCounters counters = cache.unwrap(CacheCounters.class);
    assertThat(cache.get("k")).isEqualTo("v");
    assertThat(counters.hits()).isEqualTo(1);
    assertThat(counters.memoryHits()).isEqualTo(1);
  }

  @Test
  void aClosedCacheReturnsNothingFromMemory() {
    Cache<String, Object> cache = open(provider, MEMORY, "10");
    cache.put("k", "v");
    assertThat(cache.get("k")).isEqualTo("v");
    assertThat(cache.get("k")).isEqualTo("v");
    cache.close();
    assertThatIllegalStateException().isThrownBy(() -> cache.get("k")).withMessageContaining("c");
  }

  // ---- keys

  private record Name(List<String> parts) implements Serializable {}

  private enum Reuse {
    BYTES(new byte[] {1}, key -> ((byte[]) key)[0] = 2, new byte[] {1}, new byte[] {2}),
    LIST(
        new ArrayList<>(List.of("Aa")),
        key -> strings(key).set(0, "BB"), // of the same hash code
        List.of("Aa"),
        List.of("BB")),
    SET(new HashSet<>(Set.of(0)), key -> ((Set<?>) key).clear(), Set.of(0), Set.of()),
    MAP(new HashMap<>(Map.of(1, 2)), key -> ((Map<?, ?>) key).clear(), Map.of(1, 2), Map.of()),
    ARRAY(
        new Object[] {"a"},
        key -> ((Object[]) key)[0] = "b",
        new Object[] {"a"},
        new Object[] {"b"}),
    RECORD(
        new Name(new ArrayList<>(List.of("a"))),
        key -> ((Name) key).parts().set(0, "b"),
        new Name(List.of("a")),
        new Name(List.of("b"))),
    DATE(new Date(1), key -> ((Date) key).setTime(2), new Date(1), new Date(2)),
    BITS(bits(1), key -> ((BitSet) key).flip(0, 2), bits(1), bits(0));

    private final Object key;
    private final Consumer<Object> change;
    private final Object before;
    private final Object after;

    Reuse(Object key, Consumer<Object> change, Object before, Object after) {
      this.key = key;
      this.change = change;
      this.before = before;
      this.after = after;
    }

    @SuppressWarnings("unchecked")
    private static List<String> strings(Object key) {
      return (List<String>) key;
    }

    private static BitSet bits(int bit) {
      BitSet bits = new BitSet();
      bits.set(bit);
      return bits;
    }
  }

  @ParameterizedTest
  @EnumSource
  void aKeyThatIsChangedAfterwardsLeadsNobodyToItsOldEntry(Reuse reuse) {
    Properties properties = new Properties();
    properties.setProperty("persidict.serial-filter", "io.persidict.**");
    properties.setProperty("persidict." + MEMORY, "10");
    Cache<Object, Object> cache =
        provider
            .getCacheManager(directory.toUri(), null, properties)
            .createCache("keys", new MutableConfiguration<>());
    cache.put(reuse.key, "of the first key");
    assertThat(cache.get(reuse.key)).isEqualTo("of the first key");
    assertThat(cache.get(reuse.before)).isEqualTo("of the first key");
    reuse.change.accept(reuse.key);
    assertThat(cache.get(reuse.key)).isNull();
    assertThat(cache.get(reuse.after)).isNull();
    assertThat(cache.getAll(Set.of(reuse.after))).isEmpty();
    assertThat(cache.containsKey(reuse.after)).isFalse();
    assertThat(cache.get(reuse.before)).isEqualTo("of the first key");
    cache.put(reuse.key, "of the second key");
    assertThat(cache.get(reuse.after)).isEqualTo("of the second key");
    assertThat(cache.get(reuse.before)).isEqualTo("of the first key");
  }

  private record First(Second second) implements Serializable {}

  private record Second(First first) implements Serializable {}

  @Test
  void recordsMayHoldEachOther() {
    Cache<String, Object> cache = open(provider, MEMORY, "10");
    First value = new First(new Second(new First(null)));
    cache.put("k", value);
    assertThat(cache.get("k")).isEqualTo(value);
  }

  @Test
  void immutableItemsAreNeverAskedForTwice() throws Exception {
    Cache<String, Object> cache = open(provider, MEMORY, "10", "immutable-items", "true");
    cache.put("k", "v");
    cache.put("list", new ArrayList<>(List.of(1)));
    deleteFiles();
    assertThat(cache.getAll(Set.of("k", "list", "absent")))
        .containsEntry("k", "v")
        .containsEntry("list", List.of(1))
        .hasSize(2);
  }

  @Test
  void whatIsAbsentIsNotRemembered() {
    Cache<String, Object> cache = open(provider, MEMORY, "10", COHERENCE, "unchecked");
    assertThat(cache.get("k")).isNull();
    open(elsewhere).put("k", 1);
    assertThat(cache.get("k")).isEqualTo(1);
  }

  // ---- values

  private record Point(int x, LocalDate day, String name) implements Serializable {}

  private record Holder(List<String> names) implements Serializable {}

  private enum Colour {
    RED {
      @Override
      int code() {
        return 1;
      }
    };

    abstract int code();
  }

  @Test
  void immutableValuesAreSharedAndAllOthersCopied() {
    Cache<String, Object> cache = open(provider, MEMORY, "10");
    for (Object value :
        List.of(
            "text",
            1_000_000,
            1e300,
            Colour.RED,
            LocalDate.EPOCH,
            new Point(1, LocalDate.EPOCH, "n"))) {
      cache.put("k", value);
      assertThat(cache.get("k")).isEqualTo(value).isSameAs(cache.get("k"));
    }
    for (Object value :
        List.of(
            new ArrayList<>(List.of(1)),
            new Holder(new ArrayList<>(List.of("a"))),
            new int[] {1})) {
      cache.put("k", value);
      assertThat(cache.get("k")).isNotSameAs(cache.get("k")).isNotSameAs(value);
    }
    List<Object> given = new ArrayList<>(List.of("as put"));
    cache.put("k", given);
    given.add("changed");
    @SuppressWarnings("unchecked")
    List<Object> taken = (List<Object>) cache.get("k");
    taken.add("changed");
    assertThat(cache.get("k")).isEqualTo(List.of("as put"));
  }

  @Test
  void classesThatTheUserDeclaresImmutableAreShared() {
    Cache<String, Object> cache =
        open(
            provider, MEMORY, "10", "memory.immutable-types", "no.Such, " + Holder.class.getName());
    cache.put("k", new Holder(List.of("a")));
    assertThat(cache.get("k")).isSameAs(cache.get("k"));
  }

  @ParameterizedTest
  @CsvSource({
    "memory.coherence, checked",
    "memory.coherence, unchecked",
    "memory.coherence, PT1H",
    "immutable-items, true"
  })
  void expiryIsThatOfTheRecord(String setting, String value) {
    Cache<String, Object> cache =
        open(
            provider,
            types()
                .setExpiryPolicyFactory(
                    CreatedExpiryPolicy.factoryOf(new Duration(TimeUnit.MILLISECONDS, 300))),
            MEMORY,
            "10",
            setting,
            value);
    cache.put("k", "v");
    long end = System.currentTimeMillis() + 300;
    await().until(() -> System.currentTimeMillis() >= end);
    assertThat(cache.get("k")).isNull();
    assertThat(cache.containsKey("k")).isFalse();
  }

  // ---- bounds and settings

  @ParameterizedTest
  @CsvSource({
    "memory.max-entries, 10, 5, 10",
    "memory.max-bytes, 4000, 5, 30",
    "memory.max-bytes, 20000, 1000, 20"
  })
  void memoryIsBounded(String setting, String max, int length, int most) throws Exception {
    Cache<String, Object> cache = open(provider, setting, max);
    for (int i = 0; i < 200; i++) {
      cache.put("k" + i, "v".repeat(length));
      cache.get("k" + i);
    }
    deleteFiles();
    await()
        .untilAsserted(
            () -> {
              int held = 0;
              for (int i = 0; i < 200; i++) {
                held += cache.get("k" + i) == null ? 0 : 1;
              }
              assertThat(held).isBetween(1, most);
            });
  }

  @ParameterizedTest
  @CsvSource({
    "memory.max-entries, 0, 1 to",
    "memory.max-bytes, some, 1 to",
    "memory.coherence, sometimes, 'checked, unchecked'",
    "memory.coherence, PT-1S, 'checked, unchecked'",
    "memory.coherence, PT1000000000H, 'checked, unchecked'",
    "foreign-writers, perhaps, 'true, false'",
    "memory.max-bytes, 1000, set one"
  })
  void settingsThatAreNoneAreRefused(String setting, String value, String allowed) {
    String other =
        setting.equals("memory.coherence") || value.equals("1000") ? MEMORY : "statistics";
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(
            () -> open(provider, setting, value, other, other.equals(MEMORY) ? "10" : "false"))
        .withMessageContaining(allowed);
  }

  @Test
  void settingsThatAreNoneAreRefusedAlsoWithoutMemory() {
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(() -> open(provider, COHERENCE, "sometimes"))
        .withMessageContaining("checked, unchecked");
  }

  /** Runs where there is no Caffeine. */
  public static final class WithoutCaffeine {
    private WithoutCaffeine() {}

    public static String open(String directory, String setting) {
      Properties settings = new Properties();
      settings.setProperty("persidict." + setting, "10");
      try (PersiDictCachingProvider provider = new PersiDictCachingProvider()) {
        Cache<String, String> cache =
            provider
                .getCacheManager(
                    Path.of(directory).toUri(), WithoutCaffeine.class.getClassLoader(), settings)
                .createCache("c", new MutableConfiguration<>());
        cache.put("k", "v");
        return cache.get("k");
      } catch (CacheException e) {
        return e.getMessage();
      }
    }
  }

  @Test
  void withoutCaffeineAllButTheMemoryWorks() throws Exception {
    List<URL> classPath = new ArrayList<>();
    for (String element : System.getProperty("java.class.path").split(File.pathSeparator)) {
      if (!element.contains("caffeine")) {
        classPath.add(Path.of(element).toUri().toURL());
      }
    }
    try (URLClassLoader loader =
        new URLClassLoader(classPath.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
      var open =
          loader
              .loadClass(WithoutCaffeine.class.getName())
              .getMethod("open", String.class, String.class);
      assertThat(open.invoke(null, directory.toString(), "digest-length")).isEqualTo("v");
      assertThat(open.invoke(null, directory.resolve("other").toString(), MEMORY).toString())
          .contains("com.github.ben-manes.caffeine:caffeine")
          .contains("class path");
    }
  }
}
