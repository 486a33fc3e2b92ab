package io.persidict.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of a command that is stopped. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the command is a shell's")
final class CommandRunTest {
  @TempDir Path directory;

  private CommandRun run(String script) {
    String name = directory.resolve("pid").toString();
    return new CommandRun(List.of("sh", "-c", script, "sh", name), new byte[0], null, null);
  }

  /** Java may not have heard yet that it runs. */
  @RepeatedTest(20)
  void oneThatIsStoppedAsItBeginsEnds() throws Exception {
    CommandRun run = run("echo $$ > $1; exec sleep 600");
    CompletableFuture<Recording> recording =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return run.run();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    Path pid = directory.resolve("pid");
    await().until(() -> Files.exists(pid) && Files.size(pid) > 0);
    run.stopAndWait();
    recording.get(5, TimeUnit.MINUTES);
    assertThat(run.isStopped()).isTrue();
    assertThat(ProcessHandle.of(Long.parseLong(Files.readString(pid).strip()))).isEmpty();
  }

  @Test
  void oneThatIsStoppedBeforeDoesNotBegin() {
    CommandRun run = run("echo > $1");
    run.stopAndWait();
    assertThatThrownBy(run::run).isInstanceOf(Failure.class).hasMessageContaining("stopped");
    assertThat(directory).isEmptyDirectory();
  }
}
