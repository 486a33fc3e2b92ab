package io.persidict.store.s3;

import io.persidict.store.ETag;
import io.persidict.store.Stat;
import java.util.Optional;

/**
 * What the server holds under a name: a version of the entry, or a tombstone.
 *
 * @param writes that led to it
 */
record Version(ETag etag, boolean isTombstone, WriteHistory writes) {
  /** A version with what else is known of it. */
  record Seen(Stat stat, Version version) {
    /** As a reader sees it: a tombstone is absence. */
    static Optional<Stat> byReader(Optional<Seen> seen) {
      return seen.filter(there -> !there.version.isTombstone).map(Seen::stat);
    }
  }
}
