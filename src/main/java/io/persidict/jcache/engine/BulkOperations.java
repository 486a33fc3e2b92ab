package io.persidict.jcache.engine;

import static java.lang.System.Logger.Level.DEBUG;
import static java.lang.System.Logger.Level.WARNING;

import io.persidict.jcache.storage.CacheEntry;
import io.persidict.jcache.storage.EntrySnapshot;
import io.persidict.jcache.storage.StoredEntries;
import io.persidict.lease.ActiveCall;
import io.persidict.lease.Lease;
import io.persidict.lease.Leases;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.integration.CacheLoaderException;
import javax.cache.integration.CompletionListener;
import javax.cache.processor.EntryProcessor;
import javax.cache.processor.EntryProcessorException;
import javax.cache.processor.EntryProcessorResult;
import org.jspecify.annotations.Nullable;

/**
 * The operations of one cache on many entries: each entry as an operation of its own, in the order
 * given, or many at once where the store likes that. Where entries are written once, nothing is
 * changed if a single one would be. Loaders and writers are given copies of keys and values that
 * they could change.
 *
 * @param <K> the keys
 * @param <V> the values
 */
public final class BulkOperations<K, V> implements AutoCloseable {
  private static final System.Logger LOGGER = System.getLogger(BulkOperations.class.getName());

  /** How long other processes leave an entry alone that this one loads again. */
  private static final Duration LONGEST_REFRESH = Duration.ofSeconds(30);

  private static final int MAX_CONTENDED = 1_000;
  private static final int REMOVAL_BATCH = 1_000;
  private static final int LOADING_THREADS = 16;

  private final Engine<K, V> engine;
  private final StoredEntries<K, V> stored;
  private final LoaderAndWriter<K, V> integration;
  private final @Nullable WriteOnce writeOnce;
  private final DaemonExecutor loaders;
  private final String cacheName;
  private final Set<Object> refreshing = ConcurrentHashMap.newKeySet();

  /** Leases that others held: only who asks again with the same one can tell that they are dead. */
  private final Map<Object, Lease> contended =
      Collections.synchronizedMap(
          new LinkedHashMap<>() {
            @Override
            protected boolean removeEldestEntry(Map.Entry<Object, Lease> eldest) {
              return size() > MAX_CONTENDED;
            }
          });

  private volatile boolean interrupted;

  /**
   * @param writeOnce null where entries may be changed
   */
  public BulkOperations(
      String cacheName,
      Engine<K, V> engine,
      StoredEntries<K, V> stored,
      @Nullable WriteOnce writeOnce,
      LoaderAndWriter<K, V> integration) {
    this.cacheName = cacheName;
    this.engine = engine;
    this.stored = stored;
    this.integration = integration;
    this.writeOnce = writeOnce;
    this.loaders = new DaemonExecutor("persidict-load-" + cacheName, LOADING_THREADS);
  }

  /**
   * Applies {@code operation} to each item; one by one if this thread is within a call, for which
   * the others might wait.
   */
  private <T, R> List<R> each(Collection<T> items, Function<T, R> operation) {
    if (ActiveCall.isUnderWay()) {
      return items.stream().map(operation).toList();
    }
    try (Stream<R> results = stored.concurrently(items.stream(), operation)) {
      return results.toList();
    }
  }

  /** The same for operations that write; in the items' order where somebody is told of them. */
  private <T, R> void eachWrite(Collection<T> items, Function<T, R> write) {
    if (ActiveCall.isUnderWay() || engine.hasListeners()) {
      each(items, write);
      return;
    }
    try (Stream<R> results = stored.concurrentWrites(items.stream(), write)) {
      results.forEach(result -> {});
    }
  }

  // ---- reading and loading

  public Map<K, V> getAll(Set<? extends K> keys) {
    Map<K, V> found = new HashMap<>();
    List<K> missing = new ArrayList<>();
    each(keys, key -> new Read<>(key, Optional.ofNullable(engine.getStored(key))))
        .forEach(
            read ->
                read.value.ifPresentOrElse(
                    value -> found.put(read.key, value), () -> missing.add(read.key)));
    if (integration.readsThrough()) {
      found.putAll(load(missing, false));
    }
    return found;
  }

  private record Read<K, V>(K key, Optional<V> value) {}

  /**
   * Loads what is not there, or all of {@code keys} if {@code replace}, on a thread of the cache's;
   * on this one if it is within a call, for which that thread might wait.
   *
   * @param listener told once it is done, if given
   * @param operations as one of which it counts until then
   * @throws IllegalStateException if the cache is closed, unless this thread is within an operation
   *     of it
   */
  public void loadAll(
      Collection<? extends K> keys,
      boolean replace,
      @Nullable CompletionListener listener,
      ActiveOperations operations) {
    List<K> asGiven = keys.stream().<K>map(stored::copyOfKey).toList();
    ActiveOperations.Task load =
        operations.begin(
            () -> {
              try {
                if (interrupted) {
                  throw new CacheLoaderException(
                      "cache " + cacheName + " was closed before it loaded");
                }
                loadAll(asGiven, replace);
              } catch (RuntimeException | Error e) {
                CacheLoaderException failure =
                    e instanceof CacheLoaderException known
                        ? known
                        : new CacheLoaderException("cannot load into cache " + cacheName, e);
                tell(listener, told -> told.onException(failure));
                return;
              }
              tell(listener, CompletionListener::onCompletion);
            });
    if (ActiveCall.isUnderWay() || !loaders.execute(load)) {
      load.run();
    }
  }

  /** Whatever the listener throws is logged: this thread may be one that closes the cache. */
  private void tell(@Nullable CompletionListener listener, Consumer<CompletionListener> outcome) {
    try {
      if (listener != null) {
        outcome.accept(listener);
      }
    } catch (Throwable e) {
      Interrupts.keep(e);
      LOGGER.log(
          WARNING,
          "the listener of a load into cache \"{0}\" failed with {1}",
          cacheName,
          e.getClass().getName());
      LOGGER.log(DEBUG, "the failure of that listener", e);
    }
  }

  private void loadAll(Collection<K> keys, boolean replace) {
    if (integration.hasLoader()) {
      List<K> wanted = new ArrayList<>(keys);
      if (!replace) {
        Set<K> present = chosen(keys, engine::contains);
        wanted.removeIf(present::contains);
      }
      load(wanted, replace);
    }
  }

  /**
   * Loads an entry again whose time is nearly over, unless this or another process is about to; on
   * a thread of the cache's, while readers get what is there.
   *
   * @param leases by which one of all processes does so
   * @param operations as one of which it counts meanwhile
   */
  public void refresh(K key, Leases leases, ActiveOperations operations) {
    K copy = stored.copyOfKey(key);
    Object identity = stored.place(copy).identity();
    if (refreshing.add(identity)) {
      Optional<ActiveOperations.Task> begun =
          operations.tryBegin(
              () -> {
                try {
                  if (!interrupted) {
                    refreshUnlessOthersDo(copy, identity, leases);
                  }
                } catch (RuntimeException e) {
                  LOGGER.log(
                      WARNING,
                      "cannot load an entry of cache \"{0}\" ahead of its end: {1}",
                      cacheName,
                      e.getClass().getName());
                  LOGGER.log(DEBUG, "why that cannot be loaded", e);
                } finally {
                  refreshing.remove(identity);
                }
              });
      begun.filter(task -> !loaders.execute(task)).ifPresent(ActiveOperations.Task::run);
    }
  }

  /** The entry that is loaded must be the one that is replaced: others may have changed it. */
  private void refreshUnlessOthersDo(K key, Object identity, Leases leases) {
    Lease known = contended.remove(identity);
    Lease lease = known != null ? known : leases.lease(key, LONGEST_REFRESH);
    if (!lease.tryTake()) {
      contended.put(identity, lease);
      return;
    }
    try (lease) {
      EntrySnapshot<V> old = stored.find(stored.place(key));
      V value = stored.isDue(old) ? integration.readThrough(key) : null;
      if (value != null) {
        engine.execute(key, Operation.refresh(old, value));
      }
    }
  }

  private Set<K> chosen(Collection<? extends K> keys, Predicate<K> predicate) {
    Set<K> chosen = new HashSet<>();
    each(keys, key -> new Read<>((K) key, Optional.of(predicate.test(key))))
        .forEach(
            read -> {
              if (read.value.orElse(false)) {
                chosen.add(read.key);
              }
            });
    return chosen;
  }

  /**
   * Stores what the loader gives; what it gives for other keys only where nothing is.
   *
   * @return what is stored then for {@code keys}
   */
  private Map<K, V> load(List<K> keys, boolean replace) {
    Map<Object, List<K>> asked =
        keys.stream()
            .collect(
                Collectors.groupingBy(
                    key -> stored.place(key).identity(), LinkedHashMap::new, Collectors.toList()));
    List<K> wanted = asked.values().stream().map(equal -> stored.copyOfKey(equal.get(0))).toList();
    FailureCollector failures = new FailureCollector();
    Map<K, V> result = new HashMap<>();
    each(
            integration.loadAll(wanted).entrySet(),
            entry -> {
              List<K> by = asked.getOrDefault(stored.place(entry.getKey()).identity(), List.of());
              Operation<V, V> operation =
                  Operation.load(entry.getValue(), replace && !by.isEmpty());
              Optional<V> value = failures.attempt(() -> engine.execute(entry.getKey(), operation));
              return new Loaded<>(by, value);
            })
        .forEach(
            loaded ->
                loaded.value.ifPresent(value -> loaded.by.forEach(key -> result.put(key, value))));
    failures.rethrow();
    return result;
  }

  /**
   * @param by the equal keys that it was asked for by; none where it was not
   * @param value empty if storing it failed
   */
  private record Loaded<K, V>(List<K> by, Optional<V> value) {}

  // ---- processing

  /** Carries out {@code processor} on each entry, as {@link Engine#invoke} does. */
  public <T> Map<K, EntryProcessorResult<T>> invokeAll(
      Set<? extends K> keys,
      EntryProcessor<K, V, T> processor,
      Consumer<V> check,
      Object... arguments) {
    Map<K, EntryProcessorResult<T>> results = new HashMap<>();
    for (K key : keys) {
      try {
        T result = engine.invoke(key, processor, check, arguments);
        if (result != null) {
          results.put(key, () -> result);
        }
      } catch (RuntimeException e) {
        EntryProcessorException failure =
            e instanceof EntryProcessorException known
                ? known
                : new EntryProcessorException("cannot process an entry of cache " + cacheName, e);
        results.put(
            key,
            () -> {
              throw failure;
            });
      }
    }
    return results;
  }

  // ---- writing

  public void putAll(Map<? extends K, ? extends V> map) {
    map.forEach(stored::requireStorable);
    Set<K> kept = writeOnce == null ? Set.of() : chosen(map.keySet(), engine::containsWrittenOnce);
    if (writeOnce != null && !writeOnce.ignoresRewrites() && !kept.isEmpty()) {
      throw WriteOnce.refused("change", "of key " + kept.iterator().next(), false);
    }
    Collection<Cache.Entry<? extends K, ? extends V>> unwritten = new ArrayList<>();
    if (integration.hasWriter()) {
      map.forEach(
          (key, value) -> {
            if (!kept.contains(key)) {
              var place = stored.place(key);
              unwritten.add(new CacheEntry<>(place.copyOfKey(), place.copyOfValue(value)));
            }
          });
    }
    FailureCollector failures = new FailureCollector();
    Map<K, V> written = new LinkedHashMap<>(map);
    if (failures.attempt(() -> integration.writeAll(unwritten)).isEmpty()) {
      removeEqual(written.keySet(), unwritten.stream().map(Cache.Entry::getKey));
    }
    failures.rethrowAfter(
        () ->
            eachWrite(
                written.entrySet(),
                entry ->
                    failures.attempt(
                        () -> {
                          Operation<V, Boolean> put = Operation.put(entry.getValue());
                          boolean told = !kept.contains(entry.getKey());
                          return engine.execute(entry.getKey(), told ? put.afterWriter() : put);
                        })));
  }

  /** Takes those keys away that are equal to one of {@code others} for the cache. */
  private void removeEqual(Set<K> keys, Stream<? extends K> others) {
    Set<Object> identities =
        others.map(key -> stored.place(key).identity()).collect(Collectors.toSet());
    keys.removeIf(key -> identities.contains(stored.place(key).identity()));
  }

  // ---- removing

  public void removeAll(Set<? extends K> keys) {
    keys.forEach(key -> stored.place(key).identity()); // refuses a key that cannot be stored
    if (writeOnce != null) {
      for (K key : chosen(keys, engine::containsWrittenOnce)) {
        throw WriteOnce.refused("remove", "of key " + key, false);
      }
    }
    Set<K> undeleted = new HashSet<>();
    if (integration.hasWriter()) {
      keys.forEach(key -> undeleted.add(stored.copyOfKey(key)));
    }
    FailureCollector failures = new FailureCollector();
    Set<K> deleted = new LinkedHashSet<>(keys);
    if (failures.attempt(() -> integration.deleteAll(undeleted)).isEmpty()) {
      removeEqual(deleted, undeleted.stream());
    }
    failures.rethrowAfter(
        () -> {
          boolean inBulk = writeOnce == null && engine.isUnobserved() && !ActiveCall.isUnderWay();
          if (!inBulk || !tryRemoveInBulk(deleted)) {
            Operation<V, Boolean> remove = Operation.<V>remove().afterWriter();
            eachWrite(deleted, key -> failures.attempt(() -> engine.execute(key, remove)));
          }
        });
  }

  /** Tells whether all were removed; the store ends at the first fault, and some may be left. */
  private boolean tryRemoveInBulk(Set<K> keys) {
    try {
      stored.removeAll(keys);
      return true;
    } catch (CacheException e) {
      LOGGER.log(DEBUG, "cannot remove many entries at once; they are removed one by one", e);
      return false;
    }
  }

  /**
   * Removes the entries of those keys that {@code wanted} accepts.
   *
   * @param prefix that all of them begin with, if they are strings; empty if they are none
   * @return how many there were
   */
  public long removeAll(String prefix, Predicate<Object> wanted) {
    try (Stream<K> keys = stored.keys(prefix, wanted)) {
      return removeInBatches(keys);
    }
  }

  /** Removes all entries, and what cannot be read as one. */
  public void removeAll() {
    requireNoneWrittenOnce();
    if (writeOnce == null && engine.isUnobserved() && !integration.hasWriter()) {
      stored.clear();
      return;
    }
    try (Stream<K> keys = engine.keysToRemove()) {
      removeInBatches(keys);
    }
  }

  private long removeInBatches(Stream<K> keys) {
    FailureCollector failures = new FailureCollector();
    Set<K> batch = new HashSet<>();
    long[] removed = new long[1];
    Runnable removal =
        () -> {
          removed[0] += batch.size();
          failures.attempt(() -> removeAll(batch));
          batch.clear();
        };
    keys.forEach(
        key -> {
          batch.add(key);
          if (batch.size() == REMOVAL_BATCH) {
            removal.run();
          }
        });
    removal.run();
    failures.rethrow();
    return removed[0];
  }

  /**
   * Deletes all; where entries are written once only those that are expired and what cannot be
   * read, or it throws.
   */
  public void clear() {
    requireNoneWrittenOnce();
    if (writeOnce == null) {
      stored.clear();
      return;
    }
    try (Stream<K> keys = engine.keysToRemove()) {
      keys.forEach(engine::removeUnreadable);
    }
  }

  private void requireNoneWrittenOnce() {
    if (writeOnce == null) {
      return;
    }
    engine
        .anyWrittenOnce()
        .ifPresent(
            entry -> {
              throw WriteOnce.refused("remove", entry, false);
            });
  }

  /** Interrupts the loads that are under way; those that wait for a thread fail. */
  public void interrupt() {
    interrupted = true;
    loaders.interrupt();
  }

  /** Ends the loads that are under way, see {@link DaemonExecutor#close}. */
  @Override
  public void close() {
    loaders.close();
  }
}
