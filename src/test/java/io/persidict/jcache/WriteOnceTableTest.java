package io.persidict.jcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.expiry.Duration;
import javax.cache.expiry.EternalExpiryPolicy;
import javax.cache.integration.CacheLoader;
import javax.cache.integration.CompletionListenerFuture;
import javax.management.ObjectName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What each method does to a cache with immutable items, as the README's table has it. The entry
 * that is there, if there is one, is {@code k=first}; writes are of {@code second}.
 */
@ParameterizedClass
@ValueSource(strings = {Layouts.ENTRY, Layouts.PLAIN})
final class WriteOnceTableTest {
  private static final String REFUSED = "refused";

  @Parameter String layout;

  @TempDir Path directory;

  private final PersiDictCachingProvider provider = new PersiDictCachingProvider();

  @AfterEach
  void close() {
    provider.close();
  }

  private interface Call {
    Object on(Cache<String, String> cache) throws Exception;
  }

  /**
   * @param reject the result where there is an entry and rewrites are rejected
   * @param keepFirst the result where there is an entry and the first is kept
   * @param absent the result where there is none, and what is stored then
   */
  private record Row(String method, Call call, String reject, String keepFirst, String absent) {
    @Override
    public String toString() {
      return method;
    }
  }

  private static Call call(Consumer<Cache<String, String>> method) {
    return cache -> {
      method.accept(cache);
      return "done";
    };
  }

  static Stream<Row> rows() {
    return Stream.of(
        new Row("get", c -> c.get("k"), "first", "first", "null, null"),
        new Row("getAll", c -> c.getAll(Set.of("k")), "{k=first}", "{k=first}", "{}, null"),
        new Row("containsKey", c -> c.containsKey("k"), "true", "true", "false, null"),
        new Row("put", call(c -> c.put("k", "second")), REFUSED, "done", "done, second"),
        new Row(
            "putAll", call(c -> c.putAll(Map.of("k", "second"))), REFUSED, "done", "done, second"),
        new Row("getAndPut", c -> c.getAndPut("k", "second"), REFUSED, "first", "null, second"),
        new Row("putIfAbsent", c -> c.putIfAbsent("k", "second"), "false", "false", "true, second"),
        new Row("replace", c -> c.replace("k", "second"), REFUSED, "false", "false, null"),
        new Row(
            "replace if equal",
            c -> c.replace("k", "first", "second"),
            REFUSED,
            "false",
            "false, null"),
        new Row(
            "replace if equal to another",
            c -> c.replace("k", "another", "second"),
            "false",
            "false",
            "false, null"),
        new Row(
            "getAndReplace", c -> c.getAndReplace("k", "second"), REFUSED, "first", "null, null"),
        new Row("remove", c -> c.remove("k"), REFUSED, REFUSED, "false, null"),
        new Row("remove if equal", c -> c.remove("k", "first"), REFUSED, REFUSED, "false, null"),
        new Row(
            "remove if equal to another",
            c -> c.remove("k", "another"),
            "false",
            "false",
            "false, null"),
        new Row("getAndRemove", c -> c.getAndRemove("k"), REFUSED, REFUSED, "null, null"),
        new Row(
            "removeAll of keys",
            call(c -> c.removeAll(Set.of("k"))),
            REFUSED,
            REFUSED,
            "done, null"),
        new Row("removeAll", call(Cache::removeAll), REFUSED, REFUSED, "done, null"),
        new Row("clear", call(Cache::clear), REFUSED, REFUSED, "done, null"),
        new Row(
            "invoke that reads",
            c -> c.invoke("k", (entry, arguments) -> entry.exists()),
            "true",
            "true",
            "false, null"),
        new Row(
            "invoke that sets",
            c ->
                c.invoke(
                    "k",
                    (entry, arguments) -> {
                      entry.setValue("second");
                      return "set";
                    }),
            REFUSED,
            "set",
            "set, second"),
        new Row(
            "invoke that removes",
            c ->
                c.invoke(
                    "k",
                    (entry, arguments) -> {
                      entry.remove();
                      return "removed";
                    }),
            REFUSED,
            REFUSED,
            "removed, null"),
        new Row("loadAll", c -> load(c, false), "done", "done", "done, second"),
        new Row("loadAll that replaces", c -> load(c, true), REFUSED, "done", "done, second"),
        new Row(
            "iterator's remove",
            c -> {
              Iterator<Cache.Entry<String, String>> iterator = c.iterator();
              if (iterator.hasNext()) {
                iterator.next();
                iterator.remove();
              }
              return "done";
            },
            REFUSED,
            REFUSED,
            "done, null"));
  }

  private static Object load(Cache<String, String> cache, boolean replace) throws Exception {
    CompletionListenerFuture done = new CompletionListenerFuture();
    cache.loadAll(Set.of("k"), replace, done);
    try {
      done.get();
    } catch (ExecutionException e) {
      throw (Exception) e.getCause();
    }
    return "done";
  }

  private static final class Loader implements CacheLoader<String, String> {
    @Override
    public String load(String key) {
      return "second";
    }

    @Override
    public Map<String, String> loadAll(Iterable<? extends String> keys) {
      Map<String, String> loaded = new HashMap<>();
      keys.forEach(key -> loaded.put(key, "second"));
      return loaded;
    }
  }

  private Cache<String, String> open(String onRewrite, Recorder recorder, String... more) {
    Properties settings = Layouts.settings(layout);
    for (int i = 0; i < more.length; i += 2) {
      settings.setProperty("persidict." + more[i], more[i + 1]);
    }
    settings.setProperty("persidict.immutable-items", "true");
    settings.setProperty("persidict.on-rewrite", onRewrite);
    settings.setProperty("persidict.memory.max-entries", "10");
    MutableConfiguration<String, String> configuration =
        recorder.configuration().setCacheLoaderFactory(Loader::new);
    if (layout.equals(Layouts.PLAIN)) {
      configuration.setExpiryPolicyFactory(EternalExpiryPolicy.factoryOf());
    }
    return provider
        .getCacheManager(directory.toUri(), null, settings)
        .createCache("c", configuration);
  }

  private static String resultOf(Row row, Cache<String, String> cache) throws Exception {
    try {
      return String.valueOf(row.call.on(cache));
    } catch (CacheException e) {
      Throwable refusal = e.getMessage().contains("immutable-items") ? e : e.getCause();
      assertThat(refusal)
          .isInstanceOf(CacheException.class)
          .hasMessageContaining("key k")
          .hasMessageContaining("policy immutable-items");
      return REFUSED;
    }
  }

  @ParameterizedTest
  @MethodSource("rows")
  void anEntryStaysAsItIsWhereRewritesAreRejected(Row row) throws Exception {
    anEntryStaysAsItIs(row, "reject", row.reject);
  }

  @ParameterizedTest
  @MethodSource("rows")
  void anEntryStaysAsItIsWhereTheFirstIsKept(Row row) throws Exception {
    anEntryStaysAsItIs(row, "keep-first", row.keepFirst);
  }

  private void anEntryStaysAsItIs(Row row, String onRewrite, String expected) throws Exception {
    Recorder recorder = new Recorder();
    Cache<String, String> cache = open(onRewrite, recorder);
    cache.put("k", "first");
    recorder.forget();
    assertThat(resultOf(row, cache)).isEqualTo(expected);
    assertThat(cache.get("k")).isEqualTo("first");
    assertThat(recorder.writes).isEmpty();
    assertThat(recorder.events).isEmpty();
    provider.close();
    assertThat(open(onRewrite, new Recorder()).get("k")).isEqualTo("first");
  }

  @ParameterizedTest
  @MethodSource("rows")
  void withoutAnEntryThereIsNothingToKeep(Row row) throws Exception {
    for (String onRewrite : List.of("reject", "keep-first")) {
      Cache<String, String> cache = open(onRewrite, new Recorder());
      assertThat(resultOf(row, cache) + ", " + cache.get("k")).isEqualTo(row.absent);
      cache.getCacheManager().destroyCache("c");
      provider.close();
    }
  }

  @ParameterizedTest
  @MethodSource("rows")
  void anExpiredEntryIsNone(Row row) throws Exception {
    Layouts.assumeEntry(layout, "durations that change");
    Recorder recorder = new Recorder();
    recorder.creation = new Duration(TimeUnit.MILLISECONDS, 1);
    Cache<String, String> cache = open("reject", recorder);
    cache.put("k", "first");
    Thread.sleep(5); // the entry's time to live
    recorder.creation = Duration.ETERNAL;
    assertThat(resultOf(row, cache) + ", " + cache.get("k")).isEqualTo(row.absent);
  }

  @Test
  void whatCannotBeReadIsNoEntryToKeep() throws Exception {
    List<Consumer<Cache<String, String>>> removals = List.of(Cache::removeAll, Cache::clear);
    for (Consumer<Cache<String, String>> removal : removals) {
      Recorder recorder = new Recorder();
      Cache<String, String> cache = open("reject", recorder);
      cache.put("k", "first");
      cache.put("whole", "first");
      Files.write(file("k"), new byte[0]);
      recorder.forget();
      assertThatExceptionOfType(CacheException.class)
          .isThrownBy(() -> removal.accept(cache))
          .withMessageContaining("key whole");
      assertThat(file("k")).exists();
      Files.delete(file("whole"));
      removal.accept(cache);
      try (Stream<Path> files = Files.list(directory.resolve("c"))) {
        assertThat(files).noneMatch(WriteOnceTableTest::isEntry);
      }
      assertThat(recorder.events).isEmpty();
      assertThat(cache.putIfAbsent("k", "second")).isTrue();
      provider.close();
      open("reject", recorder).getCacheManager().destroyCache("c");
    }
  }

  @Test
  void whatIsClearedBecauseItCannotBeReadIsNotInMemoryEither() throws Exception {
    Cache<String, String> cache = open("reject", new Recorder(), "memory.max-entries", "9");
    cache.put("k", "first");
    assertThat(cache.get("k")).isEqualTo("first");
    Files.write(file("k"), new byte[0]);
    cache.clear();
    assertThat(cache.get("k")).isNull();
  }

  private Path file(String key) throws IOException {
    try (Stream<Path> files = Files.list(directory.resolve("c"))) {
      return files
          .filter(WriteOnceTableTest::isEntry)
          .filter(file -> file.getFileName().toString().matches("(s-)?" + key + "[_.].*"))
          .findAny()
          .orElseThrow();
    }
  }

  private static boolean isEntry(Path file) {
    return file.toString().matches(".*[.](entry|json)");
  }

  @Test
  void destroyCacheDeletesTheStoreAllTheSame() {
    Cache<String, String> cache = open("reject", new Recorder());
    cache.put("k", "first");
    cache.getCacheManager().destroyCache("c");
    assertThat(open("reject", new Recorder()).get("k")).isNull();
  }

  @Test
  void ofPutAllNothingIsWrittenIfOneEntryIsThere() {
    Cache<String, String> cache = open("reject", new Recorder());
    cache.put("k", "first");
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(() -> cache.putAll(Map.of("a", "1", "k", "2", "z", "3")))
        .withMessageContaining("key k");
    assertThat(cache).hasSize(1);
  }

  @Test
  void aValueThatDiffersFromTheFirstKeepsNoOtherOfACallFromBeingStored() {
    Recorder recorder = new Recorder();
    Cache<String, String> cache = open("keep-first", recorder, "consistency-checks", "1");
    cache.put("m", "first");
    recorder.forget();
    Map<String, String> entries = new LinkedHashMap<>();
    List.of("m", "a", "k", "x", "z").forEach(key -> entries.put(key, "second"));
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(() -> cache.putAll(entries))
        .withMessageContaining("key m");
    assertThat(recorder.writes)
        .containsExactly("writeAll [a:second, k:second, x:second, z:second]");
    assertThat(cache).hasSize(5);
    assertThat(cache.get("m")).isEqualTo("first");
  }

  @Test
  void whatWasCreatedAsImmutableIsOpenedAsThatOnly() {
    open("reject", new Recorder());
    try (PersiDictCachingProvider other = new PersiDictCachingProvider()) {
      assertThatExceptionOfType(CacheException.class)
          .isThrownBy(
              () ->
                  other
                      .getCacheManager(directory.toUri(), null, Layouts.settings(layout))
                      .createCache("c", new MutableConfiguration<>()))
          .withMessageContaining("immutable-items true")
          .withMessageContaining("with false");
    }
  }

  @Test
  void consistencyChecksCompareWhatIsIgnoredWithTheFirst() throws Exception {
    Cache<String, ArrayList<String>> cache =
        provider
            .getCacheManager(directory.toUri(), null, Layouts.settings(layout))
            .createCache(
                "checked", new PersiDictConfiguration<String, ArrayList<String>>().setKeepFirst(1));
    ObjectName all = new ObjectName("io.persidict:type=ConsistencyChecks,Cache=checked,*");
    var server = ManagementFactory.getPlatformMBeanServer();
    ObjectName name = server.queryNames(all, null).iterator().next();
    cache.put("k", new ArrayList<>(List.of("a")));
    cache.put("k", new ArrayList<>(List.of("a")));
    cache.putIfAbsent("k", new ArrayList<>(List.of("not compared, since it is no rewrite")));
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(() -> cache.put("k", new ArrayList<>(List.of("b"))))
        .withMessageContaining("key k")
        .withMessageContaining("keep-first");
    assertThat(cache.get("k")).containsExactly("a");
    assertThat(server.getAttribute(name, "ChecksAttempted")).isEqualTo(2L);
    assertThat(server.getAttribute(name, "ChecksPassed")).isEqualTo(1L);
    assertThat(server.getAttribute(name, "ChecksFailed")).isEqualTo(1L);
    cache.close();
    assertThat(server.queryNames(all, null)).isEmpty();
  }

  @Test
  void consistencyChecksCompareWithTheFirstAsItIsAlsoWhereAProcessorChangedWhatItGot() {
    Cache<String, Object> cache = checked(Object.class);
    cache.put("k", new ArrayList<>(List.of("a")));
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(
            () ->
                cache.invoke(
                    "k",
                    (entry, arguments) -> {
                      Object value = entry.getValue();
                      ((List<?>) value).clear();
                      entry.setValue(value);
                      return null;
                    }))
        .withMessageContaining("differs from the first");
    assertThat(cache.get("k")).isEqualTo(List.of("a"));
  }

  private <V> Cache<String, V> checked(Class<V> type) {
    PersiDictConfiguration<String, V> configuration =
        new PersiDictConfiguration<String, V>().setKeepFirst(1);
    configuration.setTypes(String.class, type);
    return provider
        .getCacheManager(directory.toUri(), null)
        .createCache(type.getSimpleName(), configuration);
  }

  @Test
  void consistencyChecksPassValuesThatAreEqualAlthoughTheirBytesAreNot() {
    Cache<String, Object> cache = checked(Object.class);
    cache.put("k", new LinkedHashMap<>(Map.of("a", 1)));
    cache.put("k", new HashMap<>(Map.of("a", 1)));
    assertThat(cache.get("k")).isInstanceOf(LinkedHashMap.class);
  }

  @Test
  void consistencyChecksPassValuesOfTheSameBytesAlthoughTheyAreNotEqual() {
    Cache<String, StringBuilder> cache = checked(StringBuilder.class);
    cache.put("k", new StringBuilder("a"));
    cache.put("k", new StringBuilder("a"));
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(() -> cache.put("k", new StringBuilder("b")))
        .withMessageContaining("differs from the first");
  }

  @Test
  void aProcessorWhoseValueIsNotTakenHasReadTheFirst() {
    Layouts.assumeEntry(layout, "policies of the user");
    Recorder recorder = new Recorder();
    Cache<String, String> cache = open("keep-first", recorder);
    cache.put("k", "first");
    recorder.forget();
    cache.invoke(
        "k",
        (entry, arguments) -> {
          entry.setValue(entry.getValue() + " and second");
          return null;
        });
    assertThat(recorder.expiries).containsExactly("access");
  }

  @ParameterizedTest
  @CsvSource({
    "on-rewrite, keep-first, immutable-items is true",
    "consistency-checks, 0.5, on-rewrite is keep-first",
    "consistency-checks, 2, 0 to 1",
    "consistency-checks, often, 0 to 1"
  })
  void contradictionsAreRefused(String setting, String value, String allowed) {
    Properties settings = new Properties();
    settings.setProperty("persidict." + setting, value);
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(
            () ->
                provider
                    .getCacheManager(directory.toUri(), null, settings)
                    .createCache("c", new MutableConfiguration<>()))
        .withMessageContaining(value)
        .withMessageContaining(allowed);
  }

  @ParameterizedTest
  @ValueSource(strings = {"maybe", "keep-last"})
  void anUnknownPolicyIsRefused(String onRewrite) {
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(() -> open(onRewrite, new Recorder()))
        .withMessageContaining("reject, keep-first");
  }
}
