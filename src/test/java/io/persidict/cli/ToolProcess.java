package io.persidict.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.persidict.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The tool in a process of its own: the jar that the build made, where it is known, or else the
 * classes of this process.
 */
public final class ToolProcess implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final String JAR = System.getProperty("cli.jar", "");

  private final Process process;
  private final Path out;
  private final Path err;

  private ToolProcess(Process process, Path out, Path err) {
    this.process = process;
    this.out = out;
    this.err = err;
  }

  /** What starts it in a shell or a process. */
  public static List<String> command() {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ChildJvm.BRIEF);
    if (!JAR.isEmpty() && Files.exists(Path.of(JAR))) {
      command.addAll(List.of("-jar", JAR));
    } else {
      command.addAll(
          List.of("-cp", System.getProperty("java.class.path"), "io.persidict.cli.Main"));
    }
    return command;
  }

  /**
   * Starts it.
   *
   * @param variables of its environment, besides those of this process
   */
  public static ToolProcess start(
      Path directory, Map<String, String> variables, String... arguments) throws IOException {
    List<String> command = command();
    command.addAll(List.of(arguments));
    return start(directory, variables, command);
  }

  /** Starts any command. */
  public static ToolProcess start(
      Path directory, Map<String, String> variables, List<String> command) throws IOException {
    Path out = Files.createTempFile("tool", ".out");
    Path err = Files.createTempFile("tool", ".err");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().putAll(variables);
    Process process = builder.start();
    process.getOutputStream().close();
    return new ToolProcess(process, out, err);
  }

  public String out() throws IOException {
    return Files.readString(out, UTF_8);
  }

  public String err() throws IOException {
    return Files.readString(err, UTF_8);
  }

  /** Waits for its end; returns the exit status. */
  public int status() throws Exception {
    return status(PATIENCE);
  }

  /** The same, waiting that long. */
  public int status(Duration atMost) throws Exception {
    assertThat(process.waitFor(atMost.toSeconds(), TimeUnit.SECONDS))
        .as("it ends: " + err())
        .isTrue();
    return process.exitValue();
  }

  /** Waits for its end, which must be a good one; returns what it printed. */
  public String printed() throws Exception {
    assertThat(status()).as(err()).isZero();
    assertThat(err()).isEmpty();
    return out();
  }

  /** Asks it to end, as Ctrl-C does. */
  public void interrupt() {
    process.destroy();
  }

  /** Kills it. */
  public void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  @Override
  public void close() throws Exception {
    kill();
    Files.deleteIfExists(out);
    Files.deleteIfExists(err);
  }
}
