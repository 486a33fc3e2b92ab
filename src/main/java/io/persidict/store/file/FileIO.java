package io.persidict.store.file;

import io.persidict.store.UnreadableException;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * Whole files in and out of memory. An interrupt delays nothing and stays pending. What another
 * program forbids for a moment, such as a scanner that holds a file open on Windows, is tried again
 * for about a third of a second.
 */
final class FileIO {
  /** Bounds the buffer outside the heap that the virtual machine keeps for every thread. */
  private static final int CHUNK = 128 * 1024;

  private static final int MAX_ATTEMPTS = 12;
  private static final Duration FIRST_PAUSE = Duration.ofMillis(1);
  private static final Duration MAX_PAUSE = Duration.ofMillis(32);

  private static final Set<OpenOption> READ =
      Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
  private static final Set<OpenOption> WRITE_NEW =
      Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);

  private FileIO() {}

  /** Something that a file system does. */
  interface Call<T> {
    T run() throws IOException;
  }

  /** Repeats a call that an interrupt broke, and hands the interrupt on afterwards. */
  static <T> T uninterruptibly(Call<T> call) throws IOException {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return call.run();
        } catch (ClosedByInterruptException e) {
          interrupted = true;
          Thread.interrupted();
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Repeats a call that is forbidden, for a while. */
  static <T> T patiently(Call<T> call) throws IOException {
    Duration pause = FIRST_PAUSE;
    for (int attempt = 1; ; attempt++) {
      try {
        return call.run();
      } catch (FileSystemException e) {
        if (attempt == MAX_ATTEMPTS || !mayPass(e)) {
          throw e;
        }
        pause(pause);
        pause = pause.compareTo(MAX_PAUSE) < 0 ? pause.multipliedBy(2) : MAX_PAUSE;
      }
    }
  }

  /** Sleeps without regard to interrupts, which stay pending. */
  static void pause(Duration time) {
    boolean interrupted = false;
    long end = System.nanoTime() + time.toNanos();
    for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
      try {
        TimeUnit.NANOSECONDS.sleep(left);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Whether it may be a sharing violation, which has no class of its own in Java. */
  private static boolean mayPass(FileSystemException e) {
    return e instanceof AccessDeniedException
        || (File.separatorChar == '\\' && e.getClass() == FileSystemException.class);
  }

  /**
   * Reads a file that may be replaced, but is not changed in place.
   *
   * @param size the size it had a moment ago
   */
  static byte[] read(Path path, long size) throws IOException {
    return uninterruptibly(
        () -> {
          try (FileChannel channel = patiently(() -> FileChannel.open(path, READ))) {
            return read(channel, size);
          }
        });
  }

  @SuppressWarnings("ByteBufferBackingArray") // of a buffer made here
  private static byte[] read(FileChannel channel, long expected) throws IOException {
    ByteBuffer buffer = buffer(expected);
    while (true) {
      buffer.limit(Math.min(buffer.position() + CHUNK, buffer.capacity()));
      boolean atEnd = channel.read(buffer) < 0;
      // Where less came than there was room for, the end was seen already.
      if (atEnd || (buffer.position() == expected && buffer.hasRemaining())) {
        return Arrays.copyOf(buffer.array(), buffer.position());
      }
      if (buffer.position() == buffer.capacity()) {
        long size = channel.size();
        if (size <= buffer.position()) { // less if it was cut short meanwhile
          return buffer.array(); // a large one, which is not copied
        }
        buffer = buffer(size).put(buffer.flip());
      }
    }
  }

  /** Room for so many bytes; where these are few for one more, so that the end shows. */
  private static ByteBuffer buffer(long size) throws IOException {
    if (size > UnreadableException.MAX_SIZE) {
      throw new IOException("it " + tooLarge(size));
    }
    return ByteBuffer.allocate((int) size + (size > CHUNK ? 0 : 1));
  }

  static String tooLarge(long size) {
    return "has " + size + " bytes; at most " + UnreadableException.MAX_SIZE + " are read";
  }

  /**
   * Writes a new file, or leaves none; with {@link Durability#FSYNC} its bytes are on the device
   * then.
   */
  static void writeNew(
      Path path, byte[] bytes, Durability durability, FileAttribute<?>... attributes)
      throws IOException {
    uninterruptibly(
        () -> {
          boolean written = false;
          FileChannel channel = patiently(() -> FileChannel.open(path, WRITE_NEW, attributes));
          try (channel) {
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            while (buffer.position() < bytes.length) {
              buffer.limit(Math.min(buffer.position() + CHUNK, bytes.length));
              channel.write(buffer);
            }
            if (durability == Durability.FSYNC) {
              channel.force(true);
            }
            channel.close(); // where some file systems first tell that the disk is full
            written = true;
          } finally {
            if (!written) {
              discard(path);
            }
          }
          return path;
        });
  }

  /** A name for a temporary file beside {@code path}. */
  static Path temporary(Path path) {
    return path.resolveSibling(temporaryName());
  }

  static String temporaryName() {
    return DirectoryWalker.TEMPORARY
        + Long.toString(ThreadLocalRandom.current().nextLong(Long.MAX_VALUE), 36);
  }

  static void rename(Path source, Path target) throws IOException {
    patiently(() -> Files.move(source, target, StandardCopyOption.ATOMIC_MOVE));
  }

  /**
   * Deletes a file; tells whether there was one, also if only the second try heard that it went.
   */
  static boolean delete(Path path) throws IOException {
    boolean[] failed = new boolean[1];
    return patiently(
        () -> {
          boolean was = failed[0];
          failed[0] = true;
          return Files.deleteIfExists(path) || was;
        });
  }

  /**
   * Deletes a directory if it is empty; nothing else, also if that takes its place meanwhile, as
   * far as the system can do both in one step.
   */
  static void deleteDirectory(Path directory) throws IOException {
    try (DirectoryStream<Path> parent = Files.newDirectoryStream(directory.resolveSibling(""))) {
      if (parent instanceof SecureDirectoryStream<Path> here) {
        here.deleteDirectory(directory.getFileName());
        return;
      }
    }
    BasicFileAttributes attributes = Attributes.of(directory);
    if (attributes != null && attributes.isDirectory()) {
      Files.delete(directory);
    }
  }

  /** Deletes a temporary file; if that fails, it is swept later. */
  static void discard(Path temporary) {
    try {
      delete(temporary);
    } catch (IOException e) {
      System.getLogger(FileIO.class.getName())
          .log(System.Logger.Level.DEBUG, "cannot delete the temporary file " + temporary, e);
    }
  }

  /** Waits until a directory's entries are on the device. */
  static void sync(Path directory) throws IOException {
    uninterruptibly(
        () -> {
          try (FileChannel channel =
              patiently(() -> FileChannel.open(directory, StandardOpenOption.READ))) {
            channel.force(true);
            return directory;
          }
        });
  }
}
