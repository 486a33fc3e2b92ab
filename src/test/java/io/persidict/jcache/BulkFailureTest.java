package io.persidict.jcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import io.persidict.store.DeleteResult;
import io.persidict.store.MemoryStore;
import io.persidict.store.PassThroughStore;
import io.persidict.store.Precondition;
import io.persidict.store.PutResult;
import io.persidict.store.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.event.CacheEntryCreatedListener;
import javax.cache.event.CacheEntryListenerException;
import javax.cache.event.CacheEntryRemovedListener;
import javax.cache.integration.CacheLoader;
import javax.cache.integration.CacheLoaderException;
import javax.cache.integration.CacheWriter;
import javax.cache.integration.CacheWriterException;
import javax.cache.integration.CompletionListenerFuture;
import javax.cache.processor.EntryProcessor;
import javax.cache.processor.EntryProcessorException;
import javax.cache.processor.EntryProcessorResult;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Operations on many entries of which some fail: the keys that begin with {@code bad}. */
final class BulkFailureTest {
  private static final Set<String> KEYS = Set.of("a", "b", "bad1", "bad2", "c");

  @TempDir Path directory;

  private final PersiDictCachingProvider provider = new PersiDictCachingProvider();
  private final FailingWriter writer = new FailingWriter();

  @AfterEach
  void close() {
    provider.close();
  }

  /** Fails at bad keys, and takes what it wrote or deleted out of the collection. */
  private static final class FailingWriter implements CacheWriter<String, String> {
    final Map<String, String> written = new TreeMap<>();
    RuntimeException failure = new CacheWriterException("on purpose");

    @Override
    public void write(Cache.Entry<? extends String, ? extends String> entry) {
      writeAll(new CopyOnWriteArrayList<>(List.of(entry)));
    }

    @Override
    public void writeAll(Collection<Cache.Entry<? extends String, ? extends String>> entries) {
      entries.forEach(
          entry -> {
            if (!entry.getKey().startsWith("bad")) {
              written.put(entry.getKey(), entry.getValue());
            }
          });
      entries.removeIf(entry -> written.containsKey(entry.getKey()));
      if (!entries.isEmpty()) {
        throw failure;
      }
    }

    @Override
    public void delete(Object key) {
      deleteAll(new CopyOnWriteArrayList<>(List.of(key)));
    }

    @Override
    public void deleteAll(Collection<?> keys) {
      keys.removeIf(
          key -> {
            boolean good = !key.toString().startsWith("bad");
            if (good) {
              written.remove(key);
            }
            return good;
          });
      if (!keys.isEmpty()) {
        throw failure;
      }
    }
  }

  private MutableConfiguration<String, String> types() {
    return new MutableConfiguration<String, String>().setTypes(String.class, String.class);
  }

  private Cache<String, String> writing() {
    return create(types().setWriteThrough(true).setCacheWriterFactory(() -> writer));
  }

  private Cache<String, String> create(MutableConfiguration<String, String> configuration) {
    return create("c", configuration);
  }

  private Cache<String, String> create(
      String name, MutableConfiguration<String, String> configuration) {
    return provider.getCacheManager(directory.toUri(), null).createCache(name, configuration);
  }

  /** Entries as if from before, of which no writer was told. */
  private void store(String value) {
    try (PersiDictCachingProvider other = new PersiDictCachingProvider()) {
      other.getCacheManager(directory.toUri(), null).createCache("c", types()).putAll(all(value));
    }
  }

  private static Map<String, String> all(String value) {
    Map<String, String> all = new HashMap<>();
    KEYS.forEach(key -> all.put(key, value));
    return all;
  }

  private static Map<String, String> entries(Cache<String, String> cache) {
    Map<String, String> entries = new TreeMap<>();
    cache.forEach(entry -> entries.put(entry.getKey(), entry.getValue()));
    return entries;
  }

  // ---- writers

  @Test
  void putAllStoresWhatWasWritten() {
    Cache<String, String> cache = writing();
    assertThatExceptionOfType(CacheWriterException.class)
        .isThrownBy(() -> cache.putAll(all("1")))
        .isSameAs(writer.failure);
    assertThat(entries(cache)).isEqualTo(Map.of("a", "1", "b", "1", "c", "1"));
    assertThat(writer.written).isEqualTo(entries(cache));
  }

  @Test
  void aFaultOfTheStoreHidesNoFailureOfTheWriter() throws IOException {
    Cache<String, String> cache = writing();
    cache.put("a", "1");
    try (Stream<Path> files = Files.list(directory.resolve("c"))) {
      Path file = files.filter(each -> each.toString().endsWith(".entry")).findAny().orElseThrow();
      Files.delete(file);
      Files.createDirectory(file);
    }
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(() -> cache.putAll(all("2")))
        .withMessageContaining("a directory is in the way")
        .satisfies(thrown -> assertThat(thrown).hasSuppressedException(writer.failure));
  }

  private static final Map<String, String> NEW = Map.of("a", "1", "b", "1", "c", "1");

  /** Fails at each change of bad keys, once it is spoilt. */
  private static final class FailingStore extends PassThroughStore {
    boolean isSpoilt;

    FailingStore() {
      super(new MemoryStore());
    }

    private void failAt(String name) {
      if (isSpoilt && name.contains("bad")) {
        throw new StoreException("cannot change " + name + " on purpose");
      }
    }

    @Override
    public PutResult put(String name, byte[] bytes, Precondition precondition) {
      failAt(name);
      return super.put(name, bytes, precondition);
    }

    @Override
    public DeleteResult delete(String name, Precondition precondition) {
      failAt(name);
      return super.delete(name, precondition);
    }
  }

  /** A cache whose store fails at bad keys, which are there, with the value 0 as all others. */
  private Cache<String, String> spoilt(MutableConfiguration<String, String> configuration) {
    FailingStore store = new FailingStore();
    Cache<String, String> cache =
        CacheOverStore.open(
            provider.getCacheManager(directory.toUri(), null),
            "c",
            store,
            configuration,
            new Properties());
    cache.putAll(all("0"));
    store.isSpoilt = true;
    return cache;
  }

  private static void assertNamesBadKeys(Runnable call) {
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(call::run)
        .satisfies(
            thrown ->
                assertThat(
                        Stream.concat(
                            Stream.of(thrown.getMessage()),
                            Stream.of(thrown.getSuppressed()).map(Throwable::getMessage)))
                    .containsExactlyInAnyOrder(
                        "cannot change s-bad1.entry on purpose",
                        "cannot change s-bad2.entry on purpose"));
  }

  /** Of nobody who is told, of a writer, and of a listener, a writer and statistics. */
  private List<MutableConfiguration<String, String>> configurations() {
    return List.of(
        types(),
        types().setWriteThrough(true).setCacheWriterFactory(() -> new Recorder().new Writer()),
        new Recorder().configuration());
  }

  @Test
  void putAllStoresTheOtherEntriesWhereTheStoreFails() {
    for (MutableConfiguration<String, String> configuration : configurations()) {
      Cache<String, String> cache = spoilt(configuration);
      assertNamesBadKeys(() -> cache.putAll(all("1")));
      assertThat(entries(cache))
          .isEqualTo(Map.of("a", "1", "b", "1", "c", "1", "bad1", "0", "bad2", "0"));
      cache.close();
    }
  }

  @Test
  void removeAllRemovesTheOtherEntriesWhereTheStoreFails() {
    for (MutableConfiguration<String, String> configuration : configurations()) {
      Cache<String, String> cache = spoilt(configuration);
      assertNamesBadKeys(() -> cache.removeAll(KEYS));
      assertThat(entries(cache)).isEqualTo(Map.of("bad1", "0", "bad2", "0"));
      cache.close();
    }
  }

  @Test
  void removeAllThatTellsAWriterRemovesTheOtherEntriesWhereTheStoreFails() {
    Cache<String, String> cache = spoilt(new Recorder().configuration());
    assertNamesBadKeys(cache::removeAll);
    assertThat(entries(cache)).isEqualTo(Map.of("bad1", "0", "bad2", "0"));
  }

  @Test
  void someHundredFailuresAreTold() {
    Cache<String, String> cache = spoilt(types());
    Map<String, String> many = new HashMap<>();
    for (int i = 0; i < 200; i++) {
      many.put("bad" + i, "1");
    }
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(() -> cache.putAll(many))
        .satisfies(thrown -> assertThat(thrown.getSuppressed()).hasSize(100));
  }

  @Test
  void putAllKeepsWhatWasNotWrittenAsItWas() {
    store("0");
    Cache<String, String> cache = writing();
    assertThatExceptionOfType(CacheWriterException.class).isThrownBy(() -> cache.putAll(all("1")));
    assertThat(entries(cache))
        .isEqualTo(Map.of("a", "1", "b", "1", "c", "1", "bad1", "0", "bad2", "0"));
  }

  @Test
  void removeAllOfKeysRemovesWhatWasDeleted() {
    store("0");
    Cache<String, String> cache = writing();
    assertThatExceptionOfType(CacheWriterException.class).isThrownBy(() -> cache.removeAll(KEYS));
    assertThat(entries(cache)).isEqualTo(Map.of("bad1", "0", "bad2", "0"));
  }

  /** Leaves all that it is given. */
  private static final class RefusingWriter implements CacheWriter<byte[], String> {
    @Override
    public void write(Cache.Entry<? extends byte[], ? extends String> entry) {
      throw new CacheWriterException("on purpose");
    }

    @Override
    public void writeAll(Collection<Cache.Entry<? extends byte[], ? extends String>> entries) {
      throw new CacheWriterException("on purpose");
    }

    @Override
    public void delete(Object key) {
      throw new CacheWriterException("on purpose");
    }

    @Override
    public void deleteAll(Collection<?> keys) {
      throw new CacheWriterException("on purpose");
    }
  }

  @Test
  void entriesOfKeysThatSomebodyCanChangeStayWhereTheWriterRefusesThem() {
    Cache<byte[], String> cache =
        provider
            .getCacheManager(directory.toUri(), null)
            .createCache(
                "bytes",
                new MutableConfiguration<byte[], String>()
                    .setTypes(byte[].class, String.class)
                    .setReadThrough(true)
                    .setCacheLoaderFactory(LoaderOfBytes::new)
                    .setWriteThrough(true)
                    .setCacheWriterFactory(RefusingWriter::new));
    byte[] key = {1, 2};
    assertThat(cache.get(key)).isEqualTo("loaded");
    assertThatExceptionOfType(CacheWriterException.class)
        .isThrownBy(() -> cache.putAll(Map.of(key, "put")));
    assertThat(cache.getAll(Set.of(key))).containsValue("loaded");
    assertThatExceptionOfType(CacheWriterException.class)
        .isThrownBy(() -> cache.removeAll(Set.of(key)));
    assertThat(cache.containsKey(key)).isTrue();
  }

  private static final class LoaderOfBytes implements CacheLoader<byte[], String> {
    @Override
    public String load(byte[] key) {
      return "loaded";
    }

    @Override
    public Map<byte[], String> loadAll(Iterable<? extends byte[]> keys) {
      throw new UnsupportedOperationException();
    }
  }

  @Test
  void removeAllRemovesWhatWasDeleted() {
    store("0");
    Cache<String, String> cache = writing();
    assertThatExceptionOfType(CacheWriterException.class).isThrownBy(cache::removeAll);
    assertThat(entries(cache)).isEqualTo(Map.of("bad1", "0", "bad2", "0"));
  }

  @Test
  void aSingleEntryThatTheWriterRefusesStaysAsItWas() {
    store("0");
    Cache<String, String> cache = writing();
    writer.failure = new IllegalStateException("not of JCache");
    for (Runnable call :
        List.<Runnable>of(
            () -> cache.put("bad1", "1"),
            () -> cache.getAndPut("bad1", "1"),
            () -> cache.replace("bad1", "0", "1"),
            () -> cache.putIfAbsent("bad3", "1"),
            () -> cache.remove("bad1"),
            () -> cache.remove("bad1", "0"),
            () -> cache.invoke("bad1", BulkFailureTest::set),
            () -> cache.putAll(Map.of("bad1", "1")),
            () -> cache.removeAll(Set.of("bad1")))) {
      assertThatExceptionOfType(CacheWriterException.class)
          .isThrownBy(call::run)
          .withCause(writer.failure);
    }
    assertThat(entries(cache)).isEqualTo(new TreeMap<>(all("0")));
  }

  // ---- arguments that change

  /** Has {@code first} when it is looked through for the first time, and then nulls. */
  private static <T> Set<T> shifty(T first) {
    return new AbstractSet<>() {
      private boolean isSeen;

      @Override
      public Iterator<T> iterator() {
        T element = isSeen ? null : first;
        isSeen = true;
        return Collections.singleton(element).iterator();
      }

      @Override
      public int size() {
        return 1;
      }
    };
  }

  @Test
  void whatTheCallerGivesIsLookedAtOnce() throws Exception {
    for (MutableConfiguration<String, String> configuration : configurations()) {
      Cache<String, String> cache =
          create(configuration.setCacheLoaderFactory(() -> new Recorder()));
      Map<String, String> map =
          new AbstractMap<>() {
            private final Set<Entry<String, String>> entries = shifty(Map.entry("a", "1"));

            @Override
            public Set<Entry<String, String>> entrySet() {
              return entries;
            }
          };
      cache.putAll(map);
      assertThat(entries(cache)).isEqualTo(Map.of("a", "1"));
      assertThat(cache.getAll(shifty("a"))).isEqualTo(Map.of("a", "1"));
      assertThat(cache.invokeAll(shifty("a"), BulkFailureTest::set).get("a").get())
          .isEqualTo("done");
      CompletionListenerFuture loaded = new CompletionListenerFuture();
      cache.loadAll(shifty("a"), true, loaded);
      loaded.get(5, TimeUnit.MINUTES);
      cache.removeAll(shifty("a"));
      assertThat(entries(cache)).isEmpty();
      cache.getCacheManager().destroyCache(cache.getName());
    }
  }

  @Test
  void aNullAmongOthersIsRefusedBeforeAnythingIsDone() {
    Map<String, String> withNull = new LinkedHashMap<>(Map.of("a", "1"));
    withNull.put("b", null);
    Set<String> keys = new LinkedHashSet<>(List.of("a"));
    keys.add(null);
    store("0");
    Cache<String, String> cache = writing();
    for (Runnable call :
        List.<Runnable>of(
            () -> cache.putAll(withNull),
            () -> cache.removeAll(keys),
            () -> cache.getAll(keys),
            () -> cache.loadAll(keys, true, null),
            () -> cache.invokeAll(keys, BulkFailureTest::set))) {
      assertThatNullPointerException().isThrownBy(call::run);
    }
    assertThat(entries(cache)).isEqualTo(all("0"));
    assertThat(writer.written).isEmpty();
  }

  // ---- processors

  private static String set(
      javax.cache.processor.MutableEntry<String, String> entry, Object... arguments) {
    entry.setValue("set");
    return "done";
  }

  @Test
  void invokeAllHoldsTheFailureOfEachKey() {
    store("0");
    Cache<String, String> cache = create(types());
    RuntimeException own = new IllegalArgumentException("on purpose");
    Map<String, EntryProcessorResult<String>> results =
        cache.invokeAll(
            KEYS,
            (entry, arguments) -> {
              entry.setValue("set");
              if (entry.getKey().startsWith("bad")) {
                throw own;
              }
              return "done";
            });
    assertThat(results).containsOnlyKeys(KEYS);
    assertThat(results.get("a").get()).isEqualTo("done");
    for (int times = 0; times < 2; times++) {
      assertThatExceptionOfType(EntryProcessorException.class)
          .isThrownBy(() -> results.get("bad1").get())
          .withCause(own);
    }
    assertThat(entries(cache))
        .isEqualTo(Map.of("a", "set", "b", "set", "c", "set", "bad1", "0", "bad2", "0"));
  }

  @Test
  void aProcessorsOwnExceptionIsNotWrappedAndAnErrorIs() {
    Cache<String, String> cache = create(types());
    EntryProcessorException own = new EntryProcessorException("on purpose");
    assertThatExceptionOfType(EntryProcessorException.class)
        .isThrownBy(
            () ->
                cache.invoke(
                    "a",
                    (entry, arguments) -> {
                      throw own;
                    }))
        .isSameAs(own);
    assertThatExceptionOfType(EntryProcessorException.class)
        .isThrownBy(
            () ->
                cache.invoke(
                    "a",
                    (entry, arguments) -> {
                      throw new StackOverflowError("on purpose");
                    }))
        .withCauseInstanceOf(StackOverflowError.class);
  }

  @Test
  void aProcessorMayThrowWhatItDoesNotDeclare() {
    Cache<String, String> cache =
        provider
            .getCacheManager(directory.toUri(), null)
            .createCache(
                "undeclared",
                new MutableConfiguration<String, String>().setTypes(String.class, String.class));
    EntryProcessor<String, String, String> failing =
        (entry, arguments) -> {
          BulkFailureTest.<RuntimeException>sneak(new IOException("no disk"));
          return "";
        };
    assertThatExceptionOfType(EntryProcessorException.class)
        .isThrownBy(() -> cache.invoke("a", failing))
        .withCauseInstanceOf(IOException.class);
    Map<String, EntryProcessorResult<String>> results = cache.invokeAll(Set.of("a", "b"), failing);
    assertThat(results).containsOnlyKeys("a", "b");
    assertThatExceptionOfType(EntryProcessorException.class)
        .isThrownBy(() -> results.get("b").get())
        .withCauseInstanceOf(IOException.class);
  }

  @SuppressWarnings("unchecked")
  private static <T extends Throwable> void sneak(Throwable thrown) throws T {
    throw (T) thrown;
  }

  @Test
  void aProcessorThatPutsUpWithTheRefusalOfAValueChangesNothing() {
    Cache<String, String> cache = create(types());
    cache.put("a", "0");
    cache.invoke(
        "a",
        (entry, arguments) -> {
          assertThatExceptionOfType(NullPointerException.class)
              .isThrownBy(() -> entry.setValue(null));
          assertThat(entry.getValue()).isEqualTo("0");
          return null;
        });
    assertThat(cache.get("a")).isEqualTo("0");
  }

  @Test
  void invokeAllHoldsTheWritersFailureToo() {
    Cache<String, String> cache = writing();
    Map<String, EntryProcessorResult<String>> results = cache.invokeAll(KEYS, BulkFailureTest::set);
    assertThat(results).containsOnlyKeys(KEYS);
    assertThat(results.get("c").get()).isEqualTo("done");
    assertThatExceptionOfType(EntryProcessorException.class)
        .isThrownBy(() -> results.get("bad2").get())
        .withCause(writer.failure);
    assertThat(entries(cache)).isEqualTo(Map.of("a", "set", "b", "set", "c", "set"));
  }

  // ---- listeners

  private static final class FailingListener
      implements CacheEntryCreatedListener<String, String>,
          CacheEntryRemovedListener<String, String> {
    @Override
    public void onCreated(
        Iterable<javax.cache.event.CacheEntryEvent<? extends String, ? extends String>> events) {
      throw new IllegalStateException("on purpose");
    }

    @Override
    public void onRemoved(
        Iterable<javax.cache.event.CacheEntryEvent<? extends String, ? extends String>> events) {
      throw new IllegalStateException("on purpose");
    }
  }

  @Test
  void aFailingListenerStopsNothing() {
    Recorder recorder = new Recorder();
    Cache<String, String> cache =
        create(
            types()
                .setReadThrough(true)
                .setCacheLoaderFactory(() -> recorder)
                .addCacheEntryListenerConfiguration(
                    new MutableCacheEntryListenerConfiguration<>(
                        FailingListener::new, null, false, true))
                .addCacheEntryListenerConfiguration(
                    new MutableCacheEntryListenerConfiguration<>(
                        () -> recorder, null, false, true)));
    assertThatExceptionOfType(CacheEntryListenerException.class)
        .isThrownBy(() -> cache.putAll(all("1")))
        .withRootCauseInstanceOf(IllegalStateException.class);
    assertThat(entries(cache)).isEqualTo(new TreeMap<>(all("1")));
    assertThat(recorder.events).hasSize(KEYS.size());
    assertThatExceptionOfType(CacheEntryListenerException.class)
        .isThrownBy(() -> cache.removeAll(Set.of("a", "b")));
    assertThat(entries(cache)).containsOnlyKeys("bad1", "bad2", "c");
    assertThatExceptionOfType(CacheEntryListenerException.class).isThrownBy(cache::removeAll);
    assertThat(entries(cache)).isEmpty();
    assertThat(recorder.events).hasSize(2 * KEYS.size());
    assertThatExceptionOfType(CacheEntryListenerException.class)
        .isThrownBy(() -> cache.getAll(KEYS));
    assertThat(entries(cache)).isEqualTo(new TreeMap<>(all("loaded")));
  }

  private Cache<String, String> tellingOfCreations(
      CacheEntryCreatedListener<String, String> listener) {
    return create(
        types()
            .addCacheEntryListenerConfiguration(
                new MutableCacheEntryListenerConfiguration<>(() -> listener, null, false, true)));
  }

  @Test
  void theFailuresOfSeveralEntriesAreThrownTogether() {
    Cache<String, String> cache =
        tellingOfCreations(
            events -> {
              throw new CacheEntryListenerException("on purpose");
            });
    assertThatExceptionOfType(CacheEntryListenerException.class)
        .isThrownBy(() -> cache.putAll(all("1")))
        .satisfies(thrown -> assertThat(thrown.getSuppressed()).hasSize(KEYS.size() - 1));
    assertThat(entries(cache)).isEqualTo(new TreeMap<>(all("1")));
  }

  @Test
  void aFailureThatIsOneAndTheSameForAllEntriesIsThrownOnce() {
    CacheEntryListenerException failure = new CacheEntryListenerException("on purpose");
    Cache<String, String> cache =
        tellingOfCreations(
            events -> {
              throw failure;
            });
    assertThatExceptionOfType(CacheEntryListenerException.class)
        .isThrownBy(() -> cache.putAll(all("1")))
        .isSameAs(failure);
    assertThat(failure.getSuppressed()).isEmpty();
    assertThat(entries(cache)).isEqualTo(new TreeMap<>(all("1")));
  }

  // ---- loaders

  private record FailingLoader(Throwable failure) implements CacheLoader<String, String> {
    @Override
    public String load(String key) {
      return sneaky(failure);
    }

    @Override
    public Map<String, String> loadAll(Iterable<? extends String> keys) {
      return sneaky(failure);
    }

    @SuppressWarnings("unchecked")
    private static <T, E extends Throwable> T sneaky(Throwable failure) throws E {
      throw (E) failure;
    }
  }

  @Test
  void aFailingLoaderLeavesTheEntriesAsTheyWere() throws Exception {
    store("0");
    RuntimeException failure = new IllegalStateException("on purpose");
    Cache<String, String> cache =
        create(
            types().setReadThrough(true).setCacheLoaderFactory(() -> new FailingLoader(failure)));
    assertThatExceptionOfType(CacheLoaderException.class)
        .isThrownBy(() -> cache.get("x"))
        .withCause(failure);
    assertThatExceptionOfType(CacheLoaderException.class)
        .isThrownBy(() -> cache.getAll(Set.of("a", "x")))
        .withCause(failure);
    assertThatExceptionOfType(EntryProcessorException.class)
        .isThrownBy(() -> cache.invoke("x", (entry, arguments) -> entry.getValue()))
        .withRootCauseInstanceOf(IllegalStateException.class);
    CompletionListenerFuture loading = new CompletionListenerFuture();
    cache.loadAll(KEYS, true, loading);
    assertThatExceptionOfType(ExecutionException.class)
        .isThrownBy(() -> loading.get(5, TimeUnit.MINUTES))
        .withCauseInstanceOf(CacheLoaderException.class)
        .withRootCauseInstanceOf(IllegalStateException.class);
    assertThat(entries(cache)).isEqualTo(new TreeMap<>(all("0")));
  }

  @Test
  void anErrorOfALoaderCompletesALoadAllToo() {
    Error error = new NoClassDefFoundError("on purpose");
    Cache<String, String> cache =
        create(types().setCacheLoaderFactory(() -> new FailingLoader(error)));
    CompletionListenerFuture loading = new CompletionListenerFuture();
    cache.loadAll(KEYS, true, loading);
    assertThatExceptionOfType(ExecutionException.class)
        .isThrownBy(() -> loading.get(5, TimeUnit.MINUTES))
        .withRootCauseInstanceOf(NoClassDefFoundError.class);
  }

  @Test
  void aValueThatCannotBeStoredStopsPutAllBeforeTheWriterHearsOfIt() {
    Cache<String, Object> cache =
        provider
            .getCacheManager(directory.toUri(), null)
            .createCache(
                "objects",
                new MutableConfiguration<String, Object>()
                    .setTypes(String.class, Object.class)
                    .setWriteThrough(true)
                    .setCacheWriterFactory(() -> new Recording()));
    Recording.WRITTEN.clear();
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(() -> cache.putAll(Map.of("a", 1, "b", new Object(), "c", 3)))
        .withMessageContaining("java.lang.Object");
    assertThat(Recording.WRITTEN).isEmpty();
    assertThat(cache).isEmpty();
  }

  @Test
  void whatCannotBeStoredStopsPutAllBeforeAnythingIsStored() {
    Cache<Object, Object> cache =
        provider
            .getCacheManager(directory.toUri(), null)
            .createCache(
                "objects",
                new MutableConfiguration<Object, Object>().setTypes(Object.class, Object.class));
    Map<Object, Object> entries = new LinkedHashMap<>(Map.of("a", 1));
    entries.put("b", new Object());
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(() -> cache.putAll(entries))
        .withMessageContaining("java.lang.Object");
    assertThat(cache).isEmpty();
    entries.remove("b");
    entries.put(new Object(), 2);
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(() -> cache.putAll(entries))
        .withMessageContaining("java.lang.Object");
    assertThat(cache).isEmpty();
  }

  private static final class Recording implements CacheWriter<String, Object> {
    static final List<Object> WRITTEN = new CopyOnWriteArrayList<>();

    @Override
    public void write(Cache.Entry<? extends String, ?> entry) {
      WRITTEN.add(entry.getKey());
    }

    @Override
    public void writeAll(Collection<Cache.Entry<? extends String, ?>> entries) {
      entries.forEach(this::write);
    }

    @Override
    public void delete(Object key) {
      WRITTEN.add(key);
    }

    @Override
    public void deleteAll(Collection<?> keys) {
      WRITTEN.addAll(keys);
    }
  }

  @Test
  void entriesAreChangedInTheOrderGiven() {
    Recorder recorder = new Recorder();
    Cache<String, String> cache =
        provider
            .getCacheManager(directory.toUri(), null)
            .createCache("ordered", recorder.configuration());
    Map<String, String> entries = new LinkedHashMap<>();
    for (int i = 20; i > 0; i--) {
      entries.put("k" + i, "v");
    }
    cache.putAll(entries);
    cache.removeAll(new LinkedHashSet<>(entries.keySet()));
    List<String> expected = new ArrayList<>();
    entries.keySet().forEach(key -> expected.add("created " + key));
    entries.keySet().forEach(key -> expected.add("removed " + key));
    assertThat(recorder.events)
        .map(event -> event.replaceFirst("^(\\w+ \\w+).*$", "$1"))
        .containsExactlyElementsOf(expected);
  }
}
