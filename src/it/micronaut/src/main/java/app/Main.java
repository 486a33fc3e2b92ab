package app;

import io.micronaut.cache.annotation.Cacheable;
import io.micronaut.context.ApplicationContext;
import io.micronaut.context.annotation.Bean;
import io.micronaut.context.annotation.Factory;
import jakarta.inject.Singleton;
import java.net.URI;
import java.util.Properties;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.configuration.MutableConfiguration;

/** Looks something up twice by Micronaut's annotations, in caches that outlive it. */
public class Main {
  /** The caches of the application, of which Micronaut makes its own. */
  @Factory
  public static class Caches {
    @Bean(preDestroy = "close")
    @Singleton
    CacheManager manager() {
      Properties settings = new Properties();
      settings.setProperty("persidict.serial-filter", "io.micronaut.cache.interceptor.*");
      CacheManager manager =
          Caching.getCachingProvider()
              .getCacheManager(URI.create(System.getProperty("persidict.uri")), null, settings);
      manager.createCache("lookups", new MutableConfiguration<>());
      return manager;
    }
  }

  /** A bean whose results are stored. */
  @Singleton
  public static class Lookups {
    @Cacheable("lookups")
    public String find(String key) {
      System.out.println("looking up " + key);
      return "found " + key;
    }

    @Cacheable("lookups")
    public String find(String key, int page) {
      System.out.println("looking up " + key + " " + page);
      return "found " + key + " " + page;
    }
  }

  public static void main(String[] arguments) {
    try (ApplicationContext context = ApplicationContext.run()) {
      Lookups lookups = context.getBean(Lookups.class);
      System.out.println(lookups.find("a"));
      System.out.println(lookups.find("a"));
      System.out.println(lookups.find("a", 1));
    }
  }
}
