package io.persidict.store.s3;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Looks after requests and answers now and then, from a thread that ends when there are none. */
final class Watch {
  private static final ScheduledThreadPoolExecutor EXECUTOR = executor();

  private Watch() {}

  private static ScheduledThreadPoolExecutor executor() {
    ScheduledThreadPoolExecutor executor =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, "persidict-s3-watch");
              thread.setDaemon(true);
              thread.setContextClassLoader(null); // that of whoever came first would be kept
              return thread;
            });
    executor.setRemoveOnCancelPolicy(true);
    executor.setKeepAliveTime(10, TimeUnit.SECONDS);
    executor.allowCoreThreadTimeOut(true);
    return executor;
  }

  /**
   * Has {@code look} run some times within {@code time}, and on, until it is cancelled or throws
   * {@link java.util.concurrent.CancellationException}.
   */
  static Future<?> within(Duration time, Runnable look) {
    long pause = Math.max(1, time.toMillis() / 4);
    try {
      return EXECUTOR.scheduleWithFixedDelay(look, pause, pause, TimeUnit.MILLISECONDS);
    } catch (OutOfMemoryError e) {
      // The system has no more threads; the executor looks when it has.
      return CompletableFuture.completedFuture(null);
    }
  }
}
