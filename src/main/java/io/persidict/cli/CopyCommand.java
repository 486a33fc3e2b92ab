package io.persidict.cli;

import io.persidict.jcache.StoredCaches;
import io.persidict.jcache.StoredCaches.Description;
import io.persidict.key.KeyCodec;
import io.persidict.store.StoreException;
import io.persidict.store.file.Durability;
import java.net.URI;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import javax.cache.CacheException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Copies stores. */
@Command(
    name = "copy",
    header = "Copy caches or a dictionary: disk to S3, S3 to disk, or among either.",
    description = {
      "Copies the caches at STORE, the one named by --cache, or a dictionary to TARGET: from disk"
          + " to S3, from S3 to disk, or among either. TARGET is the place below which caches lie;"
          + " for a cache that is STORE itself, also that cache.",
      "Only what differs is copied, with its times and expiry; so a copy that was stopped goes on"
          + " when it is run again. Each entry is copied whole as it was at one moment. An entry"
          + " that others change at the target meanwhile is theirs. What cannot be copied is named,"
          + " and the exit status is 1. Nothing is removed at the target; what has expired is not"
          + " copied."
    })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class CopyCommand implements Callable<Integer> {
  @ParentCommand private Tool tool;
  @Mixin private StoreArguments arguments;

  @Parameters(index = "0", paramLabel = "STORE", description = "What to copy.")
  private String store;

  @Parameters(index = "1", paramLabel = "TARGET", description = "Where to copy it to.")
  private String target;

  @Option(names = "--keep", description = "Leave entries at the target as they are if they differ.")
  private boolean keep;

  private final Map<Copy.Outcome, Long> outcomes = new EnumMap<>(Copy.Outcome.class);
  private long bytes;
  private boolean areDated = true;

  @Override
  public Integer call() {
    int status;
    try (StoredCaches from = arguments.forReading(store)) {
      Place place = new Place(from, arguments, tool::say);
      Optional<Description> one = place.cache();
      if (one.isPresent() || place.holdsCaches()) {
        copyCaches(place, one);
      } else {
        copyDictionary(place);
      }
      status = place.status(of(Copy.Outcome.SKIPPED) == 0 ? Status.DONE : Status.NO);
    } catch (StoreException | CacheException | IllegalStateException e) {
      throw count() == 0 ? e : stopped(e);
    }
    tool.progress().clear();
    if (!areDated) {
      tool.say("S3 dates bare values itself: those that were copied are as old as the copy");
    }
    tool.out().line(summary());
    return status;
  }

  private Failure stopped(RuntimeException e) {
    return new Failure(
        Status.FAULT,
        e.getMessage() + "; stopped with " + summary() + "; run it again to go on from here");
  }

  private void copyCaches(Place place, Optional<Description> one) {
    URI to = targetOf(one.filter(cache -> cache.directory().isEmpty()));
    if (one.isPresent()) {
      requireApart(one.get(), to);
    } else {
      try (Stream<Description> caches = place.caches()) {
        caches.forEach(cache -> requireApart(cache, to));
      }
    }
    copyCaches(place, one, to);
  }

  private URI directoryOf(Description cache, URI to) {
    return within(StoredCaches.placeOf(to), KeyCodec.segment(cache.name()) + "/");
  }

  /** Refuses to copy a cache to where it lies, or below or above that. */
  private void requireApart(Description cache, URI to) {
    requireApart(
        "the cache " + cache.name(),
        within(StoredCaches.placeOf(StoreArguments.uri(store)), cache.directory()),
        directoryOf(cache, to));
  }

  private void requireApart(String what, URI from, URI to) {
    if (Overlap.of(from, to) && arguments.server(store).equals(arguments.server(target))) {
      throw new Failure(
          Status.USAGE,
          what
              + " cannot be copied onto or within itself, nor to a directory around it: "
              + Texts.printable("" + to)
              + "; name another TARGET");
    }
  }

  private static URI within(URI place, String directory) {
    String text = place.toString();
    return URI.create(text + (text.endsWith("/") ? "" : "/") + directory);
  }

  private void copyCaches(Place place, Optional<Description> one, URI target) {
    try (StoredCaches to = arguments.forWriting(target, Durability.OS)) {
      requireNoCache(to, "the place in which its directory lies");
      if (one.isPresent()) {
        copyCache(place, one.get(), to, target);
      } else {
        try (Stream<Description> caches = place.caches()) {
          caches.forEach(cache -> copyCache(place, cache, to, target));
        }
      }
    }
  }

  /**
   * @param itself the cache that STORE is, if it is one
   */
  private URI targetOf(Optional<Description> itself) {
    String directory = itself.map(cache -> "/" + KeyCodec.segment(cache.name())).orElse("/");
    URI uri = StoreArguments.uri(target);
    String path = String.valueOf(uri.getPath()).replaceFirst("/+$", "");
    URI place = uri;
    if (directory.length() > 1 && path.endsWith(directory)) {
      place = URI.create(uri.toString().replaceFirst("/*$", "/")).resolve("..");
    }
    return place;
  }

  private static void requireNoCache(StoredCaches to, String instead) {
    if (to.itself().isPresent()) {
      throw new Failure(Status.USAGE, "TARGET is itself a cache; name " + instead);
    }
  }

  private void copyCache(Place place, Description cache, StoredCaches to, URI target) {
    Description wanted =
        to.named(cache.name())
            .orElseGet(
                () ->
                    new Description(
                        cache.name(),
                        "",
                        cache.layout(),
                        cache.format(),
                        digestLength(place.stored(), cache.digestLength(), to),
                        cache.immutableItems(),
                        cache.lifetime()));
    requireAlike("layout", cache.name(), cache.layout(), wanted.layout(), to);
    requireAlike("format", cache.name(), cache.format(), wanted.format(), to);
    Contents source = place.contents(cache);
    long before = of(Copy.Outcome.COPIED);
    copy(
        source,
        Place.contents(wanted, to.writing(wanted, cache.lifetime())),
        to,
        directoryOf(cache, target));
    areDated &= !to.isS3() || !cache.isPlain() || of(Copy.Outcome.COPIED) == before;
  }

  /** The default of the target for the default of the source; or else the same. */
  private static int digestLength(StoredCaches from, int digestLength, StoredCaches to) {
    return digestLength == from.defaultDigestLength() ? to.defaultDigestLength() : digestLength;
  }

  private static void requireAlike(
      String what, String cache, String ours, String theirs, StoredCaches to) {
    if (!ours.equals(theirs)) {
      throw new Failure(
          Status.FAULT,
          String.format(
              "the cache %s at %s has the %s %s, the one to be copied %s; destroy it, or copy to"
                  + " another place",
              cache, to, what, theirs, ours));
    }
  }

  private void copyDictionary(Place place) {
    Contents source = place.contents();
    Place.Naming naming = place.naming();
    URI uri = StoreArguments.uri(target);
    URI directory = within(StoredCaches.placeOf(uri), "");
    requireApart("a dictionary", StoredCaches.placeOf(StoreArguments.uri(store)), directory);
    try (StoredCaches to = arguments.forWriting(uri, Durability.OS)) {
      requireNoCache(to, "another place for a dictionary");
      int digestLength =
          new Place(to, new StoreArguments(), tool::say)
              .found()
              .map(Place.Naming::digestLength)
              .orElseGet(() -> digestLength(place.stored(), naming.digestLength(), to));
      copy(source, Place.dictionary(to.root(), digestLength, arguments.extension()), to, directory);
      areDated &= !to.isS3() || of(Copy.Outcome.COPIED) == 0;
    }
  }

  private void copy(Contents from, Contents to, StoredCaches target, URI directory) {
    NameLimits limits = new NameLimits(directory);
    try (Stream<Copy.Result> results = new Copy(from, to, limits, target.isS3(), keep).run()) {
      results.forEach(
          result -> {
            outcomes.merge(result.outcome(), 1L, Long::sum);
            bytes += result.bytes();
            if (result.reason() != null) {
              tool.say(result.reason());
            }
            tool.progress().show(summary());
          });
    }
  }

  private long of(Copy.Outcome outcome) {
    return outcomes.getOrDefault(outcome, 0L);
  }

  private long count() {
    return outcomes.values().stream().mapToLong(Long::longValue).sum();
  }

  private String summary() {
    StringBuilder text = new StringBuilder();
    for (Copy.Outcome outcome : Copy.Outcome.values()) {
      boolean isAlwaysTold =
          List.of(Copy.Outcome.COPIED, Copy.Outcome.SAME, Copy.Outcome.SKIPPED).contains(outcome);
      if (of(outcome) > 0 || isAlwaysTold) {
        text.append(text.length() == 0 ? "" : ", ")
            .append(String.format(Locale.ROOT, "%,d ", of(outcome)))
            .append(outcome.name().toLowerCase(Locale.ROOT));
        if (outcome == Copy.Outcome.COPIED) {
          text.append(" (").append(Texts.size(bytes)).append(")");
        }
      }
    }
    return text.toString();
  }
}
