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

  /** What is set, as properties have it. */
  private final EnumMap<Setting, String> settings = new EnumMap<>(Setting.class);

  /** A configuration with JCache's defaults and nothing set. */
  public PersiDictConfiguration() {}

  /**
   * A copy of {@code configuration}, with the settings of the store if it has any.
   *
   * @param configuration one of any kind
   */
  public PersiDictConfiguration(CompleteConfiguration<K, V> configuration) {
    super(configuration);
    if (configuration instanceof PersiDictConfiguration<K, V> ours) {
      settings.putAll(ours.settings);
    }
  }

  /**
   * Sets how entries are laid out.
   *
   * @param layout {@code entry} for any keys and any expiry, or {@code plain} for bare values that
   *     the Python original reads and writes
   * @return this
   */
  public PersiDictConfiguration<K, V> setLayout(String layout) {
    return set(Setting.LAYOUT, layout);
  }

  /**
   * Sets how values are stored.
   *
   * @param format {@code jser}, {@code json}, {@code cbor}, {@code pkl}, one of your own, or any
   *     other name for text
   * @return this
   */
  public PersiDictConfiguration<K, V> setFormat(String format) {
    return set(Setting.FORMAT, format);
  }

  /**
   * Sets how many characters of the digest are in file names.
   *
   * @param digestLength 0 to 26
   * @return this
   */
  public PersiDictConfiguration<K, V> setDigestLength(int digestLength) {
    return set(Setting.DIGEST_LENGTH, String.valueOf(digestLength));
  }

  /**
   * Sets what a write has survived when it returns.
   *
   * @param durability a killed process, or a loss of power
   * @return this
   */
  public PersiDictConfiguration<K, V> setDurability(Durability durability) {
    return set(Setting.DURABILITY, durability.name().toLowerCase(Locale.ROOT));
  }

  /**
   * Sets which classes {@code jser} may store besides the allowed ones.
   *
   * @param patterns of JEP 290, such as {@code com.example.model.*}
   * @return this
   */
  public PersiDictConfiguration<K, V> setSerialFilter(String patterns) {
    return set(Setting.SERIAL_FILTER, patterns);
  }

  /**
   * Sets whether entries are written once; a later write is refused then.
   *
   * @param immutable whether they are
   * @return this
   */
  public PersiDictConfiguration<K, V> setImmutableItems(boolean immutable) {
    return set(Setting.IMMUTABLE_ITEMS, String.valueOf(immutable));
  }

  /**
   * Has entries written once, and later writes ignored.
   *
   * @param consistencyChecks the share of these that is compared with the first, 0 to 1
   * @return this
   * @throws NumberFormatException if that is not a number, or infinite
   */
  public PersiDictConfiguration<K, V> setKeepFirst(double consistencyChecks) {
    return setImmutableItems(true)
        .set(Setting.ON_REWRITE, "keep-first")
        .set(Setting.CONSISTENCY_CHECKS, BigDecimal.valueOf(consistencyChecks).toPlainString());
  }

  /**
   * Sets how many entries are held in memory at most.
   *
   * @param maxEntries 1 or more
   * @return this
   */
  public PersiDictConfiguration<K, V> setMemoryMaxEntries(long maxEntries) {
    return set(Setting.MEMORY_MAX_ENTRIES, String.valueOf(maxEntries));
  }

  /**
   * Sets how much is held in memory at most; instead of a number of entries.
   *
   * @param maxBytes of the values, with something for each entry; 1 or more
   * @return this
   */
  public PersiDictConfiguration<K, V> setMemoryMaxBytes(long maxBytes) {
    return set(Setting.MEMORY_MAX_BYTES, String.valueOf(maxBytes));
  }

  /**
   * Sets how long others' changes may stay unread because of what is in memory.
   *
   * @param bound more than none
   * @return this
   */
  public PersiDictConfiguration<K, V> setMemoryCoherence(Duration bound) {
    return set(Setting.MEMORY_COHERENCE, bound.toString());
  }

  /**
   * Sets how many entries are stored at most; those used least recently go first.
   *
   * @param maxEntries 1 or more
   * @return this
   */
  public PersiDictConfiguration<K, V> setStoreMaxEntries(long maxEntries) {
    return set(Setting.STORE_MAX_ENTRIES, String.valueOf(maxEntries));
  }

  /**
   * Sets how many bytes the stored entries take at most, as the storage allocates them.
   *
   * @param maxBytes 1 or more; those used least recently go first
   * @return this
   */
  public PersiDictConfiguration<K, V> setStoreMaxBytes(long maxBytes) {
    return set(Setting.STORE_MAX_BYTES, String.valueOf(maxBytes));
  }

  /**
   * Sets how often expired entries and what was left behind are removed; each hour unless set.
   *
   * @param interval more than none
   * @return this
   */
  public PersiDictConfiguration<K, V> setStorePurgeInterval(Duration interval) {
    return set(Setting.STORE_PURGE_INTERVAL, interval.toString());
  }

  /**
   * Leaves expired entries until somebody meets them, or a bound makes them go.
   *
   * @return this
   */
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
