package io.persidict.jcache.engine;

import javax.cache.CacheException;
import javax.cache.configuration.Factory;
import org.jspecify.annotations.Nullable;

/** What a cache has the user's factories make. */
public final class Factories {
  private Factories() {}

  /**
   * What {@code factory} makes.
   *
   * @param what it makes, for the message
   * @throws CacheException if that is null
   */
  public static <T> T create(Factory<? extends T> factory, String what) {
    @Nullable T product = factory.create();
    if (product == null) {
      throw new CacheException(
          "the factory "
              + factory.getClass().getName()
              + " of the "
              + what
              + " returned null; it must return an object, or not be set");
    }
    return product;
  }
}
