package io.persidict.maintenance;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a store is kept to.
 *
 * @param maxEntries how many entries; empty for any number
 * @param maxBytes how many bytes, as the storage allocates them; empty for any number
 * @param purgeInterval how often what is over or left behind is removed; empty for never
 */
public record StoreLimits(
    OptionalLong maxEntries, OptionalLong maxBytes, Optional<Duration> purgeInterval) {
  /** Nothing is bounded and nothing removed. */
  public static final StoreLimits NONE =
      new StoreLimits(OptionalLong.empty(), OptionalLong.empty(), Optional.empty());

  private static final long MIB = 1L << 20;
  private static final long NEAR_ENTRIES = 1000;
  private static final long NEAR_BYTES = 32 * MIB;

  /**
   * Any limits.
   *
   * @param maxEntries one or more
   * @param maxBytes one or more
   * @param purgeInterval more than none
   * @throws IllegalArgumentException if a bound or the interval is not positive
   */
  public StoreLimits {
    requirePositive(maxEntries, "entries");
    requirePositive(maxBytes, "bytes");
    if (purgeInterval.isPresent() && !isPositive(purgeInterval.get())) {
      throw new IllegalArgumentException(
          "a purge interval of " + purgeInterval.get() + "; it must be positive, such as PT1H");
    }
  }

  private static boolean isPositive(Duration interval) {
    return !interval.isNegative() && !interval.isZero();
  }

  private static void requirePositive(OptionalLong bound, String what) {
    if (bound.isPresent() && bound.getAsLong() <= 0) {
      throw new IllegalArgumentException(
          "a bound of " + bound.getAsLong() + " " + what + "; it must be positive");
    }
  }

  /**
   * {@return the same with a bound of entries}
   *
   * @param entries how many there may be
   * @throws IllegalArgumentException if that is not positive
   */
  public StoreLimits withMaxEntries(long entries) {
    return new StoreLimits(OptionalLong.of(entries), maxBytes, purgeInterval);
  }

  /**
   * {@return the same with a bound of bytes}
   *
   * @param bytes how many all entries may take, as the storage allocates them
   * @throws IllegalArgumentException if that is not positive
   */
  public StoreLimits withMaxBytes(long bytes) {
    return new StoreLimits(maxEntries, OptionalLong.of(bytes), purgeInterval);
  }

  /**
   * {@return the same with a round at least that often}
   *
   * @param interval between the beginnings of two
   * @throws IllegalArgumentException if it is not positive
   */
  public StoreLimits withPurgeInterval(Duration interval) {
    return new StoreLimits(maxEntries, maxBytes, Optional.of(interval));
  }

  /** {@return whether the number of entries or bytes is bounded} */
  public boolean isBounded() {
    return maxEntries.isPresent() || maxBytes.isPresent();
  }

  /** Whether there is anything to do. */
  boolean isActive() {
    return isBounded() || purgeInterval.isPresent();
  }

  /** How far above the bound of entries there may be while somebody writes. */
  long entrySlack() {
    return maxEntries.isPresent() ? Math.max(1, maxEntries.getAsLong() / 10) : Long.MAX_VALUE;
  }

  /** The same for bytes. */
  long byteSlack() {
    return maxBytes.isPresent() ? Math.max(32 * MIB, maxBytes.getAsLong() / 10) : Long.MAX_VALUE;
  }

  /**
   * Whether so much is above the bound by more than a part of the slack.
   *
   * @param eighths of the slack
   */
  boolean isAbove(long entries, long bytes, int eighths) {
    return (maxEntries.isPresent()
            && isAbove(entries, maxEntries.getAsLong(), entrySlack(), eighths))
        || (maxBytes.isPresent() && isAbove(bytes, maxBytes.getAsLong(), byteSlack(), eighths));
  }

  private static boolean isAbove(long value, long bound, long slack, int eighths) {
    return value - (slack / 8 * eighths + slack % 8 * eighths / 8) > bound;
  }

  /**
   * Whether so much is so near to the bound that what writers were about to write while it was
   * counted may be above it.
   */
  boolean isNear(long entries, long bytes) {
    return isNear(entries, maxEntries, NEAR_ENTRIES) || isNear(bytes, maxBytes, NEAR_BYTES);
  }

  private static boolean isNear(long value, OptionalLong bound, long atLeast) {
    return bound.isPresent()
        && value > bound.getAsLong() - Math.max(bound.getAsLong() / 20, atLeast);
  }

  /** What a round leaves of the bound of entries. */
  long entryTarget() {
    return target(maxEntries);
  }

  /** The same for bytes. */
  long byteTarget() {
    return target(maxBytes);
  }

  private static long target(OptionalLong bound) {
    return bound.isPresent() ? bound.getAsLong() - bound.getAsLong() / 20 : Long.MAX_VALUE;
  }

  /**
   * How many entries a writer may take into account at once, before it writes them; none where they
   * are not bounded.
   *
   * @param remote whether that costs requests
   */
  long entryShare(boolean remote) {
    return share(maxEntries, entrySlack(), remote);
  }

  /** The same for bytes. */
  long byteShare(boolean remote) {
    return share(maxBytes, byteSlack(), remote);
  }

  private static long share(OptionalLong bound, long slack, boolean remote) {
    return bound.isPresent()
        ? Math.max(1, Math.min(slack / 512, bound.getAsLong() / 1024) * (remote ? 16 : 1))
        : 0;
  }

  @Override
  public String toString() {
    return (maxEntries.isPresent() ? maxEntries.getAsLong() + " entries, " : "")
        + (maxBytes.isPresent() ? maxBytes.getAsLong() + " bytes, " : "")
        + purgeInterval.map(interval -> "a round each " + interval).orElse("no rounds by time");
  }
}
