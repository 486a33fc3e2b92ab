package io.persidict.cdi;

import jakarta.enterprise.inject.build.compatible.spi.BeanInfo;
import jakarta.enterprise.inject.build.compatible.spi.BuildCompatibleExtension;
import jakarta.enterprise.inject.build.compatible.spi.Discovery;
import jakarta.enterprise.inject.build.compatible.spi.Messages;
import jakarta.enterprise.inject.build.compatible.spi.MetaAnnotations;
import jakarta.enterprise.inject.build.compatible.spi.Registration;
import jakarta.enterprise.inject.build.compatible.spi.ScannedClasses;
import jakarta.enterprise.inject.build.compatible.spi.SkipIfPortableExtensionPresent;
import jakarta.enterprise.lang.model.AnnotationTarget;
import jakarta.enterprise.lang.model.declarations.ClassInfo;
import jakarta.enterprise.lang.model.declarations.MethodInfo;
import jakarta.enterprise.util.Nonbinding;
import java.lang.annotation.Annotation;
import java.lang.reflect.Modifier;
import java.util.List;
import javax.cache.annotation.CachePut;
import javax.cache.annotation.CacheResult;
import javax.cache.annotation.CacheValue;
import org.jspecify.annotations.Nullable;

/**
 * What {@link JCacheExtension} is, for containers that run no portable extensions (CDI Lite, such
 * as Quarkus), where beans are known when the application is built. A container that runs both
 * kinds skips this one.
 */
@SkipIfPortableExtensionPresent(JCacheExtension.class)
public class JCacheBuildExtension implements BuildCompatibleExtension {
  /** For the container, which makes one. */
  public JCacheBuildExtension() {}

  /**
   * Makes the annotations interceptor bindings, and the interceptors beans.
   *
   * @param annotations takes the bindings
   * @param classes takes the interceptors
   */
  @Discovery
  public void register(MetaAnnotations annotations, ScannedClasses classes) {
    for (Class<? extends Annotation> binding : Interception.BINDINGS) {
      annotations
          .addInterceptorBinding(binding)
          .methods()
          .forEach(member -> member.addAnnotation(Nonbinding.class));
    }
    Interception.BEANS.forEach(bean -> classes.add(bean.getName()));
  }

  /**
   * Refuses annotated methods that cannot be intercepted or would have nothing to store. What
   * stands on their classes is not looked at.
   *
   * @param bean any one of the application
   * @param messages takes one error a method that is refused
   */
  @Registration(types = Object.class)
  public void check(BeanInfo bean, Messages messages) {
    if (!bean.isClassBean() || bean.isInterceptor()) {
      return;
    }
    ClassInfo type = bean.declaringClass();
    for (MethodInfo method : type.methods()) {
      List<Class<? extends Annotation>> present = present(method);
      for (Class<? extends Annotation> annotation : present) {
        String mistake =
            present.size() > 1 ? Interception.SEVERAL : mistake(type, method, annotation);
        if (mistake != null) {
          messages.error(
              type.name()
                  + "."
                  + method.name()
                  + ", annotated with @"
                  + annotation.getSimpleName()
                  + ": "
                  + mistake,
              method);
        }
      }
    }
  }

  private static List<Class<? extends Annotation>> present(AnnotationTarget target) {
    return Interception.BINDINGS.stream().filter(target::hasAnnotation).toList();
  }

  private static @Nullable String mistake(
      ClassInfo type, MethodInfo method, Class<? extends Annotation> annotation) {
    if (Modifier.isPrivate(method.modifiers()) || method.isStatic()) {
      return Interception.UNSEEN;
    }
    if (method.isFinal()) {
      return Interception.FINAL_METHOD;
    }
    if (type.isFinal()) {
      return Interception.FINAL_CLASS;
    }
    if (annotation == CacheResult.class && method.returnType().isVoid()) {
      return Interception.NO_RESULT;
    }
    boolean lacksValue =
        annotation == CachePut.class
            && method.parameters().stream()
                    .filter(parameter -> parameter.hasAnnotation(CacheValue.class))
                    .count()
                != 1;
    return lacksValue ? Interception.NO_VALUE : null;
  }
}
