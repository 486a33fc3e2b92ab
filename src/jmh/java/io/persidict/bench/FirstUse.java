package io.persidict.bench;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Opens and reads an entry in a virtual machine that has done nothing else yet. */
final class FirstUse {
  private FirstUse() {}

  /** Prints how many nanoseconds passed from the first line until the value was there. */
  public static void main(String... args) throws Exception {
    long start = System.nanoTime();
    byte[] value;
    try (Contender contender = Contender.of(args[0], Contender.Place.OS)) {
      contender.open(Path.of(args[1]));
      value = contender.get("k0");
      System.out.println("took " + (System.nanoTime() - start));
    }
    if (value.length != 1024) {
      throw new AssertionError(args[0] + " returned something else than was stored");
    }
  }

  /** What it takes {@code contender} in {@code times} virtual machines, in milliseconds. */
  static List<Double> measure(Contest contest, String contender, int times) throws Exception {
    List<Double> took = new ArrayList<>();
    for (int i = 0; i < times; i++) {
      took.add(
          run(List.of(), contender, contest.directory(contender))
                  .filter(line -> line.startsWith("took "))
                  .mapToLong(line -> Long.parseLong(line.substring("took ".length())))
                  .sum()
              / 1e6);
    }
    return took;
  }

  /** How many classes it loads whose names begin with one of {@code prefixes}. */
  static long classes(Contest contest, String contender, List<String> prefixes) throws Exception {
    return run(List.of("-Xlog:class+load"), contender, contest.directory(contender))
        .filter(line -> prefixes.stream().anyMatch(prefix -> line.contains("] " + prefix)))
        .count();
  }

  private static Stream<String> run(List<String> options, String contender, Path directory)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), FirstUse.class.getName()));
    command.addAll(List.of(contender, directory.toString()));
    Path output = Files.createTempFile(Contest.DIRECTORY, "first", ".txt");
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(output.toFile())
            .redirectError(Redirect.INHERIT)
            .start();
    if (process.waitFor() != 0) {
      throw new IOException(contender + " ended with status " + process.exitValue());
    }
    List<String> lines = Files.readAllLines(output);
    Files.delete(output);
    return lines.stream();
  }
}
