package io.persidict.jcache;

import javax.cache.CacheException;
import javax.cache.event.CacheEntryListenerException;
import javax.cache.integration.CacheWriterException;
import org.jspecify.annotations.Nullable;

/**
 * What writers and listeners threw in the parts of a whole that goes on regardless, since what was
 * written or changed before stays so.
 */
final class Failures {
  private @Nullable CacheException first;

  /** Runs one part; tells whether it did not fail. */
  boolean attempt(Runnable part) {
    try {
      part.run();
      return true;
    } catch (CacheWriterException | CacheEntryListenerException e) {
      if (first == null) {
        first = e;
      } else if (first != e) {
        first.addSuppressed(e);
      }
      return false;
    }
  }

  /** Throws the first failure, with the others suppressed, if there was one. */
  void rethrow() {
    if (first != null) {
      throw first;
    }
  }
}
