package io.persidict.jcache;

import io.persidict.key.KeyLayout;
import io.persidict.store.file.Durability;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.cache.CacheException;

/**
 * The settings of a manager: {@code persidict.<setting>} for all caches and {@code
 * persidict.cache.<name>.<setting>} for one. A manager's properties go before the system's.
 */
final class Settings {
  private static final String PREFIX = "persidict.";
  private static final String CACHE_PREFIX = PREFIX + "cache.";

  /** The system property with the default URI; no setting of a cache. */
  static final String URI = PREFIX + "uri";

  private final Map<String, String> values = new TreeMap<>();

  /** The settings that there are, each with its default. */
  private enum Setting {
    FORMAT("format", "jser"),
    LAYOUT("layout", "entry"),
    DIGEST_LENGTH("digest-length", "8"),
    DURABILITY("durability", "os"),
    SERIAL_FILTER("serial-filter", "");

    final String key;
    final String otherwise;

    Setting(String key, String otherwise) {
      this.key = key;
      this.otherwise = otherwise;
    }
  }

  /**
   * @throws CacheException if a {@code persidict.} property is no setting
   */
  Settings(Properties properties) {
    for (Properties source : List.of(System.getProperties(), properties)) {
      for (String name : source.stringPropertyNames()) {
        if (name.startsWith(PREFIX) && !name.equals(URI)) {
          requireSetting(name);
          values.put(name, source.getProperty(name));
        }
      }
    }
  }

  private static void requireSetting(String name) {
    if (name.startsWith(CACHE_PREFIX)) {
      if (Arrays.stream(Setting.values())
          .anyMatch(
              setting ->
                  name.endsWith("." + setting.key)
                      && name.length() > CACHE_PREFIX.length() + setting.key.length() + 1)) {
        return;
      }
    } else if (Arrays.stream(Setting.values())
        .anyMatch(setting -> name.equals(PREFIX + setting.key))) {
      return;
    }
    String last = name.substring(name.lastIndexOf('.') + 1);
    Setting nearest =
        Arrays.stream(Setting.values())
            .min(Comparator.comparingInt(setting -> distance(setting.key, last)))
            .orElseThrow();
    throw new CacheException(
        "unknown setting "
            + name
            + "; did you mean "
            + name.substring(0, name.length() - last.length())
            + nearest.key
            + "? The settings are "
            + Arrays.stream(Setting.values())
                .map(setting -> setting.key)
                .collect(Collectors.joining(", "))
            + ", as persidict.<setting> or persidict.cache.<name>.<setting>");
  }

  /** How many characters to insert, delete or replace to make {@code b} of {@code a}. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    Arrays.setAll(row, j -> j);
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replace = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replace, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }

  /**
   * The settings of the cache {@code name}.
   *
   * @throws CacheException if a value is not allowed
   */
  ForCache forCache(String name) {
    String layout = value(name, Setting.LAYOUT);
    if (!layout.equals("entry")) {
      throw refused(name, Setting.LAYOUT, layout, "entry");
    }
    return new ForCache(
        value(name, Setting.FORMAT),
        layout,
        digestLength(name),
        durability(name),
        value(name, Setting.SERIAL_FILTER));
  }

  private int digestLength(String name) {
    String value = value(name, Setting.DIGEST_LENGTH);
    if (!value.matches("[0-9]{1,2}") || Integer.parseInt(value) > KeyLayout.MAX_DIGEST_LENGTH) {
      throw refused(name, Setting.DIGEST_LENGTH, value, "0 to " + KeyLayout.MAX_DIGEST_LENGTH);
    }
    return Integer.parseInt(value);
  }

  private Durability durability(String name) {
    String value = value(name, Setting.DURABILITY);
    return switch (value.toLowerCase(Locale.ROOT)) {
      case "os" -> Durability.OS;
      case "fsync" -> Durability.FSYNC;
      default -> throw refused(name, Setting.DURABILITY, value, "os, fsync");
    };
  }

  private String value(String name, Setting setting) {
    String own = values.get(CACHE_PREFIX + name + "." + setting.key);
    return own != null ? own : values.getOrDefault(PREFIX + setting.key, setting.otherwise);
  }

  private static CacheException refused(
      String name, Setting setting, String value, String allowed) {
    return new CacheException(
        "setting "
            + setting.key
            + " of cache \""
            + name
            + "\" is \""
            + value
            + "\"; allowed: "
            + allowed);
  }

  /**
   * What one cache is set to.
   *
   * @param format how values are stored
   * @param layout how entries are stored
   * @param digestLength of the digest in file names
   * @param serialFilter JEP 290 patterns; may be empty
   */
  record ForCache(
      String format, String layout, int digestLength, Durability durability, String serialFilter) {}
}
