package io.persidict.jcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.persidict.jcache.storage.StoredEntry;
import io.persidict.lease.ResultStore;
import io.persidict.store.FaultyStore;
import io.persidict.store.MemoryStore;
import io.persidict.store.StoreException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.configuration.Factory;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.expiry.AccessedExpiryPolicy;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.Duration;
import javax.cache.expiry.EternalExpiryPolicy;
import javax.cache.expiry.ExpiryPolicy;
import javax.cache.expiry.ModifiedExpiryPolicy;
import javax.cache.expiry.TouchedExpiryPolicy;
import javax.cache.processor.EntryProcessor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** When entries expire, and that nothing brings an expired one back. */
final class ExpiryTest {
  private static final Duration MOMENT = new Duration(TimeUnit.MILLISECONDS, 1);

  @TempDir Path directory;

  private PersiDictCachingProvider provider = new PersiDictCachingProvider();
  private final Recorder recorder = new Recorder();

  @AfterEach
  void close() {
    provider.close();
  }

  /** Opens the cache as a new process would. */
  private Cache<String, String> reopen(Factory<? extends ExpiryPolicy> policy, String... settings) {
    provider.close();
    provider = new PersiDictCachingProvider();
    Properties properties = new Properties();
    properties.setProperty("persidict.digest-length", "0");
    for (int i = 0; i < settings.length; i += 2) {
      properties.setProperty(settings[i], settings[i + 1]);
    }
    return provider
        .getCacheManager(directory.toUri(), null, properties)
        .createCache(
            "c",
            new MutableConfiguration<String, String>()
                .setTypes(String.class, String.class)
                .setExpiryPolicyFactory(policy));
  }

  private Cache<String, String> reopen() {
    return reopen(() -> recorder);
  }

  @ParameterizedTest
  @EnumSource(names = {"MILLISECONDS", "SECONDS", "MINUTES", "HOURS", "DAYS"})
  void aVeryLongDurationIsForEver(TimeUnit unit) throws Exception {
    for (long amount : List.of(Long.MAX_VALUE, Long.MAX_VALUE / 2, Long.MAX_VALUE - 1)) {
      Duration duration = new Duration(unit, amount);
      recorder.creation = duration;
      recorder.update = duration;
      recorder.access = duration;
      Cache<String, String> cache = reopen();
      cache.put("k", "created");
      assertThat(cache.get("k")).isEqualTo("created");
      cache.put("k", "updated");
      assertThat(cache.get("k")).isEqualTo("updated");
      assertThat(expiry()).isGreaterThan(System.currentTimeMillis() + Long.MAX_VALUE / 4);
      cache.remove("k");
    }
  }

  private Path file() {
    return directory.resolve("c").resolve("s-k.entry");
  }

  private StoredEntry.ValidRecord stored() throws Exception {
    return (StoredEntry.ValidRecord) StoredEntry.FORMAT.decode(Files.readAllBytes(file()));
  }

  /** When the record says that the entry expires. */
  private long expiry() throws Exception {
    return stored().expiry();
  }

  /** Waits until the clock that expiry goes by has moved. */
  private static void tick() {
    long now = System.currentTimeMillis();
    while (System.currentTimeMillis() <= now + 1) {
      Thread.onSpinWait();
    }
  }

  // ---- policies

  static Stream<Arguments> policies() {
    Duration hour = Duration.ONE_HOUR;
    return Stream.of(
        Arguments.of("eternal", EternalExpiryPolicy.factoryOf(), "eternal", false, false),
        Arguments.of("created", CreatedExpiryPolicy.factoryOf(hour), "hour", false, false),
        Arguments.of("modified", ModifiedExpiryPolicy.factoryOf(hour), "hour", true, false),
        Arguments.of("accessed", AccessedExpiryPolicy.factoryOf(hour), "hour", false, true),
        Arguments.of("touched", TouchedExpiryPolicy.factoryOf(hour), "hour", true, true));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("policies")
  void aPolicySetsTheExpiryAtWhatItIsNamedAfter(
      String name, Factory<ExpiryPolicy> policy, String first, boolean byUpdate, boolean byAccess)
      throws Exception {
    Cache<String, String> cache = reopen(policy);
    long before = System.currentTimeMillis();
    cache.put("k", "1");
    if (first.equals("eternal")) {
      assertThat(expiry()).isEqualTo(StoredEntry.NEVER);
    } else {
      assertThat(expiry() - 3_600_000).isBetween(before, System.currentTimeMillis());
    }
    assertThat(movesExpiry(() -> cache.getAndPut("k", "2"))).isEqualTo(byUpdate);
    assertThat(movesExpiry(() -> cache.get("k"))).isEqualTo(byAccess);
    assertThat(movesExpiry(() -> cache.iterator().next())).isEqualTo(byAccess);
    assertThat(movesExpiry(() -> cache.replace("k", "other", "3"))).isEqualTo(byAccess);
    ResultStore results = cache.unwrap(ResultStore.class);
    assertThat(movesExpiry(() -> results.putFirst("k", "3"))).isEqualTo(byAccess);
    assertThat(movesExpiry(() -> cache.containsKey("k"))).isFalse();
    assertThat(movesExpiry(() -> cache.putIfAbsent("k", "3"))).isFalse();
  }

  @Test
  void aReadFromMemoryPostponesExpiryAsAnyOther() throws Exception {
    Cache<String, String> cache =
        reopen(
            AccessedExpiryPolicy.factoryOf(Duration.ONE_HOUR),
            "persidict.memory.max-entries",
            "10",
            "persidict.memory.coherence",
            "unchecked");
    cache.put("k", "1");
    for (int read = 0; read < 3; read++) {
      assertThat(movesExpiry(() -> cache.get("k"))).isTrue();
    }
  }

  @Test
  void whoOnlyLooksAtAnEntryOverwritesNobodysChange() {
    try (PersiDictCachingProvider elsewhere = new PersiDictCachingProvider()) {
      Properties properties = new Properties();
      properties.setProperty("persidict.digest-length", "0");
      Recorder overtaken =
          new Recorder() {
            @Override
            public Duration getExpiryForAccess() {
              elsewhere
                  .getCacheManager(directory.toUri(), null, properties)
                  .createCache("c", new MutableConfiguration<>())
                  .put("k", "theirs");
              return Duration.ONE_HOUR;
            }
          };
      Cache<String, String> cache = reopen(() -> overtaken);
      cache.put("k", "old");
      assertThat(cache.replace("k", "other", "mine")).isFalse();
      assertThat(current().getAndRemove("k")).isEqualTo("theirs");
    }
  }

  /** A cache whose entry others remove while its policy is asked about a read. */
  private void withAnEntryThatGoesMeanwhile(Consumer<Cache<String, String>> read) {
    try (PersiDictCachingProvider elsewhere = new PersiDictCachingProvider()) {
      Properties properties = new Properties();
      properties.setProperty("persidict.digest-length", "0");
      Recorder overtaken =
          new Recorder() {
            @Override
            public Duration getExpiryForAccess() {
              elsewhere
                  .getCacheManager(directory.toUri(), null, properties)
                  .createCache("c", new MutableConfiguration<>())
                  .remove("k");
              return Duration.ONE_HOUR;
            }
          };
      Cache<String, String> cache = reopen(() -> overtaken);
      cache.put("k", "old");
      read.accept(cache);
      assertThat(cache.containsKey("k")).isFalse();
    }
  }

  @Test
  void anEntryThatGoesWhileItIsReadIsNotBroughtBack() {
    withAnEntryThatGoesMeanwhile(cache -> assertThat(cache.get("k")).isNull());
    withAnEntryThatGoesMeanwhile(
        cache -> assertThat(cache.iterator().next().getValue()).isEqualTo("old"));
    withAnEntryThatGoesMeanwhile(
        cache -> {
          EntryProcessor<String, String, String> changer =
              (entry, arguments) -> {
                String found = entry.getValue();
                if (found != null) {
                  entry.setValue("mine");
                }
                return found;
              };
          assertThat(cache.invoke("k", changer)).isNull();
        });
  }

  private boolean movesExpiry(Supplier<?> operation) throws Exception {
    long before = expiry();
    tick();
    operation.get();
    assertThat(expiry()).isGreaterThanOrEqualTo(before);
    return expiry() > before;
  }

  @Test
  void anEntryTellsWhenItsValueWasPut() throws Exception {
    Cache<String, String> cache = reopen();
    cache.put("k", "1");
    long first = stored().created();
    tick();
    cache.put("k", "2");
    long second = stored().created();
    assertThat(second).isGreaterThan(first);
    tick();
    assertThat(cache.replace("k", "2", "3")).isTrue();
    assertThat(stored().created()).isGreaterThan(second);
  }

  @Test
  void aReadThatDoesNotPostponeExpiryWritesNothing() throws Exception {
    Cache<String, String> cache = reopen();
    cache.put("k", "1");
    byte[] written = Files.readAllBytes(file());
    assertThat(cache.get("k")).isEqualTo("1");
    recorder.access = Duration.ETERNAL;
    assertThat(cache.get("k")).isEqualTo("1");
    assertThat(cache).hasSize(1);
    assertThat(file()).hasBinaryContent(written);
  }

  @Test
  void aProcessorThatReadsAndSetsPostponesExpiryAsAReadDoesUnlessUpdatesSayOtherwise()
      throws Exception {
    Cache<String, String> cache = reopen();
    EntryProcessor<String, String, String> appender =
        (entry, arguments) -> {
          entry.setValue(entry.getValue() + "+");
          return null;
        };
    recorder.creation = Duration.ONE_HOUR;
    recorder.access = Duration.ONE_DAY;
    cache.put("k", "1");
    long before = System.currentTimeMillis();
    cache.invoke("k", appender);
    assertThat(expiry() - 86_400_000).isBetween(before, System.currentTimeMillis());
    recorder.update = Duration.ETERNAL;
    cache.invoke("k", appender);
    assertThat(expiry()).isEqualTo(StoredEntry.NEVER);
    assertThat(cache.get("k")).isEqualTo("1++");
  }

  @Test
  void zeroIsAtOnce() {
    Cache<String, String> cache = reopen();
    recorder.creation = Duration.ZERO;
    cache.put("k", "1");
    assertThat(cache.putIfAbsent("k", "1")).isTrue();
    assertThat(file()).doesNotExist();
    recorder.creation = Duration.ETERNAL;
    recorder.update = Duration.ZERO;
    cache.put("k", "2");
    cache.put("k", "3");
    assertThat(cache.containsKey("k")).isFalse();
    assertThat(file()).doesNotExist();
    recorder.access = Duration.ZERO;
    cache.put("k", "4");
    assertThat(cache.get("k")).isEqualTo("4");
    assertThat(file()).doesNotExist();
    assertThat(cache.get("k")).isNull();
  }

  @Test
  void aFailingPolicyChangesNothingAndIsReportedOnce() throws Exception {
    ExpiryPolicy failing =
        new ExpiryPolicy() {
          @Override
          public Duration getExpiryForCreation() {
            throw new IllegalStateException("on purpose");
          }

          @Override
          public Duration getExpiryForAccess() {
            throw new IllegalStateException("on purpose");
          }

          @Override
          public Duration getExpiryForUpdate() {
            throw new IllegalStateException("on purpose");
          }
        };
    try (Warnings warnings = new Warnings()) {
      Cache<String, String> cache = reopen(() -> failing);
      cache.put("k", "1");
      cache.put("k", "2");
      assertThat(cache.get("k")).isEqualTo("2");
      assertThat(cache).hasSize(1);
      assertThat(expiry()).isEqualTo(StoredEntry.NEVER);
      assertThat(warnings.messages())
          .singleElement()
          .asString()
          .contains(failing.getClass().getName());
    }
    Cache<String, String> hourly = reopen(CreatedExpiryPolicy.factoryOf(Duration.ONE_HOUR));
    hourly.remove("k");
    hourly.put("k", "1");
    long expiry = expiry();
    reopen(() -> failing).put("k", "2");
    assertThat(expiry()).isEqualTo(expiry);
  }

  // ---- restarts

  @Test
  void aRestartNeitherProlongsNorShortensALife() throws Exception {
    recorder.creation = Duration.ONE_HOUR;
    reopen().put("k", "1");
    long expiry = expiry();
    for (int restart = 0; restart < 3; restart++) {
      tick();
      recorder.creation = Duration.ONE_DAY;
      Cache<String, String> cache = reopen();
      assertThat(cache.get("k")).isEqualTo("1");
      assertThat(cache).hasSize(1);
      assertThat(expiry()).isEqualTo(expiry);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anExpiredEntryIsNeverReturned(boolean restarted) {
    Cache<String, String> cache = reopen();
    List<Supplier<Object>> reads =
        List.of(
            () -> current().get("k"),
            () -> current().getAll(Set.of("k")).get("k"),
            () -> current().containsKey("k") ? "contained" : null,
            () -> iterated().get("k"),
            () -> current().getAndPut("k", "1"),
            () -> current().getAndReplace("k", "1"),
            () -> current().getAndRemove("k"),
            () -> current().replace("k", "1") ? "replaced" : null,
            () -> current().replace("k", "old", "1") ? "replaced" : null,
            () -> current().remove("k", "old") ? "removed" : null,
            () -> current().remove("k") ? "removed" : null,
            () -> current().putIfAbsent("k", "1") ? null : "present",
            () -> current().invoke("k", (entry, arguments) -> entry.getValue()));
    for (int i = 0; i < reads.size(); i++) {
      recorder.creation = MOMENT;
      cache.put("k", "old");
      cache.put("other", "old");
      recorder.creation = Duration.ETERNAL;
      tick();
      assertThat(file()).exists();
      if (restarted) {
        cache = reopen();
      }
      assertThat(reads.get(i).get()).as("read %s", i).isNull();
      assertThat(iterated()).doesNotContainValue("old");
      cache.clear();
    }
  }

  private Cache<String, String> current() {
    return provider
        .getCacheManager(directory.toUri(), null)
        .getCache("c", String.class, String.class);
  }

  private Map<String, String> iterated() {
    List<Cache.Entry<String, String>> entries = new ArrayList<>();
    current().forEach(entries::add);
    return entries.stream()
        .collect(java.util.stream.Collectors.toMap(Cache.Entry::getKey, Cache.Entry::getValue));
  }

  @Test
  void whoeverComesByAnExpiredEntryDeletesItsFile() {
    Cache<String, String> cache = reopen();
    recorder.creation = MOMENT;
    cache.put("k", "old");
    tick();
    assertThat(cache.containsKey("k")).isFalse();
    assertThat(cache.get("k")).isNull();
    assertThat(file()).doesNotExist();
    cache.put("k", "old");
    tick();
    assertThat(cache).isEmpty();
    assertThat(file()).doesNotExist();
  }

  // ---- null

  static Stream<Factory<? extends ExpiryPolicy>> withoutDuration() {
    return Stream.of(
        () -> new CreatedExpiryPolicy(null),
        () -> new ModifiedExpiryPolicy(null),
        () -> new AccessedExpiryPolicy(null),
        () -> new TouchedExpiryPolicy(null));
  }

  @ParameterizedTest
  @MethodSource("withoutDuration")
  void aPolicyWithoutADurationIsRefused(Factory<? extends ExpiryPolicy> policy) {
    for (String layout : List.of(Layouts.ENTRY, Layouts.PLAIN)) {
      assertThatExceptionOfType(CacheException.class)
          .isThrownBy(() -> reopen(policy, "persidict.layout", layout))
          .withMessageMatching(".*(made with the duration null|layout plain).*");
      assertThat(directory.resolve("c")).doesNotExist();
    }
  }

  @Test
  void aPolicyThatHasNoDurationForANewEntryFails() throws Exception {
    recorder.creation = null;
    Cache<String, String> cache = reopen();
    try (Warnings warnings = new Warnings()) {
      cache.put("k", "v");
      assertThat(warnings.messages())
          .singleElement()
          .asString()
          .contains(Recorder.class.getName(), "NullPointerException");
    }
    assertThat(expiry()).isEqualTo(StoredEntry.NEVER);
  }

  // ---- stores that cannot be written to

  @Test
  void readsNeedNoStoreThatCanBeWrittenTo() {
    FaultyStore store = new FaultyStore(new MemoryStore());
    Cache<String, String> cache =
        CacheOverStore.open(
            provider.getCacheManager(directory.toUri(), null),
            "c",
            store,
            new MutableConfiguration<String, String>()
                .setTypes(String.class, String.class)
                .setExpiryPolicyFactory(() -> recorder),
            new Properties());
    for (Duration access : List.of(Duration.ONE_HOUR, Duration.ZERO)) {
      recorder.access = access;
      cache.put("k", "value");
      assertReadsWithoutWriting(store, () -> cache.get("k"), "value");
      assertReadsWithoutWriting(store, () -> cache.getAll(Set.of("k")), Map.of("k", "value"));
      assertReadsWithoutWriting(store, () -> cache.iterator().next().getValue(), "value");
      assertReadsWithoutWriting(store, () -> cache.replace("k", "other", "new"), false);
      assertReadsWithoutWriting(
          store, () -> cache.invoke("k", (entry, arguments) -> entry.getValue()), "value");
    }
    recorder.creation = MOMENT;
    cache.remove("k");
    cache.put("k", "expired");
    tick();
    assertReadsWithoutWriting(store, () -> cache.get("k"), null);
    assertReadsWithoutWriting(store, () -> cache.iterator().hasNext(), false);
    assertReadsWithoutWriting(store, () -> cache.replace("k", "new"), false);
    assertThat(cache.get("k")).isNull();
    assertThat(store.stat("s-k.entry")).as("once it can be written to").isEmpty();
  }

  private static void assertReadsWithoutWriting(
      FaultyStore store, Supplier<Object> read, @Nullable Object expected) {
    store.onMutations(FaultyStore.Fault.BEFORE);
    assertThat(read.get()).isEqualTo(expected);
  }

  @Test
  void thatReadsCannotWriteIsToldOnce() {
    FaultyStore store = new FaultyStore(new MemoryStore());
    Cache<String, String> cache =
        CacheOverStore.open(
            provider.getCacheManager(directory.toUri(), null),
            "c",
            store,
            new MutableConfiguration<String, String>()
                .setTypes(String.class, String.class)
                .setExpiryPolicyFactory(AccessedExpiryPolicy.factoryOf(Duration.ONE_HOUR)),
            new Properties());
    cache.put("k", "value");
    tick();
    try (Warnings warnings = new Warnings()) {
      store.onMutations(FaultyStore.Fault.BEFORE, FaultyStore.Fault.BEFORE);
      cache.get("k");
      cache.get("k");
      assertThat(warnings.messages())
          .singleElement()
          .asString()
          .contains("cannot postpone when entries expire", StoreException.class.getName());
    }
  }
}
