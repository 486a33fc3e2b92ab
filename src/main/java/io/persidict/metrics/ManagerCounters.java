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

  /** Whether the store is in S3. */
  boolean isRemote();

  /** How many requests there were of each kind; empty where the store is a directory. */
  Map<Request, Long> requests();

  /** How many of these repeated one that had failed. */
  long retries();

  /** Is told of caches. Must not block, and not call the manager. */
  interface Observer {
    /** A cache is open. */
    void opened(String name, CacheCounters counters);

    /** A cache is not open any more. */
    void closed(String name);
  }

  /**
   * Tells {@code observer} of the caches that are open now, and of all that are opened and closed
   * from now on.
   *
   * @return closed in order to be told no more
   */
  Observation observe(Observer observer);

  /** An observer that is told of caches, until this is closed. */
  interface Observation extends AutoCloseable {
    @Override
    void close();
  }
}
