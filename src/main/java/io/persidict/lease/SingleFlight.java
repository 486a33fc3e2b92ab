package io.persidict.lease;

import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileLockInterruptionException;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import org.jspecify.annotations.Nullable;

/**
 * Lets one thread of this process compute what several ask for at the same time; the others wait
 * for its result. Nothing is kept once it is there.
 *
 * <p>It never deadlocks on itself: a thread computes on its own what it would otherwise wait for,
 * if the one it would wait for waits for this thread, or is it, be it here or at one of {@link
 * KeyLocks}. That is not seen where a computation waits by other means, such as for a thread that
 * it started. Who waits keeps no worker of a {@link ForkJoinPool} from the tasks of others.
 */
public final class SingleFlight {
  private static final ConcurrentMap<Subject, Flight> FLIGHTS = new ConcurrentHashMap<>();

  /** How many causes of an exception are looked at, since they may lead round in a circle. */
  private static final int MAX_DEPTH = 100;

  /** What concerns one thread alone. */
  private static final List<Class<? extends Throwable>> OF_ONE =
      List.of(
          Error.class,
          InterruptedException.class,
          CancellationException.class,
          ClosedByInterruptException.class,
          FileLockInterruptionException.class);

  private SingleFlight() {}

  /**
   * {@return the result of {@code computation}, or of the one under way for an equal scope and key}
   *
   * <p>An exception of the computation is thrown, the same object, to all who waited for it, if it
   * {@link #concernsAll}; otherwise one of those who waited computes.
   *
   * <p>A computation that ended is not remembered, so {@code computation} should first look whether
   * its result has been stored meanwhile.
   *
   * @param <T> the results
   * @param scope what the key belongs to, such as the identity of a cache; has {@code equals}
   * @param key has {@code equals}, and the same kind of result for equal ones; nobody changes it
   *     meanwhile
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
      Flight other;
      Flight own = new Flight(subject);
      own.enter();
      try {
        other = FLIGHTS.putIfAbsent(subject, own);
        if (other == null) {
          return own.lead(computation);
        }
      } finally {
        own.end();
      }
      if (!WaitGraph.startsWaiting(other)) {
        return alone.call();
      }
      try {
        WaitGraph.await(other);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        CancellationException cancelled =
            new CancellationException("interrupted while another thread computes " + key);
        cancelled.initCause(e);
        throw cancelled;
      } finally {
        WaitGraph.stopsWaiting();
      }
      if (other.isComputed) {
        return (T) other.result;
      }
      if (other.shared != null) {
        throw other.shared;
      }
    }
  }

  /**
   * {@return whether this thread is within the computation of {@code key} for others} What it
   * computes of the key on its own then is a part of that computation, and not its result.
   *
   * @param scope as in {@link #call}
   * @param key as in {@link #call}
   */
  public static boolean isWithin(Object scope, Object key) {
    Subject subject = new Subject(scope, key);
    for (ActiveCall call = ActiveCall.innermost(); call != null; call = call.outer()) {
      if (call instanceof Flight flight && flight.subject.equals(subject)) {
        return true;
      }
    }
    return false;
  }

  /**
   * {@return whether what this thread has just thrown tells something of what it computed, so that
   * it may be thrown to others, and kept} An {@code Error}, an interruption and a cancellation,
   * also as the cause of another, and whatever an interrupted thread throws concern the thread
   * alone.
   *
   * @param thrown by a computation
   */
  public static boolean concernsAll(Throwable thrown) {
    int depth = 0;
    for (Throwable each = thrown; each != null && depth < MAX_DEPTH; each = each.getCause()) {
      if (concernsOne(each.getClass())) {
        return false;
      }
      depth++;
    }
    return !Thread.currentThread().isInterrupted();
  }

  /**
   * {@return whether each exception of that class is an error, an interruption or a cancellation,
   * which concerns the thread that throws it alone}
   *
   * @param type a class of exceptions
   */
  public static boolean concernsOne(Class<?> type) {
    return OF_ONE.stream().anyMatch(each -> each.isAssignableFrom(type));
  }

  /**
   * Has its hash code from the beginning, so that it is found again whatever becomes of the key.
   */
  private record Subject(Object scope, Object key, int hash) {
    Subject(Object scope, Object key) {
      this(scope, key, 31 * scope.hashCode() + key.hashCode());
    }

    @Override
    public int hashCode() {
      return hash;
    }
  }

  /** A computation under way. Its outcome is there when it has landed. */
  private static final class Flight extends ActiveCall
      implements WaitGraph.Awaited, ForkJoinPool.ManagedBlocker {
    final Subject subject;
    final Thread leader = Thread.currentThread();
    final CountDownLatch landed = new CountDownLatch(1);
    boolean isComputed;
    @Nullable Object result;
    @Nullable Exception shared;

    Flight(Subject subject) {
      this.subject = subject;
    }

    <T extends @Nullable Object> T lead(Callable<? extends T> computation) throws Exception {
      try {
        T computed = computation.call();
        result = computed;
        isComputed = true;
        return computed;
      } catch (Exception e) {
        shared = concernsAll(e) ? e : null;
        throw e;
      }
    }

    void end() {
      abandon();
      exit();
    }

    @Override
    protected void abandon() {
      FLIGHTS.remove(subject, this);
      landed.countDown();
    }

    @Override
    public boolean isReleasable() {
      return landed.getCount() == 0;
    }

    @Override
    public boolean block() throws InterruptedException {
      landed.await();
      return true;
    }

    @Override
    public Collection<Thread> owners() {
      return isReleasable() ? List.of() : List.of(leader);
    }
  }
}
