package io.persidict.format;

import java.util.IdentityHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Looks for lists, maps and sets that stand in so many places of a value that writing it, which
 * writes them in each, would never end. Needed for large values only.
 */
final class SharedParts {
  private static final long OPEN = -1;

  private final IdentityHashMap<Object, Long> known = new IdentityHashMap<>();
  private long distinct;

  private SharedParts() {}

  /**
   * @throws FormatException if what would be written is out of proportion to what {@code value} is
   */
  static void requireFew(@Nullable Object value) {
    SharedParts shared = new SharedParts();
    long parts = shared.count(value, 0);
    new ValueCost(shared.distinct).requireParts(parts);
  }

  private long count(@Nullable Object value, int depth) {
    ValueCost.requireDepth(depth);
    if (!(value instanceof Map) && !(value instanceof Iterable)) {
      long parts = ValueCost.parts(value);
      distinct += parts;
      return parts;
    }
    Long before = known.putIfAbsent(value, OPEN);
    if (before != null) {
      if (before == OPEN) {
        throw new FormatException("a list, map or set that holds itself");
      }
      distinct++;
      return before;
    }
    long parts = 1;
    if (value instanceof Map<?, ?> map) {
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        parts =
            plus(plus(parts, count(entry.getKey(), depth + 1)), count(entry.getValue(), depth + 1));
      }
    } else {
      for (Object element : (Iterable<?>) value) {
        parts = plus(parts, count(element, depth + 1));
      }
    }
    distinct++;
    known.put(value, parts);
    return parts;
  }

  private static long plus(long parts, long more) {
    return Math.min(parts + more, ValueCost.MOST);
  }
}
