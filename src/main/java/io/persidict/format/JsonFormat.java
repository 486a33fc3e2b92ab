package io.persidict.format;

import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;
import tools.jackson.core.util.Separators;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * JSON, written as the Python original writes it: indented by four, ASCII, one value a file.
 *
 * <p>For {@code Object}, and for any other class that basic values are instances of, the values are
 * those of {@link PickleFormat}, in the forms that Python's jsonpickle gives them, so that Python
 * and Java read the same from a file. Differences: a map's keys come back as the strings that
 * Python makes of them, and integers have at most 4300 digits, all that Python reads. For any other
 * class Jackson binds the value to it, without class names in the bytes. A value that could not be
 * read again is refused when it is written.
 *
 * @param <V> the values
 */
public final class JsonFormat<V> implements Format<V> {
  /** Makes this format where its name is asked for. */
  public static final class Provider implements FormatProvider {
    /** For the service loader. */
    public Provider() {}

    @Override
    public String id() {
      return "json";
    }

    /** That of basic values; others are refused when they are written if they are not. */
    @Override
    public boolean keepsTypes() {
      return true;
    }

    @Override
    public <V> Format<V> open(FormatContext<V> context) {
      return Formats.requiring(
          "tools.jackson.core:jackson-databind",
          id(),
          () -> new JsonFormat<>(context.type(), context.refusesUnknownMembers()));
    }
  }

  /** For one format: a mapper remembers the classes that it has met, which nothing else may. */
  private static JsonMapper mapper() {
    return JsonMapper.builder(
            JsonFactory.builder().streamReadConstraints(JacksonBinding.constraints()).build())
        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
        .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
        .disable(JsonWriteFeature.WRITE_NAN_AS_STRINGS)
        .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
        .disable(JsonWriteFeature.WRITE_HEX_UPPER_CASE)
        .build();
  }

  private static DefaultPrettyPrinter asPythonWrites() {
    DefaultIndenter indenter = new DefaultIndenter("    ", "\n");
    return new DefaultPrettyPrinter(
            Separators.createDefaultInstance()
                .withObjectNameValueSpacing(Separators.Spacing.AFTER)
                .withObjectEmptySeparator("")
                .withArrayEmptySeparator(""))
        .withObjectIndenter(indenter)
        .withArrayIndenter(indenter);
  }

  private final JacksonBinding<V> binding;

  /**
   * A format that ignores members which a value's class does not have.
   *
   * @param type what values are read as; {@code Object} for plain JSON values
   */
  public JsonFormat(Class<V> type) {
    this(type, false);
  }

  /**
   * A format for values of one class.
   *
   * @param type what values are read as; {@code Object} for plain JSON values
   * @param refusesUnknownMembers whether a member that their class does not have makes a value
   *     unreadable, instead of being ignored
   */
  public JsonFormat(Class<V> type, boolean refusesUnknownMembers) {
    JsonMapper mapper = mapper();
    this.binding =
        new JacksonBinding<>(
            "JSON", type, refusesUnknownMembers, mapper, mapper.writer().with(asPythonWrites()));
  }

  @Override
  public String extension() {
    return "json";
  }

  @Override
  public byte[] encode(V value) {
    return binding.encode(value);
  }

  @Override
  public V decode(byte[] bytes) {
    return binding.decode(bytes);
  }
}
