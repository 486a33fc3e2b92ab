package io.persidict.memo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.persidict.ChildJvm;
import io.persidict.jcache.PersiDictCachingProvider;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.cache.Cache;
import javax.cache.configuration.MutableConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processes that ask for the same result, of caches on disk and in S3. */
abstract class MemoContract {
  /** Longer than a busy machine stands still, since whoever does may lose its lease. */
  private static final Duration LEASE = Duration.ofSeconds(6);

  /** How long a lease does not last unless it is renewed. */
  private static final Duration LONGER = LEASE.plusSeconds(2);

  @TempDir Path directory;

  /** The URI of the manager that all processes open. */
  abstract URI uri();

  /** What their virtual machines are started with. */
  abstract List<String> options();

  /**
   * Calls a durable function from many threads at once, and prints the results it got. The function
   * notes each time that it is entered in a file, and takes its time.
   */
  static final class Caller {
    public static void main(String[] arguments) throws Exception {
      Path directory = Path.of(arguments[0]);
      int threads = Integer.parseInt(arguments[1]);
      Duration time = Duration.parse(arguments[2]);
      try (PersiDictCachingProvider provider = new PersiDictCachingProvider()) {
        Cache<Object, Object> cache =
            provider
                .getCacheManager(URI.create(arguments[3]), null)
                .createCache("memo", new MutableConfiguration<>());
        MemoFunction<String, String> function =
            Memo.of(cache)
                .withLease(LEASE)
                .function("slow", argument -> compute(directory, argument, time));
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        System.out.println("ready");
        while (!Files.exists(directory.resolve("go"))) {
          Thread.sleep(1);
        }
        List<Future<String>> results = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
          results.add(executor.submit(() -> function.apply("key")));
        }
        Set<String> distinct = new HashSet<>();
        for (Future<String> result : results) {
          distinct.add(result.get());
        }
        executor.shutdown();
        System.out.println("got " + distinct);
      }
    }

    private static String compute(Path directory, String argument, Duration time) {
      String process = String.valueOf(ProcessHandle.current().pid());
      try {
        Files.writeString(
            directory.resolve("entered"),
            process + "\n",
            StandardOpenOption.CREATE,
            StandardOpenOption.APPEND);
        Thread.sleep(time.toMillis());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
      return argument + " of " + process;
    }
  }

  private ChildJvm start(int threads, Duration time) throws IOException {
    return ChildJvm.start(
        options(),
        List.of(),
        Caller.class,
        directory.toString(),
        String.valueOf(threads),
        time.toString(),
        uri().toString());
  }

  private static void awaitReady(ChildJvm... callers) {
    for (ChildJvm caller : callers) {
      await().until(() -> caller.printed().contains("ready"));
    }
  }

  private void letGo() throws IOException {
    Files.createFile(directory.resolve("go"));
  }

  /** The processes that entered the function, in order. */
  private List<String> entered() throws IOException {
    Path file = directory.resolve("entered");
    return Files.exists(file) ? Files.readAllLines(file) : List.of();
  }

  /** Takes longer than the lease, which therefore must be renewed. */
  @Test
  void ofTwoHundredThreadsInEachOfTwoProcessesOneComputes() throws Exception {
    try (ChildJvm one = start(200, LONGER);
        ChildJvm two = start(200, LONGER)) {
      awaitReady(one, two);
      letGo();
      String printed = one.join();
      assertThat(two.join()).isEqualTo(printed);
      assertThat(entered()).hasSize(1);
      assertThat(printed).endsWith("got [key of " + entered().get(0) + "]\n");
    }
    try (ChildJvm later = start(1, Duration.ZERO)) {
      assertThat(later.join()).endsWith("got [key of " + entered().get(0) + "]\n");
      assertThat(entered()).as("a later process computes nothing").hasSize(1);
    }
  }

  @Test
  void theWorkOfAKilledProcessIsTakenOver() throws Exception {
    try (ChildJvm first = start(1, Duration.ofMinutes(5))) {
      letGo();
      await().until(() -> entered().size() == 1);
      try (ChildJvm second = start(10, Duration.ZERO)) {
        awaitReady(second);
        Thread.sleep(LONGER.toMillis());
        assertThat(entered()).as("while the first one lives").hasSize(1);
        first.kill();
        assertThat(second.join()).contains("got [key of ");
        assertThat(entered()).hasSize(2).doesNotHaveDuplicates();
      }
    }
  }
}
