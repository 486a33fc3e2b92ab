package io.persidict.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.function.BooleanSupplier;

/** Standard output or error: what is written is there at once, and a fault is noticed. */
final class Output {
  private final OutputStream stream;
  private final BooleanSupplier isTerminal;

  /**
   * @param isTerminal asked only where it matters
   */
  Output(OutputStream stream, BooleanSupplier isTerminal) {
    this.stream = stream;
    this.isTerminal = isTerminal;
  }

  /** Whether somebody looks at it, and not a program or a file. */
  boolean isTerminal() {
    return isTerminal.getAsBoolean();
  }

  /** One that nobody looks at. */
  static Output unseen(OutputStream stream) {
    return new Output(stream, () -> false);
  }

  /** Writes a line, as UTF-8. */
  void line(String text) {
    bytes((text + "\n").getBytes(UTF_8));
  }

  /** Writes bytes as they are. */
  void bytes(byte[] bytes) {
    try {
      stream.write(bytes);
      stream.flush();
    } catch (IOException e) {
      throw new Closed(e);
    }
  }

  /**
   * Writes bytes beside the output: what comes of them changes no result, unless the reader went
   * away, which is to end what it reads.
   */
  void aside(byte[] bytes) {
    try {
      bytes(bytes);
    } catch (Closed e) {
      if (e.isByReader()) {
        throw e;
      }
    }
  }

  /** Nobody takes the output any more: the pipe is closed, or the disk is full. */
  static final class Closed extends UncheckedIOException {
    private static final long serialVersionUID = 1L;

    Closed(IOException cause) {
      super(cause);
    }

    /** Whether the reader went away, as {@code head} does once it has enough. */
    boolean isByReader() {
      String message = String.valueOf(getMessage());
      return message.contains("Broken pipe") || message.contains("pipe is being closed");
    }
  }
}
