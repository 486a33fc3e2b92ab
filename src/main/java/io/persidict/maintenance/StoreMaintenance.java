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
   * @return what the round saw and did
   * @throws IllegalStateException if the store is closed, or maintenance by others has not ended
   *     within a minute
   * @throws io.persidict.store.StoreException if the storage fails
   */
  StoreRound run();

  /** {@return the last round that this process ran; empty if there was none} */
  Optional<StoreRound> last();

  /**
   * {@return about how many entries the store has, as this process learnt last; 0 if it has not}
   * Between two rounds it is only counted what is written, and only where there is a bound.
   */
  long entries();

  /** {@return about how many bytes these take, as the storage allocates them} */
  long bytes();

  /** {@return what the store is kept to} */
  StoreLimits limits();
}
