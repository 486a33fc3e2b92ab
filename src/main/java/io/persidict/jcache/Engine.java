package io.persidict.jcache;

import io.persidict.Item;
import io.persidict.PersiDict;
import io.persidict.format.Format;
import io.persidict.format.FormatException;
import io.persidict.jcache.Operation.Action;
import io.persidict.jcache.Operation.Decision;
import io.persidict.key.DictKey;
import io.persidict.store.StoreException;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.cache.CacheException;
import javax.cache.event.EventType;
import javax.cache.expiry.Duration;
import javax.cache.expiry.ExpiryPolicy;
import org.jspecify.annotations.Nullable;

/**
 * Carries out the operations of one cache: reads the entry, lets the operation decide, asks the
 * expiry policy, calls the writer, commits by a conditional write, and then counts and notifies. If
 * somebody else changed the entry meanwhile, nothing was committed and it starts over; what the
 * writer was told already it is not told again. Calls that are made within a call, by a processor,
 * loader or writer, count as somebody else's; if they always change the very entry, it would start
 * over forever, and fails instead.
 *
 * <p>Expiry is an absolute time in the record. An expired entry is absent; whoever comes by it
 * deletes it and notifies of its expiry. Where the expiry policy fails, a new entry never expires
 * and an old one when it would have. An entry that cannot be read is absent too, and logged once.
 */
final class Engine<K, V> {
  private static final ThreadLocal<Engine<?, ?>.Call> INNERMOST = new ThreadLocal<>();
  private static final String ANOTHERS = "holds the entry of another key";

  private final PersiDict<StoredEntry> dict;
  private final KeyCodec keys;
  private final Format<V> values;
  private final ExpiryPolicy expiryPolicy;
  private final Integration<K, V> integration;
  private final Listeners<K, V> listeners;
  private final Statistics statistics;
  private final Gates gates = new Gates();
  private final Reports reports;

  Engine(
      Stored<V> stored,
      ExpiryPolicy expiryPolicy,
      Integration<K, V> integration,
      Listeners<K, V> listeners,
      Statistics statistics) {
    this.dict = stored.dict();
    this.reports = new Reports(dict);
    this.keys = stored.keys();
    this.values = stored.values();
    this.expiryPolicy = expiryPolicy;
    this.integration = integration;
    this.listeners = listeners;
    this.statistics = statistics;
  }

  /** Where the entries lie, how keys and values are encoded there, and the leases beside them. */
  record Stored<V>(
      PersiDict<StoredEntry> dict, KeyCodec keys, Format<V> values, StoreLeases leases) {}

  // ---- reading

  /** The value of an entry, loaded if it is absent and reads ask the loader. */
  @Nullable V get(K key) {
    return get(key, integration.readsThrough());
  }

  /** The value of an entry; null if it is absent, also where reads ask the loader. */
  @Nullable V getStored(K key) {
    return get(key, false);
  }

  private @Nullable V get(K key, boolean readThrough) {
    Call call = new Call(key);
    Place place = call.place;
    StoredEntry entry = guarded(() -> dict.get(place.dictKey).orElse(null));
    if (entry == null && !readThrough) {
      statistics.lookedUp(false, call.nanos());
      return null;
    }
    if (isAlive(entry, place, key)) {
      V value = decode((StoredEntry.Whole) entry, place.dictKey).orElse(null);
      if (value != null && call.expiryForAccess() == null) {
        statistics.lookedUp(true, call.nanos());
        return value;
      }
    }
    return execute(call, Operation.get(() -> readThrough ? integration.readThrough(key) : null));
  }

  /** Whether there is an entry; neither counts nor postpones its expiry. */
  boolean contains(K key) {
    Place place = place(key);
    StoredEntry entry = guarded(() -> dict.get(place.dictKey).orElse(null));
    return isAlive(entry, place, key)
        && decode((StoredEntry.Whole) entry, place.dictKey).isPresent();
  }

  /** Counts an entry that was iterated over as read. */
  void iterated(K key) {
    Call call = new Call(key);
    statistics.lookedUp(true, 0);
    if (call.expiryForAccess() != null) {
      execute(call, Operation.accessed());
    }
  }

  private boolean isAlive(@Nullable StoredEntry entry, Place place, K key) {
    if (entry instanceof StoredEntry.Unreadable unreadable) {
      reports.unreadable(place.dictKey, unreadable.reason());
    }
    return entry instanceof StoredEntry.Whole whole
        && !whole.isExpiredAt(System.currentTimeMillis())
        && isOf(place, key, whole);
  }

  /** The entries that are neither expired nor unreadable, read lazily. Close the stream. */
  Stream<CacheEntry<K, V>> entries() {
    return guarded(dict::items).flatMap(item -> entry(item).stream());
  }

  private Optional<CacheEntry<K, V>> entry(Item<StoredEntry> item) {
    if (!(item.value() instanceof StoredEntry.Whole whole)) {
      reports.unreadable(item.key(), ((StoredEntry.Unreadable) item.value()).reason());
      return Optional.empty();
    }
    Optional<K> key = decodeKey(whole, item.key()).filter(k -> liesAt(item.key(), k));
    if (key.isPresent() && whole.isExpiredAt(System.currentTimeMillis())) {
      execute(key.get(), Operation.accessed());
      return Optional.empty();
    }
    return key.flatMap(k -> decode(whole, item.key()).map(value -> new CacheEntry<>(k, value)));
  }

  // ---- operations

  /** Where an entry lies, and what its key looks like there. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Place(DictKey dictKey, byte[] keyBytes) {}

  private Place place(K key) {
    return guarded(() -> new Place(KeyCodec.dictKey(key), keys.encode(key)));
  }

  /**
   * Does nothing, but for what cannot be stored.
   *
   * @throws CacheException if the key is none or the value cannot be encoded
   */
  void requireStorable(K key, V value) {
    place(key);
    guarded(() -> values.encode(value));
  }

  /** Carries out {@code operation} on the entry of {@code key}. */
  <R extends @Nullable Object> R execute(K key, Operation<V, R> operation) {
    return execute(new Call(key), operation);
  }

  private <R extends @Nullable Object> R execute(Call call, Operation<V, R> operation) {
    try (Gates.Passage passage = gates.pass(call.key)) {
      Found<V> found = guarded(() -> find(call.place, call.key));
      // Neither a loader's nor a processor's time is a lookup's, and a failure of theirs undoes
      // none.
      long nanos = call.nanos();
      call.enter();
      try {
        while (true) {
          Decision<V, R> decision = operation.decider().decide(found);
          if (commit(call, found, decision, operation.tellsWriter())) {
            return decision.result();
          }
          call.startOver();
          found = guarded(() -> find(call.place, call.key));
        }
      } finally {
        call.exit();
        if (operation.isLookup()) {
          statistics.lookedUp(found.isPresent(), nanos);
        }
      }
    }
  }

  private Found<V> find(Place place, K key) {
    Item<StoredEntry> item = dict.item(place.dictKey).orElse(null);
    if (item == null) {
      return new Found<>(Found.State.ABSENT, Optional.empty(), null, whole -> Optional.empty());
    }
    if (item.value() instanceof StoredEntry.Unreadable unreadable) {
      reports.unreadable(place.dictKey, unreadable.reason());
      return new Found<>(
          Found.State.UNREADABLE, Optional.of(item.etag()), null, whole -> Optional.empty());
    }
    StoredEntry.Whole whole = (StoredEntry.Whole) item.value();
    Found.State state =
        !isOf(place, key, whole)
            ? Found.State.UNREADABLE
            : whole.isExpiredAt(System.currentTimeMillis())
                ? Found.State.EXPIRED
                : Found.State.PRESENT;
    return new Found<>(state, Optional.of(item.etag()), whole, w -> decode(w, place.dictKey));
  }

  /** Does what was decided, or nothing at all if the entry is not what was found any more. */
  private boolean commit(Call call, Found<V> found, Decision<V, ?> decision, boolean tellsWriter) {
    Duration access = decision.accessed() ? call.expiryForAccess() : null;
    return switch (decision.action()) {
      case NOTHING -> leave(call, found, access);
      case PUT, LOAD -> put(call, found, decision, access, tellsWriter);
      case REMOVE -> remove(call, found, tellsWriter);
    };
  }

  private boolean leave(Call call, Found<V> found, @Nullable Duration access) {
    if (found.state() == Found.State.EXPIRED) {
      return expire(call, found);
    }
    if (access == null || call.isWithinItsLike()) {
      return true;
    }
    StoredEntry.Whole whole = found.whole();
    long now = System.currentTimeMillis();
    long expiry = after(access, now);
    if (expiry <= now) {
      return expire(call, found);
    }
    if (expiry != whole.expiry()) {
      // Lost to somebody else's write, which has set an expiry of its own.
      guarded(() -> dict.put(call.place.dictKey, whole.expiringAt(expiry), found.unchanged()));
    }
    return true;
  }

  private boolean put(
      Call call,
      Found<V> found,
      Decision<V, ?> decision,
      @Nullable Duration access,
      boolean tellsWriter) {
    V value = decision.value();
    if (value == null) {
      throw new IllegalStateException(decision + " has no value");
    }
    byte[] bytes = guarded(() -> values.encode(value));
    V oldValue = listeners.isEmpty() ? null : found.lastValue();
    boolean creation = !found.isPresent();
    long now = System.currentTimeMillis();
    Duration duration =
        asked(creation ? expiryPolicy::getExpiryForCreation : expiryPolicy::getExpiryForUpdate);
    if (duration == null) {
      duration = access;
    }
    long unless = creation ? StoredEntry.NEVER : found.whole().expiry();
    long expiry = duration == null ? unless : after(duration, now);
    if (decision.action() == Action.PUT && tellsWriter) {
      call.write(value);
    }
    if (expiry <= now) {
      return !found.isStored() || expire(call, found);
    }
    StoredEntry entry =
        new StoredEntry.Whole(
            creation ? now : found.whole().created(), expiry, call.place.keyBytes, bytes);
    if (!guarded(() -> dict.put(call.place.dictKey, entry, found.unchanged())).satisfied()) {
      return false;
    }
    call.disturbOthers();
    if (decision.action() == Action.PUT) {
      statistics.put(call.nanos());
    }
    if (creation) {
      try {
        notifyOfExpiry(call.key, found, oldValue);
      } finally {
        listeners.dispatch(EventType.CREATED, call.key, value, null);
      }
    } else {
      listeners.dispatch(EventType.UPDATED, call.key, value, oldValue);
    }
    return true;
  }

  private boolean remove(Call call, Found<V> found, boolean tellsWriter) {
    V oldValue = listeners.isEmpty() ? null : found.lastValue();
    if (tellsWriter) {
      call.delete();
    }
    if (!found.isStored()) {
      return true;
    }
    if (!guarded(() -> dict.remove(call.place.dictKey, found.unchanged())).satisfied()) {
      return false;
    }
    call.disturbOthers();
    if (found.isPresent()) {
      statistics.removed(call.nanos());
      if (oldValue != null) {
        listeners.dispatch(EventType.REMOVED, call.key, oldValue, oldValue);
      }
    }
    notifyOfExpiry(call.key, found, oldValue);
    return true;
  }

  /** Deletes an entry whose time has come, now or earlier. */
  private boolean expire(Call call, Found<V> found) {
    V lastValue = listeners.isEmpty() ? null : found.lastValue();
    if (!guarded(() -> dict.remove(call.place.dictKey, found.unchanged())).satisfied()) {
      return false;
    }
    if (lastValue != null) {
      listeners.dispatch(EventType.EXPIRED, call.key, lastValue, lastValue);
    }
    return true;
  }

  private void notifyOfExpiry(K key, Found<V> found, @Nullable V lastValue) {
    if (found.state() == Found.State.EXPIRED && lastValue != null) {
      listeners.dispatch(EventType.EXPIRED, key, lastValue, lastValue);
    }
  }

  private @Nullable Duration asked(Supplier<@Nullable Duration> question) {
    try {
      return question.get();
    } catch (RuntimeException e) {
      reports.failed(expiryPolicy, e);
      return null;
    }
  }

  private static long after(Duration duration, long now) {
    return duration.isEternal() ? StoredEntry.NEVER : duration.getAdjustedTime(now);
  }

  /**
   * A call on one entry. Asks the policy about the access once and tells the writer each thing
   * once, however often the operation starts over.
   */
  private final class Call {
    private final long start = System.nanoTime();
    private final K key;
    private final Place place;
    private @Nullable Duration expiryForAccess;
    private boolean accessed;
    private @Nullable V written;
    private boolean deleted;

    /** The call of this thread within which this one is made. */
    private Engine<?, ?>.@Nullable Call outer;

    private boolean disturbed;
    private boolean startedOver;

    Call(K key) {
      this.key = key;
      this.place = place(key);
    }

    long nanos() {
      return System.nanoTime() - start;
    }

    void enter() {
      outer = INNERMOST.get();
      INNERMOST.set(this);
    }

    void exit() {
      if (outer == null) {
        INNERMOST.remove();
      } else {
        INNERMOST.set(outer);
      }
    }

    /** Whether it is made within another call on the same entry, which is about to set its fate. */
    boolean isWithinItsLike() {
      for (Engine<?, ?>.Call call = outer; call != null; call = call.outer) {
        if (call.location().equals(location())) {
          return true;
        }
      }
      return false;
    }

    private String location() {
      return dict.location(place.dictKey);
    }

    /** Notes the change of the entry in the calls within which this one is made. */
    void disturbOthers() {
      for (Engine<?, ?>.Call call = outer; call != null; call = call.outer) {
        call.disturbed |= call.location().equals(location());
      }
    }

    void startOver() {
      if (disturbed && startedOver) {
        throw new CacheException(
            "a call on the entry of "
                + key
                + " cannot end, since the processor, loader or writer it calls changes the same"
                + " entry through the cache each time; let a processor use the entry it is given");
      }
      startedOver |= disturbed;
      disturbed = false;
    }

    /** Null for an expiry that stays as it is. */
    @Nullable Duration expiryForAccess() {
      if (!accessed) {
        expiryForAccess = asked(expiryPolicy::getExpiryForAccess);
        accessed = true;
      }
      return expiryForAccess;
    }

    void write(V value) {
      if (!value.equals(written)) {
        integration.write(key, value);
        written = value;
        deleted = false;
      }
    }

    void delete() {
      if (!deleted) {
        integration.delete(key);
        deleted = true;
        written = null;
      }
    }
  }

  // ---- all entries

  /** Deletes all entries in bulk and tells nobody. */
  void clear() {
    guarded(
        () -> {
          dict.clear();
          return true;
        });
  }

  // ---- faults

  /** Runs what uses the store; its faults become JCache's. */
  private <T extends @Nullable Object> T guarded(Supplier<T> call) {
    try {
      return call.get();
    } catch (StoreException | FormatException | IllegalArgumentException e) {
      throw new CacheException(e.getMessage(), e);
    }
  }

  private boolean isOf(Place place, K key, StoredEntry.Whole whole) {
    if (Arrays.equals(place.keyBytes, whole.key())) {
      return true;
    }
    Optional<K> actual = decodeKey(whole, place.dictKey);
    boolean equal = actual.isPresent() && key.equals(actual.get());
    if (actual.isPresent() && !equal) {
      reports.unreadable(place.dictKey, ANOTHERS);
    }
    return equal;
  }

  /** Whether the entry of {@code key} lies at {@code place}, where its record was read. */
  private boolean liesAt(DictKey place, K key) {
    Optional<DictKey> actual = reports.decoded(place, () -> KeyCodec.dictKey(key));
    if (actual.isPresent() && !actual.get().equals(place)) {
      reports.unreadable(place, ANOTHERS);
    }
    return actual.filter(place::equals).isPresent();
  }

  @SuppressWarnings("unchecked") // the key it lies under, or one that will be unequal to it
  private Optional<K> decodeKey(StoredEntry.Whole whole, DictKey place) {
    return reports.decoded(place, () -> (K) keys.decode(whole.key()));
  }

  private Optional<V> decode(StoredEntry.Whole whole, DictKey place) {
    return reports.decoded(place, () -> values.decode(whole.value()));
  }
}
