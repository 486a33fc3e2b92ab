package io.persidict.store.file;

import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The clock by which a file system stamps its files: a server's, or that of a machine whose time
 * this process sees otherwise. This process's clock is finer, so it is used where the two agree to
 * a minute, and corrected by whole seconds where they do not.
 */
final class FileClock {
  private static final long TOLERANCE_SECONDS = 60;
  private static final long COARSE_MICROS = 10;

  /** How far stamps may be ahead, for instance because a leap second was taken back. */
  private static final long MAX_LEAD_MICROS = TimeUnit.SECONDS.toMicros(2);

  private static final Duration VALIDITY = Duration.ofSeconds(1);

  /** What to add to this process's time. */
  private record Correction(long seconds, long nanoTime) {}

  private final AtomicLong lastStamp = new AtomicLong();
  private volatile @Nullable Correction last;

  /**
   * A time for a file that was written just now, in nanoseconds since the epoch: now, or a little
   * later, so that it is told once only, unless the clock was put back. A multiple of one
   * microsecond but not of ten, so that it shows whether the file system keeps it.
   */
  long stamp(Path written) throws IOException {
    long now = micros(written);
    return TimeUnit.MICROSECONDS.toNanos(
        lastStamp.updateAndGet(
            earlier -> fine(earlier - now > MAX_LEAD_MICROS ? now : Math.max(now, earlier + 1))));
  }

  /** The first stamp after {@code nanos}. */
  static long after(long nanos) {
    return TimeUnit.MICROSECONDS.toNanos(fine(TimeUnit.NANOSECONDS.toMicros(nanos) + 1));
  }

  private static long fine(long micros) {
    return micros % COARSE_MICROS == 0 ? micros + 1 : micros;
  }

  /** Whether the file system that keeps this time does not keep all stamps. */
  static boolean isCoarse(long nanos) {
    return nanos % TimeUnit.MICROSECONDS.toNanos(COARSE_MICROS) == 0;
  }

  private long micros(Path written) throws IOException {
    Correction correction = last;
    if (correction == null || System.nanoTime() - correction.nanoTime > VALIDITY.toNanos()) {
      correction = new Correction(difference(written), System.nanoTime());
      last = correction;
    }
    return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now())
        + TimeUnit.SECONDS.toMicros(correction.seconds);
  }

  private static long difference(Path written) throws IOException {
    BasicFileAttributes attributes = Attributes.of(written);
    if (attributes == null) {
      return 0;
    }
    long seconds =
        ChronoUnit.SECONDS.between(Instant.now(), attributes.lastModifiedTime().toInstant());
    return Math.abs(seconds) <= TOLERANCE_SECONDS ? 0 : seconds;
  }

  /** Now, as the file system stamps a file made in {@code directory}. */
  static Instant now(Path directory) throws IOException {
    Path probe = directory.resolve(FileIO.temporaryName());
    FileIO.writeNew(probe, new byte[0], Durability.OS);
    try {
      BasicFileAttributes attributes = Attributes.of(probe);
      return attributes == null ? Instant.MIN : attributes.lastModifiedTime().toInstant();
    } finally {
      FileIO.discard(probe);
    }
  }
}
