package io.persidict.jcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.Serializable;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.event.CacheEntryCreatedListener;
import javax.cache.event.CacheEntryEvent;
import javax.cache.event.CacheEntryRemovedListener;
import javax.cache.event.CacheEntryUpdatedListener;
import javax.cache.expiry.AccessedExpiryPolicy;
import javax.cache.expiry.Duration;
import javax.cache.integration.CacheLoader;
import javax.cache.integration.CacheWriter;
import javax.cache.integration.CompletionListenerFuture;
import javax.cache.processor.EntryProcessor;
import javax.cache.processor.EntryProcessorException;
import javax.cache.processor.MutableEntry;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Listeners, loaders, writers and processors that call caches again. */
final class ReentrancyTest {
  @TempDir Path directory;

  private final PersiDictCachingProvider provider = new PersiDictCachingProvider();
  private Cache<String, String> other;
  private Cache<String, String> cache;

  @BeforeEach
  void open() {
    other = create("other", types());
  }

  @AfterEach
  void close() {
    provider.close();
  }

  private static MutableConfiguration<String, String> types() {
    return new MutableConfiguration<String, String>().setTypes(String.class, String.class);
  }

  private Cache<String, String> create(
      String name, MutableConfiguration<String, String> configuration) {
    return provider.getCacheManager(directory.toUri(), null).createCache(name, configuration);
  }

  /** Calls both caches in all ways, but changes nothing at {@code key} itself. */
  private void callAround(String key, String value) {
    cache.containsKey(key);
    cache.put("side " + key, value);
    cache.getAll(Set.of("side " + key));
    cache.invoke("side " + key, (entry, arguments) -> other.get(key));
    cache.removeAll(Set.of("gone " + key));
    cache.forEach(entry -> {});
    other.put(key, value);
    other.replace(key, value, value + " again");
  }

  private void assertCalledAround(String key, String value) {
    assertThat(cache.get("side " + key)).isEqualTo(value);
    assertThat(other.get(key)).isEqualTo(value + " again");
  }

  // ---- listeners

  private record Listener(BiConsumer<String, String> action)
      implements CacheEntryCreatedListener<String, String>,
          CacheEntryUpdatedListener<String, String> {
    @Override
    public void onCreated(Iterable<CacheEntryEvent<? extends String, ? extends String>> events) {
      events.forEach(event -> action.accept(event.getKey(), event.getValue()));
    }

    @Override
    public void onUpdated(Iterable<CacheEntryEvent<? extends String, ? extends String>> events) {
      onCreated(events);
    }
  }

  private void listening(boolean synchronous, BiConsumer<String, String> action) {
    cache =
        create(
            "c",
            types()
                .addCacheEntryListenerConfiguration(
                    new MutableCacheEntryListenerConfiguration<>(
                        () -> new Listener(action), null, false, synchronous)));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aListenerCallsTheCachesAgain(boolean synchronous) {
    listening(
        synchronous,
        (key, value) -> {
          if (key.equals("k") && value.equals("v")) {
            callAround(key, value);
            assertThat(cache.getAndPut(key, "changed")).isEqualTo(value);
          }
        });
    cache.put("k", "v");
    await().untilAsserted(() -> assertThat(cache.get("k")).isEqualTo("changed"));
    assertCalledAround("k", "v");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @Timeout(8)
  void aListenerMayCloseItsCache(boolean synchronous) throws Exception {
    CountDownLatch closed = new CountDownLatch(1);
    listening(
        synchronous,
        (key, value) -> {
          cache.close();
          closed.countDown();
        });
    cache.put("k", "v");
    closed.await();
    assertThat(cache.isClosed()).isTrue();
  }

  @Test
  @Timeout(8)
  void aListenerMayCloseItsCacheWhileTheOperationThatItIsToldOfGoesOn() throws Exception {
    CountDownLatch closed = new CountDownLatch(1);
    listening(
        false,
        (key, value) -> {
          cache.close();
          closed.countDown();
        });
    Listener slow = new Listener((key, value) -> await().until(cache::isClosed));
    cache.registerCacheEntryListener(
        new MutableCacheEntryListenerConfiguration<>(() -> slow, null, false, true));
    cache.put("k", "v");
    closed.await();
  }

  // ---- loaders

  private static final class Loader implements CacheLoader<String, String> {
    private final Function<String, String> values;

    Loader(Function<String, String> values) {
      this.values = values;
    }

    @Override
    public String load(String key) {
      return values.apply(key);
    }

    @Override
    public Map<String, String> loadAll(Iterable<? extends String> keys) {
      Map<String, String> loaded = new HashMap<>();
      keys.forEach(key -> loaded.put(key, load(key)));
      return loaded;
    }
  }

  private void loading(Function<String, String> values) {
    cache =
        create("c", types().setReadThrough(true).setCacheLoaderFactory(() -> new Loader(values)));
  }

  @Test
  void aLoaderReadsThroughTheSameCache() throws Exception {
    loading(
        key -> {
          long n = Long.parseLong(key);
          return n < 2
              ? key
              : new BigInteger(cache.get(String.valueOf(n - 1)))
                  .add(new BigInteger(cache.get(String.valueOf(n - 2))))
                  .toString();
        });
    assertThat(cache.get("150")).isEqualTo("9969216677189303386214405760200");
    cache.clear();
    assertThat(cache.getAll(Set.of("20", "30"))).isEqualTo(Map.of("20", "6765", "30", "832040"));
    cache.clear();
    CompletionListenerFuture loaded = new CompletionListenerFuture();
    cache.loadAll(Set.of("40", "41", "42"), true, loaded);
    loaded.get(5, TimeUnit.MINUTES);
    assertThat(cache.get("42")).isEqualTo("267914296");
    cache.clear();
    assertThat(cache.<String>invoke("10", (entry, arguments) -> entry.getValue())).isEqualTo("55");
  }

  /** Has {@code keys} loaded and waits for it. */
  private String loadAll(String... keys) {
    CompletionListenerFuture loaded = new CompletionListenerFuture();
    cache.loadAll(Set.of(keys), true, loaded);
    try {
      loaded.get(5, TimeUnit.MINUTES);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new IllegalStateException(e);
    }
    return "loaded";
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aProcessorLoadsItsOwnEntryAndOthers(boolean closes) {
    loading(key -> "of the loader");
    String result =
        cache.invoke(
            "k",
            (entry, arguments) -> {
              if (closes) {
                cache.close();
              }
              return loadAll("k", "other") + " " + cache.get("k") + " " + cache.get("other");
            });
    assertThat(result).isEqualTo("loaded of the loader of the loader");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aLoaderLoadsOtherEntriesAndWaits(boolean closes) {
    loading(
        key -> {
          if (closes) {
            cache.close();
          }
          return key.equals("k") ? loadAll("other") : key;
        });
    assertThat(cache.get("k")).isEqualTo("loaded");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aListenerLoadsItsOwnEntryAndWaits(boolean closes) {
    loading(key -> "of the loader");
    CacheEntryRemovedListener<String, String> listener =
        removed -> {
          if (closes) {
            cache.close();
          }
          loadAll("k", "other");
          assertThat(cache.get("k")).isEqualTo("of the loader");
        };
    cache.registerCacheEntryListener(
        new MutableCacheEntryListenerConfiguration<>(() -> listener, null, false, true));
    cache.put("k", "v");
    cache.remove("k");
  }

  /** Each level loads the next one, until there is no stack left. */
  @Test
  void aLoaderWithoutEndLeavesTheCacheUsable() throws Exception {
    loading(key -> key.startsWith("deep") ? cache.get(key + "r") : key);
    assertThatExceptionOfType(CacheException.class).isThrownBy(() -> cache.get("deep"));
    ExecutorService thread = Executors.newFixedThreadPool(1);
    try {
      for (String key : List.of("deep", "deepr", "deeprr", "deep" + "r".repeat(40))) {
        assertThat(
                thread
                    .submit(
                        () -> {
                          cache.put(key, "put");
                          return cache.getAndRemove(key);
                        })
                    .get(5, TimeUnit.MINUTES))
            .isEqualTo("put");
      }
    } finally {
      thread.shutdownNow();
    }
    assertThat(cache.get("other")).isEqualTo("other");
  }

  @Test
  void aLoaderThatStoresTheEntryItselfIsFasterThanItsResult() {
    loading(
        key -> {
          if (!key.contains(" ")) {
            callAround(key, "v");
            cache.put(key, "stored");
          }
          return "loaded";
        });
    assertThat(cache.get("k")).isEqualTo("stored");
    assertCalledAround("k", "v");
    assertThat(cache.getAll(Set.of("a", "b")).values()).containsOnly("stored");
  }

  // ---- writers

  @Test
  void aWriterCallsTheCachesAgain() {
    List<String> told = new ArrayList<>();
    CacheWriter<String, String> writer =
        new CacheWriter<>() {
          @Override
          public void write(Cache.Entry<? extends String, ? extends String> entry) {
            told.add(entry.getKey() + "=" + entry.getValue());
            if (entry.getKey().equals("k") && entry.getValue().equals("v")) {
              callAround("k", "v");
              cache.put("k", "of the writer");
            }
          }

          @Override
          public void writeAll(
              Collection<Cache.Entry<? extends String, ? extends String>> entries) {
            entries.forEach(this::write);
          }

          @Override
          public void delete(Object key) {
            told.add("delete " + key);
            cache.containsKey(key.toString());
          }

          @Override
          public void deleteAll(Collection<?> keys) {
            keys.forEach(this::delete);
          }
        };
    cache = create("c", types().setWriteThrough(true).setCacheWriterFactory(() -> writer));
    cache.put("k", "v");
    assertThat(cache.get("k")).isEqualTo("v");
    assertCalledAround("k", "v");
    assertThat(told).containsExactly("k=v", "side k=v", "delete gone k", "k=of the writer");
    cache.putAll(Map.of("k", "v"));
    assertThat(cache.get("k")).isEqualTo("v");
    assertThat(cache.remove("k")).isTrue();
  }

  @Test
  void aWriterThatWasToldOfWhatWasNotToBeIsToldWhatIsThere() {
    try (PersiDictCachingProvider elsewhere = new PersiDictCachingProvider()) {
      Recorder recorder =
          new Recorder() {
            @Override
            public Duration getExpiryForUpdate() {
              elsewhere
                  .getCacheManager(directory.toUri(), null)
                  .createCache("c", types())
                  .put("k", "theirs");
              return super.getExpiryForUpdate();
            }
          };
      cache = create("c", recorder.configuration());
      cache.put("k", "old");
      recorder.forget();
      assertThat(cache.replace("k", "old", "mine")).isFalse();
      assertThat(cache.get("k")).isEqualTo("theirs");
      assertThat(recorder.writes).containsExactly("write k:mine", "write k:theirs");
    }
  }

  /** Notes what it is told, and has others change the entry meanwhile, each once. */
  private static final class OvertakenWriter<V> implements CacheWriter<String, V> {
    final List<String> told = new ArrayList<>();
    private final List<Runnable> overtakers;

    OvertakenWriter(Runnable... overtakers) {
      this.overtakers = List.of(overtakers);
    }

    private void tell(String change) {
      told.add(change);
      if (told.size() <= overtakers.size()) {
        CompletableFuture.runAsync(overtakers.get(told.size() - 1)).join();
      }
    }

    @Override
    public void write(Cache.Entry<? extends String, ? extends V> entry) {
      tell(entry.getKey() + "=" + entry.getValue());
    }

    @Override
    public void writeAll(Collection<Cache.Entry<? extends String, ? extends V>> entries) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void delete(Object key) {
      tell(key + " deleted");
    }

    @Override
    public void deleteAll(Collection<?> keys) {
      tell(new TreeSet<>(keys) + " deleted");
      keys.clear();
    }
  }

  /**
   * @param told what the writer is told, the last of which is what is stored
   */
  private record Overtaken(
      String title,
      @Nullable String before,
      Consumer<Cache<String, String>> theirs,
      Consumer<Cache<String, String>> ours,
      boolean once,
      List<String> told) {
    @Override
    public String toString() {
      return title;
    }
  }

  static Stream<Overtaken> overtaken() {
    Consumer<Cache<String, String>> put = c -> c.put("k", "theirs");
    Consumer<Cache<String, String>> remove = c -> c.remove("k");
    Consumer<Cache<String, String>> replace =
        c -> assertThat(c.replace("k", "old", "mine")).isFalse();
    Consumer<Cache<String, String>> removeOld = c -> assertThat(c.remove("k", "old")).isFalse();
    Consumer<Cache<String, String>> putFirst =
        c -> assertThat(c.putIfAbsent("k", "mine")).isFalse();
    Consumer<Cache<String, String>> refused =
        c -> assertThatExceptionOfType(CacheException.class).isThrownBy(() -> c.put("k", "mine"));
    return Stream.of(
        new Overtaken("replace by put", "old", put, replace, false, List.of("k=mine", "k=theirs")),
        new Overtaken(
            "replace by remove", "old", remove, replace, false, List.of("k=mine", "k deleted")),
        new Overtaken(
            "remove by put", "old", put, removeOld, false, List.of("k deleted", "k=theirs")),
        new Overtaken(
            "remove of none by put", null, put, c -> c.remove("k"), false, List.of("k deleted")),
        new Overtaken("remove by remove", "old", remove, removeOld, false, List.of("k deleted")),
        new Overtaken(
            "getAndPut by put",
            "old",
            put,
            c -> c.getAndPut("k", "mine"),
            false,
            List.of("k=mine")),
        new Overtaken(
            "getAndRemove by put",
            "old",
            put,
            c -> c.getAndRemove("k"),
            false,
            List.of("k deleted")),
        new Overtaken(
            "putIfAbsent by put", null, put, putFirst, false, List.of("k=mine", "k=theirs")),
        new Overtaken(
            "putIfAbsent of an item", null, put, putFirst, true, List.of("k=mine", "k=theirs")),
        new Overtaken("put of an item", null, put, refused, true, List.of("k=mine", "k=theirs")));
  }

  @ParameterizedTest
  @MethodSource("overtaken")
  void theLastThatAWriterIsToldIsWhatIsThere(Overtaken way) {
    try (PersiDictCachingProvider elsewhere = new PersiDictCachingProvider()) {
      Properties settings = new Properties();
      settings.setProperty("persidict.cache.c.immutable-items", String.valueOf(way.once));
      Cache<String, String> theirs =
          elsewhere.getCacheManager(directory.toUri(), null, settings).createCache("c", types());
      if (way.before != null) {
        theirs.put("k", way.before);
      }
      OvertakenWriter<String> writer = new OvertakenWriter<>(() -> way.theirs.accept(theirs));
      provider.close();
      cache =
          provider
              .getCacheManager(directory.toUri(), null, settings)
              .createCache("c", types().setWriteThrough(true).setCacheWriterFactory(() -> writer));
      way.ours.accept(cache);
      assertThat(writer.told).isEqualTo(way.told);
      assertThat(cache.get("k")).isEqualTo(theirs.get("k")).isEqualTo(toldIn(writer.told));
    }
  }

  /** What the last of these told of the entry of "k"; null if it is deleted. */
  private static @Nullable String toldIn(List<String> told) {
    String last = told.get(told.size() - 1);
    return last.endsWith("deleted") ? null : last.substring("k=".length());
  }

  /** What becomes of the entries of a call on many, one of which others write meanwhile. */
  @ParameterizedTest
  @ValueSource(strings = {"reject", "keep-first"})
  void theLastThatAWriterIsToldByAPutOfManyIsWhatIsThere(String onRewrite) {
    try (PersiDictCachingProvider elsewhere = new PersiDictCachingProvider()) {
      Properties settings = new Properties();
      settings.setProperty("persidict.cache.c.immutable-items", "true");
      settings.setProperty("persidict.cache.c.on-rewrite", onRewrite);
      Cache<String, String> theirs =
          elsewhere.getCacheManager(directory.toUri(), null, settings).createCache("c", types());
      Recorder recorder =
          new Recorder() {
            @Override
            public Duration getExpiryForCreation() {
              theirs.putIfAbsent("k", "theirs");
              return super.getExpiryForCreation();
            }
          };
      provider.close();
      cache =
          provider
              .getCacheManager(directory.toUri(), null, settings)
              .createCache("c", recorder.configuration());
      Map<String, String> entries = new LinkedHashMap<>();
      List.of("a", "k", "z").forEach(key -> entries.put(key, "mine"));
      if (onRewrite.equals("reject")) {
        assertThatExceptionOfType(CacheException.class)
            .isThrownBy(() -> cache.putAll(entries))
            .withMessageContaining("immutable-items");
      } else {
        cache.putAll(entries);
      }
      assertThat(recorder.writes)
          .containsExactly("writeAll [a:mine, k:mine, z:mine]", "write k:theirs");
      assertThat(cache.getAll(Set.of("a", "k", "z")))
          .isEqualTo(Map.of("a", "mine", "k", "theirs", "z", "mine"));
    }
  }

  @Test
  void aRemovalOfManyLeavesAnItemThatOthersPutMeanwhile() {
    try (PersiDictCachingProvider elsewhere = new PersiDictCachingProvider()) {
      Properties settings = new Properties();
      settings.setProperty("persidict.cache.c.immutable-items", "true");
      Cache<String, String> theirs =
          elsewhere.getCacheManager(directory.toUri(), null, settings).createCache("c", types());
      OvertakenWriter<String> writer = new OvertakenWriter<>(() -> theirs.put("k", "theirs"));
      provider.close();
      cache =
          provider
              .getCacheManager(directory.toUri(), null, settings)
              .createCache("c", types().setWriteThrough(true).setCacheWriterFactory(() -> writer));
      assertThatExceptionOfType(CacheException.class)
          .isThrownBy(() -> cache.removeAll(Set.of("k", "z")))
          .withMessageContaining("key k")
          .withMessageContaining("immutable-items");
      assertThat(theirs.get("k")).isEqualTo("theirs");
      assertThat(writer.told).containsExactly("[k, z] deleted", "k=theirs");
    }
  }

  /** What a processor does once it finds what others wrote, and what the writer is told last. */
  static Stream<Arguments> secondThoughts() {
    EntryProcessor<String, String, Object> failing =
        (entry, arguments) -> {
          throw new IllegalStateException("no");
        };
    EntryProcessor<String, String, Object> loading = (entry, arguments) -> entry.getValue();
    return Stream.of(
        arguments("fails", "theirs", failing, "theirs"),
        arguments("loads", null, loading, "loaded"),
        arguments("fails where there is none", null, failing, null));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("secondThoughts")
  void theLastThatAWriterIsToldIsWhatIsThereIfAProcessorThen(
      String title,
      @Nullable String replacement,
      EntryProcessor<String, String, Object> second,
      @Nullable String after) {
    try (PersiDictCachingProvider elsewhere = new PersiDictCachingProvider()) {
      Cache<String, String> theirs =
          elsewhere.getCacheManager(directory.toUri(), null).createCache("c", types());
      theirs.put("k", "old");
      OvertakenWriter<String> writer =
          new OvertakenWriter<>(
              () -> {
                if (replacement == null) {
                  theirs.remove("k");
                } else {
                  theirs.put("k", replacement);
                }
              });
      cache = loadingAndTelling(writer);
      AtomicInteger runs = new AtomicInteger();
      EntryProcessor<String, String, Object> processor =
          (entry, arguments) -> {
            if (runs.incrementAndGet() > 1) {
              return second.process(entry);
            }
            entry.setValue("mine");
            return null;
          };
      if (title.startsWith("fails")) {
        assertThatExceptionOfType(EntryProcessorException.class)
            .isThrownBy(() -> cache.invoke("k", processor));
      } else {
        cache.invoke("k", processor);
      }
      assertThat(theirs.get("k")).isEqualTo(after);
      assertThat(writer.told).containsExactly("k=mine", after == null ? "k deleted" : "k=" + after);
    }
  }

  private Cache<String, String> loadingAndTelling(CacheWriter<String, String> writer) {
    return create(
        "c",
        types()
            .setWriteThrough(true)
            .setCacheWriterFactory(() -> writer)
            .setReadThrough(true)
            .setCacheLoaderFactory(() -> new Loader(key -> "loaded")));
  }

  /**
   * What a processor does about its own entry, through the cache, after others overtook it; what
   * the writer is told then, the last of which is what is stored.
   */
  static Stream<Arguments> detours() {
    BiConsumer<Cache<String, String>, MutableEntry<String, String>> put =
        (cache, entry) -> cache.put("k", "own");
    BiConsumer<Cache<String, String>, MutableEntry<String, String>> remove =
        (cache, entry) -> cache.remove("k");
    BiConsumer<Cache<String, String>, MutableEntry<String, String>> removeAll =
        (cache, entry) -> cache.removeAll(Set.of("k"));
    BiConsumer<Cache<String, String>, MutableEntry<String, String>> load =
        (cache, entry) -> cache.get("k");
    BiConsumer<Cache<String, String>, MutableEntry<String, String>> set =
        (cache, entry) -> entry.setValue("mine");
    return Stream.of(
        arguments("puts", "theirs", put, List.of("k=mine", "k=own")),
        arguments("removes", "theirs", remove, List.of("k=mine", "k deleted")),
        arguments("removes many", "theirs", removeAll, List.of("k=mine", "[k] deleted")),
        arguments("loads", null, load, List.of("k=mine", "k=loaded")),
        arguments(
            "puts and sets", "theirs", put.andThen(set), List.of("k=mine", "k=own", "k=mine")),
        arguments(
            "removes and sets",
            "theirs",
            remove.andThen(set),
            List.of("k=mine", "k deleted", "k=mine")));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("detours")
  void theLastThatAWriterIsToldIsWhatIsThereWhereAProcessorThroughTheCache(
      String title,
      @Nullable String replacement,
      BiConsumer<Cache<String, String>, MutableEntry<String, String>> second,
      List<String> told) {
    try (PersiDictCachingProvider elsewhere = new PersiDictCachingProvider()) {
      Cache<String, String> theirs =
          elsewhere.getCacheManager(directory.toUri(), null).createCache("c", types());
      theirs.put("k", "old");
      Runnable overtaking =
          replacement == null ? () -> theirs.remove("k") : () -> theirs.put("k", replacement);
      OvertakenWriter<String> writer = new OvertakenWriter<>(overtaking);
      cache = loadingAndTelling(writer);
      AtomicInteger runs = new AtomicInteger();
      cache.invoke(
          "k",
          (entry, arguments) -> {
            if (runs.incrementAndGet() == 2) {
              second.accept(cache, entry);
            } else {
              entry.setValue("mine");
            }
            return null;
          });
      assertThat(writer.told).isEqualTo(told);
      assertThat(theirs.get("k")).isEqualTo(toldIn(told));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aWriterIsToldEachTimeThatAProcessorDecidesOtherwise(boolean removesTheirs) {
    try (PersiDictCachingProvider elsewhere = new PersiDictCachingProvider()) {
      Cache<String, String> theirs =
          elsewhere.getCacheManager(directory.toUri(), null).createCache("c", types());
      theirs.put("k", "old");
      OvertakenWriter<String> writer =
          new OvertakenWriter<>(() -> theirs.put("k", "theirs"), () -> theirs.put("k", "more"));
      cache = create("c", types().setWriteThrough(true).setCacheWriterFactory(() -> writer));
      cache.invoke(
          "k",
          (entry, arguments) -> {
            if (entry.getValue().equals("theirs") == removesTheirs) {
              entry.remove();
            } else {
              entry.setValue("mine");
            }
            return null;
          });
      assertThat(writer.told)
          .isEqualTo(
              removesTheirs
                  ? List.of("k=mine", "k deleted", "k=mine")
                  : List.of("k deleted", "k=mine", "k deleted"));
      assertThat(theirs.get("k")).isEqualTo(removesTheirs ? "mine" : null);
    }
  }

  @Test
  void aWriterIsToldWhatAProcessorMakesOfItsOwnObjectEachTime() {
    MutableConfiguration<String, Object> types =
        new MutableConfiguration<String, Object>().setTypes(String.class, Object.class);
    try (PersiDictCachingProvider elsewhere = new PersiDictCachingProvider()) {
      Cache<String, Object> theirs =
          elsewhere.getCacheManager(directory.toUri(), null).createCache("c", types);
      OvertakenWriter<Object> writer =
          new OvertakenWriter<>(() -> theirs.putAll(Map.of("k", "theirs", "b", "theirs")));
      Cache<String, Object> written =
          provider
              .getCacheManager(directory.toUri(), null)
              .createCache("c", types.setWriteThrough(true).setCacheWriterFactory(() -> writer));
      List<String> runs = new ArrayList<>();
      written.invoke(
          "k",
          (entry, arguments) -> {
            runs.add("run");
            entry.setValue(runs);
            return null;
          });
      assertThat(writer.told).containsExactly("k=[run]", "k=[run, run]");
      assertThat(theirs.get("k")).isEqualTo(runs);
      writer.told.clear();
      List<Object> equalToNothing = new ArrayList<>(List.of(new byte[1]));
      assertThat(written.getAndPut("b", equalToNothing)).isEqualTo("theirs");
      assertThat(writer.told).hasSize(1);
    }
  }

  /** One that is equal to all others of its id. */
  private record Account(int id, int balance) implements Serializable {
    @Override
    public boolean equals(Object other) {
      return other instanceof Account account && account.id == id;
    }

    @Override
    public int hashCode() {
      return id;
    }

    @Override
    public String toString() {
      return "" + balance;
    }
  }

  @Test
  void aWriterIsToldOfValuesThatDifferAlsoWhereTheyAreEqual() {
    MutableConfiguration<String, Account> types =
        new MutableConfiguration<String, Account>().setTypes(String.class, Account.class);
    try (PersiDictCachingProvider elsewhere = new PersiDictCachingProvider()) {
      Cache<String, Account> theirs =
          elsewhere.getCacheManager(directory.toUri(), null).createCache("c", types);
      theirs.put("k", new Account(1, 0));
      OvertakenWriter<Account> writer =
          new OvertakenWriter<>(
              () -> theirs.put("k", new Account(1, 10)),
              () -> {},
              () -> theirs.put("n", new Account(1, 20)));
      Cache<String, Account> written =
          provider
              .getCacheManager(directory.toUri(), null)
              .createCache("c", types.setWriteThrough(true).setCacheWriterFactory(() -> writer));
      written.invoke(
          "k",
          (entry, arguments) -> {
            entry.setValue(new Account(1, entry.getValue().balance + 1));
            return null;
          });
      assertThat(written.putIfAbsent("n", new Account(1, 1))).isFalse();
      assertThat(writer.told).containsExactly("k=1", "k=11", "n=1", "n=20");
    }
  }

  // ---- processors

  @Test
  void aProcessorCallsTheCachesAgain() {
    cache = create("c", types());
    String result =
        cache.invoke(
            "k",
            (entry, arguments) -> {
              callAround("k", "v");
              entry.setValue("set");
              return cache.get("side k");
            });
    assertThat(result).isEqualTo("v");
    assertThat(cache.get("k")).isEqualTo("set");
    assertCalledAround("k", "v");
    cache.invoke(
        "k",
        (entry, arguments) -> {
          cache.clear();
          other.removeAll();
          entry.setValue("alone");
          return null;
        });
    assertThat(cache).singleElement().extracting(Cache.Entry::getValue).isEqualTo("alone");
  }

  @Test
  void aProcessorReadsItsOwnEntryThroughACacheWhereReadsPostponeExpiry() {
    cache =
        create(
            "c", types().setExpiryPolicyFactory(AccessedExpiryPolicy.factoryOf(Duration.ONE_HOUR)));
    cache.put("k", "1");
    long put = System.currentTimeMillis();
    await().until(() -> System.currentTimeMillis() > put); // or else a read postpones nothing
    List<String> runs = new ArrayList<>();
    cache.invoke(
        "k",
        (entry, arguments) -> {
          runs.add(cache.get("k"));
          entry.setValue(cache.get("k") + "2");
          return null;
        });
    assertThat(cache.get("k")).isEqualTo("12");
    assertThat(runs).containsExactly("1");
  }

  @Test
  void aProcessorMayChangeItsOwnEntryThroughTheCacheOnce() {
    cache = create("c", types());
    EntryProcessor<String, String, Void> processor =
        (entry, arguments) -> {
          cache.putIfAbsent("k", "first");
          entry.setValue(cache.get("k") + " and second");
          return null;
        };
    cache.invoke("k", processor);
    assertThat(cache.get("k")).isEqualTo("first and second");
  }

  @Test
  void aProcessorRemovesWhatItPutThroughTheCache() {
    OvertakenWriter<String> writer = new OvertakenWriter<>();
    cache = create("c", types().setWriteThrough(true).setCacheWriterFactory(() -> writer));
    cache.invoke(
        "k",
        (entry, arguments) -> {
          cache.putIfAbsent("k", "own");
          entry.remove();
          return null;
        });
    assertThat(cache.containsKey("k")).isFalse();
    assertThat(writer.told).last().isEqualTo("k deleted");
  }

  @Test
  void aProcessorThatChangedItsOwnEntryOnceMayLoseToOthersAfterwards() {
    Consumer<Cache<String, String>> own = theirs -> cache.put("k", "own");
    assertEnds("set over theirs", List.of(own, ReentrancyTest::putElsewhere));
  }

  @Test
  void aProcessorThatLostToOthersMayChangeItsOwnEntryOnceAfterwards() {
    Consumer<Cache<String, String>> own = theirs -> cache.put("k", "own");
    assertEnds("set over own", List.of(ReentrancyTest::putElsewhere, own));
  }

  private static void putElsewhere(Cache<String, String> theirs) {
    CompletableFuture.runAsync(() -> theirs.put("k", "theirs")).join();
  }

  /** A processor each of whose first runs is overtaken by a change, and the one after is not. */
  private void assertEnds(String expected, List<Consumer<Cache<String, String>>> changes) {
    cache = create("c", types());
    Iterator<Consumer<Cache<String, String>>> next = changes.iterator();
    AtomicInteger runs = new AtomicInteger();
    try (PersiDictCachingProvider elsewhere = new PersiDictCachingProvider()) {
      Cache<String, String> theirs =
          elsewhere.getCacheManager(directory.toUri(), null).createCache("c", types());
      cache.invoke(
          "k",
          (entry, arguments) -> {
            runs.incrementAndGet();
            if (next.hasNext()) {
              next.next().accept(theirs);
            }
            entry.setValue("set over " + entry.getValue());
            return null;
          });
    }
    assertThat(cache.get("k")).isEqualTo(expected);
    assertThat(runs).hasValue(3);
  }

  @Test
  void aProcessorThatAlwaysChangesItsOwnEntryThroughTheCacheFails() {
    OvertakenWriter<String> writer = new OvertakenWriter<>();
    cache = create("c", types().setWriteThrough(true).setCacheWriterFactory(() -> writer));
    AtomicInteger runs = new AtomicInteger();
    EntryProcessor<String, String, Void> processor =
        (entry, arguments) -> {
          cache.put("k", "run " + runs.incrementAndGet());
          entry.setValue("not after run " + runs);
          return null;
        };
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(() -> cache.invoke("k", processor))
        .withMessageContaining("use the entry it is given");
    assertThat(cache.get("k")).isEqualTo("run " + runs.get());
    assertThat(writer.told).last().isEqualTo("k=run " + runs);
    assertThat(runs).hasValueLessThan(4);
    cache.invoke("other", (entry, arguments) -> cache.getAndPut("k", "fine"));
    assertThat(cache.get("k")).isEqualTo("fine");
  }

  @Test
  void aRemovalByAProcessorThroughTheCacheIsAChangeOfItsEntryToo() {
    cache = create("c", types());
    cache.put("k", "v");
    AtomicInteger runs = new AtomicInteger();
    EntryProcessor<String, String, Void> processor =
        (entry, arguments) -> {
          runs.incrementAndGet();
          if (!cache.remove("k")) {
            cache.put("k", "again");
          }
          entry.setValue("never");
          return null;
        };
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(() -> cache.invoke("k", processor))
        .withMessageContaining("use the entry it is given");
    assertThat(runs).hasValue(2);
  }

  // ---- threads that cross

  /** Runs both at once, again and again. */
  private static void cross(Runnable one, Runnable two) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(2);
    CyclicBarrier barrier = new CyclicBarrier(2);
    List<Future<?>> futures = new ArrayList<>();
    for (Runnable action : List.of(one, two)) {
      futures.add(
          threads.submit(
              () -> {
                for (int i = 0; i < 100; i++) {
                  barrier.await();
                  action.run();
                }
                return null;
              }));
    }
    try {
      for (Future<?> future : futures) {
        future.get(5, TimeUnit.MINUTES);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private static void processAndPut(
      Cache<String, String> first, String key, Cache<String, String> second, String otherKey) {
    first.invoke(
        key,
        (entry, arguments) -> {
          second.put(otherKey, "of " + key);
          entry.setValue("own");
          return null;
        });
  }

  @Test
  void processorsThatPutEachOthersEntriesEnd() throws Exception {
    cache = create("c", types());
    cross(() -> processAndPut(cache, "a", cache, "b"), () -> processAndPut(cache, "b", cache, "a"));
    assertThat(cache.getAll(Set.of("a", "b"))).hasSize(2).containsValue("own");
  }

  @Test
  void processorsThatPutIntoEachOthersCachesEnd() throws Exception {
    cache = create("c", types());
    cross(() -> processAndPut(cache, "a", other, "b"), () -> processAndPut(other, "b", cache, "a"));
    assertThat(cache.get("a")).isIn("own", "of b");
    assertThat(other.get("b")).isIn("own", "of a");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void listenersThatPutEachOthersEntriesEnd(boolean synchronous) throws Exception {
    AtomicInteger ended = new AtomicInteger();
    listening(
        synchronous,
        (key, value) -> {
          if (value.equals("outer")) {
            cache.put(key.equals("a") ? "b" : "a", "inner");
            ended.incrementAndGet();
          }
        });
    cross(() -> cache.put("a", "outer"), () -> cache.put("b", "outer"));
    await().untilAsserted(() -> assertThat(ended).hasValue(200));
    assertThat(cache.getAll(Set.of("a", "b"))).hasSize(2);
  }

  @Test
  void loadersThatLoadEachOthersEntriesEnd() throws Exception {
    loading(
        key ->
            switch (key) {
              case "a" -> cache.get("b one");
              case "b" -> cache.get("a one");
              default -> "one";
            });
    cross(
        () -> {
          cache.remove("b one");
          cache.remove("a");
          assertThat(cache.get("a")).isEqualTo("one");
        },
        () -> {
          cache.remove("a one");
          cache.remove("b");
          assertThat(cache.get("b")).isEqualTo("one");
        });
  }
}
