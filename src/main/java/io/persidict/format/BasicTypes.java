package io.persidict.format;

import java.math.BigInteger;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The classes of values that Python and Java have in common, as they are read. */
final class BasicTypes {
  private static final List<Class<?>> TYPES =
      List.of(
          NullValue.class,
          Boolean.class,
          Long.class,
          BigInteger.class,
          Double.class,
          String.class,
          byte[].class,
          ArrayList.class,
          LinkedHashMap.class,
          LinkedHashSet.class,
          LocalDate.class,
          LocalDateTime.class,
          OffsetDateTime.class);

  private BasicTypes() {}

  /** Whether a basic value may be an instance of {@code type}. */
  static boolean mayBe(Class<?> type) {
    return TYPES.stream().anyMatch(type::isAssignableFrom);
  }

  /**
   * A value that was read, as an instance of {@code type}: where that is BigInteger, also an
   * integer that was read as Long since it fits one.
   *
   * @throws FormatException if it is none
   */
  static <V> V as(Class<V> type, @Nullable Object value) {
    Object whole =
        type == BigInteger.class && value instanceof Long number
            ? BigInteger.valueOf(number)
            : value;
    if (!type.isInstance(whole)) {
      throw new FormatException("it holds a " + kind(value) + ", not a " + type.getName());
    }
    return type.cast(whole);
  }

  /** What a basic value is called in a message. */
  static String kind(@Nullable Object value) {
    return value == null
        ? "null"
        : value instanceof List
            ? "java.util.List"
            : value instanceof Map
                ? "java.util.Map"
                : value instanceof Set ? "java.util.Set" : value.getClass().getName();
  }
}
