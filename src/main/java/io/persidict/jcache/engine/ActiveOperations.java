package io.persidict.jcache.engine;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The operations of one cache that are under way in this process. After {@link #close} no new one
 * begins; those that are under way end as if the cache were open, with all that they call.
 *
 * <p>Two counts, each added to by all threads without contention: of those that began and of those
 * that ended.
 */
public final class ActiveOperations {
  /** Whose operations this thread is within. JDK classes only, so it holds no class loader. */
  private static final ThreadLocal<ArrayDeque<Object>> WITHIN =
      ThreadLocal.withInitial(ArrayDeque::new);

  private final String cacheName;
  private final LongAdder begun = new LongAdder();
  private final LongAdder ended = new LongAdder();
  private final AtomicReference<@Nullable Runnable> last = new AtomicReference<>();
  private final CountDownLatch finished = new CountDownLatch(1);
  private volatile boolean closed;

  public ActiveOperations(String cacheName) {
    this.cacheName = cacheName;
  }

  /**
   * Whether this thread is within an operation of any cache, or tells a listener of one. Whoever
   * waited for it could wait for ever.
   */
  public static boolean isWithinOne() {
    return !WITHIN.get().isEmpty() || DaemonExecutor.isOwnThread();
  }

  public String cacheName() {
    return cacheName;
  }

  /** Whether no operation begins any more. */
  public boolean isClosed() {
    return closed;
  }

  /**
   * Tells whether an operation may begin.
   *
   * @throws IllegalStateException if not
   */
  public void checkOpen() {
    if (closed && !WITHIN.get().contains(this)) {
      throw refusal();
    }
  }

  private IllegalStateException refusal() {
    return new IllegalStateException("cache " + cacheName + " is closed");
  }

  /**
   * Runs an operation.
   *
   * @throws IllegalStateException if the cache is closed, unless this thread is within another
   *     operation of it
   */
  public <T extends @Nullable Object> T run(Supplier<T> operation) {
    ArrayDeque<Object> within = WITHIN.get();
    if (within.contains(this)) {
      return operation.get();
    }
    begin();
    return runBegun(within, operation);
  }

  private <T extends @Nullable Object> T runBegun(
      ArrayDeque<Object> within, Supplier<T> operation) {
    within.push(this);
    try {
      return operation.get();
    } finally {
      within.pop();
      endOne();
    }
  }

  /**
   * Counts {@code task} as under way from now until it has run, in whichever thread.
   *
   * @throws IllegalStateException if the cache is closed, unless this thread is within another
   *     operation of it
   */
  public Task begin(Runnable task) {
    if (WITHIN.get().contains(this)) {
      begun.increment();
    } else {
      begin();
    }
    return new Task(task);
  }

  /** The same; empty if the cache is closed. */
  public Optional<Task> tryBegin(Runnable task) {
    try {
      return Optional.of(begin(task));
    } catch (IllegalStateException e) {
      return Optional.empty();
    }
  }

  /** An operation that some thread is to run, once. */
  public final class Task implements Runnable {
    private final Runnable task;

    private Task(Runnable task) {
      this.task = task;
    }

    @Override
    public void run() {
      runBegun(
          WITHIN.get(),
          () -> {
            task.run();
            return true;
          });
    }
  }

  /**
   * {@code operation} for use by other threads as well: if this thread is within an operation, they
   * are too.
   */
  public <T, R> Function<T, R> carriedOver(Function<T, R> operation) {
    if (!WITHIN.get().contains(this)) {
      return operation;
    }
    return item -> {
      ArrayDeque<Object> within = WITHIN.get();
      within.push(this);
      try {
        return operation.apply(item);
      } finally {
        within.pop();
      }
    };
  }

  private void begin() {
    begun.increment();
    if (closed) {
      endOne();
      throw refusal();
    }
  }

  private void endOne() {
    ended.increment();
    if (closed) {
      finishIfDrained();
    }
  }

  /** What ended is counted first: so an operation that is under way makes a difference. */
  private void finishIfDrained() {
    long before = ended.sum();
    Runnable finish = before == begun.sum() ? last.getAndSet(null) : null;
    if (finish != null) {
      try {
        finish.run();
      } finally {
        finished.countDown();
      }
    }
  }

  /** Lets no further operation begin; {@link #close} is to follow. */
  public void refuse() {
    closed = true;
  }

  /**
   * Lets no further operation begin.
   *
   * @param finish run, when none is under way any more: by this thread or by the last one
   */
  public void close(Runnable finish) {
    last.set(finish);
    closed = true;
    finishIfDrained();
  }

  /**
   * Waits until all operations have ended and what was to be run then has been. A thread within an
   * operation waits for nobody, since that one might wait for it; nor does one that is interrupted.
   *
   * @return whether all have ended
   */
  public boolean awaitEnd(Duration atMost) {
    if (!isWithinOne()) {
      try {
        return finished.await(atMost.toNanos(), TimeUnit.NANOSECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    return finished.getCount() == 0;
  }
}
