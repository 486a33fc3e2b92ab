package io.persidict.memo;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What became of many calls of one function.
 *
 * @param results by argument, in the order the arguments were given; may hold {@code null}
 * @param failures what was thrown for the other arguments, in the same order
 * @param <T> the arguments
 * @param <R> the results
 */
public record Bulk<T extends @Nullable Object, R extends @Nullable Object>(
    Map<T, R> results, Map<T, RuntimeException> failures) {
  /**
   * Copies both maps, in their order.
   *
   * @param results of the calls that returned
   * @param failures of all other calls
   */
  public Bulk {
    results = Collections.unmodifiableMap(new LinkedHashMap<>(results));
    failures = Collections.unmodifiableMap(new LinkedHashMap<>(failures));
  }

  /**
   * {@return the results, if no call failed; unmodifiable}
   *
   * @throws RuntimeException the first failure, with the others as suppressed
   */
  public Map<T, R> orThrow() {
    RuntimeException first = null;
    for (RuntimeException failure : failures.values()) {
      if (first == null) {
        first = failure;
      } else if (first != failure) {
        first.addSuppressed(failure);
      }
    }
    if (first != null) {
      throw first;
    }
    return results;
  }
}
