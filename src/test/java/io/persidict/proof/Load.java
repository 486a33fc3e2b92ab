package io.persidict.proof;

import java.time.Duration;
import java.util.Random;
import java.util.function.Supplier;
import javax.cache.Cache;

/**
 * Random calls of one thread on a few keys. Time is cut into rounds with keys of their own, so that
 * a key's history stays short however long the load lasts; all threads are in the same round.
 *
 * @param start when the first round begins, by {@link System#nanoTime}
 * @param reads the share of calls that read
 */
record Load(long start, Duration length, Duration round, int keys, double reads) {
  /** How many calls of a thread return even if time is over, since a machine may be busy. */
  private static final int MIN_CALLS = 50;

  private static final CacheOperation[] OPERATIONS = CacheOperation.values();

  /**
   * Makes calls until the time is over, some at least.
   *
   * @param client a number of the thread, of which the values that it writes are made
   * @param cache asked before each call
   */
  void run(HistoryLog log, int client, Supplier<Cache<String, Long>> cache) {
    Random random = new Random(client);
    Long seen = null;
    for (long call = 1; ; call++) {
      long elapsed = System.nanoTime() - start;
      if (elapsed >= length.toNanos() && log.returned() >= MIN_CALLS) {
        return;
      }
      String key = "r" + elapsed / round.toNanos() + "k" + random.nextInt(keys);
      CacheOperation operation =
          random.nextDouble() < reads
              ? CacheOperation.GET
              : OPERATIONS[random.nextInt(OPERATIONS.length)];
      // Unlike any value that others write, with room for increments.
      Long argument = (client * 1_000_000_000L + call) * 1_000;
      Long expected = seen == null ? (Long) 1L : seen;
      Cache<String, Long> current = cache.get();
      String result =
          log.record(
              key,
              operation,
              argument,
              expected,
              () -> operation.call(current, key, argument, expected));
      seen = result != null && result.matches("\\d+") ? (Long) Long.parseLong(result) : seen;
      // What the caller is told, and not for the next call.
      Thread.interrupted();
    }
  }
}
