package io.persidict.format;

import java.math.BigInteger;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what is read from a pickle or from jsonpickle's JSON within bounds that recursion and
 * hashing need: no container is deeper than {@link PickleFormat#MAX_DEPTH} or inside itself, and
 * the work of hashing keys, which shared tuples could make exponential and equal hashes quadratic,
 * is at most proportional to the file.
 */
final class DecodeLimits {
  private static final int OPEN = -1;
  private static final int UNKNOWN = -2;

  /** So many tuples of an honest dict may share a hash: those of numbers in a grid do. */
  private static final int USUAL = 256;

  /** How much more a comparison among many equal hashes costs than an element of a key. */
  private static final int SEARCH = 16;

  /** How deep the containers are that a file referred to more than once. */
  private final IdentityHashMap<Object, Integer> shared = new IdentityHashMap<>();

  /** Of each container with keys that Java cannot order, how many have the same hash. */
  private final IdentityHashMap<Object, Map<Integer, Integer>> hashes = new IdentityHashMap<>();

  private final long length;
  private long work;

  DecodeLimits(long length) {
    this.length = length;
  }

  /** Notes that {@code value} may stand in several places. */
  void share(@Nullable Object value) {
    if (isContainer(value)) {
      shared.putIfAbsent(value, UNKNOWN);
    }
  }

  private static boolean isContainer(@Nullable Object value) {
    return value instanceof List || value instanceof Map || value instanceof Set;
  }

  // ---- keys

  /** Refuses what Python would not hash, or Java only with more work than the pickle is worth. */
  void requireKey(Object container, @Nullable Object key) {
    weigh(key, 0);
    if (key instanceof List || key instanceof LocalDateTime || key instanceof OffsetDateTime) {
      int same =
          hashes
              .computeIfAbsent(container, first -> new HashMap<>())
              .merge(key.hashCode(), 1, Integer::sum);
      spend(same <= USUAL ? 0 : SEARCH * same);
    }
  }

  private void weigh(@Nullable Object key, int depth) {
    if (key instanceof ArrayList || key instanceof Map || key instanceof Set) {
      throw new FormatException("it has a list, dict or set as a key or in a set");
    }
    if (key instanceof List<?> tuple) {
      requireDepth(depth);
      for (Object element : tuple) {
        weigh(element, depth + 1);
      }
    }
    spend(
        key instanceof String text
            ? 1 + text.length() / 8
            : key instanceof BigInteger number ? number.bitLength() / 32 : 1);
  }

  private void spend(long amount) {
    work += amount;
    if (work > (1 << 20) + 8 * length) {
      throw new FormatException("it has keys that take too long to hash");
    }
  }

  // ---- values

  /** Refuses all but basic values, nested only so deep. */
  void requireValue(@Nullable Object value) {
    depth(value, 0);
  }

  /** How many containers lie in each other in {@code value}, which is {@code level} deep itself. */
  private int depth(@Nullable Object value, int level) {
    if (!isContainer(value)) {
      requireBasic(value);
      return 0;
    }
    Integer known = shared.get(value);
    if (known != null && known >= 0) {
      requireDepth(level + known);
      return known;
    }
    if (known != null && known == OPEN) {
      throw new FormatException("it has a list or dict that holds itself");
    }
    requireDepth(level);
    if (known != null) {
      shared.put(value, OPEN);
    }
    int deepest = 0;
    if (value instanceof Map<?, ?> map) {
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        deepest = Math.max(deepest, depth(entry.getKey(), level + 1));
        deepest = Math.max(deepest, depth(entry.getValue(), level + 1));
      }
    } else if (value instanceof Iterable<?> elements) {
      for (Object element : elements) {
        deepest = Math.max(deepest, depth(element, level + 1));
      }
    }
    if (known != null) {
      shared.put(value, deepest + 1);
    }
    return deepest + 1;
  }

  private static void requireDepth(int depth) {
    if (depth > PickleFormat.MAX_DEPTH) {
      throw new FormatException("it nests deeper than " + PickleFormat.MAX_DEPTH);
    }
  }

  private static void requireBasic(@Nullable Object value) {
    boolean basic =
        value == null
            || value instanceof Boolean
            || value instanceof Long
            || value instanceof BigInteger
            || value instanceof Double
            || value instanceof String
            || value instanceof byte[]
            || value instanceof LocalDate
            || value instanceof LocalDateTime
            || value instanceof OffsetDateTime;
    if (!basic) {
      throw new FormatException(
          "it holds a "
              + (value instanceof AllowedCallable
                  ? "type"
                  : value instanceof AllowedCallable.Delta ? "timedelta" : "timezone")
              + ", which is no basic value");
    }
  }
}
