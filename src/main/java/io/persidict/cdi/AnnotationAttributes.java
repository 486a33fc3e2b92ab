package io.persidict.cdi;

import java.lang.annotation.Annotation;
import javax.cache.annotation.CacheDefaults;
import javax.cache.annotation.CacheKeyGenerator;
import javax.cache.annotation.CachePut;
import javax.cache.annotation.CacheRemove;
import javax.cache.annotation.CacheRemoveAll;
import javax.cache.annotation.CacheResolverFactory;
import javax.cache.annotation.CacheResult;

/** What the annotations have in common. An empty name or the interface itself is "not given". */
record AnnotationAttributes(
    String cacheName,
    Class<? extends CacheResolverFactory> resolverFactory,
    Class<? extends CacheKeyGenerator> keyGenerator) {

  static AnnotationAttributes of(Annotation annotation) {
    if (annotation instanceof CacheResult result) {
      return new AnnotationAttributes(
          result.cacheName(), result.cacheResolverFactory(), result.cacheKeyGenerator());
    }
    if (annotation instanceof CachePut put) {
      return new AnnotationAttributes(
          put.cacheName(), put.cacheResolverFactory(), put.cacheKeyGenerator());
    }
    if (annotation instanceof CacheRemove remove) {
      return new AnnotationAttributes(
          remove.cacheName(), remove.cacheResolverFactory(), remove.cacheKeyGenerator());
    }
    if (annotation instanceof CacheRemoveAll removeAll) {
      return new AnnotationAttributes(
          removeAll.cacheName(), removeAll.cacheResolverFactory(), CacheKeyGenerator.class);
    }
    if (annotation instanceof CacheDefaults defaults) {
      return new AnnotationAttributes(
          defaults.cacheName(), defaults.cacheResolverFactory(), defaults.cacheKeyGenerator());
    }
    throw new AssertionError(annotation);
  }

  /** These, and those of {@code defaults} where not given. */
  AnnotationAttributes or(AnnotationAttributes defaults) {
    return new AnnotationAttributes(
        cacheName.isEmpty() ? defaults.cacheName : cacheName,
        resolverFactory == CacheResolverFactory.class ? defaults.resolverFactory : resolverFactory,
        keyGenerator == CacheKeyGenerator.class ? defaults.keyGenerator : keyGenerator);
  }
}
