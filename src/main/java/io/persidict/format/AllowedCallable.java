package io.persidict.format;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a pickle, or jsonpickle's JSON, may name and call: constructors of basic types, each a
 * constant here with code of its own. There is no way from a name to a class.
 */
enum AllowedCallable {
  DATE {
    @Override
    Object with(List<?> arguments) {
      return PythonTime.date(bytes(arguments, 1));
    }
  },
  DATE_TIME {
    @Override
    Object with(List<?> arguments) {
      LocalDateTime time = PythonTime.dateTime(bytes(arguments, arguments.size() == 2 ? 2 : 1));
      if (arguments.size() == 1) {
        return time;
      }
      if (arguments.get(1) instanceof ZoneOffset offset) {
        return time.atOffset(offset);
      }
      throw refused(arguments);
    }
  },
  /** Makes an offset, which is no value, only a part of a time. */
  TIME_ZONE {
    @Override
    Object with(List<?> arguments) {
      if (arguments.size() == 1 && arguments.get(0) instanceof Delta delta) {
        return PythonTime.offset(delta.days, delta.seconds, delta.micros);
      }
      throw refused(arguments);
    }
  },
  /** Makes a span, which is no value, only what an offset is made of. */
  TIME_DELTA {
    @Override
    Object with(List<?> arguments) {
      if (arguments.size() == 3
          && arguments.get(0) instanceof Long days
          && arguments.get(1) instanceof Long seconds
          && arguments.get(2) instanceof Long micros) {
        return new Delta(days, seconds, micros);
      }
      throw refused(arguments);
    }
  },
  /** Protocols 2 and 3 make sets of lists. */
  SET {
    @Override
    Object with(List<?> arguments) {
      if (arguments.size() == 1 && arguments.get(0) instanceof List<?> elements) {
        return new Elements(elements);
      }
      throw refused(arguments);
    }
  },
  /** Protocol 2 makes no bytes of nothing. */
  BYTES {
    @Override
    Object with(List<?> arguments) {
      if (arguments.isEmpty()) {
        return new byte[0];
      }
      throw refused(arguments);
    }
  },
  /** Protocol 2 makes bytes of Latin-1 text. */
  ENCODE {
    @Override
    Object with(List<?> arguments) {
      if (arguments.size() == 2
          && arguments.get(0) instanceof String text
          && "latin1".equals(arguments.get(1))
          && text.chars().allMatch(c -> c < 256)) {
        return text.getBytes(ISO_8859_1);
      }
      throw refused(arguments);
    }
  };

  private static final Map<String, AllowedCallable> NAMES =
      Map.of(
          "datetime.date", DATE,
          "datetime.datetime", DATE_TIME,
          "datetime.timezone", TIME_ZONE,
          "datetime.timedelta", TIME_DELTA,
          "builtins.set", SET,
          "__builtin__.set", SET,
          "builtins.bytes", BYTES,
          "__builtin__.bytes", BYTES,
          "_codecs.encode", ENCODE);

  record Delta(long days, long seconds, long micros) {}

  /** What a set is to be made of. */
  record Elements(List<?> elements) {}

  /**
   * The call that Python knows by these names.
   *
   * @throws FormatException naming it if it is none of these
   */
  static AllowedCallable named(@Nullable Object module, @Nullable Object name) {
    AllowedCallable call = NAMES.get(module + "." + name);
    if (call == null || !(module instanceof String) || !(name instanceof String)) {
      throw new FormatException(
          "it names "
              + shown(module)
              + "."
              + shown(name)
              + ", which is never loaded or called; only basic types are read");
    }
    return call;
  }

  private static String shown(@Nullable Object name) {
    if (!(name instanceof String text)) {
      return "?";
    }
    return text.length() > 100 ? text.substring(0, 100) + "..." : text;
  }

  /** What the call makes of its arguments. */
  abstract Object with(List<?> arguments);

  private static byte[] bytes(List<?> arguments, int count) {
    if (arguments.size() == count && arguments.get(0) instanceof byte[] bytes) {
      return bytes;
    }
    throw refusal();
  }

  FormatException refused(List<?> arguments) {
    return new FormatException(
        "it calls " + this + " with " + arguments.size() + " arguments that do not fit");
  }

  private static FormatException refusal() {
    return new FormatException("it makes a date or time of what does not fit");
  }
}
