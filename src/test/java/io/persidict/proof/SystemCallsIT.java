package io.persidict.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.persidict.ChildJvm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The system calls of a thread that writes: their order, and what a kill at each of them leaves.
 */
final class SystemCallsIT {
  /** Brings every key into the state that the traced steps change. */
  private static final int BEFORE = 35;

  /** Each kind of step once. */
  private static final int TRACED = 7;

  private static final Pattern NAME = Pattern.compile("\\w+(?=\\()");
  private static final Pattern THREAD = Pattern.compile("^tid (\\d+)$", Pattern.MULTILINE);

  @TempDir Path directory;

  @BeforeEach
  void needsStrace() {
    Strace.assumeItWorks();
  }

  /**
   * Runs the steps with a thread's system calls traced; returns what the process printed.
   *
   * @param prepared called before the first traced step
   */
  private static String run(
      Path store, String durability, Runnable prepared, Path trace, String... options)
      throws Exception {
    try (ChildJvm writer =
        ChildJvm.start(
            List.of("-Xmx64m"),
            List.of(),
            CrashWriter.Traced.class,
            store.toString(),
            durability,
            Integer.toString(BEFORE),
            Integer.toString(TRACED))) {
      Awaitility.await("the thread's number")
          .pollDelay(Duration.ZERO)
          .pollInterval(Duration.ofMillis(5))
          .until(() -> THREAD.matcher(writer.printed()).find());
      Matcher thread = THREAD.matcher(writer.printed());
      assertThat(thread.find()).isTrue();
      prepared.run();
      try (Strace strace = Strace.attach(thread.group(1), trace, options)) {
        writer.proceed();
        strace.join();
      }
      return writer.awaitEnd(Duration.ofMinutes(1));
    }
  }

  // ---- power

  @Test
  void withFsyncAFileIsSyncedBeforeItGetsItsNameAndTheDirectoryAfterwards() throws Exception {
    Path store = directory.resolve("store");
    Path trace = directory.resolve("trace");
    assertThat(run(store, "fsync", () -> {}, trace)).contains("end");
    Path entries = store.toRealPath().resolve("crash");
    int replaced = 0;
    int inserted = 0;
    int deleted = 0;
    for (List<String> step : steps(Files.readAllLines(trace))) {
      int rename = find(step, "rename\\w*\\(.*\\.__tmp__.*\\.entry\"", 0);
      int link = find(step, "link(at)?\\(.*\\.__tmp__.*\\.entry\"", 0);
      int unlink = find(step, "unlink(at)?\\(.*\\.entry\"", 0);
      int named = Math.max(rename, link);
      String shown = String.join("\n", step);
      if (named >= 0) {
        int synced = find(step, "f(data)?sync\\(\\d+<.*/\\.__tmp__[^/>]*>", 0);
        assertThat(findLast(step, "p?write(64)?\\(\\d+<.*/\\.__tmp__[^/>]*>"))
            .as("write before sync: %s", shown)
            .isNotNegative()
            .isLessThan(synced);
        assertThat(synced).as("sync before name: %s", shown).isLessThan(named);
      }
      int last = Math.max(named, unlink);
      assertThat(last).as("a step changes something: %s", shown).isNotNegative();
      assertThat(find(step, "f(data)?sync\\(\\d+<" + Pattern.quote(entries.toString()) + ">", last))
          .as("sync of the directory after the change: %s", shown)
          .isGreaterThan(last);
      replaced += rename >= 0 ? 1 : 0;
      inserted += link >= 0 ? 1 : 0;
      deleted += unlink >= 0 ? 1 : 0;
    }
    assertThat(List.of(replaced, inserted, deleted)).containsExactly(3, 2, 2);
  }

  /** The successful system calls before each acknowledgement. */
  private static List<List<String>> steps(List<String> trace) {
    List<List<String>> steps = new ArrayList<>();
    List<String> current = new ArrayList<>();
    for (String line : trace) {
      if (line.contains("\"ack ")) {
        steps.add(current);
        current = new ArrayList<>();
      } else if (!line.contains(" = -1 ")) {
        current.add(line);
      }
    }
    return steps;
  }

  private static int find(List<String> calls, String pattern, int from) {
    Pattern compiled = Pattern.compile(pattern);
    for (int i = from; i < calls.size(); i++) {
      if (compiled.matcher(calls.get(i)).lookingAt()) {
        return i;
      }
    }
    return -1;
  }

  private static int findLast(List<String> calls, String pattern) {
    Pattern compiled = Pattern.compile(pattern);
    for (int i = calls.size() - 1; i >= 0; i--) {
      if (compiled.matcher(calls.get(i)).lookingAt()) {
        return i;
      }
    }
    return -1;
  }

  // ---- kills

  @ParameterizedTest
  @ValueSource(strings = {"os", "fsync"})
  void aKillAtAnySystemCallLosesNothingAcknowledgedAndTearsNothing(String durability)
      throws Exception {
    assumeTrue(ProofScale.isLong(), "a process for each system call takes minutes: -Pproof");
    Path trace = directory.resolve("trace");
    assertThat(run(directory.resolve("whole"), durability, () -> {}, trace)).contains("end");
    Map<String, Integer> made = new HashMap<>();
    int kills = 0;
    for (String call : Files.readAllLines(trace)) {
      Matcher name = NAME.matcher(call);
      // strace counts the calls of each name.
      if (name.lookingAt()
          && killedAt(name.group(), made.merge(name.group(), 1, Integer::sum), durability)) {
        kills++;
      }
    }
    System.out.printf("killed at %d system calls, %s: %s%n", kills, durability, made);
    assertThat(kills).isGreaterThan(TRACED * 10);
  }

  /** Kills a writer at its nth call of a name; false if it did not come that far. */
  private boolean killedAt(String name, int number, String durability) throws Exception {
    Path store = directory.resolve(name + number);
    try (Survivors survivors = new Survivors(store)) {
      survivors.remember(1);
      String printed =
          run(
              store,
              durability,
              () -> survivors.remember(1),
              directory.resolve("trace"),
              "-e",
              "inject=" + name + ":signal=KILL:when=" + number);
      survivors.assertWhole(Survivors.acknowledged(printed, 1));
      return !printed.contains("end");
    }
  }
}
