package io.persidict.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.persidict.Contention;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.context.SessionScoped;
import jakarta.inject.Inject;
import jakarta.interceptor.InvocationContext;
import java.io.Serializable;
import java.lang.annotation.Annotation;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.annotation.CacheDefaults;
import javax.cache.annotation.CacheInvocationContext;
import javax.cache.annotation.CacheInvocationParameter;
import javax.cache.annotation.CacheKey;
import javax.cache.annotation.CacheKeyGenerator;
import javax.cache.annotation.CacheKeyInvocationContext;
import javax.cache.annotation.CacheMethodDetails;
import javax.cache.annotation.CachePut;
import javax.cache.annotation.CacheRemoveAll;
import javax.cache.annotation.CacheResolver;
import javax.cache.annotation.CacheResolverFactory;
import javax.cache.annotation.CacheResult;
import javax.cache.annotation.CacheValue;
import javax.cache.annotation.GeneratedCacheKey;
import javax.cache.configuration.MutableConfiguration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Resolvers and key generators of applications, and annotations on classes. */
final class CustomizationTest {
  private static final List<String> RESOLVED = new ArrayList<>();
  private static final List<CacheKeyInvocationContext<?>> CONTEXTS = new ArrayList<>();

  @TempDir Path directory;
  private Container container;

  @BeforeEach
  void open() {
    RESOLVED.clear();
    CONTEXTS.clear();
    container =
        new Container(
            directory,
            Custom.class,
            Renaming.class,
            Foreign.class,
            ForeignCaches.class,
            Concrete.class,
            Clearing.class,
            Kept.class);
  }

  @AfterEach
  void close() {
    container.close();
  }

  /** A bean, because it has something injected. */
  @ApplicationScoped
  static class Renaming implements CacheResolverFactory {
    @Inject CacheManager manager;

    @Override
    public CacheResolver getCacheResolver(CacheMethodDetails<? extends Annotation> details) {
      return resolver("my " + details.getCacheName());
    }

    @Override
    public CacheResolver getExceptionCacheResolver(CacheMethodDetails<CacheResult> details) {
      return resolver("my " + details.getCacheAnnotation().exceptionCacheName());
    }

    private CacheResolver resolver(String name) {
      RESOLVED.add(name);
      manager.createCache(name, new MutableConfiguration<>());
      return new CacheResolver() {
        @Override
        public <K, V> Cache<K, V> resolveCache(CacheInvocationContext<? extends Annotation> call) {
          return manager.getCache(name);
        }
      };
    }
  }

  record Upper(String text) implements GeneratedCacheKey {}

  /** No bean. */
  static class IgnoringCase implements CacheKeyGenerator {
    @Override
    public GeneratedCacheKey generateCacheKey(
        CacheKeyInvocationContext<? extends Annotation> context) {
      CONTEXTS.add(context);
      return new Upper(String.valueOf(context.getKeyParameters()[0].getValue()).toUpperCase());
    }
  }

  @CacheDefaults(
      cacheName = "customs",
      cacheResolverFactory = Renaming.class,
      cacheKeyGenerator = IgnoringCase.class)
  static class Custom {
    @CacheResult(exceptionCacheName = "troubles")
    public String find(String key) {
      if (key.isEmpty()) {
        throw new IllegalStateException();
      }
      return key;
    }

    @CachePut
    public void put(@CacheKey String key, int other, @CacheValue String value) {}
  }

  @Test
  void factoriesThatAreBeansAndGeneratorsThatAreNotAreUsed() {
    Custom custom = container.bean(Custom.class);
    assertThat(List.of(custom.find("a"), custom.find("A"), custom.find("b")))
        .containsExactly("a", "a", "b");
    assertThatThrownBy(() -> custom.find("")).isInstanceOf(IllegalStateException.class);
    assertThat(RESOLVED).containsExactly("my customs", "my troubles");
    assertThat(container.cache("my customs").get(new Upper("A"))).isEqualTo("a");
    assertThat(container.cache("my troubles").get(new Upper("")))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void theContextTellsAllOfTheCall() throws Exception {
    Custom custom = container.bean(Custom.class);
    custom.put("a", 1, "value");
    CacheKeyInvocationContext<?> context = CONTEXTS.get(0);
    assertThat(context.getTarget()).isInstanceOf(Custom.class);
    assertThat(context.getMethod())
        .isEqualTo(Custom.class.getMethod("put", String.class, int.class, String.class));
    assertThat(context.getAnnotations()).singleElement().isInstanceOf(CachePut.class);
    assertThat(context.getCacheAnnotation()).isInstanceOf(CachePut.class);
    assertThat(context.getCacheName()).isEqualTo("customs");
    assertThat(Arrays.stream(context.getAllParameters()).map(CacheInvocationParameter::getValue))
        .containsExactly("a", 1, "value");
    assertThat(context.getKeyParameters())
        .singleElement()
        .extracting(CacheInvocationParameter::getParameterPosition)
        .isEqualTo(0);
    CacheInvocationParameter value = context.getValueParameter();
    assertThat(value.getRawType()).isEqualTo(String.class);
    assertThat(value.getParameterPosition()).isEqualTo(2);
    assertThat(value.getAnnotations()).singleElement().isInstanceOf(CacheValue.class);
    assertThat(context.unwrap(InvocationContext.class).getTarget()).isSameAs(context.getTarget());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> context.unwrap(String.class))
        .withMessageContaining("java.lang.String");
  }

  /** Gives caches that know nothing but what JCache says, as those of other providers. */
  static class ForeignCaches implements CacheResolverFactory {
    @Inject CacheManager manager;

    @Override
    public CacheResolver getCacheResolver(CacheMethodDetails<? extends Annotation> details) {
      Cache<Object, Object> cache =
          manager.createCache(details.getCacheName(), new MutableConfiguration<>());
      InvocationHandler handler =
          (proxy, method, arguments) -> {
            if (method.getName().equals("unwrap")) {
              throw new IllegalArgumentException("no " + arguments[0]);
            }
            return method.invoke(cache, arguments);
          };
      return new CacheResolver() {
        @Override
        @SuppressWarnings("unchecked") // what it stands for has any types
        public <K, V> Cache<K, V> resolveCache(CacheInvocationContext<? extends Annotation> call) {
          return (Cache<K, V>)
              Proxy.newProxyInstance(
                  Cache.class.getClassLoader(), new Class<?>[] {Cache.class}, handler);
        }
      };
    }

    @Override
    public CacheResolver getExceptionCacheResolver(CacheMethodDetails<CacheResult> details) {
      return getCacheResolver(details);
    }
  }

  static class Foreign {
    static final AtomicInteger CALLS = new AtomicInteger();

    @CacheResult(cacheName = "foreign", cacheResolverFactory = ForeignCaches.class)
    public String slow(String key) {
      Contention.awaitWaiters(19);
      return "call " + CALLS.incrementAndGet();
    }
  }

  @Test
  void aCacheThatCannotLeaseIsFilledByOneCallOfThisProcess() throws Exception {
    Foreign bean = container.bean(Foreign.class);
    ExecutorService threads = Executors.newFixedThreadPool(20);
    try {
      for (Future<String> result :
          threads.invokeAll(Collections.<Callable<String>>nCopies(20, () -> bean.slow("a")))) {
        assertThat(result.get()).isEqualTo("call 1");
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(bean.slow("a")).isEqualTo("call 1");
  }

  abstract static class Base<T> {
    int calls;

    @CacheResult
    public T find(T key) {
      calls++;
      return key;
    }
  }

  @CacheDefaults(cacheName = "concretes")
  static class Concrete extends Base<String> {}

  @Test
  void anInheritedMethodIsOfTheBean() {
    Concrete bean = container.bean(Concrete.class);
    bean.find("a");
    bean.find("a");
    assertThat(bean.calls).isEqualTo(1);
    assertThat(container.manager().getCacheNames()).contains("concretes");
  }

  @CacheRemoveAll(cacheName = "concretes")
  static class Clearing {
    public void anyMethod() {}
  }

  @Test
  void anAnnotationOnAClassIsOfAllItsMethods() {
    container.bean(Concrete.class).find("a");
    assertThat(container.cache("concretes")).hasSize(1);
    container.bean(Clearing.class).anyMethod();
    assertThat(container.cache("concretes")).isEmpty();
  }

  /** That it is deployed shows that the interceptors may be passivated with it. */
  @SessionScoped
  static class Kept implements Serializable {
    private static final long serialVersionUID = 1L;

    @CacheResult
    public String find(String key) {
      return key;
    }
  }
}
