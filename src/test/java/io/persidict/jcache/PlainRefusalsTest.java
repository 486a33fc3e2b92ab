package io.persidict.jcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.persidict.key.DictKey;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.configuration.Factory;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.expiry.AccessedExpiryPolicy;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.Duration;
import javax.cache.expiry.EternalExpiryPolicy;
import javax.cache.expiry.ExpiryPolicy;
import javax.cache.expiry.ModifiedExpiryPolicy;
import javax.cache.expiry.TouchedExpiryPolicy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What cannot be had in the layout plain is refused when the cache is created, with why. */
final class PlainRefusalsTest {
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

  private void assertRefused(
      CacheManager manager, MutableConfiguration<?, ?> configuration, String... why)
      throws Exception {
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(() -> manager.createCache("c", configuration))
        .satisfies(e -> assertThat(e.getMessage()).contains(why));
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files.map(file -> file.getFileName().toString())).doesNotContain("c");
    }
  }

  @ParameterizedTest
  @ValueSource(
      classes = {Integer.class, LocalDate.class, List.class, Thread.State.class, byte[].class})
  void otherKeys(Class<?> keyType) throws Exception {
    assertRefused(
        manager(),
        new MutableConfiguration<Object, Object>().setTypes(anyType(keyType), Object.class),
        keyType.getTypeName(),
        "String, String[] and io.persidict.key.DictKey",
        "layout entry");
  }

  @SuppressWarnings("unchecked")
  private static Class<Object> anyType(Class<?> type) {
    return (Class<Object>) type;
  }

  @ParameterizedTest
  @ValueSource(classes = {Object.class, String.class, String[].class, DictKey.class})
  void theseKeysAreNot(Class<?> keyType) {
    assertThatCode(
            () ->
                manager()
                    .createCache(
                        "c",
                        new MutableConfiguration<Object, Object>()
                            .setTypes(anyType(keyType), Object.class)))
        .doesNotThrowAnyException();
  }

  private static MutableConfiguration<String, Object> expiring(
      Factory<? extends ExpiryPolicy> expiry) {
    return new MutableConfiguration<String, Object>()
        .setTypes(String.class, Object.class)
        .setExpiryPolicyFactory(expiry);
  }

  /** Known to nobody, and closed with the cache that is not to be. */
  private static final class OwnPolicy implements ExpiryPolicy, AutoCloseable {
    private final AtomicBoolean closed = new AtomicBoolean();

    @Override
    public Duration getExpiryForCreation() {
      return Duration.ETERNAL;
    }

    @Override
    public Duration getExpiryForAccess() {
      return null;
    }

    @Override
    public Duration getExpiryForUpdate() {
      return null;
    }

    @Override
    public void close() {
      closed.set(true);
    }
  }

  static Stream<ExpiryPolicy> policies() {
    return Stream.of(
        new AccessedExpiryPolicy(Duration.ONE_HOUR),
        new TouchedExpiryPolicy(Duration.ONE_HOUR),
        new CreatedExpiryPolicy(Duration.ONE_HOUR),
        new OwnPolicy());
  }

  @ParameterizedTest
  @MethodSource("policies")
  void otherExpiry(ExpiryPolicy policy) throws Exception {
    assertRefused(
        manager(),
        expiring(() -> policy),
        policy.getClass().getName(),
        "no time but that of the file",
        "ModifiedExpiryPolicy",
        "layout entry");
    if (policy instanceof OwnPolicy own) {
      assertThat(own.closed).isTrue();
    }
  }

  @Test
  void thisExpiryIsNot() {
    CacheManager manager = manager("cache.once.immutable-items", "true");
    manager.createCache("never", expiring(EternalExpiryPolicy.factoryOf()));
    manager.createCache("hour", expiring(ModifiedExpiryPolicy.factoryOf(Duration.ONE_HOUR)));
    manager.createCache("once", expiring(CreatedExpiryPolicy.factoryOf(Duration.ONE_HOUR)));
    assertThat(manager.getCacheNames()).containsExactly("hour", "never", "once");
  }

  @ParameterizedTest
  @CsvSource({
    "expiry, accessed PT1H, no time but that of the file",
    "expiry, touched PT1H, no time but that of the file",
    "expiry, created PT1H, where immutable-items is true",
    "key-type, java.lang.Long, has keys of java.lang.Long",
    "format, jser, 'json, pkl or a name for text'",
    "format, __cache__, 'json, pkl or a name for text'",
    "format, __tmp__, 'json, pkl or a name for text'",
    "format, a/b, 'json, pkl or a name for text'",
    "format, txt, holds java.lang.String",
    "cache.c.serial-filter, com.example.*, serializes nothing",
    "layout, bare, 'entry, plain'"
  })
  void settingsThatContradictIt(String setting, String value, String why) throws Exception {
    String key = setting.startsWith("cache.") ? setting : "cache.c." + setting;
    if (setting.equals("layout")) {
      assertThatExceptionOfType(CacheException.class)
          .isThrownBy(() -> manager(key, value))
          .withMessageContaining(why);
    } else {
      assertRefused(manager(key, value), new MutableConfiguration<>(), why);
    }
  }

  @Test
  void aFilterForOtherCachesIsNone() {
    assertThatCode(
            () ->
                manager("serial-filter", "com.example.*")
                    .createCache("c", new MutableConfiguration<>()))
        .doesNotThrowAnyException();
  }
}
