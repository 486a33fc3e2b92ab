package io.persidict.store.s3;

import io.persidict.store.DeleteResult;
import io.persidict.store.ETag;
import java.util.Optional;

/**
 * The deletion of one object, whatever version of it is there by then.
 *
 * @param etag of what was seen there, after the deletion was asked for
 * @param seen empty if it was only listed
 */
record Delete(Mutations mutations, String name, ETag etag, Optional<Version> seen)
    implements Mutation<DeleteResult> {

  static Delete of(Mutations mutations, String name, Version seen) {
    return new Delete(mutations, name, seen.etag(), Optional.of(seen));
  }

  @Override
  public DeleteResult send(Optional<Version> current) {
    mutations.requests().delete(name);
    mutations.recent().saw(name, Optional.empty());
    return DeleteResult.Deleted.DELETED;
  }

  @Override
  public Optional<DeleteResult> decide(
      Optional<Version> asked, Optional<Version> now, boolean unanswered) {
    return decide(now);
  }

  /**
   * What is there now is still to be deleted if it is what was seen, or has followed it. What began
   * anew has been written since the deletion: either that took effect, or another one did.
   *
   * @throws io.persidict.store.StoreException if it is neither
   */
  Optional<DeleteResult> decide(Optional<Version> now) {
    if (now.isEmpty() || beganAnew(now.get())) {
      return Optional.of(DeleteResult.Deleted.DELETED);
    }
    boolean isOfSeen = seen.map(now.get()::follows).orElse(now.get().etag().equals(etag));
    if (now.get().isTombstone() && (isOfSeen || seen.isEmpty())) {
      return Optional.of(DeleteResult.WasAbsent.WAS_ABSENT);
    }
    if (isOfSeen) {
      return Optional.empty();
    }
    throw mutations.faults().unknown("delete " + name);
  }

  private boolean beganAnew(Version now) {
    return seen.map(last -> !last.origin().equals(now.origin()))
        .orElse(!now.isTombstone() && !now.etag().equals(etag) && now.hasReplacedNothing());
  }
}
