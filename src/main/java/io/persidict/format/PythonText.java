package io.persidict.format;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;

/**
 * Python's strings as UTF-8 in which half a surrogate pair is encoded like any other character, as
 * Python's error handler {@code surrogatepass} does it. All other strings are plain UTF-8.
 */
final class PythonText {
  private PythonText() {}

  static String decode(byte[] bytes, int start, int end) {
    try {
      return UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, start, end - start)).toString();
    } catch (CharacterCodingException e) {
      return decodeHalves(bytes, start, end);
    }
  }

  /** Decodes what lies between halves of pairs, and these by themselves. */
  private static String decodeHalves(byte[] bytes, int start, int end) {
    StringBuilder text = new StringBuilder();
    int from = start;
    for (int at = start; at <= end; at++) {
      boolean half =
          end - at >= 3
              && bytes[at] == (byte) 0xed
              && (bytes[at + 1] & 0xe0) == 0xa0
              && (bytes[at + 2] & 0xc0) == 0x80;
      if (!half && at < end) {
        continue;
      }
      try {
        text.append(UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, from, at - from)));
      } catch (CharacterCodingException e) {
        throw FormatException.malformed("it holds a string that is not UTF-8", e);
      }
      if (half) {
        text.append((char) (0xd000 | (bytes[at + 1] & 0x3f) << 6 | (bytes[at + 2] & 0x3f)));
        at += 2;
        from = at + 1;
      }
    }
    return text.toString();
  }

  static byte[] encode(String text) {
    int half = halfAt(text, 0);
    if (half == text.length()) {
      return text.getBytes(UTF_8);
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length() + 16);
    for (int from = 0; from < text.length(); half = halfAt(text, from)) {
      bytes.writeBytes(text.substring(from, half).getBytes(UTF_8));
      if (half < text.length()) {
        char c = text.charAt(half);
        bytes.write(0xed);
        bytes.write(0x80 | ((c >> 6) & 0x3f));
        bytes.write(0x80 | (c & 0x3f));
      }
      from = half + 1;
    }
    return bytes.toByteArray();
  }

  /** The first half of a pair without its other half, or the end. */
  private static int halfAt(String text, int from) {
    for (int at = from; at < text.length(); at++) {
      char c = text.charAt(at);
      if (Character.isSurrogate(c)) {
        boolean pair =
            Character.isHighSurrogate(c)
                && at + 1 < text.length()
                && Character.isLowSurrogate(text.charAt(at + 1));
        if (!pair) {
          return at;
        }
        at++;
      }
    }
    return text.length();
  }
}
