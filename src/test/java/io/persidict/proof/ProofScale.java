package io.persidict.proof;

import java.time.Duration;
import java.util.Optional;

/** How much is tried: enough to notice in the test command, or for hours behind the profile. */
final class ProofScale {
  private static final double FACTOR = Double.parseDouble(System.getProperty("proof.scale", "1"));

  private ProofScale() {}

  /** Whether this is the long form. */
  static boolean isLong() {
    return FACTOR > 1;
  }

  /** How long to wait for what only time shows; empty in the short form. */
  static Optional<Duration> soak() {
    return Optional.ofNullable(System.getProperty("proof.soak")).map(Duration::parse);
  }

  /** So many times what the short form does. */
  static long times(long shortForm) {
    return Math.round(shortForm * FACTOR);
  }
}
