package io.persidict.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/** What one run has measured: a file of comma-separated values for each JDK. */
final class Results {
  /** What is measured, and in which unit. */
  enum Row {
    HIT("hit in memory, 2 threads", "operations/us"),
    ALLOCATION("allocation of a hit", "B"),
    GET("get", "us"),
    ABSENT("get, absent", "us"),
    ITERATE("iterate, per entry", "us"),
    INSERT("insert", "us"),
    OVERWRITE("overwrite", "us"),
    SYNC("overwrite, fsync", "us"),
    SYNC_ALL("putAll of 1,000, fsync, per entry", "us"),
    FIRST("first open and get in a fresh JVM", "ms"),
    CLASSES("classes of JMX and Jackson loaded by it", ""),
    ENTRIES_GET("get of 100 bytes, of so many entries", "us"),
    ENTRIES_REOPEN("reopen and get, with so many entries", "ms"),
    ENTRIES_HEAP("heap, with so many entries", "MiB"),
    THREADS_HIT("hits in memory by so many threads", "operations/us"),
    THREADS_GET("gets by so many threads", "operations/us"),
    S3_GET("S3 get", "us"),
    S3_PUT("S3 put", "us");

    final String label;
    final String unit;

    Row(String label, String unit) {
      this.label = label;
      this.unit = unit;
    }
  }

  /**
   * One figure.
   *
   * @param at how many entries or threads
   * @param median of the iterations, which were between {@code low} and {@code high}
   */
  record Result(Row row, int at, String contender, double median, double low, double high) {
    static Result of(Row row, int at, String contender, DoubleStream iterations) {
      double[] sorted = iterations.sorted().toArray();
      int last = sorted.length - 1;
      double median = (sorted[last / 2] + sorted[(last + 1) / 2]) / 2;
      return new Result(row, at, contender, median, sorted[0], sorted[last]);
    }

    private static Result parse(String line) {
      String[] values = line.split(",");
      return new Result(
          Row.valueOf(values[0]),
          Integer.parseInt(values[1]),
          values[2],
          Double.parseDouble(values[3]),
          Double.parseDouble(values[4]),
          Double.parseDouble(values[5]));
    }

    private String line() {
      return String.format(
          Locale.ROOT, "%s,%d,%s,%.4g,%.4g,%.4g", row, at, contender, median, low, high);
    }
  }

  private static final String PREFIX = "results-";
  private static final String SMOKE = "a smoke run, whose times mean nothing";

  /** The JDK, the machine, and how it was called. */
  final List<String> about;

  private final List<Result> all = new ArrayList<>();
  private final Path file;

  /**
   * Begins a new file, in place of the last one of this JDK.
   *
   * @param smoke whether it is only seen whether the benchmark works
   */
  Results(boolean smoke, String... options) throws IOException {
    Files.createDirectories(Contest.DIRECTORY);
    about =
        List.of(
            "JDK " + Runtime.version(),
            String.join(
                " ",
                System.getProperty("os.name"),
                System.getProperty("os.version"),
                System.getProperty("os.arch")),
            Runtime.getRuntime().availableProcessors() + " processors",
            Files.getFileStore(Contest.DIRECTORY).type(),
            options.length == 0 ? "no options" : "options " + String.join(" ", options),
            smoke ? SMOKE : "times of a whole run");
    file = Contest.DIRECTORY.resolve(PREFIX + Runtime.version().feature() + ".csv");
  }

  private Results(Path file) throws IOException {
    this.file = file;
    List<String> lines = Files.readAllLines(file);
    about = lines.stream().filter(line -> line.startsWith("# ")).map(l -> l.substring(2)).toList();
    lines.stream().skip(about.size() + 1).map(Result::parse).forEach(all::add);
  }

  /** Those of all JDKs. */
  static List<Results> read() throws IOException {
    List<Results> all = new ArrayList<>();
    try (Stream<Path> files = Files.list(Contest.DIRECTORY)) {
      for (Path file :
          files.filter(f -> f.getFileName().toString().startsWith(PREFIX)).sorted().toList()) {
        all.add(new Results(file));
      }
    }
    return all;
  }

  boolean isSmoke() {
    return about.contains(SMOKE);
  }

  /** Prints it, and stores it with what was measured before. */
  void add(Result result) throws IOException {
    all.add(result);
    System.out.printf(
        Locale.ROOT,
        "%-40s %7d %-16s %12.2f %s%n",
        result.row.label,
        result.at,
        result.contender,
        result.median,
        result.row.unit);
    List<String> lines = new ArrayList<>();
    about.forEach(line -> lines.add("# " + line));
    lines.add("row,at,contender,median,low,high");
    all.forEach(each -> lines.add(each.line()));
    Files.write(file, lines);
  }

  List<Result> of(Row... rows) {
    return all.stream().filter(result -> Arrays.asList(rows).contains(result.row)).toList();
  }
}
