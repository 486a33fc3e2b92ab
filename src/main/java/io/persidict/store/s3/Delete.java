package io.persidict.store.s3;

import io.persidict.store.DeleteResult;
import io.persidict.store.ETag;
import io.persidict.store.Listed;
import java.util.Optional;

/**
 * The deletion of one object, whatever version of it is there by then.
 *
 * @param etag of what was there after the deletion was asked for
 * @param seen the version of that ETag that was seen last; empty if none was
 * @param listed whether it was seen earlier, and only listed after the deletion was asked for: then
 *     it may have been deleted and written anew, with an equal value, in between
 */
record Delete(Mutations mutations, String name, ETag etag, Optional<Version> seen, boolean listed)
    implements Mutation<DeleteResult> {

  static Delete of(Mutations mutations, String name, Version seen) {
    return new Delete(mutations, name, seen.etag(), Optional.of(seen), false);
  }

  static Delete listed(Mutations mutations, Listed object) {
    ETag etag = object.stat().etag();
    Optional<Version> seen = mutations.recent().find(object.name(), etag);
    return new Delete(mutations, object.name(), etag, seen, true);
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
   *
   * @throws io.persidict.store.StoreException if it is neither
   */
  @Override
  public Optional<DeleteResult> decide(
      Optional<Version> asked, Optional<Version> now, boolean unanswered) {
    if (now.isEmpty() || beganAnew(now.get(), unanswered)) {
      return Optional.of(DeleteResult.Deleted.DELETED);
    }
    boolean isOfSeen = seen.map(now.get()::follows).orElse(now.get().etag().equals(etag));
    if (now.get().isTombstone() && (isOfSeen || listed)) {
      return Optional.of(DeleteResult.WasAbsent.WAS_ABSENT);
    }
    if (isOfSeen) {
      return Optional.empty();
    }
    throw mutations.faults().unknown("delete " + name);
  }

  private boolean beganAnew(Version now, boolean unanswered) {
    boolean mayBeListed = now.etag().equals(etag) || !now.hasReplacedNothing();
    return !(listed && unanswered && mayBeListed)
        && seen.filter(last -> last.origin().equals(now.origin())).isEmpty();
  }
}
