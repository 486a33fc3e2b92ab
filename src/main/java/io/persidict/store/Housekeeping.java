package io.persidict.store;

import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;

/**
 * What those who keep a store in order ask of it besides. All methods have defaults, for a store in
 * which bytes take what they have, the clock is this machine's and no reads are remembered.
 */
public interface Housekeeping {
  /** {@return the store that is kept in order} */
  Store store();

  /** {@return whether each request to the store costs money and a network's time} */
  default boolean isRemote() {
    return false;
  }

  /**
   * {@return how many bytes a version takes in the storage}
   *
   * @param size how many it has
   */
  default long allocated(long size) {
    return size;
  }

  /** {@return now, by the clock that stamps what is written} */
  default Instant now() {
    return Instant.now();
  }

  /**
   * {@return what a listing would tell of {@code name} now; empty if it is absent}
   *
   * @param name whole
   */
  default Optional<Listed> look(String name) {
    return store().stat(name).map(stat -> new Listed(name, stat));
  }

  /**
   * {@return the first bytes of a version, read without being remembered as used; empty if it is
   * absent}
   *
   * @param name whole
   * @param atMost how many of them; all if there are fewer
   */
  default Optional<byte[]> peek(String name, int atMost) {
    return store()
        .read(name)
        .map(bytes -> bytes.length <= atMost ? bytes : Arrays.copyOf(bytes, atMost));
  }

  /**
   * Remembers that {@code name} was used now, if the store can. Changes no ETag; never fails.
   *
   * @param name whole, absent or not
   */
  default void use(String name) {}

  /**
   * {@return a view of the store whose reads are remembered, if it can remember any}
   *
   * @param uses which reads are worth it
   */
  default Store remembering(Uses uses) {
    return store();
  }

  /**
   * Removes directories that have been empty for an hour, of those that {@link #store} looks into;
   * and what killed writers left above {@code prefix}, at the root of the store.
   *
   * @param prefix below which they lie: empty, or segments each followed by {@code /}
   */
  default void removeEmptyDirectories(String prefix) {}

  /** Which uses are worth remembering. Asked for each read, so it must be fast. */
  @FunctionalInterface
  interface Uses {
    /**
     * {@return whether a use is worth it}
     *
     * @param lastUse the last one that is remembered, in ms since the epoch
     */
    boolean isDue(long lastUse);
  }
}
