package io.persidict.store.file;

import static java.lang.invoke.MethodType.methodType;

import io.persidict.store.ETag;
import io.persidict.store.Stat;
import java.io.File;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.spi.FileSystemProvider;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What the file system knows of a file, and the ETag made of it. */
final class Attributes {
  /** What systems say of that in English; Java has no class for it. */
  private static final List<String> WANT_OF_SPACE =
      List.of(
          "No space left on device",
          "Disk quota exceeded",
          "Disc quota exceeded",
          "There is not enough space on the disk");

  /** Says the same in this process's language. */
  private static final String FULL_DEVICE = "/dev/full";

  private static final String NOT_PERMITTED = "Operation not permitted";

  /** What JDK 20 and later look by without an exception for each absence. */
  private static final @Nullable MethodHandle IF_EXISTS = ifExists();

  private static final LinkOption[] FOLLOW = {};

  private Attributes() {}

  private static @Nullable MethodHandle ifExists() {
    try {
      return MethodHandles.publicLookup()
          .findVirtual(
              FileSystemProvider.class,
              "readAttributesIfExists",
              methodType(BasicFileAttributes.class, Path.class, Class.class, LinkOption[].class))
          .asFixedArity();
    } catch (NoSuchMethodException | IllegalAccessException e) {
      return null;
    }
  }

  /**
   * Whether something is there, where a link to what is absent may count as nothing. Quick where
   * nothing is there, unlike {@link #of}; fails if that cannot be found out, unlike {@link
   * Files#exists}.
   */
  static boolean exists(Path path) throws IOException {
    MethodHandle ifExists = IF_EXISTS;
    if (ifExists == null) {
      return of(path) != null;
    }
    try {
      FileSystemProvider provider = path.getFileSystem().provider();
      return (BasicFileAttributes)
              ifExists.invokeExact(provider, path, BasicFileAttributes.class, FOLLOW)
          != null;
    } catch (IOException e) {
      return of(path) != null; // perhaps of what a link leads to, such as itself
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /**
   * The attributes of the file itself, not of what it may link to, or null if there is none. Any
   * other failure is thrown: an error is not an absence.
   */
  static @Nullable BasicFileAttributes of(Path path) throws IOException {
    try {
      return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  /**
   * Fails if {@code root} is something else than a directory or a link to one. To some versions of
   * Java nothing lies below a file, so that such a root looks empty.
   *
   * @throws NotDirectoryException if it is
   */
  static void requireDirectoryOrNothing(Path root) throws IOException {
    if (!Files.isDirectory(root)) {
      BasicFileAttributes attributes = of(root);
      if (attributes != null && !attributes.isDirectory()) {
        throw new NotDirectoryException(root.toString());
      }
    }
  }

  static Stat stat(BasicFileAttributes attributes) {
    ETag etag = etag(modified(attributes), attributes.size(), inode(attributes.fileKey()));
    return new Stat(attributes.size(), instant(attributes.lastModifiedTime()), etag);
  }

  /** A time of a file, or the nearest that can be reckoned with: files may be of any year. */
  static Instant instant(FileTime time) {
    return Instant.EPOCH.plusNanos(time.to(TimeUnit.NANOSECONDS));
  }

  /** Whether the ETags are equal. */
  static boolean areOfOneVersion(BasicFileAttributes one, BasicFileAttributes other) {
    return one.size() == other.size()
        && one.lastModifiedTime().equals(other.lastModifiedTime())
        && Objects.equals(one.fileKey(), other.fileKey());
  }

  /** The ETag of a version with these attributes. */
  static ETag etag(long modifiedNanos, long size, String inode) {
    return new ETag(modifiedNanos + ":" + size + ":" + inode);
  }

  /** When the file was modified, in nanoseconds since the epoch. */
  static long modified(BasicFileAttributes attributes) {
    return attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS);
  }

  /** The inode in a key such as {@code (dev=fe00,ino=1234)}; 0 where there are no inodes. */
  static String inode(@Nullable Object fileKey) {
    String text = String.valueOf(fileKey);
    int start = text.indexOf("ino=");
    return start < 0 ? "0" : text.substring(start + 4, text.length() - 1);
  }

  /** Whether the device is full, or what this user may have of it. */
  static boolean isForWantOfSpace(IOException e) {
    String reason = reason(e);
    return WANT_OF_SPACE.stream().anyMatch(reason::contains)
        || (isUnnamed(e) && wantOfSpace(Path.of(FULL_DEVICE)).filter(reason::equals).isPresent());
  }

  /** Whether only a text tells what it is. */
  private static boolean isUnnamed(Exception e) {
    return e.getClass() == IOException.class || e.getClass() == FileSystemException.class;
  }

  /**
   * What {@code full} says when it is written; empty if it is no such device.
   *
   * @param full a device that has no room for anything, if there is one
   */
  static Optional<String> wantOfSpace(Path full) {
    try {
      FileIO.uninterruptibly(
          () -> {
            try (FileChannel channel = FileChannel.open(full, StandardOpenOption.WRITE)) {
              return channel.write(ByteBuffer.allocate(1));
            }
          });
    } catch (FileSystemException e) {
      // no such device, or it cannot be opened now
    } catch (IOException e) {
      return Optional.of(reason(e));
    }
    return Optional.empty();
  }

  /** Whether this user may not do that to the file, such as change the times of another one's. */
  static boolean isForbidden(Path path, Exception e) {
    return e instanceof AccessDeniedException
        || reason(e).contains(NOT_PERMITTED)
        || (isUnnamed(e) && isOfAnotherUser(path));
  }

  private static boolean isOfAnotherUser(Path path) {
    try {
      String owner = Files.getOwner(path, LinkOption.NOFOLLOW_LINKS).getName();
      return !owner.equals(System.getProperty("user.name"));
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }

  private static String reason(Exception e) {
    return e instanceof FileSystemException f && f.getReason() != null
        ? f.getReason()
        : String.valueOf(e.getMessage());
  }

  /** What went wrong with {@code path}, in words; names another file if that one is in the way. */
  static String describe(Path path, IOException e) {
    if (!(e instanceof FileSystemException f)) {
      String message = e.getMessage();
      return message == null ? e.getClass().getSimpleName() : message;
    }
    String file = f.getFile();
    boolean elsewhere = file != null && !file.equals(path.toString());
    if (e instanceof AccessDeniedException) {
      if (!elsewhere) {
        return "no permission; check the owner and mode of the file and of its directories";
      }
      int name = file.lastIndexOf(File.separatorChar) + 1;
      return name > 1 && file.startsWith(DirectoryWalker.TEMPORARY, name)
          ? "no permission to make files in "
              + file.substring(0, name - 1)
              + "; check its owner and mode"
          : "no permission for " + file + "; check its owner and mode";
    }
    String reason = f.getReason() == null ? e.getClass().getSimpleName() : f.getReason();
    return elsewhere ? reason + ": " + file : reason;
  }
}
