package io.persidict.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Map;

/** The fewest calls of the JDK that have the same effect, free of checks and conditions. */
final class JdkFiles implements Contender {
  private final boolean sync;
  private Path directory;
  private long temporaries;

  JdkFiles(boolean sync) {
    this.sync = sync;
  }

  @Override
  public void open(Path directory) {
    this.directory = directory;
  }

  @Override
  public byte[] get(String name) throws IOException {
    return read(directory.resolve(name));
  }

  private static byte[] read(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      ByteBuffer buffer = ByteBuffer.allocate((int) channel.size());
      while (buffer.hasRemaining() && channel.read(buffer) >= 0) {}
      return buffer.array();
    }
  }

  @Override
  public boolean isAbsent(String name) {
    return !Files.exists(directory.resolve(name));
  }

  @Override
  public void insert(String name, byte[] value) throws IOException {
    Path temporary = writeTemporary(value);
    Files.createLink(directory.resolve(name), temporary);
    Files.delete(temporary);
  }

  @Override
  public void put(String name, byte[] value) throws IOException {
    move(name, value);
    syncDirectory();
  }

  @Override
  public void putAll(Map<String, byte[]> entries) throws IOException {
    for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
      move(entry.getKey(), entry.getValue());
    }
    syncDirectory();
  }

  @Override
  public long readAll() throws IOException {
    long bytes = 0;
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        bytes += read(file).length;
      }
    }
    return bytes;
  }

  @Override
  public void delete(String name) throws IOException {
    Files.delete(directory.resolve(name));
  }

  @Override
  public void close() {}

  private void move(String name, byte[] value) throws IOException {
    Files.move(writeTemporary(value), directory.resolve(name), StandardCopyOption.ATOMIC_MOVE);
  }

  private void syncDirectory() throws IOException {
    if (sync) {
      try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }

  private Path writeTemporary(byte[] value) throws IOException {
    Path temporary = directory.resolve("tmp" + temporaries++);
    try (FileChannel channel =
        FileChannel.open(temporary, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
      ByteBuffer buffer = ByteBuffer.wrap(value);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
      if (sync) {
        channel.force(true);
      }
    }
    return temporary;
  }
}
