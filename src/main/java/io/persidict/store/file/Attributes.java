package io.persidict.store.file;

import io.persidict.store.ETag;
import io.persidict.store.Stat;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** What the file system knows of a file, and the ETag made of it. */
final class Attributes {
  private static final AtomicLong LAST_STAMP = new AtomicLong();

  private Attributes() {}

  /** The attributes of the file itself, not of what it may link to, or null if there is none. */
  static @Nullable BasicFileAttributes of(Path path) throws IOException {
    try {
      return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  static Stat stat(BasicFileAttributes attributes) {
    FileTime modified = attributes.lastModifiedTime();
    ETag etag =
        new ETag(
            modified.to(TimeUnit.NANOSECONDS)
                + ":"
                + attributes.size()
                + ":"
                + inode(attributes.fileKey()));
    return new Stat(attributes.size(), modified.toInstant(), etag);
  }

  /** The inode in a key such as {@code (dev=fe00,ino=1234)}; 0 where there are no inodes. */
  static String inode(@Nullable Object fileKey) {
    String text = String.valueOf(fileKey);
    int start = text.indexOf("ino=");
    return start < 0 ? "0" : text.substring(start + 4, text.length() - 1);
  }

  /**
   * Sets the modification time to now, or a little later: to a time this process never set before.
   */
  static void stamp(Path path) throws IOException {
    long now = ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
    long stamp = LAST_STAMP.updateAndGet(last -> Math.max(now, last + 1));
    FileTime time = FileTime.from(stamp, TimeUnit.MICROSECONDS);
    // Without a time of access the JDK would read the one there is.
    Files.getFileAttributeView(path, BasicFileAttributeView.class).setTimes(time, time, null);
  }

  /** What went wrong, in words. */
  static String describe(IOException e) {
    if (e instanceof AccessDeniedException) {
      return "no permission; check the owner and mode of the file and of its directories";
    }
    if (e instanceof FileSystemException f && f.getReason() != null) {
      return f.getReason();
    }
    String message = e.getMessage();
    return message == null ? e.getClass().getSimpleName() : message;
  }
}
