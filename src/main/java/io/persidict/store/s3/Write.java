package io.persidict.store.s3;

import io.persidict.store.ETag;
import io.persidict.store.Precondition;
import io.persidict.store.PutResult;
import io.persidict.store.StoreException;
import io.persidict.store.s3.Requests.Header;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import software.amazon.awssdk.core.exception.SdkException;

/**
 * One write of an object, under a condition that the server tests. The object's {@link
 * WriteHistory} tells, after an answer that did not come, whether the write took effect.
 *
 * @param blind whether a write that nothing is demanded for is sent without a condition
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Write(
    Mutations mutations,
    Retry attempts,
    WriteId id,
    String name,
    byte[] bytes,
    Guard guard,
    boolean blind)
    implements Mutation<PutResult> {

  /** What is demanded of the entry that is to be written over. */
  interface Guard {
    Guard NOTHING = live -> true;
    Guard ABSENT = Optional::isEmpty;
    Guard PRESENT = Optional::isPresent;

    boolean holds(Optional<ETag> live);

    static Guard of(Precondition precondition) {
      if (precondition instanceof Precondition.Matches matches) {
        return live -> live.equals(Optional.of(matches.etag()));
      }
      return precondition == Precondition.absent() ? ABSENT : NOTHING;
    }
  }

  /**
   * Writes, or finds out that the guard does not hold.
   *
   * @throws StoreException if it could not be found out in time whether the write took effect
   */
  PutResult run() {
    if (isUnconditional()) {
      return mutations.carryOut(this, Optional.empty(), attempts);
    }
    Optional<Version> current =
        mutations.recent().find(name).filter(last -> guard.holds(Version.live(Optional.of(last))));
    boolean probablyAbsent = guard.holds(Optional.empty()) && bytes.length <= Upload.THRESHOLD;
    if (current.isEmpty() && !probablyAbsent) {
      current = mutations.look(name, attempts);
      if (!guard.holds(Version.live(current))) {
        return lost(current);
      }
    }
    return mutations.carryOut(this, current, attempts);
  }

  private boolean isUnconditional() {
    return blind && guard == Guard.NOTHING;
  }

  private static PutResult lost(Optional<Version> current) {
    return new PutResult.Lost(Version.live(current));
  }

  @Override
  public Optional<PutResult> decide(
      Optional<Version> asked, Optional<Version> now, boolean unanswered) {
    if (now.isPresent() && now.get().writes().include(id)) {
      return Optional.of(new PutResult.Written(ownETag(now.get())));
    }
    if (mutations.recent().hasSeen(id)) {
      return Optional.of(new PutResult.Written(gone()));
    }
    if (unanswered && now.isPresent() && !now.equals(asked) && mayBeOurs(now.get())) {
      throw mutations
          .faults()
          .unfit(
              "does not tell the user metadata of objects (x-amz-meta-...), so nobody can know"
                  + " whether the write of "
                  + name
                  + " took effect, to which there was no answer");
    }
    if (unanswered && !isUnconditional() && asked.isPresent() && !follows(now, asked.get())) {
      throw attempts.unknown();
    }
    return guard.holds(Version.live(now)) ? Optional.empty() : Optional.of(lost(now));
  }

  /** Whether what is there now would name this write if it had taken effect. */
  private static boolean follows(Optional<Version> now, Version asked) {
    return now.isPresent() && now.get().follows(asked);
  }

  /** Whether an object without a history may be this write's, on a server that drops them. */
  private boolean mayBeOurs(Version now) {
    return now.writes().equals(WriteHistory.NONE)
        && !mutations.requests().keepsMetadata()
        && now.etag().value().equalsIgnoreCase(md5());
  }

  private String md5() {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has MD5", e);
    }
  }

  @Override
  public PutResult send(Optional<Version> current) {
    WriteHistory writes =
        current
            .filter(there -> !isUnconditional())
            .map(there -> there.replacedBy(id))
            .orElse(WriteHistory.beginningWith(id));
    Optional<ETag> etag = request(current, writes);
    if (etag.isEmpty()) {
      return new PutResult.Written(lookForETag());
    }
    mutations.recent().saw(name, Optional.of(new Version(etag.get(), Tombstone.is(bytes), writes)));
    return new PutResult.Written(etag.get());
  }

  private Optional<ETag> request(Optional<Version> current, WriteHistory writes) {
    Requests requests = mutations.requests();
    if (!isUnconditional()) {
      Header header = current.map(there -> Header.matches(there.etag())).orElse(Header.ABSENT);
      return requests.put(name, bytes, header, writes);
    }
    return bytes.length > Upload.THRESHOLD
        ? new Upload(requests, name, bytes).send(attempts, writes)
        : requests.put(name, bytes, Header.NONE, writes);
  }

  /** The ETag of this write, which took effect and was answered without telling it. */
  private ETag lookForETag() {
    try {
      return mutations.look(name, attempts).map(this::ownETag).orElseGet(this::gone);
    } catch (StoreException e) {
      if (e.getCause() instanceof SdkException) {
        return gone(); // the write is not undone by a fault of the question
      }
      throw e;
    }
  }

  /** This write's ETag; if others have written since, one that no version has any more. */
  private ETag ownETag(Version now) {
    boolean isOwn =
        now.writes().newest().equals(Optional.of(id))
            || (now.writes().equals(WriteHistory.NONE)
                && now.etag().value().equalsIgnoreCase(md5()));
    return isOwn ? now.etag() : gone();
  }

  private ETag gone() {
    return new ETag("overwritten-" + id);
  }
}
