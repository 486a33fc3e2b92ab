package io.persidict.format;

import java.util.Arrays;

/**
 * LZ4 blocks. A block is a series of sequences: a token, whose upper half counts literals and whose
 * lower half counts the bytes of a match beyond four; more of the literals' count, if it was 15;
 * the literals; two bytes of distance to the match; more of the match's count, if it was 15. The
 * last sequence is of literals alone.
 *
 * @see <a href="https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md">the format</a>
 */
final class Lz4Block {
  private static final int MIN_MATCH = 4;

  /** A block's last match starts at least so many bytes before its end, as the format demands. */
  private static final int NO_MATCH_AFTER = 12;

  /** A block's last bytes, which are literals, as the format demands. */
  private static final int LAST_LITERALS = 5;

  private static final int HASH_BITS = 13;

  private Lz4Block() {}

  /** The four bytes at {@code at}, as a little-endian number. */
  static int little(byte[] bytes, int at) {
    return (bytes[at] & 0xff)
        | (bytes[at + 1] & 0xff) << 8
        | (bytes[at + 2] & 0xff) << 16
        | bytes[at + 3] << 24;
  }

  /**
   * Decompresses {@code in[at, end)} to {@code out} from {@code start} on.
   *
   * @param first where in {@code out} matches may begin
   * @param limit where in {@code out} the block must end at the latest
   * @return where it ends, or -1 if it would be behind {@code limit}
   * @throws IndexOutOfBoundsException if the block is truncated
   * @throws FormatException if it is malformed
   */
  static int decompress(byte[] in, int at, int end, byte[] out, int first, int start, int limit) {
    int to = start;
    while (at < end) {
      int token = in[at++] & 0xff;
      int literals = token >> 4;
      if (literals == 15) {
        int more;
        do {
          more = in[at++] & 0xff;
          literals += more;
        } while (more == 255 && at < end);
      }
      if (literals > limit - to) {
        return -1;
      }
      if (literals > end - at) {
        throw new IndexOutOfBoundsException();
      }
      System.arraycopy(in, at, out, to, literals);
      at += literals;
      to += literals;
      if (at == end) {
        return to;
      }
      int distance = (in[at] & 0xff) | (in[at + 1] & 0xff) << 8;
      at += 2;
      int match = (token & 15) + MIN_MATCH;
      if (match == 15 + MIN_MATCH) {
        int more;
        do {
          more = in[at++] & 0xff;
          match += more;
        } while (more == 255 && at < end);
      }
      if (distance == 0 || distance > to - first) {
        throw FormatException.malformed("its LZ4 block refers to what is not there");
      }
      if (match > limit - to) {
        return -1;
      }
      if (distance >= match) {
        System.arraycopy(out, to - distance, out, to, match);
        to += match;
      } else {
        for (int stop = to + match; to < stop; to++) {
          out[to] = out[to - distance]; // a match may run into what it makes
        }
      }
    }
    throw FormatException.malformed("its LZ4 block ends with a match");
  }

  /**
   * Compresses {@code in[start, end)}, at most 64 KiB, to the start of {@code out}.
   *
   * @return the block's length, or -1 if it is not shorter than what it holds
   */
  static int compress(byte[] in, int start, int end, byte[] out) {
    int limit = end - start - 1;
    int[] seen = new int[1 << HASH_BITS];
    Arrays.fill(seen, -1);
    int to = 0;
    int anchor = start;
    int at = start;
    int lastMatch = end - NO_MATCH_AFTER;
    while (at <= lastMatch) {
      int word = little(in, at);
      int hash = (word * 0x9e3779b1) >>> (32 - HASH_BITS);
      int match = seen[hash];
      seen[hash] = at;
      if (match < 0 || at - match > 0xffff || little(in, match) != word) {
        at++;
        continue;
      }
      int length = MIN_MATCH;
      int most = end - LAST_LITERALS - at;
      while (length < most && in[match + length] == in[at + length]) {
        length++;
      }
      int literals = at - anchor;
      if (to + 1L + literals + literals / 255 + 1 + 2 + length / 255 + 1 > limit) {
        return -1;
      }
      to = sequence(in, anchor, literals, length - MIN_MATCH, out, to);
      out[to - extra(length - MIN_MATCH) - 2] = (byte) (at - match);
      out[to - extra(length - MIN_MATCH) - 1] = (byte) ((at - match) >> 8);
      at += length;
      anchor = at;
    }
    int literals = end - anchor;
    if (to + 1L + literals + literals / 255 + 1 > limit) {
      return -1;
    }
    return sequence(in, anchor, literals, -1, out, to);
  }

  /** How many bytes follow a half of a token to say {@code count}. */
  private static int extra(int count) {
    return count < 15 ? 0 : (count - 15) / 255 + 1;
  }

  /**
   * Writes a sequence, with room for its distance; {@code match} is -1 for one of literals alone.
   */
  private static int sequence(byte[] in, int from, int literals, int match, byte[] out, int to) {
    out[to++] = (byte) (Math.min(literals, 15) << 4 | (match < 0 ? 0 : Math.min(match, 15)));
    to = count(literals, out, to);
    System.arraycopy(in, from, out, to, literals);
    to += literals;
    return match < 0 ? to : count(match, out, to + 2);
  }

  private static int count(int count, byte[] out, int to) {
    if (count >= 15) {
      int rest = count - 15;
      for (; rest >= 255; rest -= 255) {
        out[to++] = (byte) 255;
      }
      out[to++] = (byte) rest;
    }
    return to;
  }
}
