package io.persidict.format;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Frames of Zstandard, each with the size of its content.
 *
 * @see <a href="https://github.com/facebook/zstd/blob/dev/doc/zstd_compression_format.md">the
 *     format</a>
 */
final class ZstdFrame {
  private static final int MAGIC = 0xfd2fb528;

  /** A size of four bytes, one segment, no checksum. */
  private static final byte STORED = (byte) 0xa0;

  /** Says that there is a size. */
  private static final int SIZED = 0xe0;

  private static final int BLOCK = 1 << 17;
  private static final int BLOCK_HEADER = 3;
  private static final int LAST = 1;
  private static final int SIZE_SHIFT = 3;

  private ZstdFrame() {}

  static byte[] of(byte[] content) {
    try (ZstdCompressCtx context = new ZstdCompressCtx()) {
      context.setChecksum(true);
      return context.compress(content);
    }
  }

  /** A frame that compresses nothing. */
  static byte[] stored(byte[] content) {
    int blocks = Math.max(1, (content.length + BLOCK - 1) / BLOCK);
    ByteBuffer frame =
        ByteBuffer.allocate(Math.addExact(content.length, 9 + BLOCK_HEADER * blocks))
            .order(ByteOrder.LITTLE_ENDIAN);
    frame.putInt(MAGIC).put(STORED).putInt(content.length);
    for (int block = 0; block < blocks; block++) {
      int start = block * BLOCK;
      int size = Math.min(BLOCK, content.length - start);
      int header = size << SIZE_SHIFT | (block == blocks - 1 ? LAST : 0);
      frame.put((byte) header).put((byte) (header >> 8)).put((byte) (header >> 16));
      frame.put(content, start, size);
    }
    return frame.array();
  }

  /** The content of a frame, of which as much is allocated as it says, up to {@code limit}. */
  static byte[] content(byte[] frame, int limit) {
    if (frame.length < 5
        || ByteBuffer.wrap(frame).order(ByteOrder.LITTLE_ENDIAN).getInt() != MAGIC) {
      throw FormatException.malformed("it is no Zstandard frame");
    }
    long size = Zstd.getFrameContentSize(frame);
    if (size < 0) {
      throw new FormatException(
          "its Zstandard frame does not say how large its content is",
          null,
          (frame[4] & SIZED) != 0);
    }
    if (size > limit) {
      throw new FormatException("its Zstandard frame holds more than " + limit + " bytes");
    }
    byte[] content = new byte[(int) size];
    long written;
    try {
      written = Zstd.decompress(content, frame);
    } catch (ZstdException e) {
      long code = e.getErrorCode();
      boolean malformed =
          code == Zstd.errCorruptionDetected()
              || code == Zstd.errChecksumWrong()
              || code == Zstd.errSrcSizeWrong();
      throw new FormatException(
          "its Zstandard frame cannot be read: " + e.getMessage(), e, malformed);
    }
    if (Zstd.isError(written) || written != size) {
      throw FormatException.malformed("its Zstandard frame is damaged");
    }
    return content;
  }
}
