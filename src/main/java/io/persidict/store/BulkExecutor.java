package io.persidict.store;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.Queue;
import java.util.Spliterator;
import java.util.Spliterators.AbstractSpliterator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** Threads of a store that carry out operations on many names, and end when idle. */
public final class BulkExecutor implements AutoCloseable {
  private static final Duration IDLE = Duration.ofSeconds(10);

  private final int size;
  private final ThreadPoolExecutor executor;

  /** One of the threads, by which they know each other. */
  private static final class WorkerThread extends Thread {
    WorkerThread(Runnable work, String name) {
      super(work, name);
      setDaemon(true);
    }
  }

  /** What is done with one item, once, by whoever comes first. */
  private static final class Step<R> implements Runnable {
    private final Supplier<R> operation;
    private final AtomicBoolean begun = new AtomicBoolean();
    private final CompletableFuture<R> result = new CompletableFuture<>();

    Step(Supplier<R> operation) {
      this.operation = operation;
    }

    @Override
    public void run() {
      if (begun.compareAndSet(false, true)) {
        try {
          result.complete(operation.get());
        } catch (Throwable e) {
          result.completeExceptionally(e);
        }
      }
    }

    /**
     * Waits without regard to interrupts, and throws what the operation threw. Does itself what no
     * thread has begun, since all of them may wait for the caller.
     */
    R result() {
      run();
      try {
        return result.join();
      } catch (CompletionException e) {
        if (e.getCause() instanceof RuntimeException cause) {
          throw cause;
        }
        if (e.getCause() instanceof Error cause) {
          throw cause;
        }
        throw e;
      }
    }

    /** Sees to it that nothing is done any more. */
    void skipOrAwait() {
      if (!begun.compareAndSet(false, true)) {
        result.handle((done, failed) -> null).join();
      }
    }
  }

  /**
   * No threads yet; they come with the work.
   *
   * @param threadName of all of them
   * @param size how many threads there are at most
   */
  public BulkExecutor(String threadName, int size) {
    this.size = size;
    this.executor =
        new ThreadPoolExecutor(
            size,
            size,
            IDLE.toMillis(),
            TimeUnit.MILLISECONDS,
            new LinkedBlockingQueue<>(),
            work -> new WorkerThread(work, threadName));
    executor.allowCoreThreadTimeOut(true);
  }

  /**
   * The results of {@code operation}, in the items' order, computed up to {@code size} items ahead
   * of the one who reads them. Within an operation of this kind the items come one by one, so that
   * none waits for a thread that waits for it.
   *
   * @param <T> what there is to do something for
   * @param <R> what it comes to
   * @param items read by the thread that reads the results; closed with these
   * @param operation called by several threads at once, once an item
   * @return the results; where one would come that the operation threw, that is thrown, and what
   *     was not begun is left undone
   * @throws IllegalStateException from the stream, after {@link #close}
   */
  public <T, R> Stream<R> each(Stream<T> items, Function<T, R> operation) {
    if (Thread.currentThread() instanceof WorkerThread) {
      return items.map(operation);
    }
    Results<T, R> results = new Results<>(items.iterator(), operation);
    return StreamSupport.stream(results, false).onClose(results::stop).onClose(items::close);
  }

  private final class Results<T, R> extends AbstractSpliterator<R> {
    private final Iterator<T> items;
    private final Function<T, R> operation;
    private final Queue<Step<R>> begun = new ArrayDeque<>();

    Results(Iterator<T> items, Function<T, R> operation) {
      super(Long.MAX_VALUE, Spliterator.ORDERED);
      this.items = items;
      this.operation = operation;
    }

    @Override
    public boolean tryAdvance(Consumer<? super R> action) {
      R result;
      try {
        while (begun.size() < size && items.hasNext()) {
          begun.add(begin(items.next()));
        }
        Step<R> first = begun.poll();
        if (first == null) {
          return false;
        }
        result = first.result();
      } catch (RuntimeException | Error e) {
        stop();
        throw e;
      }
      action.accept(result);
      return true;
    }

    /** Sees to it that nothing goes on. */
    void stop() {
      begun.forEach(Step::skipOrAwait);
      begun.clear();
    }

    private Step<R> begin(T item) {
      Step<R> step = new Step<>(() -> operation.apply(item));
      try {
        executor.execute(step);
      } catch (RejectedExecutionException e) {
        throw new IllegalStateException("the store was closed meanwhile", e);
      } catch (OutOfMemoryError e) {
        // The system has no more threads: whoever waits for the step does it.
      }
      return step;
    }
  }

  /** Begins nothing any more; what is under way goes on. */
  @Override
  public void close() {
    executor.shutdown();
  }
}
