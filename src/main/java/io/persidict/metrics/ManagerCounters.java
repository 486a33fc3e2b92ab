package io.persidict.metrics;

import java.util.Comparator;
import java.util.Map;

/**
 * What this process did in the store of a manager, by {@code
 * manager.unwrap(ManagerCounters.class)}, and which caches are open there. All numbers only grow.
 */
public interface ManagerCounters {
  /**
   * A kind of request to S3.
   *
   * @param operation as S3 calls it, such as {@code GetObject}
   * @param outcome {@code success}, {@code not-modified}, {@code absent}, {@code lost} (a condition
   *     did not hold), {@code throttled}, {@code refused} (any other answer from 400 on), {@code
   *     fault} (an answer from 500 on) or {@code unanswered}
   */
  record Request(String operation, String outcome) implements Comparable<Request> {
    @Override
    public int compareTo(Request other) {
      return Comparator.comparing(Request::operation)
          .thenComparing(Request::outcome)
          .compare(this, other);
    }
  }

  /** {@return whether the store is in S3} */
  boolean isRemote();

  /**
   * {@return how many requests there were of each kind, in alphabetical order; empty where the
   * store is a directory} A copy, as of now; kinds of which there were none are missing.
   */
  Map<Request, Long> requests();

  /** {@return how many of these repeated one that had failed} */
  long retries();

  /** Is told of caches, by one thread at a time. Must not block, and not call the manager. */
  interface Observer {
    /**
     * A cache is open.
     *
     * @param name the cache's
     * @param counters count from now on, if they have not already
     */
    void opened(String name, CacheCounters counters);

    /**
     * A cache is not open any more.
     *
     * @param name as it was opened
     */
    void closed(String name);
  }

  /**
   * Tells {@code observer} of the caches that are open now, and of all that are opened and closed
   * from now on.
   *
   * @param observer kept until then; of those that are open now, it is told before this returns
   * @return closed in order to be told no more
   */
  Observation observe(Observer observer);

  /** An observer that is told of caches, until this is closed. */
  interface Observation extends AutoCloseable {
    @Override
    void close();
  }
}
