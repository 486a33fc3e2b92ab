package io.persidict.jcache.storage;

import io.persidict.WriteResult;
import io.persidict.format.Decoding;
import io.persidict.format.Format;
import io.persidict.format.FormatException;
import io.persidict.key.DictKey;
import io.persidict.store.ChangeCounts;
import io.persidict.store.ChangeWatch;
import io.persidict.store.ETag;
import io.persidict.tier.ValueTier;
import java.lang.invoke.VarHandle;
import java.util.Collection;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The entries of one cache that this process holds in memory. Keys and values of immutable classes
 * are held as they are, all other keys by what they encode to and values as bytes, so that nobody
 * shares an object with the cache.
 *
 * <p>A hit costs about what the memory costs that it touches. So an entry is one object; and where
 * entries never change nor expire, a value that nobody can change is held alone.
 *
 * @param <V> the values
 */
final class NearCache<V> {
  /** By key: a {@link CachedEntry}, or a value alone. */
  private final ValueTier<Object, Object> tier;

  private final Format<V> values;
  private final ImmutableTypes immutableTypes;
  private final Coherence coherence;
  private final boolean holdsValuesAlone;

  /** Whether nothing else is held than values alone, so that a hit need not look at what it is. */
  private volatile boolean holdsOnlyValues;

  private NearCache(
      ValueTier<Object, Object> tier,
      Format<V> values,
      ImmutableTypes immutableTypes,
      Coherence coherence,
      boolean holdsValuesAlone) {
    this.tier = tier;
    this.values = values;
    this.immutableTypes = immutableTypes;
    this.coherence = coherence;
    this.holdsValuesAlone = holdsValuesAlone;
    this.holdsOnlyValues = holdsValuesAlone;
  }

  /**
   * An empty one that holds up to {@code maxEntries}.
   *
   * @throws IllegalStateException if Caffeine is not on the class path
   */
  static <V> NearCache<V> ofEntries(
      long maxEntries, Format<V> values, ImmutableTypes immutableTypes, Coherence coherence) {
    return new NearCache<>(
        ValueTier.ofEntries(maxEntries),
        values,
        immutableTypes,
        coherence,
        coherence == Coherence.ALWAYS_VALID);
  }

  /**
   * An empty one whose entries take up to about {@code maxBytes}.
   *
   * @throws IllegalStateException if Caffeine is not on the class path
   */
  static <V> NearCache<V> ofBytes(
      long maxBytes, Format<V> values, ImmutableTypes immutableTypes, Coherence coherence) {
    return new NearCache<>(
        ValueTier.ofWeight(maxBytes, held -> ((CachedEntry) held).weight()),
        values,
        immutableTypes,
        coherence,
        false);
  }

  /**
   * An entry in memory. Immutable but for its value, which is decoded at the first use. What a hit
   * looks at is kept together, apart from the rest, so that it touches few lines of the processor's
   * cache.
   */
  static final class CachedEntry {
    private final Version version;
    private final long expiry;
    private final ChangeWatch.Source watched;
    private final int stripe;
    private final long count;

    /** The value, once it is decoded, if nobody can change it. */
    private volatile @Nullable Object value;

    /** Its bytes, for as long as there is no such value. */
    private volatile byte @Nullable [] encoded;

    private CachedEntry(
        Version version, long expiry, ChangeWatch watch, byte @Nullable [] encoded) {
      this.version = version;
      this.expiry = expiry;
      this.watched = watch.source();
      this.stripe = watch.stripe();
      this.count = watch.count();
      this.encoded = encoded;
    }

    private CachedEntry(ETag etag, StoredEntry.ValidRecord entry, ChangeWatch watch, long used) {
      this(
          new Version(etag, entry.created(), entry.value().length, used),
          entry.expiry(),
          watch,
          entry.value());
    }

    /** The same, of which it is known that the store had it after {@code watch} began. */
    private CachedEntry currentSince(ChangeWatch watch) {
      // Reads the bytes first, since the value is there before they are gone.
      CachedEntry current = new CachedEntry(version, expiry, watch, encoded);
      if (value != null) {
        current.value = value;
        current.encoded = null;
      }
      return current;
    }

    /** The version that is held. */
    ETag etag() {
      return version.etag;
    }

    long created() {
      return version.created;
    }

    long expiry() {
      return expiry;
    }

    boolean isExpired() {
      return expiry != StoredEntry.NEVER && expiry <= System.currentTimeMillis();
    }

    /** Whether this is what the store has, as far as the cache's coherence demands. */
    private boolean isCurrent() {
      return watched.isUnchanged(stripe, count);
    }

    /** Whether it can be given to somebody who asks. */
    boolean isLive() {
      return !isExpired() && isCurrent();
    }

    /** Whether this use is to be remembered; from then on it counts as such. */
    boolean isUseDue(StoredEntries.MemoryUses uses) {
      long last = version.used;
      if (last != Version.NEVER && !uses.isDue(last)) {
        return false;
      }
      version.used = System.currentTimeMillis();
      return true;
    }

    /** About how many bytes it takes. */
    private int weight() {
      return Version.OVERHEAD + version.bytes;
    }
  }

  /** What is known of the version of an entry that is held. */
  private static final class Version {
    /** What an entry takes besides the bytes of its value, about. */
    private static final int OVERHEAD = 128;

    private static final long NEVER = Long.MIN_VALUE;

    private final ETag etag;
    private final long created;
    private final int bytes;

    /** When a use was remembered last, in ms since the epoch; {@link #NEVER} if none was. */
    private volatile long used;

    private Version(ETag etag, long created, int bytes, long used) {
      this.etag = etag;
      this.created = created;
      this.bytes = bytes;
      this.used = used;
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
   * The value of an entry that is held, current and not expired; or null.
   *
   * @param heldBy the key itself or the encoded key
   */
  @SuppressWarnings("unchecked") // what is held is of this cache
  @Nullable V hit(Object heldBy) {
    Object held = tier.get(heldBy);
    VarHandle.acquireFence(); // who finds an entry finds that not only values are held
    if (!holdsOnlyValues && held instanceof CachedEntry entry) {
      return entry.isLive() ? value(heldBy, entry) : null;
    }
    return (V) held;
  }

  /** The entry that is held, current or not; null if there is none, or its value alone. */
  @Nullable CachedEntry find(Object heldBy) {
    return tier.get(heldBy) instanceof CachedEntry entry ? entry : null;
  }

  /** The value; null if it cannot be decoded, and then the entry is not held any more. */
  @SuppressWarnings("unchecked") // what is held is of this cache
  @Nullable V value(Object heldBy, CachedEntry held) {
    Object value = held.value;
    return value == null ? decoded(heldBy, held) : (V) value;
  }

  @SuppressWarnings("unchecked") // what is held is of this cache
  private @Nullable V decoded(Object heldBy, CachedEntry held) {
    byte[] encoded = held.encoded;
    if (encoded == null) {
      return (V) held.value;
    }
    V decoded = decoded(encoded);
    if (decoded == null) {
      tier.remove(heldBy);
    } else if (immutableTypes.include(decoded)) {
      held.value = decoded;
      held.encoded = null;
      if (mayBeAlone(held)) {
        tier.replace(heldBy, held, decoded);
      }
    }
    return decoded;
  }

  private @Nullable V decoded(byte[] encoded) {
    try {
      return Decoding.of(() -> values.decode(encoded));
    } catch (FormatException e) {
      return null;
    }
  }

  private boolean mayBeAlone(CachedEntry entry) {
    return holdsValuesAlone && entry.expiry == StoredEntry.NEVER;
  }

  /** A watch to be begun before an entry is read. */
  ChangeWatch watch(DictKey place) {
    return coherence.watch(place);
  }

  /** Holds what was read. */
  void hold(Object heldBy, StoredEntry.ValidRecord entry, ETag etag, ChangeWatch watch) {
    hold(heldBy, new CachedEntry(etag, entry, watch, System.currentTimeMillis()), entry.value());
  }

  /** Holds its value alone for as long as that does for all entries, and the entry from then on. */
  private void hold(Object heldBy, CachedEntry entry, byte[] encoded) {
    if (holdsOnlyValues) {
      V value = mayBeAlone(entry) ? decoded(encoded) : null;
      if (value != null && immutableTypes.include(value)) {
        tier.put(heldBy, value);
        return;
      }
      holdsOnlyValues = false;
    }
    tier.put(heldBy, entry);
  }

  /** Holds on to what the store had after {@code watch} began. */
  CachedEntry keep(Object heldBy, CachedEntry held, ChangeWatch watch) {
    CachedEntry current = held.currentSince(watch);
    tier.replace(heldBy, held, current);
    return current;
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
      hold(
          heldBy,
          new CachedEntry(etag.get(), entry, coherence.after(begun), Version.NEVER),
          entry.value());
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
