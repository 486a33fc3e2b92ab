package io.persidict.cli;

import io.persidict.jcache.StoredCaches;
import io.persidict.store.ETag;
import io.persidict.store.Listed;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Prints what changes. */
@Command(
    name = "watch",
    header = "Print changes as they come.",
    description = {
      "Prints a line for each entry that is put or removed from now on, whoever does it, until it"
          + " is interrupted. Lists all names again and again, at most a fifth of the time; of two"
          + " changes of an entry between two looks, the last one shows.",
      "Needs some memory for each entry."
    })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class WatchCommand implements Callable<Integer> {
  /** Listing takes at most one part of so many. */
  private static final int SHARE = 5;

  @ParentCommand private Tool tool;
  @Mixin private StoreArguments arguments;

  @Parameters(index = "0", paramLabel = "STORE", description = "A cache or dictionary.")
  private String store;

  @Option(names = "--json", description = "One JSON object per line.")
  private boolean json;

  @Option(
      names = "--interval",
      paramLabel = "D",
      defaultValue = "1s",
      description = "How long to pause between two looks at least (default: ${DEFAULT-VALUE}).")
  private Duration interval = Duration.ofSeconds(1);

  @Option(
      names = "--count",
      paramLabel = "N",
      defaultValue = "0",
      description = "End after N changes; 0 for never (default: ${DEFAULT-VALUE}).")
  private long count;

  private final Map<String, Seen> known = new HashMap<>();
  private int round;
  private long told;

  /** What a name had when it was last looked at. */
  private static final class Seen {
    ETag etag;
    int round;

    Seen(ETag etag, int round) {
      this.etag = etag;
      this.round = round;
    }
  }

  @Override
  public Integer call() throws InterruptedException {
    if (count < 0) {
      throw new Failure(Status.USAGE, "--count " + count + " is negative");
    }
    try (StoredCaches stored = arguments.forReading(store)) {
      Contents contents = new Place(stored, arguments, tool::say).contents();
      while (count == 0 || told < count) {
        long begun = System.nanoTime();
        look(contents);
        if (round == 0) {
          tool.say(
              "watching "
                  + Tool.count(known.size(), "entry", "entries")
                  + " of the "
                  + contents.title());
        }
        round++;
        long took = System.nanoTime() - begun;
        Thread.sleep(Math.max(interval.toMillis(), took / 1_000_000 * (SHARE - 1)));
      }
    }
    return Status.DONE;
  }

  private void look(Contents contents) {
    try (Stream<Listed> names = contents.list()) {
      names.forEach(listed -> look(contents, listed));
    }
    for (Iterator<Map.Entry<String, Seen>> i = known.entrySet().iterator(); i.hasNext(); ) {
      Map.Entry<String, Seen> entry = i.next();
      if (entry.getValue().round != round) {
        i.remove();
        tell(contents, "removed", entry.getKey(), null);
      }
    }
  }

  private void look(Contents contents, Listed listed) {
    ETag etag = listed.stat().etag();
    Seen seen = known.computeIfAbsent(listed.name(), name -> new Seen(etag, -1));
    boolean isNew = seen.round < 0;
    boolean changed = !isNew && !seen.etag.equals(etag);
    seen.etag = etag;
    seen.round = round;
    if (round > 0 && (isNew || changed)) {
      tell(
          contents,
          isNew ? "added" : "changed",
          listed.name(),
          contents.read(listed.name()).orElse(null));
    }
  }

  private void tell(Contents contents, String what, String name, @Nullable Entry entry) {
    if (count > 0 && told == count) {
      return;
    }
    told++;
    Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    if (json) {
      Map<String, @Nullable Object> members = new LinkedHashMap<>();
      members.put("time", now.toString());
      members.put("change", what);
      if (entry == null) {
        members.put("key", contents.keyIn(name));
        members.put("name", name);
      } else {
        members.putAll(entry.members(now));
      }
      tool.out().line(Json.of(members));
    } else {
      tool.out()
          .line(
              now
                  + "  "
                  + String.format("%-7s", what)
                  + "  "
                  + (entry == null
                      ? contents.shown(name)
                      : entry.shownKey() + "  " + Texts.size(entry.size())));
    }
  }
}
