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

  /** The ETag by which readers see it; a tombstone has none. */
  static Optional<ETag> live(Optional<Version> version) {
    return version.filter(there -> !there.isTombstone).map(Version::etag);
  }

  /** The history of a write that replaces this version and no other. */
  WriteHistory replacedBy(WriteId write) {
    return known().and(write);
  }

  /**
   * The write that the object began with. The same of all versions that follow each other, and of
   * no others: an object that was deleted and is there again begins with another.
   */
  Optional<WriteId> origin() {
    return known().origin();
  }

  /** Whether the object began with this version. */
  boolean hasReplacedNothing() {
    return writes.origin().isPresent() && writes.origin().equals(writes.newest());
  }

  /** Whether this is {@code earlier}, or has come of it by writes that all name each other. */
  boolean follows(Version earlier) {
    return names(earlier)
        || (earlier.writes.newest().isEmpty() && origin().equals(earlier.origin()));
  }

  /** Whether this names the write that made {@code other}. */
  boolean names(Version other) {
    return other.writes.newest().filter(writes::include).isPresent();
  }

  private WriteHistory known() {
    return writes.origin().isPresent() ? writes : WriteHistory.beginningWith(etag);
  }
}
