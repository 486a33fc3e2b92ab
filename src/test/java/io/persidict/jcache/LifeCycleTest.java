package io.persidict.jcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.configuration.Factory;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.event.CacheEntryCreatedListener;
import javax.cache.event.CacheEntryEvent;
import javax.cache.event.CacheEntryListenerException;
import javax.cache.event.CacheEntryUpdatedListener;
import javax.cache.expiry.Duration;
import javax.cache.expiry.ExpiryPolicy;
import javax.cache.integration.CacheLoader;
import javax.cache.integration.CacheWriter;
import javax.cache.integration.CompletionListenerFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * How managers and caches are opened and closed beside others, who may fail, be slow or call back.
 */
final class LifeCycleTest {
  @TempDir Path directory;

  private final PersiDictCachingProvider provider = new PersiDictCachingProvider();
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void close() {
    threads.shutdownNow();
    provider.close();
    FACTORY.remove();
  }

  private CacheManager manager() {
    return provider.getCacheManager(directory.toUri(), null);
  }

  private static MutableConfiguration<String, String> types() {
    return new MutableConfiguration<String, String>().setTypes(String.class, String.class);
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> directory.relativize(file).toString().replace('\\', '/'))
          .filter(name -> !name.startsWith("."))
          .toList();
    }
  }

  /** All that factories make: does what it was told to when it is called, and is closed. */
  private static class Product
      implements CacheLoader<String, String>,
          CacheWriter<String, String>,
          ExpiryPolicy,
          CacheEntryCreatedListener<String, String>,
          CacheEntryUpdatedListener<String, String>,
          AutoCloseable {
    final AtomicInteger closed = new AtomicInteger();

    @Override
    public String load(String key) {
      return key;
    }

    @Override
    public Map<String, String> loadAll(Iterable<? extends String> keys) {
      return Map.of();
    }

    @Override
    public void write(Cache.Entry<? extends String, ? extends String> entry) {}

    @Override
    public void writeAll(java.util.Collection<Cache.Entry<? extends String, ? extends String>> e) {}

    @Override
    public void delete(Object key) {}

    @Override
    public void deleteAll(java.util.Collection<?> keys) {}

    @Override
    public Duration getExpiryForCreation() {
      return Duration.ETERNAL;
    }

    @Override
    public Duration getExpiryForAccess() {
      return null;
    }

    @Override
    public Duration getExpiryForUpdate() {
      return null;
    }

    @Override
    public void onCreated(Iterable<CacheEntryEvent<? extends String, ? extends String>> events) {}

    @Override
    public void onUpdated(Iterable<CacheEntryEvent<? extends String, ? extends String>> events) {}

    @Override
    public void close() throws Exception {
      closed.incrementAndGet();
    }
  }

  /** A cache all of whose factories give {@code product}, four times one after the other. */
  private static MutableConfiguration<String, String> products(Factory<? extends Product> factory) {
    return types()
        .setReadThrough(true)
        .setWriteThrough(true)
        .setExpiryPolicyFactory(factory)
        .setCacheLoaderFactory(factory)
        .setCacheWriterFactory(factory)
        .addCacheEntryListenerConfiguration(
            new MutableCacheEntryListenerConfiguration<>(factory, null, true, true));
  }

  private static Cache<String, String> createdWith(CacheManager manager, Product product) {
    return manager.createCache("c", products(() -> product));
  }

  // ---- closing beside operations

  /** An operation that begins to call others, and then waits until it may go on. */
  private static final class Pause {
    final CountDownLatch begun = new CountDownLatch(1);
    final CountDownLatch ended = new CountDownLatch(1);

    void run() {
      begun.countDown();
      try {
        ended.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private enum Operation {
    GET(cache -> cache.get("k")),
    PUT(
        cache -> {
          cache.put("k", "k");
          return "k";
        }),
    INVOKE(
        cache ->
            cache.invoke(
                "k",
                (entry, arguments) -> {
                  entry.setValue(cache.getName().isEmpty() ? "" : "k");
                  return cache.containsKey("other") ? "" : "k";
                })),
    LOAD_ALL(
        cache -> {
          CompletionListenerFuture loaded = new CompletionListenerFuture();
          cache.loadAll(java.util.Set.of("k"), true, loaded);
          loaded.get();
          return "k";
        });

    private interface Call {
      String on(Cache<String, String> cache) throws Exception;
    }

    private final Call call;

    Operation(Call call) {
      this.call = call;
    }
  }

  @ParameterizedTest
  @EnumSource
  void closeWaitsForAnOperationThatIsUnderWay(Operation operation) throws Exception {
    Pause pause = new Pause();
    Product product =
        new Product() {
          @Override
          public Map<String, String> loadAll(Iterable<? extends String> keys) {
            return Map.of("k", "k");
          }

          @Override
          public Duration getExpiryForCreation() {
            pause.run();
            assertThat(closed).as("times that it was closed").hasValue(0);
            return Duration.ETERNAL;
          }
        };
    CacheManager manager = manager();
    Cache<String, String> cache = createdWith(manager, product);
    Future<String> result = threads.submit(() -> operation.call.on(cache));
    pause.begun.await();
    Future<?> closing = threads.submit(manager::close);
    await().until(cache::isClosed);
    assertThatExceptionOfType(IllegalStateException.class)
        .isThrownBy(() -> cache.put("k", "late"))
        .withMessage("cache c is closed");
    assertThat(closing).isNotDone();
    pause.ended.countDown();
    assertThat(result.get()).isEqualTo("k");
    closing.get();
    assertThat(product.closed).hasValue(4);
    assertThat(manager().createCache("c", types()).get("k")).isEqualTo("k");
  }

  private enum End {
    CLOSE_CACHE((manager, cache) -> cache.close()),
    CLOSE_MANAGER((manager, cache) -> manager.close()),
    CLOSE_PROVIDER((manager, cache) -> manager.getCachingProvider().close()),
    DESTROY((manager, cache) -> manager.destroyCache("c"));

    private final java.util.function.BiConsumer<CacheManager, Cache<String, String>> action;

    End(java.util.function.BiConsumer<CacheManager, Cache<String, String>> action) {
      this.action = action;
    }
  }

  @ParameterizedTest
  @EnumSource
  void aListenerMayEndItsOwnCache(End end) throws Exception {
    CacheManager manager = manager();
    List<Throwable> late = new CopyOnWriteArrayList<>();
    Product product =
        new Product() {
          @Override
          public void onCreated(
              Iterable<CacheEntryEvent<? extends String, ? extends String>> events) {
            Cache<String, String> cache = manager.getCache("c");
            end.action.accept(manager, cache);
            assertThat(cache.isClosed()).isTrue();
            assertThat(closed).as("times that it was closed").hasValue(0);
          }
        };
    Cache<String, String> cache = createdWith(manager, product);
    cache.put("k", "v");
    assertThat(product.closed).hasValue(4);
    assertThat(late).isEmpty();
    assertThat(Files.exists(directory.resolve("c"))).isEqualTo(end != End.DESTROY);
    assertThatExceptionOfType(IllegalStateException.class).isThrownBy(() -> cache.put("k", "w"));
  }

  @ParameterizedTest
  @EnumSource
  void aProcessorMayEndItsOwnCacheBesideOneThatWaitsForTheSameEntry(End end) throws Exception {
    CacheManager manager = manager();
    Cache<String, String> cache = manager.createCache("c", types());
    Pause pause = new Pause();
    Future<String> ending =
        threads.submit(
            () ->
                cache.invoke(
                    "k",
                    (entry, arguments) -> {
                      pause.run();
                      end.action.accept(manager, cache);
                      entry.setValue("set");
                      return "ended";
                    }));
    pause.begun.await();
    Future<?> waiting = threads.submit(() -> cache.put("k", "waiting"));
    pause.ended.countDown();
    for (Future<?> future : List.of(ending, waiting)) {
      try {
        future.get(5, TimeUnit.MINUTES);
      } catch (java.util.concurrent.ExecutionException e) {
        assertThat(e).hasCauseInstanceOf(IllegalStateException.class);
      }
    }
    assertThat(Files.exists(directory.resolve("c"))).isEqualTo(end != End.DESTROY);
    if (end != End.DESTROY) {
      assertThat(ending.get()).isEqualTo("ended");
      assertThat(manager().createCache("c", types()).get("k")).isIn("set", "waiting");
    }
  }

  @Test
  void operationsThatEndEachOthersCachesEnd() throws Exception {
    CacheManager manager = manager();
    Cache<String, String> one = manager.createCache("one", types());
    Cache<String, String> two = manager.createCache("two", types());
    CountDownLatch both = new CountDownLatch(2);
    List<Future<?>> futures = new ArrayList<>();
    for (List<Cache<String, String>> pair : List.of(List.of(one, two), List.of(two, one))) {
      futures.add(
          threads.submit(
              () ->
                  pair.get(0)
                      .invoke(
                          "k",
                          (entry, arguments) -> {
                            both.countDown();
                            waitFor(both);
                            pair.get(1).close();
                            entry.setValue("v");
                            return null;
                          })));
    }
    for (Future<?> future : futures) {
      future.get(8, TimeUnit.SECONDS);
    }
    assertThat(manager.getCacheNames()).isEmpty();
    assertThat(files()).filteredOn(name -> name.endsWith(".entry")).hasSize(2);
  }

  private static void waitFor(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void whoAsksForACacheThatOthersCloseGetsItOpen() throws Exception {
    CacheManager manager = manager();
    manager.createCache("c", types()).close();
    List<Future<?>> futures = new ArrayList<>();
    for (int thread = 0; thread < 4; thread++) {
      futures.add(
          threads.submit(
              () -> {
                for (int i = 0; i < 100; i++) {
                  Cache<String, String> cache = manager.getCache("c");
                  assertThat(cache).isNotNull();
                  cache.close();
                }
                return null;
              }));
    }
    for (Future<?> future : futures) {
      future.get();
    }
  }

  @ParameterizedTest
  @EnumSource
  void threadsAtWorkSeeTheWholeOperationOrIllegalState(End end) throws Exception {
    for (int round = 0; round < 10; round++) {
      CacheManager manager = manager();
      Cache<String, String> cache = manager.createCache("c", types().setStatisticsEnabled(true));
      CountDownLatch started = new CountDownLatch(4);
      List<Future<?>> futures = new ArrayList<>();
      List<Runnable> calls =
          List.of(
              () -> cache.put("a", "v"),
              () -> cache.putAll(Map.of("a", "1", "b", "2")),
              () -> cache.invoke("a", (entry, arguments) -> entry.exists() ? entry.getValue() : ""),
              () -> cache.forEach(entry -> cache.remove(entry.getKey(), entry.getValue())));
      for (Runnable call : calls) {
        futures.add(
            threads.submit(
                () -> {
                  assertThatExceptionOfType(IllegalStateException.class)
                      .isThrownBy(
                          () -> {
                            while (true) {
                              call.run();
                              started.countDown();
                            }
                          })
                      .withMessageContaining("is closed");
                }));
      }
      waitFor(started);
      end.action.accept(manager, cache);
      List<String> then = files();
      for (Future<?> future : futures) {
        future.get();
      }
      assertThat(files()).isEqualTo(then);
      if (end == End.DESTROY) {
        assertThat(directory.resolve("c")).doesNotExist();
      }
      manager.close();
    }
  }

  // ---- what others throw

  static List<Throwable> throwables() {
    return List.of(
        new IOException("gone already"),
        new InterruptedException("on purpose"),
        new NoClassDefFoundError("com/example/Gone"),
        new StackOverflowError(),
        new AssertionError("on purpose"),
        new Throwable("on purpose"));
  }

  @SuppressWarnings("unchecked")
  private static <T extends Throwable> void sneak(Throwable thrown) throws T {
    throw (T) thrown;
  }

  @ParameterizedTest
  @MethodSource("throwables")
  void whateverIsThrownWhileClosingLeavesNothingHalfClosed(Throwable thrown) {
    Product product =
        new Product() {
          @Override
          public void close() throws Exception {
            super.close();
            LifeCycleTest.<RuntimeException>sneak(thrown);
          }
        };
    CacheManager manager = manager();
    Cache<String, String> failing = createdWith(manager, product);
    Cache<String, String> other = manager.createCache("d", types());
    try (Warnings warnings = new Warnings()) {
      manager.close();
      assertThat(warnings.messages()).hasSize(4);
    }
    assertThat(Thread.interrupted()).isEqualTo(thrown instanceof InterruptedException);
    assertThat(product.closed).hasValue(4);
    assertThat(List.of(failing, other)).allMatch(Cache::isClosed);
    assertThat(manager()).isNotSameAs(manager);
    manager().createCache("c", types()).put("k", "v");
  }

  @ParameterizedTest
  @MethodSource("throwables")
  void aFactoryThatThrowsLeavesNothingBehind(Throwable thrown) throws Exception {
    for (int failing = 1; failing <= 4; failing++) {
      int last = failing;
      List<Product> made = new ArrayList<>();
      Factory<Product> factory =
          () -> {
            if (made.size() + 1 == last) {
              LifeCycleTest.<RuntimeException>sneak(thrown);
            }
            made.add(new Product());
            return made.get(made.size() - 1);
          };
      assertThatExceptionOfType(Throwable.class)
          .isThrownBy(() -> manager().createCache("c", products(factory)))
          .isSameAs(thrown);
      assertThat(made).hasSize(last - 1).allMatch(product -> product.closed.get() == 1);
      assertThat(manager().<String, String>getCache("c")).isNull();
      assertThat(manager().getCacheNames()).isEmpty();
      assertThat(files()).isEmpty();
    }
    manager().createCache("c", new PersiDictConfiguration<String, String>().setFormat("json"));
  }

  static List<MutableConfiguration<String, String>> refused() {
    return List.of(
        types().setStoreByValue(false),
        new PersiDictConfiguration<String, String>().setMemoryMaxEntries(0),
        new PersiDictConfiguration<String, String>().setFormat("nonsense/"),
        new PersiDictConfiguration<String, String>().setMemoryMaxEntries(1).setMemoryMaxBytes(1),
        types()
            .setReadThrough(true)
            .setCacheLoaderFactory(
                () -> {
                  throw new CacheException("no database yet");
                }));
  }

  @ParameterizedTest
  @MethodSource
  void refused(MutableConfiguration<String, String> configuration) throws Exception {
    assertThatExceptionOfType(RuntimeException.class)
        .isThrownBy(() -> manager().createCache("c", configuration));
    assertThat(files()).isEmpty();
    assertThat(directory.resolve("c")).doesNotExist();
    assertThat(manager().<String, String>getCache("c")).isNull();
    manager().createCache("c", new PersiDictConfiguration<String, String>().setFormat("json"));
  }

  // ---- opening beside others

  /** What a declared loader does while it is made, in the thread that a test gives it to. */
  private static final InheritableThreadLocal<Callable<?>> FACTORY = new InheritableThreadLocal<>();

  public static final class DeclaredLoader implements CacheLoader<Object, Object> {
    public DeclaredLoader() throws Exception {
      FACTORY.get().call();
    }

    @Override
    public Object load(Object key) {
      return key;
    }

    @Override
    public Map<Object, Object> loadAll(Iterable<?> keys) {
      return Map.of();
    }
  }

  private URI configuration(String name) throws IOException {
    return Files.writeString(
            directory.resolve(name + ".properties"),
            "persidict.uri = "
                + directory.resolve(name).toUri()
                + "\npersidict.cache.c.loader = "
                + DeclaredLoader.class.getName()
                + "\n")
        .toUri();
  }

  private CacheManager opening(URI uri, Callable<?> meanwhile) {
    FACTORY.set(meanwhile);
    return provider.getCacheManager(uri, null);
  }

  @Test
  void strangersDoNotWaitForAManagerThatIsOpenedSlowlyAndItsOwnUsersGetOneAndTheSame()
      throws Exception {
    URI slow = configuration("slow");
    Pause pause = new Pause();
    Callable<?> meanwhile =
        () -> {
          pause.run();
          return true;
        };
    List<Future<CacheManager>> opened = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      opened.add(threads.submit(() -> opening(slow, meanwhile)));
    }
    pause.begun.await();
    CacheManager stranger = manager();
    stranger.createCache("c", types()).put("k", "v");
    provider.close();
    assertThat(stranger.isClosed()).isTrue();
    assertThat(opened).noneMatch(Future::isDone);
    pause.ended.countDown();
    for (Future<CacheManager> each : opened) {
      assertThat(each.get()).isSameAs(opened.get(0).get());
    }
    assertThat(opened.get(0).get().isClosed()).isFalse();
  }

  @Test
  void aDeclaredLoaderMayOpenAnyManagerButItsOwn() throws Exception {
    URI uri = configuration("a");
    CacheManager manager = opening(uri, () -> manager().createCache("x", types()));
    assertThat(manager.getCacheNames()).containsExactly("c");
    assertThat(manager().getCacheNames()).containsExactly("x");
    URI own = configuration("own");
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(() -> opening(own, () -> provider.getCacheManager(own, null)))
        .havingRootCause()
        .withMessageContaining("cannot be opened from within that");
    assertThat(opening(own, () -> true).getCacheNames()).containsExactly("c");
  }

  @Test
  void declaredLoadersThatOpenEachOthersManagersEnd() throws Exception {
    URI one = configuration("one");
    URI two = configuration("two");
    CountDownLatch both = new CountDownLatch(2);
    List<Future<CacheManager>> opened = new ArrayList<>();
    for (List<URI> pair : List.of(List.of(one, two), List.of(two, one))) {
      Callable<?> meanwhile =
          () -> {
            both.countDown();
            both.await();
            return provider.getCacheManager(pair.get(1), null);
          };
      opened.add(threads.submit(() -> opening(pair.get(0), meanwhile)));
    }
    List<Throwable> failures = new ArrayList<>();
    for (Future<CacheManager> each : opened) {
      try {
        each.get(5, TimeUnit.MINUTES);
      } catch (java.util.concurrent.ExecutionException e) {
        failures.add(e.getCause());
      }
    }
    assertThat(failures).isNotEmpty().allMatch(CacheException.class::isInstance);
  }

  @Test
  void aFactoryMayUseOtherCachesOfItsManagerButNotItsOwn() {
    CacheManager manager = manager();
    Function<String, Factory<Product>> opening =
        name ->
            () -> {
              manager.createCache(name, types());
              return new Product();
            };
    manager.createCache("c", types().setCacheLoaderFactory(opening.apply("d")));
    assertThat(manager.getCacheNames()).containsExactly("c", "d");
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(
            () -> manager.createCache("e", types().setCacheLoaderFactory(opening.apply("e"))))
        .withMessageContaining("cache e is being opened or destroyed");
    manager.createCache("e", types());
  }

  @Test
  void whileAManagerClosesTheProviderOpensAnother() throws Exception {
    Pause pause = new Pause();
    CacheManager manager = manager();
    Cache<String, String> cache = manager.createCache("c", types().setStatisticsEnabled(true));
    cache.put("k", "v");
    Future<?> operation =
        threads.submit(
            () ->
                cache.invoke(
                    "k",
                    (entry, arguments) -> {
                      pause.run();
                      entry.setValue("w");
                      return null;
                    }));
    pause.begun.await();
    Future<?> closing = threads.submit(manager::close);
    await().until(manager::isClosed);
    CacheManager next = manager();
    assertThat(next).isNotSameAs(manager);
    assertThat(next.isClosed()).isFalse();
    Cache<String, String> again = next.createCache("c", types().setStatisticsEnabled(true));
    assertThat(again.get("k")).isEqualTo("v");
    assertThat(closing).isNotDone();
    pause.ended.countDown();
    operation.get();
    closing.get();
    assertThat(again.get("k")).isEqualTo("w");
    assertThat(manager()).isSameAs(next);
  }

  @Test
  void managersComeAndGoWhileOthersAskForThem() throws Exception {
    CountDownLatch asked = new CountDownLatch(200);
    List<Future<?>> futures = new ArrayList<>();
    for (int thread = 0; thread < 2; thread++) {
      futures.add(
          threads.submit(
              () -> {
                while (asked.getCount() > 0) {
                  provider.close(provider.getDefaultClassLoader());
                }
              }));
      futures.add(
          threads.submit(
              () -> {
                while (asked.getCount() > 0) {
                  CacheManager manager = manager();
                  asked.countDown();
                  try {
                    if (manager.getCache("c") == null) {
                      manager.createCache("c", types());
                    }
                  } catch (IllegalStateException e) {
                    assertThat(manager.isClosed()).isTrue();
                  } catch (CacheException e) {
                    assertThat(e).hasMessageContaining("is open already");
                  }
                }
              }));
    }
    for (Future<?> future : futures) {
      future.get();
    }
    assertThat(manager().isClosed()).isFalse();
  }

  @Test
  void nothingHoldsTheClassLoaderOfAClosedManager() throws Exception {
    WeakReference<ClassLoader> loader = loaderOfAClosedManager();
    await()
        .untilAsserted(
            () -> {
              System.gc();
              assertThat(loader.get()).isNull();
            });
  }

  private WeakReference<ClassLoader> loaderOfAClosedManager() throws Exception {
    URLClassLoader loader = new URLClassLoader(new URL[0], LifeCycleTest.class.getClassLoader());
    CacheManager manager = provider.getCacheManager(directory.toUri(), loader, new Properties());
    Cache<String, String> cache =
        manager.createCache("c", products(Product::new).setStatisticsEnabled(true));
    cache.put("k", "v");
    cache.get("k");
    CompletionListenerFuture loaded = new CompletionListenerFuture();
    cache.loadAll(java.util.Set.of("l"), true, loaded);
    loaded.get();
    manager.close();
    return new WeakReference<>(loader);
  }

  @Test
  void aListenerWhoseFactoryThrowsIsNotRegistered() {
    Cache<String, String> cache = manager().createCache("c", types());
    Product product = new Product();
    assertThatExceptionOfType(CacheEntryListenerException.class)
        .isThrownBy(
            () ->
                cache.registerCacheEntryListener(
                    new MutableCacheEntryListenerConfiguration<>(
                        () -> product,
                        () -> {
                          throw new CacheEntryListenerException("no filter");
                        },
                        true,
                        true)));
    assertThat(product.closed).hasValue(1);
    cache.put("k", "v");
  }
}
