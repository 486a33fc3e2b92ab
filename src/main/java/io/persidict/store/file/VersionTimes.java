package io.persidict.store.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * The latest modification time that a version had, for each stripe of names: kept where the file
 * system's times are so coarse that the next version after a deletion could otherwise get the time,
 * and with it the ETag, of an earlier one. The caller holds the lock of the stripe.
 *
 * <pre>
 * offset  bytes
 *      0      8  nanoseconds since the epoch, big-endian, for stripe 0
 *      8      8  likewise for stripe 1, and so on
 * </pre>
 */
final class VersionTimes {
  /** The name of the file in the root. */
  static final String NAME = ".__times__";

  private static final Set<OpenOption> OPTIONS =
      Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);

  private static final long MAX_LEAD_NANOS = TimeUnit.DAYS.toNanos(365);

  private final Path path;

  /** What this process knows, in case somebody deletes the file. */
  private final AtomicLongArray known = new AtomicLongArray(LockFile.STRIPES);

  VersionTimes(Path root) {
    this.path = root.resolve(NAME);
  }

  /** The latest time known for the stripe. Begins with now: what was before is not known. */
  long latest(int stripe) throws IOException {
    if (Attributes.of(path) == null) {
      Modes.createShared(path, initial());
    }
    long stored =
        FileIO.uninterruptibly(
            () -> {
              try (FileChannel channel = open()) {
                return read(channel, stripe);
              }
            });
    return Math.max(stored, known.get(stripe));
  }

  private FileChannel open() throws IOException {
    return FileIO.patiently(() -> FileChannel.open(path, OPTIONS));
  }

  private static byte[] initial() {
    ByteBuffer times = ByteBuffer.allocate(Long.BYTES * LockFile.STRIPES);
    long now = now();
    while (times.hasRemaining()) {
      times.putLong(now);
    }
    return times.array();
  }

  private static long now() {
    return ChronoUnit.NANOS.between(Instant.EPOCH, Instant.now());
  }

  private static long read(FileChannel channel, int stripe) throws IOException {
    ByteBuffer time = ByteBuffer.allocate(Long.BYTES);
    int position = Long.BYTES * stripe;
    while (time.hasRemaining() && channel.read(time, position + time.position()) >= 0) {
      // goes on
    }
    return time.hasRemaining() ? 0 : time.getLong(0);
  }

  /**
   * Notes a time, if it is later than the one known. No version of ours is dated a year ahead; what
   * is was dated by others, and must not cost its neighbours their times.
   */
  void note(int stripe, long time) throws IOException {
    if (time > now() + MAX_LEAD_NANOS) {
      return;
    }
    known.accumulateAndGet(stripe, time, Math::max);
    FileIO.uninterruptibly(
        () -> {
          try (FileChannel channel = open()) {
            if (read(channel, stripe) < time) {
              ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES).putLong(0, time);
              while (bytes.hasRemaining()) {
                channel.write(bytes, Long.BYTES * stripe + bytes.position());
              }
            }
          } catch (NoSuchFileException e) {
            // nobody has read it yet; it will begin with a later time
          }
          return path;
        });
  }
}
