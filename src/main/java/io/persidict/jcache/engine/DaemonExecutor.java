package io.persidict.jcache.engine;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Daemon threads of one cache, which are started when there is work and leave when there is none.
 */
final class DaemonExecutor implements AutoCloseable {
  private static final long IDLE_SECONDS = 10;
  private static final long CLOSE_SECONDS = 10;

  private final ThreadPoolExecutor executor;

  DaemonExecutor(String name, int threads) {
    executor =
        new ThreadPoolExecutor(
            threads,
            threads,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> new Worker(task, name));
    executor.allowCoreThreadTimeOut(true);
  }

  private final class Worker extends Thread {
    Worker(Runnable task, String name) {
      super(task, name);
      setDaemon(true);
    }

    DaemonExecutor executor() {
      return DaemonExecutor.this;
    }
  }

  /** Whether this thread is one of any cache's. */
  static boolean isOwnThread() {
    return Thread.currentThread() instanceof Worker;
  }

  /**
   * Has the task done some time, in turn, or now, if no thread can be started; or tells, once
   * closed, that it will not be.
   */
  boolean execute(Runnable task) {
    try {
      executor.execute(task);
    } catch (RejectedExecutionException e) {
      return false;
    } catch (OutOfMemoryError e) { // the system has no more threads
      task.run();
    }
    return true;
  }

  /** Interrupts what is under way, has this thread do what waits, and takes no more. */
  void interrupt() {
    executor.shutdownNow().forEach(Runnable::run);
  }

  /**
   * Lets what is under way and what waits end, for a bounded time; then interrupts it. An interrupt
   * of this thread does not end that time, and stays pending. A worker that closes its own executor
   * waits for nobody.
   */
  @Override
  public void close() {
    close(System.nanoTime() + TimeUnit.SECONDS.toNanos(CLOSE_SECONDS), () -> {});
  }

  /**
   * The same, and then does {@code last}; a worker leaves that to be done after what waits.
   *
   * @param end when it is interrupted, by {@link System#nanoTime}
   */
  void close(long end, Runnable last) {
    if (Thread.currentThread() instanceof Worker worker && worker.executor() == this) {
      if (!execute(last)) {
        last.run();
      }
      executor.shutdown();
      return;
    }
    executor.shutdown();
    boolean interrupted = Thread.interrupted();
    while (!executor.isTerminated() && System.nanoTime() - end < 0) {
      try {
        executor.awaitTermination(end - System.nanoTime(), TimeUnit.NANOSECONDS);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    executor.shutdownNow();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    last.run();
  }
}
