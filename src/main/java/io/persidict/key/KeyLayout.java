package io.persidict.key;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.persidict.store.Names;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Optional;

/**
 * How keys are named in a store, as the Python original names them: the segments joined by {@code
 * /}, the last one followed by {@code .} and the format's extension. To every segment {@code _} and
 * the first characters of the lower-case base32 of its MD5 digest are appended, so that keys which
 * a file system would take for the same one, such as {@code Key} and {@code key}, have different
 * files. A segment that already ends with the digest of the rest of it stays as it is.
 *
 * @see <a href="https://github.com/pythagoras-dev/persidict">the original</a>
 */
public final class KeyLayout {
  /** The longest digest, in characters: all of MD5's 128 bits. */
  public static final int MAX_DIGEST_LENGTH = 26;

  private final int digestLength;
  private final String extension;

  /**
   * A layout for the entries of one format.
   *
   * @param digestLength characters of the digest, 0 to {@value #MAX_DIGEST_LENGTH}; 0 for none
   * @param extension what follows the last dot of a name, itself fit to be a key's segment
   * @throws IllegalArgumentException if one of them is not
   */
  public KeyLayout(int digestLength, String extension) {
    if (digestLength < 0 || digestLength > MAX_DIGEST_LENGTH) {
      throw new IllegalArgumentException(
          "digest length " + digestLength + "; allowed are 0 to " + MAX_DIGEST_LENGTH);
    }
    this.digestLength = digestLength;
    this.extension = "." + DictKey.of(extension);
  }

  /** {@return characters of the digest, 0 for none} */
  public int digestLength() {
    return digestLength;
  }

  /** {@return what is appended to a name's last segment, after a dot, such as {@code json}} */
  public String extension() {
    return extension.substring(1);
  }

  /**
   * {@return the name of {@code key}, which no other key has that {@linkplain #isReadBack is read
   * back}}
   *
   * @param key also one that is not, which has the name of the key without the digest
   * @throws IllegalArgumentException if a segment is too long with its digest and extension
   */
  public String name(DictKey key) {
    StringBuilder name = signed(key).append(extension);
    requireLength(key, name.length() - name.lastIndexOf("/") - 1);
    return name.toString();
  }

  /**
   * {@return what the names of all keys that begin with the segments of {@code first} and go on
   * begin with: these segments with their digests, each followed by {@code /}}
   *
   * @param first the segments that the keys have in common
   * @throws IllegalArgumentException if a segment is too long with its digest
   */
  public String prefix(DictKey first) {
    return signed(first).append('/').toString();
  }

  /**
   * {@return whether {@code key} is read back from its name, and not a key without a digest at its
   * end}
   *
   * @param key any; it is not if one of its segments ends with its digest already
   */
  public boolean isReadBack(DictKey key) {
    return digestLength == 0 || key.segments().stream().noneMatch(this::isSigned);
  }

  private StringBuilder signed(DictKey key) {
    StringBuilder name = new StringBuilder();
    int start = 0;
    for (String segment : key.segments()) {
      if (start > 0) {
        name.append('/');
      }
      name.append(segment);
      if (!isSigned(segment)) {
        name.append('_').append(digest(segment));
      }
      requireLength(key, name.length() - start);
      start = name.length() + 1;
    }
    return name;
  }

  /**
   * {@return whether {@code name} looks like one that {@link #key} has a key for}
   *
   * @param name any text
   */
  public boolean mayBeOfKey(String name) {
    return name.endsWith(extension);
  }

  /**
   * {@return the key that {@link #name} gives {@code name} to; empty if there is none}
   *
   * @param name any text
   */
  public Optional<DictKey> key(String name) {
    return mayBeOfKey(name) && name.length() - name.lastIndexOf('/') - 1 <= Names.MAX_SEGMENT
        ? key(name, name.length() - extension.length())
        : Optional.empty();
  }

  /**
   * {@return whether {@code text} is what {@link #prefix} returns for some segments}
   *
   * @param text any
   */
  public boolean isPrefix(String text) {
    return text.endsWith("/") && key(text, text.length() - 1).isPresent();
  }

  /**
   * {@return the first segment of the keys that are named {@code child}, or whose names begin with
   * it if it ends with a slash; empty if there are none such}
   *
   * @param child a name without a slash but at its end
   */
  public Optional<String> first(String child) {
    return (child.endsWith("/") ? key(child, child.length() - 1) : key(child))
        .map(key -> key.segments().get(0));
  }

  /**
   * The key of {@code name}, whose segments end at {@code end}: the rest of each, if that is not
   * signed itself.
   */
  private Optional<DictKey> key(String name, int end) {
    String[] segments = name.substring(0, end).split("/", -1);
    for (int i = 0; i < segments.length; i++) {
      String segment = segments[i];
      if (segment.length() > Names.MAX_SEGMENT) {
        return Optional.empty();
      }
      if (digestLength > 0) {
        int rest = segment.length() - digestLength - 1;
        if (!isSigned(segment) || isSigned(segment.substring(0, rest))) {
          return Optional.empty();
        }
        segments[i] = segment.substring(0, rest);
      }
    }
    try {
      return Optional.of(new DictKey(List.of(segments)));
    } catch (IllegalArgumentException e) {
      return Optional.empty(); // a foreign file's name, which is no key's
    }
  }

  /** Whether {@code segment} needs no digest, because none is wanted or it ends with one. */
  private boolean isSigned(String segment) {
    int rest = segment.length() - digestLength - 1;
    return digestLength == 0
        || (rest > 0
            && segment.charAt(rest) == '_'
            && segment.endsWith(digest(segment.substring(0, rest))));
  }

  /**
   * {@return whether {@code segment} ends with the digest, of some length, of the rest of it} A
   * layout with that digest length gives it the same name as the rest.
   *
   * @param segment of a key, as it is without a layout
   */
  public static boolean endsWithDigest(String segment) {
    int rest = segment.lastIndexOf('_');
    int length = segment.length() - rest - 1;
    return rest > 0
        && length > 0
        && length <= MAX_DIGEST_LENGTH
        && segment.endsWith(digest(segment.substring(0, rest), length));
  }

  private String digest(String segment) {
    return digest(segment, digestLength);
  }

  private static String digest(String segment, int length) {
    byte[] md5;
    try {
      md5 = MessageDigest.getInstance("MD5").digest(segment.getBytes(US_ASCII));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has MD5", e);
    }
    return Base32.encode(md5, length);
  }

  private static void requireLength(DictKey key, int length) {
    if (length > Names.MAX_SEGMENT) {
      throw new IllegalArgumentException(
          "key \""
              + key
              + "\" needs a file name of "
              + length
              + " characters with digest and extension; at most "
              + Names.MAX_SEGMENT
              + " are allowed, so shorten its segments");
    }
  }
}
