package io.persidict;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * SHA-256 over the content of a value: each part after a letter for its kind, lists and arrays in
 * order, maps and sets sorted by the hashes of what they hold. Of another object it is what encodes
 * it.
 */
final class ContentHash {
  /** The classes of simple values whose text tells all equal ones from all others. */
  private static final Set<Class<?>> PLAIN =
      Set.of(
          String.class,
          Boolean.class,
          Character.class,
          Byte.class,
          Short.class,
          Integer.class,
          Long.class,
          Float.class,
          Double.class,
          BigInteger.class,
          BigDecimal.class);

  private final Function<Object, byte[]> encoder;

  private ContentHash(Function<Object, byte[]> encoder) {
    this.encoder = encoder;
  }

  static byte[] of(Object value, Function<Object, byte[]> encoder) {
    return new ContentHash(encoder).of(value);
  }

  private byte[] of(@Nullable Object value) {
    if (value == null) {
      return digest('n');
    }
    if (value instanceof byte[] bytes) {
      return digest('b', bytes);
    }
    if (value instanceof List<?> list) {
      return digest('l', list.stream().map(this::of).toArray(byte[][]::new));
    }
    if (value instanceof Set<?> set) {
      return sorted('s', set.stream().map(this::of));
    }
    if (value instanceof Map<?, ?> map) {
      return sorted(
          'm',
          map.entrySet().stream()
              .map(entry -> digest('e', of(entry.getKey()), of(entry.getValue()))));
    }
    byte[] kind = of('k', value.getClass().getName());
    if (value instanceof Object[] array) {
      return digest('a', kind, of(Arrays.asList(array)));
    }
    return PLAIN.contains(value.getClass())
        ? digest('v', kind, of('t', value.toString()))
        : digest('o', kind, encoder.apply(value));
  }

  private static byte[] of(char kind, String text) {
    ByteBuffer bytes = ByteBuffer.allocate(2 * text.length());
    bytes.asCharBuffer().put(text); // as it is, also half a surrogate pair
    return digest(kind, bytes.array());
  }

  private static byte[] sorted(char kind, Stream<byte[]> hashes) {
    return digest(kind, hashes.sorted(Arrays::compare).toArray(byte[][]::new));
  }

  private static byte[] digest(char kind, byte[]... parts) {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
    digest.update((byte) kind);
    for (byte[] part : parts) {
      digest.update(part);
    }
    return digest.digest();
  }
}
