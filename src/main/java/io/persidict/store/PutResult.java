package io.persidict.store;

import java.util.Optional;

/** What became of a {@link Store#put}. */
public sealed interface PutResult {

  /** The bytes are stored, as the version that {@code etag} names. */
  record Written(ETag etag) implements PutResult {}

  /**
   * The precondition did not hold and nothing was changed.
   *
   * @param actual the version that stood in the way, or empty if the name was absent
   */
  record Lost(Optional<ETag> actual) implements PutResult {}
}
