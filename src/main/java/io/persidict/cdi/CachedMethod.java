package io.persidict.cdi;

import java.lang.annotation.Annotation;
import javax.cache.annotation.CacheKeyGenerator;
import javax.cache.annotation.CacheResolver;
import org.jspecify.annotations.Nullable;

/**
 * An annotated method, and what finds its caches and makes its keys.
 *
 * @param exceptionCaches null where exceptions are not cached
 */
record CachedMethod<A extends Annotation>(
    MethodDetails<A> details,
    CacheResolver caches,
    @Nullable CacheResolver exceptionCaches,
    CacheKeyGenerator keys) {}
