package io.persidict.store;

import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;

/**
 * What those who keep a store in order ask of it besides. All methods have defaults, for a store in
 * which bytes take what they have, the clock is this machine's and no reads are remembered.
 */
public interface Housekeeping {
  /** The store that is kept in order. */
  Store store();

  /** What each request to the store costs: {@code true} if it is money and a network's time. */
  default boolean isRemote() {
    return false;
  }

  /** How many bytes a version of {@code size} bytes takes in the storage. */
  default long allocated(long size) {
    return size;
  }

  /** Now, by the clock that stamps what is written. */
  default Instant now() {
    return Instant.now();
  }

  /** What a listing would tell of {@code name} now; empty if it is absent. */
  default Optional<Listed> look(String name) {
    return store().stat(name).map(stat -> new Listed(name, stat));
  }

  /**
   * The first bytes of a version, read without being remembered as used; empty if it is absent.
   *
   * @param atMost how many of them
   */
  default Optional<byte[]> peek(String name, int atMost) {
    return store()
        .read(name)
        .map(bytes -> bytes.length <= atMost ? bytes : Arrays.copyOf(bytes, atMost));
  }

  /** Remembers that {@code name} was used now, if the store can. Changes no ETag; never fails. */
  default void use(String name) {}

  /** A view of the store whose reads are remembered where {@code uses} wants it. */
  default Store remembering(Uses uses) {
    return store();
  }

  /** Removes directories below {@code prefix} that have been empty for an hour. */
  default void removeEmptyDirectories(String prefix) {}

  /** Which uses are worth remembering. Asked for each read, so it must be fast. */
  @FunctionalInterface
  interface Uses {
    /**
     * Whether a use is worth it.
     *
     * @param lastUse the last one that is remembered, in ms since the epoch
     */
    boolean isDue(long lastUse);
  }
}
