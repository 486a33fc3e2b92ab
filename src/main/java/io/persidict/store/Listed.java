package io.persidict.store;

import java.time.Instant;

/**
 * One name of a listing, with what the store knew of it when the listing passed by.
 *
 * @param name whole, prefix included
 * @param stat at that moment; the name may have changed or gone since
 * @param allocated how many bytes the version takes in the storage, as far as the store can tell
 * @param used when the version was last read by somebody whose reads the store remembers, or as
 *     {@code stat.lastModified()} or earlier if it never was
 */
public record Listed(String name, Stat stat, long allocated, Instant used) {
  /**
   * A version that takes as many bytes as it has, in a store that remembers no reads.
   *
   * @param name whole, prefix included
   * @param stat at that moment
   */
  public Listed(String name, Stat stat) {
    this(name, stat, stat.size(), stat.lastModified());
  }

  /** {@return whether it has been read since it was written, as far as the store remembers} */
  public boolean isUsed() {
    return used.isAfter(stat.lastModified());
  }

  /**
   * {@return the same under another name}
   *
   * @param otherName such as the part of the name below a prefix
   */
  public Listed as(String otherName) {
    return new Listed(otherName, stat, allocated, used);
  }
}
