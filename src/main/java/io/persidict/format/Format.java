package io.persidict.format;

/**
 * How values of one type become bytes and come back. Implementations are safe for use by several
 * threads.
 *
 * @param <V> the values; never null, see {@link NullValue}
 */
public interface Format<V> {
  /** {@return what is appended to the values' names after a dot, such as {@code json}} */
  String extension();

  /**
   * Encodes a value.
   *
   * @param value left as it is, and not kept
   * @return bytes that nobody changes afterwards
   * @throws FormatException if this value could not be read back
   */
  byte[] encode(V value);

  /**
   * Decodes bytes of any origin; time and memory are bounded by their length.
   *
   * @param bytes left as they are
   * @return a value that the caller owns
   * @throws FormatException if they are not the encoding of a value
   */
  V decode(byte[] bytes);

  /**
   * What stands for something that lies in an entry's place and whose bytes cannot even be read,
   * such as a file of more than a gigabyte. Unless overridden, nothing does.
   *
   * @param reason why not; goes on after "it"
   * @return what stands for it
   * @throws FormatException if nothing stands for it
   */
  default V unreadable(String reason) {
    throw new FormatException("it " + reason);
  }

  /**
   * The same, told whether this process alone cannot read it. Unless overridden, that is no matter.
   *
   * @param reason why not; goes on after "it"
   * @param lacksMemory whether it may be read at another time, or with a larger heap
   * @return what stands for it
   * @throws FormatException if nothing stands for it
   */
  default V unreadable(String reason, boolean lacksMemory) {
    return unreadable(reason);
  }
}
