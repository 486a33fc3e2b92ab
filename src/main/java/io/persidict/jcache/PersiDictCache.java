package io.persidict.jcache;

import io.persidict.ConsistencyChecks;
import io.persidict.extra.PrefixRemoval;
import io.persidict.extra.TimedPuts;
import io.persidict.jcache.engine.ActiveOperations;
import io.persidict.jcache.engine.BulkOperations;
import io.persidict.jcache.engine.Engine;
import io.persidict.jcache.engine.EntryIterator;
import io.persidict.jcache.engine.Factories;
import io.persidict.jcache.engine.Listeners;
import io.persidict.jcache.engine.LoaderAndWriter;
import io.persidict.jcache.engine.Operation;
import io.persidict.jcache.engine.Statistics;
import io.persidict.jcache.engine.WriteOnce;
import io.persidict.jcache.storage.StoreFaults;
import io.persidict.jcache.storage.StoredEntries;
import io.persidict.jcache.storage.Unwrap;
import io.persidict.lease.Leases;
import io.persidict.lease.ResultStore;
import io.persidict.maintenance.Keeper;
import io.persidict.maintenance.StoreLimits;
import io.persidict.maintenance.StoreMaintenance;
import io.persidict.maintenance.StoreRound;
import io.persidict.metrics.CacheCounters;
import io.persidict.metrics.Counting;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.configuration.CacheEntryListenerConfiguration;
import javax.cache.configuration.Configuration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.expiry.ExpiryPolicy;
import javax.cache.integration.CompletionListener;
import javax.cache.processor.EntryProcessor;
import javax.cache.processor.EntryProcessorResult;
import org.jspecify.annotations.Nullable;

/**
 * A cache whose entries lie in a store, where any number of processes share them. Opened by a
 * {@link PersiDictCacheManager}; closing it keeps the entries.
 *
 * <p>Operations on one entry are atomic and linearizable among all threads and processes. Values
 * are stored by value. A write that returned is seen by all reads that start later, anywhere,
 * unless the cache's memory was set to be less coherent.
 *
 * <p>{@link #invoke} runs the processor while no other thread of this process changes the entry
 * through an operation of its own; if another process does, the processor is run again on what it
 * left.
 *
 * <p>Listeners and statistics see what this process does. Iterators are weakly consistent.
 *
 * @param <K> the keys; equal ones must have equal serialized forms
 * @param <V> the values
 */
public final class PersiDictCache<K, V> implements Cache<K, V> {
  /** How long closing waits for operations that are under way. */
  private static final Duration CLOSE = Duration.ofSeconds(10);

  private final PersiDictCacheManager manager;
  private final String name;
  private final MutableConfiguration<K, V> configuration;
  private final ExpiryPolicy expiryPolicy;
  private final LoaderAndWriter<K, V> integration;
  private final Listeners<K, V> listeners;
  private final Counting counting;
  private final Statistics statistics;
  private final @Nullable ConsistencyChecks checks;
  private final Engine<K, V> engine;
  private final BulkOperations<K, V> bulk;
  private final StoreLeases leases;

  /** Prepares the store for entries with times of their own; null where none can have one. */
  private final @Nullable Runnable timesOfEntries;

  private final boolean isWrittenOnce;

  /** Whether methods whose results are stored here may have the result null. */
  private final boolean keepsNull;

  private final ActiveOperations operations;
  private final Keeper keeper;
  private @Nullable Management management;
  private boolean showsStore;

  /** Whether {@code get} calls loaders, policies or listeners, which closing waits for. */
  private volatile boolean readsCallOthers;

  private final AtomicBoolean closing = new AtomicBoolean();
  private final AtomicBoolean releasing = new AtomicBoolean();

  /**
   * Opens a cache of which nobody knows yet; {@link #close} it if that goes wrong.
   *
   * @param expiryPolicy made by the factory of {@code configuration}; closed with the cache, and by
   *     the caller if there is none
   * @param timesOfEntries prepares the store for entries with times of their own; null where none
   *     can have one
   */
  PersiDictCache(
      PersiDictCacheManager manager,
      ActiveOperations operations,
      MutableConfiguration<K, V> configuration,
      ExpiryPolicy expiryPolicy,
      StoredEntries<K, V> stored,
      @Nullable Runnable timesOfEntries,
      @Nullable WriteOnce writeOnce,
      StoreLeases leases,
      CacheMaintenance maintenance,
      Counting counting,
      boolean keepsNull) {
    this.manager = manager;
    this.keeper = maintenance.keeper();
    this.counting = counting;
    counting.sizeIs(keeper::entries, keeper::bytes);
    this.keepsNull = keepsNull;
    this.statistics = new Statistics(counting);
    this.operations = operations;
    this.name = operations.cacheName();
    this.configuration = configuration;
    this.expiryPolicy = expiryPolicy;
    this.integration = new LoaderAndWriter<>(configuration, counting);
    this.listeners = new Listeners<>(this);
    this.engine = new Engine<>(stored, writeOnce, expiryPolicy, integration, listeners, statistics);
    this.bulk = new BulkOperations<>(name, engine, stored, writeOnce, integration);
    this.leases = leases;
    this.timesOfEntries = timesOfEntries;
    this.isWrittenOnce = writeOnce != null;
    maintenance.bind(engine, statistics);
    if (stored.refreshesAhead()) {
      engine.refreshAheadBy(key -> bulk.refresh(key, leases, operations));
    }
    this.checks = writeOnce == null ? null : writeOnce.checks();
    this.readsCallOthers =
        configuration.isReadThrough()
            || expiryPolicy.getClass().getPackage() != ExpiryPolicy.class.getPackage();
  }

  /** How full it is; empty if it has no bound. */
  Optional<PersiDictCacheManager.Fill> fill() {
    StoreLimits limits = keeper.limits();
    return limits.isBounded()
        ? Optional.of(
            new PersiDictCacheManager.Fill(
                keeper.entries(), limits.maxEntries(), keeper.bytes(), limits.maxBytes()))
        : Optional.empty();
  }

  /** Creates the listeners, and shows what is to be shown. */
  void start(List<Listeners.Given<K, V>> given) {
    given.forEach(this::listen);
    if (checks != null && checks.probability() > 0 && hasJmx()) {
      management().show(Management.CHECKS, new Management.ChecksBean(checks));
    }
    enableStatistics(configuration.isStatisticsEnabled());
    enableManagement(configuration.isManagementEnabled());
  }

  private void listen(Listeners.Given<K, V> added) {
    synchronized (configuration) {
      configuration.addCacheEntryListenerConfiguration(added.copy());
    }
    boolean isRegistered = false;
    try {
      readsCallOthers = true;
      listeners.register(added);
      isRegistered = true;
    } finally {
      if (!isRegistered) {
        forget(added.copy());
      }
    }
  }

  // ---- reading

  @Override
  public @Nullable V get(K key) {
    V hit = operations.isClosed() ? null : engine.hit(key);
    if (hit != null) {
      return hit;
    }
    checkKey(key);
    return readsCallOthers ? operations.run(() -> engine.get(key)) : engine.get(key);
  }

  @Override
  public Map<K, V> getAll(Set<? extends K> keys) {
    Set<K> copy = checkedCopy(keys);
    return operations.run(() -> bulk.getAll(copy));
  }

  @Override
  public boolean containsKey(K key) {
    checkKey(key);
    return engine.contains(key);
  }

  @Override
  public Iterator<Entry<K, V>> iterator() {
    checkOpen();
    return new EntryIterator<>(this, engine, operations);
  }

  // ---- loading

  @Override
  public void loadAll(
      Set<? extends K> keys,
      boolean replaceExistingValues,
      @Nullable CompletionListener completionListener) {
    bulk.loadAll(checkedCopy(keys), replaceExistingValues, completionListener, operations);
  }

  // ---- writing

  private <R extends @Nullable Object> R execute(K key, Operation<V, R> operation) {
    return operations.run(() -> engine.execute(key, operation));
  }

  private void run(Runnable operation) {
    operations.run(
        () -> {
          operation.run();
          return true;
        });
  }

  @Override
  public void put(K key, V value) {
    checkKeyAndValue(key, value);
    execute(key, Operation.put(value));
  }

  @Override
  public @Nullable V getAndPut(K key, V value) {
    checkKeyAndValue(key, value);
    return execute(key, Operation.getAndPut(value));
  }

  @Override
  public void putAll(Map<? extends K, ? extends V> map) {
    Map<K, V> copy = checkedCopy(map);
    run(() -> bulk.putAll(copy));
  }

  @Override
  public boolean putIfAbsent(K key, V value) {
    checkKeyAndValue(key, value);
    return execute(key, Operation.putIfAbsent(value));
  }

  @Override
  public boolean replace(K key, V value) {
    checkKeyAndValue(key, value);
    return execute(key, Operation.replace(value));
  }

  @Override
  public boolean replace(K key, V oldValue, V newValue) {
    checkKeyAndValue(key, newValue);
    checkValue(oldValue);
    return execute(key, Operation.replace(oldValue, newValue));
  }

  @Override
  public @Nullable V getAndReplace(K key, V value) {
    checkKeyAndValue(key, value);
    return execute(key, Operation.getAndReplace(value));
  }

  // ---- removing

  @Override
  public boolean remove(K key) {
    checkKey(key);
    return execute(key, Operation.remove());
  }

  @Override
  public boolean remove(K key, V oldValue) {
    checkKeyAndValue(key, oldValue);
    return execute(key, Operation.remove(oldValue));
  }

  @Override
  public @Nullable V getAndRemove(K key) {
    checkKey(key);
    return execute(key, Operation.getAndRemove());
  }

  @Override
  public void removeAll(Set<? extends K> keys) {
    Set<K> copy = checkedCopy(keys);
    run(() -> bulk.removeAll(copy));
  }

  @Override
  public void removeAll() {
    run(bulk::removeAll);
  }

  @Override
  public void clear() {
    run(bulk::clear);
  }

  // ---- processing

  @Override
  public <T extends @Nullable Object> T invoke(
      K key, EntryProcessor<K, V, T> processor, Object... arguments) {
    checkKey(key);
    Objects.requireNonNull(processor, "processor");
    return operations.run(() -> engine.invoke(key, processor, this::checkValue, arguments));
  }

  @Override
  public <T> Map<K, EntryProcessorResult<T>> invokeAll(
      Set<? extends K> keys, EntryProcessor<K, V, T> processor, Object... arguments) {
    Set<K> copy = checkedCopy(keys);
    Objects.requireNonNull(processor, "processor");
    return operations.run(() -> bulk.invokeAll(copy, processor, this::checkValue, arguments));
  }

  // ---- listeners, configuration, life

  @Override
  public void registerCacheEntryListener(
      CacheEntryListenerConfiguration<K, V> listenerConfiguration) {
    run(() -> listen(Listeners.Given.now(listenerConfiguration)));
  }

  @Override
  public void deregisterCacheEntryListener(
      CacheEntryListenerConfiguration<K, V> listenerConfiguration) {
    run(
        () ->
            listeners
                .end(listenerConfiguration)
                .ifPresent(
                    ended -> {
                      try {
                        forget(ended);
                      } finally {
                        listeners.release(ended);
                      }
                    }));
  }

  /** Also one whose {@code hashCode} fails, or is not what it was. */
  private void forget(CacheEntryListenerConfiguration<K, V> listenerConfiguration) {
    synchronized (configuration) {
      var all = configuration.getCacheEntryListenerConfigurations().iterator();
      while (all.hasNext()) {
        if (all.next() == listenerConfiguration) {
          all.remove();
          return;
        }
      }
    }
  }

  /** A copy of the configuration as it is now. */
  @Override
  public <C extends Configuration<K, V>> C getConfiguration(Class<C> type) {
    PersiDictConfiguration<K, V> copy;
    synchronized (configuration) {
      copy = new PersiDictConfiguration<>(configuration);
    }
    Listeners.Given.takenFrom(copy)
        .forEach(each -> copy.addCacheEntryListenerConfiguration(each.copy()));
    return Unwrap.as(type, copy);
  }

  Counting counting() {
    return counting;
  }

  MutableConfiguration<K, V> configuration() {
    return configuration;
  }

  void enableStatistics(boolean enable) {
    configuration.setStatisticsEnabled(enable);
    statistics.enable(enable);
    show(Management.STATISTICS, enable, () -> statistics);
    showStore();
  }

  void enableManagement(boolean enable) {
    configuration.setManagementEnabled(enable);
    show(Management.CONFIGURATION, enable, () -> new Management.ConfigurationBean(configuration));
    showStore();
  }

  private synchronized void showStore() {
    boolean shows = configuration.isStatisticsEnabled() || configuration.isManagementEnabled();
    if (shows != showsStore) {
      show(Management.STORE, shows, () -> new Management.StoreBean(keeper));
      showsStore = shows;
    }
  }

  private synchronized void show(String type, boolean show, Supplier<Object> bean) {
    if (show) {
      if (!isClosed()) { // nobody would take it down any more
        management().show(type, bean.get());
      }
    } else if (management != null) {
      management.hide(type);
    }
  }

  /** Made when something is to be shown: a cache that shows nothing loads no class of JMX. */
  private synchronized Management management() {
    if (management == null) {
      if (!hasJmx()) {
        throw new CacheException(
            "cache "
                + name
                + " cannot show statistics or its configuration: this runtime lacks the module"
                + " java.management; add it with --add-modules java.management, or leave"
                + " statistics and management off");
      }
      management = new Management(this);
    }
    return management;
  }

  @Override
  public String getName() {
    return name;
  }

  @Override
  public CacheManager getCacheManager() {
    return manager;
  }

  /**
   * Closes the cache and what its factories made; the entries stay. No operation begins any more.
   * Waits up to ten seconds for those that are under way and then interrupts the loader's threads,
   * except if this thread is within an operation of a cache: what the factories made is closed by
   * whichever operation ends last.
   */
  @Override
  public void close() {
    long end = closingEnd();
    beginClose();
    endClose(end);
  }

  /** When who begins now to close one cache or many waits no longer. */
  static long closingEnd() {
    return System.nanoTime() + CLOSE.toNanos();
  }

  /** Whether it is closed or about to be. */
  boolean isClosing() {
    return closing.get();
  }

  /** Lets no operation begin any more, and waits for nothing. {@link #release} is to follow. */
  void beginClose() {
    if (closing.compareAndSet(false, true)) {
      manager.forget(this);
      keeper.stop();
      hideAll();
      operations.refuse();
    }
  }

  /** Releases what it has, and waits until {@code end} for what may take long. */
  void endClose(long end) {
    release(end);
    Duration left = Duration.ofNanos(end - System.nanoTime());
    if (!operations.awaitEnd(left) && !ActiveOperations.isWithinOne()) {
      bulk.interrupt();
    }
  }

  /**
   * Has what it has closed once all operations have ended. If they have, waits until {@code end}
   * for listeners; whoever ends the last one waits as long as if he closed the cache alone.
   */
  void release(long end) {
    if (releasing.compareAndSet(false, true)) {
      Thread closer = ActiveOperations.isWithinOne() ? null : Thread.currentThread();
      operations.close(() -> closeAll(Thread.currentThread() == closer ? end : closingEnd()));
    }
  }

  private synchronized void hideAll() {
    Factories.close(management);
  }

  private void closeAll(long end) {
    hideAll();
    Factories.close(keeper);
    Factories.close(bulk);
    Factories.close((AutoCloseable) () -> listeners.close(end));
    Factories.close(integration);
    Factories.close(expiryPolicy);
    manager.closed(this);
  }

  @Override
  public boolean isClosed() {
    return operations.isClosed();
  }

  /**
   * This cache, its {@link Leases}, its {@link StoreMaintenance}, its {@link CacheCounters}, or
   * itself as {@link TimedPuts}, {@link PrefixRemoval} or a {@link ResultStore}.
   */
  @Override
  public <T> T unwrap(Class<T> type) {
    Object wanted = this;
    if (type == Leases.class) {
      wanted = leases;
    } else if (type == StoreMaintenance.class) {
      wanted = new Maintained();
    } else if (type == ResultStore.class) {
      wanted = new Results();
    } else if (type == TimedPuts.class) {
      wanted = new Timed();
    } else if (type == PrefixRemoval.class) {
      wanted = new Prefixed();
    } else if (type == CacheCounters.class) {
      wanted = counting.begin();
    }
    return Unwrap.as(type, wanted);
  }

  /** Its faults are JCache's. */
  private final class Maintained implements StoreMaintenance {
    @Override
    public StoreRound run() {
      return operations.run(() -> StoreFaults.translated(keeper::run));
    }

    @Override
    public Optional<StoreRound> last() {
      return keeper.last();
    }

    @Override
    public long entries() {
      return keeper.entries();
    }

    @Override
    public long bytes() {
      return keeper.bytes();
    }

    @Override
    public StoreLimits limits() {
      return keeper.limits();
    }
  }

  @SuppressWarnings("unchecked") // what is given is checked
  private final class Results implements ResultStore {
    @Override
    public Object copyOf(Object key) {
      checkKey((K) key);
      return engine.copyOfKey((K) key);
    }

    @Override
    public Object identityOf(Object key) {
      checkKey((K) key);
      return engine.identityOf((K) key);
    }

    @Override
    public Object putFirst(Object key, Object value) {
      checkKeyAndValue((K) key, (V) value);
      return execute((K) key, Operation.putFirst((V) value));
    }

    @Override
    public boolean keepsNull() {
      return keepsNull;
    }
  }

  private final class Timed implements TimedPuts<K, V> {
    @Override
    public void put(K key, V value, Duration timeToLive) {
      checkKeyAndValue(key, value);
      execute(key, Operation.put(value), timeToLive);
    }

    @Override
    public boolean putIfAbsent(K key, V value, Duration timeToLive) {
      checkKeyAndValue(key, value);
      return execute(key, Operation.putIfAbsent(value), timeToLive);
    }

    private <R> R execute(K key, Operation<V, R> operation, Duration timeToLive) {
      Runnable preparation = requiredTimes();
      Operation<V, R> living = operation.living(required(timeToLive));
      return operations.run(
          () -> {
            StoreFaults.translated(
                () -> {
                  preparation.run();
                  return true;
                });
            return engine.execute(key, living);
          });
    }

    private Runnable requiredTimes() {
      if (isWrittenOnce) {
        throw new UnsupportedOperationException(
            "entries of cache " + name + " are written once, so none has a time of its own");
      }
      if (timesOfEntries == null) {
        throw new UnsupportedOperationException(
            "layout plain of cache "
                + name
                + " keeps no time but that of the file, so no entry has a time of its own; use"
                + " layout entry");
      }
      return timesOfEntries;
    }

    private javax.cache.expiry.Duration required(Duration timeToLive) {
      long millis;
      try {
        millis = timeToLive.toMillis();
      } catch (ArithmeticException e) {
        millis = timeToLive.isNegative() ? 0 : Long.MAX_VALUE;
      }
      if (millis <= 0) {
        throw new IllegalArgumentException(
            "a time to live of " + timeToLive + "; it must be a millisecond or more");
      }
      return new javax.cache.expiry.Duration(TimeUnit.MILLISECONDS, millis);
    }
  }

  private final class Prefixed implements PrefixRemoval {
    @Override
    public long removeAll(String prefix) {
      requireSome(prefix.isEmpty());
      return operations.run(
          () ->
              bulk.removeAll(prefix, key -> key instanceof String text && text.startsWith(prefix)));
    }

    @Override
    public long removeAll(List<?> segments) {
      requireSome(segments.isEmpty());
      return operations.run(
          () ->
              bulk.removeAll(
                  "",
                  key -> {
                    List<?> all = StoredEntries.segments(key);
                    return all.size() >= segments.size()
                        && all.subList(0, segments.size()).equals(segments);
                  }));
    }

    private void requireSome(boolean isEmpty) {
      if (isEmpty) {
        throw new IllegalArgumentException(
            "an empty prefix; to remove all entries of cache " + name + " call its removeAll()");
      }
    }
  }

  private static boolean hasJmx() {
    return ModuleLayer.boot().findModule("java.management").isPresent();
  }

  // ---- arguments

  private void checkOpen() {
    operations.checkOpen();
  }

  private void checkKey(K key) {
    checkOpen();
    check(key, "key", configuration.getKeyType());
  }

  /** What is judged and used: the caller's set may be changed meanwhile. */
  private Set<K> checkedCopy(Set<? extends K> keys) {
    checkOpen();
    Set<K> copy = new LinkedHashSet<>();
    for (K key : keys) {
      checkKey(key);
      copy.add(key);
    }
    return copy;
  }

  private Map<K, V> checkedCopy(Map<? extends K, ? extends V> map) {
    checkOpen();
    Map<K, V> copy = new LinkedHashMap<>();
    map.forEach(
        (key, value) -> {
          checkKeyAndValue(key, value);
          copy.put(key, value);
        });
    return copy;
  }

  private void checkValue(V value) {
    check(value, "value", configuration.getValueType());
  }

  private void checkKeyAndValue(K key, V value) {
    checkKey(key);
    checkValue(value);
  }

  private void check(@Nullable Object given, String what, Class<?> type) {
    if (given == null) {
      throw new NullPointerException("a " + what + " of cache " + name + " is never null");
    }
    if (!type.isInstance(given)) {
      throw new ClassCastException(
          "a "
              + what
              + " of cache "
              + name
              + " is a "
              + type.getName()
              + ", not a "
              + given.getClass().getName());
    }
  }
}
