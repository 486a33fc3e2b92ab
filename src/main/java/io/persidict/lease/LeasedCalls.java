package io.persidict.lease;

import static java.lang.System.Logger.Level.DEBUG;
import static java.lang.System.Logger.Level.WARNING;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Has one of all processes compute what is missing, while the others wait for what it stores. The
 * lease is renewed for as long as the computation takes. If the process that computes is killed,
 * one of the others takes over after the length of the lease.
 *
 * <p>Put {@link SingleFlight} around it: each thread that calls asks the store for itself, and a
 * computation that comes back to its own key would wait for itself. Where the way back leads
 * through another process, it does.
 */
public final class LeasedCalls {
  private static final System.Logger LOGGER = System.getLogger(LeasedCalls.class.getName());
  private static final long FIRST_PAUSE_MILLIS = 2;
  private static final long LONGEST_PAUSE_MILLIS = 500;
  private static final ScheduledThreadPoolExecutor RENEWERS = renewers();

  private final Leases leases;
  private final Duration length;

  /**
   * Calls that take turns by leases of one length.
   *
   * @param leases of the cache in which results are stored
   * @param length of the leases: how long the others wait for a process that was killed
   * @throws IllegalArgumentException if {@code length} is none for a lease
   */
  public LeasedCalls(Leases leases, Duration length) {
    this.leases = leases;
    this.length = Leases.requireLength(length);
  }

  private static ScheduledThreadPoolExecutor renewers() {
    int threads = 4; // so that one renewal that the storage delays does not delay all
    ScheduledThreadPoolExecutor renewers =
        new ScheduledThreadPoolExecutor(
            threads,
            task -> {
              Thread thread = new Thread(task, "persidict-renew-leases");
              thread.setDaemon(true);
              thread.setContextClassLoader(null); // that of whoever came first would be kept
              return thread;
            });
    renewers.setRemoveOnCancelPolicy(true);
    renewers.setKeepAliveTime(10, TimeUnit.SECONDS);
    renewers.allowCoreThreadTimeOut(true);
    return renewers;
  }

  /**
   * {@return what {@code find} finds, or else what {@code compute} computes while this call alone
   * holds the lease of {@code key}}
   *
   * @param <T> the results
   * @param key that nobody changes meanwhile
   * @param find looks for what is stored, and returns {@code null} if nothing is; asked again after
   *     waiting and after taking the lease
   * @param compute computes and stores
   * @throws CancellationException if this thread is interrupted while it waits; its interrupt
   *     status is set
   * @throws Exception what {@code compute} throws; other processes do not get to see it, the next
   *     contender computes for itself
   */
  public <T extends @Nullable Object> T call(
      Object key, Supplier<? extends @Nullable T> find, Callable<? extends T> compute)
      throws Exception {
    Lease lease = leases.lease(key, length);
    for (long pause = FIRST_PAUSE_MILLIS;
        !lease.tryTake();
        pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS)) {
      pause(pause, key);
      T found = find.get();
      if (found != null) {
        return found;
      }
    }
    try (Renewal renewal = new Renewal(lease)) {
      renewal.begin(length.toMillis() / 3);
      T found = find.get();
      return found != null ? found : compute.call();
    } finally {
      giveBack(lease);
    }
  }

  private static void pause(long millis, Object key) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      CancellationException cancelled =
          new CancellationException("interrupted while another process computes " + key);
      cancelled.initCause(e);
      throw cancelled;
    }
  }

  /** Renews a lease from time to time until it is closed. */
  private static final class Renewal implements Runnable, AutoCloseable {
    private final Lease lease;
    private @Nullable Future<?> task;
    private volatile boolean isOver;

    Renewal(Lease lease) {
      this.lease = lease;
    }

    void begin(long millis) {
      try {
        task = RENEWERS.scheduleWithFixedDelay(this, millis, millis, TimeUnit.MILLISECONDS);
      } catch (OutOfMemoryError e) {
        // The system has no more threads; the executor has kept the task for when it has.
      }
    }

    @Override
    public void run() {
      if (isOver) {
        throw new CancellationException(); // has the executor forget it
      }
      try {
        lease.renew();
      } catch (RuntimeException | Error e) {
        LOGGER.log(
            WARNING,
            "cannot renew a lease, {0}; it is tried again before it runs out",
            e.getClass().getName());
        LOGGER.log(DEBUG, "why a lease cannot be renewed", e);
      }
    }

    @Override
    public void close() {
      isOver = true;
      if (task != null) {
        task.cancel(false);
      }
    }
  }

  /** A fault here is no reason to lose what was computed. */
  private static void giveBack(Lease lease) {
    try {
      lease.close();
    } catch (RuntimeException e) {
      LOGGER.log(
          WARNING,
          "cannot give back a lease, {0}; others wait until it runs out",
          e.getClass().getName());
      LOGGER.log(DEBUG, "why a lease cannot be given back", e);
    }
  }
}
