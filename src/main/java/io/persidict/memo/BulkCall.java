package io.persidict.memo;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One {@link MemoFunction#applyAll}: finds what is stored, and has the rest computed. */
final class BulkCall<T extends @Nullable Object, R extends @Nullable Object> {
  private static final int LOOKUP = 500;
  private static final int STOP_SECONDS = 10;

  private final MemoCalls<R> calls;
  private final Function<? super T, ? extends R> function;
  private final MemoFunction.Progress<? super T> progress;

  /** The arguments by the keys of their calls. */
  private final Map<Object, T> wanted = new LinkedHashMap<>();

  private final Map<T, Done<T, R>> done = new HashMap<>();

  BulkCall(
      MemoCalls<R> calls,
      Function<? super T, ? extends R> function,
      MemoFunction.Progress<? super T> progress) {
    this.calls = calls;
    this.function = function;
    this.progress = progress;
  }

  /** What became of one argument; has a result if there is no failure. */
  private record Done<T extends @Nullable Object, R extends @Nullable Object>(
      T argument, @Nullable R result, @Nullable RuntimeException failure, boolean computed) {}

  Bulk<T, R> run(Collection<? extends T> arguments, int threads) {
    for (T argument : arguments) {
      wanted.put(calls.key(Collections.singletonList(argument)), argument);
    }
    List<Object> missing = new ArrayList<>(wanted.keySet());
    missing.removeAll(findStored(missing));
    if (!missing.isEmpty()) {
      compute(missing, Math.min(threads, missing.size()));
    }
    Map<T, R> results = new LinkedHashMap<>();
    Map<T, RuntimeException> failures = new LinkedHashMap<>();
    for (T argument : wanted.values()) {
      Done<T, R> each = Objects.requireNonNull(done.get(argument));
      if (each.failure == null) {
        results.put(argument, each.result);
      } else {
        failures.put(argument, each.failure);
      }
    }
    return new Bulk<>(results, failures);
  }

  /** Finishes those of {@code keys} whose results are stored, and returns them. */
  private Set<Object> findStored(List<Object> keys) {
    Set<Object> found = new HashSet<>();
    for (int start = 0; start < keys.size(); start += LOOKUP) {
      List<Object> some = keys.subList(start, Math.min(start + LOOKUP, keys.size()));
      calls
          .stored(Set.copyOf(some))
          .forEach(
              (key, stored) -> {
                found.add(key);
                finish(attempt(argument(key), new AtomicBoolean(), () -> calls.replayed(stored)));
              });
    }
    return found;
  }

  private void compute(List<Object> keys, int threads) {
    Collections.shuffle(keys); // or else processes that compute the same would wait for each other
    ExecutorService workers = Executors.newFixedThreadPool(threads, BulkCall::worker);
    try {
      CompletionService<Done<T, R>> finished = new ExecutorCompletionService<>(workers);
      keys.forEach(key -> finished.submit(() -> compute(key)));
      for (int i = 0; i < keys.size(); i++) {
        finish(finished.take().get());
      }
    } catch (ExecutionException e) {
      throw (Error) e.getCause(); // attempt catches all others
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      CancellationException cancelled =
          new CancellationException("interrupted after " + done.size() + " of " + wanted.size());
      cancelled.initCause(e);
      throw cancelled;
    } finally {
      stop(workers);
    }
  }

  /** Ends them, after interrupting those that still work; waits for these, but not forever. */
  private static void stop(ExecutorService workers) {
    workers.shutdownNow();
    boolean interrupted = Thread.interrupted();
    try {
      workers.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static Thread worker(Runnable task) {
    Thread thread = new Thread(task, "persidict-memo");
    thread.setDaemon(true);
    return thread;
  }

  private Done<T, R> compute(Object key) {
    AtomicBoolean computed = new AtomicBoolean();
    T argument = argument(key);
    Callable<R> noted =
        () -> {
          computed.set(true);
          return function.apply(argument);
        };
    return attempt(argument, computed, () -> calls.computed(key, noted));
  }

  @SuppressWarnings("NullAway") // null where that is the argument
  private T argument(Object key) {
    return wanted.get(key);
  }

  private Done<T, R> attempt(T argument, AtomicBoolean computed, Supplier<R> result) {
    try {
      return new Done<>(argument, result.get(), null, computed.get());
    } catch (RuntimeException e) {
      return new Done<>(argument, null, e, computed.get());
    }
  }

  private void finish(Done<T, R> each) {
    done.put(each.argument, each);
    progress.advanced(each.argument, each.computed, done.size(), wanted.size());
  }
}
