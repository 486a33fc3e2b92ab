package io.persidict.maintenance;

import java.util.concurrent.TimeUnit;

/** Waits without regard to interrupts, which stay pending. */
final class Waiting {
  private Waiting() {}

  static void pause(long nanos) {
    boolean interrupted = false;
    long end = System.nanoTime() + nanos;
    for (long left = nanos; left > 0; left = end - System.nanoTime()) {
      try {
        TimeUnit.NANOSECONDS.sleep(left);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
