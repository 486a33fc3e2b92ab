package io.persidict.jcache.storage;

import io.persidict.WriteResult;
import io.persidict.format.Format;
import io.persidict.key.DictKey;
import io.persidict.store.ChangeCounts;
import io.persidict.store.ChangeWatch;
import io.persidict.store.ETag;
import io.persidict.tier.ValueTier;
import java.util.Collection;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The entries of one cache that this process holds in memory. Keys and values of immutable classes
 * are held as they are, all other keys by what they encode to and values as bytes, so that nobody
 * shares an object with the cache.
 *
 * @param <V> the values
 */
final class NearCache<V> {
  private final ValueTier<Object, CachedEntry> tier;
  private final Format<V> values;
  private final ImmutableTypes immutableTypes;
  private final Coherence coherence;

  NearCache(
      ValueTier<Object, CachedEntry> tier,
      Format<V> values,
      ImmutableTypes immutableTypes,
      Coherence coherence) {
    this.tier = tier;
    this.values = values;
    this.immutableTypes = immutableTypes;
    this.coherence = coherence;
  }

  /** An entry in memory. */
  static final class CachedEntry {
    /** What an entry takes besides the bytes of its value, about. */
    private static final int OVERHEAD = 128;

    private static final long NEVER = Long.MIN_VALUE;

    private final ETag etag;
    private final long expiry;
    private final int bytes;

    /** The bytes of the value, or the value, which then is no array. */
    private volatile Object content;

    private volatile ChangeWatch watch;

    /** When a use was remembered last, in ms since the epoch; {@link #NEVER} if none was. */
    private volatile long used;

    private CachedEntry(ETag etag, StoredEntry.ValidRecord entry, ChangeWatch watch, long used) {
      this.used = used;
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

    /** Whether this use is to be remembered; from then on it counts as such. */
    boolean isUseDue(MemoryUses uses) {
      long last = used;
      if (last != NEVER && !uses.isDue(last)) {
        return false;
      }
      used = System.currentTimeMillis();
      return true;
    }

    /** About how many bytes it takes. */
    int weight() {
      return OVERHEAD + bytes;
    }
  }

  /** The key of an entry whose own key somebody may change. */
  private record EncodedKey(DictKey place) {}

  /** Whether an entry is held by its key itself, since nobody can change that. */
  boolean holdsItself(Object key) {
    return immutableTypes.include(key);
  }

  /** By what an entry is held whose key is not held itself. */
  static Object encodedKey(DictKey place) {
    return new EncodedKey(place);
  }

  /**
   * What is held, current or not.
   *
   * @param heldBy the key itself or the encoded key
   */
  @Nullable CachedEntry find(Object heldBy) {
    return tier.get(heldBy);
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
  void hold(Object heldBy, StoredEntry.ValidRecord entry, ETag etag, ChangeWatch watch) {
    tier.put(heldBy, new CachedEntry(etag, entry, watch, System.currentTimeMillis()));
  }

  /**
   * Has an entry written or removed, and holds what is there then, or nothing.
   *
   * @param entry null where it is removed
   * @param begun the change, as this process counts it
   */
  WriteResult change(
      Object heldBy,
      StoredEntry.@Nullable ValidRecord entry,
      ChangeCounts.Change begun,
      Supplier<WriteResult> change) {
    tier.remove(heldBy);
    WriteResult outcome = change.get();
    Optional<ETag> etag = outcome.etag();
    if (entry != null && outcome.satisfied() && etag.isPresent()) {
      tier.put(
          heldBy, new CachedEntry(etag.get(), entry, coherence.after(begun), CachedEntry.NEVER));
    }
    return outcome;
  }

  /** Holds nothing of these. */
  void removeAll(Collection<Object> heldBy) {
    heldBy.forEach(tier::remove);
  }

  /** Holds nothing. */
  void clear() {
    tier.clear();
  }
}
