package io.persidict.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.persidict.ChildJvm;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import javax.cache.annotation.CacheResult;
import org.jboss.weld.environment.se.Weld;
import org.jboss.weld.environment.se.WeldContainer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Annotated beans in several processes, on the default manager and found as applications are. */
final class AnnotatedBeanIT {
  private static final int THREADS = 200;

  @TempDir Path directory;

  enum Unit {
    METRE,
    FOOT
  }

  record Query(String text, Set<Unit> units) implements Serializable {}

  /** Leaves a file for each call of a method itself. */
  static class Slow {
    static Path calls;

    @CacheResult
    public Map<String, Integer> search(Query query, Unit unit, int[] pages, List<?> filters) {
      called();
      return Map.of(query.text(), pages.length);
    }

    @CacheResult
    public String once(String key) throws InterruptedException {
      called();
      Thread.sleep(1000);
      return "the value of " + key;
    }

    private static void called() {
      try {
        Files.createFile(calls.resolve(UUID.randomUUID().toString()));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Starts the container with its default caches in the directory that is the first argument. */
  private static WeldContainer start(String[] arguments) {
    Slow.calls = Path.of(arguments[0], "calls");
    System.setProperty("persidict.uri", Path.of(arguments[0], "caches").toUri().toString());
    System.setProperty("persidict.serial-filter", "io.persidict.cdi.**");
    return new Weld().addBeanClasses(Slow.class).initialize();
  }

  static final class Once {
    public static void main(String[] arguments) {
      try (WeldContainer weld = start(arguments)) {
        Slow slow = weld.select(Slow.class).get();
        System.out.println(
            slow.search(
                new Query("q", Set.of(Unit.METRE, Unit.FOOT)),
                Unit.FOOT,
                new int[] {1, 2},
                List.of(Unit.METRE, Map.of("a", List.of(1), "b", 2))));
      }
    }
  }

  static final class Crowd {
    public static void main(String[] arguments) throws Exception {
      ExecutorService threads = Executors.newFixedThreadPool(THREADS);
      try (WeldContainer weld = start(arguments)) {
        Slow slow = weld.select(Slow.class).get();
        System.out.println("ready");
        while (Files.notExists(Path.of(arguments[0], "go"))) {
          Thread.sleep(1);
        }
        List<Future<String>> results = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
          results.add(threads.submit(() -> slow.once("it")));
        }
        for (Future<String> result : results) {
          System.out.println(result.get());
        }
      } finally {
        threads.shutdownNow();
      }
    }
  }

  private long calls() throws IOException {
    try (Stream<Path> files = Files.list(directory.resolve("calls"))) {
      return files.count();
    }
  }

  @Test
  void theSecondRunCallsNothing() throws Exception {
    Files.createDirectory(directory.resolve("calls"));
    for (int run = 0; run < 2; run++) {
      try (ChildJvm child = ChildJvm.start(Once.class, directory.toString())) {
        assertThat(child.join().lines()).contains("{q=2}");
      }
      assertThat(calls()).isEqualTo(1);
    }
  }

  @Test
  void allThreadsOfTwoProcessesCallOnce() throws Exception {
    Files.createDirectory(directory.resolve("calls"));
    try (ChildJvm one = ChildJvm.start(Crowd.class, directory.toString());
        ChildJvm other = ChildJvm.start(Crowd.class, directory.toString())) {
      for (ChildJvm child : List.of(one, other)) {
        await().until(() -> child.printed().lines().anyMatch("ready"::equals));
      }
      Files.createFile(directory.resolve("go"));
      for (ChildJvm child : List.of(one, other)) {
        assertThat(child.join().lines().filter("the value of it"::equals)).hasSize(THREADS);
      }
    }
    assertThat(calls()).isEqualTo(1);
  }
}
