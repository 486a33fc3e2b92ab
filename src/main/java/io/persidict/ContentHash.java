package io.persidict;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * SHA-256 over the content of a basic value: each part after a letter for its kind, lists in order,
 * maps and sets sorted by the hashes of what they hold.
 */
final class ContentHash {
  private ContentHash() {}

  /** Whether {@link #of} knows all that {@code value} may hold. */
  static boolean knows(@Nullable Object value) {
    return value instanceof Map || value instanceof List || value instanceof Set;
  }

  static byte[] of(@Nullable Object value) {
    if (value instanceof byte[] bytes) {
      return digest('b', bytes);
    }
    if (value instanceof List<?> list) {
      return digest('l', list.stream().map(ContentHash::of).toArray(byte[][]::new));
    }
    if (value instanceof Set<?> set) {
      return sorted('s', set.stream().map(ContentHash::of));
    }
    if (value instanceof Map<?, ?> map) {
      return sorted(
          'm',
          map.entrySet().stream()
              .map(entry -> digest('e', of(entry.getKey()), of(entry.getValue()))));
    }
    String kind = value == null ? "null" : value.getClass().getName();
    String text = kind + " " + value;
    ByteBuffer bytes = ByteBuffer.allocate(2 * text.length());
    bytes.asCharBuffer().put(text); // as it is, also half a surrogate pair
    return digest('v', bytes.array());
  }

  private static byte[] sorted(char kind, Stream<byte[]> hashes) {
    return digest(kind, hashes.sorted(Arrays::compare).toArray(byte[][]::new));
  }

  static byte[] digest(char kind, byte[]... parts) {
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
