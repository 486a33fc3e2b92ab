package io.persidict.jcache;

import io.persidict.jcache.config.Settings.Setting;
import io.persidict.store.file.Durability;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import javax.cache.configuration.CompleteConfiguration;
import javax.cache.configuration.MutableConfiguration;

/**
 * A configuration in code that also has the settings of the store; these go before all properties.
 * A value that is not allowed is refused by {@code createCache}.
 *
 * @param <K> the keys
 * @param <V> the values
 */
public class PersiDictConfiguration<K, V> extends MutableConfiguration<K, V> {
  private static final long serialVersionUID = 1L;

  private final EnumMap<Setting, String> settings = new EnumMap<>(Setting.class);

  /** A configuration with JCache's defaults and nothing set. */
  public PersiDictConfiguration() {}

  /** A copy of {@code configuration}, with its settings if it has any. */
  public PersiDictConfiguration(CompleteConfiguration<K, V> configuration) {
    super(configuration);
    if (configuration instanceof PersiDictConfiguration<K, V> ours) {
      settings.putAll(ours.settings);
    }
  }

  /** How values are stored: {@code jser}, {@code json}, or any other name for text. */
  public PersiDictConfiguration<K, V> setFormat(String format) {
    return set(Setting.FORMAT, format);
  }

  /** Characters of the digest in file names, 0 to 26. */
  public PersiDictConfiguration<K, V> setDigestLength(int digestLength) {
    return set(Setting.DIGEST_LENGTH, String.valueOf(digestLength));
  }

  /** What a write has survived when it returns. */
  public PersiDictConfiguration<K, V> setDurability(Durability durability) {
    return set(Setting.DURABILITY, durability.name().toLowerCase(Locale.ROOT));
  }

  /** JEP 290 patterns for the classes that {@code jser} may store besides the allowed ones. */
  public PersiDictConfiguration<K, V> setSerialFilter(String patterns) {
    return set(Setting.SERIAL_FILTER, patterns);
  }

  /** Whether entries are written once; a write to one is refused then. */
  public PersiDictConfiguration<K, V> setImmutableItems(boolean immutable) {
    return set(Setting.IMMUTABLE_ITEMS, String.valueOf(immutable));
  }

  /**
   * Has entries written once, and later writes ignored.
   *
   * @param consistencyChecks the share of these that is compared with the first, 0 to 1
   */
  public PersiDictConfiguration<K, V> setKeepFirst(double consistencyChecks) {
    return setImmutableItems(true)
        .set(Setting.ON_REWRITE, "keep-first")
        .set(Setting.CONSISTENCY_CHECKS, BigDecimal.valueOf(consistencyChecks).toPlainString());
  }

  /** How many entries are held in memory at most. */
  public PersiDictConfiguration<K, V> setMemoryMaxEntries(long maxEntries) {
    return set(Setting.MEMORY_MAX_ENTRIES, String.valueOf(maxEntries));
  }

  /** How many bytes of values are held in memory at most, with something for each entry. */
  public PersiDictConfiguration<K, V> setMemoryMaxBytes(long maxBytes) {
    return set(Setting.MEMORY_MAX_BYTES, String.valueOf(maxBytes));
  }

  /** How long others' changes may stay unread because of what is in memory. */
  public PersiDictConfiguration<K, V> setMemoryCoherence(Duration bound) {
    return set(Setting.MEMORY_COHERENCE, bound.toString());
  }

  /** How many entries are stored at most; those used least recently go first. */
  public PersiDictConfiguration<K, V> setStoreMaxEntries(long maxEntries) {
    return set(Setting.STORE_MAX_ENTRIES, String.valueOf(maxEntries));
  }

  /** How many bytes the stored entries take at most, as the storage allocates them. */
  public PersiDictConfiguration<K, V> setStoreMaxBytes(long maxBytes) {
    return set(Setting.STORE_MAX_BYTES, String.valueOf(maxBytes));
  }

  /** How often expired entries and what was left behind are removed; each hour unless set. */
  public PersiDictConfiguration<K, V> setStorePurgeInterval(Duration interval) {
    return set(Setting.STORE_PURGE_INTERVAL, interval.toString());
  }

  /** Leaves expired entries until somebody meets them, or a bound makes them go. */
  public PersiDictConfiguration<K, V> setStoreNeverPurged() {
    return set(Setting.STORE_PURGE_INTERVAL, "never");
  }

  private PersiDictConfiguration<K, V> set(Setting setting, String value) {
    settings.put(setting, value);
    return this;
  }

  Map<Setting, String> settings() {
    return settings;
  }

  @Override
  public boolean equals(Object other) {
    return super.equals(other)
        && other instanceof PersiDictConfiguration<?, ?> ours
        && settings.equals(ours.settings);
  }

  @Override
  public int hashCode() {
    return 31 * super.hashCode() + settings.hashCode();
  }
}
