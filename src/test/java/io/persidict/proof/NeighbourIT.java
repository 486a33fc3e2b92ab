package io.persidict.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.persidict.RamDirectory;
import io.persidict.jcache.PersiDictCachingProvider;
import io.persidict.key.DictKey;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.cache.Cache;
import javax.cache.configuration.MutableConfiguration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A cache of layout plain while another process writes its directory, with neither this library's
 * locks nor its conditions: nobody sees half a value or one that was replaced before it asked,
 * inserts and removals happen once, and what the cache alone writes is counted exactly.
 *
 * <p>With {@code -Dtest.python=python3} the other process is also the Python original, which that
 * interpreter must find; {@code -Dtest.python.seconds=60} has each of them work for a minute.
 */
final class NeighbourIT {
  private static final String SECONDS = System.getProperty("test.python.seconds", "3");
  private static final int DIGEST_LENGTH = 8;
  private static final int SLOTS = 4;
  private static final DictKey CACHE = DictKey.of("cache");
  private static final DictKey BOTH = DictKey.of("both");
  private static final DictKey THEIRS = DictKey.of("neighbour");
  private static final DictKey ACKNOWLEDGED = DictKey.of("acknowledged");

  @TempDir(factory = RamDirectory.class)
  Path directory;

  private final PersiDictCachingProvider provider = new PersiDictCachingProvider();
  private final AtomicLong counted = new AtomicLong();
  private final AtomicLong inserted = new AtomicLong();
  private final AtomicLong removed = new AtomicLong();
  private Process other;
  private Cache<DictKey, Object> cache;

  @AfterEach
  void close() {
    provider.close();
    if (other != null) {
      other.destroyForcibly();
    }
  }

  @ParameterizedTest
  @CsvSource({"json, 0", "json, 100", "pkl, 100"})
  void theCacheIsExactBesideOneThatTakesNoLocks(String format, int held) throws Exception {
    share(
        format,
        held,
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            Neighbour.class.getName()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"json", "pkl"})
  @EnabledIfSystemProperty(
      named = "test.python",
      matches = ".+",
      disabledReason = "needs a Python interpreter that finds persidict")
  void theCacheIsExactBesideThePythonOriginal(String format) throws Exception {
    Path script = directory.resolve("neighbour.py");
    try (var in = NeighbourIT.class.getResourceAsStream("/interop/neighbour.py")) {
      Files.copy(in, script);
    }
    share(format, 100, List.of(System.getProperty("test.python"), script.toString()));
  }

  private void share(String format, int held, List<String> command) throws Exception {
    Properties settings = new Properties();
    settings.setProperty("persidict.layout", "plain");
    settings.setProperty("persidict.format", format);
    if (held > 0) {
      settings.setProperty("persidict.memory.max-entries", String.valueOf(held));
    }
    cache =
        provider
            .getCacheManager(directory.toUri(), null, settings)
            .createCache(
                "shared",
                new MutableConfiguration<DictKey, Object>().setTypes(DictKey.class, Object.class));
    cache.put(CACHE, Neighbour.value("cache", 0));
    cache.put(BOTH, Neighbour.value("cache", 0));
    cache.put(THEIRS, Neighbour.value("neighbour", 0));
    cache.put(ACKNOWLEDGED, 0L);

    List<String> whole = new ArrayList<>(command);
    whole.addAll(
        List.of(
            directory.resolve("shared").toString(),
            format,
            String.valueOf(DIGEST_LENGTH),
            SECONDS));
    other = new ProcessBuilder(whole).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    try (BufferedReader printed =
        new BufferedReader(new InputStreamReader(other.getInputStream(), StandardCharsets.UTF_8))) {
      assertThat(printed.readLine()).isEqualTo("ready");
      work();
      JsonNode told = new JsonMapper().readTree(printed.readLine());
      assertThat(other.waitFor()).isZero();
      assertExact(told);
    }
  }

  private void work() throws Exception {
    List<Callable<Void>> tasks = List.of(this::count, this::follow, this::overwrite, this::fill);
    ExecutorService threads = Executors.newFixedThreadPool(tasks.size());
    try {
      List<Future<Void>> running = new ArrayList<>();
      for (Callable<Void> task : tasks) {
        running.add(threads.submit(task));
      }
      begin();
      for (Future<Void> task : running) {
        task.get(5, TimeUnit.MINUTES);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private void begin() throws IOException {
    try (OutputStream in = other.getOutputStream()) {
      in.write('\n');
    }
  }

  private Void count() {
    while (other.isAlive()) {
      cache.invoke(
          CACHE,
          (entry, arguments) -> {
            long next = Neighbour.requireWhole(entry.getValue()) + 1;
            entry.setValue(Neighbour.value("cache", next));
            return null;
          });
      counted.incrementAndGet();
    }
    return null;
  }

  /** What was acknowledged is read, by whichever way. */
  private Void follow() {
    while (other.isAlive()) {
      long acknowledged = (Long) cache.get(ACKNOWLEDGED);
      assertThat(Neighbour.requireWhole(cache.get(THEIRS))).isGreaterThanOrEqualTo(acknowledged);
    }
    return null;
  }

  private Void overwrite() {
    for (long number = 0; other.isAlive(); number++) {
      cache.put(BOTH, Neighbour.value("cache", number));
      Neighbour.requireWhole(cache.get(BOTH));
    }
    return null;
  }

  private Void fill() {
    for (int i = 0; other.isAlive(); i++) {
      DictKey slot = DictKey.of("slot", String.valueOf(i % SLOTS));
      if (cache.putIfAbsent(slot, (long) i)) {
        inserted.incrementAndGet();
      }
      if (i % 5 == 0 && cache.remove(slot)) {
        removed.incrementAndGet();
      }
    }
    return null;
  }

  private void assertExact(JsonNode told) {
    assertThat(Neighbour.requireWhole(cache.get(CACHE))).isEqualTo(counted.get()).isPositive();
    assertThat(Neighbour.requireWhole(cache.get(THEIRS)))
        .isEqualTo(told.get("written").asLong())
        .isPositive();
    Neighbour.requireWhole(cache.get(BOTH));
    TreeSet<String> keys = new TreeSet<>();
    cache.forEach(entry -> keys.add(entry.getKey().toString()));
    long slots = keys.stream().filter(key -> key.startsWith("slot/")).count();
    assertThat(inserted.get() - removed.get() - told.get("removed").asLong()).isEqualTo(slots);
    assertThat(inserted.get()).isGreaterThan(SLOTS);
    System.out.printf(
        "%,d writes by the neighbour, %,d changes counted, %,d inserts, %,d removals here and %,d"
            + " there, all exact%n",
        told.get("written").asLong(),
        counted.get(),
        inserted.get(),
        removed.get(),
        told.get("removed").asLong());
  }
}
