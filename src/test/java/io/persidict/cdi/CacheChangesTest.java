package io.persidict.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import javax.cache.Cache;
import javax.cache.annotation.CacheDefaults;
import javax.cache.annotation.CacheKey;
import javax.cache.annotation.CachePut;
import javax.cache.annotation.CacheRemove;
import javax.cache.annotation.CacheRemoveAll;
import javax.cache.annotation.CacheValue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Methods that put, remove, and remove all: before or after, and what exceptions do to it. */
final class CacheChangesTest {
  private static final ArgumentsKey KEY = new ArgumentsKey(new Object[] {"a"});

  @TempDir Path directory;
  private Container container;
  private Cache<Object, Object> people;
  private People bean;

  @BeforeEach
  void open() {
    container = new Container(directory, People.class);
    people =
        container
            .manager()
            .createCache("people", new javax.cache.configuration.MutableConfiguration<>());
    bean = container.bean(People.class);
    People.body = () -> null;
  }

  @AfterEach
  void close() {
    container.close();
  }

  @CacheDefaults(cacheName = "people")
  static class People {
    static Supplier<Object> body;

    @CachePut
    void put(String name, @CacheValue Object value) {
      body.get();
    }

    @CachePut
    void putByKey(String ignored, @CacheKey String name, @CacheValue List<Object> value) {
      value.add(body.get());
    }

    @CachePut(afterInvocation = false)
    void putBefore(String name, @CacheValue Object value) {
      body.get();
    }

    @CachePut(cacheFor = RuntimeException.class, noCacheFor = IllegalStateException.class)
    void putFor(String name, @CacheValue Object value) {
      body.get();
    }

    @CachePut(noCacheFor = IllegalStateException.class)
    void putNotFor(String name, @CacheValue Object value) {
      body.get();
    }

    @CacheRemove
    void remove(String name) {
      body.get();
    }

    @CacheRemove(afterInvocation = false)
    void removeBefore(String name) {
      body.get();
    }

    @CacheRemove(evictFor = RuntimeException.class, noEvictFor = IllegalStateException.class)
    void removeFor(String name) {
      body.get();
    }

    @CacheRemoveAll
    void removeAll() {
      body.get();
    }

    @CacheRemoveAll(afterInvocation = false)
    void removeAllBefore() {
      body.get();
    }

    @CacheRemoveAll(evictFor = RuntimeException.class, noEvictFor = IllegalStateException.class)
    void removeAllFor() {
      body.get();
    }
  }

  private Runnable seeing(Runnable call, List<Object> seen) {
    return () -> {
      People.body = () -> seen.add(people.get(KEY));
      call.run();
    };
  }

  private static void failing(RuntimeException exception, Runnable call) {
    People.body =
        () -> {
          throw exception;
        };
    assertThatThrownBy(call::run).isSameAs(exception);
  }

  @Test
  void putsAfterOrBeforeTheCall() {
    List<Object> seen = new ArrayList<>();
    seeing(() -> bean.put("a", 1), seen).run();
    seeing(() -> bean.putBefore("a", 2), seen).run();
    assertThat(seen).containsExactly(null, 2);
    assertThat(people.get(KEY)).isEqualTo(2);
  }

  @Test
  void putsTheValueAsTheMethodLeavesItUnderTheMarkedKey() {
    People.body = () -> "added";
    bean.putByKey("ignored", "a", new ArrayList<>());
    assertThat(people.get(KEY)).isEqualTo(List.of("added"));
  }

  @Test
  void puttingNullRemoves() {
    people.put(KEY, 1);
    bean.put("a", null);
    assertThat(people.containsKey(KEY)).isFalse();
  }

  @Test
  void removesAfterOrBeforeTheCall() {
    List<Object> seen = new ArrayList<>();
    people.put(KEY, 1);
    people.put("other", 1);
    seeing(() -> bean.remove("a"), seen).run();
    assertThat(people.containsKey(KEY)).isFalse();
    people.put(KEY, 2);
    seeing(() -> bean.removeBefore("a"), seen).run();
    assertThat(people.containsKey(KEY)).isFalse();
    assertThat(seen).containsExactly(1, null);
    assertThat(people.get("other")).isEqualTo(1);
  }

  @Test
  void removesAllAfterOrBeforeTheCall() {
    List<Object> seen = new ArrayList<>();
    people.put(KEY, 1);
    seeing(bean::removeAll, seen).run();
    assertThat(people).isEmpty();
    people.put(KEY, 2);
    seeing(bean::removeAllBefore, seen).run();
    assertThat(people).isEmpty();
    assertThat(seen).containsExactly(1, null);
  }

  @Test
  void exceptionsPreventTheChangeUnlessTheListsSayOtherwise() {
    RuntimeException any = new UncheckedIOException(new IOException());
    RuntimeException excluded = new IllegalStateException();
    people.put(KEY, 0);
    for (Runnable call :
        List.<Runnable>of(() -> bean.put("a", 1), () -> bean.remove("a"), () -> bean.removeAll())) {
      failing(any, call);
    }
    for (Runnable call :
        List.<Runnable>of(
            () -> bean.putFor("a", 1),
            () -> bean.putNotFor("a", 1),
            () -> bean.removeFor("a"),
            () -> bean.removeAllFor())) {
      failing(excluded, call);
    }
    assertThat(people.get(KEY)).isEqualTo(0);

    failing(any, () -> bean.putFor("a", 1));
    assertThat(people.get(KEY)).isEqualTo(1);
    failing(any, () -> bean.putNotFor("a", 2));
    assertThat(people.get(KEY)).isEqualTo(2);
    failing(any, () -> bean.removeFor("a"));
    assertThat(people.get(KEY)).isNull();
    people.put(KEY, 3);
    failing(any, () -> bean.removeAllFor());
    assertThat(people).isEmpty();
  }

  @Test
  void beforeTheCallTheChangeIsMadeWhateverTheMethodThrows() {
    RuntimeException any = new IllegalStateException();
    failing(any, () -> bean.putBefore("a", 1));
    assertThat(people.get(KEY)).isEqualTo(1);
    failing(any, () -> bean.removeBefore("a"));
    assertThat(people.get(KEY)).isNull();
    people.put(KEY, 2);
    failing(any, () -> bean.removeAllBefore());
    assertThat(people).isEmpty();
  }
}
