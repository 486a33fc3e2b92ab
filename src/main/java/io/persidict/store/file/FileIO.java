package io.persidict.store.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Set;

/** Whole files in and out of memory. An interrupt delays nothing and stays pending. */
final class FileIO {
  /** Bounds the buffer outside the heap that the virtual machine keeps for every thread. */
  private static final int CHUNK = 128 * 1024;

  /** Room for most values. */
  private static final int FIRST = 4 * 1024;

  private static final Set<OpenOption> READ =
      Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
  private static final Set<OpenOption> WRITE_NEW =
      Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);

  private FileIO() {}

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

  /** Reads a file that may be replaced, but is not changed in place. */
  static byte[] read(Path path) throws IOException {
    return uninterruptibly(
        () -> {
          try (FileChannel channel = FileChannel.open(path, READ)) {
            return read(channel);
          }
        });
  }

  /** Reads to the end; asking for the size first would cost small files more than it saves. */
  private static byte[] read(FileChannel channel) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(FIRST);
    while (true) {
      buffer.limit(Math.min(buffer.position() + CHUNK, buffer.capacity()));
      if (channel.read(buffer) < 0) {
        return Arrays.copyOf(buffer.array(), buffer.position());
      }
      if (buffer.position() == buffer.capacity()) {
        long size = Math.max(channel.size(), buffer.position());
        if (size > FileStore.MAX_SIZE) {
          throw new IOException(
              "it has " + size + " bytes; at most " + FileStore.MAX_SIZE + " are read");
        }
        buffer = ByteBuffer.allocate((int) size + 1).put(buffer.flip());
      }
    }
  }

  /**
   * Writes a new file with a modification time of its own, or leaves none; with {@link
   * Durability#FSYNC} all of it is on the device then.
   */
  static void writeNew(Path path, byte[] bytes, Durability durability) throws IOException {
    uninterruptibly(
        () -> {
          boolean written = false;
          FileChannel channel = FileChannel.open(path, WRITE_NEW);
          try (channel) {
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            while (buffer.position() < bytes.length) {
              buffer.limit(Math.min(buffer.position() + CHUNK, bytes.length));
              channel.write(buffer);
            }
            Attributes.stamp(path);
            if (durability == Durability.FSYNC) {
              channel.force(true);
            }
            written = true;
          } finally {
            if (!written) {
              Files.deleteIfExists(path);
            }
          }
          return path;
        });
  }

  /** Waits until a directory's entries are on the device. */
  static void sync(Path path) throws IOException {
    uninterruptibly(
        () -> {
          try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
            return path;
          }
        });
  }
}
