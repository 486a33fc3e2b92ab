package io.persidict.jcache.engine;

import org.jspecify.annotations.Nullable;

/** Closes what the user's factories made: listeners, filters, loaders, writers, expiry policies. */
public final class Closeables {
  private Closeables() {}

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
        System.Logger logger = System.getLogger(Closeables.class.getName());
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
