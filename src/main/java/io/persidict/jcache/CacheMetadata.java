package io.persidict.jcache;

import io.persidict.format.FormatException;
import io.persidict.format.JsonFormat;
import io.persidict.jcache.config.Settings;
import io.persidict.store.Store;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.cache.CacheException;

/**
 * What a cache's store was created with, kept beside the entries so that nobody opens them as what
 * they are not: a JSON object with the members {@code version} (1), {@code name}, {@code layout},
 * {@code format}, {@code digest-length}, {@code immutable-items} and {@code id}, which no other
 * cache has. Written once, by whoever creates the cache.
 */
final class CacheMetadata {
  /** Its name in the store; no entry's, for want of an extension. */
  static final String NAME = ".__cache__";

  private static final String ID = "id";
  private static final JsonFormat<Object> JSON = new JsonFormat<>(Object.class);

  private CacheMetadata() {}

  /** What is stored of a new {@code cache}. */
  static byte[] encode(Settings.ForCache cache, String id) {
    Map<String, Object> members = members(cache);
    members.put(ID, id);
    return JSON.encode(members);
  }

  /**
   * The identity of a cache that was created with the settings of {@code cache}.
   *
   * @throws CacheException if it was created with others, or {@code stored} is damaged
   */
  static String requireSame(Store store, Settings.ForCache cache, byte[] stored) {
    compare(store, cache.name(), members(cache), stored);
    return id(stored);
  }

  /** The identity of a cache; empty if that cannot be read. */
  static String id(byte[] stored) {
    try {
      return JSON.decode(stored) instanceof Map<?, ?> map && map.get(ID) instanceof String id
          ? id
          : "";
    } catch (FormatException e) {
      return "";
    }
  }

  private static Map<String, Object> members(Settings.ForCache cache) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("version", 1L);
    members.put("name", cache.name());
    members.put("layout", cache.layout());
    members.put("format", cache.format());
    members.put("digest-length", (long) cache.digestLength());
    members.put("immutable-items", cache.isTrue(Settings.Setting.IMMUTABLE_ITEMS));
    return members;
  }

  private static void compare(Store store, String name, Map<String, Object> ours, byte[] stored) {
    Map<?, ?> theirs;
    try {
      theirs = JSON.decode(stored) instanceof Map<?, ?> map ? map : Map.of();
    } catch (FormatException e) {
      throw new CacheException(
          "cannot open cache " + name + ": " + store + NAME + " is damaged, " + e.getMessage(), e);
    }
    ours.forEach(
        (member, value) -> {
          if (!value.equals(theirs.get(member))) {
            throw new CacheException(
                "cache "
                    + name
                    + " was created with "
                    + member
                    + " "
                    + theirs.get(member)
                    + " and cannot be opened with "
                    + value
                    + "; set "
                    + member
                    + " as it was, or destroy the cache first ("
                    + store
                    + ")");
          }
        });
  }
}
