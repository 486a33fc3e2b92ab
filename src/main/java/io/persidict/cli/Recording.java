package io.persidict.cli;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * What a command did: its exit status, and what it wrote to which stream, in the order in which it
 * came.
 *
 * <pre>
 * offset  bytes
 *      0      4  magic: 'P' 'D' 'M' and the version, 1
 *      4      4  exit status
 *      8      8  when the command was started, ms since 1970-01-01T00:00Z
 *     16      8  how long it took, ms
 *     24         pieces until the end, each:
 *             1  1 for standard output, 2 for standard error
 *             4  length, n
 *             n  what was written
 * </pre>
 *
 * Numbers are big-endian.
 */
final class Recording {
  private static final int MAGIC = 0x50444d01;
  private static final int HEADER = 24;
  private static final int PIECE_HEADER = 5;
  private static final byte OUT = 1;
  private static final byte ERR = 2;

  private final int status;
  private final Instant started;
  private final Duration took;
  private final byte[] pieces;

  private Recording(int status, Instant started, Duration took, byte[] pieces) {
    this.status = status;
    this.started = started;
    this.took = took;
    this.pieces = pieces;
  }

  /** Collects the output of a command that runs; used by one thread at a time. */
  static final class Recorder {
    private final Instant started = Instant.now();
    private final long begun = System.nanoTime();
    private ByteArrayOutputStream pieces = new ByteArrayOutputStream();
    private final int limit;
    private boolean isOver;

    /**
     * @param limit of what is collected, in bytes
     */
    Recorder(int limit) {
      this.limit = limit;
    }

    void add(boolean isError, byte[] bytes) {
      if (isOver || pieces.size() + (long) PIECE_HEADER + bytes.length > limit) {
        isOver = true;
        pieces = new ByteArrayOutputStream();
        return;
      }
      try {
        pieces.writeBytes(
            ByteBuffer.allocate(PIECE_HEADER)
                .put(isError ? ERR : OUT)
                .putInt(bytes.length)
                .array());
        pieces.writeBytes(bytes);
      } catch (OutOfMemoryError e) {
        isOver = true;
        pieces = new ByteArrayOutputStream();
      }
    }

    /** Whether there was more output than is kept. */
    boolean isOver() {
      return isOver;
    }

    Recording end(int status) {
      Duration took = Duration.ofNanos(System.nanoTime() - begun);
      return new Recording(status, started, took, pieces.toByteArray());
    }
  }

  int status() {
    return status;
  }

  Duration took() {
    return took;
  }

  Duration ageAt(Instant now) {
    return Duration.between(started, now);
  }

  byte[] encode() {
    return ByteBuffer.allocate(HEADER + pieces.length)
        .putInt(MAGIC)
        .putInt(status)
        .putLong(started.toEpochMilli())
        .putLong(took.toMillis())
        .put(pieces)
        .array();
  }

  /** The recording in bytes of any origin; empty if they are none. */
  static Optional<Recording> decode(byte[] bytes) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    if (bytes.length < HEADER || buffer.getInt() != MAGIC) {
      return Optional.empty();
    }
    int status = buffer.getInt();
    Instant started = Instant.ofEpochMilli(buffer.getLong());
    Duration took = Duration.ofMillis(buffer.getLong());
    byte[] pieces = new byte[buffer.remaining()];
    buffer.get(pieces);
    return areWhole(pieces)
        ? Optional.of(new Recording(status, started, took, pieces))
        : Optional.empty();
  }

  private static boolean areWhole(byte[] pieces) {
    ByteBuffer buffer = ByteBuffer.wrap(pieces);
    while (buffer.remaining() >= PIECE_HEADER) {
      byte stream = buffer.get();
      int length = buffer.getInt();
      if ((stream != OUT && stream != ERR) || length < 0 || length > buffer.remaining()) {
        return false;
      }
      buffer.position(buffer.position() + length);
    }
    return !buffer.hasRemaining();
  }

  /** Writes again what the command wrote. */
  void replay(Output out, Output err) {
    ByteBuffer buffer = ByteBuffer.wrap(pieces);
    while (buffer.hasRemaining()) {
      boolean isOut = buffer.get() == OUT;
      byte[] bytes = new byte[buffer.getInt()];
      buffer.get(bytes);
      if (isOut) {
        out.bytes(bytes);
      } else {
        err.aside(bytes);
      }
    }
  }
}
