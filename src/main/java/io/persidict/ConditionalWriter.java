package io.persidict;

import io.persidict.store.DeleteResult;
import io.persidict.store.ETag;
import io.persidict.store.Precondition;
import io.persidict.store.PutResult;
import io.persidict.store.Stat;
import io.persidict.store.Store;
import java.util.Optional;

/**
 * Writes and deletes under a {@link Condition}, of which a store knows only some: the others are
 * looked up first, and the step is taken under the precondition that nothing changed since.
 */
record ConditionalWriter(Store store) {
  private interface Attempt {
    WriteResult under(Precondition precondition);
  }

  Optional<ETag> etag(String name) {
    return store.stat(name).map(Stat::etag);
  }

  WriteResult put(String name, byte[] bytes, Condition condition) {
    return attempt(name, condition, precondition -> write(name, bytes, precondition));
  }

  WriteResult remove(String name, Condition condition) {
    return attempt(name, condition, precondition -> delete(name, precondition));
  }

  /**
   * Writes a new entry if {@code condition} holds of its absence; an entry that is there is never
   * touched.
   *
   * @return empty if there is an entry of which {@code condition} holds
   */
  Optional<WriteResult> insert(String name, byte[] bytes, Condition condition) {
    boolean ofAbsence = condition.holds(Optional.empty());
    while (true) {
      WriteResult outcome =
          ofAbsence
              ? write(name, bytes, Precondition.absent())
              : new WriteResult(false, etag(name));
      if (outcome.etag().isPresent()) {
        boolean change = !outcome.satisfied() && condition.holds(outcome.etag());
        return change ? Optional.empty() : Optional.of(outcome);
      }
      if (!ofAbsence) {
        return Optional.of(outcome);
      }
    }
  }

  /** Makes an attempt under what {@code condition} comes to, again while others are faster. */
  private WriteResult attempt(String name, Condition condition, Attempt attempt) {
    if (condition instanceof Condition.Matches matches) {
      return attempt.under(Precondition.matches(matches.etag()));
    }
    if (condition == Condition.any()) {
      return attempt.under(Precondition.none());
    }
    if (condition == Condition.absent()) {
      return attempt.under(Precondition.absent());
    }
    while (true) {
      Optional<ETag> actual = etag(name);
      if (!condition.holds(actual)) {
        return new WriteResult(false, actual);
      }
      WriteResult outcome =
          attempt.under(actual.map(Precondition::matches).orElse(Precondition.absent()));
      if (outcome.satisfied()) {
        return outcome;
      }
    }
  }

  private WriteResult write(String name, byte[] bytes, Precondition precondition) {
    PutResult result = store.put(name, bytes, precondition);
    return result instanceof PutResult.Written written
        ? new WriteResult(true, Optional.of(written.etag()))
        : new WriteResult(false, ((PutResult.Lost) result).actual());
  }

  private WriteResult delete(String name, Precondition precondition) {
    DeleteResult result = store.delete(name, precondition);
    if (result instanceof DeleteResult.Lost lost) {
      return new WriteResult(false, Optional.of(lost.actual()));
    }
    boolean satisfied =
        result == DeleteResult.Deleted.DELETED || !(precondition instanceof Precondition.Matches);
    return new WriteResult(satisfied, Optional.empty());
  }
}
