package io.persidict.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.persidict.RamDirectory;
import io.persidict.jcache.CacheOverStore;
import io.persidict.jcache.PersiDictCachingProvider;
import io.persidict.store.DeleteResult;
import io.persidict.store.ETag;
import io.persidict.store.GetResult;
import io.persidict.store.Listed;
import io.persidict.store.PassThroughStore;
import io.persidict.store.Precondition;
import io.persidict.store.PutResult;
import io.persidict.store.Stat;
import io.persidict.store.Store;
import io.persidict.store.StoreException;
import io.persidict.store.file.Durability;
import io.persidict.store.file.FileStore;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each operation of a cache with a fault at each call that it makes of its store, before the call
 * takes effect and afterwards, once and from then on; the calls are those of a run without faults.
 * Afterwards the operation has taken effect or not, memory shows what is stored, also to a
 * neighbour, and all works again.
 */
final class CacheFaultsTest {
  private static final Map<String, String> BEFORE = Map.of("a", "1", "b", "2", "other", "3");

  private static final ExecutorService OTHERS =
      Executors.newCachedThreadPool(
          work -> {
            Thread thread = new Thread(work);
            thread.setDaemon(true);
            return thread;
          });

  @TempDir(factory = RamDirectory.class)
  Path directory;

  private final PersiDictCachingProvider provider = new PersiDictCachingProvider();
  private int stages;

  @AfterEach
  void close() {
    provider.close();
  }

  /** Something that a cache does. */
  private record Operation(String title, Function<Cache<String, String>, Object> call) {
    @Override
    public String toString() {
      return title;
    }
  }

  private static Object done(Runnable action) {
    action.run();
    return "done";
  }

  static List<Operation> operations() {
    return List.of(
        new Operation("get", cache -> cache.get("a")),
        new Operation("get an absent one", cache -> "found " + cache.get("none")),
        new Operation("containsKey", cache -> cache.containsKey("a")),
        new Operation("getAll", cache -> new TreeMap<>(cache.getAll(Set.of("a", "b", "none")))),
        new Operation("put", cache -> done(() -> cache.put("a", "new"))),
        new Operation("put a new one", cache -> done(() -> cache.put("none", "new"))),
        new Operation("getAndPut", cache -> cache.getAndPut("a", "new")),
        new Operation("putIfAbsent", cache -> cache.putIfAbsent("none", "new")),
        new Operation("putIfAbsent in vain", cache -> cache.putIfAbsent("a", "new")),
        new Operation("replace", cache -> cache.replace("a", "new")),
        new Operation("replace a value", cache -> cache.replace("a", "1", "new")),
        new Operation("replace in vain", cache -> cache.replace("a", "0", "new")),
        new Operation("getAndReplace", cache -> cache.getAndReplace("a", "new")),
        new Operation("remove", cache -> cache.remove("a")),
        new Operation("remove a value", cache -> cache.remove("a", "1")),
        new Operation("remove in vain", cache -> cache.remove("a", "0")),
        new Operation("getAndRemove", cache -> cache.getAndRemove("a")),
        new Operation(
            "invoke to set",
            cache ->
                cache.invoke(
                    "a",
                    (entry, arguments) -> {
                      String old = entry.getValue();
                      entry.setValue("new");
                      return old;
                    })),
        new Operation(
            "invoke to remove",
            cache ->
                cache.invoke(
                    "a",
                    (entry, arguments) -> {
                      entry.remove();
                      return "removed";
                    })),
        new Operation(
            "putAll",
            cache -> done(() -> cache.putAll(new TreeMap<>(Map.of("a", "new", "none", "new"))))),
        new Operation("removeAll of some", cache -> done(() -> cache.removeAll(Set.of("a", "b")))),
        new Operation("removeAll", cache -> done(cache::removeAll)),
        new Operation("clear", cache -> done(cache::clear)),
        new Operation(
            "iterate",
            cache -> {
              List<String> found = new ArrayList<>();
              cache.forEach(entry -> found.add(entry.getKey()));
              return found.stream().sorted().toList();
            }));
  }

  /** A store of which one call fails, or all from one on. */
  private static final class FailingStore extends PassThroughStore {
    private int at = Integer.MAX_VALUE;
    private boolean after;
    private boolean lasting;
    final List<String> calls = new ArrayList<>();

    FailingStore(Store store) {
      super(store);
    }

    synchronized void fail(int call, boolean afterwards, boolean fromThenOn) {
      calls.clear();
      at = call;
      after = afterwards;
      lasting = fromThenOn;
    }

    private synchronized <T> T around(String title, Supplier<T> call) {
      int number = calls.size();
      calls.add(title);
      boolean isDue = number == at || (lasting && number > at);
      if (isDue && !after) {
        throw new StoreException("injected, before " + title);
      }
      T result = call.get();
      if (isDue) {
        throw new StoreException("injected, after " + title);
      }
      return result;
    }

    @Override
    public GetResult get(String name, Optional<ETag> ifNoneMatch) {
      return around("get", () -> super.get(name, ifNoneMatch));
    }

    @Override
    public Optional<byte[]> read(String name) {
      return around("read", () -> super.read(name));
    }

    @Override
    public Optional<Stat> stat(String name) {
      return around("stat", () -> super.stat(name));
    }

    @Override
    public PutResult put(String name, byte[] bytes, Precondition precondition) {
      return around("put", () -> super.put(name, bytes, precondition));
    }

    @Override
    public DeleteResult delete(String name, Precondition precondition) {
      return around("delete", () -> super.delete(name, precondition));
    }

    @Override
    public Stream<Listed> list(String prefix) {
      return around("list", () -> super.list(prefix));
    }
  }

  /** A cache, with or without memory, and another one over the same entries with memory. */
  private final class Stage implements AutoCloseable {
    final FileStore files;
    final FailingStore failing;
    final CacheManager manager = provider.getCacheManager();
    final Cache<String, String> cache;
    final Cache<String, String> neighbour;
    final Cache<String, String> bare;

    Stage(boolean memory) {
      String name = "c" + stages++;
      files = new FileStore(directory.resolve(name), Durability.OS);
      failing = new FailingStore(files);
      cache = open(name, failing, memory);
      neighbour = open(name + "n", files, true);
      bare = open(name + "b", files, false);
      BEFORE.forEach(cache::put);
      // Twice, since a change that is just over hides the first look from memory.
      for (int i = 0; i < 2; i++) {
        shown(cache);
        shown(neighbour);
      }
    }

    private Cache<String, String> open(String name, Store store, boolean memory) {
      Properties settings = new Properties();
      if (memory) {
        settings.setProperty("persidict.memory.max-entries", "100");
      }
      return CacheOverStore.open(manager, name, store, String.class, settings);
    }

    @Override
    public void close() {
      failing.fail(Integer.MAX_VALUE, false, false);
      cache.close();
      neighbour.close();
      bare.close();
      files.close();
    }
  }

  private static Map<String, String> shown(Cache<String, String> cache) {
    Map<String, String> shown = new TreeMap<>();
    for (String key : List.of("a", "b", "none", "other")) {
      String value = cache.get(key);
      if (value != null) {
        shown.put(key, value);
      }
    }
    return shown;
  }

  @ParameterizedTest
  @MethodSource("operations")
  void aFaultAtEachCall(Operation operation) {
    List<String> failures = new ArrayList<>();
    int cases = 0;
    for (boolean memory : List.of(false, true)) {
      Object expected;
      Map<String, String> after;
      List<String> calls;
      try (Stage stage = new Stage(memory)) {
        stage.failing.fail(Integer.MAX_VALUE, false, false);
        expected = operation.call.apply(stage.cache);
        calls = List.copyOf(stage.failing.calls);
        after = shown(stage.bare);
      }
      for (int call = 0; call < calls.size(); call++) {
        for (boolean afterwards : List.of(false, true)) {
          for (boolean lasting : List.of(false, true)) {
            cases++;
            String title =
                "memory %s, %s call %d of %s, lasting %s"
                    .formatted(memory, afterwards ? "after" : "before", call, calls, lasting);
            try (Stage stage = new Stage(memory)) {
              stage.failing.fail(call, afterwards, lasting);
              attempt(stage, operation, expected, after);
            } catch (Throwable e) {
              failures.add(title + ": " + e);
            }
          }
        }
      }
    }
    assertThat(failures).as("%d cases of %s", cases, operation).isEmpty();
  }

  private static void attempt(
      Stage stage, Operation operation, Object expected, Map<String, String> after)
      throws Exception {
    Object result = null;
    CacheException thrown = null;
    try {
      result = operation.call.apply(stage.cache);
    } catch (CacheException e) {
      thrown = e;
    }
    stage.failing.fail(Integer.MAX_VALUE, false, false);
    Map<String, String> stored = shown(stage.bare);
    if (thrown == null) {
      assertThat(result).isEqualTo(expected);
      assertThat(stored).isEqualTo(after);
    } else {
      assertThat(thrown).hasStackTraceContaining("injected");
      for (String key : Set.of("a", "b", "none", "other")) {
        if (!Objects.equals(stored.get(key), BEFORE.get(key))) {
          assertThat(stored.get(key)).isEqualTo(after.get(key));
        }
      }
    }
    assertThat(shown(stage.cache)).as("what the cache shows").isEqualTo(stored);
    assertThat(shown(stage.neighbour)).as("what a neighbour shows").isEqualTo(stored);
    // In another thread, which no lock of this one would let pass.
    OTHERS.submit(() -> serve(stage)).get(5, TimeUnit.MINUTES);
  }

  private static @Nullable Object serve(Stage stage) {
    stage.cache.put("a", "again");
    assertThat(stage.cache.get("a")).isEqualTo("again");
    assertThat(stage.neighbour.get("a")).isEqualTo("again");
    assertThat(stage.neighbour.replace("a", "again", "last")).isTrue();
    assertThat(stage.cache.get("a")).isEqualTo("last");
    assertThat(stage.cache.getAndRemove("a")).isEqualTo("last");
    assertThat(stage.neighbour.putIfAbsent("a", "anew")).isTrue();
    assertThat(shown(stage.cache)).isEqualTo(shown(stage.bare));
    return null;
  }
}
