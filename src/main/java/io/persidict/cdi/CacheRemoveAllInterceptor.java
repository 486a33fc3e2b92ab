package io.persidict.cdi;

import jakarta.annotation.Priority;
import jakarta.inject.Inject;
import jakarta.interceptor.AroundInvoke;
import jakarta.interceptor.Interceptor;
import jakarta.interceptor.InvocationContext;
import java.io.Serializable;
import javax.cache.Cache;
import javax.cache.annotation.CacheRemoveAll;
import org.jspecify.annotations.Nullable;

/** Removes all entries before or after the method is called. */
@CacheRemoveAll
@Interceptor
@Priority(Interceptor.Priority.LIBRARY_BEFORE)
class CacheRemoveAllInterceptor implements Serializable {
  private static final long serialVersionUID = 1L;

  @Inject private CachedMethods methods;

  @AroundInvoke
  @Nullable Object intercept(InvocationContext context) throws Exception {
    Call<CacheRemoveAll> call = methods.call(CacheRemoveAll.class, context);
    CacheRemoveAll annotation = call.getCacheAnnotation();
    Cache<Object, Object> cache = call.cache();
    return call.proceed(
        annotation.afterInvocation(),
        ExceptionFilter.changing(annotation.evictFor(), annotation.noEvictFor()),
        () -> call.removeAll(cache));
  }
}
