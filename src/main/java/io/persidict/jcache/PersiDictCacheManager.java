package io.persidict.jcache;

import io.persidict.PersiDict;
import io.persidict.format.AllowList;
import io.persidict.format.Format;
import io.persidict.format.Formats;
import io.persidict.format.SerialFormat;
import io.persidict.jcache.config.DeclaredCache;
import io.persidict.jcache.config.ManagerUri;
import io.persidict.jcache.config.Settings;
import io.persidict.jcache.config.Settings.Setting;
import io.persidict.jcache.engine.WriteOnce;
import io.persidict.jcache.storage.MemorySettings;
import io.persidict.jcache.storage.OwnChanges;
import io.persidict.jcache.storage.StoreFaults;
import io.persidict.jcache.storage.StoredEntries;
import io.persidict.jcache.storage.StoredEntry;
import io.persidict.jcache.storage.Unwrap;
import io.persidict.key.KeyCodec;
import io.persidict.key.KeyLayout;
import io.persidict.store.ChangeCounts;
import io.persidict.store.PrefixStore;
import io.persidict.store.Store;
import io.persidict.store.file.Durability;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.configuration.CompleteConfiguration;
import javax.cache.configuration.Configuration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.expiry.EternalExpiryPolicy;
import javax.cache.spi.CachingProvider;
import org.jspecify.annotations.Nullable;

/**
 * The caches below one directory or S3 prefix. Those that a configuration file declares are open
 * from the start. {@link #createCache} opens the entries that are stored under the name already;
 * {@link #getCache} also opens a cache that is stored but not open yet, with the default
 * configuration; {@link #destroyCache} deletes the entries, also of a cache that is not open here;
 * {@link #close} keeps them. {@link #getCacheNames} tells of the open caches.
 */
public final class PersiDictCacheManager implements CacheManager {
  private final PersiDictCachingProvider provider;
  private final URI uri;
  private final ClassLoader classLoader;
  private final Properties properties;
  private final Settings settings;
  private final Stores stores;
  private final Map<String, PersiDictCache<?, ?>> caches = new TreeMap<>();
  private volatile boolean closed;

  /**
   * @throws CacheException if a setting or the directory is not as it must be
   */
  PersiDictCacheManager(
      PersiDictCachingProvider provider, URI uri, ClassLoader classLoader, Properties properties) {
    this.provider = provider;
    this.uri = uri;
    this.classLoader = classLoader;
    this.properties = (Properties) properties.clone();
    ManagerUri place = ManagerUri.of(uri, provider.getDefaultURI(), classLoader);
    this.settings =
        new Settings(
            System.getProperties(), List.of(place.properties(), properties), place.digestLength());
    if (!place.isS3()) {
      settings.refuseS3();
    }
    this.stores = StoreFaults.translated(() -> new Stores(place, settings));
    try {
      Settings.cacheNames(place.properties()).forEach(this::openDeclared);
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  @Override
  public CachingProvider getCachingProvider() {
    return provider;
  }

  @Override
  public URI getURI() {
    return uri;
  }

  @Override
  public ClassLoader getClassLoader() {
    return classLoader;
  }

  @Override
  public Properties getProperties() {
    return properties;
  }

  @Override
  public synchronized <K, V, C extends Configuration<K, V>> Cache<K, V> createCache(
      String cacheName, C configuration) {
    checkOpen();
    Objects.requireNonNull(cacheName, "cache name");
    Objects.requireNonNull(configuration, "configuration");
    if (caches.containsKey(cacheName)) {
      throw new CacheException("cache " + cacheName + " is open already; get it with getCache");
    }
    return open(
        cacheName,
        configuration,
        configuration instanceof PersiDictConfiguration<K, V> ours
            ? settings.forCache(cacheName, ours.settings())
            : settings.forCache(cacheName));
  }

  private PersiDictCache<?, ?> openDeclared(String name) {
    Settings.ForCache chosen = settings.forCache(name);
    return open(name, new MutableConfiguration<>(), chosen);
  }

  private <K, V> PersiDictCache<K, V> open(
      String name, Configuration<K, V> configuration, Settings.ForCache chosen) {
    MutableConfiguration<K, V> complete = complete(configuration);
    DeclaredCache.complete(complete, chosen, classLoader);
    if (!complete.isStoreByValue()) {
      throw new UnsupportedOperationException(
          "cache " + name + " cannot store by reference: its entries are kept as bytes");
    }
    StoredEntries<K, V> stored = StoreFaults.translated(() -> stored(name, complete, chosen));
    PersiDictCache<K, V> cache =
        new PersiDictCache<>(
            this, name, complete, stored, WriteOnce.of(chosen), leases(name, chosen));
    caches.put(name, cache);
    settings.warnOfMisspelling(name, caches.keySet());
    cache.enableStatistics(complete.isStatisticsEnabled());
    cache.enableManagement(complete.isManagementEnabled());
    return cache;
  }

  private static <K, V> MutableConfiguration<K, V> complete(Configuration<K, V> configuration) {
    if (configuration instanceof CompleteConfiguration<K, V> complete) {
      return new PersiDictConfiguration<>(complete);
    }
    return new MutableConfiguration<K, V>()
        .setTypes(configuration.getKeyType(), configuration.getValueType())
        .setStoreByValue(configuration.isStoreByValue());
  }

  private <K, V> StoredEntries<K, V> stored(
      String name, MutableConfiguration<K, V> configuration, Settings.ForCache chosen) {
    AllowList allowList =
        new AllowList(
            List.of(configuration.getKeyType(), configuration.getValueType()),
            chosen.serialFilter());
    Format<V> values =
        Formats.of(chosen.format(), configuration.getValueType(), allowList, classLoader);
    KeyCodec keys = new KeyCodec(SerialFormat.ofKeys(allowList, classLoader));
    Store store = store(name, chosen);
    CacheMetadata.open(store, chosen);
    KeyLayout layout = new KeyLayout(chosen.digestLength(), StoredEntry.EXTENSION);
    // One that expires is replaced in spite of all.
    boolean immutable =
        chosen.isTrue(Setting.IMMUTABLE_ITEMS)
            && EternalExpiryPolicy.factoryOf().equals(configuration.getExpiryPolicyFactory());
    PersiDict<StoredEntry> dict =
        PersiDict.over(
            stores.withCopies(store, immutable), layout, StoredEntry.FORMAT, StoredEntry.class);
    ChangeCounts ours = OwnChanges.below(stores.of(chosen.durability()).toString());
    return new StoredEntries<>(
        dict, keys, values, MemorySettings.memory(chosen, dict, values, ours), ours);
  }

  private StoreLeases leases(String name, Settings.ForCache chosen) {
    return new StoreLeases(store(name, chosen), chosen.digestLength());
  }

  /** The part of the store in which the cache {@code name} lies. */
  private Store store(String name, Settings.ForCache chosen) {
    return new PrefixStore(stores.of(chosen.durability()), directory(name));
  }

  private static String directory(String cacheName) {
    return KeyCodec.segment(cacheName) + "/";
  }

  @Override
  public <K, V> @Nullable Cache<K, V> getCache(
      String cacheName, Class<K> keyType, Class<V> valueType) {
    Objects.requireNonNull(keyType, "key type");
    Objects.requireNonNull(valueType, "value type");
    Cache<K, V> cache =
        find(cacheName, new MutableConfiguration<K, V>().setTypes(keyType, valueType));
    if (cache != null) {
      MutableConfiguration<?, ?> configuration = ((PersiDictCache<?, ?>) cache).configuration();
      requireType(cacheName, "key", configuration.getKeyType(), keyType);
      requireType(cacheName, "value", configuration.getValueType(), valueType);
    }
    return cache;
  }

  private static void requireType(
      String cacheName, String what, Class<?> configured, Class<?> asked) {
    if (!configured.equals(asked)) {
      throw new ClassCastException(
          "cache "
              + cacheName
              + " is configured with the "
              + what
              + " type "
              + configured.getName()
              + ", not "
              + asked.getName());
    }
  }

  @Override
  public <K, V> @Nullable Cache<K, V> getCache(String cacheName) {
    return find(cacheName, new MutableConfiguration<>());
  }

  /** The open cache of this name, or the stored one, opened with {@code otherwise}. */
  @SuppressWarnings("unchecked") // getCache checks, or leaves it to the caller as JCache does
  private synchronized <K, V> @Nullable Cache<K, V> find(
      String cacheName, MutableConfiguration<K, V> otherwise) {
    checkOpen();
    Objects.requireNonNull(cacheName, "cache name");
    PersiDictCache<?, ?> open = caches.get(cacheName);
    if (open != null) {
      return (Cache<K, V>) open;
    }
    Store store = new PrefixStore(stores.of(Durability.OS), directory(cacheName));
    return StoreFaults.translated(() -> CacheMetadata.isStored(store))
        ? open(cacheName, otherwise, settings.forCache(cacheName))
        : null;
  }

  @Override
  public synchronized Iterable<String> getCacheNames() {
    checkOpen();
    return List.copyOf(caches.keySet());
  }

  @Override
  public void destroyCache(String cacheName) {
    PersiDictCache<?, ?> open;
    synchronized (this) {
      checkOpen();
      Objects.requireNonNull(cacheName, "cache name");
      open = caches.get(cacheName);
    }
    if (open != null) {
      open.close();
    }
    Store store = stores.of(settings.forCache(cacheName).durability());
    String directory = directory(cacheName);
    StoreFaults.translated(
        () -> {
          store.deleteBelow(directory, PersiDictCacheManager::isOurs);
          store.deleteAll(Stream.of(directory + CacheMetadata.NAME));
          return true;
        });
  }

  private static boolean isOurs(String name) {
    return name.endsWith("." + StoredEntry.EXTENSION) || name.endsWith("." + StoreLeases.EXTENSION);
  }

  @Override
  public void enableManagement(String cacheName, boolean enabled) {
    openCache(cacheName).enableManagement(enabled);
  }

  @Override
  public void enableStatistics(String cacheName, boolean enabled) {
    openCache(cacheName).enableStatistics(enabled);
  }

  private synchronized PersiDictCache<?, ?> openCache(String cacheName) {
    checkOpen();
    Objects.requireNonNull(cacheName, "cache name");
    PersiDictCache<?, ?> cache = caches.get(cacheName);
    if (cache == null) {
      throw new CacheException("no cache " + cacheName + " is open in " + uri);
    }
    return cache;
  }

  /** Forgets a cache that is closed. */
  synchronized void forget(PersiDictCache<?, ?> cache) {
    caches.remove(cache.getName(), cache);
  }

  @Override
  public void close() {
    List<PersiDictCache<?, ?>> open;
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      open = new ArrayList<>(caches.values());
    }
    open.forEach(PersiDictCache::close);
    provider.forget(this);
    stores.close();
  }

  @Override
  public boolean isClosed() {
    return closed;
  }

  @Override
  public <T> T unwrap(Class<T> type) {
    return Unwrap.as(type, this);
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("the cache manager of " + uri + " is closed");
    }
  }
}
