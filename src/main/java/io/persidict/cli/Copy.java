package io.persidict.cli;

import io.persidict.store.GetResult;
import io.persidict.store.Listed;
import io.persidict.store.Precondition;
import io.persidict.store.PutResult;
import io.persidict.store.Stat;
import io.persidict.store.Store;
import io.persidict.store.UnreadableException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Copies entries from one store to another, each version whole and as it is, with its times. What
 * is the same there already is left alone; what others change there meanwhile is left to them.
 */
final class Copy {
  /** How much some file systems, and S3, round times. */
  private static final Duration COARSEST_CLOCK = Duration.ofSeconds(1);

  private final Contents from;
  private final Contents to;
  private final NameLimits limits;
  private final boolean ahead;
  private final boolean keep;

  /** What became of an entry. */
  enum Outcome {
    COPIED,
    SAME,
    /** It differs, but is not to be replaced. */
    KEPT,
    EXPIRED,
    GONE,
    /** It is nothing that can be copied, or is not to be replaced, or was changed meanwhile. */
    SKIPPED
  }

  /**
   * An outcome.
   *
   * @param bytes that were copied
   * @param reason why it was skipped, as a sentence; null if it was not
   */
  record Result(Outcome outcome, long bytes, @Nullable String reason) {
    static Result of(Outcome outcome) {
      return new Result(outcome, 0, null);
    }
  }

  /**
   * @param limits of the names at {@code to}
   * @param ahead whether {@code to} answers many requests at once as fast as one
   * @param keep whether entries that differ are left as they are
   */
  Copy(Contents from, Contents to, NameLimits limits, boolean ahead, boolean keep) {
    this.from = from;
    this.to = to;
    this.limits = limits;
    this.ahead = ahead;
    this.keep = keep;
  }

  /** Copies entry by entry, as the results are read. Close the stream. */
  Stream<Result> run() {
    Store manyAtOnce = ahead ? to.store() : from.store();
    return manyAtOnce.concurrently(from.list(), this::copy);
  }

  private Result copy(Listed listed) {
    String source = listed.name();
    if (from.place(source).isEmpty()) {
      return skipped(from, source, "has a name that no key has");
    }
    String name;
    try {
      name = to.nameLike(from, source);
    } catch (IllegalArgumentException e) {
      return skipped(from, source, "has no name at the target: " + e.getMessage());
    }
    String tooLong = limits.refusal(name);
    if (tooLong != null) {
      return skipped(from, source, tooLong);
    }
    Optional<Stat> there = to.store().stat(name);
    if (there.isPresent()
        && isSameByDigest(listed.stat(), there.get())
        && !endsEarlier(there.get(), listed.stat())) {
      return Result.of(Outcome.SAME);
    }
    GetResult now;
    try {
      now = from.store().get(source, Optional.empty());
    } catch (UnreadableException e) {
      return skipped(from, source, e.reason());
    }
    if (!(now instanceof GetResult.Found found)) {
      return Result.of(Outcome.GONE);
    }
    Entry entry = from.decoded(source, found.bytes(), found.stat());
    String unreadable = entry.unreadable();
    if (unreadable != null) {
      return skipped(from, source, unreadable);
    }
    return entry.isExpiredAt(Instant.now()) ? Result.of(Outcome.EXPIRED) : put(name, found, there);
  }

  /** Puts a version in the place of the one that is there, unless somebody changes that. */
  private Result put(String name, GetResult.Found found, Optional<Stat> there) {
    boolean isSame = there.isPresent() && isSame(found.bytes(), name, there.get());
    if (isSame && !endsEarlier(there.get(), found.stat())) {
      return Result.of(Outcome.SAME);
    }
    if (there.isPresent() && (keep || to.isImmutable()) && isThere(name)) {
      return isSame
          ? Result.of(Outcome.SAME)
          : keep
              ? Result.of(Outcome.KEPT)
              : skipped(to, name, "is immutable at the target, and differs");
    }
    Precondition unchanged =
        there.map(Stat::etag).map(Precondition::matches).orElse(Precondition.absent());
    PutResult result = to.store().put(name, found.bytes(), unchanged, found.stat().lastModified());
    if (result instanceof PutResult.Written) {
      return new Result(Outcome.COPIED, found.bytes().length, null);
    }
    // Another copy may have put the same there.
    Optional<Stat> others = to.store().stat(name);
    return others.isPresent() && isSame(found.bytes(), name, others.get())
        ? Result.of(Outcome.SAME)
        : skipped(to, name, "was changed at the target meanwhile");
  }

  /** Whether an entry at the target is one, and neither damaged nor over. */
  private boolean isThere(String name) {
    return to.read(name).filter(entry -> !entry.isNoneAt(Instant.now())).isPresent();
  }

  /** Whether a bare value would be over at the target, by its file's time, before it is here. */
  private boolean endsEarlier(Stat there, Stat here) {
    return (from.endsByFileTime() || to.endsByFileTime())
        && here.lastModified().isAfter(there.lastModified().plus(COARSEST_CLOCK));
  }

  private static Result skipped(Contents where, String name, String reason) {
    return new Result(
        Outcome.SKIPPED,
        0,
        where.store() + Texts.printable(name) + " was skipped: it " + Texts.printable(reason));
  }

  /** Whether both versions name themselves by the same digest of their bytes. */
  private static boolean isSameByDigest(Stat one, Stat other) {
    return one.size() == other.size()
        && isDigest(one.etag().value())
        && one.etag().equals(other.etag());
  }

  private static boolean isDigest(String etag) {
    return etag.matches("[0-9a-f]{32}");
  }

  private boolean isSame(byte[] bytes, String name, Stat there) {
    if (there.size() != bytes.length) {
      return false;
    }
    if (isDigest(there.etag().value()) && there.etag().value().equals(md5(bytes))) {
      return true;
    }
    return to.store().read(name).filter(stored -> Arrays.equals(stored, bytes)).isPresent();
  }

  private static String md5(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has MD5", e);
    }
  }
}
