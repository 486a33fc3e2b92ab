package io.persidict.jcache;

/**
 * What JMX shows, as {@code io.persidict:type=ConsistencyChecks}, of a cache that keeps the first
 * value of each key: how many of the writes that it ignored were compared with that, by this
 * process since it opened the cache.
 */
public interface ConsistencyChecksMXBean {
  /** {@return how many were compared} */
  long getChecksAttempted();

  /** {@return how many of these had the content that is stored} */
  long getChecksPassed();

  /** {@return how many of these had not, and were answered by an exception} */
  long getChecksFailed();
}
