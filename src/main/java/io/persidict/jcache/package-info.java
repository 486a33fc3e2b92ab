/**
 * JCache (JSR-107) on persistent dictionaries.
 *
 * <p>{@link io.persidict.jcache.PersiDictCachingProvider} is found by {@code
 * javax.cache.Caching.getCachingProvider()}. Each cache is a directory or S3 prefix below its
 * manager's URI; each entry is a file or object that holds a {@link
 * io.persidict.jcache.StoredEntry}.
 *
 * <p>A method of {@code Cache} is an {@link io.persidict.jcache.Operation}: a decision over one
 * entry as it is. The {@link io.persidict.jcache.Engine} alone commits, expires, counts, notifies
 * and calls loaders and writers; {@link io.persidict.jcache.StoredEntries} reads and writes for it,
 * by way of {@link io.persidict.jcache.Memory} where a cache has some.
 *
 * <p>May import {@code io.persidict}, {@code key}, {@code format}, {@code tier}, {@code store} and
 * {@code lease}.
 */
@NullMarked
package io.persidict.jcache;

import org.jspecify.annotations.NullMarked;
