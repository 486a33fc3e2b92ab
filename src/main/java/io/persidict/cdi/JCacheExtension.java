package io.persidict.cdi;

import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.spi.Annotated;
import jakarta.enterprise.inject.spi.AnnotatedMethod;
import jakarta.enterprise.inject.spi.AnnotatedType;
import jakarta.enterprise.inject.spi.BeanManager;
import jakarta.enterprise.inject.spi.BeforeBeanDiscovery;
import jakarta.enterprise.inject.spi.DefinitionException;
import jakarta.enterprise.inject.spi.Extension;
import jakarta.enterprise.inject.spi.Interceptor;
import jakarta.enterprise.inject.spi.ProcessManagedBean;
import jakarta.enterprise.util.Nonbinding;
import jakarta.inject.Inject;
import jakarta.interceptor.AroundConstruct;
import jakarta.interceptor.AroundInvoke;
import jakarta.interceptor.AroundTimeout;
import java.lang.annotation.Annotation;
import java.lang.reflect.Modifier;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import javax.cache.annotation.CachePut;
import javax.cache.annotation.CacheResult;
import javax.cache.annotation.CacheValue;
import org.jspecify.annotations.Nullable;

/**
 * Makes the annotations of JSR-107 interceptor bindings, and refuses the deployment of beans with
 * annotated methods that could not be intercepted or would have nothing to store. In containers
 * that run no portable extensions, {@link JCacheBuildExtension} does.
 */
public class JCacheExtension implements Extension {
  /** Lifecycle callbacks, initializers, and interceptors of the bean's own. */
  private static final List<Class<? extends Annotation>> NOT_INTERCEPTED =
      List.of(
          PostConstruct.class,
          PreDestroy.class,
          Inject.class,
          AroundInvoke.class,
          AroundTimeout.class,
          AroundConstruct.class);

  /** For the container, which makes one. */
  public JCacheExtension() {}

  void register(@Observes BeforeBeanDiscovery discovery) {
    for (Class<? extends Annotation> binding : Interception.BINDINGS) {
      discovery
          .configureInterceptorBinding(binding)
          .methods()
          .forEach(member -> member.add(Nonbinding.Literal.INSTANCE));
    }
    for (Class<?> bean : Interception.BEANS) {
      discovery.addAnnotatedType(bean, bean.getName());
    }
  }

  void check(@Observes ProcessManagedBean<?> event, BeanManager beans) {
    if (event.getBean() instanceof Interceptor) {
      return; // its annotations tell what it intercepts
    }
    AnnotatedType<?> bean = event.getAnnotatedBeanClass();
    MetaAnnotations meta = new MetaAnnotations(beans);
    for (AnnotatedMethod<?> method : bean.getMethods()) {
      Set<Class<? extends Annotation>> annotations = present(method, meta);
      if (isSeenByInterceptors(method) && !isCalledByContainer(method)) {
        annotations.addAll(present(bean, meta));
      }
      for (Class<? extends Annotation> annotation : annotations) {
        String mistake =
            annotations.size() > 1
                ? Interception.SEVERAL
                : mistake(bean.getJavaClass(), method, annotation);
        if (mistake != null) {
          event.addDefinitionError(
              new DefinitionException(
                  MethodDetails.described(method.getJavaMember(), annotation) + mistake));
        }
      }
    }
  }

  private static Set<Class<? extends Annotation>> present(
      Annotated annotated, MetaAnnotations meta) {
    return Interception.BINDINGS.stream()
        .filter(binding -> meta.find(binding, annotated.getAnnotations()) != null)
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  /** Whether the container calls the method past all interceptors of methods. */
  private static boolean isCalledByContainer(AnnotatedMethod<?> method) {
    return NOT_INTERCEPTED.stream().anyMatch(method::isAnnotationPresent);
  }

  private static boolean isSeenByInterceptors(AnnotatedMethod<?> method) {
    int modifiers = method.getJavaMember().getModifiers();
    return !Modifier.isPrivate(modifiers) && !Modifier.isStatic(modifiers);
  }

  private static @Nullable String mistake(
      Class<?> bean, AnnotatedMethod<?> method, Class<? extends Annotation> annotation) {
    if (!isSeenByInterceptors(method)) {
      return Interception.UNSEEN;
    }
    if (isCalledByContainer(method)) {
      return "the container calls it without interceptors, as it is a lifecycle callback, an"
          + " initializer or an interceptor itself; annotate a business method";
    }
    if (Modifier.isFinal(method.getJavaMember().getModifiers())) {
      return Interception.FINAL_METHOD;
    }
    if (Modifier.isFinal(bean.getModifiers())) {
      return Interception.FINAL_CLASS;
    }
    if (annotation == CacheResult.class && method.getJavaMember().getReturnType() == void.class) {
      return Interception.NO_RESULT;
    }
    if (annotation == CachePut.class
        && method.getParameters().stream()
                .filter(parameter -> parameter.isAnnotationPresent(CacheValue.class))
                .count()
            != 1) {
      return Interception.NO_VALUE;
    }
    return null;
  }
}
