package io.persidict.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.persidict.ChildJvm;
import io.persidict.jcache.PersiDictCachingProvider;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.cache.Cache;
import javax.cache.configuration.MutableConfiguration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The system calls that operations make without native access: they are most of their time. */
final class OperationCallsIT {
  private static final int ENTRIES = 20;
  private static final String STAT = "stat";

  /** Of the temporary file, the lock, the table of changes, the cache's own file and the entry. */
  private static final int CHANGE = 15;

  /**
   * More of them in one change each second, when the kind and mode of the directory are looked at,
   * and in another one, when the cache's file is read.
   */
  private static final int EACH_SECOND = 5;

  private static final Pattern TIMED = Pattern.compile("(\\d+)\\.\\d+ (.*)");

  private static final Pattern THREAD = Pattern.compile("^tid (\\d+)$", Pattern.MULTILINE);

  private static final Pattern DONE = Pattern.compile("\"done (\\w+)");

  @TempDir Path directory;

  /** Reads what it wrote, entry by entry, absent ones, and all; says when each was done. */
  static final class Reader {
    private Reader() {}

    public static void main(String... arguments) throws Exception {
      try (PersiDictCachingProvider provider = new PersiDictCachingProvider()) {
        Cache<String, byte[]> cache =
            provider
                .getCacheManager(Path.of(arguments[0]).toUri(), null)
                .createCache(
                    "c",
                    new MutableConfiguration<String, byte[]>()
                        .setTypes(String.class, byte[].class));
        for (int i = 0; i < ENTRIES; i++) {
          cache.put("k" + i, new byte[1024]);
        }
        read(cache, false);
        String thread =
            Files.readSymbolicLink(Path.of("/proc/thread-self")).getFileName().toString();
        System.out.println("tid " + thread);
        System.in.read();
        read(cache, true);
      }
    }

    private static void read(Cache<String, byte[]> cache, boolean told) {
      say(told, "begin");
      for (int i = 0; i < ENTRIES; i++) {
        require(cache.get("k" + i) != null);
        say(told, "get");
      }
      for (int i = 0; i < ENTRIES; i++) {
        require(cache.get("absent" + i) == null);
        say(told, "absent");
      }
      int entries = 0;
      for (Cache.Entry<String, byte[]> entry : cache) {
        require(entry.getValue().length == 1024);
        entries++;
      }
      require(entries == ENTRIES);
      say(told, "iteration");
      for (int i = 0; i < ENTRIES; i++) {
        cache.put("new" + told + i, new byte[1024]);
        say(told, "insert");
      }
      for (int i = 0; i < ENTRIES; i++) {
        cache.put("new" + told + i, new byte[1024]);
        say(told, "overwrite");
      }
      for (int i = 0; i < ENTRIES; i++) {
        cache.remove("new" + told + i);
        say(told, "remove");
      }
    }

    private static void say(boolean told, String what) {
      if (told) {
        System.out.println("done " + what);
      }
    }

    private static void require(boolean holds) {
      if (!holds) {
        throw new AssertionError();
      }
    }
  }

  @Test
  void operationsMakeNoMoreCallsThanTheyNeed() throws Exception {
    Strace.assumeItWorks();
    Path trace = directory.resolve("trace");
    try (ChildJvm reader = ChildJvm.start(Reader.class, directory.resolve("store").toString())) {
      Awaitility.await("the thread's number").until(() -> THREAD.matcher(reader.printed()).find());
      Matcher thread = THREAD.matcher(reader.printed());
      assertThat(thread.find()).isTrue();
      try (Strace strace = Strace.attach(thread.group(1), trace, "-ttt")) {
        reader.proceed();
        strace.join();
      }
      reader.join();
    }
    List<String> traced = new ArrayList<>();
    List<Long> seconds = new ArrayList<>();
    for (String line : Files.readAllLines(trace)) {
      Matcher timed = TIMED.matcher(line);
      assertThat(timed.matches()).as(line).isTrue();
      seconds.add(Long.valueOf(timed.group(1)));
      traced.add(timed.group(2));
    }
    Map<String, List<List<String>>> reads = steps(traced, ".entry");
    assertThat(reads.get("get"))
        .hasSize(ENTRIES)
        .allSatisfy(calls -> assertThat(calls).containsExactly(STAT, "openat", "read", "close"));
    assertThat(reads.get("absent"))
        .hasSize(ENTRIES)
        .allSatisfy(calls -> assertThat(calls).containsExactly(STAT));
    assertThat(reads.get("iteration").get(0))
        .containsExactlyElementsOf(
            Collections.nCopies(ENTRIES, List.of(STAT, "openat", "read", "close", STAT)).stream()
                .flatMap(List::stream)
                .toList());
    Map<String, List<List<String>>> writes = steps(traced, "/store/");
    int longer = 0;
    for (String change : List.of("insert", "overwrite", "remove")) {
      List<Integer> calls = writes.get(change).stream().map(List::size).sorted().toList();
      assertThat(calls).as(change).hasSize(ENTRIES).allMatch(each -> each <= CHANGE + EACH_SECOND);
      assertThat(calls.get(ENTRIES / 2)).as(change).isLessThanOrEqualTo(CHANGE);
      longer += (int) calls.stream().filter(each -> each > CHANGE + 1).count();
    }
    int first = 0;
    while (!traced.get(first).contains("done iteration")) {
      first++;
    }
    long elapsed = seconds.get(seconds.size() - 1) - seconds.get(first) + 1;
    assertThat((long) longer).isLessThanOrEqualTo(2 * (elapsed + 1));
  }

  /** The names of the calls that show {@code part}, before each line that the program printed. */
  private static Map<String, List<List<String>>> steps(List<String> trace, String part) {
    Map<String, List<List<String>>> steps = new LinkedHashMap<>();
    List<String> current = new ArrayList<>();
    for (String call : trace) {
      Matcher done = DONE.matcher(call);
      if (done.find()) {
        steps.computeIfAbsent(done.group(1), what -> new ArrayList<>()).add(current);
        current = new ArrayList<>();
      } else if (call.contains(part)) {
        String name = call.substring(0, call.indexOf('('));
        current.add(name.matches("statx|l?stat|newfstatat") ? STAT : name);
      }
    }
    return steps;
  }
}
