package io.persidict.maintenance;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A daemon thread that looks after stores in turn. There is one as long as there are any; others
 * help where writers cannot wait for their turn.
 */
public final class Maintenance {
  private static final long PAUSE_AFTER_FAULT_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final List<Keeper> keepers = new ArrayList<>();
  private @Nullable Thread thread;
  private volatile @Nullable Keeper current;

  /** Without a thread, until there is a store. */
  public Maintenance() {}

  /** Begins to look after a store, until its keeper is closed. */
  synchronized void add(Keeper keeper) {
    keepers.add(keeper);
    Thread present = thread;
    if (present == null || !present.isAlive()) {
      thread = started(this::work); // fails where there may be no more threads
    }
    notifyAll();
  }

  private Thread started(Runnable work) {
    Worker worker = new Worker(this, work);
    worker.start();
    return worker;
  }

  /** Inherits nothing that would keep an application's class loader alive. */
  private static final class Worker extends Thread {
    final Maintenance maintenance;

    Worker(Maintenance maintenance, Runnable work) {
      super(null, work, "persidict-maintenance", 0, false);
      this.maintenance = maintenance;
      setDaemon(true);
      setContextClassLoader(null);
    }
  }

  /** Has a thread of its own do {@code work}; false if there may be no more threads. */
  boolean help(Runnable work) {
    try {
      started(work);
      return true;
    } catch (OutOfMemoryError e) {
      return false;
    }
  }

  synchronized void remove(Keeper keeper) {
    keepers.remove(keeper);
    notifyAll();
  }

  /** Has the thread look whether there is something to do now. */
  synchronized void wake() {
    notifyAll();
  }

  /** Whether the thread looks after another store than that of {@code keeper} at the moment. */
  boolean isBusyElsewhere(Keeper keeper) {
    Keeper now = current;
    return now != null && now != keeper;
  }

  /** Whether this thread is one that works here. */
  boolean isOwnThread() {
    return Thread.currentThread() instanceof Worker worker && worker.maintenance == this;
  }

  /** Goes on whatever a turn comes to, so that no store is left alone. */
  private void work() {
    while (true) {
      try {
        Keeper next = next();
        if (next == null) {
          return;
        }
        current = next;
        next.turn();
      } catch (Throwable e) {
        // of a log that fails, or for want of memory; the next turn may be better
        Waiting.pause(PAUSE_AFTER_FAULT_NANOS);
      } finally {
        current = null;
      }
    }
  }

  /** Waits for the next one who has something to do; null if there is nobody left. */
  private synchronized @Nullable Keeper next() {
    while (!keepers.isEmpty()) {
      Keeper first =
          keepers.stream().min(Comparator.comparingLong(Keeper::nanosToTurn)).orElseThrow();
      long nanos = first.nanosToTurn();
      if (nanos <= 0) {
        return first;
      }
      try {
        TimeUnit.NANOSECONDS.timedWait(this, nanos + TimeUnit.MILLISECONDS.toNanos(1));
      } catch (InterruptedException e) {
        // by somebody who has no business here
      }
    }
    thread = null;
    return null;
  }
}
