package io.persidict.jcache.engine;

import java.util.concurrent.locks.ReentrantLock;

/**
 * Locks by which the threads of this process take turns at entries that they are going to change,
 * so that an operation's events come in order, a loader is called once, and an entry processor is
 * not run again for the sake of a neighbour. Correctness does not rest on them: every change is a
 * conditional write.
 *
 * <p>A thread that holds a lock, and calls a cache again from its listener, loader, writer or
 * processor, waits for no further lock. So there is no deadlock, whatever they call.
 */
final class KeyLocks {
  private static final int STRIPES = 128;
  private static final ThreadLocal<int[]> HELD = ThreadLocal.withInitial(() -> new int[1]);

  private final ReentrantLock[] stripes = new ReentrantLock[STRIPES];

  KeyLocks() {
    for (int i = 0; i < STRIPES; i++) {
      stripes[i] = new ReentrantLock();
    }
  }

  /** A lock that this thread holds until it closes it. */
  interface Held extends AutoCloseable {
    @Override
    void close();
  }

  /** Whether this thread holds a lock. */
  static boolean isHeldByThisThread() {
    return HELD.get()[0] > 0;
  }

  /** Locks {@code key}, unless this thread holds a lock and would have to wait. */
  Held lock(Object key) {
    ReentrantLock stripe = stripes[Math.floorMod(spread(key.hashCode()), STRIPES)];
    int[] held = HELD.get();
    if (held[0] == 0) {
      stripe.lock();
    } else if (!stripe.tryLock()) {
      return () -> {};
    }
    held[0]++;
    return () -> {
      held[0]--;
      stripe.unlock();
    };
  }

  private static int spread(int hash) {
    return hash ^ (hash >>> 16);
  }
}
