package io.persidict.cli;

import io.persidict.format.FormatException;
import io.persidict.jcache.StoredCaches;
import io.persidict.jcache.StoredCaches.Description;
import io.persidict.store.DeleteResult;
import io.persidict.store.GetResult;
import io.persidict.store.Precondition;
import io.persidict.store.Stat;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Reads every entry and tells which are damaged. */
@Command(
    name = "verify",
    header = "Read every entry and tell what is damaged.",
    description = {
      "Reads every entry: whether its checksum is right, its key belongs to its name, and its value"
          + " can be decoded. Prints the names of damaged ones and what is wrong, and exits with 1"
          + " if there are any.",
      "Values and keys of classes that are not those of the JDK cannot be decoded here, nor those"
          + " of Python's classes or of a format that is not here, nor what is too large; such an"
          + " entry is counted apart, and is no damage."
    })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class VerifyCommand implements Callable<Integer> {
  @ParentCommand private Tool tool;
  @Mixin private StoreArguments arguments;

  @Parameters(index = "0", paramLabel = "STORE", description = "What to verify.")
  private String store;

  @Option(
      names = "--quarantine",
      paramLabel = "DIR",
      description =
          "Copy each damaged entry into this local directory, then delete it from the store, unless"
              + " somebody has written it again.")
  private @Nullable Path quarantine;

  private long whole;
  private long unknown;
  private long damaged;
  private long moved;

  @Override
  public Integer call() {
    if (quarantine != null && quarantine.toString().isEmpty()) {
      throw new Failure(Status.USAGE, "--quarantine needs a directory");
    }
    int status;
    try (StoredCaches stored = arguments.forReading(store)) {
      Place place = new Place(stored, arguments, tool::say);
      if (quarantine != null) {
        place.requireChangeable();
      }
      place.each((contents, cache) -> verify(place, contents, cache));
      status = place.status(damaged == 0 ? Status.DONE : Status.NO);
    }
    tool.progress().clear();
    tool.out()
        .line(
            Tool.count(whole + unknown, "entry is whole", "entries are whole")
                + String.format(Locale.ROOT, ", %,d damaged", damaged)
                + (unknown == 0
                    ? ""
                    : String.format(Locale.ROOT, "; %,d hold what is not decoded here", unknown))
                + (quarantine == null
                    ? ""
                    : String.format(
                        Locale.ROOT,
                        "; %,d moved to %s",
                        moved,
                        Texts.printable("" + quarantine))));
    return status;
  }

  private void verify(Place place, Contents contents, Optional<Description> cache) {
    try (Stream<Entry> entries = contents.wholeEntries()) {
      entries
          .map(entry -> judged(contents, entry))
          .forEach(
              entry -> {
                if (entry.fault() == null) {
                  whole += entry.unknown() == null ? 1 : 0;
                  unknown += entry.unknown() == null ? 0 : 1;
                } else {
                  damaged++;
                  tool.progress().clear();
                  tool.out()
                      .line(
                          contents.store()
                              + Texts.printable(entry.name())
                              + " "
                              + Texts.printable(String.valueOf(entry.fault())));
                  if (quarantine != null) {
                    moved += move(place, contents, cache, entry, quarantine) ? 1 : 0;
                  }
                }
                tool.progress()
                    .show(String.format(Locale.ROOT, "%,d entries", whole + unknown + damaged));
              });
    }
  }

  /** The entry with what is wrong with its value. */
  private static Entry judged(Contents contents, Entry entry) {
    byte[] bytes = entry.value();
    if (entry.fault() != null || bytes == null) {
      return entry;
    }
    try {
      Contents.formatOf(entry.format()).value(bytes);
      return entry;
    } catch (FormatException e) {
      String message = String.valueOf(e.getMessage());
      return e.isMalformed() && !contents.hasChecksums()
          ? entry.withFault("cannot be decoded: " + message)
          : entry.withUnknown(message);
    } catch (IllegalArgumentException e) {
      return entry.withUnknown(String.valueOf(e.getMessage()));
    }
  }

  /** Moves a damaged entry out of the store; tells whether it did. */
  private static boolean move(
      Place place, Contents contents, Optional<Description> cache, Entry entry, Path directory) {
    Stat seen = entry.stat();
    if (seen == null) {
      return false; // no file, or no way to name the version
    }
    GetResult now = contents.store().get(entry.name(), Optional.empty());
    if (!(now instanceof GetResult.Found found) || !found.stat().etag().equals(seen.etag())) {
      return false;
    }
    Path kept =
        directory.resolve(cache.map(Description::directory).orElse("")).resolve(entry.name());
    try {
      Files.createDirectories(kept.getParent());
      keep(kept, found.bytes());
    } catch (IOException e) {
      throw new Failure(
          Status.FAULT,
          "cannot write " + Texts.printable("" + kept) + ": " + e + "; nothing was deleted");
    }
    return Changes.in(
        place,
        cache,
        null,
        writing ->
            writing.delete(entry.name(), Precondition.matches(seen.etag()))
                == DeleteResult.Deleted.DELETED);
  }

  /** Writes a file of that name, or with a number if there is one. */
  private static void keep(Path file, byte[] bytes) throws IOException {
    for (int i = 0; ; i++) {
      Path free = i == 0 ? file : file.resolveSibling(file.getFileName() + "." + i);
      try {
        Files.createFile(free);
        Files.write(free, bytes);
        return;
      } catch (FileAlreadyExistsException e) {
        // the next number
      }
    }
  }
}
