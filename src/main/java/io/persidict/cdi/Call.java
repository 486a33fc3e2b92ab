package io.persidict.cdi;

import io.persidict.lease.NullResult;
import io.persidict.lease.ResultStore;
import jakarta.interceptor.InvocationContext;
import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Set;
import java.util.function.Predicate;
import javax.cache.Cache;
import javax.cache.annotation.CacheInvocationContext;
import javax.cache.annotation.CacheInvocationParameter;
import javax.cache.annotation.CacheKey;
import javax.cache.annotation.CacheKeyInvocationContext;
import javax.cache.annotation.CacheResolver;
import javax.cache.annotation.CacheValue;
import javax.cache.annotation.GeneratedCacheKey;
import org.jspecify.annotations.Nullable;

/** A call of an annotated method that is being intercepted. */
final class Call<A extends Annotation> implements CacheKeyInvocationContext<A> {
  private final CachedMethod<A> method;
  private final InvocationContext context;
  private final Argument[] arguments;

  Call(CachedMethod<A> method, InvocationContext context) {
    this.method = method;
    this.context = context;
    this.arguments = Argument.of(method.details().getMethod(), context.getParameters());
  }

  /** The cache that the resolver gives for this call. */
  Cache<Object, Object> cache() {
    return resolved(method.caches());
  }

  /** The cache for exceptions; null where these are not cached. */
  @Nullable Cache<Object, Object> exceptionCache() {
    CacheResolver resolver = method.exceptionCaches();
    return resolver == null ? null : resolved(resolver);
  }

  private Cache<Object, Object> resolved(CacheResolver resolver) {
    String call = resolver.getClass().getName() + ".resolveCache";
    CacheInvocationContext<A> self = this;
    Cache<Object, Object> cache =
        method.details().guarded(call + " has no cache for it", () -> resolver.resolveCache(self));
    if (cache == null) {
      throw method.details().failure(call + " returned null; it must return a cache", null);
    }
    return cache;
  }

  /** The key that the generator makes of the arguments as they are. */
  GeneratedCacheKey key() {
    String call = method.keys().getClass().getName() + ".generateCacheKey";
    GeneratedCacheKey key =
        method.details().guarded(call + " failed", () -> method.keys().generateCacheKey(this));
    if (key == null) {
      throw method.details().failure(call + " returned null; it must return a key", null);
    }
    return key;
  }

  /** A key like this one for the cache, whatever the method does to its arguments. */
  Object copyOf(Object key, Cache<Object, Object> cache) {
    return method
        .details()
        .guarded(
            "the cache \"" + cache.getName() + "\" does not take its key",
            () -> results(cache).copyOf(key));
  }

  /** Equal for the keys that are equal for the cache. */
  Object identityOf(Object key, Cache<Object, Object> cache) {
    return results(cache).identityOf(key);
  }

  private static ResultStore results(Cache<Object, Object> cache) {
    return ResultStore.of(cache::unwrap, cache::putIfAbsent, cache::get);
  }

  /** Calls the method itself. */
  @Nullable Object proceed() throws Exception {
    return context.proceed();
  }

  /**
   * Calls the method itself, and changes a cache before or after.
   *
   * @param exceptions those of the method after which the cache is changed all the same
   */
  @Nullable Object proceed(boolean changeAfter, ExceptionFilter exceptions, Runnable change)
      throws Exception {
    if (!changeAfter) {
      change.run();
      return proceed();
    }
    Object result;
    try {
      result = proceed();
    } catch (Throwable thrown) {
      changeAfter(thrown, exceptions, change);
      throw thrown;
    }
    change.run();
    return result;
  }

  /** What goes wrong here must not hide what the method has thrown. */
  void changeAfter(Throwable thrown, ExceptionFilter exceptions, Runnable change) {
    if (exceptions.applies(thrown)) {
      try {
        change.run();
      } catch (RuntimeException e) {
        if (e != thrown) {
          thrown.addSuppressed(e);
        }
      }
    }
  }

  /** What is stored; {@link NullResult#NULL} where null is. */
  @Nullable Object get(Cache<Object, Object> cache, Object key) {
    return method
        .details()
        .guarded("cannot read the cache \"" + cache.getName() + "\"", () -> cache.get(key));
  }

  /** Like {@link #get}, but an absent entry counts as no miss. */
  @Nullable Object getIfPresent(Cache<Object, Object> cache, Object key) {
    return method
        .details()
        .guarded(
            "cannot read the cache \"" + cache.getName() + "\"",
            () -> cache.containsKey(key) ? cache.get(key) : null);
  }

  /**
   * Stores {@code value}. Where it is null, stores what stands for that, or removes what is stored
   * in a cache that is not set to hold that.
   */
  void put(Cache<Object, Object> cache, Object key, @Nullable Object value) {
    Object stored = value == null && keepsNull(cache) ? NullResult.NULL : value;
    if (stored == null) {
      remove(cache, key);
    } else {
      change(cache, "store a " + stored.getClass().getName() + " in", () -> cache.put(key, stored));
    }
  }

  /** Whether the cache is set to hold null results. */
  static boolean keepsNull(Cache<Object, Object> cache) {
    return results(cache).keepsNull();
  }

  /** Stores {@code value} unless there is an entry; gives what is stored then. */
  Object putFirst(Cache<Object, Object> cache, Object key, Object value) {
    return method
        .details()
        .guarded(
            cannot("store a " + value.getClass().getName() + " in", cache),
            () -> results(cache).putFirst(key, value));
  }

  private static String cannot(String what, Cache<Object, Object> cache) {
    return "cannot " + what + " the cache \"" + cache.getName() + "\"";
  }

  void remove(Cache<Object, Object> cache, Object key) {
    change(cache, "remove an entry of", () -> cache.remove(key));
  }

  void removeAll(Cache<Object, Object> cache) {
    change(cache, "remove all entries of", cache::removeAll);
  }

  private void change(Cache<Object, Object> cache, String what, Runnable change) {
    method
        .details()
        .guarded(
            cannot(what, cache),
            () -> {
              change.run();
              return true;
            });
  }

  MethodDetails<A> details() {
    return method.details();
  }

  // ---- what resolvers and generators see

  @Override
  public Object getTarget() {
    return context.getTarget();
  }

  @Override
  public CacheInvocationParameter[] getAllParameters() {
    return arguments.clone();
  }

  @Override
  public CacheInvocationParameter[] getKeyParameters() {
    Predicate<Argument> isKey =
        Arrays.stream(arguments).anyMatch(argument -> argument.has(CacheKey.class))
            ? argument -> argument.has(CacheKey.class)
            : argument -> !argument.has(CacheValue.class);
    return Arrays.stream(arguments).filter(isKey).toArray(CacheInvocationParameter[]::new);
  }

  @Override
  public @Nullable CacheInvocationParameter getValueParameter() {
    return Arrays.stream(arguments)
        .filter(argument -> argument.has(CacheValue.class))
        .findFirst()
        .orElse(null);
  }

  @Override
  public <T> T unwrap(Class<T> type) {
    if (type.isInstance(this)) {
      return type.cast(this);
    }
    if (type.isInstance(context)) {
      return type.cast(context);
    }
    throw new IllegalArgumentException(
        "this context is no "
            + type.getName()
            + "; it can be unwrapped to "
            + InvocationContext.class.getName());
  }

  @Override
  public Method getMethod() {
    return method.details().getMethod();
  }

  @Override
  public Set<Annotation> getAnnotations() {
    return method.details().getAnnotations();
  }

  @Override
  public A getCacheAnnotation() {
    return method.details().getCacheAnnotation();
  }

  @Override
  public String getCacheName() {
    return method.details().getCacheName();
  }
}
