package io.persidict.lease;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which thread of this process waits for which: for a key's lock, or for a computation. All waits
 * are known here, so that none is begun that would close a circle.
 */
final class WaitGraph {
  /** What each waiting thread waits for. Guarded by itself. */
  private static final Map<Thread, Awaited> WAITING = new HashMap<>();

  private WaitGraph() {}

  /** Something that one thread has and others wait for. */
  interface Awaited {
    /** The thread that has it; null while no thread does. */
    @Nullable Thread owner();
  }

  /**
   * Notes that this thread waits for {@code awaited}, unless its owner waits for this thread, or is
   * it.
   *
   * @return whether it may wait; then {@link #stopsWaiting} must follow
   */
  static boolean startsWaiting(Awaited awaited) {
    Thread self = Thread.currentThread();
    synchronized (WAITING) {
      Awaited next = awaited;
      while (next != null) {
        Thread owner = next.owner();
        if (owner == self) {
          return false;
        }
        next = owner == null ? null : WAITING.get(owner);
      }
      WAITING.put(self, awaited);
      return true;
    }
  }

  /** This thread waits no more. */
  static void stopsWaiting() {
    synchronized (WAITING) {
      WAITING.remove(Thread.currentThread());
    }
  }
}
