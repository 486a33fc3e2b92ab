package io.persidict.metrics;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Threshold;
import jdk.jfr.Timespan;
import org.jspecify.annotations.Nullable;

/** The events; not to be touched where the module {@code jdk.jfr} is missing. */
final class RecordedEvents {
  private RecordedEvents() {}

  /** An event that has begun. */
  abstract static class TimedEvent extends Event implements FlightRecorder.Timed {
    @Override
    public final void over() {
      commit();
    }
  }

  private static <E extends Event> @Nullable E begun(E event) {
    if (!event.isEnabled()) {
      return null;
    }
    event.begin();
    return event;
  }

  static FlightRecorder.@Nullable Timed storeOperation(String operation, String cache) {
    StoreOperation event = begun(new StoreOperation());
    if (event != null) {
      event.operation = operation;
      event.cache = cache;
    }
    return event;
  }

  static FlightRecorder.@Nullable Timed lockWait() {
    return begun(new LockWait());
  }

  static FlightRecorder.@Nullable Round maintenanceRound(String store) {
    MaintenanceRound event = begun(new MaintenanceRound());
    if (event != null) {
      event.store = store;
    }
    return event;
  }

  static FlightRecorder.@Nullable Timed load(String loader) {
    Load event = begun(new Load());
    if (event != null) {
      event.loader = loader;
    }
    return event;
  }

  static void retry(int status, long pauseNanos) {
    Retry event = new Retry();
    event.status = status;
    event.pause = pauseNanos;
    event.commit();
  }

  @Name("io.persidict.StoreOperation")
  @Label("Store Operation")
  @Category("persidict")
  @Description("An operation on the store of a cache")
  @Threshold("20 ms")
  static final class StoreOperation extends TimedEvent {
    @Label("Operation")
    String operation = "";

    @Label("Cache")
    String cache = "";
  }

  @Name("io.persidict.LockWait")
  @Label("Lock Wait")
  @Category("persidict")
  @Description("A wait for another thread that has the same entry")
  @Threshold("10 ms")
  static final class LockWait extends TimedEvent {}

  @Name("io.persidict.Load")
  @Label("Load")
  @Category("persidict")
  @Description("A call of a cache loader")
  static final class Load extends TimedEvent {
    @Label("Loader")
    String loader = "";
  }

  @Name("io.persidict.MaintenanceRound")
  @Label("Maintenance Round")
  @Category("persidict")
  @Description("A round that removed what is over, and what there is no room for")
  @StackTrace(false)
  static final class MaintenanceRound extends Event implements FlightRecorder.Round {
    @Label("Store")
    String store = "";

    @Label("Expired")
    long expired;

    @Label("Evicted")
    long evicted;

    @Label("Leftovers")
    long leftovers;

    @Label("Entries")
    @Description("At the end")
    long entries;

    @Label("Bytes")
    @Description("At the end")
    @DataAmount
    long bytes;

    @Override
    public void over(
        long expiredOnes, long evictedOnes, long others, long entriesLeft, long bytesLeft) {
      expired = expiredOnes;
      evicted = evictedOnes;
      leftovers = others;
      entries = entriesLeft;
      bytes = bytesLeft;
      commit();
    }
  }

  @Name("io.persidict.S3Retry")
  @Label("S3 Retry")
  @Category("persidict")
  @Description("A request that failed and is made again")
  @StackTrace(false)
  static final class Retry extends Event {
    @Label("Status")
    @Description("Of the answer; 0 if there was none")
    int status;

    @Label("Pause")
    @Timespan(Timespan.NANOSECONDS)
    long pause;
  }
}
