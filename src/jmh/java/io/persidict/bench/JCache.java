package io.persidict.bench;

import io.persidict.jcache.PersiDictCachingProvider;
import java.nio.file.Path;
import java.util.Properties;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.configuration.MutableConfiguration;

/** A cache as any program opens it. */
public class JCache extends Contender {
  private final String durability;
  private CacheManager manager;
  Cache<String, byte[]> cache;

  public JCache() {
    this("os");
  }

  private JCache(String durability) {
    this.durability = durability;
  }

  @Override
  void open(Path directory) {
    Properties settings = new Properties();
    settings.setProperty("persidict.durability", durability);
    manager =
        Caching.getCachingProvider(PersiDictCachingProvider.class.getName())
            .getCacheManager(directory.toUri(), getClass().getClassLoader(), settings);
    cache =
        manager.createCache(
            "benchmark",
            new MutableConfiguration<String, byte[]>().setTypes(String.class, byte[].class));
  }

  @Override
  void put(String name) {
    cache.put(name, VALUE);
  }

  @Override
  void delete(String name) {
    cache.remove(name);
  }

  @Override
  void close() {
    manager.close();
  }

  /** The same, synced to the device. */
  public static class Synced extends JCache {
    public Synced() {
      super("fsync");
    }
  }
}
