package io.persidict.format;

import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.dataformat.cbor.CBORFactory;
import tools.jackson.dataformat.cbor.CBORMapper;

/**
 * CBOR, the binary form of JSON of RFC 8949: the values of {@link JsonFormat} in fewer bytes. Needs
 * {@code tools.jackson.dataformat:jackson-dataformat-cbor}.
 *
 * @param <V> the values
 */
public final class CborFormat<V> implements Format<V> {
  /** Makes this format where its name is asked for. */
  public static final class Provider implements FormatProvider {
    /** For the service loader. */
    public Provider() {}

    @Override
    public String id() {
      return "cbor";
    }

    /** As {@link JsonFormat.Provider#keepsTypes}. */
    @Override
    public boolean keepsTypes() {
      return true;
    }

    @Override
    public <V> Format<V> open(FormatContext<V> context) {
      return Formats.requiring(
          "tools.jackson.dataformat:jackson-dataformat-cbor",
          id(),
          () -> new CborFormat<>(context.type(), context.refusesUnknownMembers()));
    }
  }

  private static final CBORFactory FACTORY =
      CBORFactory.builder().streamReadConstraints(JacksonBinding.constraints()).build();

  /** For one format: a mapper remembers the classes that it has met, which nothing else may. */
  private static CBORMapper mapper() {
    return CBORMapper.builder(FACTORY)
        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
        .build();
  }

  private final JacksonBinding<V> binding;

  /**
   * A format for values of one class.
   *
   * @param type what values are read as; {@code Object} for basic values
   * @param refusesUnknownMembers whether a member that their class does not have makes a value
   *     unreadable, instead of being ignored
   */
  public CborFormat(Class<V> type, boolean refusesUnknownMembers) {
    CBORMapper mapper = mapper();
    this.binding =
        new JacksonBinding<>("CBOR", type, refusesUnknownMembers, mapper, mapper.writer());
  }

  @Override
  public String extension() {
    return "cbor";
  }

  @Override
  public byte[] encode(V value) {
    return binding.encode(value);
  }

  @Override
  public V decode(byte[] bytes) {
    requireBounded(bytes);
    return binding.decode(bytes);
  }

  /** Refuses text that is written once and stands in more places than its size is worth. */
  private void requireBounded(byte[] bytes) {
    ValueCost cost = new ValueCost(bytes.length);
    long parts = 0;
    try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), bytes)) {
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        if (token == JsonToken.VALUE_STRING || token == JsonToken.PROPERTY_NAME) {
          parts += ValueCost.parts(parser.getStringLength());
          cost.requireParts(parts);
        }
      }
    } catch (JacksonException e) {
      throw new FormatException(
          "it is not CBOR: " + e.getOriginalMessage(), e, binding.isMalformed(bytes));
    }
  }
}
