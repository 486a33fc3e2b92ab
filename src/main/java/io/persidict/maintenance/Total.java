package io.persidict.maintenance;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.persidict.store.ETag;
import io.persidict.store.GetResult.Found;
import io.persidict.store.Precondition;
import io.persidict.store.PutResult;
import io.persidict.store.Store;
import java.time.Duration;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * What all who use a store know of it together: a line of five numbers, changed by compare and set.
 * May be deleted at any time, at the price of a round.
 *
 * @param entries how many there were, with those that writers may still write
 * @param bytes how many these take
 * @param round when the last round began, in ms since the epoch by the clock of who ran it; 0 for
 *     never
 * @param due uses that were remembered before this, likewise by the store's clock, are worth
 *     remembering anew
 * @param repeats how many rounds have counted since something was written; a round misses what
 *     writers were about to write
 */
record Total(long entries, long bytes, long round, long due, long repeats) {
  static final String NAME = ".__total__";

  static final Total UNKNOWN = new Total(0, 0, 0, 0, 0);

  /**
   * The first round after a writer may miss what it was about to write; the second one does not.
   */
  private static final int SETTLED = 2;

  private static final Pattern LINE =
      Pattern.compile("(\\d{1,18}) (\\d{1,18}) (\\d{1,18}) (\\d{1,18}) (\\d{1,18})\n");

  /** What is stored, and its version; null if nothing is. */
  private record Stored(Total total, @Nullable ETag etag) {}

  private static Stored stored(Store store, String name) {
    if (!(store.get(name, Optional.empty()) instanceof Found found)) {
      return new Stored(UNKNOWN, null);
    }
    Matcher line = LINE.matcher(new String(found.bytes(), US_ASCII));
    Total total =
        line.matches()
            ? new Total(
                number(line, 1), number(line, 2), number(line, 3), number(line, 4), number(line, 5))
            : UNKNOWN;
    return new Stored(total, found.stat().etag());
  }

  private static long number(Matcher line, int group) {
    return Long.parseLong(line.group(group));
  }

  /** What is stored; {@link #UNKNOWN} if nothing is, or nothing that can be read. */
  static Total read(Store store, String name) {
    return stored(store, name).total;
  }

  /** Changes what is stored, and returns it. */
  static Total change(Store store, String name, UnaryOperator<Total> change) {
    while (true) {
      Stored now = stored(store, name);
      Total changed = change.apply(now.total);
      byte[] line =
          LongStream.of(changed.entries, changed.bytes, changed.round, changed.due, changed.repeats)
              .mapToObj(Long::toString)
              .collect(Collectors.joining(" ", "", "\n"))
              .getBytes(US_ASCII);
      Precondition unchanged =
          now.etag == null ? Precondition.absent() : Precondition.matches(now.etag);
      if (store.put(name, line, unchanged) instanceof PutResult.Written) {
        return changed;
      }
    }
  }

  /** Whether somebody has counted. */
  boolean isKnown() {
    return round > 0;
  }

  /** The same with more that is going to be written. */
  Total plus(long moreEntries, long moreBytes) {
    return new Total(entries + moreEntries, bytes + moreBytes, round, due, 0);
  }

  /**
   * What is told after a round.
   *
   * @param before what was stored when it began
   * @param entriesLeft how many it left
   * @param ended when, in ms since the epoch
   */
  Total afterRound(Total before, long entriesLeft, long bytesLeft, long ended, long nextDue) {
    if (round != before.round) {
      return plus(0, 0); // somebody else has told since, and is believed until it is counted again
    }
    long moreEntries = Math.max(0, entries - before.entries);
    long moreBytes = Math.max(0, bytes - before.bytes);
    boolean written = moreEntries > 0 || moreBytes > 0;
    return new Total(
        entriesLeft + moreEntries,
        bytesLeft + moreBytes,
        Math.max(1, ended),
        Math.max(0, nextDue),
        written ? 0 : Math.min(before.repeats + 1, SETTLED));
  }

  /** Whether what the last round told is all that there is. */
  boolean isSettled() {
    return repeats >= SETTLED;
  }

  /**
   * How long ago the last round was. Its time is told by the clock of who ran it, which may differ
   * from this one, and both may be set; but a round that was seen to come was between two looks.
   */
  static final class Age {
    private static final Duration AGES = Duration.ofSeconds(Long.MAX_VALUE);

    private long round;
    private long lookedAt;
    private boolean looked;
    private boolean sawItCome;
    private long after;
    private long before;

    /** To be called each time the total was read. */
    synchronized void saw(Total total) {
      long now = System.nanoTime();
      if (!looked || total.round != round) {
        sawItCome = looked;
        after = lookedAt;
        before = now;
        round = total.round;
      }
      looked = true;
      lookedAt = now;
    }

    /** As long ago as the clock says, within what was seen; ages if there is reason to doubt. */
    synchronized Duration of(Total total) {
      Duration told = Duration.ofMillis(System.currentTimeMillis() - total.round);
      if (!total.isKnown() || (total.round == round && !sawItCome && told.isNegative())) {
        return AGES;
      }
      if (total.round != round) {
        return Duration.ZERO; // there has been another one since it was read
      }
      long now = System.nanoTime();
      Duration least = Duration.ofNanos(now - before);
      Duration most = sawItCome ? Duration.ofNanos(now - after) : AGES;
      Duration some = told.compareTo(most) > 0 ? most : told;
      return some.compareTo(least) < 0 ? least : some;
    }
  }
}
