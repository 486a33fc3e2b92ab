package io.persidict.format;

import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
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
 * <p>For {@code Object}, and for any other class that basic values are instances of, the values are
 * those of {@link PickleFormat}, in the forms that Python's jsonpickle gives them, so that Python
 * and Java read the same from a file. Differences: a map's keys come back as the strings that
 * Python makes of them, and integers have at most 4300 digits, all that Python reads. For any other
 * class Jackson binds the value to it, without class names in the bytes.
 *
 * @param <V> the values
 */
public final class JsonFormat<V> implements Format<V> {
  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(ValueCost.MAX_DEPTH)
                          .maxNumberLength(Jsonpickle.MAX_DIGITS + 1)
                          // as long as the file that they are in
                          .maxNameLength(Integer.MAX_VALUE)
                          .maxStringLength(Integer.MAX_VALUE)
                          .build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .disable(JsonWriteFeature.WRITE_NAN_AS_STRINGS)
          .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
          .disable(JsonWriteFeature.WRITE_HEX_UPPER_CASE)
          .build();

  private final Class<V> type;
  private final boolean basic;
  private final ObjectWriter writer;
  private final ObjectReader reader;

  /**
   * @param type what values are read as; {@code Object} for plain JSON values
   */
  public JsonFormat(Class<V> type) {
    this.type = type;
    this.basic = BasicTypes.mayBe(type);
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
    this.reader = MAPPER.readerFor(basic ? Object.class : type);
  }

  @Override
  public String extension() {
    return "json";
  }

  /**
   * {@inheritDoc} Whether a class can be bound is known for each value only when it is read, so
   * that is done here at once.
   */
  @Override
  public byte[] encode(V value) {
    byte[] bytes = written(value);
    if (!basic) {
      try {
        decode(bytes);
      } catch (FormatException e) {
        throw new FormatException(
            value.getClass().getName()
                + " has a JSON form that cannot be read as a "
                + type.getName()
                + " again: "
                + e.getMessage(),
            e);
      }
    }
    return bytes;
  }

  private byte[] written(V value) {
    try {
      Object whole = value == NullValue.NULL ? null : value;
      return writer.writeValueAsBytes(basic ? Jsonpickle.flat(whole) : whole);
    } catch (JacksonException e) {
      throw new FormatException(
          value.getClass().getName() + " has no JSON form: " + e.getOriginalMessage(), e);
    } catch (StackOverflowError e) {
      throw new FormatException(value.getClass().getName() + " is nested too deep for JSON", e);
    }
  }

  @Override
  public V decode(byte[] bytes) {
    try {
      Object value = reader.readValue(bytes);
      if (value != null) {
        Object restored = basic ? new JsonpickleReader(bytes.length).read(value) : value;
        if (type.isInstance(restored)) {
          return type.cast(restored);
        }
        throw new FormatException(
            "it holds a " + BasicTypes.kind(restored) + ", not a " + type.getName());
      }
    } catch (JacksonException e) {
      throw new FormatException(
          "it is not JSON of a " + type.getSimpleName() + ": " + e.getOriginalMessage(), e);
    } catch (FormatException e) {
      throw e;
    } catch (RuntimeException | LinkageError | VirtualMachineError e) {
      // what constructors and setters of the values' class make of hostile JSON
      throw new FormatException("it is not JSON of a " + type.getSimpleName() + ": " + e, e);
    }
    if (!type.isInstance(NullValue.NULL)) {
      throw new FormatException("it holds null, not a " + type.getName());
    }
    return type.cast(NullValue.NULL);
  }
}
