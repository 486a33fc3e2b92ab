package io.persidict.jcache.storage;

import io.persidict.Condition;
import io.persidict.Item;
import io.persidict.PersiDict;
import io.persidict.ReadResult;
import io.persidict.format.Format;
import io.persidict.key.DictKey;
import io.persidict.key.KeyCodec;
import io.persidict.store.ETag;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What of an entry lies where: in its bytes, in its name, or in what the store tells of it. Unless
 * overridden, all but the place is in the bytes.
 *
 * @param <K> the keys
 */
public interface EntryLayout<K> {
  /** How entries are stored; its extension is that of their names. Decoding never throws. */
  Format<StoredEntry> format();

  /**
   * Where the entry of a key lies; no two unequal keys have the same place.
   *
   * @throws io.persidict.format.FormatException if there is no place for it
   */
  DictKey place(K key);

  /**
   * What is stored of a key besides its place.
   *
   * @throws io.persidict.format.FormatException if it cannot be
   */
  byte[] encode(K key);

  /**
   * The key whose entry may lie at {@code place}.
   *
   * @throws io.persidict.format.FormatException if there is none
   */
  K decode(DictKey place, byte[] encoded);

  /**
   * Whether the key whose entry lies at {@code place} may begin with {@code prefix}.
   *
   * @param prefix of strings; empty where keys of several segments are meant
   */
  default boolean mayBegin(DictKey place, String prefix) {
    return KeyCodec.mayBegin(place, prefix);
  }

  /**
   * Whether what is read of an entry is known to be as it was written. If not, bytes that no value
   * has are damage.
   */
  default boolean isChecked() {
    return true;
  }

  /** The entry that was read with all that the store tells of it. */
  default StoredEntry entry(Item<StoredEntry> item) {
    return item.value();
  }

  /** The entry that lies at {@code place}; null if there is none. */
  default @Nullable StoredEntry read(PersiDict<StoredEntry> dict, DictKey place) {
    return dict.get(place).orElse(null);
  }

  /**
   * Reads an entry that may be held in memory.
   *
   * @param known a version that need not be read again
   */
  default Loaded read(PersiDict<StoredEntry> dict, DictKey place, Optional<ETag> known) {
    ReadResult<StoredEntry> reading =
        dict.get(place, known.map(Condition::changedFrom).orElse(Condition.any()));
    return known.isPresent() && !reading.satisfied()
        ? Loaded.known()
        : new Loaded(false, reading.value().orElse(null), reading.etag().orElse(null));
  }

  /**
   * Whether an entry that is read will be as it was written, so that memory may hold it at once.
   */
  default boolean isKnownWhenWritten() {
    return true;
  }

  /**
   * What was read of an entry.
   *
   * @param isKnown whether it is the version that was known, and nothing else was read
   * @param entry null if there is none
   * @param version by which it can be held in memory; null if it cannot be
   */
  record Loaded(boolean isKnown, @Nullable StoredEntry entry, @Nullable ETag version) {
    static Loaded known() {
      return new Loaded(true, null, null);
    }
  }

  /**
   * The layout {@code entry}: a {@linkplain StoredEntry record} with key, times and value.
   *
   * @param keys of any class
   * @param <K> the keys
   */
  record Records<K>(KeyCodec keys) implements EntryLayout<K> {
    @Override
    public Format<StoredEntry> format() {
      return StoredEntry.FORMAT;
    }

    @Override
    public DictKey place(K key) {
      return KeyCodec.dictKey(key);
    }

    @Override
    public byte[] encode(K key) {
      return keys.encode(key);
    }

    @Override
    @SuppressWarnings("unchecked") // what was encoded is decoded
    public K decode(DictKey place, byte[] encoded) {
      return (K) keys.decode(encoded);
    }
  }
}
