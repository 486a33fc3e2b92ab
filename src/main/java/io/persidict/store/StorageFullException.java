package io.persidict.store;

/** There was no room for what was to be written, and nothing was changed. */
public final class StorageFullException extends StoreException {
  private static final long serialVersionUID = 1L;

  public StorageFullException(String message, Throwable cause) {
    super(message, cause);
  }
}
