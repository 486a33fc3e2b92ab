package io.persidict.store;

import java.util.Optional;

/** What became of a {@link Store#put}. */
public sealed interface PutResult {

  /**
   * The bytes are stored.
   *
   * @param etag names their version
   * @param replaced the size of the version that they replaced, in bytes; -1 if there was none, or
   *     the store cannot tell
   */
  record Written(ETag etag, long replaced) implements PutResult {
    /**
     * Written where nothing was, or where the store cannot tell.
     *
     * @param etag names the version that was written
     */
    public Written(ETag etag) {
      this(etag, -1);
    }
  }

  /**
   * The precondition did not hold and nothing was changed.
   *
   * @param actual the version that stood in the way, or empty if the name was absent
   */
  record Lost(Optional<ETag> actual) implements PutResult {}
}
