package io.persidict.cdi;

import io.persidict.lease.LeasedCalls;
import io.persidict.lease.Leases;
import io.persidict.lease.NullResult;
import io.persidict.lease.SingleFlight;
import java.lang.invoke.MethodType;
import java.time.Duration;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.annotation.CacheResult;
import org.jspecify.annotations.Nullable;

/** A call of a method whose results are cached. */
final class ResultCall {
  /** How long other processes wait for one that was killed while it computed. */
  private static final Duration LEASE = Duration.ofSeconds(10);

  private final Call<CacheResult> call;
  private final CacheResult annotation;
  private final Cache<Object, Object> cache;
  private final @Nullable Cache<Object, Object> exceptionCache;
  private Object key;

  ResultCall(Call<CacheResult> call) {
    this.call = call;
    this.annotation = call.getCacheAnnotation();
    this.cache = call.cache();
    this.exceptionCache = call.exceptionCache();
    this.key = call.key();
  }

  /** Where a key belongs to. */
  private record Scope(@Nullable CacheManager manager, String cache) {}

  /**
   * What the method returned or threw.
   *
   * @param by has the value for itself
   */
  private record Outcome(@Nullable Object value, @Nullable Throwable thrown, Thread by) {
    static Outcome returned(@Nullable Object value) {
      return new Outcome(value, null, Thread.currentThread());
    }

    static Outcome thrown(Throwable thrown) {
      return new Outcome(null, thrown, Thread.currentThread());
    }
  }

  /** What is stored for the method, or what the method itself returns or throws. */
  @Nullable Object outcome() throws Exception {
    if (annotation.skipGet()) {
      key = call.copyOf(key, cache);
      Object value = call();
      call.put(cache, key, value);
      return value;
    }
    Outcome outcome = stored(call.get(cache, key));
    if (outcome == null) {
      key = call.copyOf(key, cache);
      Scope scope = new Scope(cache.getCacheManager(), cache.getName());
      Object identity = call.identityOf(key, cache);
      outcome =
          SingleFlight.call(
              scope,
              identity,
              this::findOrComputeOnce,
              () -> SingleFlight.isWithin(scope, identity) ? findOrCall() : findOrCompute());
    }
    if (outcome.thrown instanceof Exception exception) {
      throw exception;
    }
    if (outcome.thrown instanceof Error error) {
      throw error;
    }
    if (outcome.by == Thread.currentThread() || outcome.value == null) {
      return outcome.value;
    }
    Outcome own = find();
    if (own != null && own.thrown == null) {
      return own.value;
    }
    requireResult(outcome.value);
    return outcome.value;
  }

  private Outcome findOrComputeOnce() throws Exception {
    Leases leases;
    try {
      leases = cache.unwrap(Leases.class);
    } catch (IllegalArgumentException e) {
      return findOrCompute(); // a cache of a provider that cannot lease
    }
    return new LeasedCalls(leases, LEASE).call(key, this::find, () -> Outcome.returned(compute()));
  }

  private Outcome findOrCompute() throws Exception {
    Outcome found = find();
    return found != null ? found : Outcome.returned(compute());
  }

  private Outcome findOrCall() throws Exception {
    Outcome found = find();
    return found != null ? found : Outcome.returned(call());
  }

  private @Nullable Outcome find() {
    return stored(call.getIfPresent(cache, key));
  }

  /** The outcome that is {@code value}, or else the stored exception. */
  private @Nullable Outcome stored(@Nullable Object value) {
    if (value != null) {
      return Outcome.returned(result(value));
    }
    if (exceptionCache == null) {
      return null;
    }
    Object thrown = call.getIfPresent(exceptionCache, key);
    if (thrown != null && !(thrown instanceof Throwable)) {
      throw call.details()
          .failure(
              holds(exceptionCache, thrown) + ", which is no exception; use a cache for them alone",
              null);
    }
    return thrown == null ? null : Outcome.thrown((Throwable) thrown);
  }

  /** The result that {@code stored} stands for. */
  private @Nullable Object result(Object stored) {
    if (stored == NullResult.NULL && !call.getMethod().getReturnType().isPrimitive()) {
      return null;
    }
    requireResult(stored);
    return stored;
  }

  private void requireResult(Object value) {
    Class<?> declared = call.getMethod().getReturnType();
    if (!MethodType.methodType(declared).wrap().returnType().isInstance(value)) {
      throw call.details()
          .failure(
              holds(cache, value)
                  + " where the method returns a "
                  + declared.getName()
                  + "; do two methods use the same cache with the same arguments?",
              null);
    }
  }

  private static String holds(Cache<?, ?> cache, Object value) {
    return "the cache \"" + cache.getName() + "\" holds a " + value.getClass().getName();
  }

  /** Calls the method; where a result is stored when it returns, that is what the call comes to. */
  private @Nullable Object compute() throws Exception {
    Object value = call();
    if (value == null && !Call.keepsNull(cache)) {
      return null;
    }
    return result(call.putFirst(cache, key, value == null ? NullResult.NULL : value));
  }

  /** Calls the method, and stores what it throws where that is asked for. */
  private @Nullable Object call() throws Exception {
    try {
      return call.proceed();
    } catch (Throwable thrown) {
      if (exceptionCache != null) {
        call.changeAfter(
            thrown,
            ExceptionFilter.caching(
                annotation.cachedExceptions(), annotation.nonCachedExceptions()),
            () -> call.put(exceptionCache, key, thrown));
      }
      throw thrown;
    }
  }
}
