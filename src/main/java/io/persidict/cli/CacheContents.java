package io.persidict.cli;

import io.persidict.format.FormatException;
import io.persidict.format.SerialFormat;
import io.persidict.jcache.StoredCaches.Description;
import io.persidict.jcache.storage.StoredEntry;
import io.persidict.key.DictKey;
import io.persidict.key.KeyCodec;
import io.persidict.key.KeyLayout;
import io.persidict.store.Listed;
import io.persidict.store.Names;
import io.persidict.store.Stat;
import io.persidict.store.Store;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The entries of a cache in the layout {@code entry}: records with their keys and times. */
final class CacheContents extends Contents {
  private static final KeyCodec KEYS = new KeyCodec(SerialFormat.ofKeys(ALLOWED, CLASS_LOADER));

  private final Description cache;
  private final KeyLayout layout;

  CacheContents(Store store, Description cache) {
    super(store);
    this.cache = cache;
    this.layout = new KeyLayout(cache.digestLength(), StoredEntry.EXTENSION);
  }

  @Override
  String title() {
    return "cache " + Texts.printable(cache.name()) + " at " + store();
  }

  @Override
  boolean isEntry(String name) {
    return name.indexOf('/') < 0 && name.endsWith("." + StoredEntry.EXTENSION);
  }

  @Override
  Optional<DictKey> place(String name) {
    return layout.key(name);
  }

  @Override
  String name(DictKey place, String alike) {
    return layout.name(place);
  }

  @Override
  @Nullable Object keyIn(String name) {
    String segment = layout.key(name).map(DictKey::toString).orElse("");
    return KeyCodec.readable(segment).orElse(null);
  }

  @Override
  String format(String name) {
    return cache.format();
  }

  @Override
  boolean hasChecksums() {
    return true;
  }

  @Override
  boolean endsByFileTime() {
    return false;
  }

  @Override
  boolean isImmutable() {
    return cache.immutableItems();
  }

  @Override
  @Nullable Entry fromListing(Listed listed) {
    return null; // the key is in the record
  }

  @Override
  Entry decoded(String name, byte[] bytes, Stat stat) {
    if (!(StoredEntry.FORMAT.decode(bytes) instanceof StoredEntry.ValidRecord whole)) {
      String fault = ((StoredEntry.Unreadable) StoredEntry.FORMAT.decode(bytes)).reason();
      return StoredEntry.isOfOtherVersion(bytes)
          ? Entry.unread(name, stat, cache.format(), fault)
          : Entry.damaged(name, stat, cache.format(), fault);
    }
    Entry entry =
        new Entry(
            name,
            stat,
            null,
            cache.format(),
            Instant.ofEpochMilli(whole.created()),
            whole.expiry() == StoredEntry.NEVER ? null : Instant.ofEpochMilli(whole.expiry()),
            null,
            null,
            whole.value());
    return withKey(entry, whole.key());
  }

  private Entry withKey(Entry entry, byte[] bytes) {
    Object key;
    DictKey place;
    try {
      key = KEYS.decode(bytes);
      place = KeyCodec.dictKey(key);
    } catch (FormatException e) {
      return entry.withUnknown("has a key that cannot be decoded: " + e.getMessage());
    }
    return layout.key(entry.name()).equals(Optional.of(place))
        ? new Entry(
            entry.name(),
            entry.stat(),
            key,
            entry.format(),
            entry.created(),
            entry.expires(),
            null,
            null,
            entry.value())
        : entry.withFault("holds the entry of another key, " + Entry.shown(key));
  }

  @Override
  String nameOf(KeyArgument key) {
    if (key.type() != KeyArgument.Type.NAME) {
      return layout.name(KeyCodec.dictKey(key.key()));
    }
    if (!Names.isName(key.text()) || !isEntry(key.text())) {
      throw new Failure(Status.NO, "\"" + key + "\" is the name of no entry of the " + title());
    }
    return key.text();
  }

  @Override
  byte[] encoded(KeyArgument key, String name, Object value, @Nullable Instant expires) {
    return StoredEntry.FORMAT.encode(
        new StoredEntry.ValidRecord(
            System.currentTimeMillis(),
            expires == null ? StoredEntry.NEVER : expires.toEpochMilli(),
            KEYS.encode(key.key()),
            formatOf(cache.format()).bytes(value)));
  }
}
