package io.persidict.cli;

import io.persidict.jcache.StoredCaches;
import io.persidict.jcache.StoredCaches.Description;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Lists caches or entries. */
@Command(
    name = "ls",
    header = "List caches, or the entries of a cache or dictionary.",
    description = {
      "Lists the caches at STORE, each with its layout and format; or the entries of a cache or"
          + " dictionary, each with its size, its age, the time that it has left, and its key.",
      "Lines come as they are found, in no order. An entry whose time is over is listed until"
          + " somebody removes it."
    })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class ListCommand implements Callable<Integer> {
  @ParentCommand private Tool tool;
  @Mixin private StoreArguments arguments;

  @Parameters(index = "0", paramLabel = "STORE", description = "Where to look.")
  private String store;

  @Option(names = "--json", description = "One JSON object per line.")
  private boolean json;

  @Override
  public Integer call() {
    try (StoredCaches stored = arguments.forReading(store)) {
      Place place = new Place(stored, arguments, tool::say);
      if (place.cache().isEmpty() && place.holdsCaches()) {
        try (Stream<Description> caches = place.caches()) {
          caches.forEach(this::show);
        }
      } else {
        try (Stream<Entry> entries = place.contents().entries()) {
          entries.forEach(this::show);
        }
      }
      return place.status(Status.DONE);
    }
  }

  private void show(Description cache) {
    if (json) {
      Map<String, Object> members = new LinkedHashMap<>();
      members.put("cache", cache.name());
      members.put("layout", cache.layout());
      members.put("format", cache.format());
      members.put("digestLength", cache.digestLength());
      members.put("immutableItems", cache.immutableItems());
      members.put("directory", cache.directory());
      tool.out().line(Json.of(members));
    } else {
      tool.out()
          .line(
              String.format(
                  Locale.ROOT,
                  "%-6s  %-6s  %s",
                  Texts.printable(cache.layout()),
                  Texts.printable(cache.format()),
                  Texts.printable(cache.name())));
    }
  }

  private void show(Entry entry) {
    Instant now = Instant.now();
    tool.out()
        .line(
            json
                ? Json.of(entry.members(now))
                : String.format(
                    Locale.ROOT,
                    "%9s  %8s  %8s  %s",
                    Texts.size(entry.size()),
                    Texts.rough(entry.ageAt(now)),
                    left(entry, now),
                    entry.shownKey()));
  }

  private static String left(Entry entry, Instant now) {
    if (entry.fault() != null) {
      return "damaged";
    }
    Instant expires = entry.expires();
    if (expires == null) {
      return "-";
    }
    return entry.isExpiredAt(now) ? "expired" : Texts.rough(Duration.between(now, expires));
  }
}
