package io.persidict.jcache.engine;

import javax.cache.CacheException;
import javax.cache.configuration.Factory;
import org.jspecify.annotations.Nullable;

/**
 * What a cache has the user's factories make, and closes: listeners, filters, loaders, writers,
 * expiry policies.
 */
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

  /**
   * Closes {@code product} if it can be. Whatever it throws is logged, since the cache is closed
   * all the same; an interrupt stays pending.
   */
  public static void close(@Nullable Object product) {
    if (product instanceof AutoCloseable closeable) {
      try {
        closeable.close();
      } catch (Throwable e) {
        Interrupts.keep(e);
        System.Logger logger = System.getLogger(Factories.class.getName());
        logger.log(
            System.Logger.Level.WARNING,
            "cannot close {0}: {1}",
            product.getClass().getName(),
            e.getClass().getName());
        logger.log(System.Logger.Level.DEBUG, "why that cannot be closed", e);
      }
    }
  }
}
