package io.persidict.lease;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;

/**
 * Threads that work for the one that made this, which waits for all of them until it closes this.
 * So a lock that it holds, or a computation that it is within, is none that they wait for. Daemon
 * threads.
 */
public final class WorkerThreads implements ThreadFactory, AutoCloseable {
  private static final int MAX_DEPTH = 3;

  private final String name;
  private final int depth = depthOfThisThread() + 1;
  private final Set<Thread> threads = ConcurrentHashMap.newKeySet();

  /**
   * None yet; this thread is to close this.
   *
   * @param name of all of them
   */
  public WorkerThreads(String name) {
    this.name = name;
    WaitGraph.startsWaiting(() -> threads);
  }

  private static final class Worker extends Thread {
    private final int depth;

    Worker(Runnable task, String name, int depth) {
      super(task, name);
      this.depth = depth;
      setDaemon(true);
    }
  }

  private static int depthOfThisThread() {
    return Thread.currentThread() instanceof Worker worker ? worker.depth : 0;
  }

  /**
   * {@return whether this thread may have others work for it} Those that work for it may have
   * workers of their own, and these too, but the next ones may not, or else a computation that
   * comes back to itself would start threads without end.
   */
  public static boolean areAllowed() {
    return depthOfThisThread() < MAX_DEPTH;
  }

  @Override
  public Thread newThread(Runnable task) {
    Thread thread = new Worker(task, name, depth);
    threads.add(thread);
    return thread;
  }

  @Override
  public void close() {
    WaitGraph.stopsWaiting();
  }
}
