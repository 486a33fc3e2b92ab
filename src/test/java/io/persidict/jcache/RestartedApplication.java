package io.persidict.jcache;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.persidict.extra.EntryExpiryPolicy;
import io.persidict.extra.PrefixRemoval;
import io.persidict.maintenance.StoreMaintenance;
import io.persidict.memo.Memo;
import io.persidict.micrometer.PersiDictMetrics;
import java.io.Serializable;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.configuration.FactoryBuilder;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.event.CacheEntryCreatedListener;
import javax.cache.event.CacheEntryEvent;
import javax.cache.expiry.Duration;
import javax.cache.integration.CacheLoader;

/** An application with classes of its own wherever caches take some. */
public final class RestartedApplication implements Consumer<URI> {
  /** Of keys. */
  public enum Kind {
    ONE,
    OTHER
  }

  /** A key; no record, since JDK 17 itself holds the one whose {@code equals} it linked last. */
  public static final class Key implements Serializable {
    final Kind kind;
    final String name;

    Key(Kind kind, String name) {
      this.kind = kind;
      this.name = name;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Key key && key.kind == kind && key.name.equals(name);
    }

    @Override
    public int hashCode() {
      return name.hashCode();
    }
  }

  /** A value that can be changed. */
  public static final class Value implements Serializable {
    public String text;
  }

  private static Value value(String text) {
    Value value = new Value();
    value.text = text;
    return value;
  }

  /** All that a configuration can name. */
  public static final class Parts
      implements CacheLoader<Key, Value>,
          EntryExpiryPolicy<Key, Value>,
          CacheEntryCreatedListener<Key, Value> {
    @Override
    public Value load(Key key) {
      return value(key.name);
    }

    @Override
    public Map<Key, Value> loadAll(Iterable<? extends Key> keys) {
      Map<Key, Value> loaded = new HashMap<>();
      keys.forEach(key -> loaded.put(key, load(key)));
      return loaded;
    }

    @Override
    public Duration getExpiryForCreation(Key key, Value value) {
      return new Duration(TimeUnit.HOURS, 1);
    }

    @Override
    public void onCreated(Iterable<CacheEntryEvent<? extends Key, ? extends Value>> events) {}
  }

  /** Used by reflection. */
  public RestartedApplication() {}

  @Override
  public void accept(URI place) {
    Thread.currentThread().setContextClassLoader(RestartedApplication.class.getClassLoader());
    Properties settings = new Properties();
    settings.setProperty(
        "persidict.serial-filter",
        "io.persidict.jcache.RestartedApplication$*;io.persidict.memo.*");
    settings.setProperty("persidict.memory.max-entries", "10");
    settings.setProperty("persidict.store.max-entries", "100");
    settings.setProperty("persidict.refresh-ahead", "1");
    settings.setProperty("persidict.cache.json.format", "json");
    settings.setProperty("persidict.cache.cbor.format", "cbor");
    try (PersiDictCachingProvider provider = new PersiDictCachingProvider()) {
      CacheManager manager =
          provider.getCacheManager(place, RestartedApplication.class.getClassLoader(), settings);
      new PersiDictMetrics(manager).bindTo(new SimpleMeterRegistry());
      for (String name : List.of("jser", "json", "cbor")) {
        use(manager.createCache(name, configuration()));
      }
      Memo<Object> memo =
          Memo.of(manager.createCache("memo", new MutableConfiguration<Object, Object>()));
      memo.function("f", (String text) -> value(text)).apply("a");
      manager.close();
    }
  }

  private static MutableConfiguration<Key, Value> configuration() {
    return new MutableConfiguration<Key, Value>()
        .setTypes(Key.class, Value.class)
        .setReadThrough(true)
        .setStatisticsEnabled(true)
        .setManagementEnabled(true)
        .setCacheLoaderFactory(FactoryBuilder.factoryOf(Parts.class))
        .setExpiryPolicyFactory(FactoryBuilder.factoryOf(Parts.class))
        .addCacheEntryListenerConfiguration(
            new MutableCacheEntryListenerConfiguration<>(
                FactoryBuilder.factoryOf(Parts.class), null, true, false));
  }

  private static void use(Cache<Key, Value> cache) {
    for (int i = 0; i < 2; i++) {
      for (Kind kind : Kind.values()) {
        if (!cache.get(new Key(kind, "a")).text.equals("a")) {
          throw new IllegalStateException();
        }
      }
      cache.put(new Key(Kind.ONE, "b"), value("b"));
      cache.invoke(
          new Key(Kind.ONE, "b"), (entry, arguments) -> arguments[0] == entry, new Object());
    }
    cache.forEach(entry -> {});
    cache.unwrap(PrefixRemoval.class).removeAll(List.of(Kind.ONE));
    cache.unwrap(StoreMaintenance.class).run();
  }
}
