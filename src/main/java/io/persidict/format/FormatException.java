package io.persidict.format;

import org.jspecify.annotations.Nullable;

/** A value that cannot be encoded, or bytes that cannot be decoded. */
public final class FormatException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Whether the bytes are broken. */
  private final boolean malformed;

  /**
   * A fault that the format itself found, and that is not {@linkplain #isMalformed the bytes' own}.
   *
   * @param message what cannot be stored or read, and why
   */
  public FormatException(String message) {
    this(message, null);
  }

  /**
   * A fault that something below the format reported; it is {@linkplain #isMalformed the bytes'
   * own} if {@code cause} is a FormatException that is.
   *
   * @param message what cannot be stored or read, and why
   * @param cause what was reported; null if it says nothing more
   */
  public FormatException(String message, @Nullable Throwable cause) {
    this(message, cause, cause instanceof FormatException known && known.malformed);
  }

  FormatException(String message, @Nullable Throwable cause, boolean malformed) {
    super(message, cause);
    this.malformed = malformed;
  }

  /**
   * {@return a fault of the bytes themselves, see {@link #isMalformed}}
   *
   * @param message what cannot be read, and why
   */
  public static FormatException malformed(String message) {
    return malformed(message, null);
  }

  /**
   * {@return a fault of the bytes themselves, see {@link #isMalformed}}
   *
   * @param message what cannot be read, and why
   * @param cause what was reported; null if it says nothing more
   */
  public static FormatException malformed(String message, @Nullable Throwable cause) {
    return new FormatException(message, cause, true);
  }

  /**
   * {@return whether the bytes themselves are broken, so that no reader of the format could make a
   * value of them: torn, with a wrong checksum, against its syntax}
   *
   * <p>False wherever that is not certain: the bytes may be whole, and hold a class that is not
   * allowed or not known here, a value that is too large or of another type, or something that only
   * other programs read. A format that does not tell leaves it false.
   */
  public boolean isMalformed() {
    return malformed;
  }
}
