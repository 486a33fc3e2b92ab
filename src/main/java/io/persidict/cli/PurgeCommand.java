package io.persidict.cli;

import io.persidict.jcache.StoredCaches;
import io.persidict.jcache.StoredCaches.Description;
import io.persidict.maintenance.StoreRound;
import io.persidict.store.Listed;
import io.persidict.store.Store;
import io.persidict.store.file.Durability;
import java.util.List;
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
    List<String> names;
    boolean isDictionary = false;
    int status;
    try (StoredCaches stored = arguments.forReading(store)) {
      Place place = new Place(stored, arguments, tool::say);
      if (place.cache().isPresent()) {
        names = List.of(place.cache().get().name());
      } else if (place.holdsCaches()) {
        try (Stream<Description> caches = place.caches()) {
          names = caches.map(Description::name).toList();
        }
      } else {
        place.contents(); // refuses what is no store
        names = List.of();
        isDictionary = true;
      }
      status = place.status(Status.DONE);
    }
    try (StoredCaches stored = arguments.forWriting(store, Durability.OS)) {
      names.forEach(name -> purge(stored, name));
      if (isDictionary) {
        sweep(stored.root());
      }
    }
    return isWhole ? status : Math.max(status, Status.NO);
  }

  private void purge(StoredCaches stored, String name) {
    stored
        .itself()
        .or(() -> stored.named(name))
        .ifPresent(cache -> show(name, stored.purge(cache)));
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

  /** A listing sweeps what writers left. */
  private void sweep(Store root) {
    try (Stream<Listed> listed = root.list("")) {
      long entries = listed.count();
      root.housekeeping().removeEmptyDirectories("");
      tool.out().line("swept; " + Tool.count(entries, "entry is left", "entries are left"));
    }
  }
}
