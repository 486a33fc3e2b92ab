package io.persidict.store;

/** There was no room for what was to be written, and nothing was changed. */
public final class StorageFullException extends StoreException {
  private static final long serialVersionUID = 1L;

  /**
   * An exception for a write that did not take place.
   *
   * @param message what could not be written, and where
   * @param cause what the storage said
   */
  public StorageFullException(String message, Throwable cause) {
    super(message, cause);
  }
}
