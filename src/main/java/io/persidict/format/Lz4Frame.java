package io.persidict.format;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The LZ4 frame format, as far as joblib's {@code compress="lz4"} uses it.
 *
 * <p>A frame: the magic number {@code 04 22 4d 18}; a flag byte (version, independent blocks, block
 * checksums, content size, content checksum, dictionary); a byte for the largest block, 64 KiB to 4
 * MiB; the content's size, if flagged; a checksum of these; blocks, each a little-endian length,
 * whose high bit says that the block is not compressed, its bytes and, if flagged, a checksum; the
 * length 0; the content's checksum, if flagged. Checksums are XXH32.
 *
 * <p>The original's frames are of linked blocks, whose matches reach back into earlier blocks. What
 * is written here has independent blocks, which every reader knows.
 *
 * <p>Why no library: lz4-java cannot read linked blocks. Commons Compress 1.28.0 can, but brings
 * 2.7 MB of jars where this takes 9 KB of classes, took nine times as long to read a frame of 20 MB
 * (273 ms and 31 ms), and has no bound for what a frame unpacks to.
 *
 * @see <a href="https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md">frames</a>
 * @see <a href="https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md">blocks</a>
 */
final class Lz4Frame {
  private static final int MAGIC = 0x184d2204;
  private static final int INDEPENDENT = 0x20;
  private static final int BLOCK_CHECKSUM = 0x10;
  private static final int CONTENT_SIZE = 0x08;
  private static final int CONTENT_CHECKSUM = 0x04;
  private static final int DICTIONARY = 0x01;
  private static final int STORED = 0x8000_0000;

  /** The largest block that is written: 64 KiB, as in the original. */
  private static final int BLOCK = 1 << 16;

  private Lz4Frame() {}

  /** Whether {@code bytes} begin as a frame does. */
  static boolean isOne(byte[] bytes) {
    return bytes.length >= 4 && Lz4Block.little(bytes, 0) == MAGIC;
  }

  /** A frame of {@code content}; blocks that would not shrink, or none at all, are compressed. */
  static byte[] of(byte[] content, boolean compressed) {
    int blocks = (content.length + BLOCK - 1) / BLOCK;
    ByteBuffer frame =
        ByteBuffer.allocate(Math.addExact(content.length, 4 * blocks + 11))
            .order(ByteOrder.LITTLE_ENDIAN);
    frame.putInt(MAGIC).put((byte) (0x40 | INDEPENDENT)).put((byte) 0x40);
    frame.put((byte) (Xxh32.of(frame.array(), 4, 6) >> 8));
    byte[] shrunk = new byte[BLOCK];
    for (int start = 0; start < content.length; start += BLOCK) {
      int end = Math.min(content.length, start + BLOCK);
      int size = compressed ? Lz4Block.compress(content, start, end, shrunk) : -1;
      if (size < 0) {
        frame.putInt((end - start) | STORED).put(content, start, end - start);
      } else {
        frame.putInt(size).put(shrunk, 0, size);
      }
    }
    frame.putInt(0);
    return Arrays.copyOf(frame.array(), frame.position());
  }

  /**
   * The content of a frame. Nothing is allocated for what a frame declares, only for what it holds.
   *
   * @param limit the largest content, in bytes
   * @throws FormatException if {@code frame} is not one whole frame, or its content is larger
   */
  static byte[] content(byte[] frame, int limit) {
    try {
      return new Reader(frame, limit).read();
    } catch (IndexOutOfBoundsException e) {
      throw FormatException.malformed("its LZ4 frame is truncated or malformed", e);
    }
  }

  private static final class Reader {
    private final byte[] frame;
    private final int limit;
    private int at = 4;

    Reader(byte[] frame, int limit) {
      this.frame = frame;
      this.limit = limit;
    }

    byte[] read() {
      if (!isOne(frame)) {
        throw FormatException.malformed("it is no LZ4 frame");
      }
      int flags = frame[at++];
      int sizes = frame[at++] >> 4 & 7;
      if ((flags & 0xc0) != 0x40 || sizes < 4 || (flags & DICTIONARY) != 0) {
        throw new FormatException("its LZ4 frame is of an unknown version or needs a dictionary");
      }
      long declared = -1;
      if ((flags & CONTENT_SIZE) != 0) {
        declared = ByteBuffer.wrap(frame).order(ByteOrder.LITTLE_ENDIAN).getLong(at);
        at += 8;
      }
      require(frame[at] == (byte) (Xxh32.of(frame, 4, at) >> 8));
      at++;
      byte[] content = blocks(flags, 1 << (8 + 2 * sizes));
      if ((flags & CONTENT_CHECKSUM) != 0) {
        require(Xxh32.of(content, 0, content.length) == next());
      }
      if (at != frame.length || (declared >= 0 && declared != content.length)) {
        throw FormatException.malformed("its LZ4 frame's size is not what the frame says");
      }
      return content;
    }

    private byte[] blocks(int flags, int largest) {
      byte[] content = new byte[(int) Math.min(limit, 2L * frame.length + 64)];
      int length = 0;
      for (int word = next(); word != 0; word = next()) {
        int size = word & ~STORED;
        if (size > largest || size > frame.length - at) {
          throw FormatException.malformed("its LZ4 frame is truncated or malformed");
        }
        int room = Math.min(largest, limit - length);
        if (content.length - length < room) {
          int grown = (int) Math.min(limit, 2L * content.length + largest);
          content = Arrays.copyOf(content, grown);
        }
        if (word < 0) {
          requireRoom(size <= limit - length);
          System.arraycopy(frame, at, content, length, size);
          length += size;
        } else {
          int first = (flags & INDEPENDENT) != 0 ? length : 0;
          int end = length + room;
          length = Lz4Block.decompress(frame, at, at + size, content, first, length, end);
          requireRoom(length >= 0);
        }
        if ((flags & BLOCK_CHECKSUM) != 0) {
          int start = at;
          at += size;
          require(Xxh32.of(frame, start, at) == next());
        } else {
          at += size;
        }
      }
      return length == content.length ? content : Arrays.copyOf(content, length);
    }

    private int next() {
      at += 4;
      return Lz4Block.little(frame, at - 4);
    }

    private void requireRoom(boolean holds) {
      if (!holds) {
        throw new FormatException(
            "its LZ4 blocks hold more than they may, or more than "
                + limit
                + " bytes, which is the most that a file of "
                + frame.length
                + " bytes may hold");
      }
    }

    private static void require(boolean holds) {
      if (!holds) {
        throw FormatException.malformed("a checksum in its LZ4 frame does not match");
      }
    }
  }
}
