package io.persidict.maintenance;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * How fast a round goes: a tenth of a core at most, unless somebody waits for it, and on a remote
 * store {@value #REQUESTS} requests a second at most. May be called by several threads.
 */
final class Pace {
  /** How many requests a round makes of a remote store in a second, at most. */
  static final int REQUESTS = 500;

  private static final long WORK_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
  private static final int PAUSE_PER_WORK = 9;
  private static final long REQUEST_NANOS = TimeUnit.SECONDS.toNanos(1) / REQUESTS;

  private final boolean remote;
  private final BooleanSupplier hurries;
  private final BooleanSupplier stops;
  private long working = System.nanoTime();
  private long nextRequest = System.nanoTime();

  /**
   * @param hurries whether somebody waits
   * @param stops whether all is to end
   */
  Pace(boolean remote, BooleanSupplier hurries, BooleanSupplier stops) {
    this.remote = remote;
    this.hurries = hurries;
    this.stops = stops;
  }

  /** Leaves the core to others, if it was used long enough. */
  void step() {
    long worked = System.nanoTime() - working;
    if (worked > WORK_NANOS) {
      // Where others have the core, most of that time was theirs.
      long until = System.nanoTime() + PAUSE_PER_WORK * Math.min(worked, 2 * WORK_NANOS);
      while (!remote && !hurries.getAsBoolean() && pause(until)) {
        // goes on
      }
      working = System.nanoTime();
    }
  }

  /** To be called before each request that is not one of the listing. */
  void request() {
    if (remote) {
      long turn;
      synchronized (this) {
        turn = Math.max(nextRequest, System.nanoTime());
        nextRequest = turn + REQUEST_NANOS;
      }
      while (pause(turn)) {
        // goes on
      }
    }
  }

  /** Waits a little; tells whether it is still too early. An interrupt stays pending. */
  private boolean pause(long until) {
    long left = until - System.nanoTime();
    if (left <= 0 || stops.getAsBoolean()) {
      return false;
    }
    Waiting.pause(Math.min(left, TimeUnit.MILLISECONDS.toNanos(20)));
    return true;
  }
}
