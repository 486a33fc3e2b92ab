package io.persidict.cli;

import io.persidict.jcache.StoredCaches;
import io.persidict.jcache.StoredCaches.Description;
import io.persidict.store.Listed;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Counts what a store holds. */
@Command(
    name = "stat",
    header = "Count what a store holds.",
    description =
        "Counts entries, bytes, what has expired, what cannot be read and leases, and shows how"
            + " large and how old the entries are; of each cache, if STORE has several. Reads every"
            + " entry of a cache, and lists those of a dictionary.")
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class StatCommand implements Callable<Integer> {
  private static final long MINUTE = 60;
  private static final long HOUR = 60 * MINUTE;
  private static final long DAY = 24 * HOUR;

  @ParentCommand private Tool tool;
  @Mixin private StoreArguments arguments;

  @Parameters(index = "0", paramLabel = "STORE", description = "What to count.")
  private String store;

  @Option(names = "--json", description = "One JSON object per cache or dictionary.")
  private boolean json;

  /** What was counted. */
  private static final class Tally {
    final Histogram sizes =
        new Histogram(
            new long[] {100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000},
            List.of("100 B", "1 kB", "10 kB", "100 kB", "1 MB", "10 MB", "more"));
    final Histogram ages =
        new Histogram(
            new long[] {MINUTE, HOUR, DAY, 7 * DAY, 30 * DAY, 365 * DAY},
            List.of("1 min", "1 h", "1 d", "7 d", "30 d", "365 d", "more"));
    long entries;
    long bytes;
    long expired;
    long unreadable;
    long leases;
    long others;

    void add(Entry entry, Instant now) {
      entries++;
      bytes += entry.size();
      expired += entry.isExpiredAt(now) ? 1 : 0;
      unreadable += entry.unreadable() != null ? 1 : 0;
      sizes.add(entry.size());
      ages.add(entry.ageAt(now).toSeconds());
    }
  }

  @Override
  public Integer call() {
    try (StoredCaches stored = arguments.forReading(store)) {
      Place place = new Place(stored, arguments, tool::say);
      place.each((contents, cache) -> count(contents, cache.orElse(null)));
      return place.status(Status.DONE);
    }
  }

  private void count(Contents contents, @Nullable Description cache) {
    Tally tally = new Tally();
    try (Stream<Entry> entries = contents.entries()) {
      entries.forEach(
          entry -> {
            tally.add(entry, Instant.now());
            tool.progress().show(String.format(Locale.ROOT, "%,d entries", tally.entries));
          });
    }
    try (Stream<Listed> names = contents.store().list("")) {
      names.filter(listed -> !contents.isEntry(listed.name())).forEach(other -> add(tally, other));
    }
    tool.progress().clear();
    if (json) {
      tool.out().line(Json.of(members(contents, cache, tally)));
    } else {
      print(contents, cache, tally);
    }
  }

  private static void add(Tally tally, Listed other) {
    if (StoredCaches.isLease(other.name())) {
      tally.leases++;
    } else if (!StoredCaches.isRecord(other.name())) {
      tally.others++;
    }
  }

  private static Map<String, Object> members(
      Contents contents, @Nullable Description cache, Tally tally) {
    Map<String, Object> members = new LinkedHashMap<>();
    if (cache != null) {
      members.put("cache", cache.name());
      members.put("layout", cache.layout());
      members.put("format", cache.format());
    }
    members.put("store", contents.store().toString());
    members.put("entries", tally.entries);
    members.put("bytes", tally.bytes);
    members.put("expired", tally.expired);
    members.put("unreadable", tally.unreadable);
    members.put("leases", tally.leases);
    members.put("others", tally.others);
    members.put("sizes", tally.sizes.members());
    members.put("ages", tally.ages.members());
    return members;
  }

  private void print(Contents contents, @Nullable Description cache, Tally tally) {
    tool.out().line(contents.title());
    if (cache != null) {
      tool.out()
          .line(
              "  layout "
                  + Texts.printable(cache.layout())
                  + ", format "
                  + Texts.printable(cache.format())
                  + ", digest length "
                  + cache.digestLength()
                  + (cache.immutableItems() ? ", immutable items" : ""));
    }
    line("entries", tally.entries, "  " + Texts.size(tally.bytes));
    line("expired", tally.expired, "");
    line("unreadable", tally.unreadable, "");
    line("leases", tally.leases, "");
    line("other files", tally.others, "");
    if (tally.entries > 0) {
      tool.out().line("  sizes, up to");
      tally.sizes.lines().forEach(tool.out()::line);
      tool.out().line("  ages, up to");
      tally.ages.lines().forEach(tool.out()::line);
    }
  }

  private void line(String what, long count, String more) {
    tool.out().line(String.format(Locale.ROOT, "  %-14s %,12d%s", what, count, more));
  }
}
