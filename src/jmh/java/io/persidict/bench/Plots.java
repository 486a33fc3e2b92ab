package io.persidict.bench;

import io.persidict.bench.Results.Result;
import io.persidict.bench.Results.Row;
import java.awt.Color;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.VectorGraphicsEncoder.VectorGraphicsFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.style.Styler.ChartTheme;

/** Results as pictures. */
final class Plots {
  private static final Color OTHER = new Color(0x969696);

  /** Ours are blue. */
  private static final Map<String, Color> COLORS =
      Map.ofEntries(
          Map.entry("jdk", new Color(0x222222)),
          Map.entry("sdk", new Color(0x222222)),
          Map.entry("store", new Color(0x08306b)),
          Map.entry("jcache", new Color(0x4292c6)),
          Map.entry("immutable", new Color(0x08306b)),
          Map.entry("unchecked", new Color(0x4292c6)),
          Map.entry("checked", new Color(0x9ecae1)),
          Map.entry("caffeine", new Color(0x8c6d31)),
          Map.entry("caffeine-jcache", new Color(0xbd9e39)),
          Map.entry("cache2k", new Color(0x756bb1)),
          Map.entry("ehcache", new Color(0xe6550d)),
          Map.entry("infinispan", new Color(0x31a354)),
          Map.entry("h2", new Color(0xc7a6d0)),
          Map.entry("rocksdb", new Color(0xce1256)));

  private final Results results;
  private final Path directory;

  private Plots(Results results, Path directory) {
    this.results = results;
    this.directory = directory;
  }

  static void write(Results results, Path directory) throws IOException {
    Files.createDirectories(directory);
    Plots plots = new Plots(results, directory);
    plots.bars("cost", "us, on disk", Row.GET, Row.ITERATE, Row.INSERT, Row.OVERWRITE, Row.SYNC);
    plots.bars("hits", "hits in memory per us, by 2 threads", Row.HIT);
    plots.lines("entries", "entries", "us of a get", Row.ENTRIES_GET);
    plots.lines("threads", "threads", "operations per us", Row.THREADS_HIT, Row.THREADS_GET);
  }

  private String title(String what) {
    return what + " - " + results.about.get(0) + (results.isSmoke() ? " - A SMOKE RUN" : "");
  }

  /** A group of bars for each row, a colour for each contender. */
  private void bars(String name, String unit, Row... rows) throws IOException {
    CategoryChart chart =
        new CategoryChartBuilder()
            .width(900)
            .height(450)
            .theme(ChartTheme.XChart)
            .title(title(unit))
            .build();
    chart.getStyler().setYAxisDecimalPattern("#,###.###");
    if (rows.length > 1) {
      double least = results.of(rows).stream().mapToDouble(Result::median).min().orElse(1);
      chart.getStyler().setYAxisLogarithmic(true);
      chart.getStyler().setYAxisMin(Math.pow(10, Math.floor(Math.log10(least))));
    }
    List<String> labels = Stream.of(rows).map(row -> row.label).toList();
    Map<String, List<Double>> series = new LinkedHashMap<>();
    for (Result result : results.of(rows)) {
      series
          .computeIfAbsent(result.contender(), none -> Arrays.asList(new Double[rows.length]))
          .set(labels.indexOf(result.row().label), result.median());
    }
    series.forEach(
        (contender, values) ->
            chart
                .addSeries(contender, labels, values)
                .setFillColor(COLORS.getOrDefault(contender, OTHER)));
    save(chart, name);
  }

  /** A line for each row and contender, over entries or threads. */
  private void lines(String name, String x, String y, Row... rows) throws IOException {
    XYChart chart =
        new XYChartBuilder()
            .width(900)
            .height(450)
            .theme(ChartTheme.XChart)
            .title(title(y))
            .xAxisTitle(x)
            .build();
    chart.getStyler().setXAxisLogarithmic(x.equals("entries"));
    chart.getStyler().setYAxisLogarithmic(true);
    chart.getStyler().setYAxisDecimalPattern("#,###.###");
    for (Row row : rows) {
      Map<String, List<Result>> series = new LinkedHashMap<>();
      for (Result result : results.of(row)) {
        series.computeIfAbsent(result.contender(), none -> new ArrayList<>()).add(result);
      }
      String prefix = rows.length > 1 ? row.name().replaceAll(".*_", "").toLowerCase() + " " : "";
      series.forEach(
          (contender, values) -> {
            Color color = COLORS.getOrDefault(contender, OTHER);
            XYSeries line =
                chart.addSeries(
                    prefix + contender,
                    values.stream().mapToDouble(Result::at).toArray(),
                    values.stream().mapToDouble(Result::median).toArray());
            line.setLineColor(color);
            line.setMarkerColor(color);
          });
    }
    save(chart, name);
  }

  /** Writes the plot, unless nothing of it was measured. */
  private void save(Chart<?, ?> chart, String name) throws IOException {
    if (!chart.getSeriesMap().isEmpty()) {
      chart
          .getStyler()
          .setChartBackgroundColor(Color.WHITE)
          .setPlotBorderVisible(false)
          .setLegendBorderColor(Color.WHITE);
      Path file = directory.resolve(name + ".svg");
      VectorGraphicsEncoder.saveVectorGraphic(chart, file.toString(), VectorGraphicsFormat.SVG);
      // A tenth of a pixel is exact enough, and half as long.
      Files.writeString(file, Files.readString(file).replaceAll("(\\.\\d)\\d+", "$1"));
    }
  }
}
