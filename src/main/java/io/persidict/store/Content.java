package io.persidict.store;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One name of a listing, and what was read of it.
 *
 * @param name whole, prefix included
 * @param found the version; null if it cannot be read
 * @param fault why it cannot be read; null if it was
 */
public record Content(
    String name, GetResult.@Nullable Found found, @Nullable UnreadableException fault) {

  /**
   * {@return what {@link Store#get} finds under {@code name}; empty if that is absent}
   *
   * @param store is asked, unconditionally
   * @param name whole
   * @throws StoreException if the storage fails, and not only for this name
   */
  public static Optional<Content> of(Store store, String name) {
    try {
      return store.get(name, Optional.empty()) instanceof GetResult.Found found
          ? Optional.of(new Content(name, found, null))
          : Optional.empty();
    } catch (UnreadableException e) {
      return Optional.of(new Content(name, null, e));
    }
  }

  /**
   * {@return the same under another name}
   *
   * @param otherName whole, as another store has it
   */
  public Content as(String otherName) {
    return new Content(otherName, found, fault);
  }
}
