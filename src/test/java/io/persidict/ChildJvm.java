package io.persidict;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Another virtual machine, with the class path of this one. */
public final class ChildJvm implements AutoCloseable {
  /** Most processes are too brief to be worth optimizing; a later option overrides that. */
  public static final List<String> BRIEF = List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

  private final Process process;
  private final Path output;

  private ChildJvm(Process process, Path output) {
    this.process = process;
    this.output = output;
  }

  /** Starts {@code main} with these arguments. */
  public static ChildJvm start(Class<?> main, String... arguments) throws IOException {
    return start(List.of(), List.of(), main, arguments);
  }

  /**
   * The same with options of the virtual machine besides {@link #BRIEF}. It does as much as this
   * one is told to.
   *
   * @param classPath what the class path begins with
   */
  public static ChildJvm start(
      List<String> options, List<Path> classPath, Class<?> main, String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>(options);
    String scale = System.getProperty("proof.scale");
    if (scale != null) {
      command.add("-Dproof.scale=" + scale);
    }
    command.add("-cp");
    command.add(
        Stream.concat(
                classPath.stream().map(Path::toString),
                Stream.of(System.getProperty("java.class.path")))
            .collect(Collectors.joining(File.pathSeparator)));
    command.add(main.getName());
    command.addAll(List.of(arguments));
    return start(command);
  }

  /** Starts {@code java} with {@link #BRIEF}, these arguments, and nothing else. */
  public static ChildJvm start(List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(BRIEF);
    command.addAll(arguments);
    Path output = Files.createTempFile("child", ".log");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    return new ChildJvm(process, output);
  }

  /** Waits up to 25 minutes until it ends well, and returns what it printed. */
  public String join() throws InterruptedException {
    return join(Duration.ofMinutes(25));
  }

  /** The same, waiting that long. */
  public String join(Duration atMost) throws InterruptedException {
    awaitEnd(atMost);
    assertThat(process.exitValue()).as(printed()).isZero();
    return printed();
  }

  /** Waits that long until it ends, well or not, and returns what it printed. */
  public String awaitEnd(Duration atMost) throws InterruptedException {
    assertThat(process.waitFor(atMost.toSeconds(), TimeUnit.SECONDS))
        .as("it ends: %s", printed())
        .isTrue();
    return printed();
  }

  /** Lets one go on that waits for a byte of its input. */
  public void proceed() throws IOException {
    process.getOutputStream().write('\n');
    process.getOutputStream().flush();
  }

  /** What it has printed so far. */
  public String printed() {
    try {
      return Files.readString(output, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Kills it with SIGKILL where there are signals, and waits until it is gone. */
  public void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  @Override
  public void close() throws Exception {
    kill();
    Files.delete(output);
  }
}
