package io.persidict.jcache.storage;

import static io.persidict.jcache.config.Settings.Setting.FOREIGN_WRITERS;
import static io.persidict.jcache.config.Settings.Setting.FORMAT;
import static io.persidict.jcache.config.Settings.Setting.IMMUTABLE_ITEMS;
import static io.persidict.jcache.config.Settings.Setting.SERIAL_FILTER;

import io.persidict.Item;
import io.persidict.PersiDict;
import io.persidict.format.Format;
import io.persidict.format.FormatException;
import io.persidict.jcache.config.Settings;
import io.persidict.key.DictKey;
import io.persidict.key.KeyLayout;
import io.persidict.store.ETag;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.cache.CacheException;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.Duration;
import javax.cache.expiry.EternalExpiryPolicy;
import javax.cache.expiry.ExpiryPolicy;
import javax.cache.expiry.ModifiedExpiryPolicy;
import org.jspecify.annotations.Nullable;

/**
 * The layout {@code plain}: bare values, as the Python original writes and reads them. The key is
 * the place, and the only time of an entry is that of its file or object, from which its expiry is
 * reckoned.
 *
 * @param <K> {@code String}, {@code String[]} or {@link DictKey}
 */
public final class PlainLayout<K> implements EntryLayout<K> {
  private static final String FORMATS =
      "json, pkl or a name for text such as txt, which are what the Python original reads, for"
          + " layout plain";
  private static final Set<Class<?>> KEY_TYPES =
      Set.of(String.class, String[].class, DictKey.class, Object.class);
  private static final byte[] NO_BYTES = {};

  /**
   * How old a version must be before it is told from others by its ETag. Other writers leave times
   * as coarse as their file system's, so that the next version may have the same one.
   */
  private static final long SETTLED_MILLIS = 2_000;

  private final Class<?> keyType;
  private final KeyLayout names;
  private final long lifetimeMillis;
  private final long settledMillis;

  private PlainLayout(Class<?> keyType, KeyLayout names, long lifetimeMillis, long settledMillis) {
    this.keyType = keyType;
    this.names = names;
    this.lifetimeMillis = lifetimeMillis;
    this.settledMillis = settledMillis;
  }

  /**
   * The layout of a cache with these settings.
   *
   * @param hasETagsOfContent whether equal ETags tell of equal bytes, whoever wrote them
   * @throws CacheException if a setting, the keys or the expiry cannot be had in it
   */
  public static <K> PlainLayout<K> of(
      Settings.ForCache settings,
      Class<K> keyType,
      ExpiryPolicy expiry,
      boolean hasETagsOfContent) {
    if (settings.isOwn(SERIAL_FILTER)) {
      throw settings.refused(SERIAL_FILTER, "nothing for layout plain, which serializes nothing");
    }
    requireKeys(settings, keyType);
    PlainLayout<K> layout =
        new PlainLayout<>(
            keyType,
            names(settings),
            lifetime(settings, expiry),
            settings.isTrue(FOREIGN_WRITERS) && !hasETagsOfContent ? SETTLED_MILLIS : 0);
    if (hasETagsOfContent && layout.isPerishable() && settings.isTrue(IMMUTABLE_ITEMS)) {
      throw settings.refused(
          IMMUTABLE_ITEMS,
          "false for entries of layout plain that expire in S3, where one that expired is not told"
              + " from a new one of the same bytes");
    }
    return layout;
  }

  /** Names that begin with two underscores are for files that are no entries. */
  private static KeyLayout names(Settings.ForCache settings) {
    String format = settings.format();
    try {
      if (!format.equals("jser") && !format.startsWith("__")) {
        return new KeyLayout(settings.digestLength(), format);
      }
    } catch (IllegalArgumentException e) {
      // refused below
    }
    throw settings.refused(FORMAT, FORMATS);
  }

  private static void requireKeys(Settings.ForCache settings, Class<?> keyType) {
    if (!KEY_TYPES.contains(keyType)) {
      throw new CacheException(
          "cache \""
              + settings.name()
              + "\" has keys of "
              + keyType.getTypeName()
              + "; layout plain, in which the key is the file's name, has String, String[] and "
              + DictKey.class.getName()
              + ". Use layout entry for all others");
    }
  }

  /** How long an entry lives since its file was written. */
  private static long lifetime(Settings.ForCache settings, ExpiryPolicy expiry) {
    Duration duration = null;
    if (expiry instanceof EternalExpiryPolicy) {
      duration = Duration.ETERNAL;
    } else if (expiry instanceof ModifiedExpiryPolicy
        || (expiry instanceof CreatedExpiryPolicy && settings.isTrue(IMMUTABLE_ITEMS))) {
      duration = expiry.getExpiryForCreation();
    }
    if (duration == null) {
      throw new CacheException(
          "cache \""
              + settings.name()
              + "\" has the expiry policy "
              + expiry.getClass().getName()
              + "; layout plain keeps no time but that of the file, so entries are eternal or"
              + " expire by ModifiedExpiryPolicy (setting expiry: \"eternal\" or \"modified"
              + " PT1H\"), or by CreatedExpiryPolicy where immutable-items is true. Use layout"
              + " entry for all others");
    }
    return duration.isEternal()
        ? StoredEntry.NEVER
        : duration.getTimeUnit().toMillis(duration.getDurationAmount());
  }

  /** Whether entries expire. */
  public boolean isPerishable() {
    return lifetimeMillis != StoredEntry.NEVER;
  }

  /** Whether keys have one segment each, so that no entry lies in a directory of its own. */
  public boolean isFlat() {
    return keyType == String.class || keyType == Object.class;
  }

  // ---- keys

  @Override
  public DictKey place(K key) {
    DictKey place;
    try {
      place = segments(key);
    } catch (IllegalArgumentException | NullPointerException e) {
      throw new FormatException(e.getMessage() + "; in layout entry all keys are allowed", e);
    }
    if (!names.isReadBack(place)) {
      throw new FormatException(
          "key \""
              + place
              + "\" ends with its digest, so it would have the file of the key without it; leave"
              + " the digest out");
    }
    return place;
  }

  private DictKey segments(K key) {
    if (isFlat() && key instanceof String text) {
      return DictKey.of(text);
    }
    if (keyType == String[].class && key instanceof String[] segments) {
      return new DictKey(List.of(segments));
    }
    if (keyType == DictKey.class && key instanceof DictKey whole) {
      return whole;
    }
    throw new FormatException(
        "key "
            + key
            + " is a "
            + key.getClass().getTypeName()
            + "; the keys of this cache, which has layout plain and the key type "
            + keyType.getTypeName()
            + ", are "
            + (isFlat() ? String.class : keyType).getTypeName());
  }

  @Override
  public byte[] encode(K key) {
    return NO_BYTES;
  }

  @Override
  @SuppressWarnings("unchecked") // K is the key type, or Object for strings
  public K decode(DictKey place, byte[] encoded) {
    if (keyType == DictKey.class) {
      return (K) place;
    }
    if (keyType == String[].class) {
      return (K) place.segments().toArray(String[]::new);
    }
    if (place.segments().size() > 1) {
      throw new FormatException("its key has several segments; open it with keys of String[]");
    }
    return (K) place.segments().get(0);
  }

  @Override
  public boolean mayBegin(DictKey place, String prefix) {
    return place.segments().get(0).startsWith(prefix);
  }

  // ---- entries

  @Override
  public Format<StoredEntry> format() {
    return new BareValue(names.extension());
  }

  @Override
  public boolean isChecked() {
    return false;
  }

  /**
   * The bytes of a value, in whatever format.
   *
   * @param extension of that
   */
  private record BareValue(String extension) implements Format<StoredEntry> {
    @Override
    public byte[] encode(StoredEntry entry) {
      return ((StoredEntry.ValidRecord) entry).value();
    }

    @Override
    public StoredEntry decode(byte[] bytes) {
      return new StoredEntry.ValidRecord(0, StoredEntry.NEVER, NO_BYTES, bytes);
    }

    @Override
    public StoredEntry unreadable(String reason, boolean lacksMemory) {
      return StoredEntry.Unreadable.tooLarge(reason, lacksMemory);
    }
  }

  @Override
  public StoredEntry entry(Item<StoredEntry> item) {
    if (!(item.value() instanceof StoredEntry.ValidRecord whole)) {
      return item.value();
    }
    long written = millis(item.timestamp());
    long expiry =
        isPerishable() && written < StoredEntry.NEVER - lifetimeMillis
            ? written + lifetimeMillis
            : StoredEntry.NEVER;
    return new StoredEntry.ValidRecord(written, expiry, NO_BYTES, whole.value());
  }

  /** The same in ms; the last one that there is for any after it. */
  private static long millis(Instant time) {
    try {
      return time.toEpochMilli();
    } catch (ArithmeticException e) {
      return time.isAfter(Instant.EPOCH) ? Long.MAX_VALUE : Long.MIN_VALUE;
    }
  }

  private boolean goesByTime() {
    return isPerishable() || settledMillis > 0;
  }

  @Override
  public @Nullable StoredEntry read(PersiDict<StoredEntry> dict, DictKey place) {
    return isPerishable()
        ? dict.item(place).map(this::entry).orElse(null)
        : EntryLayout.super.read(dict, place);
  }

  @Override
  public Loaded read(PersiDict<StoredEntry> dict, DictKey place, Optional<ETag> known) {
    if (!goesByTime()) {
      return EntryLayout.super.read(dict, place, known);
    }
    if (known.isPresent() && known.equals(dict.etag(place))) {
      return Loaded.known();
    }
    return dict.item(place)
        .map(item -> new Loaded(false, entry(item), isSettled(item) ? item.etag() : null))
        .orElse(new Loaded(false, null, null));
  }

  private boolean isSettled(Item<StoredEntry> item) {
    return settledMillis == 0
        || millis(item.timestamp()) <= System.currentTimeMillis() - settledMillis;
  }

  @Override
  public boolean isKnownWhenWritten() {
    return !goesByTime();
  }
}
