package io.persidict.jcache.engine;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
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

  /** How long the store fails at all parts before the others are left out. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private @Nullable CacheException first;
  private int suppressed;

  /** When the store failed first since a part succeeded, by {@code clock}. */
  private OptionalLong failingSince = OptionalLong.empty();

  private int leftOut;
  private final LongSupplier clock;

  FailureCollector() {
    this(System::nanoTime);
  }

  /**
   * @param clock in ns, of any origin
   */
  FailureCollector(LongSupplier clock) {
    this.clock = clock;
  }

  /**
   * What one part comes to; empty if it fails, or is left out since the store has failed for long.
   * Parts may be run by several threads.
   */
  <T> Optional<T> attempt(Supplier<T> part) {
    if (isLeftOut()) {
      return Optional.empty();
    }
    try {
      Optional<T> result = Optional.of(part.get());
      succeeded();
      return result;
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

  private synchronized boolean isLeftOut() {
    boolean leavesOut =
        failingSince.isPresent()
            && clock.getAsLong() - failingSince.getAsLong() > PATIENCE.toNanos();
    leftOut += leavesOut ? 1 : 0;
    return leavesOut;
  }

  private synchronized void succeeded() {
    failingSince = OptionalLong.empty();
  }

  /** The store's failures go before those of others. */
  private synchronized void add(CacheException failure) {
    if (failingSince.isEmpty() && !isOfOthers(failure)) {
      failingSince = OptionalLong.of(clock.getAsLong());
    }
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
      if (leftOut > 0) {
        first.addSuppressed(
            new CacheException(
                leftOut
                    + " more entries were not tried, since the store failed for "
                    + PATIENCE.toSeconds()
                    + " seconds"));
      }
      throw first;
    }
  }
}
