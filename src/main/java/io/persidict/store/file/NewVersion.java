package io.persidict.store.file;

import io.persidict.store.ETag;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.concurrent.TimeUnit;

/**
 * A version in a temporary file, before it gets its name. Its modification time is set last of all,
 * so that a file in use looks no older than it is, whatever this process's clock says.
 */
final class NewVersion implements AutoCloseable {
  /** No file system's times are this far apart. */
  private static final long MAX_STEP_NANOS = TimeUnit.HOURS.toNanos(1);

  /** The last time that leaves room for later ones among those that can be reckoned with. */
  private static final long LAST_NANOS = Long.MAX_VALUE - 2 * MAX_STEP_NANOS;

  /** Of earlier times Java sets none but whole seconds. */
  private static final Instant FIRST_DATE = Instant.EPOCH;

  /** What is dated before has room for later versions, so that none of these is dated now. */
  private static final Instant DATES_END = Instant.parse("2262-01-01T00:00:00Z");

  private final Path temporary;
  private final long now;
  private BasicFileAttributes attributes;
  private boolean renamed;
  private boolean placed;

  private NewVersion(Path temporary, long now) throws IOException {
    this.temporary = temporary;
    this.now = now;
    this.attributes = stamp(temporary, now);
  }

  /** The version in {@code temporary}, with a time of {@code clock} as its modification time. */
  static NewVersion of(Path temporary, FileClock clock, Modes modes) throws IOException {
    boolean done = false;
    try {
      modes.complete(temporary);
      NewVersion version = new NewVersion(temporary, clock.stamp(temporary));
      done = true;
      return version;
    } finally {
      if (!done) {
        FileIO.discard(temporary);
      }
    }
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
    return FileClock.isCoarse(modified());
  }

  /** The modification time, in nanoseconds since the epoch. */
  long modified() {
    return Attributes.modified(attributes);
  }

  /** Whether a version of that time, in nanoseconds since the epoch, can have a later one. */
  static boolean hasLater(long nanos) {
    return nanos <= LAST_NANOS;
  }

  /** Sets the modification time to that of the writing. */
  void dateNow() throws IOException {
    attributes = stamp(temporary, now);
  }

  /**
   * Makes sure that the modification time is later than {@code nanos}, by as little as the file
   * system can tell.
   *
   * @param nanos such that {@link #hasLater}
   */
  void makeLaterThan(long nanos) throws IOException {
    if (modified() > nanos) {
      return;
    }
    if (!isCoarse()) {
      attributes = stamp(temporary, FileClock.after(nanos));
      return;
    }
    long step = TimeUnit.MICROSECONDS.toNanos(10);
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

  /**
   * Gives it the modification time of a version that was written elsewhere, or one that is later by
   * less than ten microseconds, so that it does not look as if the file system were coarse. Leaves
   * the time of the writing if that one is of no year from 1970 to 2261.
   */
  void date(Instant written) throws IOException {
    if (!written.isBefore(FIRST_DATE) && written.isBefore(DATES_END)) {
      long nanos = FileTime.from(written).to(TimeUnit.NANOSECONDS);
      attributes = stamp(temporary, FileClock.isCoarse(nanos) ? FileClock.after(nanos) : nanos);
    }
  }

  ETag etag() {
    return Attributes.stat(attributes).etag();
  }

  /** Puts the file in the place of whatever {@code path} is. */
  void rename(Path path) throws IOException {
    try {
      FileIO.rename(temporary, path);
    } catch (IOException e) {
      requireAt(path, e);
    }
    renamed = true;
    placed = true;
  }

  /** Gives the file its name, which nothing may have yet. */
  void link(Path path, FileStore.Linker linker) throws IOException {
    try {
      FileIO.patiently(
          () -> {
            linker.link(path, temporary);
            return path;
          });
    } catch (IOException e) {
      requireAt(path, e);
    }
    placed = true;
  }

  /**
   * Goes on only if the file has its name in spite of {@code fault}: a server may have done what it
   * was asked for, and have lost the answer.
   *
   * @throws UncertainException if that cannot be found out
   */
  private void requireAt(Path path, IOException fault) throws IOException {
    BasicFileAttributes actual = UncertainException.look(path, fault);
    if (actual == null
        || actual.fileKey() == null
        || !actual.fileKey().equals(attributes.fileKey())
        || !Attributes.stat(actual).etag().equals(etag())) {
      throw fault;
    }
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
