package io.persidict;

import io.persidict.format.Decoding;
import io.persidict.format.Format;
import io.persidict.format.FormatException;
import io.persidict.store.UnreadableException;
import java.security.MessageDigest;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

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
      return Decoding.of(() -> format.unreadable(e.reason()));
    } catch (FormatException none) {
      throw new FormatException(String.valueOf(e.getMessage()), e);
    }
  }

  /**
   * Whether {@code other} is equal to {@code value}, or would be stored as the same content, as
   * arrays are and objects of classes without {@code equals}.
   */
  boolean isSame(V value, Object other) {
    if (value.equals(other)) {
      return true;
    }
    boolean mayBe =
        type.isInstance(other) && !(value instanceof Comparable) && isOfSameKind(value, other);
    if (!mayBe) {
      return false;
    }
    try {
      return MessageDigest.isEqual(hash(value), hash(type.cast(other)));
    } catch (FormatException e) {
      return false; // what cannot be stored is not stored
    }
  }

  private static boolean isOfSameKind(Object one, Object other) {
    return one.getClass() == other.getClass()
        || (one instanceof List && other instanceof List)
        || (one instanceof Set && other instanceof Set)
        || (one instanceof Map && other instanceof Map);
  }

  /**
   * A hash of what is stored of {@code value}: equal for what would be read back as equal, whatever
   * the order of its maps and sets.
   */
  byte[] hash(V value) {
    byte[] bytes = encode(value);
    V stored = decode("", "a value that was just encoded", bytes);
    return ContentHash.knows(stored) ? ContentHash.of(stored) : ContentHash.digest('x', bytes);
  }
}
