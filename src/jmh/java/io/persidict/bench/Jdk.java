package io.persidict.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** The fewest calls of the JDK that have the same effect, free of checks and conditions. */
public class Jdk extends Contender {
  private Path directory;
  private long temporaries;

  @Override
  void open(Path directory) {
    this.directory = directory;
  }

  byte[] read(String name) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(VALUE.length);
    try (FileChannel channel = FileChannel.open(directory.resolve(name), StandardOpenOption.READ)) {
      while (buffer.hasRemaining() && channel.read(buffer) >= 0) {}
    }
    return buffer.array();
  }

  boolean exists(String name) {
    return Files.exists(directory.resolve(name));
  }

  void insert(String name) throws IOException {
    Path temporary = writeTemporary(false);
    Files.createLink(directory.resolve(name), temporary);
    Files.delete(temporary);
  }

  @Override
  void put(String name) throws IOException {
    Files.move(writeTemporary(false), directory.resolve(name), StandardCopyOption.ATOMIC_MOVE);
  }

  void putAndSync(String name) throws IOException {
    Files.move(writeTemporary(true), directory.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  @Override
  void delete(String name) throws IOException {
    Files.delete(directory.resolve(name));
  }

  private Path writeTemporary(boolean sync) throws IOException {
    Path temporary = directory.resolve("tmp" + temporaries++);
    try (FileChannel channel =
        FileChannel.open(temporary, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
      ByteBuffer buffer = ByteBuffer.wrap(VALUE);
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
