package io.persidict.jcache.engine;

import io.persidict.jcache.storage.StoredEntries;
import io.persidict.jcache.storage.Unwrap;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import javax.cache.Cache;
import javax.cache.configuration.CacheEntryListenerConfiguration;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.event.CacheEntryCreatedListener;
import javax.cache.event.CacheEntryEvent;
import javax.cache.event.CacheEntryEventFilter;
import javax.cache.event.CacheEntryExpiredListener;
import javax.cache.event.CacheEntryListener;
import javax.cache.event.CacheEntryListenerException;
import javax.cache.event.CacheEntryRemovedListener;
import javax.cache.event.CacheEntryUpdatedListener;
import javax.cache.event.EventType;
import org.jspecify.annotations.Nullable;

/**
 * The listeners of one cache in this process. A synchronous one has seen its event when the call
 * that caused it returns; asynchronous ones see theirs in the same order, on one thread of the
 * cache's.
 */
public final class Listeners<K, V> {
  /** How many events that no call caused may wait. */
  private static final int MAX_WAITING = 1_000;

  private final Cache<K, V> cache;
  private final List<Registration<K, V>> registrations = new CopyOnWriteArrayList<>();
  private final DaemonExecutor worker;
  private final AtomicInteger waiting = new AtomicInteger();

  public Listeners(Cache<K, V> cache) {
    this.cache = cache;
    this.worker = new DaemonExecutor("persidict-events-" + cache.getName(), 1);
  }

  /**
   * A configuration as it was when its owner gave it.
   *
   * @param given what the owner has, who may change it
   * @param copy of what was given
   */
  public record Given<K, V>(
      CacheEntryListenerConfiguration<K, V> given, CacheEntryListenerConfiguration<K, V> copy) {
    public static <K, V> Given<K, V> now(CacheEntryListenerConfiguration<K, V> given) {
      return new Given<>(given, copyOf(given));
    }

    /** Takes out of a configuration of a cache what its owner gave. */
    public static <K, V> List<Given<K, V>> takenFrom(MutableConfiguration<K, V> configuration) {
      List<Given<K, V>> taken = new ArrayList<>();
      var left = configuration.getCacheEntryListenerConfigurations().iterator();
      while (left.hasNext()) {
        taken.add(now(left.next()));
        left.remove(); // also one that was changed since, so that it hashes otherwise
      }
      return taken;
    }
  }

  /**
   * @param hasEnded whether it is told of nothing that begins from now on
   * @param isClosed whether it is told of nothing at all
   */
  private record Registration<K, V>(
      Given<K, V> configuration,
      CacheEntryListener<? super K, ? super V> listener,
      @Nullable CacheEntryEventFilter<? super K, ? super V> filter,
      AtomicBoolean hasEnded,
      AtomicBoolean isClosed) {
    boolean isInterested(EventType type) {
      return !hasEnded.get() && Listeners.isInterested(type, listener);
    }

    void close() {
      if (!isClosed.getAndSet(true)) {
        Factories.close(listener);
        Factories.close(filter);
      }
    }
  }

  /** A copy that its owner does not change; one of a class of his own is taken for final. */
  public static <K, V> CacheEntryListenerConfiguration<K, V> copyOf(
      CacheEntryListenerConfiguration<K, V> given) {
    return given.getClass() == MutableCacheEntryListenerConfiguration.class
        ? new MutableCacheEntryListenerConfiguration<>(given)
        : given;
  }

  /**
   * Makes the listener and the filter, and tells them of all that is changed from now on.
   *
   * @throws RuntimeException what a factory throws; nothing is left behind then
   */
  public void register(Given<K, V> configuration) {
    CacheEntryListener<? super K, ? super V> listener =
        Factories.create(configuration.copy.getCacheEntryListenerFactory(), "listener");
    var filterFactory = configuration.copy.getCacheEntryEventFilterFactory();
    CacheEntryEventFilter<? super K, ? super V> filter;
    try {
      filter = filterFactory == null ? null : Factories.create(filterFactory, "event filter");
    } catch (Throwable e) {
      Factories.close(listener);
      throw e;
    }
    registrations.add(
        new Registration<>(
            configuration, listener, filter, new AtomicBoolean(), new AtomicBoolean()));
  }

  /**
   * Ends a registration, which is told of nothing that begins from now on. {@link #release} is to
   * follow.
   *
   * @param configuration one that is equal to the copy, or that was given and changed since
   * @return the copy; empty if there is no such registration, or somebody else has ended it
   */
  public Optional<CacheEntryListenerConfiguration<K, V>> end(
      CacheEntryListenerConfiguration<K, V> configuration) {
    Objects.requireNonNull(configuration, "configuration");
    return end(each -> each.configuration.copy.equals(configuration))
        .or(() -> end(each -> each.configuration.given == configuration));
  }

  private Optional<CacheEntryListenerConfiguration<K, V>> end(Predicate<Registration<K, V>> meant) {
    for (Registration<K, V> each : registrations) {
      if (!each.hasEnded.get() && meant.test(each) && !each.hasEnded.getAndSet(true)) {
        return Optional.of(each.configuration.copy);
      }
    }
    return Optional.empty();
  }

  /**
   * Closes the listener and filter of a registration that was ended: of an asynchronous one once it
   * has been told what waits for it.
   *
   * @param configuration what {@link #end} returned
   */
  public void release(CacheEntryListenerConfiguration<K, V> configuration) {
    for (Registration<K, V> registration : registrations) {
      if (registration.configuration.copy == configuration
          && registration.hasEnded.get()
          && (configuration.isSynchronous() || !worker.execute(() -> remove(registration)))) {
        remove(registration);
      }
    }
  }

  private void remove(Registration<K, V> registration) {
    registrations.remove(registration);
    registration.close();
  }

  /** Whether nobody listens, so that no value need be decoded for an event. */
  boolean isEmpty() {
    return registrations.isEmpty();
  }

  /**
   * Tells of a change that was made.
   *
   * @param value the new one; for a removal or expiry the last one
   * @param oldValue the one before; null for a creation
   * @throws CacheEntryListenerException if a synchronous listener or its filter failed; all others
   *     were told, and the change stays
   */
  void dispatch(
      EventType type, StoredEntries<K, V>.EntryLocation place, V value, @Nullable V oldValue) {
    FailureCollector failures = new FailureCollector();
    for (Registration<K, V> registration : registrations) {
      if (!registration.isInterested(type)) {
        continue;
      }
      Event<K, V> event = event(type, place, value, oldValue);
      if (registration.configuration.copy.isSynchronous()) {
        failures.attempt(() -> deliver(registration, event));
      } else {
        // Once the cache is closed its listeners are told no more.
        worker.execute(() -> deliverLogged(registration, event));
      }
    }
    failures.rethrow();
  }

  /** Whether so many events wait for listeners that there should be no more for now. */
  boolean isBusy() {
    return waiting.get() >= MAX_WAITING;
  }

  /**
   * Tells of a change that no call caused, on the thread of asynchronous listeners, so that whoever
   * made it waits for nobody.
   */
  void dispatchLater(EventType type, StoredEntries<K, V>.EntryLocation place, V value) {
    waiting.incrementAndGet();
    boolean accepted =
        worker.execute(
            () -> {
              try {
                registrations.stream()
                    .filter(registration -> registration.isInterested(type))
                    .forEach(
                        registration ->
                            deliverLogged(registration, event(type, place, value, value)));
              } finally {
                waiting.decrementAndGet();
              }
            });
    if (!accepted) {
      waiting.decrementAndGet(); // the cache is closed
    }
  }

  /**
   * Shows copies, since the caller may change what it gave or got before a listener looks at it,
   * and another listener what it was shown.
   */
  private Event<K, V> event(
      EventType type, StoredEntries<K, V>.EntryLocation place, V value, @Nullable V oldValue) {
    return new Event<>(
        cache,
        type,
        place.copyOfKey(),
        place.copyOfValue(value),
        oldValue == null ? null : place.copyOfValue(oldValue));
  }

  private static boolean isInterested(EventType type, CacheEntryListener<?, ?> listener) {
    return switch (type) {
      case CREATED -> listener instanceof CacheEntryCreatedListener;
      case UPDATED -> listener instanceof CacheEntryUpdatedListener;
      case REMOVED -> listener instanceof CacheEntryRemovedListener;
      case EXPIRED -> listener instanceof CacheEntryExpiredListener;
    };
  }

  @SuppressWarnings("unchecked") // a listener of supertypes takes events of these
  private void deliver(Registration<K, V> registration, Event<K, V> event) {
    try {
      if (registration.isClosed.get()
          || (registration.filter != null && !registration.filter.evaluate(event))) {
        return;
      }
      List<CacheEntryEvent<? extends K, ? extends V>> events = List.of(event);
      switch (event.getEventType()) {
        case CREATED -> ((CacheEntryCreatedListener<K, V>) registration.listener).onCreated(events);
        case UPDATED -> ((CacheEntryUpdatedListener<K, V>) registration.listener).onUpdated(events);
        case REMOVED -> ((CacheEntryRemovedListener<K, V>) registration.listener).onRemoved(events);
        case EXPIRED -> ((CacheEntryExpiredListener<K, V>) registration.listener).onExpired(events);
      }
    } catch (CacheEntryListenerException e) {
      throw e;
    } catch (Throwable e) {
      Interrupts.keep(e);
      throw new CacheEntryListenerException(
          "a listener of cache " + cache.getName() + " failed at " + event, e);
    }
  }

  private void deliverLogged(Registration<K, V> registration, Event<K, V> event) {
    try {
      deliver(registration, event);
    } catch (CacheEntryListenerException e) {
      System.Logger logger = System.getLogger(Listeners.class.getName());
      Throwable failure = e.getCause() == null ? e : e.getCause();
      logger.log(
          System.Logger.Level.WARNING,
          "a listener of cache \"{0}\" failed with {1}",
          cache.getName(),
          failure.getClass().getName());
      logger.log(System.Logger.Level.DEBUG, "the failure of that listener", e);
    }
  }

  /**
   * Delivers what is under way and waits, and closes the listeners and filters.
   *
   * @param end when to wait no longer, by {@link System#nanoTime}
   */
  public void close(long end) {
    worker.close(end, () -> registrations.forEach(this::remove));
  }

  @SuppressWarnings("serial") // JCache made events serializable; a cache is not
  private static final class Event<K, V> extends CacheEntryEvent<K, V> {
    private static final long serialVersionUID = 1L;

    private final K key;
    private final V value;
    private final @Nullable V oldValue;

    Event(Cache<K, V> source, EventType type, K key, V value, @Nullable V oldValue) {
      super(source, type);
      this.key = key;
      this.value = value;
      this.oldValue = oldValue;
    }

    @Override
    public K getKey() {
      return key;
    }

    @Override
    public V getValue() {
      return value;
    }

    @Override
    @SuppressWarnings("NullAway") // null where there is none, as the specification says
    public V getOldValue() {
      return oldValue;
    }

    @Override
    public boolean isOldValueAvailable() {
      return oldValue != null;
    }

    @Override
    public <T> T unwrap(Class<T> type) {
      return Unwrap.as(type, this);
    }

    @Override
    public String toString() {
      return getEventType() + " of " + key;
    }
  }
}
