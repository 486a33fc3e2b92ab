package io.persidict;

import io.persidict.format.Decoding;
import io.persidict.format.Format;
import io.persidict.format.FormatException;
import io.persidict.store.UnreadableException;
import java.util.Objects;

/**
 * Encodes and decodes the values of a dictionary, all of one class.
 *
 * @param type the class that all values are instances of
 * @param <V> the values
 */
record ValueCodec<V>(Format<V> format, Class<V> type) {
  /**
   * @throws IllegalArgumentException if {@code value} is of another class
   */
  byte[] encode(V value) {
    Objects.requireNonNull(value, "value; to store a null, use NullValue.NULL");
    if (!type.isInstance(value)) {
      throw new IllegalArgumentException(
          "value of " + value.getClass().getName() + "; this dictionary holds " + type.getName());
    }
    return format.encode(value);
  }

  /**
   * @throws FormatException that names the place, if the bytes are none of such a value
   */
  V decode(Object place, String name, byte[] bytes) {
    V value;
    try {
      value = Decoding.of(() -> format.decode(bytes));
    } catch (FormatException e) {
      throw new FormatException("cannot read " + place + name + ": " + e.getMessage(), e);
    }
    if (!type.isInstance(value)) {
      throw new FormatException(
          place + name + " holds a " + value.getClass().getName() + ", not a " + type.getName());
    }
    return value;
  }

  /**
   * What the format has stand for what cannot be read.
   *
   * @throws FormatException that names the place, if nothing does
   */
  V unreadable(UnreadableException e) {
    try {
      return Decoding.of(() -> format.unreadable(e.reason(), e.lacksMemory()));
    } catch (FormatException none) {
      throw new FormatException(String.valueOf(e.getMessage()), e);
    }
  }
}
