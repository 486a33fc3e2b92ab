package io.persidict.store.file;

import io.persidict.store.ChangeWatch;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A table of the changes below a root, in a file that readers of all processes of one machine map
 * into their memory, read-only, and that writers change by positioned writes. So a full disk is an
 * exception in a writer, and no signal in a reader.
 *
 * <pre>
 * offset  bytes
 *      0      8  magic and version: 89 'P' 'D' 'C' 00 00 00 02
 *      8      8  zero
 *     16   16 x  8192 stripes, in the machine's byte order:
 *                   8  the change that began last; 0 if none has
 *                   8  the change that ended last
 * 131088   8176  zero: cut off to condemn the table
 * </pre>
 *
 * <p><b>Why it is safe.</b> Each change has a random number that no other one has. Its writer, who
 * holds the lock of the stripe, writes the number as begun before anything is changed, and as begun
 * and ended when all readers can see the change. A watch remembers a number that was begun and,
 * when looked at after that, ended; so whatever is read since then is the work of this change or an
 * earlier one, as long as the same number is the begun one. A change that never ends, because its
 * process was killed or could not write, leaves the names of the stripe unwatchable until the next
 * change. A number of which a reader sees a part equals no other. A table that was restored to an
 * older state has numbers that no watch over a later one remembers.
 *
 * <p>Nobody watches a stripe before it has a number. Its first one is written by a change, or by a
 * reader who was given the stripe's lock: writers who began before there was a table, and may be
 * killed before they tell of their changes, hold that lock.
 *
 * <p>Readers trust a table for {@link #TRUST} since they last saw it in place, whole. A writer that
 * cannot write to it cuts off its end and waits that long, so that nobody trusts it any more. The
 * memory is only read up to {@link #MAPPED}; where the file is cut shorter than that by somebody
 * else, Java throws an {@link InternalError} in a reader, which then asks the store.
 */
final class SharedChangeCounts implements ChangeWatch.Source {
  /** The name of the file in the root. */
  static final String NAME = ".__changes__";

  /** How long watches hold after the file was last seen in place. */
  static final Duration TRUST = Duration.ofSeconds(1);

  private static final int STRIPES = 1 << 13;
  private static final long MAGIC = 0x8950444300000002L;
  private static final int HEADER = 16;
  private static final int MAPPED = HEADER + STRIPES * 2 * Long.BYTES;
  private static final int SIZE = 34 * 4096;
  private static final int CONDEMNED_SIZE = 33 * 4096;

  /** The number of no change. */
  private static final long NONE = 0;

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());

  /**
   * What is at the place of a number that could not be read, because it was there before. A single
   * load would leave anything there, also the number that is expected.
   */
  private static final long UNREAD = 0x9B1D_5E3C_F0A7_4268L;

  /** Where a thread puts the number that it reads; so a hit in memory allocates nothing. */
  private static final ThreadLocal<byte[]> COPY =
      ThreadLocal.withInitial(() -> new byte[Long.BYTES]);

  private final Path path;
  private final @Nullable Object fileKey;
  private final FileChannel channel;
  private final ByteBuffer memory;
  private volatile long trustedUntil;
  private volatile boolean inPlace = true;

  private SharedChangeCounts(
      Path path, @Nullable Object fileKey, FileChannel channel, ByteBuffer memory, long seen) {
    this.path = path;
    this.fileKey = fileKey;
    this.channel = channel;
    this.memory = memory;
    this.trustedUntil = seen + TRUST.toNanos();
  }

  /** The stripe of {@code name}, all of whose names share a stripe of {@link LockFile} too. */
  static int stripe(String name) {
    int hash = LockFile.hash(name);
    return (hash ^ (hash >>> 16 << 8)) & (STRIPES - 1);
  }

  /**
   * Opens the table in {@code path}; null if what is there is condemned, or no table of this
   * version.
   *
   * @throws NoSuchFileException if nothing is there
   */
  static @Nullable SharedChangeCounts open(Path path) throws IOException {
    long seen = System.nanoTime();
    BasicFileAttributes attributes = Attributes.of(path);
    if (attributes == null) {
      throw new NoSuchFileException(path.toString());
    }
    return isWhole(attributes)
        ? FileIO.uninterruptibly(
                () ->
                    Optional.ofNullable(open(path, attributes.fileKey(), openChannel(path), seen)))
            .orElse(null)
        : null;
  }

  static FileChannel openChannel(Path path) throws IOException {
    return FileChannel.open(
        path, StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
  }

  static @Nullable SharedChangeCounts open(
      Path path, @Nullable Object fileKey, FileChannel channel, long seen) throws IOException {
    SharedChangeCounts table = null;
    try {
      ByteBuffer magic = ByteBuffer.allocate(Long.BYTES);
      if (channel.read(magic, 0) == Long.BYTES && magic.getLong(0) == MAGIC) {
        ByteBuffer memory = channel.map(MapMode.READ_ONLY, 0, MAPPED);
        table = new SharedChangeCounts(path, fileKey, channel, memory, seen);
      }
      return table;
    } finally {
      if (table == null) {
        channel.close();
      }
    }
  }

  /** The content of a table that has seen no change. */
  static byte[] empty() {
    return ByteBuffer.allocate(SIZE).putLong(0, MAGIC).array();
  }

  private static boolean isWhole(BasicFileAttributes attributes) {
    return attributes.isRegularFile() && attributes.size() == SIZE;
  }

  // ---- for readers

  /** Looks whether others still find this table, and not condemned. */
  boolean isInPlace() {
    long seen = System.nanoTime();
    if (inPlace) {
      if (looksInPlace()) {
        trustedUntil = seen + TRUST.toNanos();
      } else {
        inPlace = false;
      }
    }
    return inPlace;
  }

  private boolean looksInPlace() {
    try {
      BasicFileAttributes attributes = Attributes.of(path);
      return attributes != null
          && isWhole(attributes)
          && (fileKey == null || fileKey.equals(attributes.fileKey()));
    } catch (IOException e) {
      return false;
    }
  }

  /** Whether others found this table a short while ago. */
  boolean isTrusted() {
    return System.nanoTime() - trustedUntil < 0 ? inPlace : isInPlace();
  }

  /** Whether no change of a stripe has begun, so that it cannot be watched. */
  boolean isNew(int stripe) {
    return read(offset(stripe)) == NONE;
  }

  /** Begins to watch a stripe; blind while it is being changed or new. */
  ChangeWatch watch(int stripe) {
    int offset = offset(stripe);
    long begun = read(offset);
    return begun != UNREAD && begun != NONE && read(offset + Long.BYTES) == begun
        ? new ChangeWatch(this, stripe, begun)
        : ChangeWatch.NEVER_VALID;
  }

  @Override
  public boolean isUnchanged(int stripe, long begun) {
    if (!isTrusted()) {
      return false;
    }
    if (read(offset(stripe)) == begun) {
      return true;
    }
    isInPlace(); // so that whoever asks next need not trust for long a table that is gone
    return false;
  }

  /** The number at {@code offset}; {@link #UNREAD} where the file was cut shorter than that. */
  private long read(int offset) {
    try {
      byte[] copy = COPY.get();
      LONGS.set(copy, 0, UNREAD);
      memory.get(offset, copy);
      VarHandle.acquireFence();
      long number = (long) LONGS.get(copy, 0);
      if (number == UNREAD) {
        raiseInternalError();
        inPlace = false;
      }
      return number;
    } catch (InternalError e) {
      inPlace = false;
      return UNREAD;
    }
  }

  /**
   * Makes Java throw the {@link InternalError} of a read that failed here, and nowhere else.
   * Compiled code goes on after such a read, and the error comes with the next call of the virtual
   * machine that takes some time, such as the search for a class.
   */
  private static void raiseInternalError() {
    try {
      Class.forName(SharedChangeCounts.class.getName() + ".none");
    } catch (ClassNotFoundException e) {
      // as expected
    }
  }

  private static int offset(int stripe) {
    return HEADER + stripe * 2 * Long.BYTES;
  }

  // ---- for writers

  /**
   * Writes that a change began.
   *
   * @return false if this table was closed and is to be opened again
   */
  boolean begin(int stripe, long change) throws IOException {
    return write(offset(stripe), buffer(1).putLong(change));
  }

  /** Writes that a change ended; returns the same. */
  boolean end(int stripe, long change) throws IOException {
    return write(offset(stripe), buffer(2).putLong(change).putLong(change));
  }

  private static ByteBuffer buffer(int longs) {
    return ByteBuffer.allocate(longs * Long.BYTES).order(ByteOrder.nativeOrder());
  }

  private boolean write(int offset, ByteBuffer bytes) throws IOException {
    bytes.flip();
    return unlessClosed(
        () -> {
          while (bytes.hasRemaining()) {
            channel.write(bytes, offset + bytes.position());
          }
        });
  }

  /** Makes all readers distrust this table, within {@link #TRUST}. */
  void condemn() throws IOException {
    inPlace = false;
    unlessClosed(() -> channel.truncate(CONDEMNED_SIZE));
  }

  private interface Write {
    void run() throws IOException;
  }

  /** Makes a change to the file; false if an interrupt closed it, which stays pending. */
  private static boolean unlessClosed(Write write) throws IOException {
    boolean interrupted = Thread.interrupted();
    try {
      write.run();
      return true;
    } catch (ClosedChannelException e) {
      interrupted |= Thread.interrupted();
      return false;
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Ends the writing. Watches go on. */
  void close() {
    try {
      channel.close();
    } catch (IOException e) {
      // it holds nothing that is not written
    }
  }
}
