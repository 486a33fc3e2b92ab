package io.persidict.format;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** How the bytes of a format are compressed: what follows its name, and the extension of files. */
enum Compression {
  /** Frames that every LZ4 tool reads; takes no artifact. */
  LZ4("lz4", "lz4") {
    @Override
    byte[] compressed(byte[] content) {
      return Lz4Frame.of(content, true);
    }

    @Override
    byte[] stored(byte[] content) {
      return Lz4Frame.of(content, false);
    }

    @Override
    byte[] content(byte[] frame, int limit) {
      return Lz4Frame.content(frame, limit);
    }
  },

  /** Frames that every Zstandard tool reads. */
  ZSTD("zstd", "zst") {
    @Override
    Compression required(String id) {
      return Formats.requiring("com.github.luben:zstd-jni", id, () -> ready());
    }

    private Compression ready() {
      content(compressed(new byte[0]), 0); // loads the native library
      return this;
    }

    @Override
    byte[] compressed(byte[] content) {
      return ZstdFrame.of(content);
    }

    @Override
    byte[] stored(byte[] content) {
      return ZstdFrame.stored(content);
    }

    @Override
    byte[] content(byte[] frame, int limit) {
      return ZstdFrame.content(frame, limit);
    }
  };

  private final String id;
  private final String extension;

  Compression(String id, String extension) {
    this.id = id;
    this.extension = extension;
  }

  /** What a format's name, or the extension of its files, says of it. */
  static Optional<Compression> in(String format) {
    return Arrays.stream(values()).filter(way -> !way.without(format).equals(format)).findFirst();
  }

  /** All of them, in words. */
  static String names() {
    return Arrays.stream(values()).map(way -> "+" + way.id).collect(Collectors.joining(", "));
  }

  /** The name of the format that is compressed. */
  String without(String format) {
    for (String end : new String[] {"+" + id, "." + extension}) {
      if (format.endsWith(end) && format.length() > end.length()) {
        return format.substring(0, format.length() - end.length());
      }
    }
    return format;
  }

  /** What follows the last dot of the names of files. */
  String extension() {
    return extension;
  }

  /**
   * This, once it is known that it can be used.
   *
   * @throws IllegalArgumentException if an artifact is missing
   */
  Compression required(String format) {
    return this;
  }

  /** A frame of {@code content}. */
  abstract byte[] compressed(byte[] content);

  /** A frame of {@code content} as it is. */
  abstract byte[] stored(byte[] content);

  /**
   * The content of a frame.
   *
   * @param limit the largest content, in bytes
   * @throws FormatException if it is larger, or {@code frame} is not one whole frame
   */
  abstract byte[] content(byte[] frame, int limit);
}
