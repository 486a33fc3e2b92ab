package io.persidict.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.inject.Stereotype;
import jakarta.enterprise.inject.spi.BeanManager;
import jakarta.inject.Inject;
import jakarta.interceptor.AroundInvoke;
import jakarta.interceptor.InterceptorBinding;
import jakarta.interceptor.InvocationContext;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import javax.cache.annotation.CacheDefaults;
import javax.cache.annotation.CacheRemoveAll;
import javax.cache.annotation.CacheResult;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Annotations that stand on a class, by themselves or by way of another annotation. */
final class ClassAnnotationsTest {
  private static final AtomicInteger CALLS = new AtomicInteger();

  @TempDir Path directory;
  private Container container;

  @BeforeEach
  void reset() {
    CALLS.set(0);
  }

  @AfterEach
  void close() {
    if (container != null) {
      container.close();
    }
  }

  private <T> T bean(Class<T> type) {
    container = new Container(directory, type);
    return container.bean(type);
  }

  // ---- methods that the container calls

  @CacheResult(cacheName = "prepared")
  static class Prepared {
    private String prefix = "not prepared ";
    private BeanManager beans;

    @Inject
    void prepare(BeanManager injected) {
      beans = injected;
    }

    @PostConstruct
    void begin() {
      prefix = "prepared ";
    }

    @PreDestroy
    final void end() {}

    @AroundInvoke
    Object around(InvocationContext context) throws Exception {
      return context.proceed();
    }

    String find(String key) {
      CALLS.incrementAndGet();
      return prefix + key + (beans == null ? " without beans" : "");
    }
  }

  @Test
  void aClassMayHaveLifecycleCallbacksAndInitializers() {
    Prepared bean = bean(Prepared.class);
    assertThat(bean.find("a")).isEqualTo("prepared a");
    assertThat(bean.find("a")).isEqualTo("prepared a");
    assertThat(CALLS).hasValue(1);
  }

  static class AnnotatedCallback {
    @PostConstruct
    @CacheRemoveAll(cacheName = "c")
    void begin() {}
  }

  @Test
  void anAnnotatedLifecycleCallbackIsRefused() {
    assertThatThrownBy(() -> bean(AnnotatedCallback.class))
        .hasMessageContainingAll("begin()", "@CacheRemoveAll", "business method");
  }

  // ---- stereotypes and bindings

  @Stereotype
  @CacheResult(cacheName = "of stereotype")
  @Retention(RetentionPolicy.RUNTIME)
  @Target(ElementType.TYPE)
  @interface Remembering {}

  @Stereotype
  @Remembering
  @Retention(RetentionPolicy.RUNTIME)
  @Target(ElementType.TYPE)
  @interface Service {}

  @InterceptorBinding
  @CacheResult(cacheName = "of binding")
  @Retention(RetentionPolicy.RUNTIME)
  @Target({ElementType.TYPE, ElementType.METHOD})
  @interface Remembered {}

  @Stereotype
  @CacheDefaults(cacheName = "of defaults")
  @Retention(RetentionPolicy.RUNTIME)
  @Target(ElementType.TYPE)
  @interface WithDefaults {}

  interface Finder {
    int find(String key);
  }

  @Remembering
  static class ByStereotype implements Finder {
    @Override
    public int find(String key) {
      return CALLS.incrementAndGet();
    }
  }

  @Service
  static class ByStereotypeOfStereotype implements Finder {
    @Override
    public int find(String key) {
      return CALLS.incrementAndGet();
    }
  }

  static class ByBinding implements Finder {
    @Override
    @Remembered
    public int find(String key) {
      return CALLS.incrementAndGet();
    }
  }

  @WithDefaults
  static class ByDefaults implements Finder {
    @Override
    @CacheResult
    public int find(String key) {
      return CALLS.incrementAndGet();
    }
  }

  @Remembering
  @CacheResult(cacheName = "its own")
  static class ByItself implements Finder {
    @Override
    public int find(String key) {
      return CALLS.incrementAndGet();
    }
  }

  private void assertFoundIn(Class<? extends Finder> type, String cache) {
    Finder bean = bean(type);
    assertThat(bean.find("a")).isEqualTo(1);
    assertThat(bean.find("a")).isEqualTo(1);
    assertThat(container.manager().getCacheNames()).containsExactly(cache);
  }

  @Test
  void anAnnotationOnAStereotypeHolds() {
    assertFoundIn(ByStereotype.class, "of stereotype");
  }

  @Test
  void anAnnotationOnAStereotypeOfAStereotypeHolds() {
    assertFoundIn(ByStereotypeOfStereotype.class, "of stereotype");
  }

  @Test
  void anAnnotationOnABindingHolds() {
    assertFoundIn(ByBinding.class, "of binding");
  }

  @Test
  void defaultsOnAStereotypeHold() {
    assertFoundIn(ByDefaults.class, "of defaults");
  }

  @Test
  void theAnnotationOfTheClassGoesBeforeThatOfItsStereotype() {
    assertFoundIn(ByItself.class, "its own");
  }

  @Remembering
  static class FinalByStereotype {
    final String find(String key) {
      return key;
    }
  }

  @Remembering
  static class NothingByStereotype {
    void find(String key) {}
  }

  @ParameterizedTest
  @ValueSource(classes = {FinalByStereotype.class, NothingByStereotype.class})
  void whatCannotBeInterceptedIsRefusedAlsoByStereotype(Class<?> type) {
    assertThatThrownBy(() -> bean(type)).hasMessageContainingAll("find", "@CacheResult");
  }
}
