package io.persidict.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.annotation.Annotation;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.annotation.CacheInvocationContext;
import javax.cache.annotation.CacheKeyGenerator;
import javax.cache.annotation.CacheKeyInvocationContext;
import javax.cache.annotation.CacheMethodDetails;
import javax.cache.annotation.CachePut;
import javax.cache.annotation.CacheRemove;
import javax.cache.annotation.CacheRemoveAll;
import javax.cache.annotation.CacheResolver;
import javax.cache.annotation.CacheResolverFactory;
import javax.cache.annotation.CacheResult;
import javax.cache.annotation.CacheValue;
import javax.cache.annotation.GeneratedCacheKey;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Annotated methods that cannot work are refused with their class, method and annotation. */
final class MistakesTest {
  @TempDir Path directory;
  private Container container;

  @AfterEach
  void close() {
    if (container != null) {
      container.close();
    }
  }

  // ---- found at deployment

  static class FinalMethod {
    @CacheResult
    final String find(int id) {
      return "";
    }
  }

  static class PrivateMethod {
    @CacheRemove
    private String find(int id) {
      return "";
    }
  }

  static class StaticMethod {
    @CacheRemoveAll
    static String find(int id) {
      return "";
    }
  }

  static final class FinalClass {
    @CacheResult
    String find(int id) {
      return "";
    }
  }

  static class Nothing {
    @CacheResult
    void find(int id) {}
  }

  static class WithoutValue {
    @CachePut
    String find(int id) {
      return "";
    }
  }

  static class TwoValues {
    @CachePut
    String find(@CacheValue int id, @CacheValue int other) {
      return "";
    }
  }

  static class Several {
    @CacheResult
    @CacheRemove
    String find(int id) {
      return "";
    }
  }

  @CacheRemoveAll
  static class OnTheClass {
    final String find(int id) {
      return "";
    }
  }

  static class Inheriting extends FinalMethod {}

  static Stream<Arguments> mistakes() {
    return Stream.of(
        Arguments.of(
            FinalMethod.class, "FinalMethod.find(int), annotated with @CacheResult: ", "final"),
        Arguments.of(
            PrivateMethod.class,
            "PrivateMethod.find(int), annotated with @CacheRemove: ",
            "private"),
        Arguments.of(
            StaticMethod.class,
            "StaticMethod.find(int), annotated with @CacheRemoveAll: ",
            "static"),
        Arguments.of(
            FinalClass.class,
            "FinalClass.find(int), annotated with @CacheResult: ",
            "final classes"),
        Arguments.of(
            Nothing.class, "Nothing.find(int), annotated with @CacheResult: ", "returns nothing"),
        Arguments.of(
            WithoutValue.class,
            "WithoutValue.find(int), annotated with @CachePut: ",
            "@CacheValue"),
        Arguments.of(
            TwoValues.class, "TwoValues.find(int,int), annotated with @CachePut: ", "exactly one"),
        Arguments.of(Several.class, "Several.find(int), annotated with @CacheRemove: ", "several"),
        Arguments.of(
            OnTheClass.class, "OnTheClass.find(int), annotated with @CacheRemoveAll: ", "final"),
        Arguments.of(
            Inheriting.class, "FinalMethod.find(int), annotated with @CacheResult: ", "final"));
  }

  @ParameterizedTest
  @MethodSource("mistakes")
  void areRefusedAtDeployment(Class<?> bean, String where, String what) {
    assertThatThrownBy(() -> container = new Container(directory, bean))
        .hasMessageContaining(MistakesTest.class.getName() + "$" + where)
        .hasMessageContaining(what);
  }

  static class Good {
    @CacheResult
    String find(int id) {
      return "";
    }
  }

  @Test
  void aMethodWithoutMistakesIsNot() {
    container = new Container(directory, Good.class);
    assertThat(container.bean(Good.class).find(1)).isEmpty();
  }

  // ---- found at the call

  static class NullResolver implements CacheResolverFactory {
    @Override
    public CacheResolver getCacheResolver(CacheMethodDetails<? extends Annotation> details) {
      return null;
    }

    @Override
    public CacheResolver getExceptionCacheResolver(CacheMethodDetails<CacheResult> details) {
      return null;
    }
  }

  static class NullCache implements CacheResolverFactory {
    @Override
    public CacheResolver getCacheResolver(CacheMethodDetails<? extends Annotation> details) {
      return new CacheResolver() {
        @Override
        public <K, V> Cache<K, V> resolveCache(CacheInvocationContext<? extends Annotation> call) {
          return null;
        }
      };
    }

    @Override
    public CacheResolver getExceptionCacheResolver(CacheMethodDetails<CacheResult> details) {
      return getCacheResolver(details);
    }
  }

  static class Strict extends NullCache {
    @Override
    public CacheResolver getCacheResolver(CacheMethodDetails<? extends Annotation> details) {
      return new CacheResolver() {
        @Override
        public <K, V> Cache<K, V> resolveCache(CacheInvocationContext<? extends Annotation> call) {
          throw new IllegalArgumentException("there is no cache \"" + call.getCacheName() + "\"");
        }
      };
    }
  }

  static class NullKey implements CacheKeyGenerator {
    @Override
    public GeneratedCacheKey generateCacheKey(
        CacheKeyInvocationContext<? extends Annotation> context) {
      return null;
    }
  }

  static class NeedsArgument extends NullKey {
    NeedsArgument(String argument) {}
  }

  static class Calls {
    static boolean called;

    @CacheResult(cacheName = "objects")
    Object unserializable(int id) {
      called = true;
      return new Object();
    }

    @CacheResult(cacheName = "threads")
    String unserializableArgument(Thread id) {
      called = true;
      return "";
    }

    @CachePut(cacheName = "puts")
    void unserializableValue(int id, @CacheValue Object value) {}

    @CacheResult(cacheName = "resolver", cacheResolverFactory = NullResolver.class)
    String nullResolver(int id) {
      called = true;
      return "";
    }

    @CacheRemove(cacheName = "cache", cacheResolverFactory = NullCache.class)
    void nullCache(int id) {
      called = true;
    }

    @CacheRemoveAll(cacheName = "no such", cacheResolverFactory = Strict.class)
    void unknownCache() {
      called = true;
    }

    @CacheResult(cacheName = "key", cacheKeyGenerator = NullKey.class)
    String nullKey(int id) {
      called = true;
      return "";
    }

    @CacheResult(cacheName = "generator", cacheKeyGenerator = NeedsArgument.class)
    String noGenerator(int id) {
      called = true;
      return "";
    }

    @CacheResult(cacheName = "shared")
    int length(String text) {
      return text.length();
    }

    @CacheResult(cacheName = "shared")
    String reversed(String text) {
      called = true;
      return new StringBuilder(text).reverse().toString();
    }

    @CacheResult(cacheName = "both", exceptionCacheName = "both")
    Object oneCacheForBoth(int id) {
      called = true;
      throw new IllegalStateException();
    }

    @CacheResult(cacheName = "failing", exceptionCacheName = "failures")
    String unserializableException(int id) {
      throw new Unserializable();
    }
  }

  static class Unserializable extends RuntimeException {
    private static final long serialVersionUID = 1L;
    final Object part = new Object();
  }

  private Calls calls() {
    container = new Container(directory, Calls.class);
    Calls.called = false;
    return container.bean(Calls.class);
  }

  private static void assertMistake(Runnable call, String... parts) {
    var thrown =
        assertThatExceptionOfType(CacheException.class)
            .isThrownBy(call::run)
            .withMessageStartingWith(Calls.class.getName() + "." + parts[0]);
    for (String part : parts) {
      thrown.withMessageContaining(part);
    }
  }

  @Test
  void aResultThatCannotBeStored() {
    Calls calls = calls();
    assertMistake(
        () -> calls.unserializable(1),
        "unserializable(int), annotated with @CacheResult: ",
        "java.lang.Object",
        "\"objects\"",
        "Serializable");
    assertMistake(
        () -> calls.unserializableValue(1, new Thread()),
        "unserializableValue(int,java.lang.Object), annotated with @CachePut: ",
        "java.lang.Thread",
        "\"puts\"");
  }

  @Test
  void anArgumentThatCannotBeStored() {
    Calls calls = calls();
    assertMistake(
        () -> calls.unserializableArgument(new Thread()),
        "unserializableArgument(java.lang.Thread), annotated with @CacheResult: ",
        "java.lang.Thread",
        "\"threads\"");
    assertThat(Calls.called).isFalse();
  }

  @Test
  void oneCacheForResultsAndExceptions() {
    Calls calls = calls();
    assertMistake(
        () -> calls.oneCacheForBoth(1),
        "oneCacheForBoth(int), annotated with @CacheResult: ",
        "exceptionCacheName",
        "\"both\"");
    assertThat(Calls.called).isFalse();
  }

  @Test
  void resolversAndGeneratorsThatGiveNothing() {
    Calls calls = calls();
    assertMistake(
        () -> calls.nullResolver(1),
        "nullResolver(int), annotated with @CacheResult: ",
        NullResolver.class.getName() + ".getCacheResolver returned null");
    assertMistake(
        () -> calls.nullCache(1),
        "nullCache(int), annotated with @CacheRemove: ",
        NullCache.class.getName() + "$1.resolveCache returned null");
    assertMistake(
        () -> calls.nullKey(1),
        "nullKey(int), annotated with @CacheResult: ",
        NullKey.class.getName() + ".generateCacheKey returned null");
    assertMistake(
        () -> calls.noGenerator(1),
        "noGenerator(int), annotated with @CacheResult: ",
        NeedsArgument.class.getName());
    assertThat(Calls.called).isFalse();
  }

  @Test
  void aCacheThatIsNotKnown() {
    Calls calls = calls();
    assertMistake(
        calls::unknownCache,
        "unknownCache(), annotated with @CacheRemoveAll: ",
        "there is no cache \"no such\"");
    assertThat(Calls.called).isFalse();
  }

  @Test
  void twoMethodsWithOneCacheAndOtherResults() {
    Calls calls = calls();
    calls.length("abc");
    assertMistake(
        () -> calls.reversed("abc"),
        "reversed(java.lang.String), annotated with @CacheResult: ",
        "java.lang.Integer",
        "java.lang.String",
        "\"shared\"");
    assertThat(Calls.called).isFalse();
  }

  @Test
  void anExceptionThatCannotBeStoredIsThrownAllTheSame() {
    Calls calls = calls();
    assertThatThrownBy(() -> calls.unserializableException(1))
        .isExactlyInstanceOf(Unserializable.class)
        .satisfies(
            thrown ->
                assertThat(List.of(thrown.getSuppressed()))
                    .singleElement()
                    .asString()
                    .contains("unserializableException(int), annotated with @CacheResult: "));
  }
}
