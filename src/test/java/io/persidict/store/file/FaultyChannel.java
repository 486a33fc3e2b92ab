package io.persidict.store.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A channel of a {@link FaultyFileSystem}. */
final class FaultyChannel extends FileChannel {
  private final FileChannel real;
  private final Path path;
  private final Supplier<FaultyFileSystem.Fault> fault;

  /** How many bytes it reads or writes at once. */
  private final int atOnce;

  FaultyChannel(FileChannel real, Path path, Supplier<FaultyFileSystem.Fault> fault) {
    this(real, path, fault, Integer.MAX_VALUE);
  }

  FaultyChannel(FileChannel real, Path path, Supplier<FaultyFileSystem.Fault> fault, int atOnce) {
    this.real = real;
    this.path = path;
    this.fault = fault;
    this.atOnce = atOnce;
  }

  /** Has {@code call} take no more of {@code bytes} than is read or written at once. */
  private int few(ByteBuffer bytes, Call<Integer> call) throws IOException {
    int limit = bytes.limit();
    bytes.limit((int) Math.min(limit, (long) bytes.position() + atOnce));
    try {
      return call.run();
    } finally {
      bytes.limit(limit);
    }
  }

  private interface Call<T> {
    T run() throws IOException;
  }

  private <T> T around(String operation, Call<T> call) throws IOException {
    fault.get().strike(operation, path);
    try {
      T result = call.run();
      fault.get().strikeAfterwards(operation, path);
      return result;
    } finally {
      if (!real.isOpen()) {
        close(); // by an interrupt
      }
    }
  }

  @Override
  public int read(ByteBuffer bytes) throws IOException {
    return around("read", () -> few(bytes, () -> real.read(bytes)));
  }

  @Override
  public int read(ByteBuffer bytes, long position) throws IOException {
    return around("read", () -> few(bytes, () -> real.read(bytes, position)));
  }

  @Override
  public int write(ByteBuffer bytes) throws IOException {
    return around("write", () -> few(bytes, () -> real.write(bytes)));
  }

  @Override
  public int write(ByteBuffer bytes, long position) throws IOException {
    return around("write", () -> few(bytes, () -> real.write(bytes, position)));
  }

  @Override
  public FileChannel truncate(long size) throws IOException {
    around("truncate", () -> real.truncate(size));
    return this;
  }

  @Override
  public void force(boolean metadata) throws IOException {
    around(
        "force",
        () -> {
          real.force(metadata);
          return path;
        });
  }

  @Override
  public MappedByteBuffer map(MapMode mode, long position, long size) throws IOException {
    return around("map", () -> real.map(mode, position, size));
  }

  @Override
  public @Nullable FileLock tryLock(long position, long size, boolean shared) throws IOException {
    fault.get().strike("tryLock", path);
    return real.tryLock(position, size, shared);
  }

  @Override
  public FileLock lock(long position, long size, boolean shared) throws IOException {
    fault.get().strike("lock", path);
    return real.lock(position, size, shared);
  }

  @Override
  public long size() throws IOException {
    return real.size();
  }

  @Override
  public long position() throws IOException {
    return real.position();
  }

  @Override
  public FileChannel position(long position) throws IOException {
    real.position(position);
    return this;
  }

  @Override
  protected void implCloseChannel() throws IOException {
    real.close();
    fault.get().strikeAfterwards("close", path);
  }

  @Override
  public long read(ByteBuffer[] bytes, int offset, int length) {
    throw new UnsupportedOperationException();
  }

  @Override
  public long write(ByteBuffer[] bytes, int offset, int length) {
    throw new UnsupportedOperationException();
  }

  @Override
  public long transferTo(long position, long count, WritableByteChannel target) {
    throw new UnsupportedOperationException();
  }

  @Override
  public long transferFrom(ReadableByteChannel source, long position, long count) {
    throw new UnsupportedOperationException();
  }
}
