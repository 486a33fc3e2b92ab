package io.persidict.jcache.storage;

import io.persidict.Condition;
import io.persidict.Item;
import io.persidict.PersiDict;
import io.persidict.WriteResult;
import io.persidict.format.Format;
import io.persidict.jcache.storage.StoredEntry.Decoded;
import io.persidict.jcache.storage.StoredEntry.Unseen;
import io.persidict.key.DictKey;
import io.persidict.metrics.Counting;
import io.persidict.store.ChangeCounts;
import io.persidict.store.ChangeWatch;
import io.persidict.store.ETag;
import java.lang.reflect.Array;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.IntStream;
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
  /** Remembers, on the store, uses of entries that were found in memory. */
  public interface MemoryUses {
    /**
     * Whether a use is worth remembering. Asked for each hit, so it must be fast.
     *
     * @param lastUse the last one that was remembered, in ms since the epoch
     */
    boolean isDue(long lastUse);

    /** Remembers a use. Never fails. */
    void use(DictKey place);
  }

  private static final String ANOTHERS = "holds the entry of another key";
  private static final ImmutableTypes IMMUTABLE = new ImmutableTypes(Set.of());

  private final PersiDict<StoredEntry> dict;
  private final EntryLayout<K> layout;
  private final Format<V> values;
  private final @Nullable NearCache<V> memory;
  private final ChangeCounts ours;
  private final @Nullable MemoryUses uses;
  private final Counting counting;
  private final double refreshAhead;
  private final WarnOnce reports;

  /**
   * @param memory null for none
   * @param ours counts the changes that this process makes, by the locations of the entries
   * @param counting of what is found, and where
   * @param refreshAhead the last share of an entry's life in which it is loaded again; 0 for none
   * @param uses told of the uses that the store does not see; null for none
   */
  public StoredEntries(
      PersiDict<StoredEntry> dict,
      EntryLayout<K> layout,
      Format<V> values,
      @Nullable NearCache<V> memory,
      ChangeCounts ours,
      Counting counting,
      double refreshAhead,
      @Nullable MemoryUses uses) {
    this.uses = uses;
    this.dict = dict;
    this.layout = layout;
    this.values = values;
    this.memory = memory;
    this.ours = ours;
    this.counting = counting;
    this.refreshAhead = refreshAhead;
    this.reports = new WarnOnce(dict, layout.isChecked(), counting);
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
        digested = StoreFaults.translated(() -> layout.place(key));
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
        keyBytes = StoreFaults.translated(() -> layout.encode(key));
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
    public K copyOfKey() {
      if (IMMUTABLE.include(key)) {
        return key;
      }
      byte[] bytes = keyBytes();
      return reports
          .decoded(dictKey(), () -> layout.decode(dictKey(), bytes))
          .optional()
          .orElse(key);
    }

    /** {@code value} if nobody can change it or it cannot be decoded, or else a copy. */
    public V copyOfValue(V value) {
      if (!(value instanceof byte[]) && IMMUTABLE.include(value)) {
        return value;
      }
      return decoded(encode(value)).orElse(value);
    }

    /** A value that was encoded; empty if it cannot be decoded. */
    public Optional<V> decoded(byte[] bytes) {
      return reports.decoded(dictKey(), () -> values.decode(bytes)).optional();
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
   * @param isDue whether the entry is to be loaded again before its time is over
   * @param fromMemory whether it was in memory, and current
   */
  public record Reading<V>(
      @Nullable V value, boolean isStored, boolean isDue, boolean fromMemory) {}

  /**
   * As {@link #held}, for keys of the commonest classes, if uses are not to be remembered; counts
   * nothing. Each class has a call of its own, which the compiler then knows how to hash and
   * compare.
   */
  public @Nullable V hit(K key) {
    if (memory == null || uses != null) {
      return null;
    }
    if (key instanceof String text) {
      return memory.hit(text);
    }
    return key instanceof Long number ? memory.hit(number) : null;
  }

  /**
   * The value of an entry whose key nobody can change, if it is in memory, current and not expired;
   * or null. Asks nothing of the store.
   */
  public @Nullable V held(K key) {
    V hit = inMemory(key);
    if (hit != null) {
      counting.foundInMemory();
    }
    return hit;
  }

  private @Nullable V inMemory(K key) {
    if (memory == null || !memory.holdsItself(key)) {
      return null;
    }
    return uses == null ? memory.hit(key) : usedHit(memory, uses, key, place(key));
  }

  /** The same where uses are to be remembered, so that no value is held alone. */
  private @Nullable V usedHit(
      NearCache<V> holder, MemoryUses told, Object heldBy, EntryLocation place) {
    NearCache.CachedEntry held = holder.find(heldBy);
    if (held == null || !held.isLive()) {
      return null;
    }
    if (held.isUseDue(told)) {
      told.use(place.digested());
    }
    return holder.value(heldBy, held);
  }

  /** Whether there is an entry; counts nothing. */
  public boolean contains(K key) {
    return inMemory(key) != null || peek(place(key)).value() != null;
  }

  /** Reads an entry, from memory if that is current, and counts what had it. */
  public Reading<V> read(EntryLocation place) {
    counting.asksBelowMemory();
    Reading<V> reading = peek(place);
    if (reading.fromMemory()) {
      counting.foundInMemory();
    } else if (reading.value() != null) {
      counting.foundBelowMemory();
    }
    return reading;
  }

  /** The same, but counts nothing. */
  public Reading<V> peek(EntryLocation place) {
    if (memory == null) {
      StoredEntry entry = StoreFaults.translated(() -> layout.read(dict, place.dictKey()));
      return reading(live(place, entry), entry);
    }
    Object heldBy = place.heldBy(memory);
    V hit = uses == null ? memory.hit(heldBy) : usedHit(memory, uses, heldBy, place);
    if (hit == null) {
      return StoreFaults.translated(() -> readInto(memory, place));
    }
    return new Reading<>(hit, true, refreshesAhead() && isDue(memory.find(heldBy)), true);
  }

  private Reading<V> readInto(NearCache<V> into, EntryLocation place) {
    Object heldBy = place.heldBy(into);
    NearCache.CachedEntry held = into.find(heldBy);
    ChangeWatch watch = into.watch(place.dictKey());
    NearCache.CachedEntry live = held == null || held.isExpired() ? null : held;
    EntryLayout.Loaded loaded =
        layout.read(
            dict, place.dictKey(), Optional.ofNullable(live).map(NearCache.CachedEntry::etag));
    if (live != null && loaded.isKnown()) {
      NearCache.CachedEntry current = watch.isBlind() ? live : into.keep(heldBy, live, watch);
      V value = into.value(heldBy, current);
      if (value == null) {
        return readInto(into, place);
      }
      return new Reading<>(value, true, isDue(current), true);
    }
    StoredEntry entry = loaded.entry();
    V value = live(place, entry);
    if (value != null
        && entry instanceof StoredEntry.ValidRecord whole
        && loaded.version() != null) {
      into.hold(heldBy, whole, loaded.version(), watch);
    }
    return reading(value, entry);
  }

  private Reading<V> reading(@Nullable V value, @Nullable StoredEntry entry) {
    return new Reading<>(
        value,
        entry != null,
        entry instanceof StoredEntry.ValidRecord whole && isDue(whole.created(), whole.expiry()),
        false);
  }

  /** Whether entries are loaded again before their time is over. */
  public boolean refreshesAhead() {
    return refreshAhead > 0;
  }

  private boolean isDue(NearCache.@Nullable CachedEntry held) {
    return held != null && isDue(held.created(), held.expiry());
  }

  /** Whether an entry is there and is to be loaded again. */
  public boolean isDue(EntrySnapshot<V> entry) {
    return entry.isPresent() && isDue(entry.whole().created(), entry.whole().expiry());
  }

  /** Whether an entry is in the last share of its life, in which it is loaded again. */
  private boolean isDue(long created, long expiry) {
    return refreshAhead > 0
        && expiry != StoredEntry.NEVER
        && expiry - System.currentTimeMillis() <= refreshAhead * (expiry - created);
  }

  private @Nullable V live(EntryLocation place, @Nullable StoredEntry entry) {
    if (entry instanceof StoredEntry.Unreadable unreadable) {
      reports.unreadable(place.dictKey(), unreadable.reason());
    }
    return entry instanceof StoredEntry.ValidRecord whole
            && !whole.isExpiredAt(System.currentTimeMillis())
            && whyNotOf(place.dictKey(), whole, place.keyBytes()) == null
        ? decode(whole, place.dictKey()).value()
        : null;
  }

  /** What the store has. */
  public EntrySnapshot<V> find(EntryLocation place) {
    Item<StoredEntry> item = StoreFaults.translated(() -> dict.item(place.dictKey()).orElse(null));
    if (item == null) {
      return EntrySnapshot.absent();
    }
    StoredEntry entry = layout.entry(item);
    if (entry instanceof StoredEntry.ValidRecord whole) {
      Unseen unseen = whyNotOf(place.dictKey(), whole, place.keyBytes());
      if (unseen == null) {
        return EntrySnapshot.of(whole, item.etag(), w -> decode(w, place.dictKey()));
      }
      boolean isExpired = whole.isExpiredAt(System.currentTimeMillis());
      return EntrySnapshot.unreadable(item.etag(), isExpired ? Unseen.NO_ENTRY : unseen);
    }
    StoredEntry.Unreadable unreadable = (StoredEntry.Unreadable) entry;
    reports.unreadable(place.dictKey(), unreadable.reason());
    return EntrySnapshot.unreadable(item.etag(), unreadable.unseen());
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

  /**
   * The keys of the entries that are not expired, whether their values can be read or not, read
   * lazily. What is the entry of no key that can be read is deleted. Close the stream.
   *
   * @param keepsUnseen whether what may be an entry stays although its key cannot be read
   * @param expired told of the key of an entry that is
   */
  public Stream<K> keysToRemove(boolean keepsUnseen, Consumer<K> expired) {
    return TranslatedFaults.of(StoreFaults.translated(dict::items))
        .flatMap(item -> keyToRemove(item, keepsUnseen, expired).stream());
  }

  /**
   * Some entry that is not expired, also one that this process cannot decode: "of key ...", or "in
   * ..." if the key is what cannot be decoded; empty if there is none.
   *
   * @param expired told of the key of an entry that is
   */
  public Optional<String> any(Consumer<K> expired) {
    try (Stream<Item<StoredEntry>> items =
        TranslatedFaults.of(StoreFaults.translated(dict::items))) {
      return items.flatMap(item -> told(item, expired).stream()).findFirst();
    }
  }

  /**
   * The keys that {@code wanted} accepts, of entries that are not expired, whether their values can
   * be read or not. Close the stream.
   *
   * @param prefix that all of them begin with, if they are strings
   */
  public Stream<K> keys(String prefix, Predicate<Object> wanted) {
    Stream<DictKey> places =
        StoreFaults.translated(dict::keys).filter(place -> layout.mayBegin(place, prefix));
    return TranslatedFaults.of(dict.concurrently(places, dict::item))
        .flatMap(Optional::stream)
        .flatMap(
            item ->
                layout.entry(item) instanceof StoredEntry.ValidRecord whole
                        && !whole.isExpiredAt(System.currentTimeMillis())
                    ? keyOf(item.key(), whole).optional().stream()
                    : Stream.empty())
        .filter(wanted);
  }

  /** The segments of a key that has several; empty for any other. */
  public static List<?> segments(Object key) {
    if (key instanceof DictKey segmented) {
      return segmented.segments();
    }
    if (key.getClass().isArray()) {
      return IntStream.range(0, Array.getLength(key)).mapToObj(i -> Array.get(key, i)).toList();
    }
    return key instanceof List<?> list ? list : List.of();
  }

  private Optional<CacheEntry<K, V>> entry(Item<StoredEntry> item, Consumer<K> expired) {
    StoredEntry entry = layout.entry(item);
    if (!(entry instanceof StoredEntry.ValidRecord whole)) {
      reports.unreadable(item.key(), ((StoredEntry.Unreadable) entry).reason());
      return Optional.empty();
    }
    Optional<K> key = keyOf(item.key(), whole).optional();
    if (key.isPresent() && whole.isExpiredAt(System.currentTimeMillis())) {
      expired.accept(key.get());
      return Optional.empty();
    }
    return key.flatMap(
        k -> decode(whole, item.key()).optional().map(value -> new CacheEntry<>(k, value)));
  }

  private Optional<String> told(Item<StoredEntry> item, Consumer<K> expired) {
    StoredEntry entry = layout.entry(item);
    Unseen unseen;
    if (entry instanceof StoredEntry.ValidRecord whole) {
      boolean isExpired = whole.isExpiredAt(System.currentTimeMillis());
      Decoded<K> key = keyOf(item.key(), whole);
      unseen = isExpired ? Unseen.NO_ENTRY : key.unseen();
      if (key.value() != null) {
        if (isExpired) {
          expired.accept(key.value());
          return Optional.empty();
        }
        Decoded<V> value = decode(whole, item.key());
        if (value.value() != null || value.unseen() != Unseen.NO_ENTRY) {
          return Optional.of("of key " + key.value());
        }
      }
    } else {
      unseen = ((StoredEntry.Unreadable) entry).unseen();
    }
    return unseen == Unseen.NO_ENTRY
        ? Optional.empty()
        : Optional.of("in " + dict.location(item.key()));
  }

  private Optional<K> keyToRemove(
      Item<StoredEntry> item, boolean keepsUnseen, Consumer<K> expired) {
    StoredEntry entry = layout.entry(item);
    Unseen unseen;
    if (entry instanceof StoredEntry.ValidRecord whole) {
      boolean isExpired = whole.isExpiredAt(System.currentTimeMillis());
      Decoded<K> key = keyOf(item.key(), whole);
      unseen = isExpired ? Unseen.NO_ENTRY : key.unseen();
      if (key.value() != null) {
        if (!isExpired) {
          return key.optional();
        }
        expired.accept(key.value());
        return Optional.empty();
      }
    } else {
      unseen = ((StoredEntry.Unreadable) entry).unseen();
    }
    if (!keepsUnseen || unseen == Unseen.NO_ENTRY) {
      discard(item);
    }
    return Optional.empty();
  }

  /** Deletes that version of what is the entry of no key that can be read. */
  private void discard(Item<StoredEntry> item) {
    try (ChangeCounts.Change begun = ours.begin(dict.location(item.key()))) {
      StoreFaults.translated(() -> dict.remove(item.key(), Condition.matches(item.etag())));
    }
    if (memory != null) {
      memory.clear(); // it may hold what was there before, by a key that is not known here
    }
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
                    : memory.change(
                        place.heldBy(memory),
                        layout.isKnownWhenWritten() ? entry : null,
                        begun,
                        change);
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

  /** The same for operations that write. */
  public <T, R> Stream<R> concurrentWrites(Stream<T> items, Function<T, R> write) {
    return dict.concurrentWrites(items, write);
  }

  /**
   * Deletes that version of an entry if its time is over; tells whether it did.
   *
   * @param removed told of the key and the last value, if these can be read
   */
  public boolean removeExpired(DictKey place, ETag etag, BiConsumer<K, V> removed) {
    Item<StoredEntry> item = dict.item(place).orElse(null);
    if (item == null
        || !item.etag().equals(etag)
        || !(layout.entry(item) instanceof StoredEntry.ValidRecord whole)
        || !whole.isExpiredAt(System.currentTimeMillis())) {
      return false;
    }
    Optional<K> key = keyOf(place, whole).optional();
    Optional<V> value = key.isPresent() ? decode(whole, place).optional() : Optional.empty();
    boolean done;
    try (ChangeCounts.Change begun = ours.begin(dict.location(place))) {
      done = dict.remove(place, Condition.matches(etag)).satisfied();
    }
    if (done && value.isPresent()) {
      removed.accept(key.orElseThrow(), value.get());
    }
    return done;
  }

  // ---- keys, values and faults

  /** Warns that a read could not change when an entry expires, or remove one that has. */
  public void readChangedNothing(CacheException failure) {
    reports.readChangedNothing(failure);
  }

  /** Warns that an expiry policy failed. */
  public void policyFailed(ExpiryPolicy policy, Throwable failure) {
    reports.failed(policy, failure);
  }

  /**
   * Why a record is not seen as the entry of the key that lies at {@code place}; null if it is, for
   * its key is encoded as that one, or has the same digest.
   */
  private @Nullable Unseen whyNotOf(DictKey place, StoredEntry.ValidRecord whole, byte[] keyBytes) {
    if (Arrays.equals(keyBytes, whole.key())) {
      return null;
    }
    Decoded<K> key = keyOf(place, whole);
    return key.value() == null ? key.unseen() : null;
  }

  /** The key of a record, unless it cannot be decoded or does not lie at {@code place}. */
  private Decoded<K> keyOf(DictKey place, StoredEntry.ValidRecord whole) {
    boolean[] isOthers = new boolean[1];
    Decoded<K> key =
        reports.decoded(
            place,
            () -> {
              K decoded = layout.decode(place, whole.key());
              isOthers[0] = !layout.place(decoded).equals(place);
              return decoded;
            });
    if (isOthers[0]) {
      reports.unreadable(place, ANOTHERS);
      return Decoded.failed(layout.isChecked() ? Unseen.NOT_DECODED : Unseen.NO_ENTRY);
    }
    return key;
  }

  private Decoded<V> decode(StoredEntry.ValidRecord whole, DictKey place) {
    return reports.decoded(place, () -> values.decode(whole.value()));
  }
}
