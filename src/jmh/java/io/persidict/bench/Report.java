package io.persidict.bench;

import static java.util.stream.Collectors.joining;

import io.persidict.bench.Results.Result;
import io.persidict.bench.Results.Row;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * Makes the tables of the manual's page and the plots beside it from the files of {@link
 * Benchmarks}, one of each JDK.
 */
public final class Report {
  private static final Path PAGE = Path.of("src/site/markdown/measurements.md");
  private static final String BEGIN = "<!-- begin: made by io.persidict.bench.Report -->";
  private static final String END = "<!-- end -->";

  /** As many entries or threads as were measured. */
  private static final int MOST = -1;

  private static final List<Row> IN_MEMORY = List.of(Row.HIT, Row.ALLOCATION);
  private static final List<Row> ON_DISK = List.copyOf(EnumSet.range(Row.GET, Row.CLASSES));
  private static final List<Row> IN_S3 = List.of(Row.S3_GET, Row.S3_PUT);
  private static final List<Row> BY_ENTRIES =
      List.copyOf(EnumSet.range(Row.ENTRIES_GET, Row.ENTRIES_HEAP));
  private static final List<Row> BY_THREADS = List.of(Row.THREADS_HIT, Row.THREADS_GET);

  /** A median of a contender, for that many entries or threads. */
  private record Figure(Row row, String contender, int at) {
    Optional<Double> of(Results results) {
      return results.of(row).stream()
          .filter(result -> result.contender().equals(contender))
          .filter(result -> at == MOST || result.at() == at)
          .max(Comparator.comparingInt(Result::at))
          .map(Result::median);
    }
  }

  /**
   * What is wanted.
   *
   * @param base what the figure is divided by, or null
   * @param jdk17 what it shall be at most, or for hits at least
   * @param jdk22 the same on JDK 22 and later with native access
   */
  private record Goal(String what, Figure figure, Figure base, double jdk17, double jdk22) {
    static final List<Goal> ALL =
        List.of(
            beside("hit, immutable items : Caffeine", Row.HIT, "immutable", "caffeine", 0.95),
            beside("hit, `unchecked` : Caffeine", Row.HIT, "unchecked", "caffeine", 0.95),
            beside("hit, `checked` : Caffeine", Row.HIT, "checked", "caffeine", 0.9),
            alone("bytes allocated by a hit, immutable items", Row.ALLOCATION, "immutable", 0),
            beside("get : bare JDK", Row.GET, "jcache", "jdk", 1.25).withNativeAccess(0.6),
            beside("get : Ehcache", Row.GET, "jcache", "ehcache", 0.2),
            beside("iterate : bare JDK", Row.ITERATE, "jcache", "jdk", 1.2).withNativeAccess(0.6),
            beside("insert : bare JDK", Row.INSERT, "jcache", "jdk", 1.1).withNativeAccess(0.8),
            beside("overwrite : bare JDK", Row.OVERWRITE, "jcache", "jdk", 1.05),
            beside("overwrite, fsync : bare JDK", Row.SYNC, "jcache", "jdk", 1),
            of(
                "entry of `putAll`, fsync : single put",
                new Figure(Row.SYNC_ALL, "jcache", MOST),
                new Figure(Row.SYNC, "jcache", MOST),
                0.25),
            alone("ms of the first open and get", Row.FIRST, "jcache", 120),
            alone("classes of JMX and Jackson it loads", Row.CLASSES, "jcache", 0),
            of(
                "get among the most entries : among 10,000",
                new Figure(Row.ENTRIES_GET, "jcache", MOST),
                new Figure(Row.ENTRIES_GET, "jcache", 10_000),
                0.88),
            alone("MiB of heap among the most entries", Row.ENTRIES_HEAP, "jcache", 4.8),
            alone("ms of reopening among the most entries", Row.ENTRIES_REOPEN, "jcache", 10.6),
            beside("S3 get : bare SDK", Row.S3_GET, "jcache", "sdk", 0.95),
            beside("S3 put : bare SDK", Row.S3_PUT, "jcache", "sdk", 1.08));

    static Goal of(String what, Figure figure, Figure base, double wanted) {
      return new Goal(what, figure, base, wanted, wanted);
    }

    static Goal beside(String what, Row row, String contender, String base, double wanted) {
      return of(what, new Figure(row, contender, MOST), new Figure(row, base, MOST), wanted);
    }

    static Goal alone(String what, Row row, String contender, double wanted) {
      return of(what, new Figure(row, contender, MOST), null, wanted);
    }

    Goal withNativeAccess(double wanted) {
      return new Goal(what, figure, base, jdk17, wanted);
    }

    String wanted() {
      String bound = figure.row == Row.HIT ? "at least " : "at most ";
      return bound + format(jdk17) + (jdk22 == jdk17 ? "" : "; from JDK 22 on " + format(jdk22));
    }

    String reached(Results results) {
      Optional<Double> value = figure.of(results);
      if (base != null) {
        value = value.flatMap(a -> base.of(results).map(b -> a / b));
      }
      return value.map(Report::format).orElse("");
    }
  }

  private Report() {}

  public static void main(String... args) throws IOException {
    List<Results> all = Results.read();
    if (all.isEmpty()) {
      throw new IOException("no results in " + Contest.DIRECTORY.toAbsolutePath());
    }
    StringBuilder made = new StringBuilder(BEGIN).append("\n\n").append(goals(all));
    for (Results results : all) {
      made.append("\n### ").append(String.join(", ", results.about)).append("\n\n");
      for (List<Row> rows : List.of(IN_MEMORY, ON_DISK, IN_S3, BY_ENTRIES, BY_THREADS)) {
        List<Result> measured = results.of(rows.toArray(Row[]::new));
        made.append(measured.isEmpty() ? "" : table(measured) + "\n");
      }
    }
    String page = Files.readString(PAGE);
    String rest = page.substring(page.indexOf(END));
    Files.writeString(PAGE, page.substring(0, page.indexOf(BEGIN)) + made + rest);
    Plots.write(all.get(all.size() - 1), PAGE.resolveSibling("../resources").normalize());
  }

  private static String goals(List<Results> all) {
    StringBuilder table = new StringBuilder();
    String jdks = all.stream().map(results -> results.about.get(0)).collect(joining(" | "));
    table.append("| | wanted | ").append(jdks).append(" |\n");
    table.append("|---|---").append("|---".repeat(all.size())).append("|\n");
    for (Goal goal : Goal.ALL) {
      String reached = all.stream().map(goal::reached).collect(joining(" | "));
      table.append(String.format("| %s | %s | %s |%n", goal.what, goal.wanted(), reached));
    }
    return table.toString();
  }

  /** A line for each row, and number of entries or threads; a column for each contender. */
  private static String table(List<Result> results) {
    Set<String> contenders = new LinkedHashSet<>();
    Set<Row> rows = EnumSet.noneOf(Row.class);
    results.forEach(result -> contenders.add(result.contender()));
    results.forEach(result -> rows.add(result.row()));
    StringBuilder table = new StringBuilder();
    table.append("| | | ").append(String.join(" | ", contenders)).append(" |\n");
    table.append("|---|---").append("|---".repeat(contenders.size())).append("|\n");
    for (Row row : rows) {
      for (int at :
          results.stream().filter(r -> r.row() == row).mapToInt(Result::at).distinct().toArray()) {
        String label = row.label + (at > 2 || BY_THREADS.contains(row) ? ": " + grouped(at) : "");
        table.append("| ").append(label).append(" | ").append(row.unit);
        for (String contender : contenders) {
          OptionalDouble median =
              results.stream()
                  .filter(r -> r.row() == row && r.at() == at && r.contender().equals(contender))
                  .mapToDouble(Result::median)
                  .findFirst();
          table.append(" | ").append(median.isPresent() ? format(median.getAsDouble()) : "");
        }
        table.append(" |\n");
      }
    }
    return table.toString();
  }

  private static String grouped(int count) {
    return String.format(Locale.ROOT, "%,d", count);
  }

  /** Three digits. */
  private static String format(double value) {
    String format = value >= 100 ? "%,.0f" : value >= 10 ? "%.1f" : value >= 1 ? "%.2f" : "%.3f";
    return String.format(Locale.ROOT, value == 0 ? "%.0f" : format, value);
  }
}
