package io.persidict.extra;

import java.time.Duration;

/**
 * Puts that say how long the entry lives, whatever the cache's expiry policy says of new and
 * updated entries. By {@code cache.unwrap(TimedPuts.class)}.
 *
 * <p>A read may still postpone the end, if the policy says so, and a later put without a duration
 * asks the policy again; where that is eternal, the entry then lives for ever. Otherwise these are
 * as atomic and durable as the cache's own, and throw what these throw.
 *
 * @param <K> the keys
 * @param <V> the values
 */
public interface TimedPuts<K, V> {
  /**
   * As {@code cache.put}.
   *
   * @param key not null
   * @param value not null
   * @param timeToLive positive; counted in milliseconds
   * @throws IllegalArgumentException if {@code timeToLive} is less than a millisecond
   * @throws UnsupportedOperationException in a cache whose entries are written once, or have the
   *     layout {@code plain}
   */
  void put(K key, V value, Duration timeToLive);

  /**
   * As {@code cache.putIfAbsent}.
   *
   * @param key not null
   * @param value not null
   * @param timeToLive positive; counted in milliseconds
   * @return whether the entry was stored
   * @throws IllegalArgumentException if {@code timeToLive} is less than a millisecond
   * @throws UnsupportedOperationException in a cache whose entries are written once, or have the
   *     layout {@code plain}
   */
  boolean putIfAbsent(K key, V value, Duration timeToLive);
}
