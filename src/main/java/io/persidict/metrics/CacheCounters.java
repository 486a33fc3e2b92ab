package io.persidict.metrics;

/**
 * What this process did with a cache, by {@code cache.unwrap(CacheCounters.class)}. Counting begins
 * when that is called first, and costs nothing before; it does not end as long as the cache is
 * open. Other processes count for themselves. All numbers only grow, but for the size of what is
 * stored.
 */
public interface CacheCounters {
  /** Lookups that found an entry, as JCache counts hits. */
  long hits();

  /** Lookups that found none. */
  long misses();

  /** Gets that were answered from memory, or whose entry in memory the store confirmed. */
  long memoryHits();

  /** Reads from S3 that were answered by a local copy, most of them after asking S3 about it. */
  long copyHits();

  /** Gets that were answered by the store itself. */
  long storeHits();

  /** Entries written. */
  long puts();

  /** Entries removed one by one; those that a bulk operation deletes are not counted. */
  long removals();

  /** Entries that somebody met when their time was over, and that were deleted then. */
  long expirations();

  /** Entries that this process took from a store that was beyond its bound. */
  long evictions();

  /** About how many entries the store has, as this process learnt last; 0 if it has not. */
  long storedEntries();

  /** The same in bytes, as the storage allocates them. */
  long storedBytes();

  /** Entries that could not be read, each time that was tried. */
  long unreadable();

  /** Calls of the cache loader that returned. */
  long loads();

  /** Calls of the cache loader that threw. */
  long failedLoads();

  /** How long all calls of the cache loader took, in nanoseconds. */
  long loadNanos();

  /** How often a thread had to wait for another one of this process that had the same entry. */
  long lockWaits();

  /** How long these waits took, in nanoseconds. */
  long lockWaitNanos();
}
