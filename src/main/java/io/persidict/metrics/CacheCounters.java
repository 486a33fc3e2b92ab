package io.persidict.metrics;

/**
 * What this process did with a cache, by {@code cache.unwrap(CacheCounters.class)}. Counting begins
 * when that is called first, and costs nothing before; it does not end as long as the cache is
 * open. Other processes count for themselves. All numbers only grow, but for the size of what is
 * stored.
 */
public interface CacheCounters {
  /** {@return the lookups that found an entry, as JCache counts hits} */
  long hits();

  /** {@return the lookups that found none} */
  long misses();

  /** {@return the gets answered from memory, or whose entry in memory the store confirmed} */
  long memoryHits();

  /** {@return the gets that a local copy answered, mostly after asking S3 about it} */
  long copyHits();

  /** {@return the gets that were answered by the store itself} */
  long storeHits();

  /** {@return the entries written} */
  long puts();

  /** {@return the entries removed one by one, without those that a bulk operation deletes} */
  long removals();

  /** {@return the entries deleted because their time was over} */
  long expirations();

  /** {@return the entries that this process took from a store beyond its bound} */
  long evictions();

  /** {@return about how many entries the store has, as was learnt last; 0 if nothing was} */
  long storedEntries();

  /** {@return about how many bytes these take, as the storage allocates them} */
  long storedBytes();

  /** {@return the entries that could not be read, each time that was tried} */
  long unreadable();

  /** {@return the calls of the cache loader that returned} */
  long loads();

  /** {@return the calls of the cache loader that threw} */
  long failedLoads();

  /** {@return how long all calls of the cache loader took, in nanoseconds} */
  long loadNanos();

  /** {@return how often a thread waited for another one of this process at the same entry} */
  long lockWaits();

  /** {@return how long these waits took, in nanoseconds} */
  long lockWaitNanos();
}
