package io.persidict.metrics;

import org.jspecify.annotations.Nullable;

/**
 * Events for the JDK's flight recorder, none of which tells a key or a value. Where the module
 * {@code jdk.jfr} is missing or nobody records, there are none.
 */
public final class FlightRecorder {
  private static final boolean PRESENT = ModuleLayer.boot().findModule("jdk.jfr").isPresent();

  private FlightRecorder() {}

  /** Asked before an event is touched, since the first one makes the recorder set itself up. */
  private static boolean wasUsed() {
    return PRESENT && jdk.jfr.FlightRecorder.isInitialized();
  }

  /** Something that takes time; recorded if it took long enough. */
  public interface Timed {
    /** It is over. */
    void over();
  }

  /**
   * Begins an operation on a store.
   *
   * @param operation in words, such as {@code put}
   * @param cache the cache's name
   * @return null if nobody records
   */
  public static @Nullable Timed storeOperation(String operation, String cache) {
    return wasUsed() ? RecordedEvents.storeOperation(operation, cache) : null;
  }

  /**
   * Begins to wait for another thread that has the same entry.
   *
   * @return null if nobody records
   */
  public static @Nullable Timed lockWait() {
    return wasUsed() ? RecordedEvents.lockWait() : null;
  }

  /** A round of maintenance. */
  public interface Round {
    /**
     * It is over.
     *
     * @param expired how many entries it removed because their time was over
     * @param evicted how many it removed because there was too much
     * @param leftovers how many leases it removed that nobody renewed
     * @param entries how many it left
     * @param bytes how many these take, as the storage allocates them
     */
    void over(long expired, long evicted, long leftovers, long entries, long bytes);
  }

  /**
   * Begins a round of maintenance.
   *
   * @param store where the entries lie
   * @return null if nobody records
   */
  public static @Nullable Round maintenanceRound(String store) {
    return PRESENT ? RecordedEvents.maintenanceRound(store) : null;
  }

  /**
   * Begins a call of a cache loader.
   *
   * @param loader the name of its class
   * @return null if nobody records
   */
  public static @Nullable Timed load(String loader) {
    return wasUsed() ? RecordedEvents.load(loader) : null;
  }

  /**
   * A request to S3 failed and is made again.
   *
   * @param status of the answer; 0 if there was none
   * @param pauseNanos how long it is until then
   */
  public static void retry(int status, long pauseNanos) {
    if (wasUsed()) {
      RecordedEvents.retry(status, pauseNanos);
    }
  }

  /**
   * Ends what was begun, if anything was.
   *
   * @param timed as it was begun; null if nobody recorded
   */
  public static void end(@Nullable Timed timed) {
    if (timed != null) {
      timed.over();
    }
  }
}
