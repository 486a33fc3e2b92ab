package io.persidict.format;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Turns values that JSON has no form for into the objects that Python's jsonpickle writes for them:
 *
 * <pre>
 * {"py/tuple": [...]}   {"py/set": [...]}   {"py/b64": "..."}
 * {"py/object": "datetime.date", "__reduce__": [{"py/type": "datetime.date"}, ["base64"]]}
 * </pre>
 *
 * <p>{@link JsonpickleReader} is the way back.
 *
 * @see <a href="https://github.com/jsonpickle/jsonpickle">jsonpickle</a>
 */
final class Jsonpickle {
  static final String TUPLE = "py/tuple";
  static final String SET = "py/set";
  static final String BASE64 = "py/b64";
  static final String ID = "py/id";
  static final String OBJECT = "py/object";
  static final String TYPE = "py/type";
  static final String REDUCE = "py/reduce";

  /** Where a time's own arguments are, of which the first is its bytes. */
  static final String ARGUMENTS = "__reduce__";

  /** Names of an object that make it something else, in jsonpickle's order of precedence. */
  static final List<String> TAGS =
      List.of(
          TUPLE,
          SET,
          BASE64,
          "py/b85",
          "py/bytea",
          ID,
          "py/iterator",
          OBJECT,
          TYPE,
          REDUCE,
          "py/function",
          "py/mod",
          "py/repr");

  /** How many levels of JSON a time takes at most. */
  private static final int TIME_LEVELS = 8;

  /** The longest integer that Python reads from text, in digits. */
  static final int MAX_DIGITS = 4300;

  private final @Nullable Object whole;
  private long parts;

  private Jsonpickle(@Nullable Object whole) {
    this.whole = whole;
  }

  /**
   * The same value out of what JSON has.
   *
   * @throws FormatException if a part of it would not come back as what it was
   */
  static @Nullable Object flat(@Nullable Object value) {
    return new Jsonpickle(value).flat(value, 0);
  }

  private @Nullable Object flat(@Nullable Object value, int depth) {
    requireDepth(depth);
    if (++parts == ValueCost.FREE_PARTS) {
      SharedParts.requireFew(whole);
    }
    if (value == null
        || value instanceof String
        || value instanceof Boolean
        || value instanceof Double
        || isInteger(value)) {
      return value;
    }
    if (value instanceof BigInteger number) {
      return checked(number);
    }
    if (value instanceof Map<?, ?> map) {
      return object(map, depth);
    }
    if (value instanceof List<?> list) {
      return elements(list, depth, false);
    }
    if (value instanceof Set<?> set) {
      Object elements = elements(set, depth + 1, true);
      PythonKeys keys = new PythonKeys();
      set.forEach(keys::add);
      return Map.of(SET, elements);
    }
    if (value instanceof byte[] bytes) {
      return Map.of(BASE64, Base64.getEncoder().encodeToString(bytes));
    }
    requireDepth(depth + TIME_LEVELS);
    if (value instanceof LocalDate date) {
      return time("datetime.date", PythonTime.bytes(date), null);
    }
    if (value instanceof LocalDateTime time) {
      return time("datetime.datetime", PythonTime.bytes(time), null);
    }
    if (value instanceof OffsetDateTime time) {
      int seconds = time.getOffset().getTotalSeconds();
      List<Integer> parts =
          List.of(Math.floorDiv(seconds, 86_400), Math.floorMod(seconds, 86_400), 0);
      Object delta = reduce("datetime.timedelta", parts);
      return time(
          "datetime.datetime",
          PythonTime.bytes(time.toLocalDateTime()),
          reduce("datetime.timezone", List.of(delta)));
    }
    throw new FormatException(
        value.getClass().getName()
            + " would not come back from JSON as what it was; use Map, List, Set, String, Boolean,"
            + " Long, BigInteger, Double, byte[], LocalDate, LocalDateTime or OffsetDateTime, or"
            + " declare the class of the values");
  }

  private static void requireDepth(int depth) {
    if (depth > ValueCost.MAX_DEPTH) {
      throw new FormatException("JSON nested deeper than " + ValueCost.MAX_DEPTH);
    }
  }

  private static boolean isInteger(@Nullable Object value) {
    return value instanceof Long
        || value instanceof Integer
        || value instanceof Short
        || value instanceof Byte;
  }

  private static BigInteger checked(BigInteger number) {
    boolean surely = number.bitLength() > 4 * MAX_DIGITS; // so that no digits are worked out
    boolean perhaps = number.bitLength() > 3 * MAX_DIGITS;
    if (surely || (perhaps && number.abs().toString().length() > MAX_DIGITS)) {
      throw new FormatException(
          "an integer of more than " + MAX_DIGITS + " digits, which Python does not read as JSON");
    }
    return number;
  }

  private List<@Nullable Object> elements(Iterable<?> values, int depth, boolean hashed) {
    List<@Nullable Object> flat = new ArrayList<>();
    for (Object element : values) {
      flat.add(hashed ? hashed(element, depth + 1) : flat(element, depth + 1));
    }
    return flat;
  }

  /** An element of a set, where Python has tuples for lists. */
  private @Nullable Object hashed(@Nullable Object value, int depth) {
    if (value instanceof Map || value instanceof Set) {
      throw new FormatException("a map or set in a set, which Python cannot have");
    }
    if (value instanceof List<?> list) {
      requireDepth(depth);
      return Map.of(TUPLE, elements(list, depth + 1, true));
    }
    return flat(value, depth);
  }

  private Map<String, @Nullable Object> object(Map<?, ?> map, int depth) {
    Map<String, @Nullable Object> object = new LinkedHashMap<>();
    PythonKeys keys = new PythonKeys();
    map.forEach(
        (key, member) -> {
          String name = name(key);
          keys.add(key);
          if (TAGS.contains(name)) {
            throw new FormatException(
                "a map with the key \"" + name + "\", which would make it something else");
          }
          if (object.containsKey(name)) {
            throw new FormatException(
                "a map with two keys that JSON writes as \"" + name + "\"; one would be lost");
          }
          object.put(name, flat(member, depth + 1));
        });
    return object;
  }

  /** How Python writes a key that is no string: it comes back as this string. */
  private static String name(@Nullable Object key) {
    if (key instanceof String name) {
      return name;
    }
    if (key == null) {
      return "null";
    }
    if (key instanceof Boolean truth) {
      return truth ? "True" : "False";
    }
    if (isInteger(key)) {
      return key.toString();
    }
    if (key instanceof BigInteger number) {
      return checked(number).toString();
    }
    if (key instanceof Double number) {
      return shortest(number);
    }
    throw new FormatException(
        "a JSON object's names are strings, numbers, booleans or null, not "
            + key.getClass().getName());
  }

  /** The number as Python shows it: the fewest digits that tell it from all others. */
  private static String shortest(double number) {
    if (Double.isNaN(number)) {
      return "nan";
    }
    if (Double.isInfinite(number)) {
      return number > 0 ? "inf" : "-inf";
    }
    if (number == 0) {
      return 1 / number > 0 ? "0.0" : "-0.0";
    }
    BigDecimal fewest = fewestDigits(number);
    int exponent = fewest.precision() - fewest.scale() - 1;
    if (exponent >= -4 && exponent < 16) {
      return fewest.setScale(Math.max(1, fewest.scale())).toPlainString();
    }
    String digits = fewest.unscaledValue().abs().toString();
    return (number < 0 ? "-" : "")
        + digits.charAt(0)
        + (digits.length() > 1 ? "." + digits.substring(1) : "")
        + (exponent < 0 ? "e-" : "e+")
        + (Math.abs(exponent) < 10 ? "0" : "")
        + Math.abs(exponent);
  }

  private static BigDecimal fewestDigits(double number) {
    BigDecimal exact = new BigDecimal(number);
    for (int digits = 1; digits <= 17; digits++) {
      // Below a power of two the nearest decimal may miss while its neighbour does not.
      for (RoundingMode mode : List.of(RoundingMode.HALF_EVEN, RoundingMode.UP)) {
        BigDecimal rounded = exact.round(new MathContext(digits, mode));
        if (rounded.doubleValue() == number) {
          return rounded.stripTrailingZeros();
        }
      }
    }
    return exact; // never: 17 digits tell any two apart
  }

  private static Map<String, Object> time(String type, byte[] bytes, @Nullable Object zone) {
    List<Object> arguments = new ArrayList<>();
    arguments.add(Base64.getEncoder().encodeToString(bytes));
    if (zone != null) {
      arguments.add(zone);
    }
    Map<String, Object> object = new LinkedHashMap<>();
    object.put(OBJECT, type);
    object.put(ARGUMENTS, List.of(Map.of(TYPE, type), arguments));
    return object;
  }

  private static Map<String, Object> reduce(String type, List<?> arguments) {
    return Map.of(REDUCE, List.of(Map.of(TYPE, type), Map.of(TUPLE, arguments)));
  }
}
