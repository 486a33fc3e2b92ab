package io.persidict.store;

/**
 * A fault of the storage below: it cannot be reached, is full, forbids access or holds something
 * that is not an entry where an entry should be. Never a lost condition and never an absence, which
 * are results.
 */
public class StoreException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public StoreException(String message) {
    super(message);
  }

  public StoreException(String message, Throwable cause) {
    super(message, cause);
  }
}
