package io.persidict.cdi;

import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import javax.cache.CacheException;
import javax.cache.annotation.CacheDefaults;
import javax.cache.annotation.CacheMethodDetails;
import org.jspecify.annotations.Nullable;

/** An annotated method of a bean. */
final class MethodDetails<A extends Annotation> implements CacheMethodDetails<A> {
  private final Method method;
  private final A annotation;
  private final AnnotationAttributes attributes;

  private MethodDetails(Method method, A annotation, AnnotationAttributes attributes) {
    this.method = method;
    this.annotation = annotation;
    this.attributes = attributes;
  }

  /**
   * @param beanClass declares or inherits the method; it or the nearest of its superclasses that
   *     has them gives the annotation of all methods and the defaults
   * @param annotations finds those that stereotypes and interceptor bindings bring along, too
   */
  static <A extends Annotation> MethodDetails<A> of(
      Class<A> type, Method method, Class<?> beanClass, MetaAnnotations annotations) {
    A annotation = annotations.find(type, method);
    if (annotation == null) {
      annotation = annotations.nearest(type, beanClass);
    }
    if (annotation == null) {
      throw new CacheException(
          described(method, type)
              + "neither the method nor its class has that in the class file, by itself or by a"
              + " stereotype");
    }
    AnnotationAttributes attributes = AnnotationAttributes.of(annotation);
    CacheDefaults defaults = annotations.nearest(CacheDefaults.class, beanClass);
    return new MethodDetails<>(
        method,
        annotation,
        defaults == null ? attributes : attributes.or(AnnotationAttributes.of(defaults)));
  }

  /** The name of the class, the method and the classes of its parameters, as JSR-107 has them. */
  static String signature(Method method) {
    return method.getDeclaringClass().getName()
        + "."
        + method.getName()
        + Arrays.stream(method.getParameterTypes())
            .map(Class::getName)
            .collect(Collectors.joining(",", "(", ")"));
  }

  /** The beginning of a message about an annotated method. */
  static String described(Method method, Class<? extends Annotation> annotation) {
    return signature(method) + ", annotated with @" + annotation.getSimpleName() + ": ";
  }

  AnnotationAttributes attributes() {
    return attributes;
  }

  @Override
  public Method getMethod() {
    return method;
  }

  @Override
  public Set<Annotation> getAnnotations() {
    return Set.of(method.getAnnotations());
  }

  @Override
  public A getCacheAnnotation() {
    return annotation;
  }

  @Override
  public String getCacheName() {
    return attributes.cacheName().isEmpty() ? signature(method) : attributes.cacheName();
  }

  /**
   * What {@code call} returns.
   *
   * @param failure what to say of a failure
   * @throws CacheException that says so, if it fails
   */
  <T extends @Nullable Object> T guarded(String failure, Supplier<T> call) {
    try {
      return call.get();
    } catch (RuntimeException e) {
      throw failure(failure + ": " + e, e);
    }
  }

  /** An exception that names the method and its annotation. */
  CacheException failure(String what, @Nullable Throwable cause) {
    return new CacheException(described(method, annotation.annotationType()) + what, cause);
  }
}
