package io.persidict.jcache;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.persidict.format.Formats;
import io.persidict.jcache.config.Lifetime;
import io.persidict.jcache.config.Settings;
import io.persidict.key.KeyLayout;
import io.persidict.store.Store;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.regex.Pattern;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;

/**
 * What a cache's store was created with, kept beside the entries so that nobody opens them as what
 * they are not: the text of a {@link Properties} object with {@code version} (1), {@code name},
 * {@code layout}, {@code format}, {@code format-provider} if that is a class of somebody else's,
 * {@code digest-length}, {@code immutable-items} and {@code id}, which no other cache has, as
 * whoever creates the cache writes them; and {@code lifetime}, which whoever opens the cache
 * changes if his entries may live longer, see {@link Lifetime}.
 *
 * <p>The first snapshots wrote the same members as JSON, one per line, which is read too.
 */
final class CacheMetadata {
  /** Its name in the store; no entry's, for want of an extension. */
  static final String NAME = ".__cache__";

  /** What an identity looks like: one word, no longer than anybody makes one. */
  static final String ID_FORM = "[!-~]{1,100}";

  private static final Pattern ID_PATTERN = Pattern.compile(ID_FORM);
  private static final String ID = "id";
  private static final String LIFETIME = "lifetime";
  private static final String FORMAT_PROVIDER = "format-provider";

  private CacheMetadata() {}

  /** What is stored of a new {@code cache}. */
  static byte[] encode(
      Settings.ForCache cache, Optional<String> formatProvider, String id, Lifetime lifetime) {
    Map<String, String> members = members(cache);
    formatProvider.ifPresent(provider -> members.put(FORMAT_PROVIDER, provider));
    members.put(ID, id);
    members.put(LIFETIME, lifetime.toString());
    return encode(members);
  }

  /** How long entries live that anybody who opened the cache may have written. */
  static Lifetime lifetime(byte[] stored) {
    try {
      return Lifetime.parse(decode(stored).getOrDefault(LIFETIME, ""));
    } catch (IllegalArgumentException e) {
      return Lifetime.MIXED;
    }
  }

  /** The same with another lifetime. */
  static byte[] withLifetime(byte[] stored, Lifetime lifetime) {
    Map<String, String> members = decode(stored);
    members.put(LIFETIME, lifetime.toString());
    return encode(members);
  }

  /**
   * The identity of a cache that was created with the settings of {@code cache}.
   *
   * @throws CacheException if it was created with others, or {@code stored} is damaged
   */
  static String requireSame(
      Store store, Settings.ForCache cache, Optional<String> formatProvider, byte[] stored) {
    compare(store, cache.name(), members(cache), stored);
    Map<String, String> theirs = decode(stored);
    String id = theirs.getOrDefault(ID, "");
    if (!id.isEmpty() && !isId(id)) {
      throw new CacheException(
          damaged(store, cache.name(), "its id is no word of at most 100 characters"));
    }
    String provider = theirs.get(FORMAT_PROVIDER);
    if (provider != null && formatProvider.isEmpty()) {
      throw new CacheException(
          "cache "
              + cache.name()
              + " was created with format "
              + cache.format()
              + " of "
              + provider
              + ", which is not on the class path; add its artifact"
              + Formats.hint(cache.format()));
    }
    return id;
  }

  /** Whether {@code text} may be the identity of a cache. */
  static boolean isId(String text) {
    return ID_PATTERN.matcher(text).matches();
  }

  /** The identity of a cache; empty if that cannot be read. */
  static String id(byte[] stored) {
    try {
      String id = decode(stored).getOrDefault(ID, "");
      return isId(id) ? id : "";
    } catch (IllegalArgumentException e) {
      return "";
    }
  }

  /**
   * How the entries of a cache with layout plain are named; empty for any other.
   *
   * @throws IllegalArgumentException if that cannot be read
   */
  static Optional<KeyLayout> plainNames(byte[] stored) {
    Map<String, String> members = decode(stored);
    String layout = members.getOrDefault("layout", "");
    return switch (layout) {
      case "entry" -> Optional.empty();
      case "plain" ->
          Optional.of(
              new KeyLayout(
                  Integer.parseInt(members.getOrDefault("digest-length", "")),
                  members.getOrDefault("format", "")));
      default -> throw new IllegalArgumentException("layout " + layout);
    };
  }

  private static Map<String, String> members(Settings.ForCache cache) {
    Map<String, String> members = new LinkedHashMap<>();
    members.put("version", "1");
    members.put("name", cache.name());
    members.put("layout", cache.layout());
    members.put("format", cache.format());
    members.put("digest-length", String.valueOf(cache.digestLength()));
    members.put("immutable-items", String.valueOf(cache.isTrue(Settings.Setting.IMMUTABLE_ITEMS)));
    return members;
  }

  /** As {@link Properties} store them, but for the date, which no two records would share. */
  private static byte[] encode(Map<String, String> members) {
    StringBuilder lines = new StringBuilder();
    members.forEach(
        (name, value) -> lines.append(name).append('=').append(escaped(value)).append('\n'));
    return lines.toString().getBytes(UTF_8);
  }

  private static String escaped(String value) {
    StringBuilder escaped = new StringBuilder();
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '\n' -> escaped.append("\\n");
        case '\r' -> escaped.append("\\r");
        case '\t' -> escaped.append("\\t");
        case '\f' -> escaped.append("\\f");
        case '\\', '=', ':', '#', '!' -> escaped.append('\\').append(c);
        default -> escaped.append(c == ' ' && i == 0 ? "\\" : "").append(c);
      }
    }
    return escaped.toString();
  }

  /**
   * The members by their names.
   *
   * @throws IllegalArgumentException if {@code bytes} hold an escape that is none
   */
  static Map<String, String> decode(byte[] bytes) {
    Properties properties = new Properties();
    try {
      properties.load(new StringReader(new String(bytes, UTF_8)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Map<String, String> members = new HashMap<>();
    for (String name : properties.stringPropertyNames()) {
      String value = properties.getProperty(name);
      if (name.startsWith("\"")) { // JSON: "name": "value",
        members.put(
            name.replace("\"", ""), value.replaceFirst(",$", "").replaceFirst("^\"(.*)\"$", "$1"));
      } else {
        members.put(name, value);
      }
    }
    return members;
  }

  private static void compare(Store store, String name, Map<String, String> ours, byte[] stored) {
    Map<String, String> theirs;
    try {
      theirs = decode(stored);
    } catch (IllegalArgumentException e) {
      throw new CacheException(damaged(store, name, e.getMessage()), e);
    }
    ours.forEach(
        (member, value) -> {
          String theirValue = theirs.get(member);
          if (theirValue == null) {
            throw new CacheException(damaged(store, name, "it lacks " + member));
          }
          if (!value.equals(theirValue)) {
            throw new CacheException(
                "cache "
                    + name
                    + " was created with "
                    + member
                    + " "
                    + theirValue
                    + " and cannot be opened with "
                    + value
                    + "; set "
                    + member
                    + " as it was, or destroy the cache first ("
                    + store
                    + ")"
                    + (member.equals("format") ? Formats.hint(theirValue) : ""));
          }
        });
  }

  private static String damaged(Store store, String name, @Nullable String how) {
    return "cannot open cache "
        + name
        + ": "
        + store
        + NAME
        + " is damaged, "
        + how
        + "; restore it, or destroy the cache first";
  }
}
