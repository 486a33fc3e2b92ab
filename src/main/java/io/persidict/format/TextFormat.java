package io.persidict.format;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;

/**
 * Strings as UTF-8, under any extension.
 *
 * @param extension what follows the last dot of the values' names
 */
public record TextFormat(String extension) implements Format<String> {
  @Override
  public byte[] encode(String value) {
    try {
      ByteBuffer bytes = UTF_8.newEncoder().encode(CharBuffer.wrap(value));
      byte[] encoded = new byte[bytes.remaining()];
      bytes.get(encoded);
      return encoded;
    } catch (CharacterCodingException e) {
      throw new FormatException("text with half a surrogate pair has no UTF-8 form", e);
    }
  }

  @Override
  public String decode(byte[] bytes) {
    try {
      return UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new FormatException("it is not UTF-8 text", e);
    }
  }
}
