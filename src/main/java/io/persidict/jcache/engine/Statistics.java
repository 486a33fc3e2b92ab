package io.persidict.jcache.engine;

import io.persidict.metrics.Counting;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import javax.cache.management.CacheStatisticsMXBean;

/** What this process did with a cache since it opened it; other processes count for themselves. */
public final class Statistics implements CacheStatisticsMXBean {
  private final Counting counting;
  private volatile boolean enabled;
  private final LongAdder hits = new LongAdder();
  private final LongAdder misses = new LongAdder();
  private final LongAdder puts = new LongAdder();
  private final LongAdder removals = new LongAdder();
  private final LongAdder evictions = new LongAdder();
  private final LongAdder getNanos = new LongAdder();
  private final LongAdder putNanos = new LongAdder();
  private final LongAdder removeNanos = new LongAdder();

  /**
   * @param counting counts also while this is disabled
   */
  public Statistics(Counting counting) {
    this.counting = counting;
  }

  /** What counts also while this is disabled. */
  Counting counting() {
    return counting;
  }

  /** Whether anything is counted. */
  boolean counts() {
    return enabled || counting.isOn();
  }

  boolean isEnabled() {
    return enabled;
  }

  public void enable(boolean enable) {
    enabled = enable;
  }

  void lookedUp(boolean hit, long nanos) {
    counting.lookedUp(hit);
    if (!enabled) {
      return;
    }
    (hit ? hits : misses).increment();
    getNanos.add(nanos);
  }

  void put(long nanos) {
    counting.put();
    if (!enabled) {
      return;
    }
    puts.increment();
    putNanos.add(nanos);
  }

  void removed(long nanos) {
    counting.removed();
    if (!enabled) {
      return;
    }
    removals.increment();
    removeNanos.add(nanos);
  }

  @Override
  public void clear() {
    for (LongAdder adder :
        new LongAdder[] {
          hits, misses, puts, removals, evictions, getNanos, putNanos, removeNanos
        }) {
      adder.reset();
    }
  }

  @Override
  public long getCacheHits() {
    return hits.sum();
  }

  @Override
  public float getCacheHitPercentage() {
    return percentage(hits.sum());
  }

  @Override
  public long getCacheMisses() {
    return misses.sum();
  }

  @Override
  public float getCacheMissPercentage() {
    return percentage(misses.sum());
  }

  private float percentage(long part) {
    long gets = getCacheGets();
    return gets == 0 ? 0 : 100f * part / gets;
  }

  @Override
  public long getCacheGets() {
    return hits.sum() + misses.sum();
  }

  @Override
  public long getCachePuts() {
    return puts.sum();
  }

  @Override
  public long getCacheRemovals() {
    return removals.sum();
  }

  /** Counts an entry that went because the store was beyond its bound. */
  public void evicted() {
    counting.evicted();
    if (enabled) {
      evictions.increment();
    }
  }

  /** Counts an entry that nobody asked for, and that went because its time was over. */
  public void expiredUnasked() {
    counting.expired();
  }

  /** What this process evicted from the store; what leaves the memory tier is not counted. */
  @Override
  public long getCacheEvictions() {
    return evictions.sum();
  }

  @Override
  public float getAverageGetTime() {
    return averageMicros(getNanos.sum(), getCacheGets());
  }

  @Override
  public float getAveragePutTime() {
    return averageMicros(putNanos.sum(), getCachePuts());
  }

  @Override
  public float getAverageRemoveTime() {
    return averageMicros(removeNanos.sum(), getCacheRemovals());
  }

  private static float averageMicros(long nanos, long count) {
    return count == 0 ? 0 : (float) nanos / count / TimeUnit.MICROSECONDS.toNanos(1);
  }
}
