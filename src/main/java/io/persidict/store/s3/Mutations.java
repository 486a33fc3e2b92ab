package io.persidict.store.s3;

import java.util.Optional;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * The one rule by which objects are changed: make the request; where the answer is missing, is a
 * fault or says that a condition was lost, look at the object, and then decide. A request is made
 * again only if it took no effect.
 */
record Mutations(Requests requests, RecentVersions recent, S3Errors faults) {
  /** How often a server may refuse to replace the very version that it holds. */
  private static final int MAX_REFUSALS = 8;

  /**
   * Carries out {@code mutation}.
   *
   * @param current what is to be replaced or deleted, as far as it is known
   * @throws io.persidict.store.StoreException if it could not be carried out in time, or nobody can
   *     know whether it was
   */
  <R> R carryOut(Mutation<R> mutation, Optional<Version> current, Retry attempts) {
    Optional<Version> known = current;
    boolean unanswered = false;
    int refusals = 0;
    while (true) {
      boolean quoted = requests.quotesConditions();
      boolean lost;
      try {
        return mutation.send(known);
      } catch (SdkException e) {
        lost = e instanceof S3Exception answer && Requests.isLost(answer);
        boolean open = !lost && S3Errors.mayHaveTakenEffect(e);
        unanswered |= open;
        if (lost || open) {
          attempts.outcomeUnknown(); // a loss may be to an attempt of this very change
        }
        if (lost) {
          attempts.overtaken(e);
        } else {
          attempts.failed(e);
        }
      }
      Optional<Version> now = look(mutation.name(), attempts);
      Optional<R> result = mutation.decide(known, now, unanswered);
      if (result.isPresent()) {
        return result.get();
      }
      if (!unanswered) { // a request without an answer may still arrive
        attempts.outcomeKnown();
      }
      if (lost && now.equals(known)) {
        if (++refusals == MAX_REFUSALS) {
          throw faults.unfit(
              "refuses a conditional "
                  + (mutation instanceof GuardedDelete ? "DELETE" : "PUT")
                  + " although the condition holds, with "
                  + (now.isPresent() ? "If-Match and the ETag of the object" : "If-None-Match: *"));
        }
        requests.quoteConditions(!quoted);
      }
      known = now;
    }
  }

  /** What an object is now. */
  Optional<Version> look(String name) {
    try (Retry attempts = new Retry(faults, "look at " + name)) {
      return look(name, attempts);
    }
  }

  /** The same, as a part of what is attempted. */
  Optional<Version> look(String name, Retry attempts) {
    while (true) {
      try {
        Optional<Version> found = requests.look(name).map(Version.Seen::version);
        recent.saw(name, found);
        return found;
      } catch (SdkException e) {
        attempts.failed(e);
      }
    }
  }
}
