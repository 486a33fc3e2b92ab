package io.persidict.store.s3;

import io.persidict.store.ETag;
import io.persidict.store.Precondition;
import io.persidict.store.PutResult;
import io.persidict.store.s3.Requests.Header;
import java.util.Optional;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * One write of an object. It is sent under a condition that the server tests; where the answer is
 * missing or says less than the caller must know, the object is looked at, whose {@link
 * WriteHistory} tell whether the write took effect. It is sent again only where it did not and the
 * precondition still holds.
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Write(
    Requests requests,
    RecentVersions recent,
    WriteId id,
    String name,
    byte[] bytes,
    Precondition precondition) {

  /**
   * Writes, or finds out that the precondition does not hold.
   *
   * @throws io.persidict.store.StoreException if it could not be found out in time whether the
   *     write took effect
   */
  PutResult run(Retry attempts) {
    Optional<Version> current = seenLast();
    if (current.isEmpty() && precondition instanceof Precondition.Matches) {
      current = look(attempts);
      if (!mayBeSent(current)) {
        return lost(current);
      }
    }
    while (true) {
      try {
        return send(attempts, current);
      } catch (S3Exception e) {
        if (Requests.isLost(e)) {
          attempts.overtaken(e);
        } else {
          attempts.failed(e);
        }
      } catch (SdkException e) {
        attempts.failed(e);
      }
      current = look(attempts);
      if (current.isPresent() && current.get().writes().include(id)) {
        return new PutResult.Written(ownETag(current.get()));
      }
      if (!mayBeSent(current)) {
        return lost(current);
      }
    }
  }

  /** The version that is to be replaced, as far as this store has seen it. */
  private Optional<Version> seenLast() {
    if (precondition instanceof Precondition.Matches matches) {
      return recent.find(name, matches.etag()).filter(version -> !version.isTombstone());
    }
    return precondition == Precondition.absent() ? recent.findTombstone(name) : Optional.empty();
  }

  private Optional<Version> look(Retry attempts) {
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

  /** Whether the precondition holds of {@code current}. */
  private boolean mayBeSent(Optional<Version> current) {
    Optional<ETag> live = live(current);
    if (precondition instanceof Precondition.Matches matches) {
      return live.isPresent() && live.get().equals(matches.etag());
    }
    return precondition == Precondition.none() || live.isEmpty();
  }

  private static Optional<ETag> live(Optional<Version> current) {
    return current.filter(version -> !version.isTombstone()).map(Version::etag);
  }

  private static PutResult lost(Optional<Version> current) {
    return new PutResult.Lost(live(current));
  }

  private PutResult send(Retry attempts, Optional<Version> current) {
    boolean unconditional = precondition == Precondition.none();
    WriteHistory writes =
        (unconditional ? WriteHistory.NONE : current.map(Version::writes).orElse(WriteHistory.NONE))
            .and(id);
    ETag etag;
    if (unconditional && bytes.length > Upload.THRESHOLD) {
      Optional<ETag> told = new Upload(requests, name, bytes).send(attempts, writes);
      etag =
          told.isPresent() ? told.get() : look(attempts).map(this::ownETag).orElseGet(this::gone);
    } else {
      Header header =
          unconditional
              ? Header.NONE
              : current.map(version -> Header.matches(version.etag())).orElse(Header.ABSENT);
      etag = requests.put(name, bytes, header, writes);
    }
    recent.saw(name, Optional.of(new Version(etag, Tombstone.is(bytes), writes)));
    return new PutResult.Written(etag);
  }

  /** This write's ETag; if others have written since, one that no version has any more. */
  private ETag ownETag(Version current) {
    return current.writes().endWith(id) ? current.etag() : gone();
  }

  private ETag gone() {
    return new ETag("overwritten-" + id);
  }
}
