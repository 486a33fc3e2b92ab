package io.persidict.memo;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What became of many calls of one function.
 *
 * @param results by argument, in the order the arguments were given; may hold {@code null}
 * @param failures what was thrown for the other arguments
 */
public record Bulk<T extends @Nullable Object, R extends @Nullable Object>(
    Map<T, R> results, Map<T, RuntimeException> failures) {
  public Bulk {
    results = Collections.unmodifiableMap(new LinkedHashMap<>(results));
    failures = Collections.unmodifiableMap(new LinkedHashMap<>(failures));
  }

  /**
   * The results, if no call failed.
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
