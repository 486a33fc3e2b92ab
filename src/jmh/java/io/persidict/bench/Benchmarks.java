package io.persidict.bench;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Prints what an operation costs each contender, in microseconds, and its ratio to what it costs
 * the bare JDK.
 *
 * <p>Other load, and what the file system was used for just before, change the costs by more than
 * the contenders differ. So each round measures an operation's contenders one after the other,
 * every second round backwards, and the table shows medians over the rounds: of the costs, and of
 * the ratios within a round.
 *
 * <p>Takes the options of JMH: {@code -f} is the number of rounds, {@code -e JCache} leaves the
 * caches out, {@code -e insert} an operation.
 */
public final class Benchmarks {
  private static final int ROUNDS = 4;

  private static final List<Row> ROWS =
      List.of(
          new Row("get", "getJdk", 1.6),
          new Row("getWithETag", "getJdk", Double.NaN),
          new Row("absent", "absentJdk", 3),
          new Row("insert", "insertJdk", 1.6),
          new Row("overwrite", "overwriteJdk", 1.3),
          new Row("fsync", "fsyncJdk", 1.2));

  /** An operation, what the bare JDK does for it, and the ratio to that which is allowed. */
  private record Row(String operation, String jdk, double budget) {
    String store() {
      return operation + "Store";
    }

    String jcache() {
      return operation + "JCache";
    }
  }

  private final CommandLineOptions options;

  /** One score a round for each benchmark. */
  private final Map<String, List<Double>> scores = new TreeMap<>();

  private Benchmarks(CommandLineOptions options) {
    this.options = options;
  }

  public static void main(String... args) throws RunnerException, CommandLineOptionException {
    CommandLineOptions options = new CommandLineOptions(args);
    if (!options.getIncludes().isEmpty()) {
      throw new IllegalArgumentException("leave out what is not wanted: -e get -e insert");
    }
    Benchmarks benchmarks = new Benchmarks(options);
    benchmarks.run();
    benchmarks.print();
  }

  private void run() throws RunnerException {
    Set<String> all = new LinkedHashSet<>();
    ROWS.forEach(row -> all.addAll(List.of(row.jdk, row.store(), row.jcache())));
    all.retainAll(Arrays.stream(Operations.class.getMethods()).map(Method::getName).toList());
    List<String> chosen = new ArrayList<>(all);
    chosen.removeIf(name -> matches(name, options.getExcludes()));
    int rounds = options.getForkCount().orElse(ROUNDS);
    for (int round = 1; round <= rounds; round++) {
      for (String name : chosen) {
        double score = measure(name);
        scores.computeIfAbsent(name, key -> new ArrayList<>()).add(score);
        System.out.printf("round %d of %d  %-20s %10s us%n", round, rounds, name, decimal(score));
      }
      Collections.reverse(chosen);
    }
  }

  private static boolean matches(String name, Collection<String> patterns) {
    return patterns.stream().anyMatch(pattern -> Pattern.compile(pattern).matcher(name).find());
  }

  private double measure(String name) throws RunnerException {
    OptionsBuilder builder = new OptionsBuilder();
    builder
        .parent(options)
        .include(Pattern.quote(Operations.class.getName() + "." + name) + "$")
        .forks(1)
        .shouldFailOnError(true)
        .verbosity(options.verbosity().orElse(VerboseMode.SILENT));
    return new Runner(builder.build()).runSingle().getPrimaryResult().getScore();
  }

  private void print() {
    String line = "%-12s %9s %9s %6s %9s %6s %7s%n";
    System.out.printf("%n" + line, "us", "JDK", "store", "ratio", "JCache", "ratio", "allowed");
    for (Row row : ROWS) {
      System.out.printf(
          line,
          row.operation,
          decimal(median(scores(row.jdk))),
          decimal(median(scores(row.store()))),
          decimal(median(ratios(row.store(), row.jdk))),
          decimal(median(scores(row.jcache()))),
          decimal(median(ratios(row.jcache(), row.jdk))),
          decimal(row.budget));
    }
  }

  private List<Double> scores(String name) {
    return scores.getOrDefault(name, List.of());
  }

  private List<Double> ratios(String name, String jdk) {
    return IntStream.range(0, Math.min(scores(name).size(), scores(jdk).size()))
        .mapToObj(round -> scores(name).get(round) / scores(jdk).get(round))
        .toList();
  }

  private static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int size = sorted.size();
    return size == 0 ? Double.NaN : (sorted.get((size - 1) / 2) + sorted.get(size / 2)) / 2;
  }

  private static String decimal(double value) {
    return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%.2f", value);
  }
}
