package io.persidict.lease;

import java.time.Duration;

/**
 * Exclusive rights, each to one key and for a limited time, among all threads, processes and
 * machines that share a cache's store.
 *
 * <p>Whoever holds a lease is its only holder for as long as it renews it in time. A holder that
 * crashed loses it: another contender may take it once it has seen it unrenewed for longer than its
 * length. That is measured by the contender's own monotonic clock, so the clocks of two machines
 * need not agree on the time, only on how fast it passes. It follows that a crash delays the next
 * contender by that length, counted from when it first looks, and that a holder which stands still
 * for longer than that may have lost its lease without knowing. So a lease spares work that is done
 * twice; it does not make wrong what is.
 *
 * <p>A lease is no entry of the cache: it is neither counted nor iterated over, and clearing the
 * cache leaves it.
 */
public interface Leases {
  /** The shortest length of a lease. */
  Duration MIN_LENGTH = Duration.ofMillis(10);

  /** The longest length of a lease. */
  Duration MAX_LENGTH = Duration.ofHours(1);

  /**
   * {@return the lease of {@code key} as one contender sees it} Nothing is asked or taken yet.
   *
   * @param key any key that the cache could have, whether it has an entry or not
   * @param length how long others leave it alone after it was taken or renewed; {@link #MIN_LENGTH}
   *     to {@link #MAX_LENGTH}
   * @throws IllegalArgumentException if {@code length} is not
   */
  Lease lease(Object key, Duration length);

  /**
   * {@return {@code length}, if a lease may have it}
   *
   * @param length {@link #MIN_LENGTH} to {@link #MAX_LENGTH}
   * @throws IllegalArgumentException if not
   */
  static Duration requireLength(Duration length) {
    if (length.compareTo(MIN_LENGTH) < 0 || length.compareTo(MAX_LENGTH) > 0) {
      throw new IllegalArgumentException(
          "a lease of " + length + "; allowed are " + MIN_LENGTH + " to " + MAX_LENGTH);
    }
    return length;
  }
}
