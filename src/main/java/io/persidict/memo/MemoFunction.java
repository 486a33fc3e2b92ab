package io.persidict.memo;

import java.util.Collection;
import java.util.Collections;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A function of one argument whose results are kept; see {@link Memo}.
 *
 * @param <T> the arguments
 * @param <R> the results
 */
public final class MemoFunction<T extends @Nullable Object, R extends @Nullable Object>
    implements Function<T, R> {
  private final MemoCalls<R> calls;
  private final Function<? super T, ? extends R> function;

  MemoFunction(MemoCalls<R> calls, Function<? super T, ? extends R> function) {
    this.calls = calls;
    this.function = function;
  }

  /**
   * {@return the result for {@code argument}, computed if it is not stored}
   *
   * @param argument null, or what the cache takes as a key
   * @throws java.util.concurrent.CancellationException if this thread is interrupted while another
   *     one computes; its interrupt status is set
   */
  @Override
  public R apply(T argument) {
    return calls.call(Collections.singletonList(argument), () -> function.apply(argument));
  }

  /**
   * Told of each argument that is done, by the thread that asked for all.
   *
   * @param <T> the arguments
   */
  @FunctionalInterface
  public interface Progress<T extends @Nullable Object> {
    /**
     * One more argument is done.
     *
     * @param argument as it was given, or a copy of what it was before the function changed it
     * @param computed whether the function was called for it here, or else its result was found
     * @param done how many are, this one included
     * @param total how many will be
     */
    void advanced(T argument, boolean computed, int done, int total);
  }

  /**
   * The results for {@code arguments}, of which only those are computed that are not stored, and
   * each is stored as soon as it is computed. They are computed in any order, so that processes
   * which ask for the same at the same time share the work.
   *
   * <p>A failure ends the call for its argument alone. An {@code Error}, an interrupt, and whatever
   * {@code progress} throws end all: calls under way are interrupted, and waited for up to ten
   * seconds.
   *
   * @param arguments equal ones are one call
   * @param threads how many compute at the same time, 1 or more
   * @param progress may do nothing; slow ones hold up nobody but the caller
   * @return what became of each argument
   * @throws java.util.concurrent.CancellationException if this thread is interrupted; its interrupt
   *     status is set
   * @throws IllegalArgumentException if {@code threads} is less than 1
   */
  public Bulk<T, R> applyAll(
      Collection<? extends T> arguments, int threads, Progress<? super T> progress) {
    if (threads < 1) {
      throw new IllegalArgumentException(threads + " threads; 1 or more are possible");
    }
    return new BulkCall<>(calls, function, progress).run(arguments, threads);
  }
}
