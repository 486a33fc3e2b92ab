package io.persidict.format;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;
import tools.jackson.core.util.Separators;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.json.JsonMapper;

/**
 * JSON, written as the Python original writes it: indented by four, ASCII, one value a file.
 *
 * <p>For {@code Object} the values are {@link Map}, {@link List}, {@link String}, {@link Boolean},
 * {@link Long} or {@link BigInteger}, {@link Double} and {@link NullValue}; other classes are
 * refused, but for the smaller integer types, which come back as {@code Long}. For any other class
 * Jackson binds the value to it, without class names in the bytes.
 *
 * @param <V> the values
 */
public final class JsonFormat<V> implements Format<V> {
  /** How deep lists and maps may nest, as in Jackson's reader. */
  static final int MAX_DEPTH = 500;

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .disable(JsonWriteFeature.WRITE_NAN_AS_STRINGS)
          .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
          .build();

  private final Class<V> type;
  private final ObjectWriter writer;
  private final ObjectReader reader;

  /**
   * @param type what values are read as; {@code Object} for plain JSON values
   */
  public JsonFormat(Class<V> type) {
    this.type = type;
    DefaultIndenter indenter = new DefaultIndenter("    ", "\n");
    this.writer =
        MAPPER
            .writer()
            .with(
                new DefaultPrettyPrinter(
                        Separators.createDefaultInstance()
                            .withObjectNameValueSpacing(Separators.Spacing.AFTER)
                            .withObjectEmptySeparator("")
                            .withArrayEmptySeparator(""))
                    .withObjectIndenter(indenter)
                    .withArrayIndenter(indenter));
    this.reader = MAPPER.readerFor(type);
  }

  @Override
  public String extension() {
    return "json";
  }

  @Override
  public byte[] encode(V value) {
    try {
      if (type == Object.class) {
        requirePlain(value, 0);
      }
      return writer.writeValueAsBytes(value == NullValue.NULL ? null : value);
    } catch (JacksonException e) {
      throw new FormatException(
          value.getClass().getName() + " has no JSON form: " + e.getOriginalMessage(), e);
    }
  }

  private static void requirePlain(@Nullable Object value, int depth) {
    if (depth > MAX_DEPTH) {
      throw new FormatException("JSON nested deeper than " + MAX_DEPTH);
    }
    if (value instanceof Map<?, ?> map) {
      map.forEach(
          (name, member) -> {
            if (!(name instanceof String)) {
              throw new FormatException("a JSON object's names are strings, not " + kind(name));
            }
            requirePlain(member, depth + 1);
          });
    } else if (value instanceof List<?> list) {
      list.forEach(element -> requirePlain(element, depth + 1));
    } else if (!(value == null
        || value instanceof String
        || value instanceof Boolean
        || value instanceof Long
        || value instanceof Integer
        || value instanceof Short
        || value instanceof Byte
        || value instanceof BigInteger
        || value instanceof Double
        || (value == NullValue.NULL && depth == 0))) {
      throw new FormatException(
          kind(value)
              + " would not come back from JSON as what it was; use Map, List, String, Boolean,"
              + " Long, BigInteger or Double, or declare the class of the values");
    }
  }

  private static String kind(@Nullable Object value) {
    return value == null ? "null" : value.getClass().getName();
  }

  @Override
  public V decode(byte[] bytes) {
    try {
      Object value = reader.readValue(bytes);
      if (value != null) {
        return type.cast(type == Object.class ? widened(value) : value);
      }
    } catch (JacksonException e) {
      throw new FormatException(
          "it is not JSON of a " + type.getSimpleName() + ": " + e.getOriginalMessage(), e);
    }
    if (!type.isInstance(NullValue.NULL)) {
      throw new FormatException("it holds null, not a " + type.getName());
    }
    return type.cast(NullValue.NULL);
  }

  /** The same with {@code Long} for every {@code Integer}, which Jackson reads small numbers as. */
  @SuppressWarnings("unchecked") // lists and maps made by Jackson, of anything
  private static Object widened(Object value) {
    if (value instanceof Integer number) {
      return number.longValue();
    }
    UnaryOperator<@Nullable Object> each = inner -> inner == null ? null : widened(inner);
    if (value instanceof List<?> list) {
      ((List<@Nullable Object>) list).replaceAll(each);
    } else if (value instanceof Map<?, ?> map) {
      ((Map<?, @Nullable Object>) map).replaceAll((name, member) -> each.apply(member));
    }
    return value;
  }
}
