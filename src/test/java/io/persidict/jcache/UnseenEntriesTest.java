package io.persidict.jcache;

import static java.lang.Thread.State.WAITING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.persidict.ChildJvm;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.RandomAccessFile;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.Duration;
import javax.cache.integration.CacheLoader;
import javax.cache.integration.CacheWriter;
import javax.cache.integration.CompletionListenerFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Entries that are there, whole, but count as absent because this process cannot decode them, or
 * cannot now: what may replace them, and what may not.
 */
final class UnseenEntriesTest {
  /** What reading the {@link Value} "old" throws, while it is set. */
  private static volatile @Nullable Supplier<Throwable> fault;

  /** A value whose class may fail to be read. */
  static final class Value implements Serializable {
    private static final long serialVersionUID = 1L;
    private final String text;

    Value(String text) {
      this.text = text;
    }

    private void writeObject(ObjectOutputStream out) throws IOException {
      if (text.equals("too large")) {
        throw new OutOfMemoryError("Java heap space");
      }
      out.defaultWriteObject();
    }

    private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
      in.defaultReadObject();
      Supplier<Throwable> thrown = fault;
      if (thrown != null && text.equals("old")) {
        throw UnseenEntriesTest.<RuntimeException>sneaky(thrown.get());
      }
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Value value && value.text.equals(text);
    }

    @Override
    public int hashCode() {
      return text.hashCode();
    }

    @Override
    public String toString() {
      return text;
    }
  }

  @SuppressWarnings("unchecked")
  private static <T extends Throwable> T sneaky(Throwable thrown) throws T {
    throw (T) thrown;
  }

  @TempDir Path directory;

  private final PersiDictCachingProvider provider = new PersiDictCachingProvider();

  @AfterEach
  void close() {
    fault = null;
    provider.close();
  }

  private Cache<Object, Value> open(Map<String, String> settings) {
    return open(
        settings,
        new MutableConfiguration<Object, Value>()
            .setTypes(Object.class, Value.class)
            .setReadThrough(true)
            .setCacheLoaderFactory(Loader::new));
  }

  private Cache<Object, Value> open(
      Map<String, String> settings, MutableConfiguration<Object, Value> configuration) {
    Properties properties = new Properties();
    properties.setProperty("persidict.digest-length", "0");
    properties.setProperty("persidict.serial-filter", UnseenEntriesTest.class.getName() + "$*");
    settings.forEach((name, value) -> properties.setProperty("persidict." + name, value));
    return provider
        .getCacheManager(directory.toUri(), null, properties)
        .createCache("c", configuration);
  }

  /** Loads a value for "k", and none for other keys. */
  private static class Loader implements CacheLoader<Object, Value> {
    @Override
    public @Nullable Value load(Object key) {
      return key.equals("k") ? new Value("loaded") : null;
    }

    @Override
    public Map<Object, Value> loadAll(Iterable<?> keys) {
      Map<Object, Value> loaded = new HashMap<>();
      keys.forEach(key -> loaded.put(key, new Value("loaded")));
      return loaded;
    }
  }

  private Path file() {
    return directory.resolve("c/s-k.entry");
  }

  private interface Call {
    @Nullable Object on(Cache<Object, Value> cache) throws Exception;
  }

  private static final String REFUSED = "refused";

  /**
   * @param result where there is no memory to decode an entry; REFUSED if the call fails
   * @param keeps whether the entry is as it was after that
   * @param reject the result where entries are written once
   * @param keepFirst the same where later writes are ignored
   */
  private record Row(
      String method, Call call, String result, boolean keeps, String reject, String keepFirst) {
    @Override
    public String toString() {
      return method;
    }
  }

  private static Row row(
      String method, String result, boolean keeps, String reject, String keepFirst, Call call) {
    return new Row(method, call, result, keeps, reject, keepFirst);
  }

  private static final Value NEW = new Value("new");

  static Stream<Row> rows() {
    return Stream.of(
        row("get", "loaded", true, "loaded", "loaded", c -> c.get("k")),
        row("containsKey", "false", true, "false", "false", c -> c.containsKey("k")),
        row("getAll", "{k=loaded}", true, "{k=loaded}", "{k=loaded}", c -> c.getAll(Set.of("k"))),
        row("loadAll", "done", true, "done", "done", c -> load(c, false)),
        row("loadAll that replaces", "done", false, REFUSED, "done", c -> load(c, true)),
        row("put", "done", false, REFUSED, "done", c -> done(() -> c.put("k", NEW))),
        row("putAll", "done", false, REFUSED, "done", c -> done(() -> c.putAll(Map.of("k", NEW)))),
        row("putIfAbsent", REFUSED, true, REFUSED, "false", c -> c.putIfAbsent("k", NEW)),
        row("getAndPut", "null", false, REFUSED, "null", c -> c.getAndPut("k", NEW)),
        row("replace", "false", true, "false", "false", c -> c.replace("k", NEW)),
        row("replace if", "false", true, "false", "false", c -> c.replace("k", NEW, NEW)),
        row("getAndReplace", "null", true, "null", "null", c -> c.getAndReplace("k", NEW)),
        row("remove", "false", false, REFUSED, REFUSED, c -> c.remove("k")),
        row("remove if", "false", true, "false", "false", c -> c.remove("k", NEW)),
        row("getAndRemove", "null", false, REFUSED, REFUSED, c -> c.getAndRemove("k")),
        row("removeAll", "done", false, REFUSED, REFUSED, c -> done(c::removeAll)),
        row("clear", "done", false, REFUSED, REFUSED, c -> done(c::clear)),
        row(
            "removeAll of keys",
            "done",
            false,
            REFUSED,
            REFUSED,
            c -> done(() -> c.removeAll(Set.of("k")))),
        row(
            "invoke that reads",
            "loaded",
            true,
            "loaded",
            "loaded",
            c -> c.invoke("k", (entry, x) -> entry.getValue())),
        row(
            "invoke that sets",
            REFUSED,
            true,
            REFUSED,
            "set",
            c ->
                c.invoke(
                    "k",
                    (entry, x) -> {
                      entry.setValue(NEW);
                      return "set";
                    })),
        row(
            "iterator",
            "false",
            true,
            "false",
            "false",
            c -> {
              Iterator<Cache.Entry<Object, Value>> entries = c.iterator();
              return entries.hasNext();
            }));
  }

  private static String done(Runnable call) {
    call.run();
    return "done";
  }

  private static String load(Cache<Object, Value> cache, boolean replace) throws Exception {
    CompletionListenerFuture done = new CompletionListenerFuture();
    cache.loadAll(Set.of("k"), replace, done);
    try {
      done.get();
    } catch (java.util.concurrent.ExecutionException e) {
      throw (Exception) e.getCause();
    }
    return "done";
  }

  /** What becomes of a call on an entry that cannot be decoded, and whether it stays. */
  private void check(
      Row row,
      Map<String, String> settings,
      Supplier<Throwable> thrown,
      String result,
      boolean keeps)
      throws Exception {
    Cache<Object, Value> cache = open(settings);
    cache.put("k", new Value("old"));
    provider.close();
    byte[] before = Files.readAllBytes(file());
    fault = thrown;
    Cache<Object, Value> opened = open(settings);
    String outcome;
    try {
      outcome = String.valueOf(row.call.on(opened));
    } catch (CacheException e) {
      outcome = REFUSED;
      assertThat(messages(e)).contains("the entry of key k");
    }
    assertThat(outcome).isEqualTo(result);
    if (keeps) {
      assertThat(file()).hasBinaryContent(before);
      fault = null;
      assertThat(opened.get("k")).isEqualTo(new Value("old"));
    } else {
      fault = null;
      assertThat(opened.get("k")).isNotEqualTo(new Value("old"));
    }
  }

  private static String messages(Throwable thrown) {
    StringBuilder messages = new StringBuilder();
    for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      messages.append(cause.getMessage()).append('\n');
    }
    return messages.toString();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("rows")
  void whatThereIsNoMemoryForIsNotReplacedByWhatIsMeantForNone(Row row) throws Exception {
    for (Supplier<Throwable> thrown :
        List.<Supplier<Throwable>>of(
            StackOverflowError::new,
            () -> new OutOfMemoryError("Java heap space"),
            () -> new IllegalStateException(new OutOfMemoryError("Java heap space")))) {
      for (Map<String, String> settings :
          List.of(Map.<String, String>of(), Map.of("memory.max-entries", "9"))) {
        check(row, settings, thrown, row.result, row.keeps);
        fault = null;
        provider.getCacheManager(directory.toUri(), null).destroyCache("c");
        provider.close();
      }
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("rows")
  void whatIsWrittenOnceStaysAlthoughItCannotBeDecoded(Row row) throws Exception {
    for (Supplier<Throwable> thrown :
        List.<Supplier<Throwable>>of(
            StackOverflowError::new, () -> new NoClassDefFoundError("io/persidict/Gone"))) {
      for (String policy : List.of("reject", "keep-first")) {
        Map<String, String> settings =
            policy.equals("reject")
                ? Map.of("immutable-items", "true")
                : Map.of(
                    "immutable-items",
                    "true",
                    "on-rewrite",
                    "keep-first",
                    "consistency-checks",
                    "1");
        check(row, settings, thrown, policy.equals("reject") ? row.reject : row.keepFirst, true);
        fault = null;
        provider.getCacheManager(directory.toUri(), null).destroyCache("c");
        provider.close();
      }
    }
  }

  /** A plain cache has no checksum: what is malformed was damaged, what is not may be another's. */
  @Test
  void aPlainCacheKeepsWhatIsWrittenOnceUnlessItIsDamaged() throws Exception {
    Properties properties = new Properties();
    properties.setProperty("persidict.layout", "plain");
    properties.setProperty("persidict.digest-length", "0");
    properties.setProperty("persidict.immutable-items", "true");
    Cache<String, String> cache =
        provider
            .getCacheManager(directory.toUri(), null, properties)
            .createCache(
                "c",
                new MutableConfiguration<String, String>().setTypes(String.class, String.class));
    Path entry = directory.resolve("c/k.json");
    Files.writeString(entry, "{\"py/object\": \"somebodys.Class\"}");
    assertThat(cache.get("k")).isNull();
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(() -> cache.put("k", "new"))
        .withMessageContaining("the entry of key k")
        .withMessageContaining("cannot decode");
    assertThatExceptionOfType(CacheException.class).isThrownBy(cache::clear);
    assertThat(entry).hasContent("{\"py/object\": \"somebodys.Class\"}");
    try (RandomAccessFile sparse = new RandomAccessFile(entry.toFile(), "rw")) {
      sparse.setLength((1L << 30) + 1);
    }
    assertThatExceptionOfType(CacheException.class).isThrownBy(() -> cache.put("k", "new"));
    Files.writeString(entry, "{\"py/object\": \"someb");
    cache.put("k", "new");
    assertThat(cache.get("k")).isEqualTo("new");
  }

  /** The key of a record may be encoded otherwise than an equal one is here. */
  @Test
  void anEntryWhoseKeyCannotBeDecodedIsKeptWhereItIsWrittenOnce() throws Exception {
    Map<String, String> settings = Map.of("immutable-items", "true");
    open(settings).put(NEW, NEW);
    provider.close();
    Properties strict = new Properties();
    strict.setProperty("persidict.digest-length", "0");
    strict.setProperty("persidict.immutable-items", "true");
    Cache<Object, Object> cache =
        provider
            .getCacheManager(directory.toUri(), null, strict)
            .createCache(
                "c",
                new MutableConfiguration<Object, Object>().setTypes(Object.class, Object.class));
    for (Runnable removal : List.<Runnable>of(cache::clear, cache::removeAll)) {
      assertThatExceptionOfType(CacheException.class)
          .isThrownBy(removal::run)
          .withMessageContaining("the entry in file:");
    }
    provider.close();
    assertThat(open(settings).get(NEW)).isEqualTo(NEW);
  }

  /** Nobody asked for it, and no process could decode it any more. */
  @Test
  void anExpiredEntryWhoseKeyCannotBeDecodedIsNone() throws Exception {
    Properties properties = new Properties();
    properties.setProperty("persidict.immutable-items", "true");
    MutableConfiguration<Object, Object> configuration =
        new MutableConfiguration<Object, Object>().setTypes(Object.class, Object.class);
    properties.setProperty("persidict.serial-filter", UnseenEntriesTest.class.getName() + "$*");
    provider
        .getCacheManager(directory.toUri(), null, properties)
        .createCache(
            "c",
            new MutableConfiguration<>(configuration)
                .setExpiryPolicyFactory(
                    CreatedExpiryPolicy.factoryOf(new Duration(TimeUnit.MILLISECONDS, 1))))
        .put(NEW, NEW);
    provider.close();
    properties.remove("persidict.serial-filter");
    Cache<Object, Object> cache =
        provider
            .getCacheManager(directory.toUri(), null, properties)
            .createCache("c", configuration);
    Instant written = Instant.now();
    while (!Instant.now().isAfter(written.plusMillis(2))) {
      Thread.onSpinWait();
    }
    cache.clear();
    try (Stream<Path> left = Files.list(directory.resolve("c"))) {
      assertThat(left.filter(path -> path.toString().endsWith(".entry"))).isEmpty();
    }
  }

  /** The writer has what was there, as far as anybody knows. */
  @Test
  void aWriterDeletesNothingOnAccountOfAnEntryThatCannotBeDecoded() throws Exception {
    open(Map.of()).put("k", new Value("old"));
    provider.close();
    byte[] old = Files.readAllBytes(file());
    Files.delete(file());
    List<String> told = new ArrayList<>();
    CacheWriter<Object, Value> writer =
        new CacheWriter<>() {
          @Override
          public void write(Cache.Entry<?, ? extends Value> entry) {
            told.add("write " + entry.getValue());
            try {
              Files.write(file(), old); // as another process would, after the cache had looked
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          }

          @Override
          public void delete(Object key) {
            told.add("delete");
          }

          @Override
          public void writeAll(Collection<Cache.Entry<?, ? extends Value>> entries) {}

          @Override
          public void deleteAll(Collection<?> keys) {}
        };
    Cache<Object, Value> cache =
        open(
            Map.of(),
            new MutableConfiguration<Object, Value>()
                .setTypes(Object.class, Value.class)
                .setWriteThrough(true)
                .setCacheWriterFactory(() -> writer));
    fault = StackOverflowError::new;
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(() -> cache.putIfAbsent("k", NEW))
        .withMessageContaining("no memory to decode it");
    assertThat(told).containsExactly("write new");
    assertThat(file()).hasBinaryContent(old);
  }

  @Test
  void threadsShareWhatOneOfThemLoadsAndMayNotStore() throws Exception {
    open(Map.of()).put("k", new Value("old"));
    provider.close();
    fault = StackOverflowError::new;
    AtomicInteger loads = new AtomicInteger();
    List<Thread> threads = new ArrayList<>();
    CacheLoader<Object, Value> loader =
        new Loader() {
          @Override
          public @Nullable Value load(Object key) {
            if (loads.incrementAndGet() == 1) {
              await()
                  .until(() -> threads.stream().filter(t -> t.getState() == WAITING).count() == 3);
            }
            return super.load(key);
          }
        };
    Cache<Object, Value> cache =
        open(
            Map.of(),
            new MutableConfiguration<Object, Value>()
                .setTypes(Object.class, Value.class)
                .setReadThrough(true)
                .setCacheLoaderFactory(() -> loader));
    Queue<Value> got = new ConcurrentLinkedQueue<>();
    for (int i = 0; i < 4; i++) {
      threads.add(new Thread(() -> got.add(cache.get("k"))));
    }
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(loads).hasValue(1);
    assertThat(got).hasSize(4).containsOnly(new Value("loaded"));
    assertThat(new HashSet<>(got.stream().map(System::identityHashCode).toList())).hasSize(4);
  }

  /** Has room for the bytes of an entry, not for a copy of its value; prints what comes of it. */
  static final class SmallHeap {
    public static void main(String... arguments) {
      try (PersiDictCachingProvider provider = new PersiDictCachingProvider()) {
        Properties properties = new Properties();
        properties.setProperty("persidict.digest-length", "0");
        Cache<Object, Object> cache =
            provider
                .getCacheManager(Path.of(arguments[0]).toUri(), null, properties)
                .createCache(
                    "c",
                    new MutableConfiguration<Object, Object>()
                        .setTypes(Object.class, Object.class)
                        .setStatisticsEnabled(true));
        System.out.println("read " + cache.get("k") + " " + cache.iterator().hasNext());
        try {
          System.out.println("put " + cache.putIfAbsent("k", "new"));
        } catch (CacheException e) {
          System.out.println(e.getMessage());
        }
        System.out.println("put " + cache.getAndPut("k", "new") + " " + cache.get("k"));
      }
    }
  }

  @Test
  void anEntryIsUnseenWhereTheHeapHasRoomForItsBytesOnly() throws Exception {
    Properties properties = new Properties();
    properties.setProperty("persidict.digest-length", "0");
    provider
        .getCacheManager(directory.toUri(), null, properties)
        .createCache(
            "c", new MutableConfiguration<Object, Object>().setTypes(Object.class, Object.class))
        .put("k", new byte[30 << 20]);
    provider.close();
    try (ChildJvm child =
        ChildJvm.start(List.of("-Xmx64m"), List.of(), SmallHeap.class, directory.toString())) {
      assertThat(child.join())
          .contains("read null false")
          .contains("the entry of key k holds: there was no memory")
          .contains("put null new");
    }
  }

  /** Nobody else may wait for it, and there may be no memory for a copy either. */
  @Test
  void aValueThatIsLoadedIsReturnedAlthoughItCannotBeCopiedForOthers() {
    Loader loader =
        new Loader() {
          @Override
          public @Nullable Value load(Object key) {
            return new Value("too large");
          }
        };
    Cache<Object, Value> cache =
        open(
            Map.of(),
            new MutableConfiguration<Object, Value>()
                .setTypes(Object.class, Value.class)
                .setReadThrough(true)
                .setCacheLoaderFactory(() -> loader));
    cache.put("k", new Value("old"));
    fault = StackOverflowError::new;
    assertThat(cache.get("k")).isEqualTo(new Value("too large"));
    fault = null;
    assertThat(cache.get("k")).isEqualTo(new Value("old"));
  }

  @Test
  void otherErrorsOfTheVirtualMachineAreNoLackOfMemory() {
    for (Supplier<Throwable> thrown :
        List.<Supplier<Throwable>>of(
            InternalError::new,
            () -> new OutOfMemoryError("Requested array size exceeds VM limit"))) {
      Cache<Object, Value> cache = open(Map.of());
      cache.put("k", new Value("old"));
      fault = thrown;
      assertThat(cache.putIfAbsent("k", NEW)).isTrue();
      assertThat(cache.get("k")).isEqualTo(NEW);
      fault = null;
      provider.close();
    }
  }

  /** Records are never torn, so what has another version or place was written as it is. */
  @Test
  void recordsOfOtherVersionsAndPlacesAreKeptWhereTheyAreWrittenOnce() throws Exception {
    Map<String, String> settings = Map.of("immutable-items", "true");
    open(settings).put("j", NEW);
    provider.close();
    byte[] record = Files.readAllBytes(directory.resolve("c/s-j.entry"));
    byte[] later = record.clone();
    later[5] = 2;
    Files.delete(directory.resolve("c/s-j.entry"));
    Cache<Object, Value> cache = open(settings);
    for (byte[] kept : List.of(record, later)) {
      Files.write(file(), kept);
      for (Runnable change :
          List.<Runnable>of(() -> cache.put("k", NEW), () -> cache.remove("k"), cache::clear)) {
        assertThatExceptionOfType(CacheException.class).isThrownBy(change::run);
      }
      assertThat(file()).hasBinaryContent(kept);
    }
    Files.write(file(), Arrays.copyOf(record, record.length - 1));
    cache.put("k", NEW);
    assertThat(cache.get("k")).isEqualTo(NEW);
  }
}
