package io.persidict.jcache.storage;

import io.persidict.format.Format;
import io.persidict.key.KeyCodec;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * What is stored of one cache entry.
 *
 * <pre>
 * offset  bytes
 *      0      4  magic: 89 'P' 'D' 'E'
 *      4      2  version: 1
 *      6      2  zero
 *      8      8  write token: random, so that no two writes have the same bytes
 *     16      8  when the value was put, ms since 1970-01-01T00:00Z
 *     24      8  expiry time, likewise; 2^63-1 for never
 *     32      4  length of the key, k
 *     36      4  length of the value, v
 *     40      k  the key, as {@link KeyCodec} encodes it
 *   40+k      v  the value, in the cache's format
 * 40+k+v      4  CRC-32C of all bytes before
 * </pre>
 *
 * Numbers are big-endian. A reader refuses any other version, magic or length, and a wrong
 * checksum.
 */
public sealed interface StoredEntry {
  /** The extension of the files. */
  String EXTENSION = "entry";

  /** The format of the files; decoding never throws. */
  Format<StoredEntry> FORMAT = new RecordFormat();

  /** The expiry time of an entry that never expires. */
  long NEVER = Long.MAX_VALUE;

  /** How many bytes at the beginning of an entry tell when it expires. */
  int HEADER_SIZE = RecordFormat.HEADER;

  /**
   * When an entry expires, in ms since the epoch.
   *
   * @param beginning the first {@value #HEADER_SIZE} bytes
   * @param size of all of it
   * @return {@link #NEVER} also for bytes that are not the beginning of an entry of that size
   */
  static long expiry(byte[] beginning, long size) {
    return RecordFormat.expiry(beginning, size);
  }

  /**
   * Whether these may be the bytes of a whole entry, of a version that is not read here.
   *
   * @param bytes that are not decoded as one
   */
  static boolean isOfOtherVersion(byte[] bytes) {
    return RecordFormat.isOfOtherVersion(bytes);
  }

  /**
   * A whole entry.
   *
   * @param created when its value was put or loaded, in ms since the epoch
   * @param expiry when it expires or expired, likewise, or {@link #NEVER}
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record ValidRecord(long created, long expiry, byte[] key, byte[] value) implements StoredEntry {
    boolean isExpiredAt(long now) {
      return expiry <= now;
    }

    public ValidRecord expiringAt(long newExpiry) {
      return new ValidRecord(created, newExpiry, key, value);
    }
  }

  /**
   * Bytes that are no entry: torn, foreign, or of a later version.
   *
   * @param unseen whether they may be one all the same
   */
  record Unreadable(String reason, Unseen unseen) implements StoredEntry {
    Unreadable(String reason) {
      this(reason, Unseen.NO_ENTRY);
    }

    /**
     * What lies there, but is too large to be read.
     *
     * @param lacksMemory whether only for this process
     */
    static Unreadable tooLarge(String reason, boolean lacksMemory) {
      return new Unreadable(reason, lacksMemory ? Unseen.LACKS_MEMORY : Unseen.NOT_DECODED);
    }
  }

  /** Why an entry is not seen. */
  enum Unseen {
    /** There is none: nothing, or nothing that was ever written as one. */
    NO_ENTRY,
    /** It is there as it was written, but this process cannot decode it. */
    NOT_DECODED,
    /** The heap or the stack had no room for it. */
    LACKS_MEMORY
  }

  /**
   * What became of decoding the key or the value of an entry.
   *
   * @param value null if it failed
   * @param unseen why it failed; {@code NO_ENTRY} if it did not
   */
  record Decoded<T>(@Nullable T value, Unseen unseen) {
    static <T> Decoded<T> of(T value) {
      return new Decoded<>(value, Unseen.NO_ENTRY);
    }

    static <T> Decoded<T> failed(Unseen unseen) {
      return new Decoded<>(null, unseen);
    }

    Optional<T> optional() {
      return Optional.ofNullable(value);
    }
  }

  /** See {@link StoredEntry}. */
  final class RecordFormat implements Format<StoredEntry> {
    private static final int MAGIC = 0x89504445;
    private static final short VERSION = 1;
    private static final int HEADER = 40;
    private static final int CHECKSUM = 4;

    private RecordFormat() {}

    @Override
    public String extension() {
      return EXTENSION;
    }

    @Override
    public byte[] encode(StoredEntry entry) {
      ValidRecord whole = (ValidRecord) entry;
      byte[] bytes =
          new byte
              [Math.addExact(
                  HEADER + CHECKSUM, Math.addExact(whole.key.length, whole.value.length))];
      ByteBuffer.wrap(bytes)
          .putInt(MAGIC)
          .putShort(VERSION)
          .putShort((short) 0)
          .putLong(ThreadLocalRandom.current().nextLong())
          .putLong(whole.created)
          .putLong(whole.expiry)
          .putInt(whole.key.length)
          .putInt(whole.value.length)
          .put(whole.key)
          .put(whole.value)
          .putInt(checksum(bytes));
      return bytes;
    }

    private static boolean isOfOtherVersion(byte[] bytes) {
      return bytes.length > Integer.BYTES + Short.BYTES
          && ByteBuffer.wrap(bytes).getInt() == MAGIC
          && ByteBuffer.wrap(bytes).getShort(Integer.BYTES) != VERSION;
    }

    @Override
    public StoredEntry decode(byte[] bytes) {
      if (bytes.length < HEADER + CHECKSUM) {
        return new Unreadable("has " + bytes.length + " bytes, fewer than any entry");
      }
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      if (buffer.getInt() != MAGIC) {
        return new Unreadable("does not begin as an entry");
      }
      short version = buffer.getShort();
      if (version != VERSION) {
        return new Unreadable(
            "has record version " + version + "; this library reads version " + VERSION,
            Unseen.NOT_DECODED);
      }
      buffer.getShort();
      buffer.getLong();
      long created = buffer.getLong();
      long expiry = buffer.getLong();
      int key = buffer.getInt();
      int value = buffer.getInt();
      if (key < 0 || value < 0 || (long) HEADER + key + value + CHECKSUM != bytes.length) {
        return new Unreadable("is truncated or has bytes to spare");
      }
      if (buffer.getInt(bytes.length - CHECKSUM) != checksum(bytes)) {
        return new Unreadable("has a wrong checksum");
      }
      int end = HEADER + key + value;
      try {
        return new ValidRecord(
            created,
            expiry,
            Arrays.copyOfRange(bytes, HEADER, HEADER + key),
            Arrays.copyOfRange(bytes, HEADER + key, end));
      } catch (OutOfMemoryError e) {
        return Unreadable.tooLarge(
            "has " + bytes.length + " bytes, for which the heap has no room now", true);
      }
    }

    private static long expiry(byte[] beginning, long size) {
      if (beginning.length < HEADER) {
        return NEVER;
      }
      ByteBuffer header = ByteBuffer.wrap(beginning);
      boolean isOne = header.getInt(0) == MAGIC && header.getShort(4) == VERSION;
      long key = header.getInt(32);
      long value = header.getInt(36);
      return isOne && key >= 0 && value >= 0 && HEADER + key + value + CHECKSUM == size
          ? header.getLong(24)
          : NEVER;
    }

    @Override
    public StoredEntry unreadable(String reason, boolean lacksMemory) {
      return Unreadable.tooLarge(reason, lacksMemory);
    }

    private static int checksum(byte[] bytes) {
      CRC32C crc = new CRC32C();
      crc.update(bytes, 0, bytes.length - CHECKSUM);
      return (int) crc.getValue();
    }
  }
}
