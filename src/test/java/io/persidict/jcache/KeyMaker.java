package io.persidict.jcache;

import java.io.Serializable;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.AbstractMap.SimpleEntry;
import java.util.AbstractMap.SimpleImmutableEntry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;

/**
 * Makes random keys. Those made from the same seed are equal; how they are made differs: which
 * class a collection has, in which order it was filled, and whether equal parts are one object.
 */
final class KeyMaker {
  private static final String LETTERS =
      "abzAZ09 _-.~=/\\:*?\"<>|\0\n\u00e9\u0130\u4e2d\ud83d\ude00";

  /** Decides what is made. */
  private final Random content;

  /** Decides how. */
  private final Random form;

  private KeyMaker(long seed, long form) {
    this.content = new Random(seed);
    this.form = new Random(form);
  }

  static Object make(long seed, long form) {
    return new KeyMaker(seed, form).key(3);
  }

  enum Planet {
    EARTH,
    SATURN {
      @Override
      boolean hasRings() {
        return true;
      }
    };

    boolean hasRings() {
      return false;
    }
  }

  record Point(int x, double y, String name) implements Serializable {}

  record Pair(Object first, Object second, List<Object> rest) implements Serializable {}

  /** As a framework makes keys of a method's arguments. */
  static final class Arguments implements Serializable {
    private static final long serialVersionUID = 1L;

    private final Object[] arguments;
    private final transient int hash;

    Arguments(Object... arguments) {
      this.arguments = arguments;
      this.hash = Arrays.deepHashCode(arguments);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Arguments key && Arrays.deepEquals(arguments, key.arguments);
    }

    @Override
    public int hashCode() {
      return hash == 0 ? Arrays.deepHashCode(arguments) : hash;
    }

    @Override
    public String toString() {
      return Arrays.deepToString(arguments);
    }
  }

  private Object key(int depth) {
    return content.nextInt(10) < (depth == 3 ? 3 : 7) || depth == 0 ? simple() : composed(depth);
  }

  private Object simple() {
    int number = content.nextInt(5) - 2;
    long bits = content.nextInt(4) == 0 ? content.nextLong() : number;
    return switch (content.nextInt(22)) {
      case 0, 1, 2 -> text();
      case 3 -> (int) bits;
      case 4 -> bits;
      case 5 -> (short) number;
      case 6 -> (byte) number;
      case 7 -> (char) ('a' + number);
      case 8 -> number > 0;
      case 9 -> (float) number / 2;
      case 10 ->
          number == 2 ? Double.longBitsToDouble(0x7ff8L << 48 | form.nextInt(9)) : -0.0 * bits;
      case 11 -> new BigInteger(BigInteger.valueOf(bits).toByteArray());
      case 12 -> new BigDecimal(BigInteger.valueOf(bits), number);
      case 13 -> new UUID(bits, number);
      case 14 -> Instant.ofEpochSecond(number, 5);
      case 15 -> LocalDate.ofEpochDay(number);
      case 16 -> Duration.ofMillis(bits / 2);
      case 17 -> ZoneId.of(number > 0 ? "Europe/Berlin" : "UTC");
      case 18 -> Planet.values()[content.nextInt(2)];
      case 19 -> number > 0 ? String.class : Map.Entry.class;
      case 20 -> uri(number);
      default -> new Point(number, number / 2.0, text());
    };
  }

  private Object uri(int number) {
    String host = form.nextBoolean() ? "Example.org" : "example.ORG";
    return URI.create((form.nextBoolean() ? "HTTP://" : "http://") + host + "/A?" + number);
  }

  private String text() {
    StringBuilder text = new StringBuilder();
    for (int length = content.nextInt(5); length > 0; length--) {
      text.append(LETTERS.charAt(content.nextInt(LETTERS.length())));
    }
    return form.nextBoolean() ? text.toString().intern() : text.toString();
  }

  private Object composed(int depth) {
    List<Object> parts = parts(depth);
    return switch (content.nextInt(11)) {
      case 0, 1 -> list(parts);
      case 2, 3 -> set(parts);
      case 4, 5 -> map(parts);
      case 6 -> new Pair(parts.get(0), parts.get(parts.size() - 1), list(parts));
      case 7 -> new Arguments(parts.toArray());
      case 8 -> new Arguments(array(), parts.toArray(), new Object[] {array()});
      case 9 -> {
        Object key = parts.get(0);
        Object value = parts.get(parts.size() - 1);
        yield form.nextBoolean()
            ? new SimpleEntry<>(key, value)
            : new SimpleImmutableEntry<>(key, value);
      }
      default -> {
        EnumMap<Planet, Object> map = new EnumMap<>(Planet.class);
        map.put(Planet.SATURN, parts.get(0));
        yield form.nextBoolean() ? map : new HashMap<>(map);
      }
    };
  }

  /** Some keys, of which one may come twice, as the same object or as an equal one. */
  private List<Object> parts(int depth) {
    List<Object> parts = new ArrayList<>();
    for (int size = 1 + content.nextInt(5); size > 0; size--) {
      parts.add(key(depth - 1));
    }
    if (content.nextBoolean()) {
      long seed = content.nextLong();
      Object part = new KeyMaker(seed, form.nextLong()).key(depth - 1);
      parts.add(part);
      parts.add(form.nextBoolean() ? part : new KeyMaker(seed, form.nextLong()).key(depth - 1));
    }
    return parts;
  }

  private Object array() {
    int length = content.nextInt(200) == 0 ? 50_000 : content.nextInt(4);
    byte fill = (byte) content.nextInt(3);
    return switch (content.nextInt(4)) {
      case 0 -> {
        byte[] array = new byte[length];
        Arrays.fill(array, fill);
        yield array;
      }
      case 1 -> new long[length];
      case 2 -> Collections.nCopies(length, "x" + fill).toArray(new String[0]);
      default -> new double[][] {new double[length], {fill}};
    };
  }

  private List<Object> list(List<Object> parts) {
    return switch (form.nextInt(4)) {
      case 0 -> List.copyOf(parts);
      case 1 -> new LinkedList<>(parts);
      case 2 -> Collections.unmodifiableList(parts);
      default -> Arrays.asList(parts.toArray());
    };
  }

  private Set<Object> set(List<Object> parts) {
    Collections.shuffle(parts, form);
    return switch (form.nextInt(4)) {
      case 0 -> Set.copyOf(parts);
      case 1 -> new LinkedHashSet<>(parts);
      case 2 -> Collections.unmodifiableSet(new HashSet<>(parts));
      default -> {
        Set<Object> set = new HashSet<>(1 << form.nextInt(10));
        set.addAll(parts);
        yield set;
      }
    };
  }

  private Map<Object, Object> map(List<Object> parts) {
    Map<Object, Object> ordered = new LinkedHashMap<>();
    for (int i = 0; i < parts.size(); i++) {
      ordered.putIfAbsent(parts.get(i), parts.get(parts.size() - 1 - i));
    }
    List<Map.Entry<Object, Object>> entries = new ArrayList<>(ordered.entrySet());
    Collections.shuffle(entries, form);
    Map<Object, Object> map = form.nextBoolean() ? new LinkedHashMap<>() : new HashMap<>(64);
    entries.forEach(entry -> map.put(entry.getKey(), entry.getValue()));
    return form.nextBoolean() ? map : Map.copyOf(map);
  }

  /** A short, lower-case description for a failure's message. */
  static String describe(Object key) {
    String text = key.getClass().getSimpleName() + " " + key;
    return text.substring(0, Math.min(text.length(), 300)).toLowerCase(Locale.ROOT);
  }
}
