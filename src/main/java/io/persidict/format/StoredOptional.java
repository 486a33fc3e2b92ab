package io.persidict.format;

import java.io.Serializable;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * An {@code Optional} of any kind, none of which is serializable, as it is stored.
 *
 * @param kind which of the JDK's classes it is
 * @param value null if it is empty
 */
record StoredOptional(Kind kind, @Nullable Object value) implements Serializable {
  enum Kind {
    OBJECT,
    INT,
    LONG,
    DOUBLE
  }

  /** What stands for {@code object}; null if that is no {@code Optional}. */
  static @Nullable Object of(Object object) {
    if (object instanceof Optional<?> optional) {
      return new StoredOptional(Kind.OBJECT, optional.orElse(null));
    }
    if (object instanceof OptionalInt optional) {
      return new StoredOptional(Kind.INT, optional.isPresent() ? optional.getAsInt() : null);
    }
    if (object instanceof OptionalLong optional) {
      return new StoredOptional(Kind.LONG, optional.isPresent() ? optional.getAsLong() : null);
    }
    if (object instanceof OptionalDouble optional) {
      return new StoredOptional(Kind.DOUBLE, optional.isPresent() ? optional.getAsDouble() : null);
    }
    return null;
  }

  private Object readResolve() {
    return switch (kind) {
      case OBJECT -> Optional.ofNullable(value);
      case INT -> value == null ? OptionalInt.empty() : OptionalInt.of((Integer) value);
      case LONG -> value == null ? OptionalLong.empty() : OptionalLong.of((Long) value);
      case DOUBLE -> value == null ? OptionalDouble.empty() : OptionalDouble.of((Double) value);
    };
  }
}
