package io.persidict.lease;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * Lets one thread of this process compute what several ask for at the same time; the others wait
 * for its result. Nothing is kept once it is there.
 *
 * <p>It never deadlocks on itself: a thread computes on its own what it would otherwise wait for,
 * if the one it would wait for waits for this thread, or is it. That is not seen where a
 * computation waits by other means, such as for a thread that it started.
 */
public final class SingleFlight {
  private static final ConcurrentMap<Subject, Flight> FLIGHTS = new ConcurrentHashMap<>();

  /** What each waiting thread waits for. Guarded by itself. */
  private static final Map<Thread, Flight> WAITING = new HashMap<>();

  private SingleFlight() {}

  /**
   * The result of {@code computation}, or of the one under way for an equal scope and key.
   *
   * <p>An exception of the computation is thrown, the same object, to all who waited for it. Only
   * an {@code Error}, {@code InterruptedException} and {@link CancellationException} concern the
   * computing thread alone; then one of those who waited computes.
   *
   * <p>A computation that ended is not remembered, so {@code computation} should first look whether
   * its result has been stored meanwhile.
   *
   * @param scope what the key belongs to, such as the identity of a cache; has {@code equals}
   * @param key has {@code equals}, and the same kind of result for equal ones
   * @param computation what others wait for
   * @param alone computes where waiting would never end; must wait for no exclusive right that
   *     {@code computation} holds
   * @throws CancellationException if this thread is interrupted while it waits; its interrupt
   *     status is set
   * @throws Exception what the computation throws
   */
  @SuppressWarnings({"unchecked", "NullAway"}) // results are of one kind, and null if that may be
  public static <T extends @Nullable Object> T call(
      Object scope, Object key, Callable<? extends T> computation, Callable<? extends T> alone)
      throws Exception {
    Subject subject = new Subject(scope, key);
    while (true) {
      Flight own = new Flight();
      Flight other = FLIGHTS.putIfAbsent(subject, own);
      if (other == null) {
        return lead(subject, own, computation);
      }
      if (!startsWaiting(other)) {
        return alone.call();
      }
      try {
        other.landed.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        CancellationException cancelled =
            new CancellationException("interrupted while another thread computes " + key);
        cancelled.initCause(e);
        throw cancelled;
      } finally {
        stopsWaiting();
      }
      if (other.thrown == null) {
        return (T) other.result;
      }
      if (other.thrown instanceof Exception shared && concernsAll(shared)) {
        throw shared;
      }
    }
  }

  private static boolean concernsAll(Exception thrown) {
    return !(thrown instanceof InterruptedException || thrown instanceof CancellationException);
  }

  private static <T extends @Nullable Object> T lead(
      Subject subject, Flight own, Callable<? extends T> computation) throws Exception {
    try {
      T result = computation.call();
      own.result = result;
      return result;
    } catch (Throwable e) {
      own.thrown = e;
      throw e;
    } finally {
      FLIGHTS.remove(subject);
      own.landed.countDown();
    }
  }

  /** Whether this thread may wait for {@code flight}, of which note is then taken. */
  private static boolean startsWaiting(Flight flight) {
    Thread self = Thread.currentThread();
    synchronized (WAITING) {
      Flight next = flight;
      while (next != null && next.landed.getCount() > 0) {
        if (next.leader == self) {
          return false;
        }
        next = WAITING.get(next.leader);
      }
      WAITING.put(self, flight);
      return true;
    }
  }

  private static void stopsWaiting() {
    synchronized (WAITING) {
      WAITING.remove(Thread.currentThread());
    }
  }

  private record Subject(Object scope, Object key) {}

  /** A computation under way. Its outcome is there when it has landed. */
  private static final class Flight {
    final Thread leader = Thread.currentThread();
    final CountDownLatch landed = new CountDownLatch(1);
    @Nullable Object result;
    @Nullable Throwable thrown;
  }
}
