package io.persidict.cli;

import io.persidict.jcache.StoredCaches;
import io.persidict.jcache.StoredCaches.Description;
import io.persidict.key.KeyLayout;
import io.persidict.maintenance.StoreRound;
import io.persidict.store.Listed;
import io.persidict.store.Store;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Has a store put in order now. */
@Command(
    name = "purge",
    header = "Remove what has expired and what was left behind, now.",
    description = {
      "Removes the entries of caches whose time is over, leases that nobody renews, temporary files"
          + " of writers that were killed, and tombstones where the server allows that; of each"
          + " cache, if STORE has several. Programs that use a cache do that by themselves every"
          + " hour.",
      "With --set store.max-entries=N or store.max-bytes=N, also what was used least recently,"
          + " until the rest is within that bound."
    })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class PurgeCommand implements Callable<Integer> {
  @ParentCommand private Tool tool;
  @Mixin private StoreArguments arguments;

  @Parameters(index = "0", paramLabel = "STORE", description = "What to put in order.")
  private String store;

  private boolean isWhole = true;

  @Override
  public Integer call() {
    int status;
    try (StoredCaches stored = arguments.forReading(store)) {
      Place place = new Place(stored, arguments, tool::say);
      place.each(
          (contents, cache) ->
              cache.ifPresentOrElse(found -> purge(stored, found), () -> sweep(place)));
      status = place.status(Status.DONE);
    }
    return isWhole ? status : Math.max(status, Status.NO);
  }

  private void purge(StoredCaches stored, Description cache) {
    try (StoredCaches writing = stored.forWriting(cache)) {
      writing.itself().ifPresent(now -> show(now.name(), writing.purge(now)));
    }
  }

  private void show(String name, StoreRound round) {
    isWhole &= round.complete();
    tool.out()
        .line(
            Texts.printable(name)
                + ": removed "
                + Tool.count(round.expired(), "expired entry", "expired entries")
                + ", "
                + Tool.count(round.evicted(), "entry beyond the bound", "entries beyond the bound")
                + ", "
                + Tool.count(round.leftovers(), "lease", "leases")
                + "; "
                + Tool.count(round.entries(), "entry is left", "entries are left")
                + (round.complete() ? "" : "; another process took over"));
  }

  private void sweep(Place place) {
    Optional<Place.Naming> naming = place.found();
    long entries = Changes.in(place, Optional.empty(), null, root -> sweep(root, naming));
    tool.out().line("swept; " + Tool.count(entries, "entry is left", "entries are left"));
  }

  /** A listing sweeps what writers left. */
  private static long sweep(Store root, Optional<Place.Naming> naming) {
    try (Stream<Listed> listed = root.list("")) {
      long entries = listed.count();
      naming
          .map(each -> new KeyLayout(each.digestLength(), "x"))
          .map(names -> root.within(names::isPrefix))
          .ifPresent(ours -> ours.housekeeping().removeEmptyDirectories(""));
      return entries;
    }
  }
}
