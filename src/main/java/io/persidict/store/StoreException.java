package io.persidict.store;

/**
 * A fault of the storage below: it cannot be reached, is full, forbids access or holds something
 * that is not an entry where an entry should be. Never a lost condition and never an absence, which
 * are results.
 */
public class StoreException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * A fault that the store itself found.
   *
   * @param message what could not be done, where, and why
   */
  public StoreException(String message) {
    super(message);
  }

  /**
   * A fault that the storage reported.
   *
   * @param message what could not be done, where, and why
   * @param cause what the storage said
   */
  public StoreException(String message, Throwable cause) {
    super(message, cause);
  }
}
