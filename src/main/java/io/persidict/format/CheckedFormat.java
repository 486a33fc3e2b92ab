package io.persidict.format;

import org.jspecify.annotations.Nullable;

/**
 * Another format, of which all that goes wrong is a {@link FormatException}, and whose values are
 * of the class that was declared.
 *
 * @param isForeign whether it is somebody else's, who may change the bytes that he is given, and
 *     those that he gave: memory and stores keep others
 */
record CheckedFormat<V>(Format<V> format, Class<V> type, boolean isForeign) implements Format<V> {
  @Override
  public String extension() {
    return format.extension();
  }

  @Override
  public byte[] encode(V value) {
    byte[] bytes;
    try {
      bytes = format.encode(value);
    } catch (FormatException e) {
      throw e;
    } catch (Throwable e) { // also checked exceptions, which other languages throw anywhere
      Decoding.keepInterrupt(e);
      throw refused(value, "is not encoded by", e);
    }
    if (bytes == null) {
      throw refused(value, "is encoded as null by", null);
    }
    return own(bytes);
  }

  private byte[] own(byte[] bytes) {
    return isForeign ? bytes.clone() : bytes;
  }

  private FormatException refused(V value, String what, @Nullable Throwable cause) {
    return new FormatException(
        "a value of "
            + value.getClass().getName()
            + " "
            + what
            + " the format "
            + extension()
            + (cause == null ? "" : ": " + Decoding.told(cause)),
        cause);
  }

  @Override
  public V decode(byte[] bytes) {
    Object value = Decoding.of(() -> format.decode(own(bytes)));
    if (!type.isInstance(value)) {
      throw new FormatException(
          "it holds a " + value.getClass().getName() + ", not a " + type.getName());
    }
    return type.cast(value);
  }

  @Override
  public V unreadable(String reason, boolean lacksMemory) {
    return format.unreadable(reason, lacksMemory);
  }
}
