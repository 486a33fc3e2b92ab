package io.persidict.jcache.engine;

import java.util.Optional;
import java.util.function.Supplier;
import javax.cache.CacheException;
import javax.cache.event.CacheEntryListenerException;
import javax.cache.integration.CacheWriterException;
import org.jspecify.annotations.Nullable;

/**
 * What the store, writers and listeners threw, or entries that are written once refused, in the
 * parts of a whole that goes on regardless, since what was written or changed before stays so.
 */
final class FailureCollector {
  /** How many failures are kept besides the first. */
  private static final int MAX_SUPPRESSED = 100;

  private @Nullable CacheException first;
  private int suppressed;

  /** What one part comes to; empty if it fails. Parts may be run by several threads. */
  <T> Optional<T> attempt(Supplier<T> part) {
    try {
      return Optional.of(part.get());
    } catch (CacheException e) {
      add(e);
      return Optional.empty();
    }
  }

  /** Runs one part; the result is there if it does not fail. */
  Optional<Boolean> attempt(Runnable part) {
    return attempt(
        () -> {
          part.run();
          return true;
        });
  }

  /** The store's failures go before those of others. */
  private synchronized void add(CacheException failure) {
    if (first == null) {
      first = failure;
    } else if (isOfOthers(first) && !isOfOthers(failure)) {
      failure.addSuppressed(first);
      first = failure;
    } else if (first != failure && suppressed < MAX_SUPPRESSED) {
      first.addSuppressed(failure);
      suppressed++;
    }
  }

  private static boolean isOfOthers(CacheException failure) {
    return failure instanceof CacheWriterException
        || failure instanceof CacheEntryListenerException
        || failure instanceof WriteOnce.Refusal;
  }

  /**
   * Runs the last part, and throws what it throws, or else the first failure; others suppressed.
   */
  void rethrowAfter(Runnable last) {
    try {
      last.run();
    } catch (RuntimeException | Error e) {
      suppressIn(e);
      throw e;
    }
    rethrow();
  }

  private synchronized void suppressIn(Throwable thrown) {
    if (first != null && first != thrown) {
      thrown.addSuppressed(first);
    }
  }

  /** Throws the first failure, with the others suppressed, if there was one. */
  synchronized void rethrow() {
    if (first != null) {
      throw first;
    }
  }
}
