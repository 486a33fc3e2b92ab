package io.persidict.maintenance;

import java.util.Arrays;

/**
 * Finds out which entries are to go so that a store is within its bound, from one look at each and
 * in constant space: counts them by age, in steps of about one percent.
 *
 * <p>First go those that nobody has used since they were written, the oldest ones first, except for
 * the fifth of all entries that was written last. Then go those whose last use, or writing, is
 * longest ago. So what is read once by a scan does not drive out what is read again and again.
 */
final class Victims {
  private static final int STEPS = 64;
  private static final int BUCKETS = STEPS * 64;

  /** The part of the entries, written last, that has time to be used. */
  private static final int YOUNG = 5;

  /** The part of the entries, used last longest ago, whose uses are worth remembering again. */
  private static final int DUE = 16;

  private final long now;
  private final Counts written = new Counts();
  private final Counts unused = new Counts();
  private final Counts used = new Counts();
  private long entries;
  private long bytes;

  /**
   * Nothing counted yet.
   *
   * @param now in ms since the epoch, by the clock of the store
   */
  Victims(long now) {
    this.now = now;
  }

  /** Entries and bytes by age. */
  private static final class Counts {
    final long[] entries = new long[BUCKETS];
    final long[] bytes = new long[BUCKETS];

    void add(int bucket, long size) {
      entries[bucket]++;
      bytes[bucket] += size;
    }
  }

  /** The older, the higher. */
  private int bucket(long time) {
    double age = Math.max(0, now - time) + 1.0;
    int octave = Math.getExponent(age);
    int step = (int) ((age / Math.scalb(1.0, octave) - 1) * STEPS);
    return Math.min(BUCKETS - 1, octave * STEPS + step);
  }

  /** The latest time of a bucket. */
  private long time(int bucket) {
    double age = Math.scalb(1.0 + (bucket % STEPS) / (double) STEPS, bucket / STEPS);
    return now - (long) age + 1;
  }

  /**
   * Counts an entry.
   *
   * @param writtenAt in ms since the epoch, by the clock of the store
   * @param usedAt likewise; at most {@code writtenAt} if it was never used
   * @param size in bytes, as the storage allocates them
   */
  void add(long writtenAt, long usedAt, long size) {
    entries++;
    bytes += size;
    written.add(bucket(writtenAt), size);
    (usedAt > writtenAt ? used : unused).add(bucket(Math.max(usedAt, writtenAt)), size);
  }

  long entries() {
    return entries;
  }

  long bytes() {
    return bytes;
  }

  /**
   * {@return before when an entry must have been used last for a new use to be worth remembering,
   * in ms since the epoch: so that the order among those that may go soon is known}
   */
  long due() {
    long left = (entries + DUE - 1) / DUE;
    int bucket = BUCKETS - 1;
    while (bucket > 0 && (left -= used.entries[bucket] + unused.entries[bucket]) > 0) {
      bucket--;
    }
    return time(bucket);
  }

  /** {@return those that are to go so that no more than so many entries and bytes are left} */
  Plan plan(long maxEntries, long maxBytes) {
    long entriesToGo = Math.max(0, entries - maxEntries);
    long bytesToGo = Math.max(0, bytes - maxBytes);
    long young = entries / YOUNG;
    int old = 0;
    while (old < BUCKETS && (young -= written.entries[old]) >= 0) {
      old++;
    }
    int unusedFrom = BUCKETS;
    while (unusedFrom > old && (entriesToGo > 0 || bytesToGo > 0)) {
      unusedFrom--;
      entriesToGo -= unused.entries[unusedFrom];
      bytesToGo -= unused.bytes[unusedFrom];
    }
    int anyFrom = BUCKETS;
    while (anyFrom > 0 && (entriesToGo > 0 || bytesToGo > 0)) {
      anyFrom--;
      entriesToGo -= used.entries[anyFrom] + (anyFrom < unusedFrom ? unused.entries[anyFrom] : 0);
      bytesToGo -= used.bytes[anyFrom] + (anyFrom < unusedFrom ? unused.bytes[anyFrom] : 0);
    }
    return new Plan(this, unusedFrom, anyFrom);
  }

  /**
   * Which ages are to go.
   *
   * @param counted knows the buckets
   * @param unusedFrom the youngest bucket of entries that go if they were never used
   * @param anyFrom the youngest bucket of entries that go in any case
   */
  record Plan(Victims counted, int unusedFrom, int anyFrom) {
    /** Whether such an entry may go. */
    boolean includes(long writtenAt, long usedAt) {
      int bucket = counted.bucket(Math.max(usedAt, writtenAt));
      return bucket >= anyFrom || (usedAt <= writtenAt && bucket >= unusedFrom);
    }
  }

  @Override
  public String toString() {
    return entries
        + " entries of "
        + bytes
        + " bytes, "
        + Arrays.stream(used.entries).sum()
        + " used";
  }
}
