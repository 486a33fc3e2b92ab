package io.persidict.jcache.storage;

import io.persidict.format.Format;
import io.persidict.key.DictKey;
import io.persidict.key.KeyCodec;

/**
 * The layout {@code entry}: a {@linkplain StoredEntry record} with key, times and value.
 *
 * @param keys of any class
 * @param <K> the keys
 */
public record RecordLayout<K>(KeyCodec keys) implements EntryLayout<K> {
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
