package io.persidict.memo;

import org.jspecify.annotations.Nullable;

/**
 * A function of three arguments.
 *
 * @param <A> the first argument
 * @param <B> the second argument
 * @param <C> the third argument
 * @param <R> the result
 */
@FunctionalInterface
public interface TriFunction<
    A extends @Nullable Object,
    B extends @Nullable Object,
    C extends @Nullable Object,
    R extends @Nullable Object> {
  /**
   * {@return the function's result for three arguments}
   *
   * @param first null if its type allows for that, as the others
   * @param second what comes after it
   * @param third what comes last
   */
  R apply(A first, B second, C third);
}
