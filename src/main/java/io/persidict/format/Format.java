package io.persidict.format;

/**
 * How values of one type become bytes and come back. Implementations are safe for use by several
 * threads.
 *
 * @param <V> the values; never null, see {@link NullValue}
 */
public interface Format<V> {
  /** What follows the last dot of the values' names. */
  String extension();

  /**
   * Encodes a value.
   *
   * @throws FormatException if this value could not be read back
   */
  byte[] encode(V value);

  /**
   * Decodes bytes of any origin; time and memory are bounded by their length.
   *
   * @throws FormatException if they are not the encoding of a value
   */
  V decode(byte[] bytes);
}
