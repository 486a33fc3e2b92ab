package io.persidict.jcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.persidict.NoMoreThreads;
import io.persidict.extra.EntryExpiryPolicy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.event.CacheEntryCreatedListener;
import javax.cache.integration.CacheLoader;
import javax.cache.integration.CacheLoaderException;
import javax.cache.integration.CacheWriter;
import javax.cache.integration.CacheWriterException;
import javax.cache.integration.CompletionListenerFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Loaders and writers that do what they should not. */
@ParameterizedClass
@ValueSource(strings = {Layouts.ENTRY, Layouts.PLAIN})
final class LoadersTest {
  @Parameter String layout;

  @TempDir Path directory;

  private final PersiDictCachingProvider provider = new PersiDictCachingProvider();

  @AfterEach
  void close() {
    provider.close();
  }

  /** Is of raw types, as a loader may be. */
  @SuppressWarnings({"rawtypes", "unchecked"})
  private static final class Loader implements CacheLoader {
    private final Function<Object, Object> one;
    private final Function<Collection<Object>, Map> many;

    Loader(Function<Object, Object> one, Function<Collection<Object>, Map> many) {
      this.one = one;
      this.many = many;
    }

    @Override
    public Object load(Object key) {
      return one.apply(key);
    }

    @Override
    public Map loadAll(Iterable keys) {
      return many.apply((Collection<Object>) keys);
    }
  }

  private <K> Cache<K, Integer> open(
      Class<K> keyType,
      Function<Object, Object> one,
      Function<Collection<Object>, Map<?, ?>> many) {
    @SuppressWarnings("unchecked")
    MutableConfiguration<K, Integer> configuration =
        new MutableConfiguration<K, Integer>()
            .setTypes(keyType, Integer.class)
            .setReadThrough(true)
            .setCacheLoaderFactory(() -> new Loader(one, many::apply));
    return provider
        .getCacheManager(directory.toUri(), null, Layouts.settings(layout))
        .createCache("c", configuration);
  }

  private static <K> void loadAll(Cache<K, Integer> cache, boolean replace, Set<K> keys)
      throws Exception {
    CompletionListenerFuture loaded = new CompletionListenerFuture();
    cache.loadAll(keys, replace, loaded);
    loaded.get(5, TimeUnit.MINUTES);
  }

  @Test
  void whereNoThreadCanBeStartedTheCallerLoads() throws Exception {
    Cache<String, Integer> cache = open(String.class, key -> 1, keys -> Map.of("a", 1, "b", 2));
    try (NoMoreThreads none = new NoMoreThreads()) {
      loadAll(cache, false, Set.of("a", "b"));
    }
    assertThat(cache.getAll(Set.of("a", "b"))).isEqualTo(Map.of("a", 1, "b", 2));
    cache.close();
  }

  private static <V> List<V> iterated(Cache<?, V> cache) {
    List<V> values = new ArrayList<>();
    cache.forEach(entry -> values.add(entry.getValue()));
    return values;
  }

  // ---- more than was asked for

  @Test
  void getAllReturnsWhatWasAskedForAndStoresWhatElseComes() throws Exception {
    Cache<String, Integer> cache =
        open(String.class, key -> null, keys -> Map.of("a", 1, "b", 2, "extra", 3, "old", 4));
    cache.put("old", 0);
    assertThat(cache.getAll(Set.of("a", "b"))).isEqualTo(Map.of("a", 1, "b", 2));
    assertThat(cache.containsKey("extra")).isTrue();
    loadAll(cache, true, Set.of("a"));
    assertThat(cache.get("old")).as("is not replaced unasked").isEqualTo(0);
  }

  @Test
  void keysOfTheLoadersOwnAreThoseThatWereAskedFor() {
    Layouts.assumeEntry(layout, "keys that are bytes");
    Cache<byte[], Integer> cache =
        open(
            byte[].class,
            key -> null,
            keys -> {
              Map<Object, Integer> loaded = new HashMap<>();
              keys.forEach(key -> loaded.put(((byte[]) key).clone(), 1));
              return loaded;
            });
    byte[] key = {1, 2};
    assertThat(cache.getAll(Set.of(key))).containsOnlyKeys(key);
    assertThat(cache.get(new byte[] {1, 2})).isEqualTo(1);
  }

  @Test
  void aLoaderMayChangeTheCollectionItIsGiven() throws Exception {
    Cache<String, Integer> cache =
        open(
            String.class,
            key -> null,
            keys -> {
              Map<Object, Integer> loaded = new HashMap<>();
              keys.forEach(key -> loaded.put(key, 1));
              keys.clear();
              return loaded;
            });
    assertThat(cache.getAll(Set.of("a", "b"))).isEqualTo(Map.of("a", 1, "b", 1));
    loadAll(cache, true, Set.of("c"));
    assertThat(cache.get("c")).isEqualTo(1);
  }

  @Test
  void keysThatAreChangedAfterLoadAllAreLoadedAsTheyWere() throws Exception {
    Layouts.assumeEntry(layout, "keys that are bytes");
    CountDownLatch changed = new CountDownLatch(1);
    Cache<byte[], Integer> cache =
        open(
            byte[].class,
            key -> null,
            keys -> {
              try {
                changed.await();
              } catch (InterruptedException e) {
                throw new CacheLoaderException(e);
              }
              Map<Object, Integer> loaded = new HashMap<>();
              keys.forEach(key -> loaded.put(key, (int) ((byte[]) key)[0]));
              return loaded;
            });
    byte[] key = {1};
    CompletionListenerFuture loaded = new CompletionListenerFuture();
    cache.loadAll(Set.of(key), false, loaded);
    key[0] = 2;
    changed.countDown();
    loaded.get(5, TimeUnit.MINUTES);
    assertThat(cache.get(new byte[] {1})).isEqualTo(1);
    assertThat(cache.containsKey(new byte[] {2})).isFalse();
  }

  @Test
  void equalKeysAreLoadedOnceAndAllOfThemGetIt() {
    Layouts.assumeEntry(layout, "keys that are bytes");
    AtomicInteger loads = new AtomicInteger();
    Cache<byte[], Integer> cache =
        open(
            byte[].class,
            key -> null,
            keys -> {
              Map<Object, Integer> loaded = new HashMap<>();
              keys.forEach(key -> loaded.put(key, loads.incrementAndGet()));
              return loaded;
            });
    byte[] one = {1};
    byte[] same = {1};
    Map<byte[], Integer> found = cache.getAll(Set.of(one, same));
    assertThat(found).hasSize(2);
    assertThat(found.get(one)).isEqualTo(1);
    assertThat(found.get(same)).isEqualTo(1);
    assertThat(loads).hasValue(1);
  }

  // ---- failures

  static List<Throwable> thrown() {
    return Arrays.asList(
        new IllegalStateException("on purpose"),
        new AssertionError("on purpose"),
        new StackOverflowError("on purpose"),
        new NoClassDefFoundError("on purpose"),
        new IOException("on purpose"));
  }

  @SuppressWarnings("unchecked")
  private static <X extends Throwable> RuntimeException sneak(Throwable thrown) throws X {
    throw (X) thrown;
  }

  @ParameterizedTest
  @MethodSource("thrown")
  void whateverALoaderThrowsIsItsExceptionAndNothingIsStored(Throwable thrown) {
    Cache<String, Integer> cache =
        open(
            String.class,
            key -> {
              throw LoadersTest.<RuntimeException>sneak(thrown);
            },
            keys -> {
              throw LoadersTest.<RuntimeException>sneak(thrown);
            });
    assertThatExceptionOfType(CacheLoaderException.class)
        .isThrownBy(() -> cache.get("a"))
        .withCause(thrown);
    assertThatExceptionOfType(CacheLoaderException.class)
        .isThrownBy(() -> cache.getAll(Set.of("a")))
        .withCause(thrown);
    assertThatExceptionOfType(ExecutionException.class)
        .isThrownBy(() -> loadAll(cache, true, Set.of("a")))
        .withCauseInstanceOf(CacheLoaderException.class);
    assertThat(iterated(cache)).isEmpty();
    cache.put("a", 1);
    assertThat(cache.get("a")).isEqualTo(1);
  }

  @Test
  void aProcessorMayAskAgainForWhatCouldNotBeLoaded() {
    AtomicInteger loads = new AtomicInteger();
    Cache<String, Integer> cache =
        open(
            String.class,
            key -> {
              if (loads.incrementAndGet() == 1) {
                throw new IllegalStateException("not now");
              }
              return 1;
            },
            keys -> Map.of());
    int loaded =
        cache.invoke(
            "a",
            (entry, arguments) -> {
              assertThatExceptionOfType(CacheLoaderException.class).isThrownBy(entry::getValue);
              return entry.getValue();
            });
    assertThat(loaded).isEqualTo(1);
    assertThat(loads).hasValue(2);
    assertThat(cache.containsKey("a")).isTrue();
  }

  /** Throws what interrupted it, as code of languages without checked exceptions may. */
  private static RuntimeException interrupted() {
    return LoadersTest.<RuntimeException>sneak(new InterruptedException("on purpose"));
  }

  @Test
  void anInterruptThatOthersThrowStaysPending() {
    Cache<String, Integer> loaded =
        open(
            String.class,
            key -> {
              throw interrupted();
            },
            keys -> {
              throw interrupted();
            });
    CacheWriter<String, Integer> writer = failingWriter(new InterruptedException("on purpose"));
    Cache<String, Integer> written =
        create("written", types -> types.setWriteThrough(true).setCacheWriterFactory(() -> writer));
    CacheEntryCreatedListener<String, Integer> listener =
        events -> {
          throw interrupted();
        };
    Cache<String, Integer> observed =
        create(
            "observed",
            types ->
                types.addCacheEntryListenerConfiguration(
                    new MutableCacheEntryListenerConfiguration<>(
                        () -> listener, null, false, true)));
    for (Runnable call :
        List.<Runnable>of(
            () -> loaded.get("a"),
            () -> loaded.getAll(Set.of("a")),
            () -> written.put("a", 1),
            () -> written.removeAll(Set.of("a")),
            () -> observed.put("a", 1),
            () ->
                observed.invoke(
                    "a",
                    (entry, arguments) -> {
                      throw interrupted();
                    }))) {
      assertThatExceptionOfType(CacheException.class).isThrownBy(call::run);
      assertThat(Thread.interrupted()).isTrue();
    }
    if (layout.equals(Layouts.ENTRY)) {
      EntryExpiryPolicy<String, Integer> policy =
          (key, value) -> {
            throw interrupted();
          };
      create("expiring", types -> types.setExpiryPolicyFactory(() -> policy)).put("a", 1);
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  /** Fails when it is asked for its message, as one does that is put together too late. */
  private static final class Untellable extends RuntimeException {
    private static final long serialVersionUID = 1L;

    @Override
    public String getMessage() {
      throw new IllegalStateException("nobody knows");
    }
  }

  @Test
  void whatCannotTellWhatItIsIsAFailureLikeOthers() {
    Cache<String, Integer> loaded =
        open(
            String.class,
            key -> {
              throw new Untellable();
            },
            keys -> Map.of());
    assertThatExceptionOfType(CacheLoaderException.class)
        .isThrownBy(() -> loaded.get("a"))
        .withMessageContaining(Untellable.class.getName());
    CacheWriter<String, Integer> writer = failingWriter(new Untellable());
    Cache<String, Integer> written =
        create("written", types -> types.setWriteThrough(true).setCacheWriterFactory(() -> writer));
    assertThatExceptionOfType(CacheWriterException.class)
        .isThrownBy(() -> written.put("a", 1))
        .withMessageContaining(Untellable.class.getName());
    if (layout.equals(Layouts.ENTRY)) {
      EntryExpiryPolicy<String, Integer> policy =
          (key, value) -> {
            throw new Untellable();
          };
      Cache<String, Integer> expiring =
          create("expiring", types -> types.setExpiryPolicyFactory(() -> policy));
      expiring.put("a", 1);
      assertThat(expiring.get("a")).isEqualTo(1);
    }
  }

  private static Map<Object, Object> mapOf(Object key, Object value) {
    Map<Object, Object> map = new HashMap<>();
    map.put("b", 2);
    map.put(key, value);
    return map;
  }

  static List<Map<?, ?>> malformed() {
    return Arrays.asList(null, mapOf(null, 1), mapOf("a", "text"), mapOf(1, 1), mapOf("x", 1L));
  }

  @ParameterizedTest
  @MethodSource("malformed")
  void aMapThatIsNoneOfTheCachesEntriesIsRefusedAndNothingStored(Map<?, ?> loaded) {
    Cache<String, Integer> cache = open(String.class, key -> null, keys -> loaded);
    assertThatExceptionOfType(CacheLoaderException.class)
        .isThrownBy(() -> cache.getAll(Set.of("a", "b")))
        .withMessageContaining(Loader.class.getName());
    assertThatExceptionOfType(ExecutionException.class)
        .isThrownBy(() -> loadAll(cache, true, Set.of("a")))
        .withCauseInstanceOf(CacheLoaderException.class);
    assertThat(iterated(cache)).isEmpty();
  }

  @Test
  void aNullValueIsNoEntry() throws Exception {
    Cache<String, Integer> cache = open(String.class, key -> null, keys -> mapOf("a", null));
    assertThat(cache.getAll(Set.of("a", "b"))).isEqualTo(Map.of("b", 2));
    loadAll(cache, true, Set.of("a"));
    assertThat(cache.get("a")).isNull();
    assertThat(cache.<Integer>invoke("a", (entry, arguments) -> entry.getValue())).isNull();
    assertThat(cache.containsKey("a")).isFalse();
  }

  @Test
  void aValueOfAnotherTypeIsRefusedAndNotStored() {
    Cache<String, Integer> cache = open(String.class, key -> "text", keys -> Map.of());
    assertThatExceptionOfType(CacheLoaderException.class)
        .isThrownBy(() -> cache.get("a"))
        .withMessageContainingAll("java.lang.String", "java.lang.Integer");
    assertThat(cache.containsKey("a")).isFalse();
    assertThat(iterated(cache)).isEmpty();
  }

  private Cache<String, Integer> create(
      String name, Consumer<MutableConfiguration<String, Integer>> settings) {
    MutableConfiguration<String, Integer> types =
        new MutableConfiguration<String, Integer>().setTypes(String.class, Integer.class);
    settings.accept(types);
    return provider
        .getCacheManager(directory.toUri(), null, Layouts.settings(layout))
        .createCache(name, types);
  }

  private static CacheWriter<String, Integer> failingWriter(Throwable thrown) {
    return new CacheWriter<>() {
      @Override
      public void write(Cache.Entry<? extends String, ? extends Integer> entry) {
        throw LoadersTest.<RuntimeException>sneak(thrown);
      }

      @Override
      public void writeAll(Collection<Cache.Entry<? extends String, ? extends Integer>> entries) {
        throw LoadersTest.<RuntimeException>sneak(thrown);
      }

      @Override
      public void delete(Object key) {
        throw LoadersTest.<RuntimeException>sneak(thrown);
      }

      @Override
      public void deleteAll(Collection<?> keys) {
        throw LoadersTest.<RuntimeException>sneak(thrown);
      }
    };
  }

  @ParameterizedTest
  @MethodSource("thrown")
  void whateverAWriterThrowsIsItsExceptionAndNothingIsStored(Throwable thrown) {
    CacheWriter<String, Integer> writer = failingWriter(thrown);
    Cache<String, Integer> cache =
        create("written", types -> types.setWriteThrough(true).setCacheWriterFactory(() -> writer));
    for (Runnable call :
        List.<Runnable>of(
            () -> cache.put("a", 1),
            () -> cache.putAll(Map.of("a", 1)),
            () -> cache.remove("a"),
            () -> cache.removeAll(Set.of("a")))) {
      assertThatExceptionOfType(CacheWriterException.class).isThrownBy(call::run).withCause(thrown);
    }
    assertThat(iterated(cache)).isEmpty();
  }
}
