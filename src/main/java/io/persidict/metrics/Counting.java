package io.persidict.metrics;

import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/** The counters of one cache, for those who count. They count nothing until somebody asks. */
public final class Counting implements CacheCounters {
  private final LongAdder hits = new LongAdder();
  private final LongAdder misses = new LongAdder();
  private final LongAdder memoryHits = new LongAdder();
  private final LongAdder copyHits = new LongAdder();
  private final LongAdder storeHits = new LongAdder();

  /** Whether a local copy answered what the thread has asked for last. */
  private final ThreadLocal<Boolean> byCopy = new ThreadLocal<>();

  private final LongAdder puts = new LongAdder();
  private final LongAdder removals = new LongAdder();
  private final LongAdder expirations = new LongAdder();
  private final LongAdder evictions = new LongAdder();
  private final LongAdder unreadable = new LongAdder();
  private final LongAdder loads = new LongAdder();
  private final LongAdder failedLoads = new LongAdder();
  private final LongAdder loadNanos = new LongAdder();
  private final LongAdder lockWaits = new LongAdder();
  private final LongAdder lockWaitNanos = new LongAdder();
  private volatile LongSupplier entries = () -> 0;
  private volatile LongSupplier bytes = () -> 0;
  private volatile boolean isOn;

  /** Nothing counted yet. */
  public Counting() {}

  /**
   * Counts from now on, if it has not already.
   *
   * @return this
   */
  public CacheCounters begin() {
    isOn = true;
    return this;
  }

  /** {@return whether it counts} */
  public boolean isOn() {
    return isOn;
  }

  private void add(LongAdder adder, long n) {
    if (isOn) {
      adder.add(n);
    }
  }

  /**
   * A lookup ended.
   *
   * @param hit whether it found an entry
   */
  public void lookedUp(boolean hit) {
    add(hit ? hits : misses, 1);
  }

  /** Memory answered. */
  public void foundInMemory() {
    add(memoryHits, 1);
  }

  /** This thread is about to ask what lies below memory. */
  public void asksBelowMemory() {
    if (isOn) {
      byCopy.remove();
    }
  }

  /** A local copy answers this thread. */
  public void copyAnswered() {
    if (isOn) {
      byCopy.set(true);
    }
  }

  /** The store answered this thread, or a local copy. */
  public void foundBelowMemory() {
    if (isOn) {
      (byCopy.get() == null ? storeHits : copyHits).increment();
      byCopy.remove();
    }
  }

  /**
   * Tells who knows how much is stored; nobody unless told. Both are called by any thread, at each
   * question.
   *
   * @param storedEntries 0 if that is not known
   * @param storedBytes likewise, as the storage allocates them
   */
  public void sizeIs(LongSupplier storedEntries, LongSupplier storedBytes) {
    entries = storedEntries;
    bytes = storedBytes;
  }

  /** An entry was written. */
  public void put() {
    add(puts, 1);
  }

  /** An entry was removed. */
  public void removed() {
    add(removals, 1);
  }

  /** An entry was deleted whose time was over. */
  public void expired() {
    add(expirations, 1);
  }

  /** An entry was taken from a store that was beyond its bound. */
  public void evicted() {
    add(evictions, 1);
  }

  /** An entry cannot be read. */
  public void unreadableEntry() {
    add(unreadable, 1);
  }

  /**
   * A call of the loader ended.
   *
   * @param success whether it returned, and did not throw
   * @param nanos how long it took
   */
  public void loaded(boolean success, long nanos) {
    add(success ? loads : failedLoads, 1);
    add(loadNanos, nanos);
  }

  /**
   * A thread waited for another one that had the same entry.
   *
   * @param nanos how long
   */
  public void waited(long nanos) {
    add(lockWaits, 1);
    add(lockWaitNanos, nanos);
  }

  @Override
  public long hits() {
    return hits.sum();
  }

  @Override
  public long misses() {
    return misses.sum();
  }

  @Override
  public long memoryHits() {
    return memoryHits.sum();
  }

  @Override
  public long copyHits() {
    return copyHits.sum();
  }

  @Override
  public long storeHits() {
    return storeHits.sum();
  }

  @Override
  public long puts() {
    return puts.sum();
  }

  @Override
  public long removals() {
    return removals.sum();
  }

  @Override
  public long expirations() {
    return expirations.sum();
  }

  @Override
  public long evictions() {
    return evictions.sum();
  }

  @Override
  public long storedEntries() {
    return entries.getAsLong();
  }

  @Override
  public long storedBytes() {
    return bytes.getAsLong();
  }

  @Override
  public long unreadable() {
    return unreadable.sum();
  }

  @Override
  public long loads() {
    return loads.sum();
  }

  @Override
  public long failedLoads() {
    return failedLoads.sum();
  }

  @Override
  public long loadNanos() {
    return loadNanos.sum();
  }

  @Override
  public long lockWaits() {
    return lockWaits.sum();
  }

  @Override
  public long lockWaitNanos() {
    return lockWaitNanos.sum();
  }
}
