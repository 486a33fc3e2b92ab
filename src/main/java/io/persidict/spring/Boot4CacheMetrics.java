package io.persidict.spring;

import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.persidict.jcache.PersiDictCache;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.cache.metrics.CacheMeterBinderProvider;
import org.springframework.cache.jcache.JCacheCache;

/** Has Boot 4 measure no cache of this library, since {@code PersiDictMetrics} does. */
final class Boot4CacheMetrics implements CacheMeterBinderProvider<JCacheCache> {
  /** Null for a cache of another library. */
  @Override
  @SuppressWarnings("NullAway") // as Boot's Javadoc allows
  public @Nullable MeterBinder getMeterBinder(JCacheCache cache, Iterable<Tag> tags) {
    return cache.getNativeCache() instanceof PersiDictCache ? registry -> {} : null;
  }
}
