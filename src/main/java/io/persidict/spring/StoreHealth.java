package io.persidict.spring;

import io.persidict.jcache.PersiDictCacheManager;
import io.persidict.jcache.PersiDictCacheManager.Fill;
import io.persidict.jcache.PersiDictCacheManager.StoreStatus;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import javax.cache.CacheManager;

/** What health indicators tell of a manager's store, whatever the version of Boot. */
final class StoreHealth {
  private final CacheManager manager;

  StoreHealth(CacheManager manager) {
    this.manager = manager;
  }

  /**
   * Reads and writes, and returns what there is to tell.
   *
   * @throws RuntimeException if the store cannot be read or written, or the manager is closed
   */
  Map<String, Object> details() {
    StoreStatus status = manager.unwrap(PersiDictCacheManager.class).checkStore();
    Map<String, Object> details = new LinkedHashMap<>();
    details.put("place", status.place());
    status.totalBytes().ifPresent(bytes -> details.put("total", bytes));
    status.usableBytes().ifPresent(bytes -> details.put("usable", bytes));
    Map<String, Object> bounded = new TreeMap<>();
    status.bounded().forEach((cache, fill) -> bounded.put(cache, details(fill)));
    if (!bounded.isEmpty()) {
      details.put("bounded", bounded);
    }
    return details;
  }

  private static Map<String, Object> details(Fill fill) {
    Map<String, Object> details = new LinkedHashMap<>();
    details.put("entries", fill.entries());
    fill.maxEntries().ifPresent(entries -> details.put("maxEntries", entries));
    details.put("bytes", fill.bytes());
    fill.maxBytes().ifPresent(bytes -> details.put("maxBytes", bytes));
    return details;
  }
}
