package io.persidict.cli;

import io.persidict.format.NullValue;
import java.lang.reflect.Array;
import java.util.Base64;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Whatever a store holds as one line of JSON, to be read by people and programs: byte arrays as
 * Base64, and what JSON has no form for as the text that it gives of itself.
 */
final class Json {
  private static final int MAX_DEPTH = 1_000;

  private final StringBuilder text = new StringBuilder();
  private final Set<Object> within = Collections.newSetFromMap(new IdentityHashMap<>());

  private Json() {}

  static String of(@Nullable Object value) {
    Json json = new Json();
    json.write(value);
    return json.text.toString();
  }

  private void write(@Nullable Object value) {
    if (value == null || value == NullValue.NULL) {
      text.append("null");
    } else if (value instanceof Boolean || isNumber(value)) {
      text.append(value);
    } else if (value instanceof byte[] bytes) {
      quote(Base64.getEncoder().encodeToString(bytes));
    } else if (value instanceof Map || value instanceof Iterable || value.getClass().isArray()) {
      writeParts(value);
    } else {
      quote(textOf(value));
    }
  }

  private static boolean isNumber(Object value) {
    return value instanceof Number
        && value.getClass().getPackageName().matches("java\\.(lang|math)")
        && !String.valueOf(value).matches("NaN|-?Infinity");
  }

  /** The text of an object of somebody's class, which may do as it likes. */
  private static String textOf(Object value) {
    try {
      return String.valueOf(value);
    } catch (RuntimeException | StackOverflowError e) {
      return value.getClass().getName();
    }
  }

  private void writeParts(Object value) {
    if (within.size() >= MAX_DEPTH || !within.add(value)) {
      quote("...");
      return;
    }
    if (value instanceof Map<?, ?> map) {
      String separator = "{";
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        text.append(separator);
        quote(entry.getKey() instanceof String key ? key : of(entry.getKey()));
        text.append(":");
        write(entry.getValue());
        separator = ",";
      }
      text.append(map.isEmpty() ? "{}" : "}");
    } else {
      text.append("[");
      if (value instanceof Iterable<?> parts) {
        for (Iterator<?> i = parts.iterator(); i.hasNext(); ) {
          write(i.next());
          text.append(i.hasNext() ? "," : "");
        }
      } else {
        for (int i = 0; i < Array.getLength(value); i++) {
          text.append(i > 0 ? "," : "");
          write(Array.get(value, i));
        }
      }
      text.append("]");
    }
    within.remove(value);
  }

  private void quote(String raw) {
    text.append('"');
    raw.codePoints()
        .forEach(
            c -> {
              if (c == '"' || c == '\\') {
                text.append('\\').append((char) c);
              } else if (c == '\n') {
                text.append("\\n");
              } else if (c == '\t') {
                text.append("\\t");
              } else if (Texts.isPlain(c)) {
                text.appendCodePoint(c);
              } else {
                for (char unit : Character.toChars(c)) {
                  text.append(String.format("\\u%04x", (int) unit));
                }
              }
            });
    text.append('"');
  }
}
