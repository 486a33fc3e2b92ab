package io.persidict.store.s3;

import io.persidict.store.DeleteResult;
import io.persidict.store.ETag;
import java.util.Optional;

/**
 * The deletion of one object, whatever version of it is there by then.
 *
 * @param seen there, after the deletion was asked for
 * @param origin what that version began with; empty if it was only listed
 */
record Delete(Mutations mutations, String name, ETag seen, Optional<WriteId> origin)
    implements Mutation<DeleteResult> {

  static Delete of(Mutations mutations, String name, Version seen) {
    return new Delete(mutations, name, seen.etag(), seen.origin());
  }

  @Override
  public DeleteResult send(Optional<Version> current) {
    mutations.requests().delete(name);
    mutations.recent().saw(name, Optional.empty());
    return DeleteResult.Deleted.DELETED;
  }

  /**
   * What is there now is still to be deleted if it is what was seen, or has followed it. What began
   * anew has been written since the deletion: either that took effect, or another one did.
   */
  @Override
  public Optional<DeleteResult> decide(Optional<Version> now, boolean unanswered) {
    if (now.isEmpty() || (origin.isPresent() && !origin.equals(now.get().origin()))) {
      return Optional.of(DeleteResult.Deleted.DELETED);
    }
    if (now.get().isTombstone()) {
      return Optional.of(DeleteResult.WasAbsent.WAS_ABSENT);
    }
    if (origin.isPresent() || now.get().etag().equals(seen)) {
      return Optional.empty();
    }
    if (now.get().hasReplacedNothing()) {
      return Optional.of(DeleteResult.Deleted.DELETED);
    }
    throw mutations.faults().unknown("delete " + name);
  }
}
