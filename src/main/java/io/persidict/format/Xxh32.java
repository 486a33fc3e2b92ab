package io.persidict.format;

/**
 * The checksum of LZ4 frames, with seed 0.
 *
 * @see <a href="https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md">XXH32</a>
 */
final class Xxh32 {
  private static final int PRIME1 = 0x9e3779b1;
  private static final int PRIME2 = 0x85ebca77;
  private static final int PRIME3 = 0xc2b2ae3d;
  private static final int PRIME4 = 0x27d4eb2f;
  private static final int PRIME5 = 0x165667b1;

  private Xxh32() {}

  /** The checksum of {@code bytes[from, to)}. */
  static int of(byte[] bytes, int from, int to) {
    int at = from;
    int hash;
    if (to - from >= 16) {
      int a = 0x24234428; // PRIME1 + PRIME2, wrapped around
      int b = PRIME2;
      int c = 0;
      int d = -PRIME1;
      for (; at <= to - 16; at += 16) {
        a = round(a, Lz4Block.little(bytes, at));
        b = round(b, Lz4Block.little(bytes, at + 4));
        c = round(c, Lz4Block.little(bytes, at + 8));
        d = round(d, Lz4Block.little(bytes, at + 12));
      }
      hash =
          Integer.rotateLeft(a, 1)
              + Integer.rotateLeft(b, 7)
              + Integer.rotateLeft(c, 12)
              + Integer.rotateLeft(d, 18);
    } else {
      hash = PRIME5;
    }
    hash += to - from;
    for (; at <= to - 4; at += 4) {
      hash = Integer.rotateLeft(hash + Lz4Block.little(bytes, at) * PRIME3, 17) * PRIME4;
    }
    for (; at < to; at++) {
      hash = Integer.rotateLeft(hash + (bytes[at] & 0xff) * PRIME5, 11) * PRIME1;
    }
    hash = (hash ^ hash >>> 15) * PRIME2;
    hash = (hash ^ hash >>> 13) * PRIME3;
    return hash ^ hash >>> 16;
  }

  private static int round(int lane, int word) {
    return Integer.rotateLeft(lane + word * PRIME2, 13) * PRIME1;
  }
}
