package io.persidict.jcache.config;

import static java.lang.System.Logger.Level.WARNING;

import io.persidict.store.Credentials;
import io.persidict.store.file.Durability;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a manager: {@code persidict.<setting>} for all caches and {@code
 * persidict.cache.<name>.<setting>} for one. The properties given to the manager go before its
 * configuration file, and that before the system properties. A setting is applied or refused: each
 * value is checked here, also that of a cache which nobody opens.
 */
public final class Settings {
  /** Where the caches lie; a system property, or a line of a configuration file. */
  public static final String URI = "persidict.uri";

  private static final System.Logger LOGGER = System.getLogger(Settings.class.getName());
  private static final String PREFIX = "persidict.";
  private static final String CACHE_PREFIX = PREFIX + "cache.";

  /** What Spring reads, and nobody else; among the system properties it is none of ours. */
  private static final String SPRING_PREFIX = PREFIX + "spring.";

  private final Map<String, String> values = new TreeMap<>();
  private final Set<Setting> ofThisManager = EnumSet.noneOf(Setting.class);
  private final int digestLength;
  private final Set<String> reported = ConcurrentHashMap.newKeySet();

  /** The settings that there are; the key is what follows {@code persidict.}. */
  public enum Setting {
    FORMAT("format", ValueKind.ANY),
    LAYOUT("layout", ValueKind.LAYOUT),
    DIGEST_LENGTH("digest-length", ValueKind.DIGEST_LENGTH),
    DURABILITY("durability", ValueKind.DURABILITY),
    SERIAL_FILTER("serial-filter", ValueKind.FILTER),
    JSON_UNKNOWN_MEMBERS("json.unknown-members", ValueKind.UNKNOWN_MEMBERS),
    IMMUTABLE_ITEMS("immutable-items", ValueKind.BOOLEAN),
    ON_REWRITE("on-rewrite", ValueKind.ON_REWRITE),
    CONSISTENCY_CHECKS("consistency-checks", ValueKind.SHARE),
    MEMORY_MAX_ENTRIES("memory.max-entries", ValueKind.POSITIVE),
    MEMORY_MAX_BYTES("memory.max-bytes", ValueKind.POSITIVE),
    MEMORY_COHERENCE("memory.coherence", ValueKind.COHERENCE),
    MEMORY_IMMUTABLE_TYPES("memory.immutable-types", ValueKind.ANY),
    FOREIGN_WRITERS("foreign-writers", ValueKind.BOOLEAN),
    STORE_MAX_ENTRIES("store.max-entries", ValueKind.POSITIVE),
    STORE_MAX_BYTES("store.max-bytes", ValueKind.POSITIVE),
    STORE_PURGE_INTERVAL("store.purge-interval", ValueKind.INTERVAL),
    KEY_TYPE("key-type", ValueKind.CLASS),
    VALUE_TYPE("value-type", ValueKind.CLASS),
    EXPIRY("expiry", ValueKind.EXPIRY),
    STATISTICS("statistics", ValueKind.BOOLEAN),
    MANAGEMENT("management", ValueKind.BOOLEAN),
    REFRESH_AHEAD("refresh-ahead", ValueKind.SHARE),
    NULL_RESULTS("null-results", ValueKind.NULL_RESULTS),
    LOADER("loader", ValueKind.CLASS),
    WRITER("writer", ValueKind.CLASS),
    S3_REGION("s3.region", ValueKind.ANY),
    S3_ENDPOINT("s3.endpoint", ValueKind.URL),
    S3_PATH_STYLE("s3.path-style", ValueKind.BOOLEAN),
    S3_CONDITIONAL_DELETE("s3.conditional-delete", ValueKind.BOOLEAN),
    S3_ATOMIC_OVERWRITE("s3.atomic-overwrite", ValueKind.BOOLEAN),
    S3_MAX_CONNECTIONS("s3.max-connections", ValueKind.POSITIVE),
    S3_TIMEOUT("s3.timeout", ValueKind.DURATION),
    S3_LOCAL_DIR("s3.local-dir", ValueKind.DIRECTORY),
    S3_LOCAL_MAX_BYTES("s3.local-max-bytes", ValueKind.POSITIVE);

    final String key;
    final ValueKind kind;

    Setting(String key, ValueKind kind) {
      this.key = key;
      this.kind = kind;
    }

    /** Whether it is a manager's and cannot be set for one cache. */
    boolean isOfManager() {
      return key.startsWith("s3.");
    }

    /** Whether it shapes the memory of a cache, so that it means nothing without one. */
    private boolean isOfMemory() {
      return this == MEMORY_COHERENCE || this == MEMORY_IMMUTABLE_TYPES;
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

    /** What somebody who wrote {@code property}, which is no setting, may have meant. */
    private String insteadOf(String property) {
      String same = property.substring(0, property.length() - endOf(property).length()) + key;
      return Property.of(same).isPresent() ? same : PREFIX + key;
    }
  }

  /** A property, and the setting that it sets; {@code cache} is null where it is for all. */
  private record Property(Setting setting, @Nullable String cache) {
    static Optional<Property> of(String name) {
      for (Setting setting : Setting.values()) {
        if (name.equals(PREFIX + setting.key)) {
          return Optional.of(new Property(setting, null));
        }
        String end = "." + setting.key;
        if (!setting.isOfManager()
            && name.startsWith(CACHE_PREFIX)
            && name.endsWith(end)
            && name.length() > CACHE_PREFIX.length() + end.length()) {
          String cache = name.substring(CACHE_PREFIX.length(), name.length() - end.length());
          return Optional.of(new Property(setting, cache));
        }
      }
      return Optional.empty();
    }
  }

  /**
   * @param system the system properties, which go before nothing, and may hold what is meant for
   *     other managers
   * @param sources of this manager; the later ones go before the earlier ones
   * @param digestLength of caches for which none is set
   * @throws CacheException if a {@code persidict.} property is no setting, or has a value that is
   *     not allowed
   */
  public Settings(Properties system, List<Properties> sources, int digestLength) {
    this.digestLength = digestLength;
    read(system, name -> !name.startsWith(SPRING_PREFIX));
    for (Properties source : sources) {
      ofThisManager.addAll(read(source, name -> true));
    }
  }

  /** Returns the settings that {@code source} sets, of some cache or all. */
  private Set<Setting> read(Properties source, Predicate<String> isOurs) {
    requireText(source, isOurs);
    Set<Setting> set = EnumSet.noneOf(Setting.class);
    for (String name : source.stringPropertyNames()) {
      if (name.startsWith(PREFIX) && !name.equals(URI) && isOurs.test(name)) {
        Property property = Property.of(name).orElseThrow(() -> unknown(name));
        String value = source.getProperty(name).strip();
        requireAllowed(property.setting, property.cache, value);
        values.put(name, value);
        set.add(property.setting);
      }
    }
    return set;
  }

  /** Refuses what {@code Properties} can hold but do not tell. */
  private static void requireText(Properties source, Predicate<String> isOurs) {
    source.forEach(
        (key, value) -> {
          if (key instanceof String name
              && name.startsWith(PREFIX)
              && isOurs.test(name)
              && !(value instanceof String)) {
            throw new CacheException(
                "setting "
                    + name
                    + " is a "
                    + value.getClass().getName()
                    + "; allowed: a String, as setProperty sets it");
          }
        });
  }

  /**
   * Refuses settings for a manager that is open with others.
   *
   * @param asked what somebody who is given the manager wants it to be set to
   * @throws CacheException if one of these is not what it is set to
   */
  public void requireAgreement(Properties asked) {
    requireText(asked, name -> true);
    for (String name : asked.stringPropertyNames()) {
      String value = asked.getProperty(name).strip();
      String inUse = values.get(name);
      if (name.startsWith(PREFIX) && !name.equals(URI) && !value.equals(inUse)) {
        throw new CacheException(
            "setting "
                + name
                + " is "
                + shown(value)
                + ", but the cache manager is open already, "
                + (inUse == null ? "without that setting" : "with " + shown(inUse))
                + "; give the same settings each time, or close the manager first");
      }
    }
  }

  private static CacheException unknown(String name) {
    Setting nearest =
        Arrays.stream(Setting.values())
            .min(Comparator.comparingInt(setting -> setting.distance(name)))
            .orElseThrow();
    return new CacheException(
        "unknown setting "
            + name
            + "; did you mean "
            + nearest.insteadOf(name)
            + "? The settings are "
            + String.join(", ", keys())
            + ", as persidict.<setting> or, but for s3, persidict.cache.<name>.<setting>");
  }

  private static void requireAllowed(Setting setting, @Nullable String cache, String value) {
    if (!setting.kind.includes(value)) {
      throw refused(setting, cache, value, setting.kind.allowed());
    }
  }

  private static CacheException refused(
      Setting setting, @Nullable String cache, @Nullable String value, String allowed) {
    return new CacheException(
        "setting "
            + setting.key
            + (cache == null ? "" : " of cache \"" + cache + "\"")
            + " is "
            + shown(value)
            + "; allowed: "
            + allowed);
  }

  private static String shown(@Nullable String value) {
    return "\"" + (value != null && Credentials.mayBeIn(value) ? "..." : value) + "\"";
  }

  /** What may follow {@code persidict.} in the name of a property. */
  public static List<String> keys() {
    return Arrays.stream(Setting.values()).map(setting -> setting.key).toList();
  }

  /** The caches for which {@code source} has settings of their own, in alphabetical order. */
  public static Set<String> cacheNames(Properties source) {
    return cacheNames(source.stringPropertyNames());
  }

  private static Set<String> cacheNames(Set<String> properties) {
    return properties.stream()
        .flatMap(name -> Property.of(name).stream())
        .flatMap(property -> Stream.ofNullable(property.cache))
        .collect(Collectors.toCollection(TreeSet::new));
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
   * Warns once of settings for a cache that is not open but has nearly the name of {@code created},
   * which has no settings of its own.
   *
   * @param open the caches that are
   */
  public void warnOfMisspelling(String created, Set<String> open) {
    Set<String> named = cacheNames(values.keySet());
    if (named.contains(created)) {
      return;
    }
    for (String name : named) {
      if (!open.contains(name)
          && distance(name, created) <= Math.max(1, created.length() / 4)
          && reported.add(name)) {
        LOGGER.log(
            WARNING,
            "there are settings for a cache \"{0}\", which is not open; are they meant for"
                + " \"{1}\"?",
            name,
            created);
      }
    }
  }

  /**
   * Refuses settings for S3 that were given to a manager of a directory. System properties are not,
   * because they may be meant for another manager.
   *
   * @throws CacheException if there are any
   */
  public void refuseS3() {
    for (Setting setting : ofThisManager) {
      if (setting.isOfManager()) {
        throw new CacheException(
            "setting "
                + PREFIX
                + setting.key
                + " is for caches in S3, but the manager's URI is a directory; remove the setting,"
                + " or open s3://bucket/prefix/");
      }
    }
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
      throw refused(setting, null, text, allowed);
    }
  }

  /** The same for a setting that is true or false. */
  public @Nullable Boolean ofManager(Setting setting) {
    return ofManager(setting, setting.kind.allowed(), "true"::equals);
  }

  /** The settings of the cache {@code name}. */
  public ForCache forCache(String name) {
    return new ForCache(name, Map.of());
  }

  /**
   * The settings of the cache {@code name}.
   *
   * @param code what goes before all other sources
   * @throws CacheException if {@code code} has a value that is not allowed
   */
  public ForCache forCache(String name, Map<Setting, String> code) {
    code.forEach((setting, value) -> requireAllowed(setting, name, value));
    return new ForCache(name, new HashMap<>(code));
  }

  /** What one cache is set to. */
  public final class ForCache {
    private final String name;
    private final Map<Setting, String> code;

    private ForCache(String name, Map<Setting, String> code) {
      this.name = name;
      this.code = code;
    }

    public String name() {
      return name;
    }

    /** The value, or null where nothing is set. */
    public @Nullable String value(Setting setting) {
      String given = code.get(setting);
      return given != null ? given : values.get(property(setting));
    }

    /** The property that sets {@code setting}, where code does not. */
    String property(Setting setting) {
      String ofCache = CACHE_PREFIX + name + "." + setting.key;
      return values.containsKey(ofCache) ? ofCache : PREFIX + setting.key;
    }

    public String value(Setting setting, String fallback) {
      String given = value(setting);
      return given != null ? given : fallback;
    }

    public String format() {
      return value(Setting.FORMAT, isPlain() ? "json" : "jser");
    }

    /**
     * Whether JSON and CBOR with members that the values' class does not have are unreadable.
     *
     * @throws CacheException if that is set for this cache, which has another format
     */
    public boolean refusesUnknownMembers() {
      Setting setting = Setting.JSON_UNKNOWN_MEMBERS;
      boolean ofThisCache = code.containsKey(setting) || property(setting).startsWith(CACHE_PREFIX);
      if (ofThisCache && !format().matches("(json|cbor)([+].*)?")) {
        throw refused(setting, "nothing, unless format is json or cbor");
      }
      return value(setting, "ignore").equals("refuse");
    }

    public String layout() {
      return value(Setting.LAYOUT, "entry");
    }

    /** Whether entries are bare values, which other programs may read and write. */
    public boolean isPlain() {
      return layout().equals("plain");
    }

    public int digestLength() {
      return Integer.parseInt(value(Setting.DIGEST_LENGTH, String.valueOf(digestLength)));
    }

    public Durability durability() {
      return Durability.valueOf(value(Setting.DURABILITY, "os").toUpperCase(Locale.ROOT));
    }

    /** A positive whole number; empty where nothing is set. */
    public OptionalLong positive(Setting setting) {
      String value = value(setting);
      return value == null ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(value));
    }

    /** Whether what is stored is bounded, so that entries may go at any time. */
    public boolean isBounded() {
      return value(Setting.STORE_MAX_ENTRIES) != null || value(Setting.STORE_MAX_BYTES) != null;
    }

    /** How often what is over is removed; empty for never. */
    public Optional<Duration> purgeInterval() {
      String value = value(Setting.STORE_PURGE_INTERVAL, "PT1H");
      return value.equals("never") ? Optional.empty() : Optional.of(Duration.parse(value));
    }

    public String serialFilter() {
      return value(Setting.SERIAL_FILTER, "");
    }

    /** Whether the setting is for this cache alone, and not for all caches. */
    public boolean isOwn(Setting setting) {
      return code.containsKey(setting) || !property(setting).equals(PREFIX + setting.key);
    }

    public boolean isTrue(Setting setting) {
      boolean unlessSet = setting == Setting.FOREIGN_WRITERS && isPlain();
      return value(setting, String.valueOf(unlessSet)).equals("true");
    }

    /**
     * Refuses what shapes the memory of this cache, which has none.
     *
     * @throws CacheException if there is such a setting
     */
    public void refuseMemory() {
      boolean others =
          isAnywhere(Setting.MEMORY_MAX_ENTRIES, value -> true)
              || isAnywhere(Setting.MEMORY_MAX_BYTES, value -> true);
      for (Setting setting : Setting.values()) {
        if (setting.isOfMemory()) {
          refuseUseless(
              setting, "nothing, unless memory.max-entries or memory.max-bytes is set", others);
        }
      }
    }

    /**
     * Refuses a setting that is of no use to this cache. What is set for all caches is left alone
     * if others may use it.
     *
     * @param others whether the settings of any cache are such that it may
     * @throws CacheException if it is set, and not left alone
     */
    public void refuseUseless(Setting setting, String allowed, boolean others) {
      if (value(setting) != null && (isOwn(setting) || !others)) {
        throw refused(setting, allowed);
      }
    }

    /** Whether a property sets {@code setting} to such a value, for any cache or all. */
    public boolean isAnywhere(Setting setting, Predicate<String> value) {
      return values.entrySet().stream()
          .anyMatch(
              each ->
                  Property.of(each.getKey()).filter(p -> p.setting == setting).isPresent()
                      && value.test(each.getValue()));
    }

    /** An exception for the value of {@code setting}, which tells what is allowed. */
    public CacheException refused(Setting setting, String allowed) {
      return Settings.refused(setting, name, value(setting), allowed);
    }
  }
}
