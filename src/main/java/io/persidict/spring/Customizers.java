package io.persidict.spring;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import org.springframework.context.ApplicationContext;
import org.springframework.util.ClassUtils;

/** Boot's {@code JCacheManagerCustomizer}s, which its versions have in different packages. */
final class Customizers {
  private static final String[] TYPES = {
    "org.springframework.boot.autoconfigure.cache.JCacheManagerCustomizer", // Boot 3
    "org.springframework.boot.cache.autoconfigure.JCacheManagerCustomizer"
  };

  private Customizers() {}

  /** Lets the beans that are customizers have {@code manager}, in their order. */
  static void apply(ApplicationContext context, CacheManager manager) {
    ClassLoader classLoader = context.getClassLoader();
    for (String name : TYPES) {
      if (ClassUtils.isPresent(name, classLoader)) {
        Class<?> type = ClassUtils.resolveClassName(name, classLoader);
        context.getBeanProvider(type).orderedStream().forEach(bean -> call(type, bean, manager));
      }
    }
  }

  private static void call(Class<?> type, Object customizer, CacheManager manager) {
    try {
      Method customize = type.getMethod("customize", CacheManager.class);
      customize.invoke(customizer, manager);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw new CacheException(customizer + " failed: " + e.getCause(), e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new CacheException("cannot call " + customizer + ": " + e, e);
    }
  }
}
