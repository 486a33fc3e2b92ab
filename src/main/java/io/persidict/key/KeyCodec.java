package io.persidict.key;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.persidict.format.Format;
import io.persidict.format.FormatException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Keys of any class, as keys of the dictionary and as bytes in the records.
 *
 * <p>The dictionary's key tells all keys apart, also where letter case is lost. It is readable for
 * a short string, {@code s-} and the string with {@code ~x} for a capital {@code X} and {@code
 * =hhhh} for the UTF-16 unit {@code hhhh} of any other character that is not safe, and a last
 * {@code ~} where a {@link KeyLayout} would take the end for its own digest; and for a whole
 * number, {@code i-42} or {@code l-42}. For all other keys it is {@code h-} and the base32 of their
 * {@link KeyDigest}.
 *
 * <p>The bytes are a tag, and then the UTF-8 or UTF-16 of a string, the number, or the object in
 * Java serialization.
 */
public final class KeyCodec {
  private static final int MAX_READABLE = 120;
  private static final String SAFE = "_-.()";

  /** Empty, hidden, shortened by Windows, or one of its devices. */
  private static final Pattern NOT_A_DIRECTORY =
      Pattern.compile("|\\..*|.*\\.|(con|prn|aux|nul|com[0-9]|lpt[0-9])(\\..*)?");

  private static final byte UTF_8_STRING = 1;
  private static final byte UTF_16_STRING = 2;
  private static final byte INTEGER = 3;
  private static final byte LONG = 4;
  private static final byte SERIALIZED = 5;

  private final Format<Object> serialization;

  /**
   * A codec that stores the keys which it has no form of its own for as a format does.
   *
   * @param serialization for keys that are neither strings nor whole numbers
   */
  public KeyCodec(Format<Object> serialization) {
    this.serialization = serialization;
  }

  /**
   * {@return the dictionary's key for {@code key}, the same in every virtual machine}
   *
   * @param key of any class that {@link KeyDigest} can tell apart; read, not kept
   * @throws FormatException if no key can be promised, see {@link KeyDigest}
   */
  public static DictKey dictKey(Object key) {
    if (key instanceof String text) {
      String readable = escape("s-", text);
      if (KeyLayout.endsWithDigest(readable)) {
        readable += "~";
      }
      if (readable.length() <= MAX_READABLE) {
        return DictKey.of(readable);
      }
    } else if (key instanceof Integer number) {
      return DictKey.of("i-" + number);
    } else if (key instanceof Long number) {
      return DictKey.of("l-" + number);
    }
    return DictKey.of("h-" + Base32.encode(KeyDigest.digest(key)));
  }

  /**
   * {@return whether the key that lies at {@code place} may be a string that begins with {@code
   * prefix}, or a key with several segments; of the places of long and composed keys that cannot be
   * told, so it may}
   *
   * @param place as {@link #dictKey} gives them
   * @param prefix empty where only keys with several segments are asked for
   */
  public static boolean mayBegin(DictKey place, String prefix) {
    String name = place.segments().get(0);
    return name.startsWith("h-")
        || (!prefix.isEmpty() && name.startsWith("s-") && name.startsWith(escape("s-", prefix)));
  }

  /**
   * {@return the key whose dictionary's key is readable, from that; empty if it is a digest, or no
   * dictionary's key}
   *
   * @param segment the only one of the dictionary's key
   */
  public static Optional<Object> readable(String segment) {
    Optional<Object> key = Optional.empty();
    try {
      if (segment.startsWith("s-")) {
        key = Optional.of(unescape(segment.substring(2)));
      } else if (segment.startsWith("i-")) {
        key = Optional.of(Integer.valueOf(segment.substring(2)));
      } else if (segment.startsWith("l-")) {
        key = Optional.of(Long.valueOf(segment.substring(2)));
      }
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      return Optional.empty();
    }
    return key.filter(found -> dictKey(found).toString().equals(segment));
  }

  private static String unescape(String escaped) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < escaped.length(); i++) {
      char c = escaped.charAt(i);
      if (c == '=') {
        text.append((char) HexFormat.fromHexDigits(escaped, i + 1, i + 5));
        i += 4;
      } else if (c == '~' && i + 1 < escaped.length()) {
        text.append((char) (escaped.charAt(++i) - ('a' - 'A')));
      } else if (c != '~') {
        text.append(c);
      }
    }
    return text.toString();
  }

  /**
   * {@return the name of a cache as a segment, by the rules for strings but without {@code s-};
   * {@code ~~} and the base32 of its {@link KeyDigest} where that is long or has a meaning to a
   * file system}
   *
   * @param name any string
   */
  public static String segment(String name) {
    String readable = escape("", name);
    return readable.length() > MAX_READABLE || NOT_A_DIRECTORY.matcher(readable).matches()
        ? "~~" + Base32.encode(KeyDigest.digest(name))
        : readable;
  }

  private static String escape(String prefix, String text) {
    if (text.length() > MAX_READABLE) {
      return text;
    }
    StringBuilder escaped = new StringBuilder(prefix);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || SAFE.indexOf(c) >= 0) {
        escaped.append(c);
      } else if (c >= 'A' && c <= 'Z') {
        escaped.append('~').append((char) (c + ('a' - 'A')));
      } else {
        escaped.append('=').append(HexFormat.of().toHexDigits(c));
      }
    }
    return escaped.toString();
  }

  /**
   * {@return the bytes for {@code key}, which the caller owns}
   *
   * @param key as it is now; its serialized form, unlike {@link #dictKey}, may differ for equal
   *     keys
   * @throws FormatException if it cannot be serialized or its class is not allowed
   */
  public byte[] encode(Object key) {
    if (key instanceof String text) {
      byte[] utf8 = text.getBytes(UTF_8);
      return text.equals(new String(utf8, UTF_8))
          ? tagged(UTF_8_STRING, utf8)
          : tagged(UTF_16_STRING, units(text));
    }
    if (key instanceof Integer number) {
      return ByteBuffer.allocate(5).put(INTEGER).putInt(number).array();
    }
    if (key instanceof Long number) {
      return ByteBuffer.allocate(9).put(LONG).putLong(number).array();
    }
    return tagged(SERIALIZED, serialization.encode(key));
  }

  /** The UTF-16 units, big-endian; unlike with a charset, also of surrogates without their pair. */
  private static byte[] units(String text) {
    ByteBuffer units = ByteBuffer.allocate(2 * text.length());
    units.asCharBuffer().put(text);
    return units.array();
  }

  private static byte[] tagged(byte tag, byte[] content) {
    return ByteBuffer.allocate(1 + content.length).put(tag).put(content).array();
  }

  /**
   * {@return a key equal to the one in {@code bytes}}
   *
   * @param bytes as {@link #encode} made them; neither changed nor kept
   * @throws FormatException if there is none
   */
  public Object decode(byte[] bytes) {
    if (bytes.length > 0) {
      byte[] content = Arrays.copyOfRange(bytes, 1, bytes.length);
      switch (bytes[0]) {
        case UTF_8_STRING -> {
          return new String(content, UTF_8);
        }
        case UTF_16_STRING -> {
          return ByteBuffer.wrap(content).asCharBuffer().toString();
        }
        case INTEGER -> {
          if (content.length == Integer.BYTES) {
            return ByteBuffer.wrap(content).getInt();
          }
        }
        case LONG -> {
          if (content.length == Long.BYTES) {
            return ByteBuffer.wrap(content).getLong();
          }
        }
        case SERIALIZED -> {
          return serialization.decode(content);
        }
        default -> {}
      }
    }
    throw new FormatException("it holds no key");
  }
}
