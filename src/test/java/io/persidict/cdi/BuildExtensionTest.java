package io.persidict.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.persidict.jcache.PersiDictCachingProvider;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import jakarta.enterprise.inject.build.compatible.spi.BeanInfo;
import jakarta.enterprise.inject.build.compatible.spi.Discovery;
import jakarta.enterprise.inject.build.compatible.spi.Messages;
import jakarta.enterprise.inject.build.compatible.spi.Registration;
import jakarta.enterprise.inject.build.compatible.spi.ScannedClasses;
import java.io.IOException;
import java.net.URL;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.cache.CacheManager;
import javax.cache.annotation.CachePut;
import javax.cache.annotation.CacheRemove;
import javax.cache.annotation.CacheRemoveAll;
import javax.cache.annotation.CacheResult;
import javax.cache.annotation.CacheValue;
import org.jboss.weld.environment.se.Weld;
import org.jboss.weld.environment.se.WeldContainer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The annotations by the build compatible extension, where the portable one is not run. */
final class BuildExtensionTest {
  private static final AtomicInteger CALLS = new AtomicInteger();
  private static final PersiDictCachingProvider PROVIDER = new PersiDictCachingProvider();
  private static CacheManager manager;

  @TempDir Path directory;

  @AfterEach
  void close() {
    PROVIDER.close();
  }

  /** Hides the portable extension, as a container of CDI Lite would. */
  private static final class WithoutPortableExtension extends ClassLoader {
    WithoutPortableExtension() {
      super(BuildExtensionTest.class.getClassLoader());
    }

    @Override
    public Enumeration<URL> getResources(String name) throws IOException {
      List<URL> found = Collections.list(super.getResources(name));
      if (name.equals("META-INF/services/jakarta.enterprise.inject.spi.Extension")) {
        String own =
            JCacheExtension.class.getProtectionDomain().getCodeSource().getLocation().toString();
        found.removeIf(url -> url.toString().contains(own));
      }
      return Collections.enumeration(found);
    }
  }

  /** Without the annotation by which a container like Weld skips it. */
  public static class Unskipped extends JCacheBuildExtension {
    @Override
    @Discovery
    public void register(
        jakarta.enterprise.inject.build.compatible.spi.MetaAnnotations annotations,
        ScannedClasses classes) {
      super.register(annotations, classes);
    }

    @Override
    @Registration(types = Object.class)
    public void check(BeanInfo bean, Messages messages) {
      super.check(bean, messages);
    }
  }

  @ApplicationScoped
  static class Managers {
    @Produces
    CacheManager manager() {
      return manager;
    }
  }

  @ApplicationScoped
  static class Lookups {
    @CacheResult(cacheName = "c")
    String find(String key) {
      return key + " " + CALLS.incrementAndGet();
    }

    @CachePut(cacheName = "c")
    void put(String key, @CacheValue String value) {}

    @CacheRemove(cacheName = "c")
    void remove(String key) {}

    @CacheRemoveAll(cacheName = "c")
    void removeAll() {}
  }

  @SuppressWarnings("unchecked") // an array of one class
  private WeldContainer container(boolean portable, Class<?>... beans) {
    manager = PROVIDER.getCacheManager(directory.toUri(), null);
    Weld weld = new Weld().addBeanClasses(beans).addBeanClass(Managers.class);
    if (!portable) {
      weld.setClassLoader(new WithoutPortableExtension());
      weld.addBuildCompatibleExtensions(Unskipped.class);
    }
    return weld.initialize();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void interceptsOnceByEitherExtension(boolean portable) {
    CALLS.set(0);
    try (WeldContainer weld = container(portable, Lookups.class)) {
      assertThat(hasPortableExtension(weld)).isEqualTo(portable);
      Lookups lookups = weld.select(Lookups.class).get();
      assertThat(lookups.find("a")).isEqualTo("a 1");
      assertThat(lookups.find("a")).isEqualTo("a 1");
      lookups.put("a", "put");
      assertThat(lookups.find("a")).isEqualTo("put");
      lookups.remove("a");
      assertThat(lookups.find("a")).isEqualTo("a 2");
      lookups.removeAll();
      assertThat(lookups.find("a")).isEqualTo("a 3");
      assertThat(CALLS).hasValue(3);
    }
  }

  private static boolean hasPortableExtension(WeldContainer weld) {
    try {
      return weld.getBeanManager().getExtension(JCacheExtension.class) != null;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  @ApplicationScoped
  static class StaticMethod {
    @CacheResult
    static String find(int id) {
      return "";
    }
  }

  @ApplicationScoped
  static class NoResult {
    @CacheResult
    void find(int id) {}
  }

  @ApplicationScoped
  static class NoValue {
    @CachePut
    void put(int id) {}
  }

  @ApplicationScoped
  static class Several {
    @CachePut
    @CacheRemove
    void put(@CacheValue int id) {}
  }

  @Test
  void mistakesAreRefusedWithTheirMethod() {
    assertRefused(StaticMethod.class, "find", Interception.UNSEEN);
    assertRefused(NoResult.class, "find", Interception.NO_RESULT);
    assertRefused(NoValue.class, "put", Interception.NO_VALUE);
    assertRefused(Several.class, "put", Interception.SEVERAL);
  }

  private void assertRefused(Class<?> bean, String method, String mistake) {
    assertThatThrownBy(() -> container(false, bean).close())
        .hasMessageContaining(bean.getName() + "." + method)
        .hasMessageContaining(mistake);
  }
}
