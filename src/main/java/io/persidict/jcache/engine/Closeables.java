package io.persidict.jcache.engine;

import org.jspecify.annotations.Nullable;

/** Closes what the user's factories made: listeners, filters, loaders, writers, expiry policies. */
public final class Closeables {
  private Closeables() {}

  /**
   * Closes {@code product} if it can be; a failure is logged, since the cache is closed all the
   * same.
   */
  public static void close(@Nullable Object product) {
    if (product instanceof AutoCloseable closeable) {
      try {
        closeable.close();
      } catch (Exception e) {
        System.getLogger(Closeables.class.getName())
            .log(System.Logger.Level.WARNING, "cannot close " + product.getClass().getName(), e);
      }
    }
  }
}
