/**
 * JCache (JSR-107) on persistent dictionaries.
 *
 * <p>{@link io.persidict.jcache.PersiDictCachingProvider} is found by {@code
 * javax.cache.Caching.getCachingProvider()}. Each cache is a directory or S3 prefix below its
 * manager's URI; each entry is a file or object.
 *
 * <pre>{@code
 * CacheManager manager = Caching.getCachingProvider().getCacheManager();
 * Cache<String, Integer> lengths =
 *     manager.createCache(
 *         "lengths",
 *         new PersiDictConfiguration<String, Integer>().setMemoryMaxEntries(10_000));
 * }</pre>
 *
 * <p>This package has what users open. The settings are read in {@code jcache.config}, the
 * operations carried out in {@code jcache.engine}, the entries kept in {@code jcache.storage};
 * these three are internal.
 *
 * <p>May import the three, {@code io.persidict}, {@code key}, {@code format}, {@code tier}, {@code
 * maintenance}, {@code store} and {@code lease}.
 */
@NullMarked
package io.persidict.jcache;

import org.jspecify.annotations.NullMarked;
