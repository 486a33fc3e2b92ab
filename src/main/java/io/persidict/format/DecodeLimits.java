package io.persidict.format;

import java.math.BigInteger;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what is read from a pickle or from jsonpickle's JSON within the bounds of {@link
 * ValueCost}: no container is too deep or inside itself, none that stands in many places stands for
 * too much, and hashing keys takes no more work than the file is worth.
 */
final class DecodeLimits {
  /** How deep a container is and how many parts it has, with all that it holds. */
  private record Extent(int depth, long parts) {
    static final Extent UNKNOWN = new Extent(-1, 0);
    static final Extent OPEN = new Extent(-2, 0);
  }

  /** The containers that a file referred to more than once. */
  private final IdentityHashMap<Object, Extent> shared = new IdentityHashMap<>();

  /** Of each container with keys that Java cannot order, their hashes. */
  private final IdentityHashMap<Object, ValueCost.Hashes> hashes = new IdentityHashMap<>();

  private final ValueCost cost;

  /**
   * @param length of what is read, in bytes, decompressed
   */
  DecodeLimits(long length) {
    this.cost = new ValueCost(length);
  }

  /** Notes that {@code value} may stand in several places. */
  void share(@Nullable Object value) {
    if (isContainer(value)) {
      shared.putIfAbsent(value, Extent.UNKNOWN);
    }
  }

  private static boolean isContainer(@Nullable Object value) {
    return value instanceof List || value instanceof Map || value instanceof Set;
  }

  // ---- keys

  /** Refuses what Python would not hash, or Java only with more work than the pickle is worth. */
  void requireKey(Object container, @Nullable Object key) {
    long parts = weigh(key, 0);
    if (key instanceof List || key instanceof LocalDateTime || key instanceof OffsetDateTime) {
      hashes
          .computeIfAbsent(container, first -> cost.new Hashes())
          .add(key.hashCode(), parts, false);
    }
  }

  private long weigh(@Nullable Object key, int depth) {
    if (key instanceof ArrayList || key instanceof Map || key instanceof Set) {
      throw new FormatException("it has a list, dict or set as a key or in a set");
    }
    if (key instanceof List<?> tuple) {
      ValueCost.requireDepth(depth);
      long parts = 1;
      for (Object element : tuple) {
        parts += weigh(element, depth + 1);
      }
      cost.spend(1);
      return parts;
    }
    long parts = ValueCost.parts(key);
    cost.spend(parts);
    return parts;
  }

  // ---- values

  /** Refuses all but basic values, nested only so deep, and not too many in all. */
  void requireValue(@Nullable Object value) {
    measure(value, 0);
  }

  /** What lies in {@code value}, which is {@code level} deep itself. */
  private Extent measure(@Nullable Object value, int level) {
    if (!isContainer(value)) {
      requireBasic(value);
      return new Extent(0, ValueCost.parts(value));
    }
    Extent known = shared.get(value);
    if (Extent.OPEN.equals(known)) {
      throw new FormatException("it has a list or dict that holds itself");
    }
    if (known != null && !known.equals(Extent.UNKNOWN)) {
      ValueCost.requireDepth(level + known.depth());
      return known;
    }
    ValueCost.requireDepth(level);
    if (known != null) {
      shared.put(value, Extent.OPEN);
    }
    Extent whole = new Extent(1, 1);
    if (value instanceof Map<?, ?> map) {
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        whole = with(whole, measure(entry.getKey(), level + 1));
        whole = with(whole, measure(entry.getValue(), level + 1));
      }
    } else if (value instanceof Iterable<?> elements) {
      for (Object element : elements) {
        whole = with(whole, measure(element, level + 1));
      }
    }
    if (known != null) {
      shared.put(value, whole);
    }
    return whole;
  }

  private Extent with(Extent whole, Extent part) {
    long parts = whole.parts() + part.parts();
    cost.requireParts(parts);
    return new Extent(Math.max(whole.depth(), part.depth() + 1), parts);
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
                  : value instanceof AllowedCallable.Delta
                      ? "timedelta"
                      : value instanceof ZoneOffset ? "timezone" : BasicTypes.kind(value))
              + ", which is no basic value");
    }
  }
}
