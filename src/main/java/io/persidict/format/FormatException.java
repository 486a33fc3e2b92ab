package io.persidict.format;

import org.jspecify.annotations.Nullable;

/** A value that cannot be encoded, or bytes that cannot be decoded. */
public final class FormatException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * A fault that the format itself found.
   *
   * @param message what cannot be stored or read, and why
   */
  public FormatException(String message) {
    super(message);
  }

  /**
   * A fault that something below the format reported.
   *
   * @param message what cannot be stored or read, and why
   * @param cause what was reported; null if it says nothing more
   */
  public FormatException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
