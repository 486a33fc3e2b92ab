package io.persidict.format;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The keys of one map, or the elements of one set, as Python tells them apart: 1, 1.0 and True are
 * one key there, as are two times that are the same instant, and arrays of the same bytes.
 */
final class PythonKeys {
  private final Map<Optional<Object>, Optional<Object>> keys = new HashMap<>();

  /**
   * Notes a key.
   *
   * @throws FormatException if it is one that is there already, which Python would merge with it
   */
  void add(@Nullable Object key) {
    Optional<Object> before =
        keys.putIfAbsent(Optional.ofNullable(inPython(key)), Optional.ofNullable(key));
    if (before != null) {
      throw new FormatException(
          "a map or set with "
              + shown(before.orElse(null))
              + " and "
              + shown(key)
              + ", which are one key in Python, so that one of them would be lost");
    }
  }

  private static String shown(@Nullable Object key) {
    return key == null ? "null" : key.getClass().getSimpleName() + " " + shortened(key);
  }

  /** Whether it is a number whose digits take long to find, and to read. */
  static boolean isLong(Object key) {
    return key instanceof BigInteger number && number.bitLength() > 128;
  }

  private static String shortened(Object key) {
    if (isLong(key)) {
      return "of many digits";
    }
    if (key instanceof byte[] || key instanceof List) {
      return "of equal content";
    }
    String text = key.toString();
    return text.length() > 40 ? text.substring(0, 40) + "..." : text;
  }

  /** What is equal for keys that are equal in Python. */
  private static @Nullable Object inPython(@Nullable Object key) {
    if (key instanceof Boolean truth) {
      return truth ? 1L : 0L;
    }
    if (key instanceof Integer || key instanceof Short || key instanceof Byte) {
      return ((Number) key).longValue();
    }
    if (key instanceof BigInteger number) {
      return integer(number);
    }
    if (key instanceof Double number && Double.isFinite(number) && number == Math.rint(number)) {
      return Math.abs(number) < 1L << 53
          ? (Object) (long) (double) number
          : integer(new BigDecimal(number).toBigInteger());
    }
    if (key instanceof byte[] bytes) {
      return ByteBuffer.wrap(bytes);
    }
    if (key instanceof OffsetDateTime time) {
      return time.toInstant();
    }
    if (key instanceof List<?> list) {
      List<@Nullable Object> tuple = new ArrayList<>();
      list.forEach(element -> tuple.add(inPython(element)));
      return tuple;
    }
    return key;
  }

  private static Object integer(BigInteger number) {
    return number.bitLength() < Long.SIZE ? (Object) number.longValue() : number;
  }
}
