package io.persidict.jcache.storage;

import io.persidict.Condition;
import io.persidict.Item;
import io.persidict.PersiDict;
import io.persidict.ReadResult;
import io.persidict.WriteResult;
import io.persidict.format.Format;
import io.persidict.key.DictKey;
import io.persidict.key.KeyCodec;
import io.persidict.store.ChangeCounts;
import io.persidict.store.ChangeWatch;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
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
  private static final ImmutableTypes IMMUTABLE = new ImmutableTypes(Set.of());

  private final PersiDict<StoredEntry> dict;
  private final KeyCodec keys;
  private final Format<V> values;
  private final @Nullable NearCache<V> memory;
  private final ChangeCounts ours;
  private final WarnOnce reports;

  /**
   * @param memory null for none
   * @param ours counts the changes that this process makes, by the locations of the entries
   */
  public StoredEntries(
      PersiDict<StoredEntry> dict,
      KeyCodec keys,
      Format<V> values,
      @Nullable NearCache<V> memory,
      ChangeCounts ours) {
    this.dict = dict;
    this.keys = keys;
    this.values = values;
    this.memory = memory;
    this.ours = ours;
    this.reports = new WarnOnce(dict);
  }

  /** Where the entry of a key lies and what the key looks like there, found out when needed. */
  public final class EntryLocation {
    private final K key;
    private @Nullable DictKey digested;
    private byte @Nullable [] keyBytes;

    private EntryLocation(K key) {
      this.key = key;
    }

    private DictKey digested() {
      if (digested == null) {
        digested = StoreFaults.translated(() -> KeyCodec.dictKey(key));
      }
      return digested;
    }

    /** The place, once it is known that the key can be stored. */
    private DictKey dictKey() {
      keyBytes();
      return digested();
    }

    /**
     * The key as it is stored.
     *
     * @throws CacheException if it cannot be
     */
    public byte[] keyBytes() {
      if (keyBytes == null) {
        digested(); // refuses a key whose serialization may not even end
        keyBytes = StoreFaults.translated(() -> keys.encode(key));
      }
      return keyBytes;
    }

    /**
     * Something immutable that is equal for equal keys, as they were when it was asked for first.
     *
     * @throws CacheException if the key cannot be stored
     */
    public Object identity() {
      return dictKey();
    }

    /** The key as it was, if nobody can change it or it cannot be decoded, or else a copy. */
    @SuppressWarnings("unchecked") // what was encoded is decoded
    public K copyOfKey() {
      if (IMMUTABLE.include(key)) {
        return key;
      }
      byte[] bytes = keyBytes();
      return reports.decoded(dictKey(), () -> (K) keys.decode(bytes)).orElse(key);
    }

    /** {@code value} if nobody can change it or it cannot be decoded, or else a copy. */
    public V copyOfValue(V value) {
      if (!(value instanceof byte[]) && IMMUTABLE.include(value)) {
        return value;
      }
      byte[] bytes = encode(value);
      return reports.decoded(dictKey(), () -> values.decode(bytes)).orElse(value);
    }

    /** A name for the place that no other entry of any cache has. */
    public String location() {
      return dict.location(dictKey());
    }

    private Object heldBy(NearCache<V> holder) {
      return holder.holdsItself(key) ? key : NearCache.encodedKey(digested());
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
    place(key).keyBytes();
    encode(value);
  }

  public byte[] encode(V value) {
    return StoreFaults.translated(() -> values.encode(value));
  }

  /** {@code key} if nobody can change it or it cannot be decoded, or else a copy. */
  public K copyOfKey(K key) {
    return place(key).copyOfKey();
  }

  // ---- reading

  /**
   * What a read found.
   *
   * @param value null if there is no entry, or one that is expired or unreadable
   * @param isStored whether anything lies at the entry's place
   */
  public record Reading<V>(@Nullable V value, boolean isStored) {}

  /**
   * The value of an entry whose key nobody can change, if it is in memory, current and not expired;
   * or null. Asks nothing of the store.
   */
  public @Nullable V held(K key) {
    if (memory == null || !memory.holdsItself(key)) {
      return null;
    }
    return memory.hit(key);
  }

  /** Reads an entry, from memory if that is current. */
  public Reading<V> read(EntryLocation place) {
    if (memory == null) {
      StoredEntry entry = StoreFaults.translated(() -> dict.get(place.dictKey()).orElse(null));
      return new Reading<>(live(place, entry), entry != null);
    }
    V hit = memory.hit(place.heldBy(memory));
    return hit != null
        ? new Reading<>(hit, true)
        : StoreFaults.translated(() -> readInto(memory, place));
  }

  private Reading<V> readInto(NearCache<V> into, EntryLocation place) {
    Object heldBy = place.heldBy(into);
    NearCache.CachedEntry held = into.find(heldBy);
    ChangeWatch watch = into.watch(place.dictKey());
    Condition news = held == null ? Condition.any() : Condition.changedFrom(held.etag());
    ReadResult<StoredEntry> reading = dict.get(place.dictKey(), news);
    if (held != null && !reading.satisfied()) {
      NearCache.CachedEntry current = watch.isBlind() ? held : into.keep(heldBy, held, watch);
      if (current.isExpired()) {
        return new Reading<>(null, true);
      }
      V value = into.value(heldBy, current);
      return value != null ? new Reading<>(value, true) : readInto(into, place);
    }
    StoredEntry entry = reading.value().orElse(null);
    V value = live(place, entry);
    if (value != null && entry instanceof StoredEntry.ValidRecord whole) {
      into.hold(heldBy, whole, reading.etag().orElseThrow(), watch);
    }
    return new Reading<>(value, entry != null);
  }

  private @Nullable V live(EntryLocation place, @Nullable StoredEntry entry) {
    if (entry instanceof StoredEntry.Unreadable unreadable) {
      reports.unreadable(place.dictKey(), unreadable.reason());
    }
    return entry instanceof StoredEntry.ValidRecord whole
            && !whole.isExpiredAt(System.currentTimeMillis())
            && isOf(place.dictKey(), whole, place.keyBytes())
        ? decode(whole, place.dictKey()).orElse(null)
        : null;
  }

  /** What the store has. */
  public EntrySnapshot<V> find(EntryLocation place) {
    Item<StoredEntry> item = StoreFaults.translated(() -> dict.item(place.dictKey()).orElse(null));
    if (item == null) {
      return EntrySnapshot.absent();
    }
    if (item.value() instanceof StoredEntry.ValidRecord whole) {
      return isOf(place.dictKey(), whole, place.keyBytes())
          ? EntrySnapshot.of(whole, item.etag(), w -> decode(w, place.dictKey()))
          : EntrySnapshot.unreadable(item.etag());
    }
    reports.unreadable(place.dictKey(), ((StoredEntry.Unreadable) item.value()).reason());
    return EntrySnapshot.unreadable(item.etag());
  }

  /**
   * The entries that are neither expired nor unreadable, read lazily. Close the stream.
   *
   * @param expired told of the key of an entry that is
   */
  public Stream<CacheEntry<K, V>> all(Consumer<K> expired) {
    return TranslatedFaults.of(StoreFaults.translated(dict::items))
        .flatMap(item -> entry(item, expired).stream());
  }

  private Optional<CacheEntry<K, V>> entry(Item<StoredEntry> item, Consumer<K> expired) {
    if (!(item.value() instanceof StoredEntry.ValidRecord whole)) {
      reports.unreadable(item.key(), ((StoredEntry.Unreadable) item.value()).reason());
      return Optional.empty();
    }
    Optional<K> key = keyOf(item.key(), whole);
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
    WriteResult result =
        StoreFaults.translated(
            () -> {
              try (ChangeCounts.Change begun = ours.begin(place.location())) {
                return memory == null
                    ? change.get()
                    : memory.change(place.heldBy(memory), entry, begun, change);
              }
            });
    return result.satisfied();
  }

  /** Deletes what lies at the places of {@code keys}, in bulk. */
  public void removeAll(Collection<K> keys) {
    List<EntryLocation> places = keys.stream().map(this::place).toList();
    List<DictKey> dictKeys = places.stream().map(EntryLocation::dictKey).distinct().toList();
    List<ChangeCounts.Change> begun =
        places.stream().map(place -> ours.begin(place.location())).toList();
    try {
      StoreFaults.translated(
          () -> {
            dict.removeAll(dictKeys);
            return true;
          });
    } finally {
      if (memory != null) {
        memory.removeAll(places.stream().map(place -> place.heldBy(memory)).toList());
      }
      begun.forEach(ChangeCounts.Change::close);
    }
  }

  /** Deletes all entries in bulk. */
  public void clear() {
    try {
      StoreFaults.translated(
          () -> {
            dict.clear();
            return true;
          });
    } finally {
      ours.changeAll();
      if (memory != null) {
        memory.clear();
      }
    }
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
  public void policyFailed(ExpiryPolicy policy, Throwable failure) {
    reports.failed(policy, failure);
  }

  /**
   * Whether a record is the entry of the key that lies at {@code place}: if its key is encoded as
   * that one, or has the same digest.
   */
  private boolean isOf(DictKey place, StoredEntry.ValidRecord whole, byte[] keyBytes) {
    return Arrays.equals(keyBytes, whole.key()) || keyOf(place, whole).isPresent();
  }

  /** The key of a record; empty if it cannot be decoded, or does not lie at {@code place}. */
  @SuppressWarnings("unchecked") // a key that lies where only one of this cache's can
  private Optional<K> keyOf(DictKey place, StoredEntry.ValidRecord whole) {
    return reports
        .decoded(
            place,
            () -> {
              Object key = keys.decode(whole.key());
              if (KeyCodec.dictKey(key).equals(place)) {
                return Optional.of((K) key);
              }
              reports.unreadable(place, ANOTHERS);
              return Optional.<K>empty();
            })
        .flatMap(key -> key);
  }

  private Optional<V> decode(StoredEntry.ValidRecord whole, DictKey place) {
    return reports.decoded(place, () -> values.decode(whole.value()));
  }
}
