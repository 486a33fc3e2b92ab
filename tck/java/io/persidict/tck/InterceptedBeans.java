package io.persidict.tck;

import domain.Blog;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.annotation.BeanProvider;
import javax.cache.configuration.MutableConfiguration;
import manager.BlogManager;
import manager.CacheNameOnEachMethodBlogManagerImpl;
import manager.ClassLevelCacheConfigBlogManagerImpl;
import manager.UsingDefaultCacheNameBlogManagerImpl;
import org.jboss.weld.environment.se.Weld;
import org.jboss.weld.environment.se.WeldContainer;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.cache.jcache.JCacheCacheManager;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Gives the TCK's annotation tests beans of the container that the system property {@code
 * tck.container} names, and only after it has seen that their calls are intercepted. It prints a
 * line for each class of beans, which {@link TckReportIT} looks for: without a provider of beans
 * those tests pass and do nothing.
 */
public final class InterceptedBeans implements BeanProvider {
  static final List<Class<?>> BEANS =
      List.of(
          CacheNameOnEachMethodBlogManagerImpl.class,
          ClassLevelCacheConfigBlogManagerImpl.class,
          UsingDefaultCacheNameBlogManagerImpl.class);

  private final Set<Class<?>> seen = ConcurrentHashMap.newKeySet();
  private final String container = System.getProperty("tck.container");
  private final Function<Class<?>, Object> beans =
      switch (container) {
        case "weld" -> weld();
        case "spring" -> spring();
        default -> throw new IllegalArgumentException(container);
      };

  private static Function<Class<?>, Object> weld() {
    WeldContainer weld = new Weld().addBeanClasses(BEANS.toArray(Class<?>[]::new)).initialize();
    return type -> weld.select(type).get();
  }

  private static Function<Class<?>, Object> spring() {
    AnnotationConfigApplicationContext spring = new AnnotationConfigApplicationContext();
    spring.register(SpringCaches.class);
    spring.register(BEANS.toArray(Class<?>[]::new));
    spring.refresh();
    return spring::getBean;
  }

  @Configuration
  @EnableCaching(proxyTargetClass = true)
  static class SpringCaches {
    /** Spring, unlike CDI's default resolver, creates no caches. */
    @Bean
    JCacheCacheManager caches() {
      CacheManager manager = Caching.getCachingProvider().getCacheManager();
      for (String name :
          List.of(
              "blogManager",
              "blgMngr",
              "manager.UsingDefaultCacheNameBlogManagerImpl.getEntryCached(java.lang.String)")) {
        manager.createCache(name, new MutableConfiguration<>());
      }
      return new JCacheCacheManager(manager);
    }
  }

  @Override
  public <T> T getBeanByType(Class<T> type) {
    Object bean = beans.apply(type);
    if (seen.add(type)) {
      requireIntercepted((BlogManager) bean);
      System.out.println(line(type, container));
    }
    return type.cast(bean);
  }

  private static void requireIntercepted(BlogManager bean) {
    Blog blog = new Blog("a title", "a body");
    bean.createEntry(blog);
    bean.getEntryCached(blog.getTitle());
    bean.clearEntry(blog.getTitle());
    if (bean.getEntryRaw(blog.getTitle()) != null || bean.getEntryCached(blog.getTitle()) == null) {
      throw new AssertionError("calls of " + bean.getClass() + " are not intercepted");
    }
  }

  static String line(Class<?> type, String container) {
    return type.getName() + " is intercepted by " + container;
  }
}
