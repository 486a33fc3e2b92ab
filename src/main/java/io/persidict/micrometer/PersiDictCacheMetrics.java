package io.persidict.micrometer;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.BaseUnits;
import io.micrometer.core.instrument.binder.cache.CacheMeterBinder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.persidict.metrics.CacheCounters;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import javax.cache.Cache;

/**
 * What this process does with one cache, which may have any name. Counts from when this is made,
 * whether the cache's JMX statistics are enabled or not.
 *
 * <p>{@code cache.size} (as maintenance of the store learnt it last), {@code cache.gets} ({@code
 * result} hit or miss), {@code cache.puts}, {@code cache.removals}, {@code cache.evictions} (from
 * the store), {@code cache.load} ({@code result} success or failure) and {@code
 * cache.load.duration} are as Micrometer has them for other caches; {@code persidict.cache.size}
 * (in bytes), {@code persidict.cache.hits} ({@code tier} memory, copy or store), {@code
 * persidict.cache.expirations}, {@code persidict.cache.unreadable} and {@code
 * persidict.cache.lock.wait} are not. Each has the tag {@code cache}.
 */
public final class PersiDictCacheMetrics extends CacheMeterBinder<CacheCounters> {
  private static final String GETS_BY_TIER = "persidict.cache.hits";

  /**
   * Metrics that are not registered yet; the cache counts from now on.
   *
   * @param cache open, and of this library
   * @param tags of all meters, besides the cache's name
   * @throws IllegalArgumentException if {@code cache} is none of this library
   */
  public PersiDictCacheMetrics(Cache<?, ?> cache, Iterable<Tag> tags) {
    this(cache.getName(), cache.unwrap(CacheCounters.class), tags);
  }

  PersiDictCacheMetrics(String name, CacheCounters counters, Iterable<Tag> tags) {
    super(counters, name, tags);
  }

  private long count(ToDoubleFunction<CacheCounters> what) {
    CacheCounters counters = getCache();
    return counters == null ? 0 : (long) what.applyAsDouble(counters);
  }

  /** As maintenance learnt it last. */
  @Override
  protected Long size() {
    return count(CacheCounters::storedEntries);
  }

  @Override
  protected long hitCount() {
    return count(CacheCounters::hits);
  }

  @Override
  protected Long missCount() {
    return count(CacheCounters::misses);
  }

  @Override
  protected Long evictionCount() {
    return count(CacheCounters::evictions);
  }

  @Override
  protected long putCount() {
    return count(CacheCounters::puts);
  }

  @Override
  protected void bindImplementationSpecificMetrics(MeterRegistry registry) {
    CacheCounters counters = getCache();
    if (counters == null) {
      return;
    }
    Gauge.builder("cache.removals", counters, CacheCounters::removals)
        .tags(getTagsWithCacheName())
        .description("Cache removals")
        .register(registry);
    Gauge.builder("persidict.cache.size", counters, CacheCounters::storedBytes)
        .tags(getTagsWithCacheName())
        .baseUnit(BaseUnits.BYTES)
        .description("Bytes that the store allocates, as far as is known")
        .register(registry);
    counter(counters, GETS_BY_TIER, "tier", "memory", CacheCounters::memoryHits)
        .description("Gets that were answered, by what answered")
        .register(registry);
    counter(counters, GETS_BY_TIER, "tier", "copy", CacheCounters::copyHits).register(registry);
    counter(counters, GETS_BY_TIER, "tier", "store", CacheCounters::storeHits).register(registry);
    counter(counters, "cache.load", "result", "success", CacheCounters::loads)
        .description("Calls of the cache loader")
        .register(registry);
    counter(counters, "cache.load", "result", "failure", CacheCounters::failedLoads)
        .register(registry);
    TimeGauge.builder(
            "cache.load.duration", counters, TimeUnit.NANOSECONDS, CacheCounters::loadNanos)
        .tags(getTagsWithCacheName())
        .description("How long all calls of the cache loader took")
        .register(registry);
    FunctionCounter.builder("persidict.cache.expirations", counters, CacheCounters::expirations)
        .tags(getTagsWithCacheName())
        .description("Entries deleted because their time was over")
        .register(registry);
    FunctionCounter.builder("persidict.cache.unreadable", counters, CacheCounters::unreadable)
        .tags(getTagsWithCacheName())
        .description("Entries that could not be read")
        .register(registry);
    FunctionTimer.builder(
            "persidict.cache.lock.wait",
            counters,
            CacheCounters::lockWaits,
            CacheCounters::lockWaitNanos,
            TimeUnit.NANOSECONDS)
        .tags(getTagsWithCacheName())
        .description("Waits for another thread that has the same entry")
        .register(registry);
  }

  /**
   * Takes the meters away that {@link #bindTo} has registered, whatever its filters made of them.
   */
  void unbindFrom(MeterRegistry registry) {
    SimpleMeterRegistry same = new SimpleMeterRegistry();
    bindTo(same);
    same.getMeters().forEach(meter -> registry.removeByPreFilterId(meter.getId()));
    same.close();
  }

  private FunctionCounter.Builder<CacheCounters> counter(
      CacheCounters counters,
      String name,
      String tag,
      String value,
      ToDoubleFunction<CacheCounters> count) {
    return FunctionCounter.builder(name, counters, count)
        .tags(Tags.concat(getTagsWithCacheName(), tag, value));
  }
}
