package io.persidict.jcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.persidict.jcache.storage.StoredEntry;
import io.persidict.store.FaultyStore;
import io.persidict.store.MemoryStore;
import io.persidict.store.Precondition;
import java.nio.file.Path;
import java.util.Properties;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheManager;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What operations do where another process comes between their look at an entry and the change. */
final class OvertakenOperationsTest {
  private static final String DAMAGED = "damaged";
  private static final String EXPIRED = "expired";

  /** Where the entry lies. */
  private static final String NAME = "s-k.entry";

  private static Arguments operation(
      String name,
      @Nullable String before,
      @Nullable String theirs,
      Function<Cache<String, String>, Object> operation,
      @Nullable Object result,
      @Nullable String after) {
    return arguments(name, before, theirs, operation, result, after);
  }

  static Stream<Arguments> operations() {
    Function<Cache<String, String>, Object> exclaim =
        cache ->
            cache.invoke(
                "k",
                (entry, arguments) -> {
                  entry.setValue(entry.getValue() + "!");
                  return entry.getValue();
                });
    return Stream.of(
        operation("get", EXPIRED, "new", cache -> cache.get("k"), "new", "new"),
        operation("replace", EXPIRED, "new", cache -> cache.replace("k", "mine"), true, "mine"),
        operation("insert", null, "new", cache -> cache.putIfAbsent("k", "mine"), false, "new"),
        operation("mend", DAMAGED, "new", cache -> cache.putIfAbsent("k", "mine"), false, "new"),
        operation("put", null, "new", cache -> cache.getAndPut("k", "mine"), "new", "mine"),
        operation("put over", "old", "new", cache -> cache.getAndPut("k", "mine"), "new", "mine"),
        operation("put after", "old", null, cache -> cache.getAndPut("k", "mine"), null, "mine"),
        operation("swap", "old", "new", cache -> cache.replace("k", "old", "mine"), false, "new"),
        operation(
            "swap none", "old", null, cache -> cache.replace("k", "old", "mine"), false, null),
        operation("replace", "old", "new", cache -> cache.replace("k", "mine"), true, "mine"),
        operation("replace none", "old", null, cache -> cache.replace("k", "mine"), false, null),
        operation(
            "get and", "old", "new", cache -> cache.getAndReplace("k", "mine"), "new", "mine"),
        operation("remove", "old", "new", cache -> cache.remove("k", "old"), false, "new"),
        operation("remove none", "old", null, cache -> cache.remove("k", "old"), false, null),
        operation("get and remove", "old", "new", cache -> cache.getAndRemove("k"), "new", null),
        operation("process", "old", "new", exclaim, "new!", "new!"),
        operation("process none", "old", null, exclaim, "null!", "null!"));
  }

  @ParameterizedTest(name = "{0}, {1} that becomes {2}")
  @MethodSource("operations")
  void seeTheNewestAndOverwriteNobodysChange(
      String name,
      @Nullable String before,
      @Nullable String theirs,
      Function<Cache<String, String>, Object> operation,
      @Nullable Object result,
      @Nullable String after,
      @TempDir Path directory) {
    for (boolean inMemory : new boolean[] {true, false}) {
      MemoryStore shared = new MemoryStore();
      FaultyStore store = new FaultyStore(shared);
      Properties settings = new Properties();
      if (inMemory) {
        settings.setProperty("persidict.memory.max-entries", "9");
      }
      try (PersiDictCachingProvider provider = new PersiDictCachingProvider()) {
        CacheManager manager = provider.getCacheManager(directory.toUri(), null);
        Cache<String, String> others =
            CacheOverStore.open(manager, "others", shared, String.class, new Properties());
        Cache<String, String> mine =
            CacheOverStore.open(manager, "mine", store, String.class, settings);
        if (DAMAGED.equals(before)) {
          shared.put(NAME, new byte[] {1, 2, 3}, Precondition.none());
        } else if (before != null) {
          others.put("k", before);
        }
        if (EXPIRED.equals(before)) {
          byte[] bytes = shared.read(NAME).orElseThrow();
          var entry = (StoredEntry.ValidRecord) StoredEntry.FORMAT.decode(bytes);
          shared.put(NAME, StoredEntry.FORMAT.encode(entry.expiringAt(1)), Precondition.none());
        }
        Consumer<Cache<String, String>> change =
            theirs == null ? cache -> cache.remove("k") : cache -> cache.put("k", theirs);
        store.overtakeNextMutation(() -> change.accept(others));
        assertThat(operation.apply(mine)).isEqualTo(result);
        assertThat(others.get("k")).isEqualTo(after);
      }
    }
  }
}
