package io.persidict.jcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.persidict.extra.EntryExpiryPolicy;
import io.persidict.maintenance.StoreMaintenance;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.configuration.FactoryBuilder;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.event.CacheEntryCreatedListener;
import javax.cache.expiry.Duration;
import javax.cache.expiry.ExpiryPolicy;
import javax.cache.integration.CacheLoader;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is logged, and at which level. */
final class LoggingTest {
  private static final String KEY = "privatekey";
  private static final String VALUE = "privatevalue";

  @TempDir Path directory;
  private final PersiDictCachingProvider provider = new PersiDictCachingProvider();
  private final Logger logger = Logger.getLogger("io.persidict");
  private final List<String> debug = new CopyOnWriteArrayList<>();
  private final List<String> above = new CopyOnWriteArrayList<>();

  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord logged) {
          StringWriter text = new StringWriter();
          text.write(new SimpleFormatter().formatMessage(logged));
          if (logged.getThrown() != null) {
            logged.getThrown().printStackTrace(new PrintWriter(text));
          }
          if (logged.getLoggerName().startsWith(StoreMaintenance.class.getPackageName())
              && !text.toString().contains(directory.toString())) {
            return; // of a test beside this one
          }
          (logged.getLevel().intValue() > Level.FINE.intValue() ? above : debug)
              .add(text.toString());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  @BeforeEach
  void listen() {
    logger.setLevel(Level.FINE);
    logger.addHandler(handler);
  }

  @AfterEach
  void close() {
    provider.close();
    logger.removeHandler(handler);
    logger.setLevel(null);
  }

  private static RuntimeException failure() {
    return new IllegalStateException(KEY + " " + VALUE);
  }

  /** A policy, loader and listener that fail and say why. */
  private static final class Talkative
      implements EntryExpiryPolicy<String, String>,
          CacheLoader<String, String>,
          CacheEntryCreatedListener<String, String>,
          AutoCloseable {
    @Override
    public Duration getExpiryForCreation(String key, String value) {
      return new Duration(TimeUnit.HOURS, 1);
    }

    @Override
    public Duration getExpiryForAccess(String key, String value) {
      throw failure();
    }

    private boolean loaded;

    @Override
    public synchronized String load(String key) {
      if (loaded) {
        throw failure();
      }
      loaded = true;
      return VALUE;
    }

    @Override
    public Map<String, String> loadAll(Iterable<? extends String> keys) {
      throw failure();
    }

    @Override
    public void onCreated(
        Iterable<javax.cache.event.CacheEntryEvent<? extends String, ? extends String>> events) {
      throw failure();
    }

    @Override
    public void close() {
      throw failure();
    }
  }

  @Test
  void noKeyAndNoValueAboveDebug() throws Exception {
    Properties settings = new Properties();
    settings.setProperty("persidict.cache.c.refresh-ahead", "1");
    settings.setProperty("persidict.cache.json.format", "json");
    CacheManager manager = provider.getCacheManager(directory.toUri(), null, settings);
    Cache<String, String> cache =
        manager.createCache(
            "c",
            new MutableConfiguration<String, String>()
                .setReadThrough(true)
                .setCacheLoaderFactory(Talkative::new)
                .setExpiryPolicyFactory(Talkative::new)
                .addCacheEntryListenerConfiguration(
                    new MutableCacheEntryListenerConfiguration<>(
                        new FactoryBuilder.SingletonFactory<>(new Talkative()),
                        null,
                        false,
                        false)));
    assertThat(cache.get(KEY)).isEqualTo(VALUE);
    assertThat(cache.get(KEY)).isEqualTo(VALUE);
    await().until(() -> above.stream().anyMatch(told -> told.contains("ahead of its end")));
    await().until(() -> above.stream().anyMatch(told -> told.contains("listener")));
    damage("c", "no entry but long enough to be one of them all");
    cache.containsKey(KEY);

    Cache<String, Integer> json =
        manager.createCache(
            "json",
            new MutableConfiguration<String, Integer>().setTypes(String.class, Integer.class));
    json.put(KEY, 1);
    manager.destroyCache("json");
    cache.close();

    assertThat(above).hasSizeGreaterThanOrEqualTo(4);
    assertThat(above).noneMatch(told -> told.contains(KEY) || told.contains(VALUE));
    assertThat(debug).anyMatch(told -> told.contains(KEY));
    assertThat(debug).anyMatch(told -> told.contains(VALUE));
  }

  /** In the layout plain, the first parts of a key are names of directories. */
  @Test
  void noPartOfAKeyAboveDebug() throws Exception {
    Properties settings = Layouts.settings(Layouts.PLAIN);
    Cache<String[], Integer> cache =
        provider
            .getCacheManager(directory.toUri(), null, settings)
            .createCache(
                "c",
                new MutableConfiguration<String[], Integer>()
                    .setTypes(String[].class, Integer.class));
    String[] key = {KEY, "of", KEY};
    cache.put(key, 1);
    try (Stream<Path> files = Files.walk(directory.resolve("c"))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".json")).toList()) {
        Files.writeString(file, VALUE);
      }
    }
    assertThat(cache.get(key)).isNull();
    assertThat(above)
        .singleElement()
        .asString()
        .contains(directory.resolve("c").toString())
        .doesNotContain(KEY)
        .doesNotContain(VALUE);
    assertThat(debug).anyMatch(told -> told.contains(KEY));
  }

  private void damage(String cache, String text) throws Exception {
    try (Stream<Path> files = Files.list(directory.resolve(cache))) {
      for (Path file : files.filter(f -> f.toString().contains(KEY)).toList()) {
        Files.writeString(file, text);
      }
    }
  }

  /** A record whose value is not what the format can read, as another program might leave it. */
  @Test
  void whatAFormatSaysOfTheBytesIsForDebug() {
    Properties text = new Properties();
    text.setProperty("persidict.cache.c.format", "json");
    MutableConfiguration<String, Object> any = new MutableConfiguration<>();
    provider.getCacheManager(directory.toUri(), null, text).createCache("c", any).put(KEY, VALUE);
    provider.close();
    Cache<String, Integer> numbers =
        provider
            .getCacheManager(directory.toUri(), null, text)
            .createCache(
                "c",
                new MutableConfiguration<String, Integer>().setTypes(String.class, Integer.class));
    assertThat(numbers.get(KEY)).isNull();
    assertThat(above)
        .singleElement()
        .asString()
        .contains("it is not JSON of the type Integer")
        .contains(directory.resolve("c").toString())
        .doesNotContain(KEY)
        .doesNotContain(VALUE);
    assertThat(debug).anyMatch(told -> told.contains(KEY));
  }

  @Test
  void decisionsAreToldAtDebug() {
    Properties settings = new Properties();
    settings.setProperty("persidict.memory.max-entries", "7");
    CacheManager manager = provider.getCacheManager(directory.toUri(), null, settings);
    Cache<String, String> cache =
        manager.createCache("people", new MutableConfiguration<String, String>());
    cache.put(KEY, VALUE);
    cache.close();
    manager.destroyCache("people");
    assertThat(debug)
        .anyMatch(told -> told.contains("the manager of " + directory.toUri() + " is open"))
        .anyMatch(
            told ->
                told.contains("cache \"people\" is open")
                    && told.contains("format jser")
                    && told.contains("memory 7 entries, checked"))
        .anyMatch(told -> told.contains("cache \"people\" is closed"))
        .anyMatch(told -> told.contains("cache \"people\" at") && told.contains("destroyed"))
        .noneMatch(told -> told.contains(KEY) || told.contains(VALUE));
    assertThat(above).isEmpty();
  }

  /** A policy that counts how many of its kind are closed. */
  private static final class Closable implements ExpiryPolicy, AutoCloseable {
    private static final AtomicInteger CLOSED = new AtomicInteger();

    @Override
    public Duration getExpiryForCreation() {
      return Duration.ETERNAL;
    }

    @Override
    public @Nullable Duration getExpiryForAccess() {
      return null;
    }

    @Override
    public @Nullable Duration getExpiryForUpdate() {
      return null;
    }

    @Override
    public void close() {
      CLOSED.incrementAndGet();
    }
  }

  @Test
  void aLogThatFailsLeavesNoCacheOpen() {
    Handler failing =
        new Handler() {
          @Override
          public void publish(LogRecord logged) {
            if (new SimpleFormatter()
                .formatMessage(logged)
                .matches("cache .log [12].* is closed")) {
              throw new IllegalArgumentException("the log is full");
            }
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    Closable.CLOSED.set(0);
    CacheManager manager = provider.getCacheManager(directory.toUri(), null);
    for (String name : List.of("log 1", "log 2")) {
      manager.createCache(
          name, new MutableConfiguration<String, String>().setExpiryPolicyFactory(Closable::new));
    }
    logger.addHandler(failing);
    try {
      provider.close();
    } finally {
      logger.removeHandler(failing);
    }
    assertThat(Closable.CLOSED).hasValue(2);
  }

  @Test
  void secretsInUrisAreToldNowhere() {
    assertThatThrownBy(
            () ->
                provider.getCacheManager(
                    java.net.URI.create("s3://user:" + VALUE + "@bucket/prefix/"), null))
        .isInstanceOf(javax.cache.CacheException.class)
        .hasMessageNotContaining(VALUE);
    assertThat(debug).noneMatch(told -> told.contains(VALUE));
    assertThat(above).noneMatch(told -> told.contains(VALUE));
  }
}
