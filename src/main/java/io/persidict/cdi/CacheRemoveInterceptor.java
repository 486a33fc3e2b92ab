package io.persidict.cdi;

import jakarta.annotation.Priority;
import jakarta.inject.Inject;
import jakarta.interceptor.AroundInvoke;
import jakarta.interceptor.Interceptor;
import jakarta.interceptor.InvocationContext;
import java.io.Serializable;
import javax.cache.Cache;
import javax.cache.annotation.CacheRemove;
import org.jspecify.annotations.Nullable;

/** Removes an entry before or after the method is called. */
@CacheRemove
@Interceptor
@Priority(Interceptor.Priority.LIBRARY_BEFORE)
class CacheRemoveInterceptor implements Serializable {
  private static final long serialVersionUID = 1L;

  @Inject private CachedMethods methods;

  @AroundInvoke
  @Nullable Object intercept(InvocationContext context) throws Exception {
    Call<CacheRemove> call = methods.call(CacheRemove.class, context);
    CacheRemove annotation = call.getCacheAnnotation();
    Cache<Object, Object> cache = call.cache();
    Object key = call.copyOf(call.key(), cache);
    return call.proceed(
        annotation.afterInvocation(),
        ExceptionFilter.changing(annotation.evictFor(), annotation.noEvictFor()),
        () -> call.remove(cache, key));
  }
}
