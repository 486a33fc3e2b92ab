package io.persidict.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** How many of some numbers are at most as large as each of some bounds. */
final class Histogram {
  private static final int WIDTH = 40;

  private final long[] bounds;
  private final List<String> labels;
  private final long[] counts;

  /**
   * @param bounds ascending
   * @param labels one more than there are bounds, for what is larger
   */
  Histogram(long[] bounds, List<String> labels) {
    this.bounds = bounds;
    this.labels = labels;
    this.counts = new long[bounds.length + 1];
  }

  void add(long number) {
    int i = 0;
    while (i < bounds.length && number > bounds[i]) {
      i++;
    }
    counts[i]++;
  }

  /** The counts that are not zero, by their labels. */
  Map<String, Long> members() {
    Map<String, Long> members = new LinkedHashMap<>();
    for (int i = 0; i < counts.length; i++) {
      if (counts[i] > 0) {
        members.put(labels.get(i), counts[i]);
      }
    }
    return members;
  }

  /** A line for each of them, with a bar. */
  List<String> lines() {
    Map<String, Long> members = members();
    long most = members.values().stream().mapToLong(Long::longValue).max().orElse(1);
    List<String> lines = new ArrayList<>();
    members.forEach(
        (label, count) ->
            lines.add(
                String.format(
                    Locale.ROOT,
                    "    %-12s %,12d  %s",
                    label,
                    count,
                    "#".repeat((int) Math.max(1, count * WIDTH / most)))));
    return lines;
  }
}
