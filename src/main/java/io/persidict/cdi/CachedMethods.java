package io.persidict.cdi;

import io.persidict.lease.KeyLocks;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Instance;
import jakarta.enterprise.inject.spi.BeanManager;
import jakarta.inject.Inject;
import jakarta.interceptor.InvocationContext;
import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;
import javax.cache.annotation.CacheKeyGenerator;
import javax.cache.annotation.CacheResolver;
import javax.cache.annotation.CacheResolverFactory;
import javax.cache.annotation.CacheResult;
import org.jspecify.annotations.Nullable;

/** The annotated methods that have been called, each with what was resolved for it once. */
@ApplicationScoped
class CachedMethods {
  private final ConcurrentMap<Bound, CachedMethod<?>> methods = new ConcurrentHashMap<>();

  private final KeyLocks resolving = new KeyLocks();

  @Inject BeanManager beans;

  private record Bound(Class<? extends Annotation> annotation, Method method, Class<?> beanClass) {}

  /** The call that is intercepted because of {@code annotation}. */
  <A extends Annotation> Call<A> call(Class<A> annotation, InvocationContext context) {
    Bound bound = new Bound(annotation, context.getMethod(), context.getTarget().getClass());
    CachedMethod<?> known = methods.get(bound);
    if (known == null) {
      known = resolveOnce(bound);
    }
    @SuppressWarnings("unchecked") // it is found by its annotation
    CachedMethod<A> method = (CachedMethod<A>) known;
    return new Call<>(method, context);
  }

  /** Resolves a method in one thread, while other methods are not held up. */
  private CachedMethod<?> resolveOnce(Bound bound) {
    try (KeyLocks.Held held = resolving.lock(bound)) {
      CachedMethod<?> known = methods.get(bound);
      if (known == null) {
        MetaAnnotations annotations = new MetaAnnotations(beans);
        known =
            resolve(MethodDetails.of(bound.annotation, bound.method, bound.beanClass, annotations));
        methods.put(bound, known);
      }
      return known;
    }
  }

  private <A extends Annotation> CachedMethod<A> resolve(MethodDetails<A> details) {
    Class<? extends CacheResolverFactory> factoryType = details.attributes().resolverFactory();
    CacheResolverFactory factory =
        factoryType == CacheResolverFactory.class
            ? details.guarded(
                "the CacheManager bean failed", () -> new DefaultCacheResolverFactory(beans))
            : instance(factoryType, details);
    Class<? extends CacheKeyGenerator> generatorType = details.attributes().keyGenerator();
    return new CachedMethod<>(
        details,
        resolver("getCacheResolver", factory, f -> f.getCacheResolver(details), details),
        exceptionResolver(factory, details),
        generatorType == CacheKeyGenerator.class
            ? new ArgumentsKeyGenerator()
            : instance(generatorType, details));
  }

  @SuppressWarnings("unchecked") // the annotation is the details' own
  private static <A extends Annotation> @Nullable CacheResolver exceptionResolver(
      CacheResolverFactory factory, MethodDetails<A> details) {
    if (!(details.getCacheAnnotation() instanceof CacheResult result)
        || result.exceptionCacheName().isEmpty()) {
      return null;
    }
    if (factory instanceof DefaultCacheResolverFactory
        && result.exceptionCacheName().equals(details.getCacheName())) {
      throw details.failure(
          "its exceptionCacheName is that of the cache of its results, \""
              + details.getCacheName()
              + "\", so that an exception would be returned as a result; name another cache",
          null);
    }
    return resolver(
        "getExceptionCacheResolver",
        factory,
        f -> f.getExceptionCacheResolver((MethodDetails<CacheResult>) details),
        details);
  }

  private static CacheResolver resolver(
      String name,
      CacheResolverFactory factory,
      Function<CacheResolverFactory, @Nullable CacheResolver> get,
      MethodDetails<?> details) {
    String call = factory.getClass().getName() + "." + name;
    CacheResolver resolver = details.guarded(call + " failed", () -> get.apply(factory));
    if (resolver == null) {
      throw details.failure(call + " returned null; it must return a resolver", null);
    }
    return resolver;
  }

  /** The bean of that class, or where there is none a new object. */
  private <T> T instance(Class<T> type, MethodDetails<?> details) {
    Instance<T> bean = beans.createInstance().select(type);
    if (!bean.isUnsatisfied()) {
      return details.guarded("the bean " + type.getName() + " failed", bean::get);
    }
    try {
      var constructor = type.getDeclaredConstructor();
      constructor.setAccessible(true);
      return constructor.newInstance();
    } catch (ReflectiveOperationException e) {
      throw details.failure(
          type.getName()
              + " is neither a bean nor has it a constructor without parameters that works: "
              + e,
          e);
    }
  }
}
