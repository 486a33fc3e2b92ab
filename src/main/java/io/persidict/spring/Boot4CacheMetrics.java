package io.persidict.spring;

import io.micrometer.core.instrument.Tag;
import io.persidict.jcache.PersiDictCache;
import io.persidict.micrometer.PersiDictCacheMetrics;
import javax.cache.Cache;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.cache.metrics.CacheMeterBinderProvider;
import org.springframework.cache.jcache.JCacheCache;

/** Has Boot 4 measure caches of this library by their own counters. */
final class Boot4CacheMetrics implements CacheMeterBinderProvider<JCacheCache> {
  /** Null for a cache of another library. */
  @Override
  @SuppressWarnings("NullAway") // as Boot's Javadoc allows
  public @Nullable PersiDictCacheMetrics getMeterBinder(JCacheCache cache, Iterable<Tag> tags) {
    Cache<?, ?> measured = cache.getNativeCache();
    return measured instanceof PersiDictCache ? new PersiDictCacheMetrics(measured, tags) : null;
  }
}
