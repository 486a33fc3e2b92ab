package io.persidict.lease;

import io.persidict.metrics.FlightRecorder;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A lock for each key, by which the threads of this process take turns. Whoever holds one keeps
 * nobody from other keys. Nothing is kept of a key that nobody locks.
 *
 * <p>There is no deadlock among these locks and the computations of {@link SingleFlight}, whatever
 * is called while one is held: a thread goes on without the lock if the one that holds it waits for
 * this thread, or is it. So correctness must not rest on a lock alone. A wait by other means, such
 * as for a thread that was started, is not seen.
 */
public final class KeyLocks {
  private static final Held NOTHING = () -> {};

  private final ConcurrentMap<Object, KeyLock> locks = new ConcurrentHashMap<>();
  private final LongConsumer waited;

  /** Locks of which nobody counts the waits. */
  public KeyLocks() {
    this(nanos -> {});
  }

  /**
   * Locks whose waits are counted.
   *
   * @param waited told after each wait how many nanoseconds it took
   */
  public KeyLocks(LongConsumer waited) {
    this.waited = waited;
  }

  /** What this thread holds until it closes it, once or more often. */
  public interface Held extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Locks {@code key}, or goes on without the lock if waiting for it would never end. An interrupt
   * does not end the wait, and stays pending.
   *
   * @param key immutable, with {@code equals}
   * @return what gives the lock back, to be closed by this thread
   */
  public Held lock(Object key) {
    KeyLock lock =
        locks.compute(
            key,
            (k, known) -> {
              KeyLock used = known == null ? new KeyLock(k) : known;
              used.users++;
              return used;
            });
    if (lock.acquire()) {
      return lock;
    }
    lock.leave();
    return NOTHING;
  }

  private final class KeyLock implements Held, WaitGraph.Awaited, ForkJoinPool.ManagedBlocker {
    private final Object key;
    private final ReentrantLock lock = new ReentrantLock();

    /** Null for a moment after the lock was taken, while its owner waits for nothing. */
    private volatile @Nullable Thread owner;

    /** How many threads hold it or are about to. Changed by the map alone. */
    private int users;

    KeyLock(Object key) {
      this.key = key;
    }

    @Override
    public Collection<Thread> owners() {
      Thread known = owner;
      return known == null ? List.of() : List.of(known);
    }

    boolean acquire() {
      Thread self = Thread.currentThread();
      if (lock.isHeldByCurrentThread()) {
        return false;
      }
      if (!lock.tryLock()) {
        if (!WaitGraph.startsWaiting(this)) {
          return false;
        }
        FlightRecorder.Timed wait = FlightRecorder.lockWait();
        long start = System.nanoTime();
        try {
          lockUninterruptibly();
        } finally {
          WaitGraph.stopsWaiting();
          FlightRecorder.end(wait);
          waited.accept(System.nanoTime() - start);
        }
      }
      owner = self;
      return true;
    }

    private void lockUninterruptibly() {
      try {
        WaitGraph.await(this);
      } catch (InterruptedException e) { // block throws none: the pool is ending
        while (!isReleasable() && !block()) {}
      }
    }

    @Override
    public boolean isReleasable() {
      return lock.isHeldByCurrentThread() || lock.tryLock();
    }

    @Override
    public boolean block() {
      lock.lock();
      return true;
    }

    @Override
    public void close() {
      if (lock.isHeldByCurrentThread()) {
        owner = null;
        lock.unlock();
        leave();
      }
    }

    void leave() {
      locks.compute(key, (k, used) -> --users == 0 ? null : used);
    }
  }
}
