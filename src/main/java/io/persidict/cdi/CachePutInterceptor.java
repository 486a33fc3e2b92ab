package io.persidict.cdi;

import jakarta.annotation.Priority;
import jakarta.inject.Inject;
import jakarta.interceptor.AroundInvoke;
import jakarta.interceptor.Interceptor;
import jakarta.interceptor.InvocationContext;
import java.io.Serializable;
import javax.cache.Cache;
import javax.cache.annotation.CacheInvocationParameter;
import javax.cache.annotation.CachePut;
import org.jspecify.annotations.Nullable;

/** Stores an argument before or after the method is called. */
@CachePut
@Interceptor
@Priority(Interceptor.Priority.LIBRARY_BEFORE)
class CachePutInterceptor implements Serializable {
  private static final long serialVersionUID = 1L;

  @Inject private CachedMethods methods;

  @AroundInvoke
  @Nullable Object intercept(InvocationContext context) throws Exception {
    Call<CachePut> call = methods.call(CachePut.class, context);
    CachePut annotation = call.getCacheAnnotation();
    CacheInvocationParameter value = call.getValueParameter();
    if (value == null) {
      throw call.details().failure("none of its parameters is annotated with @CacheValue", null);
    }
    Cache<Object, Object> cache = call.cache();
    Object key = call.copyOf(call.key(), cache);
    return call.proceed(
        annotation.afterInvocation(),
        ExceptionFilter.changing(annotation.cacheFor(), annotation.noCacheFor()),
        () -> call.put(cache, key, value.getValue()));
  }
}
