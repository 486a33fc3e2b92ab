package io.persidict.cdi;

import jakarta.enterprise.inject.spi.BeanManager;
import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedElement;
import java.util.Arrays;
import java.util.Collection;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds annotations on methods and classes as the container does: also those that stand on their
 * stereotypes and interceptor bindings, and on the stereotypes and bindings of these.
 */
final class MetaAnnotations {
  private final BeanManager beans;

  MetaAnnotations(BeanManager beans) {
    this.beans = beans;
  }

  /** The annotation of {@code element}; its own goes before all others. Null if there is none. */
  <T extends Annotation> @Nullable T find(Class<T> type, AnnotatedElement element) {
    return find(type, Arrays.asList(element.getAnnotations()));
  }

  /** The annotation among {@code annotations}, or the first that one of them brings along. */
  <T extends Annotation> @Nullable T find(
      Class<T> type, Collection<? extends Annotation> annotations) {
    for (Annotation annotation : annotations) {
      if (type.isInstance(annotation)) {
        return type.cast(annotation);
      }
    }
    for (Annotation annotation : annotations) {
      T brought = find(type, brought(annotation.annotationType()));
      if (brought != null) {
        return brought;
      }
    }
    return null;
  }

  private Set<Annotation> brought(Class<? extends Annotation> type) {
    return beans.isStereotype(type)
        ? beans.getStereotypeDefinition(type)
        : beans.isInterceptorBinding(type) ? beans.getInterceptorBindingDefinition(type) : Set.of();
  }

  /** The annotation of {@code type} or of the nearest of its superclasses that has it. */
  <T extends Annotation> @Nullable T nearest(Class<T> type, Class<?> beanClass) {
    for (Class<?> c = beanClass; c != null; c = c.getSuperclass()) {
      T annotation = find(type, c);
      if (annotation != null) {
        return annotation;
      }
    }
    return null;
  }
}
