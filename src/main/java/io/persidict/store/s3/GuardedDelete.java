package io.persidict.store.s3;

import io.persidict.store.DeleteResult;
import io.persidict.store.ETag;
import io.persidict.store.s3.Write.Guard;
import java.util.Optional;

/**
 * The deletion of an object that a guard holds of, by requests for the very version that was seen.
 * Leaves nothing in its place; only for servers that honour {@code If-Match} on DELETE.
 *
 * @param guard that holds of no absence
 */
record GuardedDelete(Mutations mutations, Retry attempts, String name, Guard guard)
    implements Mutation<DeleteResult> {

  /**
   * Deletes, or finds out that the guard does not hold.
   *
   * @throws io.persidict.store.StoreException also if the answer is missing, the version is gone,
   *     and somebody else may have deleted it
   */
  DeleteResult run() {
    Optional<Version> current =
        mutations.recent().find(name).filter(last -> guard.holds(Version.live(Optional.of(last))));
    if (current.isEmpty()) {
      current = mutations.look(name, attempts);
    }
    Optional<ETag> live = Version.live(current);
    return guard.holds(live) ? mutations.carryOut(this, current, attempts) : lost(live);
  }

  private static DeleteResult lost(Optional<ETag> live) {
    return live.<DeleteResult>map(DeleteResult.Lost::new).orElse(DeleteResult.WasAbsent.WAS_ABSENT);
  }

  @Override
  public DeleteResult send(Optional<Version> current) {
    mutations.requests().delete(name, current.orElseThrow().etag());
    mutations.recent().saw(name, Optional.empty());
    return DeleteResult.Deleted.DELETED;
  }

  /** What followed the version that was asked for shows that it was not deleted. */
  @Override
  public Optional<DeleteResult> decide(
      Optional<Version> asked, Optional<Version> now, boolean unanswered) {
    Optional<ETag> live = Version.live(now);
    boolean isUndone = live.isPresent() && now.get().follows(asked.orElseThrow());
    if (unanswered && !isUndone) {
      if (guard == Guard.PRESENT && !(live.isPresent() && origin(now).equals(origin(asked)))) {
        return Optional.of(DeleteResult.Deleted.DELETED);
      }
      throw attempts.unknown();
    }
    return guard.holds(live) ? Optional.empty() : Optional.of(lost(live));
  }

  private static Optional<WriteId> origin(Optional<Version> version) {
    return version.flatMap(Version::origin);
  }
}
