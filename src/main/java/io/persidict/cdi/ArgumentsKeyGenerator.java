package io.persidict.cdi;

import java.lang.annotation.Annotation;
import java.util.Arrays;
import javax.cache.annotation.CacheInvocationParameter;
import javax.cache.annotation.CacheKeyGenerator;
import javax.cache.annotation.CacheKeyInvocationContext;
import javax.cache.annotation.GeneratedCacheKey;

/** The generator where none is given: all arguments of the key, nothing of the method. */
final class ArgumentsKeyGenerator implements CacheKeyGenerator {
  @Override
  public GeneratedCacheKey generateCacheKey(
      CacheKeyInvocationContext<? extends Annotation> context) {
    return new ArgumentsKey(
        Arrays.stream(context.getKeyParameters())
            .map(CacheInvocationParameter::getValue)
            .toArray());
  }
}
