package io.persidict.bench;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Prints what an operation costs each contender, in microseconds, and its ratio to what it costs
 * the bare JDK in the same seconds: medians over the iterations. Then, what a hit in memory costs,
 * and what a value takes in each format.
 *
 * <p>Takes the options of JMH; {@code -f 3} measures in three processes, {@code -e insert} leaves
 * that operation out, {@code -e hits} the hits, {@code -e formats} the formats.
 */
public final class Benchmarks {
  /** The operations, and the ratio to the bare JDK that each is allowed. */
  private enum Row {
    GET(1.6),
    ABSENT(3),
    INSERT(1.6),
    OVERWRITE(1.3),
    FSYNC(1.2);

    private final double budget;

    Row(double budget) {
      this.budget = budget;
    }

    String operation() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final List<IterationResult> iterations;

  private Benchmarks(RunResult result) {
    this.iterations =
        result.getBenchmarkResults().stream()
            .flatMap(fork -> fork.getIterationResults().stream())
            .toList();
  }

  public static void main(String... args) throws RunnerException, CommandLineOptionException {
    CommandLineOptions options = new CommandLineOptions(args);
    String line = "%-10s %9s %9s %6s %9s %6s %7s%n";
    System.out.printf(line, "us", "JDK", "store", "ratio", "JCache", "ratio", "allowed");
    for (Row row : Row.values()) {
      String operation = row.operation();
      if (!options.getExcludes().contains(operation)) {
        Benchmarks measured = measure(options, operation);
        System.out.printf(
            line,
            operation,
            measured.cost("jdk"),
            measured.cost("store"),
            measured.ratio("store"),
            measured.cost("jcache"),
            measured.ratio("jcache"),
            decimal(row.budget));
      }
    }
    if (!options.getExcludes().contains("hits")) {
      printHits(options);
    }
    if (!options.getExcludes().contains("formats")) {
      printFormats(options);
    }
  }

  private static void printFormats(CommandLineOptions options) throws RunnerException {
    Map<String, Map<String, Double>> costs = new LinkedHashMap<>();
    for (RunResult result : new Runner(builder(options, Encodings.class.getName()).build()).run()) {
      costs
          .computeIfAbsent(result.getParams().getParam("id"), id -> new HashMap<>())
          .put(result.getPrimaryResult().getLabel(), result.getPrimaryResult().getScore());
    }
    System.out.printf("%n%-16s %9s %9s %9s%n", "100 orders", "bytes", "us write", "us read");
    costs.forEach(
        (id, cost) ->
            System.out.printf(
                "%-16s %9d %9s %9s%n",
                id,
                Encodings.format(id).encode(Encodings.orders()).length,
                decimal(cost.get("encode")),
                decimal(cost.get("decode"))));
  }

  private static void printHits(CommandLineOptions options) throws RunnerException {
    System.out.printf("%nns a hit in memory%n");
    for (RunResult result : new Runner(builder(options, Hits.class.getName()).build()).run()) {
      String name = result.getPrimaryResult().getLabel();
      System.out.printf("%-16s %9s%n", name, decimal(result.getPrimaryResult().getScore()));
    }
  }

  private static ChainedOptionsBuilder builder(CommandLineOptions options, String include) {
    return new OptionsBuilder()
        .parent(options)
        .include(include)
        .shouldFailOnError(true)
        .verbosity(options.verbosity().orElse(VerboseMode.SILENT));
  }

  private static Benchmarks measure(CommandLineOptions options, String operation)
      throws RunnerException {
    String include = Operations.class.getName() + "." + operation + "$";
    return new Benchmarks(new Runner(builder(options, include).build()).runSingle());
  }

  private String cost(String contender) {
    return median(contender, "calls", 1_000);
  }

  private String ratio(String contender) {
    return median(contender, "jdk", 1);
  }

  /** The median over the iterations of one counter divided by {@code divisor} times another. */
  private String median(String counter, String by, int divisor) {
    double[] quotients =
        iterations.stream()
            .mapToDouble(i -> sum(i, counter) / sum(i, by) / divisor)
            .sorted()
            .toArray();
    int size = quotients.length;
    return decimal((quotients[(size - 1) / 2] + quotients[size / 2]) / 2);
  }

  private static double sum(IterationResult iteration, String counter) {
    return iteration.getSecondaryResults().get(counter).getScore();
  }

  private static String decimal(double value) {
    return String.format(Locale.ROOT, "%.2f", value);
  }
}
