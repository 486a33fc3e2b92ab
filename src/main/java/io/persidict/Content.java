package io.persidict;

import io.persidict.format.FormatException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Compares what values hold, part by part: the elements of arrays and lists in order, those of maps
 * and sets in any order, where these are the JDK's own. Other parts are the same if they are equal
 * or encoded as the same bytes. For one comparison.
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

  /** Twice as deep as the values of formats may nest, since entries count too. */
  private static final int MAX_DEPTH = 1000;

  private final Function<Object, byte[]> encoder;

  private final IdentityHashMap<@Nullable Object, byte[]> hashes = new IdentityHashMap<>();

  /** Which were compared, with what came out. */
  private final IdentityHashMap<Object, IdentityHashMap<Object, Boolean>> compared =
      new IdentityHashMap<>();

  /** What the one that is compared or hashed lies in. */
  private final Set<@Nullable Object> open = Collections.newSetFromMap(new IdentityHashMap<>());

  /**
   * @param encoder of parts; what it throws ends a comparison
   */
  Content(Function<Object, byte[]> encoder) {
    this.encoder = encoder;
  }

  /** Whether {@code value} is a simple one, which is the same as those that are equal alone. */
  static boolean isPlain(Object value) {
    return PLAIN.contains(value.getClass());
  }

  /** What {@code equals} says; false of what it cannot compare, such as what holds itself. */
  static boolean isEqual(Object one, Object other) {
    try {
      return one.equals(other);
    } catch (RuntimeException | StackOverflowError e) {
      return false;
    }
  }

  /**
   * Whether both hold the same.
   *
   * @throws FormatException if that cannot be told since one holds itself
   */
  boolean isSame(@Nullable Object one, @Nullable Object other) {
    if (one == null || other == null) {
      return one == other;
    }
    char kind = kind(one);
    if (kind != kind(other) || (!isCollection(kind) && one.getClass() != other.getClass())) {
      return false;
    }
    if (kind == 'p') {
      return Objects.deepEquals(one, other);
    }
    if (kind == 'o') {
      return isEqual(one, other) || (!isPlain(one) && Arrays.equals(hash(one), hash(other)));
    }
    IdentityHashMap<Object, Boolean> known =
        compared.computeIfAbsent(one, part -> new IdentityHashMap<>(1));
    Boolean isSame = known.get(other);
    if (isSame == null) {
      enter(one);
      isSame =
          isOrdered(kind)
              ? areSame(parts(one), parts(other))
              : areSameInAnyOrder(parts(one), parts(other));
      open.remove(one);
      known.put(other, isSame);
    }
    return isSame;
  }

  /** A letter: of a list, a set, a map, an array of objects or of primitives, or any object. */
  private static char kind(Object value) {
    if (value.getClass().isArray()) {
      return value instanceof Object[] ? 'a' : 'p';
    }
    if (value.getClass().getModule().equals(Object.class.getModule())) {
      if (value instanceof List) {
        return 'l';
      }
      if (value instanceof Set) {
        return 's';
      }
      if (value instanceof Map) {
        return 'm';
      }
    }
    return 'o';
  }

  private static boolean isCollection(char kind) {
    return kind == 'l' || !isOrdered(kind);
  }

  private static boolean isOrdered(char kind) {
    return kind != 's' && kind != 'm';
  }

  /** What an array of objects or a collection holds; the entries of maps as lists. */
  private static Collection<?> parts(Object value) {
    if (value instanceof Object[] array) {
      return Arrays.asList(array);
    }
    if (value instanceof Map<?, ?> map) {
      List<Object> entries = new ArrayList<>();
      map.forEach((key, mapped) -> entries.add(Arrays.asList(key, mapped)));
      return entries;
    }
    return (Collection<?>) value;
  }

  private void enter(@Nullable Object value) {
    if (!open.add(value) || open.size() > MAX_DEPTH) {
      throw new FormatException("it holds itself, or nests too deep");
    }
  }

  private boolean areSame(Collection<?> some, Collection<?> others) {
    if (some.size() != others.size()) {
      return false;
    }
    Iterator<?> rest = others.iterator();
    for (Object one : some) {
      if (!isSame(one, rest.next())) {
        return false;
      }
    }
    return true;
  }

  private boolean areSameInAnyOrder(Collection<?> some, Collection<?> others) {
    if (some.size() != others.size()) {
      return false;
    }
    List<Object> ones = without(others, some);
    List<Object> rest = without(some, others);
    BitSet found = new BitSet();
    for (Object one : ones) {
      int i = found.nextClearBit(0);
      while (i < rest.size() && !isSame(one, rest.get(i))) {
        i = found.nextClearBit(i + 1);
      }
      if (i >= rest.size()) {
        return false;
      }
      found.set(i);
    }
    return true;
  }

  /** The others, but for each of some one of the same hash. */
  private List<Object> without(Collection<?> some, Collection<?> others) {
    Map<ByteBuffer, Integer> counts = new HashMap<>();
    some.forEach(one -> counts.merge(ByteBuffer.wrap(hash(one)), 1, Integer::sum));
    List<Object> rest = new ArrayList<>();
    for (Object other : others) {
      if (counts.merge(ByteBuffer.wrap(hash(other)), -1, Integer::sum) < 0) {
        rest.add(other);
      }
    }
    return rest;
  }

  // ---- hashes

  private byte[] hash(@Nullable Object value) {
    byte[] hash = hashes.get(value);
    if (hash == null) {
      enter(value);
      hash = value == null ? digest('n') : newHash(value);
      open.remove(value);
      hashes.put(value, hash);
    }
    return hash;
  }

  /** SHA-256 over the content: each part after a letter for its kind. */
  private byte[] newHash(Object value) {
    if (value instanceof byte[] bytes) {
      return digest('b', bytes);
    }
    char kind = kind(value);
    byte[] type = hash('k', isCollection(kind) ? "" : value.getClass().getName());
    if (isPlain(value)) {
      return digest('v', type, hash('t', value.toString()));
    }
    if (kind == 'o' || kind == 'p') {
      return digest(kind, type, encoder.apply(value));
    }
    Collection<?> parts = parts(value);
    byte[][] each = new byte[parts.size()][];
    int i = 0;
    for (Object part : parts) {
      each[i++] = hash(part);
    }
    if (!isOrdered(kind)) {
      Arrays.sort(each, Arrays::compare);
    }
    return digest(kind, type, digest('h', each));
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
