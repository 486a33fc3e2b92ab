package io.persidict.cdi;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.annotation.Annotation;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.cache.annotation.CacheMethodDetails;
import javax.cache.annotation.CacheResolver;
import javax.cache.annotation.CacheResolverFactory;
import javax.cache.annotation.CacheResult;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A resolver factory that takes its time, or waits for other annotated methods. */
final class SlowResolverTest {
  private static final CountDownLatch ASKED = new CountDownLatch(1);
  private static final CountDownLatch GO_ON = new CountDownLatch(1);

  @TempDir Path directory;

  static class Slow implements CacheResolverFactory {
    @Override
    public CacheResolver getCacheResolver(CacheMethodDetails<? extends Annotation> details) {
      ASKED.countDown();
      try {
        assertThat(GO_ON.await(5, TimeUnit.MINUTES)).isTrue();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
      throw new IllegalStateException("no caches today");
    }

    @Override
    public CacheResolver getExceptionCacheResolver(CacheMethodDetails<CacheResult> details) {
      throw new AssertionError("there is no cache for exceptions");
    }
  }

  static class Finder {
    @CacheResult(cacheResolverFactory = Slow.class)
    public String slow(String key) {
      return key;
    }

    @CacheResult(cacheName = "quick")
    public String quick(String key) {
      return key;
    }
  }

  @Test
  void onlyItsOwnMethodIsHeldUp() throws Exception {
    try (Container container = new Container(directory, Finder.class)) {
      Finder finder = container.bean(Finder.class);
      CompletableFuture<String> slow = CompletableFuture.supplyAsync(() -> finder.slow("a"));
      try {
        assertThat(ASKED.await(5, TimeUnit.MINUTES)).isTrue();
        CompletableFuture<String> quick = CompletableFuture.supplyAsync(() -> finder.quick("b"));
        assertThat(quick.get(5, TimeUnit.MINUTES)).isEqualTo("b");
        assertThat(slow).isNotDone();
      } finally {
        GO_ON.countDown();
      }
      assertThat(slow.handle((value, thrown) -> thrown).get(5, TimeUnit.MINUTES))
          .hasMessageContaining("no caches today");
    }
  }
}
