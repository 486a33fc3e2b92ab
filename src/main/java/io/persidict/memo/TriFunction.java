package io.persidict.memo;

import org.jspecify.annotations.Nullable;

/** A function of three arguments. */
@FunctionalInterface
public interface TriFunction<
    A extends @Nullable Object,
    B extends @Nullable Object,
    C extends @Nullable Object,
    R extends @Nullable Object> {
  /** The function's result for these arguments. */
  R apply(A first, B second, C third);
}
