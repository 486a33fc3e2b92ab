package io.persidict.maintenance;

import java.util.Optional;

/**
 * The maintenance of one store, as this process sees it. Of a cache, it is what {@code
 * cache.unwrap(StoreMaintenance.class)} gives.
 */
public interface StoreMaintenance {
  /**
   * Runs a round now, without regard to how often there are others, and as fast as it can. If
   * another process works at the moment, waits for it first.
   *
   * @throws IllegalStateException if the store is closed, or maintenance by others has not ended
   *     within a minute
   * @throws io.persidict.store.StoreException if the storage fails
   */
  StoreRound run();

  /** The last round that this process ran; empty if there was none. */
  Optional<StoreRound> last();

  /**
   * About how many entries the store has, as this process learnt last; 0 if it has not. Between two
   * rounds it is only counted what is written, and only where there is a bound.
   */
  long entries();

  /** The same in bytes, as the storage allocates them. */
  long bytes();

  /** What the store is kept to. */
  StoreLimits limits();
}
