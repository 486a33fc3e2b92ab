package io.persidict.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.persidict.jcache.PersiDictCachingProvider;
import io.persidict.jcache.storage.StoredEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import javax.cache.Cache;

/** What others find after a {@link CrashWriter} was killed. */
final class Survivors implements AutoCloseable {
  /** Far more than it takes, far less than a lock that nobody releases. */
  private static final Duration AT_ONCE = Duration.ofMinutes(1);

  private final Path directory;
  private final PersiDictCachingProvider provider = new PersiDictCachingProvider();
  private final Cache<String, byte[]> witness;

  /** Opens a cache with memory that is there before and after. */
  Survivors(Path directory) {
    this.directory = directory;
    this.witness = CrashWriter.open(provider, directory, "os", true);
  }

  /** The last step that each writer acknowledged, or -1. */
  static int[] acknowledged(String printed, int writers) {
    int[] last = new int[writers];
    Arrays.fill(last, -1);
    // What follows the last line break was cut short.
    String whole = printed.substring(0, printed.lastIndexOf('\n') + 1);
    whole
        .lines()
        .filter(line -> line.startsWith("ack "))
        .map(line -> line.split(" "))
        .forEach(words -> last[Integer.parseInt(words[1])] = Integer.parseInt(words[2]));
    return last;
  }

  /** Has what is stored read into memory. */
  void remember(int writers) {
    for (int writer = 0; writer < writers; writer++) {
      for (int number = 0; number < CrashScript.KEYS; number++) {
        witness.get(CrashScript.key(writer, number));
      }
    }
  }

  /**
   * Asserts that each acknowledged step of each writer is there, and the next one as a whole or not
   * at all; that memory shows the same; and that nothing keeps others from writing.
   *
   * @return how many steps of each writer are there
   */
  int[] assertWhole(int[] acknowledged) throws IOException {
    assertNothingTorn();
    long start = System.nanoTime();
    int[] there = new int[acknowledged.length];
    try (PersiDictCachingProvider others = new PersiDictCachingProvider()) {
      Cache<String, byte[]> cache = CrashWriter.open(others, directory, "os", false);
      for (int writer = 0; writer < acknowledged.length; writer++) {
        Map<Integer, byte[]> stored = stored(cache, writer);
        int steps = acknowledged[writer] + 1;
        boolean tookEffect = isAfter(stored, steps + 1) && !isAfter(stored, steps);
        there[writer] = tookEffect ? steps + 1 : steps;
        assertThat(sizes(stored))
            .as("entries of writer %d after step %d", writer, acknowledged[writer])
            .isEqualTo(sizes(expected(there[writer])));
        assertThat(isAfter(stored, there[writer])).as("contents").isTrue();
        assertThat(isAfter(stored(witness, writer), there[writer]))
            .as("what memory shows of writer %d after step %d", writer, acknowledged[writer])
            .isTrue();
        for (int number = 0; number < CrashScript.KEYS; number++) {
          cache.invoke(
              CrashScript.key(writer, number),
              (entry, none) -> {
                entry.setValue(entry.exists() ? entry.getValue() : new byte[0]);
                return null;
              });
          cache.remove(CrashScript.key(writer, number));
        }
      }
      assertThat(cache.iterator().hasNext()).isFalse();
    }
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(AT_ONCE);
    return there;
  }

  private void assertNothingTorn() throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".entry")).toList()) {
        assertThat(StoredEntry.FORMAT.decode(Files.readAllBytes(file)))
            .as(file.toString())
            .isInstanceOf(StoredEntry.ValidRecord.class);
      }
    }
  }

  private static Map<Integer, byte[]> stored(Cache<String, byte[]> cache, int writer) {
    Map<Integer, byte[]> stored = new HashMap<>();
    for (int number = 0; number < CrashScript.KEYS; number++) {
      byte[] value = cache.get(CrashScript.key(writer, number));
      if (value != null) {
        stored.put(number, value);
      }
    }
    return stored;
  }

  private static Map<Integer, byte[]> expected(int steps) {
    Map<Integer, byte[]> expected = new HashMap<>();
    CrashScript.after(steps)
        .forEach((number, step) -> expected.put(number, CrashScript.value(step)));
    return expected;
  }

  private static Map<Integer, Integer> sizes(Map<Integer, byte[]> values) {
    Map<Integer, Integer> sizes = new HashMap<>();
    values.forEach((number, value) -> sizes.put(number, value.length));
    return sizes;
  }

  private static boolean isAfter(Map<Integer, byte[]> stored, int steps) {
    Map<Integer, byte[]> expected = expected(steps);
    return stored.keySet().equals(expected.keySet())
        && expected.entrySet().stream()
            .allMatch(entry -> Arrays.equals(entry.getValue(), stored.get(entry.getKey())));
  }

  @Override
  public void close() {
    provider.close();
  }
}
