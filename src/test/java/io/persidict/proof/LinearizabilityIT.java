package io.persidict.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.persidict.ChildJvm;
import io.persidict.RamDirectory;
import io.persidict.jcache.PersiDictCachingProvider;
import io.persidict.proof.HistoryLog.History;
import io.persidict.proof.HistoryWorker.Disturbance;
import io.persidict.store.s3.TestS3;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeSet;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever several threads of several processes do to a few keys of one cache, there is an order of
 * their calls that explains each result. On Linux, where {@link System#nanoTime} is one clock for
 * all processes.
 */
@EnabledOnOs(value = OS.LINUX, disabledReason = "only Linux has one nanoTime for all processes")
final class LinearizabilityIT {
  private static final int PROCESSES = 3;
  private static final int MIN_CALLS = 100;
  private static final double MISCHIEF = 0.01;

  @TempDir(factory = RamDirectory.class)
  Path directory;

  private final Properties plan = new Properties();
  private Path logs;

  @BeforeEach
  void plan() throws IOException {
    logs = Files.createDirectory(directory.resolve("logs"));
    plan.setProperty("uri", directory.resolve("store").toUri().toString());
    plan.setProperty("threads", "2");
    plan.setProperty("length", Duration.ofMillis(ProofScale.times(2_000)).toString());
    plan.setProperty("round", "PT0.1S");
    plan.setProperty("keys", "3");
    plan.setProperty("reads", "0.2");
    plan.setProperty("disturbances", "");
  }

  private void setDisturbance(Disturbance disturbance) {
    plan.setProperty("disturbances", disturbance.name());
  }

  private void setMemory() {
    plan.setProperty("persidict.memory.max-entries", "1000");
    plan.setProperty("reads", "0.6");
  }

  @Test
  void entriesOnDisk() throws Exception {
    assertExplained(run(false));
  }

  @Test
  void entriesInMemoryThatIsChecked() throws Exception {
    setMemory();
    assertExplained(run(false));
  }

  @Test
  void whileManagersCloseAndOpen() throws Exception {
    setDisturbance(Disturbance.REOPEN);
    assertExplained(run(false));
  }

  @Test
  void whileManagersWithMemoryCloseAndOpen() throws Exception {
    setMemory();
    setDisturbance(Disturbance.REOPEN);
    assertExplained(run(false));
  }

  @Test
  void whileThreadsAreInterrupted() throws Exception {
    setMemory();
    setDisturbance(Disturbance.INTERRUPT);
    assertExplained(run(false));
  }

  @Test
  void whileEntriesAreEvicted() throws Exception {
    setMemory();
    plan.setProperty("persidict.store.max-entries", "1");
    setDisturbance(Disturbance.EVICT);
    History history = run(false);
    assertThat(Linearizability.violation(history.calls())).as("an eviction").isPresent();
    assertExplained(history, true);
  }

  @Test
  void whileProcessesAreKilled() throws Exception {
    setMemory();
    assertExplained(run(true));
  }

  /** Without write tokens, and with memory that asks the store each time. */
  @Test
  void bareValuesOnDisk() throws Exception {
    plan.setProperty("persidict.layout", "plain");
    setMemory();
    assertExplained(run(false));
  }

  @Test
  void bareValuesOnDiskThatOnlyCachesWrite() throws Exception {
    plan.setProperty("persidict.layout", "plain");
    plan.setProperty("persidict.foreign-writers", "false");
    setMemory();
    setDisturbance(Disturbance.REOPEN);
    assertExplained(run(false));
  }

  /** Where equal values have equal ETags; faults would leave removals of which nobody knows. */
  @Test
  void bareValuesOnAServer() throws Exception {
    plan.setProperty("persidict.layout", "plain");
    setMemory();
    try (TestS3 s3 = new TestS3()) {
      assumeTrue(s3.isOwn(), "only of our own server it is known that it deletes on condition");
      s3.own().honourConditionalDeletes();
      setServer(s3);
      plan.setProperty("persidict.s3.conditional-delete", "true");
      assertExplained(run(false));
    }
  }

  @Test
  void entriesOnAServerThatMisbehaves() throws Exception {
    try (TestS3 s3 = new TestS3()) {
      assertExplained(run(s3));
    }
  }

  @Test
  void entriesOnAServerThatMisbehavesWithMemoryAndLocalCopies() throws Exception {
    setMemory();
    plan.setProperty("persidict.s3.local-dir", directory.resolve("copies").toString());
    try (TestS3 s3 = new TestS3()) {
      assertExplained(run(s3));
    }
  }

  @Test
  void whileThreadsThatAskAServerAreInterrupted() throws Exception {
    setDisturbance(Disturbance.INTERRUPT);
    try (TestS3 s3 = new TestS3()) {
      setServer(s3);
      assertExplained(run(false));
    }
  }

  private void setServer(TestS3 s3) {
    // Calls take longer, and are to meet all the same.
    plan.setProperty("round", "PT1S");
    plan.setProperty("keys", "2");
    plan.setProperty("uri", "s3://" + s3.bucket() + "/app/");
    plan.setProperty("persidict.s3.endpoint", s3.endpoint().toString());
    plan.setProperty("persidict.s3.region", s3.region());
  }

  private History run(TestS3 s3) throws Exception {
    setServer(s3);
    // Some faults outlast all attempts; what became of such a call is unknown.
    if (s3.isOwn()) {
      s3.own().mischief().everything(MISCHIEF, 11);
    }
    History history = run(false);
    return new History(history.calls(), List.of());
  }

  /**
   * Has processes make calls, and reads what is left at the end.
   *
   * @param kill whether one process after the other is killed meanwhile, and another one started
   */
  private History run(boolean kill) throws Exception {
    try (var out = Files.newOutputStream(logs.resolve("plan"))) {
      plan.store(out, null);
    }
    Duration length = Duration.parse(plan.getProperty("length"));
    List<ChildJvm> workers = new ArrayList<>();
    try {
      for (int process = 0; process < PROCESSES; process++) {
        workers.add(start(process));
      }
      awaitReady(0, PROCESSES, workers);
      long start = System.nanoTime();
      Path file = Files.writeString(directory.resolve("start"), Long.toString(start));
      Files.move(file, logs.resolve("start"), StandardCopyOption.ATOMIC_MOVE);
      int killed = 0;
      while (kill && System.nanoTime() - start < length.toNanos()) {
        // A moment is all that is random here; nothing is waited for.
        Thread.sleep(ThreadLocalRandom.current().nextInt(100));
        workers.get(killed++).kill();
        workers.add(start(workers.size()));
        awaitReady(workers.size() - 1, workers.size(), workers);
      }
      for (ChildJvm worker : workers.subList(killed, workers.size())) {
        worker.join(length.plusMinutes(1));
      }
    } finally {
      for (ChildJvm worker : workers) {
        worker.close();
      }
    }
    readAll();
    return HistoryLog.read(logs);
  }

  private ChildJvm start(int process) throws IOException {
    List<String> options = new ArrayList<>(List.of("-Xmx128m"));
    System.getProperties().stringPropertyNames().stream()
        .filter(name -> name.startsWith("aws."))
        .forEach(name -> options.add("-D" + name + "=" + System.getProperty(name)));
    return ChildJvm.start(
        options, List.of(), HistoryWorker.class, logs.toString(), Integer.toString(process));
  }

  private void awaitReady(int from, int to, List<ChildJvm> workers) {
    for (int process = from; process < to; process++) {
      ChildJvm worker = workers.get(process);
      Path ready = logs.resolve("ready" + process);
      Awaitility.await(ready.toString())
          .pollInterval(Duration.ofMillis(5))
          .failFast(
              "a process failed",
              () -> assertThat(worker.printed()).doesNotContain("Exception in thread"))
          .until(() -> Files.exists(ready));
    }
  }

  private void readAll() throws IOException {
    TreeSet<String> keys =
        HistoryLog.read(logs).calls().stream()
            .map(Invocation::key)
            .collect(Collectors.toCollection(TreeSet::new));
    try (PersiDictCachingProvider provider = new PersiDictCachingProvider();
        HistoryLog log = new HistoryLog(logs, "afterwards")) {
      var cache = HistoryWorker.open(provider, plan);
      for (String key : keys) {
        log.record(
            key,
            CacheOperation.GET,
            null,
            null,
            () -> CacheOperation.GET.call(cache, key, null, null));
      }
    }
  }

  private static void assertExplained(History history) {
    assertExplained(history, false);
  }

  private static void assertExplained(History history, boolean evicted) {
    Optional<List<Invocation>> violation = Linearizability.violation(history.calls(), evicted);
    assertThat(violation.map(LinearizabilityIT::lines)).as("what no order explains").isEmpty();
    assertThat(history.failures().stream().limit(5)).as("failed calls").isEmpty();
    assertThat(history.calls().size()).isGreaterThan(MIN_CALLS);
    System.out.printf(
        "%,d calls, of which %d have an unknown outcome, are explained%n",
        history.calls().size(), history.calls().stream().filter(Invocation::isUnknown).count());
  }

  private static String lines(List<Invocation> calls) {
    return calls.stream()
        .map(Invocation::toString)
        .collect(Collectors.joining(System.lineSeparator(), System.lineSeparator(), ""));
  }
}
