package io.persidict.jcache;

import static java.lang.System.Logger.Level.DEBUG;

import io.persidict.PersiDict;
import io.persidict.format.AllowList;
import io.persidict.format.Format;
import io.persidict.format.FormatContext;
import io.persidict.format.Formats;
import io.persidict.format.SerialFormat;
import io.persidict.jcache.config.DeclaredCache;
import io.persidict.jcache.config.Lifetime;
import io.persidict.jcache.config.ManagerUri;
import io.persidict.jcache.config.Settings;
import io.persidict.jcache.config.Settings.Setting;
import io.persidict.jcache.engine.ActiveOperations;
import io.persidict.jcache.engine.Factories;
import io.persidict.jcache.engine.Listeners;
import io.persidict.jcache.engine.WriteOnce;
import io.persidict.jcache.storage.EntryLayout;
import io.persidict.jcache.storage.MemorySettings;
import io.persidict.jcache.storage.OwnChanges;
import io.persidict.jcache.storage.PlainLayout;
import io.persidict.jcache.storage.StoreFaults;
import io.persidict.jcache.storage.StoredEntries;
import io.persidict.jcache.storage.StoredEntry;
import io.persidict.jcache.storage.Unwrap;
import io.persidict.key.KeyCodec;
import io.persidict.key.KeyLayout;
import io.persidict.lease.NullResult;
import io.persidict.maintenance.MaintainedStore;
import io.persidict.maintenance.Maintenance;
import io.persidict.maintenance.Uses;
import io.persidict.metrics.Counting;
import io.persidict.metrics.ManagerCounters;
import io.persidict.metrics.Observers;
import io.persidict.store.ChangeCounts;
import io.persidict.store.Store;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.configuration.CompleteConfiguration;
import javax.cache.configuration.Configuration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.expiry.EternalExpiryPolicy;
import javax.cache.expiry.ExpiryPolicy;
import javax.cache.spi.CachingProvider;
import org.jspecify.annotations.Nullable;

/**
 * The caches below one directory or S3 prefix. Those that a configuration file declares are open
 * from the start. {@link #createCache} opens the entries that are stored under the name already, or
 * creates the cache; if it is refused or fails, it has changed nothing. {@link #getCache} gives a
 * cache that was created by this manager, or that the configuration file declares, and null for any
 * other, stored or not; one that was closed it opens again, with the same configuration. {@link
 * #getCacheNames} tells of those that are open. {@link #close} keeps the entries.
 *
 * <p>{@link #destroyCache} deletes the entries, also of a cache that is not open here. A cache that
 * is created meanwhile, here or in another process, keeps all that was put into it. Whoever has the
 * destroyed cache open, in whichever process, gets {@link IllegalStateException} from the next
 * change that it tries, which has no effect, and the cache is closed there. On S3, where that
 * cannot be exact, destroying takes two seconds, and a single request that was under way for longer
 * may leave an entry behind.
 *
 * <p>{@link #close} and {@link #destroyCache} wait up to ten seconds for operations that are under
 * way in this process, unless they are called from within one; these end as if the cache were open,
 * and then what its factories made is closed. No lock is held while factories, constructors and
 * {@code close} methods of others are called.
 */
public final class PersiDictCacheManager implements CacheManager {
  private final PersiDictCachingProvider provider;
  private final URI uri;
  private final ClassLoader classLoader;
  private final Properties properties;
  private final Settings settings;
  private final Stores stores;
  private final Maintenance maintenance = new Maintenance();
  private final Observers observers;
  private final Registry<String, PersiDictCache<?, ?>> caches = new Registry<>("cache");

  /** How the caches that were created here and not destroyed are opened again, once closed. */
  private final Map<String, Creation> created = new ConcurrentHashMap<>();

  /**
   * This manager while it is open, its caches until no operation of theirs is under way, and those
   * who open or destroy one.
   */
  private final AtomicInteger usersOfStores = new AtomicInteger(1);

  private static final System.Logger LOGGER =
      System.getLogger(PersiDictCacheManager.class.getName());

  private volatile boolean closed;

  /**
   * How a cache is set, and how it is opened again.
   *
   * @param isDestroyed elsewhere, so that it is not opened again
   */
  private record Creation(
      Settings.ForCache chosen, AtomicBoolean isDestroyed, Supplier<PersiDictCache<?, ?>> again) {}

  /**
   * @throws CacheException if a setting or the directory is not as it must be
   */
  PersiDictCacheManager(
      PersiDictCachingProvider provider, URI uri, ClassLoader classLoader, Properties properties) {
    this.provider = provider;
    this.uri = uri;
    this.classLoader = classLoader;
    this.properties = (Properties) properties.clone();
    ManagerUri place = ManagerUri.of(uri, properties, provider.getDefaultURI(), classLoader);
    this.settings =
        new Settings(
            provider.systemProperties(),
            List.of(place.properties(), properties),
            place.digestLength());
    if (!place.isS3()) {
      settings.refuseS3();
    }
    this.stores = StoreFaults.translated(() -> new Stores(place, settings));
    this.observers = new Observers(stores.requestCounts(), place.isS3());
    try {
      LOGGER.log(
          DEBUG,
          "the manager of {0} is open; its caches lie at {1}, its classes are those of {2}",
          uri,
          place.place(),
          classLoader);
      Settings.cacheNames(place.properties()).forEach(this::openDeclared);
    } catch (Throwable e) {
      close();
      throw e;
    }
  }

  /**
   * Refuses settings that are not those of this manager.
   *
   * @throws CacheException if there is one among {@code asked}
   */
  void requireAgreement(Properties asked) {
    settings.requireAgreement(asked);
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
  public <K, V, C extends Configuration<K, V>> Cache<K, V> createCache(
      String cacheName, C configuration) {
    checkOpen();
    Objects.requireNonNull(cacheName, "cache name");
    Objects.requireNonNull(configuration, "configuration");
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

  @SuppressWarnings("unchecked") // what was opened is what was asked for
  private <K, V> PersiDictCache<K, V> open(
      String name, Configuration<K, V> configuration, Settings.ForCache chosen) {
    MutableConfiguration<K, V> complete = complete(configuration);
    DeclaredCache.complete(complete, chosen, classLoader);
    if (!complete.isStoreByValue()) {
      throw new UnsupportedOperationException(
          "cache " + name + " cannot store by reference: its entries are kept as bytes");
    }
    List<Listeners.Given<K, V>> listeners = Listeners.Given.takenFrom(complete);
    PersiDictCache<K, V> cache =
        (PersiDictCache<K, V>)
            unlessClosed(caches.openNew(name, () -> opened(name, complete, listeners, chosen)));
    if (forgotten(cache) && creation(name) == null) {
      throw new IllegalStateException(
          "cache "
              + name
              + " was destroyed elsewhere while it was opened; create it again to go on");
    }
    settings.warnOfMisspelling(
        name, caches.all().stream().map(PersiDictCache::getName).collect(Collectors.toSet()));
    return cache;
  }

  private PersiDictCache<?, ?> unlessClosed(PersiDictCache<?, ?> cache) {
    if (closed) {
      cache.close();
      checkOpen();
    }
    return cache;
  }

  /** Forgets a cache that closes, as it may have asked for before anybody knew it. */
  private boolean forgotten(PersiDictCache<?, ?> cache) {
    boolean isClosing = cache.isClosing();
    if (isClosing) {
      forget(cache);
    }
    return isClosing;
  }

  /**
   * Opens a cache. All that can be refused is, and all factories are called, before it is stored.
   *
   * @param configuration without listeners
   */
  private <K, V> PersiDictCache<K, V> opened(
      String name,
      MutableConfiguration<K, V> configuration,
      List<Listeners.Given<K, V>> listeners,
      Settings.ForCache chosen) {
    ActiveOperations operations = new ActiveOperations(name);
    enterStores();
    Counting counting = new Counting();
    CacheStore store;
    CacheMaintenance kept;
    PersiDictCache<K, V> cache;
    Lifetime lifetime;
    AtomicBoolean isDestroyed = new AtomicBoolean();
    @Nullable ExpiryPolicy expiryPolicy = null;
    try {
      expiryPolicy = Factories.create(configuration.getExpiryPolicyFactory(), "expiry policy");
      lifetime = Lifetime.of(expiryPolicy);
      AllowList allowList =
          new AllowList(
              List.of(configuration.getKeyType(), configuration.getValueType()),
              chosen.serialFilter());
      EntryLayout<K> layout = layout(configuration, chosen, expiryPolicy, allowList);
      boolean isFlat = !(layout instanceof PlainLayout<K> plain) || plain.isFlat();
      KeyLayout names = new KeyLayout(chosen.digestLength(), layout.format().extension());
      Store root = StoreFaults.translated(() -> root(chosen));
      Uses uses = new Uses();
      store =
          StoreFaults.translated(
              () ->
                  new CacheStore(
                      chosen.isBounded() ? root.housekeeping().remembering(uses) : root,
                      directory(name),
                      chosen,
                      Formats.foreignProvider(chosen.format(), classLoader),
                      operations,
                      isFlat));
      ChangeCounts ours = OwnChanges.below(stores.of(chosen.durability()).toString());
      kept =
          new CacheMaintenance(
              store, store.forLeases(), store, names, chosen, operations, ours, uses, maintenance);
      cache =
          new PersiDictCache<>(
              this,
              operations,
              complete(configuration),
              expiryPolicy,
              StoreFaults.translated(
                  () ->
                      stored(
                          store,
                          kept,
                          ours,
                          layout,
                          names,
                          configuration,
                          chosen,
                          allowList,
                          counting)),
              chosen.isPlain() ? null : kept::timesVary,
              WriteOnce.of(chosen),
              new StoreLeases(store.forLeases(), chosen.digestLength()),
              kept,
              counting,
              keepsNull(configuration, chosen));
    } catch (Throwable e) {
      Factories.close(expiryPolicy);
      leaveStores();
      throw e;
    }
    try {
      cache.start(listeners);
      checkOpen(); // a factory may have closed this manager
      StoreFaults.translated(
          () -> {
            store.open(lifetime, () -> destroyed(cache, isDestroyed));
            return true;
          });
      kept.keeper().start();
      LOGGER.log(
          DEBUG,
          "cache \"{0}\" is open at {1}: format {2}, durability {3}, expiry by {4}, memory {5},"
              + " refresh ahead {6}",
          name,
          store,
          chosen.format(),
          chosen.durability(),
          configuration.getExpiryPolicyFactory().getClass().getName(),
          MemorySettings.describe(chosen),
          refreshAhead(configuration, chosen));
    } catch (Throwable e) {
      cache.close();
      throw e;
    }
    created.put(
        name,
        new Creation(chosen, isDestroyed, () -> opened(name, configuration, listeners, chosen)));
    observers.opened(name, counting);
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

  private Store root(Settings.ForCache chosen) {
    return chosen.isPlain()
        ? stores.ofBareValues(chosen.durability())
        : stores.of(chosen.durability());
  }

  private <K> EntryLayout<K> layout(
      Configuration<K, ?> configuration,
      Settings.ForCache chosen,
      ExpiryPolicy expiryPolicy,
      AllowList allowList) {
    return chosen.isPlain()
        ? PlainLayout.of(
            chosen, configuration.getKeyType(), expiryPolicy, stores.hasETagsOfContent())
        : new EntryLayout.Records<>(new KeyCodec(SerialFormat.ofKeys(allowList, classLoader)));
  }

  private <K, V> StoredEntries<K, V> stored(
      CacheStore store,
      CacheMaintenance kept,
      ChangeCounts ours,
      EntryLayout<K> layout,
      KeyLayout names,
      MutableConfiguration<K, V> configuration,
      Settings.ForCache chosen,
      AllowList allowList,
      Counting counting) {
    Format<V> values =
        Formats.of(
            chosen.format(),
            new FormatContext<>(
                configuration.getValueType(),
                allowList,
                classLoader,
                chosen.refusesUnknownMembers()));
    // One that expires or is evicted is replaced in spite of all.
    boolean immutable =
        chosen.isTrue(Setting.IMMUTABLE_ITEMS)
            && !chosen.isBounded()
            && EternalExpiryPolicy.factoryOf().equals(configuration.getExpiryPolicyFactory());
    // Copies may be told with a time that is not the last one.
    boolean hasCopies = !(layout instanceof PlainLayout<K> plain && plain.isPerishable());
    PersiDict<StoredEntry> dict =
        PersiDict.over(
            new MaintainedStore(
                hasCopies ? stores.withCopies(store, immutable, counting) : store, kept.keeper()),
            names,
            layout.format(),
            StoredEntry.class);
    return new StoredEntries<>(
        dict,
        layout,
        values,
        MemorySettings.memory(chosen, dict, values, ours),
        ours,
        counting,
        refreshAhead(configuration, chosen),
        chosen.isBounded() ? kept : null);
  }

  /**
   * Whether null results are kept in the cache.
   *
   * @throws CacheException if they are to be, and what stands for them cannot be stored, here or,
   *     if that is set for all caches, anywhere
   */
  private static boolean keepsNull(
      MutableConfiguration<?, ?> configuration, Settings.ForCache chosen) {
    boolean keeps = chosen.value(Setting.NULL_RESULTS, "call-again").equals("keep");
    boolean isSerial = chosen.format().equals("jser");
    boolean canKeep = isSerial && configuration.getValueType().isAssignableFrom(NullResult.class);
    if (keeps && !canKeep) {
      chosen.refuseUseless(
          Setting.NULL_RESULTS,
          "call-again, or the format jser and no value type, since a cache of values of "
              + configuration.getValueType().getName()
              + " in the format "
              + chosen.format()
              + " cannot hold what stands for null",
          isSerial || chosen.isOwn(Setting.FORMAT) || chosen.isOwn(Setting.LAYOUT));
    }
    return keeps && canKeep;
  }

  /**
   * The last share of an entry's life in which it is loaded again.
   *
   * @throws CacheException if there is one, and no loader that reads ask, or entries are written
   *     once or can never expire
   */
  private static double refreshAhead(
      MutableConfiguration<?, ?> configuration, Settings.ForCache chosen) {
    double share = Double.parseDouble(chosen.value(Setting.REFRESH_AHEAD, "0"));
    boolean loads = configuration.isReadThrough() && configuration.getCacheLoaderFactory() != null;
    boolean mayExpire = // in the layout entry, an entry may have a time of its own
        !chosen.isPlain()
            || !EternalExpiryPolicy.factoryOf().equals(configuration.getExpiryPolicyFactory());
    boolean loadsAgain = loads && mayExpire && !chosen.isTrue(Setting.IMMUTABLE_ITEMS);
    if (share > 0 && !loadsAgain && chosen.isOwn(Setting.REFRESH_AHEAD)) {
      throw chosen.refused(
          Setting.REFRESH_AHEAD,
          "nothing, unless the cache has a loader and reads ask it, entries that can expire, and"
              + " immutable-items is false");
    }
    return loadsAgain ? share : 0;
  }

  private static String directory(String cacheName) {
    return KeyCodec.segment(cacheName) + "/";
  }

  @Override
  public <K, V> @Nullable Cache<K, V> getCache(
      String cacheName, Class<K> keyType, Class<V> valueType) {
    Objects.requireNonNull(keyType, "key type");
    Objects.requireNonNull(valueType, "value type");
    Cache<K, V> cache = getCache(cacheName);
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
  @SuppressWarnings("unchecked") // the other getCache checks; here JCache leaves it to the caller
  public <K, V> @Nullable Cache<K, V> getCache(String cacheName) {
    checkOpen();
    PersiDictCache<?, ?> open = caches.find(Objects.requireNonNull(cacheName, "cache name"));
    while (open == null && creation(cacheName) != null) {
      open = caches.findOrOpen(cacheName, () -> openedAgain(cacheName));
      if (open != null && forgotten(unlessClosed(open))) {
        open = null;
      }
    }
    return (Cache<K, V>) open;
  }

  /** How a cache is opened again; null if it is not to be. */
  private @Nullable Creation creation(String cacheName) {
    Creation creation = created.get(cacheName);
    return creation == null || creation.isDestroyed.get() ? null : creation;
  }

  /** Null if it was destroyed before this thread's turn came. */
  private @Nullable PersiDictCache<?, ?> openedAgain(String cacheName) {
    Creation creation = creation(cacheName);
    return creation == null ? null : creation.again.get();
  }

  @Override
  public Iterable<String> getCacheNames() {
    checkOpen();
    return caches.all().stream().map(PersiDictCache::getName).sorted().toList();
  }

  @Override
  public void destroyCache(String cacheName) {
    checkOpen();
    Objects.requireNonNull(cacheName, "cache name");
    enterStores();
    try {
      caches.exclusively(
          cacheName,
          open -> {
            Creation creation = created.remove(cacheName);
            Settings.ForCache chosen =
                creation == null ? settings.forCache(cacheName) : creation.chosen;
            Store root = stores.of(chosen.durability());
            if (open != null) {
              open.close();
            }
            StoreFaults.translated(
                () -> {
                  new Destruction(root, directory(cacheName), chosen).run(false);
                  return true;
                });
            LOGGER.log(DEBUG, "cache \"{0}\" at {1} is destroyed", cacheName, root);
          });
    } finally {
      leaveStores();
    }
  }

  /**
   * How a manager's store was when {@link #checkStore} read and wrote it.
   *
   * @param place where the caches lie
   * @param totalBytes how large the file system is; empty for S3
   * @param usableBytes how much of that this process may still write; empty for S3
   * @param bounded the caches that are open here and have a bound, by name
   */
  public record StoreStatus(
      String place, OptionalLong totalBytes, OptionalLong usableBytes, Map<String, Fill> bounded) {
    /**
     * With a copy of the map.
     *
     * @param place a URI
     * @param totalBytes for a directory
     * @param usableBytes for a directory
     * @param bounded copied; without nulls
     */
    public StoreStatus {
      bounded = Map.copyOf(bounded);
    }
  }

  /**
   * How full a cache is.
   *
   * @param entries about how many it has, as this process learnt last
   * @param maxEntries how many it may have; empty for any number
   * @param bytes about how many bytes these take
   * @param maxBytes how many they may take; empty for any number
   */
  public record Fill(long entries, OptionalLong maxEntries, long bytes, OptionalLong maxBytes) {}

  /**
   * Tells whether the store can be read and written, by writing a small object of its own beside
   * the caches and reading it.
   *
   * @return how the store was then
   * @throws CacheException if it cannot be; its message tells why
   * @throws IllegalStateException if this manager is closed
   */
  public StoreStatus checkStore() {
    checkOpen();
    Map<String, Fill> bounded = new HashMap<>();
    caches
        .all()
        .forEach(cache -> cache.fill().ifPresent(fill -> bounded.put(cache.getName(), fill)));
    return StoreFaults.translated(() -> stores.check(bounded));
  }

  @Override
  public void enableManagement(String cacheName, boolean enabled) {
    openCache(cacheName).enableManagement(enabled);
  }

  @Override
  public void enableStatistics(String cacheName, boolean enabled) {
    openCache(cacheName).enableStatistics(enabled);
  }

  private PersiDictCache<?, ?> openCache(String cacheName) {
    checkOpen();
    Objects.requireNonNull(cacheName, "cache name");
    PersiDictCache<?, ?> cache = caches.find(cacheName);
    if (cache == null) {
      throw new CacheException("no cache " + cacheName + " is open in " + uri);
    }
    return cache;
  }

  private void destroyed(PersiDictCache<?, ?> cache, AtomicBoolean isDestroyed) {
    isDestroyed.set(true);
    created.values().removeIf(creation -> creation.isDestroyed.get());
    cache.beginClose();
    cache.release(PersiDictCache.closingEnd());
    LOGGER.log(DEBUG, "cache \"{0}\" was destroyed elsewhere and is closed", cache.getName());
  }

  /** Forgets a cache that closes. */
  void forget(PersiDictCache<?, ?> cache) {
    caches.forget(cache.getName(), cache);
    observers.closed(cache.getName(), cache.counting());
  }

  /** A cache has released what it had. */
  void closed(PersiDictCache<?, ?> cache) {
    leaveStores();
    LOGGER.log(DEBUG, "cache \"{0}\" is closed", cache.getName());
  }

  @Override
  public void close() {
    beginClose(PersiDictCache.closingEnd()).run();
  }

  /**
   * Lets no operation of any cache begin any more, and waits for nothing.
   *
   * @param end when to wait no longer for those that are under way
   * @return ends what was begun
   */
  Runnable beginClose(long end) {
    synchronized (this) {
      if (closed) {
        return () -> {};
      }
      provider.forget(this); // before anybody can see that it is closed
      closed = true;
    }
    List<PersiDictCache<?, ?>> open = caches.all();
    open.forEach(PersiDictCache::beginClose);
    return () -> {
      open.forEach(cache -> Factories.close((AutoCloseable) () -> cache.endClose(end)));
      leaveStores();
    };
  }

  /** Keeps the stores open until {@link #leaveStores}. */
  private void enterStores() {
    if (usersOfStores.getAndUpdate(users -> users == 0 ? 0 : users + 1) == 0) {
      throw refusal();
    }
  }

  /** Closes the stores when the last one who uses them leaves. */
  private void leaveStores() {
    if (usersOfStores.decrementAndGet() == 0) {
      Factories.close(stores);
    }
  }

  @Override
  public boolean isClosed() {
    return closed;
  }

  /** This manager, or its {@link ManagerCounters}. */
  @Override
  public <T> T unwrap(Class<T> type) {
    return Unwrap.as(type, type == ManagerCounters.class ? observers : this);
  }

  private void checkOpen() {
    if (closed) {
      throw refusal();
    }
  }

  private IllegalStateException refusal() {
    return new IllegalStateException("the cache manager of " + uri + " is closed");
  }
}
