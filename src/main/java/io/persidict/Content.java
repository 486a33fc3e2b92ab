package io.persidict;

import io.persidict.format.FormatException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Compares what values hold, part by part: the elements of arrays and lists in order, those of maps
 * and sets in any order, where these are the JDK's own. Other parts are the same if they are equal
 * or encoded as the same bytes.
 */
final class Content {
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

  /** As deep as the values of formats may nest; what nests deeper holds itself. */
  private static final int MAX_DEPTH = 500;

  private final Function<Object, byte[]> encoder;

  /**
   * @param encoder of parts; what it throws ends a comparison
   */
  Content(Function<Object, byte[]> encoder) {
    this.encoder = encoder;
  }

  /** Whether {@code type} is a class of the JDK, which holds nothing but what it says. */
  static boolean isOfTheJdk(Class<?> type) {
    return type.getModule().equals(Object.class.getModule());
  }

  /** What {@code equals} says; false of what it cannot compare since it holds itself. */
  static boolean isEqual(Object one, Object other) {
    try {
      return one.equals(other);
    } catch (StackOverflowError e) {
      return false;
    }
  }

  /**
   * Whether both hold the same.
   *
   * @throws FormatException if that cannot be told since one holds itself
   */
  boolean isSame(Object one, Object other) {
    return isSame(one, other, 0);
  }

  private boolean isSame(@Nullable Object one, @Nullable Object other, int depth) {
    requireDepth(depth);
    if (one == null || other == null) {
      return one == other;
    }
    if (areOfTheJdk(List.class, one, other)) {
      return areSame((List<?>) one, (List<?>) other, depth);
    }
    if (areOfTheJdk(Set.class, one, other)) {
      return Arrays.equals(hash(one, depth), hash(other, depth));
    }
    if (areOfTheJdk(Map.class, one, other)) {
      return areSame((Map<?, ?>) one, (Map<?, ?>) other, depth);
    }
    if (one.getClass() != other.getClass()) {
      return false;
    }
    if (one instanceof Object[] array) {
      return areSame(Arrays.asList(array), Arrays.asList((Object[]) other), depth);
    }
    if (one.getClass().isArray()) {
      return Objects.deepEquals(one, other);
    }
    return isEqual(one, other)
        || (!PLAIN.contains(one.getClass())
            && Arrays.equals(encoder.apply(one), encoder.apply(other)));
  }

  private static boolean areOfTheJdk(Class<?> kind, Object one, Object other) {
    return isOfTheJdk(kind, one) && isOfTheJdk(kind, other);
  }

  private static boolean isOfTheJdk(Class<?> kind, Object value) {
    return kind.isInstance(value) && isOfTheJdk(value.getClass());
  }

  private boolean areSame(List<?> some, List<?> others, int depth) {
    if (some.size() != others.size()) {
      return false;
    }
    Iterator<?> rest = others.iterator();
    for (Object one : some) {
      if (!isSame(one, rest.next(), depth + 1)) {
        return false;
      }
    }
    return true;
  }

  private boolean areSame(Map<?, ?> some, Map<?, ?> others, int depth) {
    SortedMap<byte[], Object> ones = byKeys(some, depth);
    SortedMap<byte[], Object> rest = byKeys(others, depth);
    if (ones.size() < some.size()) { // keys of the same content, as arrays may be
      return Arrays.equals(hash(some, depth), hash(others, depth));
    }
    return some.size() == others.size()
        && Arrays.deepEquals(ones.keySet().toArray(), rest.keySet().toArray())
        && areSame(new ArrayList<>(ones.values()), new ArrayList<>(rest.values()), depth);
  }

  /** The values by the hashes of their keys. */
  private SortedMap<byte[], Object> byKeys(Map<?, ?> map, int depth) {
    SortedMap<byte[], Object> values = new TreeMap<>(Arrays::compare);
    map.forEach((key, value) -> values.put(hash(key, depth + 1), value));
    return values;
  }

  // ---- hashes

  /** SHA-256 over the content: each part after a letter for its kind. */
  private byte[] hash(@Nullable Object value, int depth) {
    requireDepth(depth);
    if (value == null) {
      return digest('n');
    }
    if (value instanceof byte[] bytes) {
      return digest('b', bytes);
    }
    if (isOfTheJdk(List.class, value)) {
      return digest('l', hashes((List<?>) value, depth));
    }
    if (isOfTheJdk(Set.class, value)) {
      return digest('s', sorted(hashes((Set<?>) value, depth)));
    }
    if (isOfTheJdk(Map.class, value)) {
      Map<?, ?> map = (Map<?, ?>) value;
      byte[][] entries = new byte[map.size()][];
      int i = 0;
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        entries[i++] =
            digest('e', hash(entry.getKey(), depth + 1), hash(entry.getValue(), depth + 1));
      }
      return digest('m', sorted(entries));
    }
    byte[] kind = hash('k', value.getClass().getName());
    if (value instanceof Object[] array) {
      return digest('a', kind, digest('l', hashes(Arrays.asList(array), depth)));
    }
    return PLAIN.contains(value.getClass())
        ? digest('v', kind, hash('t', value.toString()))
        : digest('o', kind, encoder.apply(value));
  }

  private byte[][] hashes(Collection<?> parts, int depth) {
    byte[][] hashes = new byte[parts.size()][];
    int i = 0;
    for (Object part : parts) {
      hashes[i++] = hash(part, depth + 1);
    }
    return hashes;
  }

  private static byte[][] sorted(byte[][] hashes) {
    Arrays.sort(hashes, Arrays::compare);
    return hashes;
  }

  private static void requireDepth(int depth) {
    if (depth > MAX_DEPTH) {
      throw new FormatException("it nests deeper than " + MAX_DEPTH);
    }
  }

  private static byte[] hash(char kind, String text) {
    ByteBuffer bytes = ByteBuffer.allocate(2 * text.length());
    bytes.asCharBuffer().put(text); // as it is, also half a surrogate pair
    return digest(kind, bytes.array());
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
