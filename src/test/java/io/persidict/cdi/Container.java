package io.persidict.cdi;

import io.persidict.jcache.PersiDictCachingProvider;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.spi.AfterBeanDiscovery;
import jakarta.enterprise.inject.spi.Extension;
import java.nio.file.Path;
import java.util.Properties;
import javax.cache.Cache;
import javax.cache.CacheManager;
import org.jboss.weld.environment.se.Weld;
import org.jboss.weld.environment.se.WeldContainer;

/** Weld with these beans, the extension, and a manager of caches in a directory as a bean. */
final class Container implements AutoCloseable {
  private final PersiDictCachingProvider provider = new PersiDictCachingProvider();
  private final CacheManager manager;
  private final WeldContainer weld;

  Container(Path directory, Class<?>... beans) {
    Properties properties = new Properties();
    properties.setProperty("persidict.serial-filter", "io.persidict.cdi.**;java.nio.channels.*");
    manager = provider.getCacheManager(directory.toUri(), null, properties);
    weld = new Weld().addBeanClasses(beans).addExtension(new ManagerBean(manager)).initialize();
  }

  private record ManagerBean(CacheManager manager) implements Extension {
    void add(@Observes AfterBeanDiscovery discovery) {
      discovery.addBean().addType(CacheManager.class).createWith(context -> manager);
    }
  }

  <T> T bean(Class<T> type) {
    return weld.select(type).get();
  }

  CacheManager manager() {
    return manager;
  }

  Cache<Object, Object> cache(String name) {
    return manager.getCache(name);
  }

  @Override
  public void close() {
    weld.close();
    provider.close();
  }
}
