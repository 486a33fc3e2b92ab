package io.persidict;

import io.persidict.format.FormatException;
import java.util.Arrays;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Whether values, as they were read, are equal to another, or would be stored as the same content,
 * as arrays are and objects of classes without {@code equals}. The order of the JDK's maps and sets
 * does not matter, unless they are within objects. For one thread.
 */
final class SameAs<V> implements Predicate<V> {
  /** The other value, as it is stored. */
  private static final class Stored<V> {
    final byte[] bytes;
    final V read;

    /** What is encoded of what was read. */
    final byte[] again;

    /**
     * @throws FormatException if it cannot be stored
     */
    Stored(ValueCodec<V> codec, V value) {
      bytes = codec.encode(value);
      read = codec.decode("", "a value that was just encoded", bytes);
      again = codec.encode(read);
    }
  }

  private final ValueCodec<V> codec;
  private final Object other;

  /** Null until it is needed, and if the other cannot be stored. */
  private @Nullable Stored<V> stored;

  private boolean isKnown;

  SameAs(ValueCodec<V> codec, Object other) {
    this.codec = codec;
    this.other = other;
  }

  @Override
  public boolean test(V value) {
    if (Content.isEqual(value, other)) {
      return true;
    }
    if (Content.isPlain(value) && value.getClass() == other.getClass()) {
      return false;
    }
    Stored<V> expected = stored();
    return expected != null && isSame(value, expected);
  }

  private boolean isSame(V value, Stored<V> expected) {
    try {
      byte[] bytes = codec.encode(value);
      return Arrays.equals(bytes, expected.bytes)
          || Arrays.equals(bytes, expected.again)
          || new Content(this::encodePart).isSame(value, expected.read);
    } catch (FormatException e) {
      return false; // it, or a part that is no value of its own, cannot be stored
    }
  }

  private @Nullable Stored<V> stored() {
    if (!isKnown && codec.type().isInstance(other)) {
      try {
        stored = new Stored<>(codec, codec.type().cast(other));
      } catch (FormatException e) {
        stored = null;
      }
    }
    isKnown = true;
    return stored;
  }

  @SuppressWarnings("unchecked") // formats encode what they decoded, whatever its class
  private byte[] encodePart(Object part) {
    try {
      return codec.format().encode((V) part);
    } catch (RuntimeException e) {
      throw new FormatException(part.getClass().getName() + " is no value of its own", e);
    }
  }
}
