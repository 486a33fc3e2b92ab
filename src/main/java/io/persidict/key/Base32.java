package io.persidict.key;

/**
 * Lower-case base32 without padding, whose text survives file systems that know no letter case.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc4648#section-6">RFC 4648, section 6</a>
 */
final class Base32 {
  private static final String ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";

  private Base32() {}

  /** All characters for {@code bytes}. */
  static String encode(byte[] bytes) {
    return encode(bytes, (8 * bytes.length + 4) / 5);
  }

  /** The first {@code length} characters for {@code bytes}. */
  static String encode(byte[] bytes, int length) {
    char[] text = new char[length];
    for (int i = 0, bit = 0; i < length; i++, bit += 5) {
      int low = bit / 8 + 1 < bytes.length ? bytes[bit / 8 + 1] & 0xff : 0;
      int pair = (bytes[bit / 8] & 0xff) << 8 | low;
      text[i] = ALPHABET.charAt(pair >> (11 - bit % 8) & 31);
    }
    return new String(text);
  }
}
