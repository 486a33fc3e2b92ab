package io.persidict.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.spi.AfterBeanDiscovery;
import jakarta.enterprise.inject.spi.Extension;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.annotation.CacheResult;
import javax.cache.spi.CachingProvider;
import org.jboss.weld.environment.se.Weld;
import org.jboss.weld.environment.se.WeldContainer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A cache that is created because no cache has its name. */
final class CreatedCacheTest {
  @TempDir Path directory;

  static class Finder {
    @CacheResult(cacheName = "unknown")
    String find(String key) {
      return key;
    }
  }

  /** What is logged while {@code action} runs. */
  private static List<String> logged(Runnable action) {
    List<String> messages = new CopyOnWriteArrayList<>();
    Handler handler =
        new Handler() {
          @Override
          public void publish(LogRecord logged) {
            messages.add(new SimpleFormatter().formatMessage(logged));
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    Logger logger = Logger.getLogger(DefaultCacheResolverFactory.class.getName());
    logger.addHandler(handler);
    try {
      action.run();
    } finally {
      logger.removeHandler(handler);
    }
    return messages;
  }

  @Test
  void itTellsTheProviderAndTheUri() {
    try (Container container = new Container(directory, Finder.class)) {
      assertThat(logged(() -> container.bean(Finder.class).find("a")))
          .singleElement()
          .asString()
          .contains(
              "\"unknown\"",
              "io.persidict.jcache.PersiDictCachingProvider",
              container.manager().getURI().toString(),
              "its entries expire only if a setting says so")
          .doesNotContain("not the provider");
    }
  }

  private record ManagerBean(CacheManager manager) implements Extension {
    void add(@Observes AfterBeanDiscovery discovery) {
      discovery.addBean().addType(CacheManager.class).createWith(context -> manager);
    }
  }

  /** A manager of this library that names another provider. */
  private static CacheManager ofAnother(CacheManager manager) {
    CachingProvider provider =
        (CachingProvider)
            Proxy.newProxyInstance(
                CreatedCacheTest.class.getClassLoader(),
                new Class<?>[] {CachingProvider.class},
                (proxy, method, arguments) -> null);
    return (CacheManager)
        Proxy.newProxyInstance(
            CreatedCacheTest.class.getClassLoader(),
            new Class<?>[] {CacheManager.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("getCachingProvider")) {
                return provider;
              }
              try {
                return method.invoke(manager, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  @Test
  void itSaysSoWhenTheProviderIsAnother() {
    try (Container ours = new Container(directory);
        WeldContainer weld =
            new Weld()
                .addBeanClasses(Finder.class)
                .addExtension(new ManagerBean(ofAnother(ours.manager())))
                .initialize()) {
      assertThat(logged(() -> weld.select(Finder.class).get().find("a")))
          .singleElement()
          .asString()
          .contains(
              "\"unknown\"",
              "not the provider of this library",
              "javax.cache.spi.CachingProvider",
              "io.persidict.jcache.PersiDictCachingProvider",
              ours.manager().getURI().toString());
    }
  }

  @Test
  void whereNoneOrSeveralProvidersAreFoundTheExceptionTellsHowToChooseThisOne() {
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    try (WeldContainer weld = new Weld().addBeanClasses(Finder.class).initialize()) {
      Finder finder = weld.select(Finder.class).get();
      thread.setContextClassLoader(ClassLoader.getPlatformClassLoader());
      assertThatExceptionOfType(CacheException.class)
          .isThrownBy(() -> finder.find("a"))
          .withMessageContainingAll(
              "No CachingProviders have been configured",
              "javax.cache.spi.CachingProvider",
              "io.persidict.jcache.PersiDictCachingProvider");
    } finally {
      thread.setContextClassLoader(before);
    }
  }
}
