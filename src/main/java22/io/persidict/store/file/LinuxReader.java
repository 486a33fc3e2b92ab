package io.persidict.store.file;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.persidict.store.ETag;
import io.persidict.store.Stat;
import io.persidict.store.UnreadableException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Reads by {@code open}, {@code statx}, {@code read} and {@code close}, as Linux has them on 64-bit
 * x86 and ARM: one descriptor, so that bytes and stat are of one version.
 */
final class LinuxReader extends NativeReader {
  // Before anything that a user would be warned of.
  static {
    if (!LinuxReader.class.getModule().isNativeAccessEnabled()) {
      throw new UnsupportedOperationException(
          "native access is not enabled; see the option --enable-native-access of java");
    }
  }

  private static final int ENOENT = 2;
  private static final int EINTR = 4;

  private static final int NONBLOCK = 0x800;
  private static final int CLOEXEC = 0x80000;
  private static final int NOFOLLOW = noFollow();

  private static final int EMPTY_PATH = 0x1000;
  private static final int TYPE = 1;
  private static final int MODIFIED = 0x40;
  private static final int INODE = 0x100;
  private static final int SIZE = 0x200;
  private static final int WANTED = TYPE | MODIFIED | INODE | SIZE;

  private static final int REGULAR = 0x8000;
  private static final int FILE_TYPE = 0xF000;

  /** Where {@code struct statx} has what is wanted: the same on all machines. */
  private static final long MASK_OFFSET = 0;

  private static final long MODE_OFFSET = 28;
  private static final long INODE_OFFSET = 32;
  private static final long SIZE_OFFSET = 40;
  private static final long SECONDS_OFFSET = 112;
  private static final long NANOS_OFFSET = 120;
  private static final int STATX_BYTES = 256;

  private static final int MAX_PATH = 4096;
  private static final int CHUNK = 64 * 1024;

  /** Times further away do not fit into a number of nanoseconds. */
  private static final long MAX_SECONDS = TimeUnit.NANOSECONDS.toSeconds(Long.MAX_VALUE) - 1;

  private static final StructLayout STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

  private static final MethodHandle OPEN =
      handle("open", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle STATX =
      handle(
          "statx", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, ADDRESS));
  private static final MethodHandle READ =
      handle("read", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
  private static final MethodHandle CLOSE =
      handle("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

  /** Memory for calls; what is lost, as to a stack that overflows, is left to the collector. */
  private final AtomicReferenceArray<@Nullable Buffers> spare = new AtomicReferenceArray<>(64);

  /** Has all that is needed loaded now: that takes more stack than who reads may have left. */
  LinuxReader() {
    read("/proc/self/".getBytes(StandardCharsets.US_ASCII), "stat", true, null);
  }

  /** What one call needs outside the heap. */
  private static final class Buffers {
    final MemorySegment state;
    final MemorySegment path;
    final MemorySegment statx;
    final MemorySegment data;

    Buffers() {
      Arena arena = Arena.ofAuto();
      state = arena.allocate(STATE);
      path = arena.allocate(MAX_PATH);
      statx = arena.allocate(STATX_BYTES, Long.BYTES);
      data = arena.allocate(CHUNK);
    }

    int errno() {
      return (int) ERRNO.get(state, 0L);
    }
  }

  private static int noFollow() {
    String system = System.getProperty("os.name") + " " + System.getProperty("os.arch");
    return switch (system) {
      case "Linux amd64" -> 0x20000;
      case "Linux aarch64" -> 0x8000;
      default -> throw new UnsupportedOperationException("no calls are known for " + system);
    };
  }

  @SuppressWarnings("restricted") // made only where native access is enabled
  private static MethodHandle handle(String name, FunctionDescriptor function) {
    Linker linker = Linker.nativeLinker();
    MemorySegment address =
        linker
            .defaultLookup()
            .find(name)
            .orElseThrow(() -> new UnsupportedOperationException("the C library lacks " + name));
    return linker.downcallHandle(address, function, Linker.Option.captureCallState("errno"));
  }

  @Override
  @Nullable Version read(byte[] prefix, String name, boolean withStat, @Nullable ETag ifNoneMatch) {
    int length = prefix.length + name.length();
    if (length >= MAX_PATH) {
      return null;
    }
    int own = (int) Thread.currentThread().threadId() & (spare.length() - 1);
    Buffers buffers = null;
    try {
      buffers = take(own);
      MemorySegment.copy(prefix, 0, buffers.path, JAVA_BYTE, 0, prefix.length);
      for (int i = 0; i < name.length(); i++) {
        buffers.path.set(JAVA_BYTE, (long) prefix.length + i, (byte) name.charAt(i));
      }
      buffers.path.set(JAVA_BYTE, length, (byte) 0);
      return read(buffers, withStat, ifNoneMatch);
    } catch (OutOfMemoryError e) {
      return null; // as is said in words by those who read it otherwise
    } finally {
      if (buffers != null) {
        spare.set(own, buffers);
      }
    }
  }

  /**
   * What is spare in a slot, this thread's own before others; new ones only where all are taken.
   */
  private Buffers take(int own) {
    for (int i = 0; i < spare.length(); i++) {
      int slot = (own + i) & (spare.length() - 1);
      Buffers buffers = spare.get(slot) == null ? null : spare.getAndSet(slot, null);
      if (buffers != null) {
        return buffers;
      }
    }
    return new Buffers();
  }

  private static @Nullable Version read(
      Buffers buffers, boolean withStat, @Nullable ETag ifNoneMatch) {
    int file = open(buffers);
    if (file < 0) {
      return buffers.errno() == ENOENT ? ABSENT : null;
    }
    try {
      if (!stat(buffers, file)) {
        return null;
      }
      long size = buffers.statx.get(JAVA_LONG, SIZE_OFFSET);
      Stat stat = withStat ? stat(buffers.statx, size) : null;
      if (stat != null && stat.etag().equals(ifNoneMatch)) {
        return new Version(stat, null);
      }
      byte[] bytes = bytes(buffers, file, (int) size);
      return bytes == null ? null : new Version(stat, bytes);
    } finally {
      close(buffers, file);
    }
  }

  private static int open(Buffers buffers) {
    try {
      while (true) {
        int file =
            (int) OPEN.invokeExact(buffers.state, buffers.path, NONBLOCK | CLOEXEC | NOFOLLOW);
        if (file >= 0 || buffers.errno() != EINTR) {
          return file;
        }
      }
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** Whether {@code file} is one that can be read, of which the buffer then has the stat. */
  private static boolean stat(Buffers buffers, int file) {
    MemorySegment statx = buffers.statx;
    buffers.data.set(JAVA_BYTE, 0, (byte) 0); // an empty path
    try {
      int result =
          (int) STATX.invokeExact(buffers.state, file, buffers.data, EMPTY_PATH, WANTED, statx);
      long size = statx.get(JAVA_LONG, SIZE_OFFSET);
      long seconds = statx.get(JAVA_LONG, SECONDS_OFFSET);
      return result == 0
          && (statx.get(JAVA_INT, MASK_OFFSET) & WANTED) == WANTED
          && (statx.get(JAVA_SHORT, MODE_OFFSET) & FILE_TYPE) == REGULAR
          && seconds < MAX_SECONDS
          && seconds > -MAX_SECONDS
          && size >= 0
          && size <= UnreadableException.MAX_SIZE;
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  private static Stat stat(MemorySegment statx, long size) {
    long seconds = statx.get(JAVA_LONG, SECONDS_OFFSET);
    int nanos = statx.get(JAVA_INT, NANOS_OFFSET);
    long modified = TimeUnit.SECONDS.toNanos(seconds) + nanos;
    ETag etag = Attributes.etag(modified, size, Long.toString(statx.get(JAVA_LONG, INODE_OFFSET)));
    return new Stat(size, Instant.ofEpochSecond(seconds, nanos), etag);
  }

  /** All bytes; null if there are not {@code size}, or they cannot be read. */
  private static byte @Nullable [] bytes(Buffers buffers, int file, int size) {
    byte[] bytes = new byte[size];
    int length = 0;
    while (true) {
      long wanted = Math.min(CHUNK, (long) size - length + 1); // one more shows the end
      long read = read(buffers, file, wanted);
      if (read < 0 || length + read > size) {
        return null;
      }
      MemorySegment.copy(buffers.data, JAVA_BYTE, 0, bytes, length, (int) read);
      length += (int) read;
      if (length == size && read < wanted) {
        return bytes;
      }
      if (read == 0) {
        return null;
      }
    }
  }

  private static long read(Buffers buffers, int file, long wanted) {
    try {
      while (true) {
        long read = (long) READ.invokeExact(buffers.state, file, buffers.data, wanted);
        if (read >= 0 || buffers.errno() != EINTR) {
          return read;
        }
      }
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  private static void close(Buffers buffers, int file) {
    try {
      @SuppressWarnings("UnusedVariable") // closed, whatever it says
      int result = (int) CLOSE.invokeExact(buffers.state, file);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  private static Error unexpected(Throwable e) {
    if (e instanceof Error error) {
      return error;
    }
    throw new AssertionError(e);
  }
}
