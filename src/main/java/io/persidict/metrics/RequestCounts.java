package io.persidict.metrics;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** The requests that a store has made of a server, for those who count. */
public final class RequestCounts {
  private final Map<ManagerCounters.Request, LongAdder> requests = new ConcurrentHashMap<>();
  private final LongAdder retries = new LongAdder();

  /** Nothing counted yet. */
  public RequestCounts() {}

  /**
   * A request was answered, or failed.
   *
   * @param operation as S3 calls it, such as {@code GetObject}
   * @param outcome one of those of {@link ManagerCounters.Request}
   */
  public void made(String operation, String outcome) {
    requests
        .computeIfAbsent(new ManagerCounters.Request(operation, outcome), r -> new LongAdder())
        .increment();
  }

  /** A request is made again. */
  public void retried() {
    retries.increment();
  }

  /** {@return how many requests there were of each kind; a copy, in alphabetical order} */
  public Map<ManagerCounters.Request, Long> requests() {
    Map<ManagerCounters.Request, Long> sums = new TreeMap<>();
    requests.forEach((request, count) -> sums.put(request, count.sum()));
    return sums;
  }

  /** {@return how many of these came after one that had failed} */
  public long retries() {
    return retries.sum();
  }
}
