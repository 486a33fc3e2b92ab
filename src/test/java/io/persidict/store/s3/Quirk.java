package io.persidict.store.s3;

/** A way in which a server differs from AWS, as users of several servers report it. */
public enum Quirk {
  /** An unconditional PUT or DELETE that races with a conditional PUT is acknowledged and lost. */
  LOSES_UNCONDITIONAL,
  /** Header names are written as {@code X-Amz-Meta-Persidict-Writes}. */
  CAPITALIZED_HEADERS,
  HEAD_WITHOUT_LENGTH,
  HEAD_WITHOUT_LAST_MODIFIED,
  HEAD_WITHOUT_ETAG,
  PUT_WITHOUT_ETAG,
  /** ETags are told as {@code W/"..."}. */
  WEAK_ETAGS,
  /** An ETag in a condition is understood in quotes alone. */
  QUOTED_CONDITIONS,
  /** 304 to a PUT whose condition is lost. */
  NOT_MODIFIED_FOR_LOST,
  /** 409 PreconditionFailed to a PUT whose condition is lost. */
  CONFLICT_FOR_LOST,
  /** A listing that goes on does not say so, but where. */
  LIST_WITHOUT_IS_TRUNCATED,
  /** Names in a listing are not encoded, although that was asked for. */
  LIST_UNENCODED,
  /** 400 to a batch of deletions whose checksum is another than MD5. */
  WANTS_CONTENT_MD5,

  // what no store can be kept on

  NO_LAST_MODIFIED,
  NO_ETAG,
  NO_METADATA,
  /** 501 to a condition of a PUT. */
  NO_CONDITIONS,
  /** 412 to every condition of a PUT. */
  REFUSES_CONDITIONS,
  LIST_WITHOUT_TOKEN,
  LIST_IGNORES_TOKEN;

  /** Whether a store can be kept on such a server. */
  public boolean isBearable() {
    return compareTo(NO_LAST_MODIFIED) < 0;
  }
}
