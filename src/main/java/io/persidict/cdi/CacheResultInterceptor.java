package io.persidict.cdi;

import jakarta.annotation.Priority;
import jakarta.inject.Inject;
import jakarta.interceptor.AroundInvoke;
import jakarta.interceptor.Interceptor;
import jakarta.interceptor.InvocationContext;
import java.io.Serializable;
import javax.cache.annotation.CacheResult;
import org.jspecify.annotations.Nullable;

/** Gives the stored result, or calls the method once and stores its result. */
@CacheResult
@Interceptor
@Priority(Interceptor.Priority.LIBRARY_BEFORE)
class CacheResultInterceptor implements Serializable {
  private static final long serialVersionUID = 1L;

  @Inject private CachedMethods methods;

  @AroundInvoke
  @Nullable Object intercept(InvocationContext context) throws Exception {
    return new ResultCall(methods.call(CacheResult.class, context)).outcome();
  }
}
