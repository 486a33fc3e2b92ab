package io.persidict.store.file;

import io.persidict.store.ETag;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A version in a temporary file, before it gets its name. Its modification time is set last of all,
 * so that a file in use looks no older than it is, whatever this process's clock says.
 */
final class NewVersion implements AutoCloseable {
  private static final AtomicLong LAST_STAMP = new AtomicLong();

  /** No stamp is a multiple of this; a time that is one was cut by the file system. */
  private static final long COARSE_NANOS = 10_000;

  /** No file system's times are this far apart. */
  private static final long MAX_STEP_NANOS = TimeUnit.HOURS.toNanos(1);

  private final Path temporary;
  private BasicFileAttributes attributes;
  private boolean renamed;
  private boolean placed;

  private NewVersion(Path temporary, BasicFileAttributes attributes) {
    this.temporary = temporary;
    this.attributes = attributes;
  }

  /**
   * The version in {@code temporary}, stamped with the time of {@code clock}, or a little later:
   * with a time that this process never set before.
   */
  static NewVersion of(Path temporary, FileClock clock, Modes modes) throws IOException {
    boolean done = false;
    try {
      modes.complete(temporary);
      long now = clock.micros(temporary);
      long stamp = LAST_STAMP.updateAndGet(last -> fine(Math.max(now, last + 1)));
      NewVersion version = new NewVersion(temporary, stamp(temporary, nanos(stamp)));
      done = true;
      return version;
    } finally {
      if (!done) {
        FileIO.discard(temporary);
      }
    }
  }

  private static long fine(long micros) {
    return nanos(micros) % COARSE_NANOS == 0 ? micros + 1 : micros;
  }

  private static long nanos(long micros) {
    return TimeUnit.MICROSECONDS.toNanos(micros);
  }

  /** Sets the modification time, and reads what the file system kept. */
  private static BasicFileAttributes stamp(Path temporary, long nanos) throws IOException {
    FileTime time = FileTime.from(nanos, TimeUnit.NANOSECONDS);
    // Without a time of access the JDK would read the one there is.
    Files.getFileAttributeView(temporary, BasicFileAttributeView.class).setTimes(time, time, null);
    return Files.readAttributes(temporary, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
  }

  /** Whether the file system does not keep times to the microsecond. */
  boolean isCoarse() {
    return isCoarse(modified());
  }

  /** Whether {@code nanos} looks like a time of such a file system. */
  static boolean isCoarse(long nanos) {
    return nanos % COARSE_NANOS == 0;
  }

  /** The modification time, in nanoseconds since the epoch. */
  long modified() {
    return Attributes.modified(attributes);
  }

  /**
   * Makes sure that the modification time is later than {@code nanos}, by as little as the file
   * system can tell.
   */
  void makeLaterThan(long nanos) throws IOException {
    if (modified() > nanos) {
      return;
    }
    if (!isCoarse()) {
      attributes = stamp(temporary, nanos(fine(TimeUnit.NANOSECONDS.toMicros(nanos) + 1)));
      return;
    }
    long step = COARSE_NANOS;
    while (modified() % (10 * step) == 0 && step < TimeUnit.SECONDS.toNanos(1)) {
      step *= 10;
    }
    while (modified() <= nanos) {
      if (step > MAX_STEP_NANOS) {
        throw new IOException(
            "the file system keeps no time after "
                + FileTime.from(nanos, TimeUnit.NANOSECONDS)
                + ", that of the version to be replaced");
      }
      attributes = stamp(temporary, nanos + step);
      step *= 2;
    }
  }

  ETag etag() {
    return Attributes.stat(attributes).etag();
  }

  /** Puts the file in the place of whatever {@code path} is. */
  void rename(Path path) throws IOException {
    FileIO.rename(temporary, path);
    renamed = true;
    placed = true;
  }

  /** Gives the file its name, which nothing may have yet. */
  void link(Path path, FileStore.Linker linker) throws IOException {
    FileIO.patiently(
        () -> {
          linker.link(path, temporary);
          return path;
        });
    placed = true;
  }

  /** Whether it is what the store holds. */
  boolean isPlaced() {
    return placed;
  }

  /** Whether somebody deleted the temporary file, perhaps with its directory. */
  boolean isGone() throws IOException {
    return Attributes.of(temporary) == null;
  }

  @Override
  public void close() {
    if (!renamed) {
      FileIO.discard(temporary);
    }
  }
}
