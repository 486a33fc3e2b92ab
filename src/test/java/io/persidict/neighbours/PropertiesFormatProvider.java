package io.persidict.neighbours;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.persidict.format.Format;
import io.persidict.format.FormatContext;
import io.persidict.format.FormatException;
import io.persidict.format.FormatProvider;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.util.Properties;

/** The format that the manual shows: {@code Properties} as their own text. */
public final class PropertiesFormatProvider implements FormatProvider, Format<Properties> {
  @Override
  public String id() {
    return "properties";
  }

  @Override
  public String extension() {
    return "properties";
  }

  @Override
  public boolean takes(Class<?> type) {
    return type == Properties.class;
  }

  @Override
  public boolean keepsTypes() {
    return false;
  }

  @Override
  @SuppressWarnings("unchecked") // V is Properties
  public <V> Format<V> open(FormatContext<V> context) {
    return (Format<V>) this;
  }

  @Override
  public byte[] encode(Properties value) {
    StringWriter text = new StringWriter();
    try {
      value.store(text, null);
    } catch (IOException e) {
      throw new FormatException("no text", e);
    }
    return text.toString().getBytes(UTF_8);
  }

  @Override
  public Properties decode(byte[] bytes) {
    Properties value = new Properties();
    try {
      value.load(new StringReader(new String(bytes, UTF_8)));
    } catch (IOException | IllegalArgumentException e) {
      throw new FormatException("it holds no properties: " + e.getMessage(), e);
    }
    return value;
  }
}
