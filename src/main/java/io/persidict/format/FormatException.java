package io.persidict.format;

import org.jspecify.annotations.Nullable;

/** A value that cannot be encoded, or bytes that cannot be decoded. */
public final class FormatException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public FormatException(String message) {
    super(message);
  }

  public FormatException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
