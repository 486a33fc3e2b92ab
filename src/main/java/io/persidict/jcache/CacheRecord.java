package io.persidict.jcache;

import io.persidict.format.FormatException;
import io.persidict.format.JsonFormat;
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
 * {@code format} and {@code digest-length}. Written once, by whoever creates the cache.
 *
 * @param name the cache's
 */
record CacheRecord(String name, Settings.ForCache settings) {
  /** Its name in the store; no entry's, for want of an extension. */
  static final String NAME = ".__cache__";

  private static final JsonFormat<Object> JSON = new JsonFormat<>(Object.class);

  /** Whether there is a cache in {@code store}. */
  static boolean isStored(Store store) {
    return store.stat(NAME).isPresent();
  }

  /**
   * Makes {@code store} the store of {@code cache}, or checks that it is one.
   *
   * @throws CacheException if it was created with other settings
   */
  static void open(Store store, CacheRecord cache) {
    Map<String, Object> ours = cache.toMap();
    while (true) {
      Optional<byte[]> stored = store.read(NAME);
      if (stored.isPresent()) {
        cache.compare(store, ours, stored.get());
        return;
      }
      if (store.put(NAME, JSON.encode(ours), Precondition.absent()) instanceof PutResult.Written) {
        return;
      }
    }
  }

  private Map<String, Object> toMap() {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("version", 1L);
    members.put("name", name);
    members.put("layout", settings.layout());
    members.put("format", settings.format());
    members.put("digest-length", (long) settings.digestLength());
    return members;
  }

  private void compare(Store store, Map<String, Object> ours, byte[] stored) {
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
