package io.persidict.format;

import java.math.BigInteger;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a value may cost, in whatever format it is stored: reading it, and hashing, comparing or
 * writing it afterwards. Where a file says twice that a list holds the same list, a few bytes stand
 * for more elements than there are atoms; where many keys have the same hash, a map compares each
 * with all. So that time and memory are proportional to what was stored:
 *
 * <ul>
 *   <li>nothing is nested deeper than {@value #MAX_DEPTH};
 *   <li>a value with all that it holds, counted in each place where it stands, has at most 2^23
 *       parts, plus eight for each byte of the file once decompressed: a string or array of bytes
 *       counts as a part for each 16 of its characters or bytes;
 *   <li>hashing all keys and elements of sets takes at most as many steps;
 *   <li>a compressed file decompresses to at most 2^27 bytes, plus 20 for each of its own;
 *   <li>a file of a format that is compressed as a whole decompresses to at most 2^24 bytes, plus
 *       as many;
 *   <li>what a pickle makes takes at most 2^28 bytes of memory, plus 128 for each byte of the file.
 * </ul>
 *
 * <p>Data without shared parts never reaches these limits, apart from files that decompress to much
 * more than themselves, from many keys of one hash code, and from keys that hold large sets or maps
 * themselves, if they share a hash code or lie in an unmodifiable set or map.
 */
final class ValueCost {
  /** How deep values may nest. */
  static final int MAX_DEPTH = 500;

  private static final long FREE_CONTENT = 1 << 27;
  private static final long FREE_DECOMPRESSED = 1 << 24;
  private static final int CONTENT_RATIO = 20;
  private static final long FREE_MEMORY = 1 << 28;
  private static final int MEMORY_RATIO = 128;

  /** More than this is neither written nor read, in bytes. */
  static final int MAX_CONTENT = 1 << 30;

  /** How many parts a small file may stand for. */
  static final long FREE_PARTS = 1 << 23;

  private static final int PARTS_PER_BYTE = 8;

  /** How many characters or bytes count as a part. */
  private static final int PART = 16;

  /** So many keys of an honest map may share a hash: those that are pairs of numbers do. */
  private static final int USUAL = 256;

  /** How much more a comparison among many equal hashes costs than a step of hashing. */
  private static final int SEARCH = 16;

  /** More parts than anything has; so many can be added once without overflow. */
  static final long MOST = Long.MAX_VALUE >> 8;

  private final long allowed;
  private long steps;

  /**
   * @param length of what is read, in bytes, decompressed
   */
  ValueCost(long length) {
    this(FREE_PARTS, length);
  }

  private ValueCost(long free, long length) {
    this.allowed = free + PARTS_PER_BYTE * length;
  }

  /** No limit but that of depth. */
  static ValueCost unlimited() {
    return new ValueCost(MOST, 0);
  }

  /** What a file of {@code length} bytes may decompress to, in bytes. */
  static int content(int length) {
    return (int) Math.min(MAX_CONTENT, FREE_CONTENT + (long) CONTENT_RATIO * length);
  }

  /** The same for a format that is compressed as a whole, of which less is known. */
  static int decompressed(int length) {
    return (int) Math.min(MAX_CONTENT, FREE_DECOMPRESSED + (long) CONTENT_RATIO * length);
  }

  /** How much memory what is made of a file of {@code length} bytes may take, in bytes, about. */
  static long memory(int length) {
    return FREE_MEMORY + (long) MEMORY_RATIO * length;
  }

  /** How many parts a text or an array of {@code length} counts as. */
  static long parts(long length) {
    return 1 + length / PART;
  }

  /** How many parts a value counts as that holds no other. */
  static long parts(@Nullable Object value) {
    return value instanceof String text
        ? parts(text.length())
        : value instanceof byte[] bytes
            ? parts(bytes.length)
            : value instanceof BigInteger number ? parts(number.bitLength() / 8) : 1;
  }

  static void requireDepth(int depth) {
    if (depth > MAX_DEPTH) {
      throw new FormatException("it nests deeper than " + MAX_DEPTH);
    }
  }

  /** Refuses a value of more parts than are allowed. */
  void requireParts(long parts) {
    if (parts > allowed) {
      throw new FormatException(
          "it holds the same values again and again, more than "
              + allowed
              + " in all, too many for its size");
    }
  }

  /** So many of it, as often as {@code times}; refused if that is too much. */
  long repeated(long parts, int times) {
    if (times > 0 && parts > allowed / times) {
      requireParts(allowed == MOST ? MOST : allowed + 1);
      return MOST;
    }
    return parts * Math.max(0, times);
  }

  /** Takes steps of hashing. */
  void spend(long amount) {
    steps = Math.min(steps + amount, MOST);
    if (steps > allowed) {
      throw new FormatException("it has keys that take too long to hash");
    }
  }

  /** Compares what has so many parts with others, one after the other. */
  void compare(long times, long parts) {
    spend(times(parts, times) / SEARCH);
  }

  /** So many of it, as often as {@code times}; {@link #MOST} if that is more. */
  static long times(long parts, long times) {
    return times > 0 && parts > MOST / times ? MOST : parts * times;
  }

  /** The keys of one map, or elements of one set, by their hash. */
  final class Hashes {
    private final Map<Integer, Equal> keys = new HashMap<>();

    /** Keys of one hash. */
    private static final class Equal {
      int count;
      long parts;
      long greatest;
    }

    /** Notes a key that costs nothing. */
    void note(int hash) {
      of(hash).count++;
    }

    private Equal of(int hash) {
      return keys.computeIfAbsent(hash, first -> new Equal());
    }

    /**
     * Notes a key, at the cost of comparing it with all of the same hash. Comparing two takes as
     * long as the greater of them says: a set hashes what the other one holds.
     *
     * @param parts how many parts of the key are compared with one other
     * @param ofUser whether its hash is computed by code that the user wrote, who may find it good
     *     enough
     */
    void add(int hash, long parts, boolean ofUser) {
      Equal same = of(hash);
      same.greatest = Math.max(same.greatest, parts);
      long comparing =
          Math.min(times(same.greatest, same.count), times(parts, same.count) + same.parts);
      same.count++;
      same.parts = Math.min(same.parts + parts, MOST);
      if (same.count > USUAL) {
        spend(ofUser ? same.count : Math.max(times(SEARCH, same.count), comparing));
      } else {
        compare(1, comparing);
      }
    }
  }
}
