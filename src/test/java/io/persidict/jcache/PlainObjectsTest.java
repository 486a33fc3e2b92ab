package io.persidict.jcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.persidict.PersiDict;
import io.persidict.S3Dict;
import io.persidict.key.DictKey;
import io.persidict.store.s3.TestS3;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.Duration;
import javax.cache.expiry.ModifiedExpiryPolicy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Caches of bare values in S3: other programs see values there, and nothing else. */
@DisabledIfSystemProperty(
    named = "test.s3.endpoint",
    matches = ".+",
    disabledReason = "only our own server shows its objects, makes them older and counts")
final class PlainObjectsTest {
  @TempDir Path directory;

  private final TestS3 s3 = new TestS3();
  private final PersiDictCachingProvider provider = new PersiDictCachingProvider();

  @BeforeEach
  void start() {
    QuickDestruction.allow();
    s3.own().honourConditionalDeletes();
  }

  @AfterEach
  void close() {
    QuickDestruction.end();
    provider.close();
    s3.close();
  }

  private CacheManager manager(String... settings) {
    Properties properties = new Properties();
    properties.setProperty("persidict.layout", "plain");
    properties.setProperty("persidict.s3.endpoint", s3.endpoint().toString());
    properties.setProperty("persidict.s3.region", s3.region());
    properties.setProperty("persidict.s3.conditional-delete", "true");
    for (int i = 0; i < settings.length; i += 2) {
      properties.setProperty("persidict." + settings[i], settings[i + 1]);
    }
    URI uri = URI.create("s3://" + s3.bucket() + "/app/");
    return provider.getCacheManager(uri, null, properties);
  }

  private static MutableConfiguration<DictKey, Object> types() {
    return new MutableConfiguration<DictKey, Object>().setTypes(DictKey.class, Object.class);
  }

  private List<String> values() {
    return s3.own().keys(s3.bucket()).stream().filter(key -> key.endsWith(".json")).toList();
  }

  private static final DictKey KEY = DictKey.of("sub", "Key");

  @Test
  void objectsAreNamedAndFilledAsTheOriginalDoes() {
    Cache<DictKey, Object> cache = manager().createCache("c", types());
    cache.put(KEY, List.of(1L));
    assertThat(values()).containsExactly("app/c/sub/Key.json");
    try (PersiDict<Object> dict =
        S3Dict.at(s3.server(), s3.bucket(), "app/c/").open(Object.class)) {
      assertThat(dict.get(KEY)).contains(List.of(1L));
      dict.put(DictKey.of("theirs"), 2L);
      assertThat(cache.get(DictKey.of("theirs"))).isEqualTo(2L);
      assertThat(cache).hasSize(2);
    }
  }

  /** Each way in which an entry goes. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whereAnEntryWasNothingIs(boolean atomicOverwrite) {
    Cache<DictKey, Object> cache =
        manager("s3.atomic-overwrite", String.valueOf(atomicOverwrite)).createCache("c", types());
    List<Runnable> removals =
        List.of(
            () -> cache.remove(KEY),
            () -> cache.remove(KEY, 1L),
            () -> cache.getAndRemove(KEY),
            () -> cache.removeAll(Set.of(KEY)),
            cache::removeAll,
            cache::clear,
            () ->
                cache.invoke(
                    KEY,
                    (entry, arguments) -> {
                      entry.remove();
                      return null;
                    }),
            () -> {
              cache.iterator().forEachRemaining(entry -> cache.remove(entry.getKey()));
            });
    for (Runnable removal : removals) {
      cache.put(KEY, 1L);
      assertThat(values()).hasSize(1);
      removal.run();
      assertThat(cache.get(KEY)).isNull();
      assertThat(s3.own().keys(s3.bucket())).containsExactly("app/c/.__cache__");
    }
    cache.put(KEY, 1L);
    cache.getCacheManager().destroyCache("c");
    assertThat(values()).isEmpty();
  }

  @Test
  void whereTheServerMayIgnoreConditionsOfDeletionsItIsRefused() {
    CacheManager manager = manager("s3.conditional-delete", "false");
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(() -> manager.createCache("c", types()))
        .withMessageContaining("If-Match on DELETE")
        .withMessageContaining("s3.conditional-delete");
    assertThat(s3.own().keys(s3.bucket())).isEmpty();
  }

  @Test
  void cachesOfRecordsInTheSamePlaceKeepTheirTombstones() {
    CacheManager manager = manager("cache.records.layout", "entry");
    Cache<DictKey, Object> records = manager.createCache("records", types());
    records.put(KEY, 1L);
    records.remove(KEY);
    assertThat(s3.own().keys(s3.bucket())).hasSize(2);
    assertThat(records.get(KEY)).isNull();
  }

  // ---- equal bytes have equal ETags

  @Test
  void valuesThatComeBackAreThoseThatWereThere() {
    Cache<DictKey, Object> cache = manager("memory.max-entries", "9").createCache("c", types());
    List<Object> seen = new ArrayList<>();
    cache.put(KEY, "a");
    cache.invoke(
        KEY,
        (entry, arguments) -> {
          seen.add(entry.getValue());
          putTheirs("\"b\"");
          putTheirs("\"a\"");
          entry.setValue("c");
          return null;
        });
    assertThat(seen).containsExactly("a");
    assertThat(cache.get(KEY)).isEqualTo("c");
    seen.clear();
    cache.invoke(
        KEY,
        (entry, arguments) -> {
          seen.add(entry.getValue());
          if (seen.size() == 1) {
            putTheirs("\"b\"");
          }
          entry.setValue(entry.getValue() + "!");
          return null;
        });
    assertThat(seen).containsExactly("c", "b");
    assertThat(cache.get(KEY)).isEqualTo("b!");
  }

  private void putTheirs(String json) {
    s3.own().put(s3.bucket(), "app/c/sub/Key.json", json);
  }

  @ParameterizedTest
  @ValueSource(strings = {"memory.max-entries", "s3.local-max-bytes"})
  void equalBytesThatWereWrittenAgainHaveNotExpired(String tier) {
    CacheManager manager =
        tier.startsWith("memory")
            ? manager(tier, "9")
            : manager(tier, "1000000", "s3.local-dir", directory.toString());
    Cache<DictKey, Object> cache =
        manager.createCache(
            "c", types().setExpiryPolicyFactory(ModifiedExpiryPolicy.factoryOf(Duration.ONE_HOUR)));
    putTheirs("1");
    assertThat(cache.get(KEY)).isEqualTo(1L);
    s3.own().age(s3.bucket(), java.time.Duration.ofMinutes(59));
    assertThat(cache.get(KEY)).isEqualTo(1L);
    s3.own().age(s3.bucket(), java.time.Duration.ofMinutes(59));
    putTheirs("1");
    assertThat(cache.containsKey(KEY)).isTrue();
    assertThat(cache.get(KEY)).isEqualTo(1L);
    assertThat(cache.putIfAbsent(KEY, 2L)).isFalse();
  }

  @Test
  void anExpiredEntryIsGone() {
    Cache<DictKey, Object> cache =
        manager()
            .createCache(
                "c",
                types().setExpiryPolicyFactory(ModifiedExpiryPolicy.factoryOf(Duration.ONE_HOUR)));
    cache.put(KEY, 1L);
    s3.own().age(s3.bucket(), java.time.Duration.ofMinutes(61));
    assertThat(cache.containsKey(KEY)).isFalse();
    assertThat(cache.get(KEY)).isNull();
    assertThat(values()).isEmpty();
  }

  @Test
  void entriesWrittenOnceDoNotExpireThere() {
    CacheManager manager = manager("immutable-items", "true");
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(
            () ->
                manager.createCache(
                    "c",
                    types()
                        .setExpiryPolicyFactory(CreatedExpiryPolicy.factoryOf(Duration.ONE_HOUR))))
        .withMessageContaining("immutable-items")
        .withMessageContaining("expire in S3");
    Cache<DictKey, Object> eternal = manager.createCache("c", types());
    eternal.put(KEY, 1L);
    assertThatExceptionOfType(CacheException.class).isThrownBy(() -> eternal.put(KEY, 2L));
  }

  @Test
  void memoryHoldsWhatIsNew() {
    Cache<DictKey, Object> cache = manager("memory.max-entries", "9").createCache("c", types());
    putTheirs("1");
    assertThat(cache.get(KEY)).isEqualTo(1L);
    s3.own().resetCounts();
    assertThat(cache.get(KEY)).isEqualTo(1L);
    assertThat(s3.own().counts()).containsOnly(Map.entry("GetObject", 1));
  }
}
