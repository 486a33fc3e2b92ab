package io.persidict.bench;

import io.persidict.bench.Results.Result;
import io.persidict.bench.Results.Row;
import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Measures what operations cost this library, its peers and the bare JDK, and stores the results
 * for {@link Report}.
 *
 * <p>Takes the options of JMH: {@code hits disk} measures these parts alone, {@code -e entries} all
 * but that one; {@code -p entries=1000,1000000} says how many entries are stored there, {@code -p
 * contenders=jdk,store} who takes part in all that takes turns.
 */
public final class Benchmarks {
  private static final String FILES = "jdk store jcache ehcache infinispan h2 rocksdb";
  private static final String SYNCED = "jdk store jcache infinispan h2 rocksdb";
  private static final String OPENED = "jcache ehcache infinispan h2 rocksdb";

  private final CommandLineOptions options;
  private final Results results;

  private Benchmarks(String... args) throws Exception {
    options = new CommandLineOptions(args);
    TimeValue time = options.getMeasurementTime().orElse(TimeValue.seconds(1));
    results = new Results(time.convertTo(TimeUnit.MILLISECONDS) < 500, args);
  }

  /**
   * A part of the benchmark. JMH also takes the names of parts for regular expressions: they match
   * no benchmark.
   */
  private interface Part {
    void run() throws Exception;
  }

  public static void main(String... args) throws Exception {
    Benchmarks benchmarks = new Benchmarks(args);
    benchmarks.run("hits", benchmarks::hits);
    benchmarks.run("disk", benchmarks::disk);
    benchmarks.run("writes", benchmarks::writes);
    benchmarks.run("sync", benchmarks::sync);
    benchmarks.run("first", benchmarks::first);
    benchmarks.run("s3", benchmarks::s3);
    benchmarks.run("threads", benchmarks::threads);
    benchmarks.run("entries", benchmarks::entries);
    benchmarks.run("formats", benchmarks::formats);
  }

  private void run(String part, Part measure) throws Exception {
    List<String> included = options.getIncludes();
    if ((included.isEmpty() || included.contains(part)) && !options.getExcludes().contains(part)) {
      Contest.deleteAll();
      try {
        measure.run();
      } finally {
        Contest.deleteAll();
      }
    }
  }

  private void hits() throws Exception {
    for (RunResult run : run(builder("Hits.hit").threads(2).addProfiler(GCProfiler.class))) {
      String contender = run.getParams().getParam("contender");
      add(Row.HIT, 2, contender, run, i -> i.getPrimaryResult().getScore());
      add(Row.ALLOCATION, 2, contender, run, i -> score(i, "gc.alloc.rate.norm"));
    }
  }

  private void disk() throws Exception {
    compare(Row.GET, "get", FILES, "OS");
    compare(Row.ABSENT, "absent", FILES, "OS");
    compare(Row.ITERATE, "iterate", FILES, "OS");
  }

  private void writes() throws Exception {
    compare(Row.INSERT, "insert", FILES, "OS");
    compare(Row.OVERWRITE, "overwrite", FILES, "OS");
  }

  private void sync() throws Exception {
    compare(Row.SYNC, "overwrite", SYNCED, "FSYNC");
    compare(Row.SYNC_ALL, "overwriteAll", SYNCED, "FSYNC");
  }

  private void s3() throws Exception {
    compare(Row.S3_GET, "get", "sdk store jcache", "S3");
    compare(Row.S3_PUT, "overwrite", "sdk store jcache", "S3");
  }

  private void compare(Row row, String operation, String contenders, String place)
      throws Exception {
    boolean s3 = place.equals("S3");
    ChainedOptionsBuilder builder =
        operations(operation, contenders, s3 ? "100" : "1000").param("place", place);
    if (s3 && !options.getWarmupIterations().hasValue()) {
      builder.warmupIterations(20); // the SDK is large: before that, most of it is interpreted
    }
    for (RunResult run : run(builder)) {
      addEach(row, 1, run, 1_000);
    }
  }

  private void first() throws Exception {
    Contest contest = new Contest();
    contest.contenders = FILES;
    contest.place = Contender.Place.OS;
    contest.entries = 1;
    contest.bytes = 1024;
    contest.setUp();
    contest.close();
    int times = options.getMeasurementIterations().orElse(5);
    for (String contender : FILES.split(" ")) {
      List<Double> took = FirstUse.measure(contest, contender, times);
      results.add(Result.of(Row.FIRST, 1, contender, took.stream().mapToDouble(t -> t)));
    }
    List<String> prefixes = List.of("java.lang.management.", "javax.management.", "tools.jackson.");
    long classes = FirstUse.classes(contest, "jcache", prefixes);
    results.add(new Result(Row.CLASSES, 1, "jcache", classes, classes, classes));
  }

  private void threads() throws Exception {
    for (int threads : List.of(1, 2, 4, 8)) {
      for (RunResult run :
          run(
              builder("Hits.hit")
                  .param("contender", "caffeine", "caffeine-jcache", "immutable", "checked")
                  .threads(threads))) {
        String contender = run.getParams().getParam("contender");
        add(Row.THREADS_HIT, threads, contender, run, i -> i.getPrimaryResult().getScore());
      }
      for (RunResult run : run(operations("get", FILES, "1000").threads(threads))) {
        for (String contender : contenders(run)) {
          int count = threads;
          add(Row.THREADS_GET, threads, contender, run, i -> 1_000 * count / cost(i, contender));
        }
      }
    }
  }

  private void entries() throws Exception {
    Collection<String> given = options.getParameter("entries").orElse(List.of());
    List<String> counts = given.isEmpty() ? List.of("1000", "10000", "100000") : List.copyOf(given);
    for (String entries : counts) {
      int count = Integer.parseInt(entries);
      for (RunResult run : run(among("get", "jdk " + OPENED, entries))) {
        addEach(Row.ENTRIES_GET, count, run, 1_000);
      }
      for (RunResult run : run(among("reopen", OPENED, entries))) {
        addEach(Row.ENTRIES_REOPEN, count, run, 1_000_000);
      }
      for (RunResult run : run(among("heap", OPENED, entries))) {
        addEach(Row.ENTRIES_HEAP, count, run, 1 << 20);
      }
      Contest.deleteAll();
    }
  }

  /** Prints what a value takes in each format. */
  private void formats() throws Exception {
    Map<String, Map<String, Double>> costs = new LinkedHashMap<>();
    for (String work : List.of("encode", "decode")) {
      for (RunResult run : run(builder("Encodings." + work))) {
        costs
            .computeIfAbsent(run.getParams().getParam("id"), id -> new HashMap<>())
            .put(work, run.getPrimaryResult().getStatistics().getPercentile(50));
      }
    }
    System.out.printf("%n%-16s %9s %9s %9s%n", "100 orders", "bytes", "us write", "us read");
    costs.forEach(
        (id, cost) ->
            System.out.printf(
                Locale.ROOT,
                "%-16s %9d %9.1f %9.1f%n",
                id,
                Encodings.format(id).encode(Encodings.orders()).length,
                cost.get("encode"),
                cost.get("decode")));
  }

  private ChainedOptionsBuilder among(String operation, String contenders, String entries) {
    return operations(operation, contenders, entries).param("bytes", "100");
  }

  private ChainedOptionsBuilder operations(String operation, String contenders, String entries) {
    return builder("Operations." + operation)
        .param("contenders", chosen(contenders))
        .param("entries", entries);
  }

  private String chosen(String contenders) {
    Collection<String> chosen =
        options.getParameter("contenders").orElse(List.of(contenders.split(" ")));
    return Stream.of(contenders.split(" "))
        .filter(chosen::contains)
        .collect(Collectors.joining(" "));
  }

  private ChainedOptionsBuilder builder(String benchmark) {
    return new OptionsBuilder()
        .parent(options)
        .include(Benchmarks.class.getPackageName() + "." + benchmark + "$")
        .shouldFailOnError(true)
        .verbosity(options.verbosity().orElse(VerboseMode.SILENT));
  }

  private static Collection<RunResult> run(ChainedOptionsBuilder builder) throws RunnerException {
    return new Runner(builder.build()).run();
  }

  private void addEach(Row row, int at, RunResult run, double divisor) throws IOException {
    for (String contender : contenders(run)) {
      add(row, at, contender, run, iteration -> cost(iteration, contender) / divisor);
    }
  }

  private static String[] contenders(RunResult run) {
    return run.getParams().getParam("contenders").split(" ");
  }

  private void add(
      Row row, int at, String contender, RunResult run, ToDoubleFunction<IterationResult> value)
      throws IOException {
    results.add(
        Result.of(
            row,
            at,
            contender,
            run.getBenchmarkResults().stream()
                .flatMap(fork -> fork.getIterationResults().stream())
                .mapToDouble(value)));
  }

  private static double cost(IterationResult iteration, String contender) {
    return score(iteration, contender) / score(iteration, "operations");
  }

  private static double score(IterationResult iteration, String counter) {
    return iteration.getSecondaryResults().get(counter).getScore();
  }
}
