package io.persidict.format;

import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.core.exc.UnexpectedEndOfInputException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.ObjectWriter;

/**
 * Values as what Jackson writes: those of {@link BasicTypes} in jsonpickle's forms, all others
 * bound to their class.
 *
 * @param <V> the values
 */
final class JacksonBinding<V> {
  private final String name;
  private final Class<V> type;
  private final boolean basic;
  private final boolean binary;
  private final ObjectWriter writer;
  private final ObjectReader reader;

  /**
   * @param name of the format, in messages
   */
  JacksonBinding(
      String name,
      Class<V> type,
      boolean refusesUnknownMembers,
      ObjectMapper mapper,
      ObjectWriter writer) {
    this.name = name;
    this.type = type;
    this.basic = BasicTypes.mayBe(type);
    this.binary = mapper.tokenStreamFactory().canHandleBinaryNatively();
    this.writer = writer;
    ObjectReader any = mapper.readerFor(basic ? Object.class : type);
    DeserializationFeature unknown = DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES;
    this.reader = refusesUnknownMembers ? any.with(unknown) : any.without(unknown);
  }

  /** What is read at most, beyond what is there. */
  static StreamReadConstraints constraints() {
    return StreamReadConstraints.builder()
        .maxNestingDepth(ValueCost.MAX_DEPTH)
        .maxNumberLength(Jsonpickle.MAX_DIGITS + 1)
        // as long as the file that they are in
        .maxNameLength(Integer.MAX_VALUE)
        .maxStringLength(Integer.MAX_VALUE)
        .build();
  }

  /**
   * Encodes a value, and reads one that was bound again: whether a class can be is known for each
   * value only then, and whether a subclass stays one.
   */
  byte[] encode(V value) {
    byte[] bytes = written(value);
    if (!basic) {
      requireSame(value, bytes);
    }
    return bytes;
  }

  private void requireSame(V value, byte[] bytes) {
    V read;
    try {
      read = decode(bytes);
    } catch (FormatException e) {
      throw new FormatException(
          value.getClass().getName()
              + " has a "
              + name
              + " form that cannot be read as a "
              + type.getName()
              + " again: "
              + e.getMessage(),
          e);
    }
    if (read.getClass() != value.getClass() && !value.equals(read)) {
      throw new FormatException(
          "a "
              + value.getClass().getName()
              + " would be read as a "
              + read.getClass().getName()
              + "; declare the class itself, or annotate "
              + type.getName()
              + " with @JsonTypeInfo");
    }
  }

  private byte[] written(V value) {
    try {
      Object whole = value == NullValue.NULL ? null : value;
      return writer.writeValueAsBytes(basic ? Jsonpickle.flat(whole) : whole);
    } catch (JacksonException e) {
      throw new FormatException(
          value.getClass().getName() + " has no " + name + " form: " + e.getOriginalMessage(), e);
    } catch (StackOverflowError e) {
      throw new FormatException(value.getClass().getName() + " is nested too deep for " + name, e);
    }
  }

  V decode(byte[] bytes) {
    try {
      Object value = reader.readValue(bytes);
      if (value != null) {
        return BasicTypes.as(type, basic ? new JsonpickleReader(bytes.length).read(value) : value);
      }
    } catch (JacksonException e) {
      throw unread(e.getOriginalMessage(), e, isMalformed(bytes));
    } catch (FormatException e) {
      throw e;
    } catch (RuntimeException | LinkageError | VirtualMachineError e) {
      // what constructors and setters of the values' class make of hostile bytes
      throw unread(e.toString(), e, false);
    }
    if (!type.isInstance(NullValue.NULL)) {
      throw new FormatException("it holds null, not a " + type.getName());
    }
    return type.cast(NullValue.NULL);
  }

  private FormatException unread(String reason, Throwable cause, boolean malformed) {
    return new FormatException(
        "it is not " + name + " of the type " + type.getSimpleName() + ": " + reason,
        cause,
        malformed);
  }

  /**
   * Whether the bytes are not one value, whatever its type, as far as they can be read. Jackson
   * finds fault with keys in whole CBOR that it does not support just as with broken bytes.
   */
  boolean isMalformed(byte[] bytes) {
    try (JsonParser parser = reader.createParser(bytes)) {
      if (parser.nextToken() == null) {
        return true;
      }
      parser.skipChildren();
      return parser.nextToken() != null;
    } catch (JacksonException e) {
      return binary
          ? e instanceof UnexpectedEndOfInputException
              || e.getOriginalMessage().endsWith("reached end-of-input") // within a name
          : e instanceof StreamReadException && !(e instanceof StreamConstraintsException);
    }
  }
}
