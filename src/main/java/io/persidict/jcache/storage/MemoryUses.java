package io.persidict.jcache.storage;

import io.persidict.key.DictKey;

/** Remembers, on the store, uses of entries that were found in memory. */
public interface MemoryUses {
  /**
   * Whether a use is worth remembering. Asked for each hit, so it must be fast.
   *
   * @param lastUse the last one that was remembered, in ms since the epoch
   */
  boolean isDue(long lastUse);

  /** Remembers a use. Never fails. */
  void use(DictKey place);
}
