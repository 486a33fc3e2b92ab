package io.persidict.key;

import io.persidict.format.FormatException;
import io.persidict.format.RecordParts;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.lang.reflect.Array;
import java.lang.reflect.RecordComponent;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.net.URL;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Calendar;
import java.util.Collection;
import java.util.Currency;
import java.util.Date;
import java.util.GregorianCalendar;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TimeZone;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A digest of a key that is the same for equal keys in every virtual machine, and different for
 * others.
 *
 * <p>It is SHA-256 over a tag for the kind of key and its content, with the digest of every inner
 * object in its place. So the order in which a hash table iterates, and whether two equal inner
 * objects are one object, make no difference: the elements of sets and the entries of maps go in by
 * the order of their digests. Lists, sets, maps and their entries are what {@code equals} takes
 * them for, whatever their class, and so are bit sets, dates and calendars; the letter case of URIs
 * counts where it does for {@code equals}. A time zone that the platform knows is its name and
 * offset, whatever its tables say today, and a currency is its code. Arrays count by their
 * elements. Objects of any other serializable class count by their class and serialized fields, so
 * their {@code equals} must agree with these; other records by their class and components. Within
 * them, what is serialized as a {@link SerializationProxy}, such as a {@code List.of}, counts as
 * itself.
 *
 * <p>What occurs many times in a key is digested once, so the time is linear in the size of the
 * key.
 */
@SuppressWarnings("JavaUtilDate") // users have keys of these classes
final class KeyDigest {
  private static final int MAX_DEPTH = 200;
  private static final Pattern ESCAPE = Pattern.compile("%[0-9A-Fa-f]{2}");

  /** The digests of the parts that were met, by identity. */
  private final IdentityHashMap<Object, byte[]> known = new IdentityHashMap<>();

  private KeyDigest() {}

  /**
   * The digest of {@code key}, of 32 bytes.
   *
   * @throws FormatException if equal keys of its class could have different digests: it, or an
   *     object within, is not serializable, inherits identity as equality, is a URL, or contains
   *     itself; or if code of its class fails
   */
  static byte[] digest(Object key) {
    try {
      return new KeyDigest().digest(key, 0);
    } catch (FormatException e) {
      throw e;
    } catch (RuntimeException | StackOverflowError e) {
      // what is decoded of hostile bytes may have parts that its class never leaves out
      throw new FormatException(
          "a " + key.getClass().getName() + " cannot be a key: what it holds cannot be read: " + e,
          e);
    }
  }

  private byte[] digest(@Nullable Object part, int depth) {
    byte[] digest = known.get(part);
    if (digest == null) {
      digest = compute(part, depth);
      known.put(part, digest);
    }
    return digest;
  }

  private byte[] compute(@Nullable Object part, int depth) {
    if (depth > MAX_DEPTH) {
      throw new FormatException(
          "a key nests deeper than " + MAX_DEPTH + " levels or contains itself");
    }
    MessageDigest sha256 = sha256();
    try (DataOutputStream out = new DataOutputStream(new DigestStream(sha256))) {
      write(part, depth, out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return sha256.digest();
  }

  private void write(@Nullable Object part, int depth, DataOutputStream out) throws IOException {
    if (part == null) {
      out.writeByte('0');
    } else if (part instanceof String text) {
      out.writeByte('S');
      out.writeChars(text);
    } else if (part instanceof Long number) {
      out.writeByte('L');
      out.writeLong(number);
    } else if (part instanceof Integer number) {
      out.writeByte('I');
      out.writeInt(number);
    } else if (part instanceof Enum<?> constant) {
      out.writeByte('E');
      out.writeUTF(constant.getDeclaringClass().getName());
      out.writeUTF(constant.name());
    } else if (part instanceof Class<?> type) {
      out.writeByte('C');
      out.writeUTF(type.getName());
    } else if (part instanceof BigInteger number) {
      out.writeByte('B');
      out.write(number.toByteArray());
    } else if (part instanceof BigDecimal number) {
      out.writeByte('D');
      out.writeInt(number.scale());
      out.write(number.unscaledValue().toByteArray());
    } else if (part instanceof List<?> list) {
      out.writeByte('l');
      for (Object element : list) {
        out.write(digest(element, depth + 1));
      }
    } else if (part instanceof Set<?> set) {
      out.writeByte('s');
      writeSorted(set.stream().map(element -> digest(element, depth + 1)).toList(), out);
    } else if (part instanceof Map<?, ?> map) {
      out.writeByte('m');
      writeSorted(
          map.entrySet().stream()
              .map(
                  entry ->
                      concat(
                          digest(entry.getKey(), depth + 1), digest(entry.getValue(), depth + 1)))
              .toList(),
          out);
    } else if (part instanceof Map.Entry<?, ?> entry) {
      out.writeByte('e');
      out.write(digest(entry.getKey(), depth + 1));
      out.write(digest(entry.getValue(), depth + 1));
    } else if (part instanceof URI uri) {
      out.writeByte('U');
      for (String component : components(uri)) {
        out.write(digest(component, depth + 1));
      }
    } else if (part instanceof URL) {
      throw new FormatException(
          "java.net.URL cannot be a key: whether two are equal is for a name server to say, which"
              + " may change its mind; use java.net.URI, or the URL's text");
    } else if (part instanceof BitSet bits) {
      out.writeByte('b');
      for (long word : bits.toLongArray()) {
        out.writeLong(word);
      }
    } else if (part instanceof Date date && hasEqualsOf(Date.class, part)) {
      out.writeByte('d');
      out.writeLong(date.getTime());
    } else if (part instanceof Currency currency) {
      out.writeByte('k');
      out.writeUTF(currency.getCurrencyCode());
    } else if (part instanceof TimeZone zone && isOfTables(zone)) {
      out.writeByte('z');
      out.writeUTF(zone.getID());
      out.writeInt(zone.getRawOffset());
    } else if (part instanceof Calendar calendar && isComparedByTime(calendar)) {
      out.writeByte('c');
      out.writeUTF(calendar.getClass().getName());
      out.writeLong(calendar.getTimeInMillis());
      out.writeBoolean(calendar.isLenient());
      out.writeInt(calendar.getFirstDayOfWeek());
      out.writeInt(calendar.getMinimalDaysInFirstWeek());
      out.write(digest(calendar.getTimeZone(), depth + 1));
      if (calendar instanceof GregorianCalendar gregorian) {
        out.writeLong(gregorian.getGregorianChange().getTime());
      }
    } else if (part.getClass().isArray() && part.getClass().getComponentType().isPrimitive()) {
      out.writeByte('p');
      try (ObjectOutputStream elements = new ObjectOutputStream(out)) {
        elements.writeObject(part);
      }
    } else if (part.getClass().isArray()) {
      out.writeByte('a');
      out.writeUTF(part.getClass().getComponentType().getName());
      for (int i = 0; i < Array.getLength(part); i++) {
        out.write(digest(Array.get(part, i), depth + 1));
      }
    } else if (part instanceof Record value && !(part instanceof Serializable)) {
      out.writeByte('r');
      out.writeUTF(part.getClass().getName());
      for (RecordComponent component : part.getClass().getRecordComponents()) {
        out.writeUTF(component.getName());
        out.write(digest(RecordParts.get(component, value), depth + 1));
      }
    } else {
      if (!SerializationProxy.isOfTime(part)) {
        requireOwnEquality(part);
      }
      out.writeByte('O');
      try (ObjectOutputStream fields = new Fields(out, depth)) {
        fields.writeObject(part);
      }
    }
  }

  private static void writeSorted(Collection<byte[]> digests, OutputStream out) throws IOException {
    for (byte[] digest : digests.stream().sorted(Arrays::compare).toList()) {
      out.write(digest);
    }
  }

  private static byte[] concat(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  /** What equality of URIs is decided by, in the same case where equality ignores it. */
  private static List<@Nullable String> components(URI uri) {
    boolean serverBased = uri.getHost() != null;
    return Arrays.asList(
        lowerCase(uri.getScheme()),
        escapesInOneCase(uri.isOpaque() ? uri.getRawSchemeSpecificPart() : null),
        escapesInOneCase(serverBased ? uri.getRawUserInfo() : uri.getRawAuthority()),
        lowerCase(uri.getHost()),
        String.valueOf(uri.getPort()),
        escapesInOneCase(uri.getRawPath()),
        escapesInOneCase(uri.getRawQuery()),
        escapesInOneCase(uri.getRawFragment()));
  }

  private static @Nullable String lowerCase(@Nullable String text) {
    return text == null ? null : text.toLowerCase(Locale.ROOT);
  }

  private static @Nullable String escapesInOneCase(@Nullable String text) {
    return text == null || text.indexOf('%') < 0
        ? text
        : ESCAPE.matcher(text).replaceAll(escape -> escape.group().toLowerCase(Locale.ROOT));
  }

  private static boolean hasEqualsOf(Class<?> type, Object part) {
    try {
      return part.getClass().getMethod("equals", Object.class).getDeclaringClass() == type;
    } catch (NoSuchMethodException e) {
      throw new AssertionError("every class has equals", e);
    }
  }

  /** Whether equality does not depend on which of its fields were computed yet. */
  private static boolean isComparedByTime(Calendar calendar) {
    return hasEqualsOf(Calendar.class, calendar) || hasEqualsOf(GregorianCalendar.class, calendar);
  }

  /** Whether it is one that the platform knows by name, with tables that each version updates. */
  private static boolean isOfTables(TimeZone zone) {
    TimeZone known = TimeZone.getTimeZone(zone.getID());
    return known.getClass() == zone.getClass() && known.getID().equals(zone.getID());
  }

  private static void requireOwnEquality(Object part) {
    if (!hasEqualsOf(Object.class, part)) {
      return;
    }
    Class<?> type = part.getClass();
    throw new FormatException(
        type.getName()
            + " cannot be a key: it has no equals of its own, so a key stored today is unequal to"
            + " every key of tomorrow; use a record, or implement equals and hashCode");
  }

  /** Serializes one object whose inner objects are replaced by their digests. */
  private final class Fields extends ObjectOutputStream {
    /** One object for each digest, so that the stream refers back wherever digests are equal. */
    private final Map<String, String> digests = new HashMap<>();

    private final int depth;
    private boolean inside;

    Fields(OutputStream out, int depth) throws IOException {
      super(out);
      this.depth = depth;
      enableReplaceObject(true);
    }

    @Override
    protected Object replaceObject(Object object) {
      if (!(object instanceof Serializable || object instanceof Record)) {
        throw notSerializable(object.getClass().getName());
      }
      if (!inside) {
        inside = true;
        return object;
      }
      String digest =
          HexFormat.of().formatHex(digest(SerializationProxy.resolved(object), depth + 1));
      String known = digests.putIfAbsent(digest, digest);
      return known == null ? digest : known;
    }
  }

  static FormatException notSerializable(String type) {
    return new FormatException(type + " cannot be in a key: it is not java.io.Serializable");
  }

  private static final class DigestStream extends OutputStream {
    private final MessageDigest digest;

    DigestStream(MessageDigest digest) {
      this.digest = digest;
    }

    @Override
    public void write(int b) {
      digest.update((byte) b);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
      digest.update(bytes, offset, length);
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }
}
