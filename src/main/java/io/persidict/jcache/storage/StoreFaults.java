package io.persidict.jcache.storage;

import io.persidict.format.FormatException;
import io.persidict.store.StoreException;
import java.util.function.Supplier;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;

/** Faults of a store, and of what is written to it or read, as those of JCache. */
public final class StoreFaults {
  private StoreFaults() {}

  /**
   * What {@code call} returns.
   *
   * @throws CacheException if it fails because of the store, of a key or value that cannot be
   *     stored, or of an argument; with that as its cause and the same message
   */
  public static <T extends @Nullable Object> T translated(Supplier<T> call) {
    try {
      return call.get();
    } catch (StoreException | FormatException | IllegalArgumentException e) {
      throw new CacheException(e.getMessage(), e);
    }
  }
}
