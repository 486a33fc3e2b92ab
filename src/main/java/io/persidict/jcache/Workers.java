package io.persidict.jcache;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Daemon threads of one cache, which are started when there is work and leave when there is none.
 */
final class Workers implements AutoCloseable {
  private static final long IDLE_SECONDS = 10;
  private static final long CLOSE_SECONDS = 10;

  private final ThreadPoolExecutor executor;

  Workers(String name, int threads) {
    executor =
        new ThreadPoolExecutor(
            threads,
            threads,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              Thread thread = new Thread(task, name);
              thread.setDaemon(true);
              return thread;
            });
    executor.allowCoreThreadTimeOut(true);
  }

  void execute(Runnable task) {
    executor.execute(task);
  }

  /** Lets what is under way end, for a bounded time; then interrupts it. */
  @Override
  public void close() {
    executor.shutdown();
    try {
      if (!executor.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
        executor.shutdownNow();
      }
    } catch (InterruptedException e) {
      executor.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}
