package io.persidict;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.DoubleSupplier;

/**
 * Chooses a random share of the writes that are ignored because there is a first value, for
 * comparing with that, and counts how they came out. Safe for use by several threads.
 */
public final class ConsistencyChecks {
  private final DoubleSupplier random;
  private final AtomicLong attempted = new AtomicLong();
  private final AtomicLong passed = new AtomicLong();
  private volatile double probability;

  /**
   * Checks of which none was made yet.
   *
   * @param probability how probable a comparison is, 0 for never to 1 for always
   * @throws IllegalArgumentException if that is no probability
   */
  public ConsistencyChecks(double probability) {
    this(probability, () -> ThreadLocalRandom.current().nextDouble());
  }

  ConsistencyChecks(double probability, DoubleSupplier random) {
    this.random = random;
    probability(probability);
  }

  /** {@return how probable a comparison is, from 0 for never to 1 for always} */
  public double probability() {
    return probability;
  }

  /**
   * Sets how probable a comparison is, from now on.
   *
   * @param newProbability 0 for never to 1 for always
   * @throws IllegalArgumentException if that is not from 0 to 1
   */
  public void probability(double newProbability) {
    if (!(newProbability >= 0 && newProbability <= 1)) {
      throw new IllegalArgumentException(
          "consistency checks with probability " + newProbability + "; 0 to 1 are possible");
    }
    probability = newProbability;
  }

  /** The same, with counters of their own. */
  ConsistencyChecks fresh() {
    return new ConsistencyChecks(probability, random);
  }

  /**
   * {@return whether to compare a write; one that is counts as attempted, and as failed until it
   * passed}
   */
  public boolean isDue() {
    double share = probability;
    boolean due = share == 1 || (share > 0 && random.getAsDouble() < share);
    if (due) {
      attempted.incrementAndGet();
    }
    return due;
  }

  /** The write that was due had the content that is stored. */
  public void pass() {
    passed.incrementAndGet();
  }

  /** {@return how many writes were compared} */
  public long attempted() {
    return attempted.get();
  }

  /** {@return how many of these had the content that is stored} */
  public long passed() {
    return passed.get();
  }

  /** {@return how many of these had not, or are being compared} */
  public long failed() {
    long before = passed.get(); // read first, so that there are never fewer than passed
    return attempted.get() - before;
  }
}
