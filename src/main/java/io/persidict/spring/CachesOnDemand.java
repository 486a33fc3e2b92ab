package io.persidict.spring;

import java.net.URI;
import java.util.Properties;
import java.util.function.Supplier;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.configuration.Configuration;
import javax.cache.spi.CachingProvider;

/** A manager that creates the cache that it is asked for, if there is none. */
final class CachesOnDemand implements CacheManager {
  private final CacheManager manager;
  private final Supplier<Configuration<?, ?>> configuration;

  /**
   * @param configuration of caches that are created
   */
  CachesOnDemand(CacheManager manager, Supplier<Configuration<?, ?>> configuration) {
    this.manager = manager;
    this.configuration = configuration;
  }

  @Override
  public <K, V> Cache<K, V> getCache(String cacheName) {
    Cache<K, V> cache = manager.getCache(cacheName);
    if (cache != null) {
      return cache;
    }
    try {
      manager.createCache(cacheName, configuration.get());
    } catch (CacheException e) {
      if (manager.getCache(cacheName) == null) { // not because another thread was faster
        throw e;
      }
    }
    return manager.getCache(cacheName);
  }

  @Override
  public <K, V> Cache<K, V> getCache(String cacheName, Class<K> keyType, Class<V> valueType) {
    return manager.getCache(cacheName, keyType, valueType);
  }

  @Override
  public <K, V, C extends Configuration<K, V>> Cache<K, V> createCache(
      String cacheName, C cacheConfiguration) {
    return manager.createCache(cacheName, cacheConfiguration);
  }

  @Override
  public CachingProvider getCachingProvider() {
    return manager.getCachingProvider();
  }

  @Override
  public URI getURI() {
    return manager.getURI();
  }

  @Override
  public ClassLoader getClassLoader() {
    return manager.getClassLoader();
  }

  @Override
  public Properties getProperties() {
    return manager.getProperties();
  }

  @Override
  public Iterable<String> getCacheNames() {
    return manager.getCacheNames();
  }

  @Override
  public void destroyCache(String cacheName) {
    manager.destroyCache(cacheName);
  }

  @Override
  public void enableManagement(String cacheName, boolean enabled) {
    manager.enableManagement(cacheName, enabled);
  }

  @Override
  public void enableStatistics(String cacheName, boolean enabled) {
    manager.enableStatistics(cacheName, enabled);
  }

  @Override
  public void close() {
    manager.close();
  }

  @Override
  public boolean isClosed() {
    return manager.isClosed();
  }

  @Override
  public <T> T unwrap(Class<T> type) {
    return type.isInstance(this) ? type.cast(this) : manager.unwrap(type);
  }
}
