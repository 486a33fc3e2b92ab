package io.persidict.lease;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ForkJoinPool;

/**
 * Which thread of this process waits for which: for a key's lock, for a computation, or for those
 * that work for it. All waits are known here, so that none is begun that would close a circle.
 */
final class WaitGraph {
  /** What each waiting thread waits for, the last thing first. Guarded by itself. */
  private static final Map<Thread, Deque<Awaited>> WAITING = new HashMap<>();

  private WaitGraph() {}

  /** Something that others wait for. */
  interface Awaited {
    /** The threads that have to go on before the wait ends; none for a moment that is its end. */
    Collection<Thread> owners();
  }

  /**
   * Notes that this thread waits for {@code awaited}, unless one of its owners waits for this
   * thread, or is it.
   *
   * @return whether it may wait; then {@link #stopsWaiting} must follow
   */
  static boolean startsWaiting(Awaited awaited) {
    Thread self = Thread.currentThread();
    synchronized (WAITING) {
      if (isAhead(self, awaited)) {
        return false;
      }
      WAITING.computeIfAbsent(self, first -> new ArrayDeque<>()).push(awaited);
      return true;
    }
  }

  private static boolean isAhead(Thread self, Awaited awaited) {
    Set<Thread> seen = new HashSet<>();
    Deque<Thread> ahead = new ArrayDeque<>(awaited.owners());
    while (!ahead.isEmpty()) {
      Thread owner = ahead.pop();
      if (owner == self) {
        return true;
      }
      if (seen.add(owner)) {
        Deque<Awaited> next = WAITING.getOrDefault(owner, new ArrayDeque<>());
        next.forEach(other -> ahead.addAll(other.owners()));
      }
    }
    return false;
  }

  /**
   * Waits. A worker of a {@link ForkJoinPool} has another one work in its place meanwhile, since
   * what it waits for may itself wait for tasks of that pool.
   *
   * @throws InterruptedException as {@code wait} throws it, or because the pool is ending
   */
  static void await(ForkJoinPool.ManagedBlocker wait) throws InterruptedException {
    try {
      ForkJoinPool.managedBlock(wait);
    } catch (RuntimeException | Error e) { // there is no thread for its place
      while (!wait.isReleasable() && !wait.block()) {}
    }
  }

  /** This thread does not wait any more for what it began to wait for last. */
  static void stopsWaiting() {
    Thread self = Thread.currentThread();
    synchronized (WAITING) {
      Deque<Awaited> waits = WAITING.get(self);
      if (waits != null) {
        waits.pop();
        if (waits.isEmpty()) {
          WAITING.remove(self);
        }
      }
    }
  }
}
