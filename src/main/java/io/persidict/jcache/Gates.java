package io.persidict.jcache;

import java.util.concurrent.locks.ReentrantLock;

/**
 * Lets the threads of this process pass one by one to entries that they are going to change, so
 * that an operation's events come in order, a loader is called once, and an entry processor is not
 * re-run for the sake of a neighbour. Correctness does not rest on it: every change is a
 * conditional write.
 *
 * <p>A thread that passed a gate, and calls a cache again from its listener, loader, writer or
 * processor, waits at no further gate. So there is no deadlock, whatever they call.
 */
final class Gates {
  private static final int STRIPES = 128;
  private static final ThreadLocal<int[]> PASSED = ThreadLocal.withInitial(() -> new int[1]);

  private final ReentrantLock[] stripes = new ReentrantLock[STRIPES];

  Gates() {
    for (int i = 0; i < STRIPES; i++) {
      stripes[i] = new ReentrantLock();
    }
  }

  /** A gate that this thread passes until it closes it. */
  interface Passage extends AutoCloseable {
    @Override
    void close();
  }

  /** Whether this thread is past a gate. */
  static boolean isPassed() {
    return PASSED.get()[0] > 0;
  }

  /** Passes the gate of {@code key}. */
  Passage pass(Object key) {
    ReentrantLock stripe = stripes[Math.floorMod(spread(key.hashCode()), STRIPES)];
    int[] passed = PASSED.get();
    if (passed[0] == 0) {
      stripe.lock();
    } else if (!stripe.tryLock()) {
      return () -> {};
    }
    passed[0]++;
    return () -> {
      passed[0]--;
      stripe.unlock();
    };
  }

  private static int spread(int hash) {
    return hash ^ (hash >>> 16);
  }
}
