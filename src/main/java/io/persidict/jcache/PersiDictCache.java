package io.persidict.jcache;

import io.persidict.jcache.Operation.Decision;
import io.persidict.lease.Leases;
import java.lang.ref.Cleaner;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.configuration.CacheEntryListenerConfiguration;
import javax.cache.configuration.Configuration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.expiry.ExpiryPolicy;
import javax.cache.integration.CacheLoaderException;
import javax.cache.integration.CompletionListener;
import javax.cache.processor.EntryProcessor;
import javax.cache.processor.EntryProcessorException;
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
 * @param <K> the keys; equal ones must have equal serialized forms, see the README
 * @param <V> the values
 */
public final class PersiDictCache<K, V> implements Cache<K, V> {
  private static final int LOADING_THREADS = 4;
  private static final Cleaner CLEANER = Cleaner.create();
  private final PersiDictCacheManager manager;
  private final String name;
  private final MutableConfiguration<K, V> configuration;
  private final ExpiryPolicy expiryPolicy;
  private final Integration<K, V> integration;
  private final Listeners<K, V> listeners;
  private final Workers loaders;
  private final Statistics statistics = new Statistics();
  private final Management management = new Management(this);
  private final Engine<K, V> engine;
  private final Bulk<K, V> bulk;
  private final StoreLeases leases;
  private volatile boolean closed;

  PersiDictCache(
      PersiDictCacheManager manager,
      String name,
      MutableConfiguration<K, V> configuration,
      StoredEntries<K, V> stored,
      StoreLeases leases) {
    this.manager = manager;
    this.name = name;
    this.configuration = configuration;
    this.expiryPolicy = configuration.getExpiryPolicyFactory().create();
    this.integration = new Integration<>(configuration);
    this.listeners = new Listeners<>(this);
    this.loaders = new Workers("persidict-load-" + name, LOADING_THREADS);
    this.engine = new Engine<>(stored, expiryPolicy, integration, listeners, statistics);
    this.bulk = new Bulk<>(engine, stored, integration);
    this.leases = leases;
    configuration.getCacheEntryListenerConfigurations().forEach(listeners::register);
    WriteOnce writeOnce = stored.writeOnce();
    if (writeOnce != null && writeOnce.checks().probability() > 0) {
      management.show(Management.CHECKS, new Management.ChecksBean(writeOnce.checks()));
    }
  }

  // ---- reading

  @Override
  public @Nullable V get(K key) {
    checkKey(key);
    return engine.get(key);
  }

  @Override
  public Map<K, V> getAll(Set<? extends K> keys) {
    checkKeys(keys);
    return bulk.getAll(keys);
  }

  @Override
  public boolean containsKey(K key) {
    checkKey(key);
    return engine.contains(key);
  }

  @Override
  public Iterator<Entry<K, V>> iterator() {
    checkOpen();
    return new Entries();
  }

  // ---- loading

  @Override
  public void loadAll(
      Set<? extends K> keys,
      boolean replaceExistingValues,
      @Nullable CompletionListener completionListener) {
    checkKeys(keys);
    List<K> asked = List.copyOf(keys);
    Runnable task =
        () -> {
          try {
            bulk.loadAll(asked, replaceExistingValues);
          } catch (RuntimeException | Error e) {
            if (completionListener != null) {
              completionListener.onException(
                  e instanceof CacheLoaderException known
                      ? known
                      : new CacheLoaderException("cannot load into cache " + name, e));
            }
            return;
          }
          if (completionListener != null) {
            completionListener.onCompletion();
          }
        };
    if (!loaders.execute(task)) {
      checkOpen();
    }
  }

  // ---- writing

  @Override
  public void put(K key, V value) {
    checkKeyAndValue(key, value);
    engine.execute(key, Operation.put(value));
  }

  @Override
  public @Nullable V getAndPut(K key, V value) {
    checkKeyAndValue(key, value);
    return engine.execute(key, Operation.getAndPut(value));
  }

  @Override
  public void putAll(Map<? extends K, ? extends V> map) {
    checkOpen();
    map.forEach(this::checkKeyAndValue);
    bulk.putAll(map);
  }

  @Override
  public boolean putIfAbsent(K key, V value) {
    checkKeyAndValue(key, value);
    return engine.execute(key, Operation.putIfAbsent(value));
  }

  @Override
  public boolean replace(K key, V value) {
    checkKeyAndValue(key, value);
    return engine.execute(key, Operation.replace(value));
  }

  @Override
  public boolean replace(K key, V oldValue, V newValue) {
    checkKeyAndValue(key, newValue);
    checkValue(oldValue);
    return engine.execute(key, Operation.replace(oldValue, newValue));
  }

  @Override
  public @Nullable V getAndReplace(K key, V value) {
    checkKeyAndValue(key, value);
    return engine.execute(key, Operation.getAndReplace(value));
  }

  // ---- removing

  @Override
  public boolean remove(K key) {
    checkKey(key);
    return engine.execute(key, Operation.remove());
  }

  @Override
  public boolean remove(K key, V oldValue) {
    checkKeyAndValue(key, oldValue);
    return engine.execute(key, Operation.remove(oldValue));
  }

  @Override
  public @Nullable V getAndRemove(K key) {
    checkKey(key);
    return engine.execute(key, Operation.getAndRemove());
  }

  @Override
  public void removeAll(Set<? extends K> keys) {
    checkKeys(keys);
    bulk.removeAll(keys);
  }

  @Override
  public void removeAll() {
    checkOpen();
    bulk.removeAll();
  }

  @Override
  public void clear() {
    checkOpen();
    bulk.clear();
  }

  // ---- processing

  @Override
  public <T extends @Nullable Object> T invoke(
      K key, EntryProcessor<K, V, T> processor, Object... arguments) {
    checkKey(key);
    Objects.requireNonNull(processor, "processor");
    return engine.execute(
        key, Operation.<V, T>lookup(found -> process(key, found, processor, arguments)));
  }

  private <T extends @Nullable Object> Decision<V, T> process(
      K key, Found<V> found, EntryProcessor<K, V, T> processor, Object... arguments) {
    ProcessedEntry<K, V> entry =
        new ProcessedEntry<>(key, found, () -> integration.readThrough(key), this::checkValue);
    try {
      return entry.decision(processor.process(entry, arguments));
    } catch (EntryProcessorException e) {
      throw e;
    } catch (RuntimeException | Error e) {
      throw new EntryProcessorException(
          processor.getClass().getName() + " failed on an entry of cache " + name, e);
    }
  }

  @Override
  public <T> Map<K, EntryProcessorResult<T>> invokeAll(
      Set<? extends K> keys, EntryProcessor<K, V, T> processor, Object... arguments) {
    checkKeys(keys);
    Objects.requireNonNull(processor, "processor");
    Map<K, EntryProcessorResult<T>> results = new HashMap<>();
    for (K key : keys) {
      try {
        T result = invoke(key, processor, arguments);
        if (result != null) {
          results.put(key, () -> result);
        }
      } catch (RuntimeException e) {
        EntryProcessorException failure =
            e instanceof EntryProcessorException known
                ? known
                : new EntryProcessorException("cannot process an entry of cache " + name, e);
        results.put(
            key,
            () -> {
              throw failure;
            });
      }
    }
    return results;
  }

  // ---- listeners, configuration, life

  @Override
  public void registerCacheEntryListener(
      CacheEntryListenerConfiguration<K, V> listenerConfiguration) {
    checkOpen();
    configuration.addCacheEntryListenerConfiguration(listenerConfiguration);
    listeners.register(listenerConfiguration);
  }

  @Override
  public void deregisterCacheEntryListener(
      CacheEntryListenerConfiguration<K, V> listenerConfiguration) {
    checkOpen();
    configuration.removeCacheEntryListenerConfiguration(listenerConfiguration);
    listeners.deregister(listenerConfiguration);
  }

  /** A copy of the configuration as it is now. */
  @Override
  public <C extends Configuration<K, V>> C getConfiguration(Class<C> type) {
    return Unwrap.as(type, new PersiDictConfiguration<>(configuration));
  }

  MutableConfiguration<K, V> configuration() {
    return configuration;
  }

  void enableStatistics(boolean enable) {
    configuration.setStatisticsEnabled(enable);
    statistics.enable(enable);
    show(Management.STATISTICS, enable, statistics);
  }

  void enableManagement(boolean enable) {
    configuration.setManagementEnabled(enable);
    show(Management.CONFIGURATION, enable, new Management.ConfigurationBean(configuration));
  }

  private void show(String type, boolean show, Object bean) {
    if (show) {
      management.show(type, bean);
    } else {
      management.hide(type);
    }
  }

  @Override
  public String getName() {
    return name;
  }

  @Override
  public CacheManager getCacheManager() {
    return manager;
  }

  /** Closes the cache and what its factories made; the entries stay. */
  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    manager.forget(this);
    management.hide(Management.STATISTICS);
    management.hide(Management.CONFIGURATION);
    management.hide(Management.CHECKS);
    loaders.close();
    listeners.close();
    integration.close();
    Closing.close(expiryPolicy);
  }

  @Override
  public boolean isClosed() {
    return closed;
  }

  /** This cache, or its {@link Leases}. */
  @Override
  public <T> T unwrap(Class<T> type) {
    return Unwrap.as(type, type == Leases.class ? leases : this);
  }

  // ---- arguments

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("cache " + name + " is closed");
    }
  }

  private void checkKey(K key) {
    checkOpen();
    check(key, "key", configuration.getKeyType());
  }

  private void checkKeys(Set<? extends K> keys) {
    checkOpen();
    keys.forEach(this::checkKey);
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

  /** Iterates lazily; what it holds open is closed at the end, or when it is garbage. */
  private final class Entries implements Iterator<Entry<K, V>> {
    private final Iterator<CacheEntry<K, V>> entries;
    private final Cleaner.Cleanable open;
    private @Nullable K last;

    Entries() {
      Stream<CacheEntry<K, V>> stream = engine.entries();
      this.entries = stream.iterator();
      this.open = CLEANER.register(this, stream::close);
    }

    @Override
    public boolean hasNext() {
      checkOpen();
      boolean more = entries.hasNext();
      if (!more) {
        open.clean();
      }
      return more;
    }

    @Override
    public Entry<K, V> next() {
      if (!hasNext()) {
        throw new NoSuchElementException("no more entries in cache " + name);
      }
      CacheEntry<K, V> entry = entries.next();
      engine.iterated(entry.getKey());
      last = entry.getKey();
      return entry;
    }

    @Override
    public void remove() {
      if (last == null) {
        throw new IllegalStateException("next was not called since the last remove");
      }
      PersiDictCache.this.remove(last);
      last = null;
    }
  }
}
