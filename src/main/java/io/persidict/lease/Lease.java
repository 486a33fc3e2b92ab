package io.persidict.lease;

/**
 * The lease of one key as one contender sees it. Every contender needs one of its own, also within
 * a process; it may be used by several threads, such as one that works and one that renews.
 *
 * <p>A fault of the storage is thrown by each method as the cache's own exception.
 */
public interface Lease extends AutoCloseable {
  /**
   * Takes the lease if nobody holds it, or if its holder did not renew it for its length while this
   * contender asked again and again. Does not wait. Not reentrant: to the one who holds it, it is
   * as taken as to the others.
   *
   * @return whether this contender holds it now
   */
  boolean tryTake();

  /**
   * Begins the lease's length anew.
   *
   * @return whether this contender holds it still; it does not if it never did, gave it back, or
   *     let it run out and somebody took it
   */
  boolean renew();

  /** Gives the lease back if this contender holds it. */
  @Override
  void close();
}
