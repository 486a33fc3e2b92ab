package io.persidict.cdi;

import static java.lang.System.Logger.Level.WARNING;

import jakarta.enterprise.inject.Instance;
import jakarta.enterprise.inject.spi.BeanManager;
import java.lang.annotation.Annotation;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.annotation.CacheInvocationContext;
import javax.cache.annotation.CacheMethodDetails;
import javax.cache.annotation.CacheResolver;
import javax.cache.annotation.CacheResolverFactory;
import javax.cache.annotation.CacheResult;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.spi.CachingProvider;
import org.jspecify.annotations.Nullable;

/**
 * The factory where none is given. It finds caches by their names in the {@code CacheManager} that
 * is a bean, or else in the default one of the default provider, and creates those that are not
 * there.
 */
final class DefaultCacheResolverFactory implements CacheResolverFactory {
  private static final System.Logger LOGGER =
      System.getLogger(DefaultCacheResolverFactory.class.getName());

  private static final String OURS = "io.persidict.jcache.PersiDictCachingProvider";

  private static final String CHOICE =
      "; to choose "
          + OURS
          + ", have a bean that is a CacheManager of it, or name it with the system property "
          + Caching.JAVAX_CACHE_CACHING_PROVIDER;

  private final @Nullable CacheManager bean;

  DefaultCacheResolverFactory(BeanManager beans) {
    Instance<CacheManager> manager = beans.createInstance().select(CacheManager.class);
    this.bean = manager.isUnsatisfied() ? null : manager.get();
  }

  @Override
  public CacheResolver getCacheResolver(CacheMethodDetails<? extends Annotation> details) {
    return new Named(details.getCacheName());
  }

  @Override
  public CacheResolver getExceptionCacheResolver(CacheMethodDetails<CacheResult> details) {
    return new Named(details.getCacheAnnotation().exceptionCacheName());
  }

  private CacheManager manager() {
    return bean != null ? bean : theProvider().getCacheManager();
  }

  private static CachingProvider theProvider() {
    try {
      return Caching.getCachingProvider();
    } catch (CacheException e) { // there are none or several
      throw new CacheException(e.getMessage() + CHOICE, e);
    }
  }

  private final class Named implements CacheResolver {
    private final String name;

    Named(String name) {
      this.name = name;
    }

    /** Asks the manager each time, because the cache may have been closed or destroyed. */
    @Override
    public <K, V> Cache<K, V> resolveCache(CacheInvocationContext<? extends Annotation> context) {
      CacheManager manager = manager();
      Cache<K, V> cache = manager.getCache(name);
      return cache != null ? cache : create(manager);
    }

    /** Another provider on the class path may have been taken without anybody's knowledge. */
    private String unlessOurs(CacheManager manager) {
      return manager.getCachingProvider().getClass().getName().equals(OURS)
          ? ""
          : ". That is not the provider of this library, so it keeps them as its own documentation"
              + " says"
              + CHOICE;
    }

    private <K, V> Cache<K, V> create(CacheManager manager) {
      try {
        Cache<K, V> created = manager.createCache(name, new MutableConfiguration<K, V>());
        LOGGER.log(
            WARNING,
            "created the cache \""
                + name
                + "\" at "
                + manager.getURI()
                + " of the provider "
                + manager.getCachingProvider().getClass().getName()
                + ", because no cache of that manager has that name; its entries expire"
                + " only if a setting says so"
                + unlessOurs(manager));
        return created;
      } catch (CacheException e) {
        Cache<K, V> meanwhile = manager.getCache(name);
        if (meanwhile == null) {
          throw e;
        }
        return meanwhile;
      }
    }
  }
}
