package io.persidict.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The program that shows, and tampers with, the system calls of a thread. */
final class Strace implements AutoCloseable {
  /** The system calls on files. */
  static final String FILES = "%file,%desc";

  /** Tells of nothing but that it is attached. */
  private static final String QUIET = "--quiet=exit,personality";

  private final Process process;

  private Strace(Process process) {
    this.process = process;
  }

  /** Skips the test, and says why, where there is none or it may not be used. */
  static void assumeItWorks() {
    try {
      Process process =
          new ProcessBuilder("strace", QUIET, "-e", "trace=none", "true")
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      assumeTrue(
          process.waitFor(5, TimeUnit.MINUTES) && process.exitValue() == 0,
          "strace is not permitted here");
    } catch (IOException e) {
      assumeTrue(false, "strace is not installed: " + e.getMessage());
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Traces a thread until its process ends, and waits until all that it does from now on is traced.
   *
   * @param output where the calls go, each with the paths of its descriptors
   * @param options more of its options
   */
  static Strace attach(String thread, Path output, String... options) throws IOException {
    List<String> command =
        new ArrayList<>(List.of("strace", QUIET, "-y", "-p", thread, "-o", output.toString()));
    command.addAll(List.of("-e", "trace=" + FILES));
    command.addAll(List.of(options));
    Path messages = Files.createTempFile(output.getParent(), "strace", ".txt");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(messages.toFile())
            .start();
    await("strace is attached")
        .until(() -> !process.isAlive() || Files.readString(messages).contains(" attached"));
    assertThat(process.isAlive()).as(Files.readString(messages)).isTrue();
    return new Strace(process);
  }

  void join() throws InterruptedException {
    process.waitFor();
  }

  @Override
  public void close() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }
}
