package io.persidict.jcache;

import io.persidict.Condition;
import io.persidict.Item;
import io.persidict.Outcome;
import io.persidict.PersiDict;
import io.persidict.Reading;
import io.persidict.format.Format;
import io.persidict.format.FormatException;
import io.persidict.key.DictKey;
import io.persidict.store.ETag;
import io.persidict.store.StoreException;
import io.persidict.store.Watch;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.cache.CacheException;
import javax.cache.expiry.ExpiryPolicy;
import org.jspecify.annotations.Nullable;

/**
 * The entries of one cache as they are stored, read by way of memory where there is some. Encodes,
 * decodes, and warns of what cannot be; faults of the store become JCache's.
 *
 * @param <K> the keys
 * @param <V> the values
 */
final class StoredEntries<K, V> {
  private static final String ANOTHERS = "holds the entry of another key";

  private final PersiDict<StoredEntry> dict;
  private final KeyCodec keys;
  private final Format<V> values;
  private final @Nullable Memory<K, V> memory;
  private final Reports reports;

  /**
   * @param memory null for none
   */
  StoredEntries(
      PersiDict<StoredEntry> dict, KeyCodec keys, Format<V> values, @Nullable Memory<K, V> memory) {
    this.dict = dict;
    this.keys = keys;
    this.values = values;
    this.memory = memory;
    this.reports = new Reports(dict);
  }

  /** Where the entry of a key lies and what the key looks like there, found out when needed. */
  final class Place {
    private final K key;
    private @Nullable DictKey dictKey;
    private byte @Nullable [] keyBytes;
    private boolean isEmpty;

    private Place(K key) {
      this.key = key;
    }

    DictKey dictKey() {
      DictKey known = dictKey;
      if (known == null) {
        known = guarded(() -> KeyCodec.dictKey(key));
        keyBytes = guarded(() -> keys.encode(key));
        dictKey = known;
      }
      return known;
    }

    byte[] keyBytes() {
      dictKey();
      return Objects.requireNonNull(keyBytes);
    }

    /** Whether nothing at all lay there when {@link #live} last looked. */
    boolean isEmpty() {
      return isEmpty;
    }

    /** A name for the place that no other entry of any cache has. */
    String location() {
      return dict.location(dictKey());
    }
  }

  /** The place of {@code key}, which need not be one that can be stored. */
  Place place(K key) {
    return new Place(key);
  }

  /**
   * Does nothing, but for what cannot be stored.
   *
   * @throws CacheException if the key is none or the value cannot be encoded
   */
  void requireStorable(K key, V value) {
    place(key).dictKey();
    encode(value);
  }

  byte[] encode(V value) {
    return guarded(() -> values.encode(value));
  }

  // ---- reading

  /** The value of an entry that is not expired, from memory if that is current; or null. */
  @Nullable V live(Place place) {
    if (memory == null) {
      StoredEntry entry = guarded(() -> dict.get(place.dictKey()).orElse(null));
      place.isEmpty = entry == null;
      return live(place, entry);
    }
    Memory.Held held = memory.find(place.key);
    return held != null && !held.isExpired() && held.isCurrent()
        ? guarded(() -> memory.value(held))
        : guarded(() -> read(memory, place, held));
  }

  private @Nullable V read(Memory<K, V> into, Place place, Memory.@Nullable Held held) {
    Watch watch = into.watch(place.dictKey());
    Condition news = held == null ? Condition.any() : Condition.changedFrom(held.etag());
    Reading<StoredEntry> reading = dict.get(place.dictKey(), news);
    if (held != null && !reading.satisfied()) {
      held.isCurrentSince(watch);
      return held.isExpired() ? null : into.value(held);
    }
    StoredEntry entry = reading.value().orElse(null);
    place.isEmpty = entry == null;
    V value = live(place, entry);
    if (value != null && entry instanceof StoredEntry.Whole whole) {
      into.hold(place.key, whole, reading.etag().orElseThrow(), watch);
    }
    return value;
  }

  private @Nullable V live(Place place, @Nullable StoredEntry entry) {
    if (entry instanceof StoredEntry.Unreadable unreadable) {
      reports.unreadable(place.dictKey(), unreadable.reason());
    }
    return entry instanceof StoredEntry.Whole whole
            && !whole.isExpiredAt(System.currentTimeMillis())
            && isOf(place, whole)
        ? decode(whole, place.dictKey()).orElse(null)
        : null;
  }

  /** What the store has. */
  Found<V> find(Place place) {
    Item<StoredEntry> item = guarded(() -> dict.item(place.dictKey()).orElse(null));
    if (item == null) {
      return new Found<>(Found.State.ABSENT, Optional.empty(), null, whole -> Optional.empty());
    }
    Optional<ETag> etag = Optional.of(item.etag());
    if (item.value() instanceof StoredEntry.Unreadable unreadable) {
      reports.unreadable(place.dictKey(), unreadable.reason());
      return new Found<>(Found.State.UNREADABLE, etag, null, whole -> Optional.empty());
    }
    StoredEntry.Whole whole = (StoredEntry.Whole) item.value();
    Found.State state =
        !isOf(place, whole)
            ? Found.State.UNREADABLE
            : whole.isExpiredAt(System.currentTimeMillis())
                ? Found.State.EXPIRED
                : Found.State.PRESENT;
    return new Found<>(state, etag, whole, w -> decode(w, place.dictKey()));
  }

  /**
   * The entries that are neither expired nor unreadable, read lazily. Close the stream.
   *
   * @param expired told of the key of an entry that is
   */
  Stream<CacheEntry<K, V>> all(Consumer<K> expired) {
    return guarded(dict::items).flatMap(item -> entry(item, expired).stream());
  }

  private Optional<CacheEntry<K, V>> entry(Item<StoredEntry> item, Consumer<K> expired) {
    if (!(item.value() instanceof StoredEntry.Whole whole)) {
      reports.unreadable(item.key(), ((StoredEntry.Unreadable) item.value()).reason());
      return Optional.empty();
    }
    Optional<K> key = decodeKey(whole, item.key()).filter(k -> liesAt(item.key(), k));
    if (key.isPresent() && whole.isExpiredAt(System.currentTimeMillis())) {
      expired.accept(key.get());
      return Optional.empty();
    }
    return key.flatMap(k -> decode(whole, item.key()).map(value -> new CacheEntry<>(k, value)));
  }

  // ---- writing

  /** Stores {@code entry} if {@code condition} holds; tells whether it did. */
  boolean put(Place place, StoredEntry.Whole entry, Condition condition) {
    return change(place, entry, () -> dict.put(place.dictKey(), entry, condition));
  }

  /** Deletes what lies there if {@code condition} holds; tells whether it did. */
  boolean remove(Place place, Condition condition) {
    return change(place, null, () -> dict.remove(place.dictKey(), condition));
  }

  private boolean change(Place place, StoredEntry.@Nullable Whole entry, Supplier<Outcome> change) {
    return guarded(
            () ->
                memory == null
                    ? change.get()
                    : memory.change(place.key, place.dictKey(), entry, change))
        .satisfied();
  }

  /** Deletes what lies at the places of {@code keys}, in bulk. */
  void removeAll(Collection<K> keys) {
    Map<K, DictKey> places = new HashMap<>();
    keys.forEach(key -> places.put(key, place(key).dictKey()));
    guarded(
        () -> {
          Runnable removal = () -> dict.removeAll(places.values());
          if (memory == null) {
            removal.run();
          } else {
            memory.removeAll(places, removal);
          }
          return true;
        });
  }

  /** Deletes all entries in bulk. */
  void clear() {
    guarded(
        () -> {
          if (memory == null) {
            dict.clear();
          } else {
            memory.clear(dict::clear);
          }
          return true;
        });
  }

  /**
   * Applies {@code operation} to each item, many at once where the store likes that. Close the
   * stream.
   */
  <T, R> Stream<R> concurrently(Stream<T> items, Function<T, R> operation) {
    return dict.concurrently(items, operation);
  }

  // ---- keys, values and faults

  /** Warns that an expiry policy failed. */
  void policyFailed(ExpiryPolicy policy, RuntimeException failure) {
    reports.failed(policy, failure);
  }

  private boolean isOf(Place place, StoredEntry.Whole whole) {
    if (Arrays.equals(place.keyBytes(), whole.key())) {
      return true;
    }
    Optional<K> actual = decodeKey(whole, place.dictKey());
    boolean equal = actual.isPresent() && place.key.equals(actual.get());
    if (actual.isPresent() && !equal) {
      reports.unreadable(place.dictKey(), ANOTHERS);
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

  private static <T extends @Nullable Object> T guarded(Supplier<T> call) {
    try {
      return call.get();
    } catch (StoreException | FormatException | IllegalArgumentException e) {
      throw new CacheException(e.getMessage(), e);
    }
  }
}
