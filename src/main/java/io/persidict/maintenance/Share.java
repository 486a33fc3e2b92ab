package io.persidict.maintenance;

import io.persidict.store.Store;
import org.jspecify.annotations.Nullable;

/**
 * What this process may still write of what it has taken into account in the total that all share.
 */
final class Share {
  private final Store store;
  private final String totalName;
  private final StoreLimits limits;
  private final boolean remote;
  private long entriesLeft;
  private long bytesLeft;
  private long round;

  Share(Store store, String totalName, StoreLimits limits, boolean remote) {
    this.store = store;
    this.totalName = totalName;
    this.limits = limits;
    this.remote = remote;
  }

  /** Takes room for an entry; returns the total where it had to ask for more, or else null. */
  synchronized @Nullable Total take(long bytes) {
    long entry = limits.maxEntries().isPresent() ? 1 : 0;
    long size = limits.maxBytes().isPresent() ? bytes : 0;
    Total total = null;
    while (entriesLeft < entry || bytesLeft < size) {
      long moreEntries = entriesLeft < entry ? limits.entryShare(remote) : 0;
      long moreBytes = bytesLeft < size ? Math.max(size, limits.byteShare(remote)) : 0;
      total = Total.change(store, totalName, all -> all.plus(moreEntries, moreBytes));
      if (total.round() != round) {
        round = total.round();
        entriesLeft = 0; // a round has counted since, without what was left
        bytesLeft = 0;
      }
      entriesLeft += moreEntries;
      bytesLeft += moreBytes;
    }
    entriesLeft -= entry;
    bytesLeft -= size;
    return total;
  }

  /** Gives room for an entry back, up to what is taken at once, and as much again. */
  synchronized void giveBack(long bytes) {
    entriesLeft = Math.min(entriesLeft + 1, 2 * limits.entryShare(remote));
    bytesLeft = Math.min(bytesLeft + bytes, 2 * limits.byteShare(remote));
  }
}
