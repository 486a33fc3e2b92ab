package io.persidict.jcache.config;

import io.persidict.key.KeyLayout;
import io.persidict.store.file.Durability;
import java.time.DateTimeException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a manager: {@code persidict.<setting>} for all caches and {@code
 * persidict.cache.<name>.<setting>} for one. The properties given to the manager go before its
 * configuration file, and that before the system properties.
 */
public final class Settings {
  /** Where the caches lie; a system property, or a line of a configuration file. */
  public static final String URI = "persidict.uri";

  private static final String PREFIX = "persidict.";
  private static final String CACHE_PREFIX = PREFIX + "cache.";

  private final Map<String, String> values = new TreeMap<>();
  private final int digestLength;

  /** The settings that there are; the key is what follows {@code persidict.}. */
  public enum Setting {
    FORMAT("format"),
    LAYOUT("layout"),
    DIGEST_LENGTH("digest-length"),
    DURABILITY("durability"),
    SERIAL_FILTER("serial-filter"),
    IMMUTABLE_ITEMS("immutable-items"),
    ON_REWRITE("on-rewrite"),
    CONSISTENCY_CHECKS("consistency-checks"),
    MEMORY_MAX_ENTRIES("memory.max-entries"),
    MEMORY_MAX_BYTES("memory.max-bytes"),
    MEMORY_COHERENCE("memory.coherence"),
    MEMORY_IMMUTABLE_TYPES("memory.immutable-types"),
    FOREIGN_WRITERS("foreign-writers"),
    KEY_TYPE("key-type"),
    VALUE_TYPE("value-type"),
    EXPIRY("expiry"),
    STATISTICS("statistics"),
    MANAGEMENT("management"),
    LOADER("loader"),
    WRITER("writer"),
    S3_REGION("s3.region"),
    S3_ENDPOINT("s3.endpoint"),
    S3_PATH_STYLE("s3.path-style"),
    S3_CONDITIONAL_DELETE("s3.conditional-delete"),
    S3_ATOMIC_OVERWRITE("s3.atomic-overwrite"),
    S3_MAX_CONNECTIONS("s3.max-connections"),
    S3_TIMEOUT("s3.timeout"),
    S3_LOCAL_DIR("s3.local-dir"),
    S3_LOCAL_MAX_BYTES("s3.local-max-bytes");

    final String key;

    Setting(String key) {
      this.key = key;
    }

    /** Whether it is a manager's and cannot be set for one cache. */
    boolean isOfManager() {
      return key.startsWith("s3.");
    }

    /** The end of {@code property} that has as many segments as this setting. */
    private String endOf(String property) {
      int start = property.length();
      for (long dots = key.chars().filter(c -> c == '.').count(); dots >= 0; dots--) {
        start = property.lastIndexOf('.', start - 1);
      }
      return property.substring(start + 1);
    }

    private int distance(String property) {
      return Settings.distance(key, endOf(property));
    }

    /** What somebody who wrote {@code property} may have meant. */
    private String insteadOf(String property) {
      return isOfManager()
          ? PREFIX + key
          : property.substring(0, property.length() - endOf(property).length()) + key;
    }
  }

  /**
   * @param sources the later ones go before the earlier ones
   * @param digestLength of caches for which none is set
   * @throws CacheException if a {@code persidict.} property is no setting
   */
  public Settings(List<Properties> sources, int digestLength) {
    this.digestLength = digestLength;
    for (Properties source : sources) {
      for (String name : source.stringPropertyNames()) {
        if (name.startsWith(PREFIX) && !name.equals(URI)) {
          requireSetting(name);
          values.put(name, source.getProperty(name).strip());
        }
      }
    }
  }

  private static void requireSetting(String name) {
    boolean known =
        name.startsWith(CACHE_PREFIX)
            ? cacheName(name) != null
            : Arrays.stream(Setting.values()).anyMatch(s -> name.equals(PREFIX + s.key));
    if (!known) {
      Setting nearest =
          Arrays.stream(Setting.values())
              .min(Comparator.comparingInt(setting -> setting.distance(name)))
              .orElseThrow();
      throw new CacheException(
          "unknown setting "
              + name
              + "; did you mean "
              + nearest.insteadOf(name)
              + "? The settings are "
              + Arrays.stream(Setting.values()).map(s -> s.key).collect(Collectors.joining(", "))
              + ", as persidict.<setting> or, but for s3, persidict.cache.<name>.<setting>");
    }
  }

  /** The cache that a property is for; null if it is for none, or is no setting. */
  private static @Nullable String cacheName(String property) {
    for (Setting setting : Setting.values()) {
      String end = "." + setting.key;
      if (!setting.isOfManager()
          && property.startsWith(CACHE_PREFIX)
          && property.endsWith(end)
          && property.length() > CACHE_PREFIX.length() + end.length()) {
        return property.substring(CACHE_PREFIX.length(), property.length() - end.length());
      }
    }
    return null;
  }

  /** The caches for which {@code source} has settings of their own, in alphabetical order. */
  public static Set<String> cacheNames(Properties source) {
    Set<String> names = new TreeSet<>();
    for (String property : source.stringPropertyNames()) {
      String name = cacheName(property);
      if (name != null) {
        names.add(name);
      }
    }
    return names;
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
   * What a setting of the manager is set to, or null where nothing is.
   *
   * @param allowed tells what {@code read} takes
   */
  public <T> @Nullable T ofManager(Setting setting, String allowed, Function<String, T> read) {
    String text = values.get(PREFIX + setting.key);
    if (text == null) {
      return null;
    }
    try {
      return read.apply(text);
    } catch (IllegalArgumentException | DateTimeException e) {
      String given = ManagerUri.holdsCredentials(text) ? "..." : text;
      throw new CacheException(
          "setting " + setting.key + " is \"" + given + "\"; allowed: " + allowed);
    }
  }

  /** The same for a setting that is true or false. */
  public @Nullable Boolean ofManager(Setting setting) {
    return ofManager(
        setting,
        "true, false",
        text -> {
          if (!text.equals("true") && !text.equals("false")) {
            throw new IllegalArgumentException(text);
          }
          return text.equals("true");
        });
  }

  /** The settings of the cache {@code name}. */
  public ForCache forCache(String name) {
    return forCache(name, Map.of());
  }

  /**
   * The settings of the cache {@code name}.
   *
   * @param first what goes before all other sources
   */
  public ForCache forCache(String name, Map<Setting, String> first) {
    return new ForCache(name, first);
  }

  /**
   * What one cache is set to. Each method throws {@link CacheException} for a value not allowed.
   */
  public final class ForCache {
    private final String name;
    private final Map<Setting, String> first;

    private ForCache(String name, Map<Setting, String> first) {
      this.name = name;
      this.first = first;
    }

    public String name() {
      return name;
    }

    /** The value, or null where nothing is set. */
    public @Nullable String value(Setting setting) {
      String given = first.get(setting);
      if (given == null) {
        given = values.get(CACHE_PREFIX + name + "." + setting.key);
      }
      return given != null ? given : values.get(PREFIX + setting.key);
    }

    public String value(Setting setting, String otherwise) {
      String given = value(setting);
      return given != null ? given : otherwise;
    }

    public String format() {
      return value(Setting.FORMAT, "jser");
    }

    public String layout() {
      String value = value(Setting.LAYOUT, "entry");
      if (!value.equals("entry")) {
        throw refused(Setting.LAYOUT, "entry");
      }
      return value;
    }

    public int digestLength() {
      String value = value(Setting.DIGEST_LENGTH, String.valueOf(digestLength));
      if (!value.matches("[0-9]{1,2}") || Integer.parseInt(value) > KeyLayout.MAX_DIGEST_LENGTH) {
        throw refused(Setting.DIGEST_LENGTH, "0 to " + KeyLayout.MAX_DIGEST_LENGTH);
      }
      return Integer.parseInt(value);
    }

    public Durability durability() {
      return switch (value(Setting.DURABILITY, "os")) {
        case "os" -> Durability.OS;
        case "fsync" -> Durability.FSYNC;
        default -> throw refused(Setting.DURABILITY, "os, fsync");
      };
    }

    /** A positive whole number; empty where nothing is set. */
    public OptionalLong positive(Setting setting) {
      String value = value(setting);
      if (value == null) {
        return OptionalLong.empty();
      }
      if (!value.matches("[0-9]{1,18}") || Long.parseLong(value) == 0) {
        throw refused(setting, "1 to 999999999999999999");
      }
      return OptionalLong.of(Long.parseLong(value));
    }

    public String serialFilter() {
      return value(Setting.SERIAL_FILTER, "");
    }

    public boolean isTrue(Setting setting) {
      return switch (value(setting, "false")) {
        case "true" -> true;
        case "false" -> false;
        default -> throw refused(setting, "true, false");
      };
    }

    /** An exception for the value of {@code setting}, which tells what is allowed. */
    public CacheException refused(Setting setting, String allowed) {
      return new CacheException(
          "setting "
              + setting.key
              + " of cache \""
              + name
              + "\" is \""
              + value(setting)
              + "\"; allowed: "
              + allowed);
    }
  }
}
