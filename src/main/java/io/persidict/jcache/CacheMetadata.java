package io.persidict.jcache;

import io.persidict.format.FormatException;
import io.persidict.format.JsonFormat;
import io.persidict.jcache.config.Settings;
import io.persidict.store.Precondition;
import io.persidict.store.PutResult;
import io.persidict.store.Store;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import javax.cache.CacheException;

/**
 * What a cache's store was created with, kept beside the entries so that nobody opens them as what
 * they are not: a JSON object with the members {@code version} (1), {@code name}, {@code layout},
 * {@code format}, {@code digest-length} and {@code immutable-items}. Written once, by whoever
 * creates the cache.
 */
final class CacheMetadata {
  /** Its name in the store; no entry's, for want of an extension. */
  static final String NAME = ".__cache__";

  private static final JsonFormat<Object> JSON = new JsonFormat<>(Object.class);

  private CacheMetadata() {}

  /** Whether there is a cache in {@code store}. */
  static boolean isStored(Store store) {
    return store.stat(NAME).isPresent();
  }

  /**
   * Makes {@code store} the store of {@code cache}, or checks that it is one.
   *
   * @throws CacheException if it was created with other settings
   */
  static void open(Store store, Settings.ForCache cache) {
    Map<String, Object> ours = members(cache);
    while (true) {
      Optional<byte[]> stored = store.read(NAME);
      if (stored.isPresent()) {
        compare(store, cache.name(), ours, stored.get());
        return;
      }
      if (store.put(NAME, JSON.encode(ours), Precondition.absent()) instanceof PutResult.Written) {
        return;
      }
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
