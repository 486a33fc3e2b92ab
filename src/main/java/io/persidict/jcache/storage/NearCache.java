package io.persidict.jcache.storage;

import io.persidict.WriteResult;
import io.persidict.format.Format;
import io.persidict.key.DictKey;
import io.persidict.store.ChangeCounts;
import io.persidict.store.ChangeWatch;
import io.persidict.store.ETag;
import io.persidict.tier.ValueTier;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The entries of one cache that this process holds in memory. Values of immutable classes are held
 * as they are, all others as bytes, so that nobody shares an object with the cache.
 *
 * @param <K> the keys
 * @param <V> the values
 */
final class NearCache<K, V> {
  private final ValueTier<K, CachedEntry> tier;
  private final Format<V> values;
  private final ImmutableTypes immutableTypes;
  private final ChangeCounts ours;
  private final Coherence coherence;

  /**
   * @param ours counts the changes that this process makes
   */
  NearCache(
      ValueTier<K, CachedEntry> tier,
      Format<V> values,
      ImmutableTypes immutableTypes,
      ChangeCounts ours,
      Coherence coherence) {
    this.tier = tier;
    this.values = values;
    this.immutableTypes = immutableTypes;
    this.ours = ours;
    this.coherence = coherence;
  }

  /** An entry in memory. */
  static final class CachedEntry {
    /** What an entry takes besides the bytes of its value, about. */
    private static final int OVERHEAD = 128;

    private final ETag etag;
    private final long expiry;
    private final int bytes;

    /** The bytes of the value, or the value, which then is no array. */
    private volatile Object content;

    private volatile ChangeWatch watch;

    private CachedEntry(ETag etag, StoredEntry.ValidRecord entry, ChangeWatch watch) {
      this.etag = etag;
      this.expiry = entry.expiry();
      this.bytes = entry.value().length;
      this.content = entry.value();
      this.watch = watch;
    }

    /** The version that is held. */
    ETag etag() {
      return etag;
    }

    boolean isExpired() {
      return expiry != StoredEntry.NEVER && expiry <= System.currentTimeMillis();
    }

    /** Whether this is what the store has, as far as the cache's coherence demands. */
    boolean isCurrent() {
      return watch.isUnchanged();
    }

    /** The store had this version after {@code newWatch} began. */
    void isCurrentSince(ChangeWatch newWatch) {
      watch = newWatch;
    }

    /** About how many bytes it takes. */
    int weight() {
      return OVERHEAD + bytes;
    }
  }

  /** What is held of {@code key}, current or not. */
  @Nullable CachedEntry find(K key) {
    return tier.get(key);
  }

  /**
   * The value.
   *
   * @throws FormatException if it cannot be decoded
   */
  @SuppressWarnings("unchecked") // what is held is of this cache
  V value(CachedEntry held) {
    if (!(held.content instanceof byte[] bytes)) {
      return (V) held.content;
    }
    V value = values.decode(bytes);
    if (!(value instanceof byte[]) && immutableTypes.include(value)) {
      held.content = value;
    }
    return value;
  }

  /** A watch to be begun before an entry is read. */
  ChangeWatch watch(DictKey place) {
    return coherence.watch(place);
  }

  /** Holds what was read. */
  void hold(K key, StoredEntry.ValidRecord entry, ETag etag, ChangeWatch watch) {
    tier.put(key, new CachedEntry(etag, entry, watch));
  }

  /**
   * Has an entry written or removed, and holds what is there then, or nothing.
   *
   * @param entry null where it is removed
   */
  WriteResult change(
      K key, DictKey place, StoredEntry.@Nullable ValidRecord entry, Supplier<WriteResult> change) {
    try (ChangeCounts.Change begun = ours.begin(place.toString())) {
      tier.remove(key);
      WriteResult outcome = change.get();
      Optional<ETag> etag = outcome.etag();
      if (entry != null && outcome.satisfied() && etag.isPresent()) {
        tier.put(key, new CachedEntry(etag.get(), entry, coherence.after(begun)));
      }
      return outcome;
    }
  }

  /** Has entries removed, and holds nothing of them. */
  void removeAll(Map<K, DictKey> places, Runnable removal) {
    List<ChangeCounts.Change> begun =
        places.values().stream().map(place -> ours.begin(place.toString())).toList();
    try {
      removal.run();
    } finally {
      places.keySet().forEach(tier::remove);
      begun.forEach(ChangeCounts.Change::close);
    }
  }

  /** Has all entries removed, and holds nothing. */
  void clear(Runnable change) {
    try {
      change.run();
    } finally {
      ours.changeAll();
      tier.clear();
    }
  }
}
