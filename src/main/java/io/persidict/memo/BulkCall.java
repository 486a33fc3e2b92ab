package io.persidict.memo;

import io.persidict.lease.WorkerThreads;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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

  /** The calls, each once, by their identities. */
  private final Map<Object, Wanted<T>> wanted = new LinkedHashMap<>();

  private final Map<Object, Done<T, R>> done = new HashMap<>();

  BulkCall(
      MemoCalls<R> calls,
      Function<? super T, ? extends R> function,
      MemoFunction.Progress<? super T> progress) {
    this.calls = calls;
    this.function = function;
    this.progress = progress;
  }

  /**
   * A call that is to be made.
   *
   * @param key nobody changes it
   * @param identity that of the key
   */
  private record Wanted<T extends @Nullable Object>(T argument, Object key, Object identity) {}

  /** What became of one call; has a result if there is no failure. */
  private record Done<T extends @Nullable Object, R extends @Nullable Object>(
      Wanted<T> wanted, @Nullable R result, @Nullable RuntimeException failure, boolean computed) {}

  Bulk<T, R> run(Collection<? extends T> arguments, int threads) {
    for (T argument : arguments) {
      Object key = calls.copyOf(calls.key(Collections.singletonList(argument)));
      Object identity = calls.identityOf(key);
      wanted.put(identity, new Wanted<>(argument, key, identity));
    }
    findStored();
    List<Wanted<T>> missing = new ArrayList<>(wanted.values());
    missing.removeIf(call -> done.containsKey(call.identity));
    if (!missing.isEmpty()) {
      compute(missing, Math.min(threads, missing.size()));
    }
    Map<T, R> results = new LinkedHashMap<>();
    Map<T, RuntimeException> failures = new LinkedHashMap<>();
    for (Wanted<T> call : wanted.values()) {
      Done<T, R> each = Objects.requireNonNull(done.get(call.identity));
      if (each.failure == null) {
        results.put(asGiven(call), each.result);
      } else {
        failures.put(asGiven(call), each.failure);
      }
    }
    return new Bulk<>(results, failures);
  }

  /** Finishes those calls whose results are stored. */
  private void findStored() {
    List<Wanted<T>> all = List.copyOf(wanted.values());
    for (int start = 0; start < all.size(); start += LOOKUP) {
      Map<Object, Wanted<T>> some = new HashMap<>();
      all.subList(start, Math.min(start + LOOKUP, all.size()))
          .forEach(call -> some.put(call.key, call));
      calls
          .stored(some.keySet())
          .forEach(
              (key, stored) ->
                  finish(
                      attempt(
                          Objects.requireNonNull(some.get(key)),
                          new AtomicBoolean(),
                          () -> calls.replayed(stored))));
    }
  }

  /**
   * The argument, or a copy of what it was before the function changed it; an array is itself
   * either way, since nobody finds another one in a map.
   */
  @SuppressWarnings("unchecked") // the copy is of the same class
  private T asGiven(Wanted<T> call) {
    T argument = call.argument;
    if (!(call.key instanceof List<?> parts)
        || argument == null
        || argument.getClass().isArray()
        || isUnchanged(call)) {
      return argument;
    }
    return (T) parts.get(1);
  }

  private boolean isUnchanged(Wanted<T> call) {
    try {
      Object now = calls.identityOf(calls.key(Collections.singletonList(call.argument)));
      return now.equals(call.identity);
    } catch (RuntimeException e) {
      return false; // it is no key any more
    }
  }

  private void compute(List<Wanted<T>> missing, int threads) {
    Collections.shuffle(
        missing); // or else processes that compute the same would wait for each other
    if (!WorkerThreads.areAllowed()) {
      missing.forEach(call -> finish(compute(call)));
      return;
    }
    try (WorkerThreads workers = new WorkerThreads("persidict-memo")) {
      compute(missing, Executors.newFixedThreadPool(threads, workers));
    }
  }

  private void compute(List<Wanted<T>> missing, ExecutorService workers) {
    try {
      CompletionService<Done<T, R>> finished =
          new ExecutorCompletionService<>(task -> execute(workers, task));
      missing.forEach(call -> finished.submit(() -> compute(call)));
      for (int i = 0; i < missing.size(); i++) {
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

  private static void execute(ExecutorService workers, Runnable task) {
    try {
      workers.execute(task);
    } catch (OutOfMemoryError e) { // the system has no more threads
      task.run();
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

  private Done<T, R> compute(Wanted<T> call) {
    AtomicBoolean computed = new AtomicBoolean();
    Callable<R> noted =
        () -> {
          computed.set(true);
          return function.apply(call.argument);
        };
    return attempt(call, computed, () -> calls.computed(call.key, noted));
  }

  private Done<T, R> attempt(Wanted<T> call, AtomicBoolean computed, Supplier<R> result) {
    try {
      return new Done<>(call, result.get(), null, computed.get());
    } catch (RuntimeException e) {
      return new Done<>(call, null, e, computed.get());
    }
  }

  private void finish(Done<T, R> each) {
    done.put(each.wanted.identity, each);
    progress.advanced(asGiven(each.wanted), each.computed, done.size(), wanted.size());
  }
}
