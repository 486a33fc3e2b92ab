package io.persidict.format;

/**
 * Another format, compressed. What decompresses to more than {@link ValueCost#decompressed} allows
 * is neither read nor written: it is stored as it is, in a frame that compresses nothing.
 */
record CompressedFormat<V>(Format<V> format, Compression compression) implements Format<V> {
  @Override
  public String extension() {
    return format.extension() + "." + compression.extension();
  }

  @Override
  public byte[] encode(V value) {
    byte[] content = format.encode(value);
    byte[] frame = compression.compressed(content);
    return content.length <= ValueCost.decompressed(frame.length)
        ? frame
        : compression.stored(content);
  }

  @Override
  public V decode(byte[] bytes) {
    return format.decode(compression.content(bytes, ValueCost.decompressed(bytes.length)));
  }

  @Override
  public V unreadable(String reason, boolean lacksMemory) {
    return format.unreadable(reason, lacksMemory);
  }
}
