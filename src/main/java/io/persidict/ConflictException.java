package io.persidict;

/** A {@link PersiDict#transform} that lost to other writers as often as it was allowed to. */
public final class ConflictException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ConflictException(String message) {
    super(message);
  }
}
