package io.persidict.jcache.storage;

import io.persidict.Condition;
import io.persidict.Item;
import io.persidict.PersiDict;
import io.persidict.ReadResult;
import io.persidict.WriteResult;
import io.persidict.format.Format;
import io.persidict.format.FormatException;
import io.persidict.key.DictKey;
import io.persidict.key.KeyCodec;
import io.persidict.store.ChangeWatch;
import io.persidict.store.ETag;
import io.persidict.store.StoreException;
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
public final class StoredEntries<K, V> {
  private static final String ANOTHERS = "holds the entry of another key";

  private final PersiDict<StoredEntry> dict;
  private final KeyCodec keys;
  private final Format<V> values;
  private final @Nullable NearCache<K, V> memory;
  private final WarnOnce reports;

  /**
   * @param memory null for none
   */
  public StoredEntries(
      PersiDict<StoredEntry> dict,
      KeyCodec keys,
      Format<V> values,
      @Nullable NearCache<K, V> memory) {
    this.dict = dict;
    this.keys = keys;
    this.values = values;
    this.memory = memory;
    this.reports = new WarnOnce(dict);
  }

  /** Where the entry of a key lies and what the key looks like there, found out when needed. */
  public final class EntryLocation {
    private final K key;
    private @Nullable DictKey dictKey;
    private byte @Nullable [] keyBytes;
    private boolean isEmpty;

    private EntryLocation(K key) {
      this.key = key;
    }

    public DictKey dictKey() {
      DictKey known = dictKey;
      if (known == null) {
        known = guarded(() -> KeyCodec.dictKey(key));
        keyBytes = guarded(() -> keys.encode(key));
        dictKey = known;
      }
      return known;
    }

    public byte[] keyBytes() {
      dictKey();
      return Objects.requireNonNull(keyBytes);
    }

    /** Whether nothing at all lay there when {@link #live} last looked. */
    public boolean isEmpty() {
      return isEmpty;
    }

    /** A name for the place that no other entry of any cache has. */
    public String location() {
      return dict.location(dictKey());
    }
  }

  /** The place of {@code key}, which need not be one that can be stored. */
  public EntryLocation place(K key) {
    return new EntryLocation(key);
  }

  /**
   * Does nothing, but for what cannot be stored.
   *
   * @throws CacheException if the key is none or the value cannot be encoded
   */
  public void requireStorable(K key, V value) {
    place(key).dictKey();
    encode(value);
  }

  public byte[] encode(V value) {
    return guarded(() -> values.encode(value));
  }

  // ---- reading

  /** The value of an entry that is not expired, from memory if that is current; or null. */
  public @Nullable V live(EntryLocation place) {
    if (memory == null) {
      StoredEntry entry = guarded(() -> dict.get(place.dictKey()).orElse(null));
      place.isEmpty = entry == null;
      return live(place, entry);
    }
    NearCache.CachedEntry held = memory.find(place.key);
    return held != null && !held.isExpired() && held.isCurrent()
        ? guarded(() -> memory.value(held))
        : guarded(() -> read(memory, place, held));
  }

  private @Nullable V read(
      NearCache<K, V> into, EntryLocation place, NearCache.@Nullable CachedEntry held) {
    ChangeWatch watch = into.watch(place.dictKey());
    Condition news = held == null ? Condition.any() : Condition.changedFrom(held.etag());
    ReadResult<StoredEntry> reading = dict.get(place.dictKey(), news);
    if (held != null && !reading.satisfied()) {
      held.isCurrentSince(watch);
      return held.isExpired() ? null : into.value(held);
    }
    StoredEntry entry = reading.value().orElse(null);
    place.isEmpty = entry == null;
    V value = live(place, entry);
    if (value != null && entry instanceof StoredEntry.ValidRecord whole) {
      into.hold(place.key, whole, reading.etag().orElseThrow(), watch);
    }
    return value;
  }

  private @Nullable V live(EntryLocation place, @Nullable StoredEntry entry) {
    if (entry instanceof StoredEntry.Unreadable unreadable) {
      reports.unreadable(place.dictKey(), unreadable.reason());
    }
    return entry instanceof StoredEntry.ValidRecord whole
            && !whole.isExpiredAt(System.currentTimeMillis())
            && isOf(place, whole)
        ? decode(whole, place.dictKey()).orElse(null)
        : null;
  }

  /** What the store has. */
  public EntrySnapshot<V> find(EntryLocation place) {
    Item<StoredEntry> item = guarded(() -> dict.item(place.dictKey()).orElse(null));
    if (item == null) {
      return new EntrySnapshot<>(
          EntrySnapshot.State.ABSENT, Optional.empty(), null, whole -> Optional.empty());
    }
    Optional<ETag> etag = Optional.of(item.etag());
    if (item.value() instanceof StoredEntry.Unreadable unreadable) {
      reports.unreadable(place.dictKey(), unreadable.reason());
      return new EntrySnapshot<>(
          EntrySnapshot.State.UNREADABLE, etag, null, whole -> Optional.empty());
    }
    StoredEntry.ValidRecord whole = (StoredEntry.ValidRecord) item.value();
    EntrySnapshot.State state =
        !isOf(place, whole)
            ? EntrySnapshot.State.UNREADABLE
            : whole.isExpiredAt(System.currentTimeMillis())
                ? EntrySnapshot.State.EXPIRED
                : EntrySnapshot.State.PRESENT;
    return new EntrySnapshot<>(state, etag, whole, w -> decode(w, place.dictKey()));
  }

  /**
   * The entries that are neither expired nor unreadable, read lazily. Close the stream.
   *
   * @param expired told of the key of an entry that is
   */
  public Stream<CacheEntry<K, V>> all(Consumer<K> expired) {
    return TranslatedFaults.of(guarded(dict::items)).flatMap(item -> entry(item, expired).stream());
  }

  private Optional<CacheEntry<K, V>> entry(Item<StoredEntry> item, Consumer<K> expired) {
    if (!(item.value() instanceof StoredEntry.ValidRecord whole)) {
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
  public boolean put(EntryLocation place, StoredEntry.ValidRecord entry, Condition condition) {
    return change(place, entry, () -> dict.put(place.dictKey(), entry, condition));
  }

  /** Deletes what lies there if {@code condition} holds; tells whether it did. */
  public boolean remove(EntryLocation place, Condition condition) {
    return change(place, null, () -> dict.remove(place.dictKey(), condition));
  }

  private boolean change(
      EntryLocation place, StoredEntry.@Nullable ValidRecord entry, Supplier<WriteResult> change) {
    return guarded(
            () ->
                memory == null
                    ? change.get()
                    : memory.change(place.key, place.dictKey(), entry, change))
        .satisfied();
  }

  /** Deletes what lies at the places of {@code keys}, in bulk. */
  public void removeAll(Collection<K> keys) {
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
  public void clear() {
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
  public <T, R> Stream<R> concurrently(Stream<T> items, Function<T, R> operation) {
    return dict.concurrently(items, operation);
  }

  // ---- keys, values and faults

  /** Warns that an expiry policy failed. */
  public void policyFailed(ExpiryPolicy policy, RuntimeException failure) {
    reports.failed(policy, failure);
  }

  private boolean isOf(EntryLocation place, StoredEntry.ValidRecord whole) {
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
  private Optional<K> decodeKey(StoredEntry.ValidRecord whole, DictKey place) {
    return reports.decoded(place, () -> (K) keys.decode(whole.key()));
  }

  private Optional<V> decode(StoredEntry.ValidRecord whole, DictKey place) {
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
