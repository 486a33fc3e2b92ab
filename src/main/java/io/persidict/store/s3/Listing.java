package io.persidict.store.s3;

import static java.lang.System.Logger.Level.DEBUG;

import io.persidict.store.BulkExecutor;
import io.persidict.store.Listed;
import io.persidict.store.Names;
import io.persidict.store.StoreException;
import io.persidict.store.s3.Requests.Page;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Spliterator;
import java.util.Spliterators.AbstractSpliterator;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** What lies below a prefix: pages of objects, and among these entries and tombstones. */
record Listing(
    Requests requests,
    RecentVersions recent,
    S3Errors faults,
    BulkExecutor executor,
    ActiveOperations operations) {
  private static final System.Logger LOGGER = System.getLogger(Listing.class.getName());
  private static final int PAGE = 1_000;
  private static final Duration OLD = Duration.ofHours(1);

  /**
   * Lists lazily.
   *
   * @param delimiter after which names are cut off; null for none
   */
  Stream<Page> pages(String prefix, @Nullable String delimiter) {
    return StreamSupport.stream(
        new AbstractSpliterator<Page>(Long.MAX_VALUE, Spliterator.NONNULL) {
          private final Progress progress = new Progress();
          private @Nullable String next;
          private boolean done;

          @Override
          public boolean tryAdvance(Consumer<? super Page> action) {
            if (done) {
              return false;
            }
            String from = next;
            Page page =
                operations.run(
                    () ->
                        Retry.of(
                            faults, "list", () -> requests.list(prefix, delimiter, from, PAGE)));
            next = page.next();
            done = next == null;
            if (!done && progress.hasBeenAt(page)) {
              throw faults.unfit(
                  "lists the same page again and again, as one that does not know"
                      + " ContinuationToken; it needs version 2 of ListObjects");
            }
            action.accept(page);
            return true;
          }
        },
        false);
  }

  /** What is left of a page, and what follows it; as a part of what is attempted. */
  Page again(String prefix, Page page, Retry attempts) {
    while (true) {
      try {
        return requests.list(prefix, null, page.from(), PAGE);
      } catch (SdkException e) {
        attempts.failed(e);
      }
    }
  }

  /** Notices a listing that goes round in circles, in constant space. */
  private static final class Progress {
    private String mark = "";
    private int steps;
    private int stepsToNextMark = 1;

    boolean hasBeenAt(Page page) {
      String end = last(page.prefixes()) + " " + last(page.objects());
      if (page.prefixes().isEmpty() && page.objects().isEmpty()) {
        end = String.valueOf(page.next());
      }
      if (end.equals(mark)) {
        return true;
      }
      if (++steps == stepsToNextMark) {
        mark = end;
        steps = 0;
        stepsToNextMark *= 2;
      }
      return false;
    }
  }

  private static String last(List<?> list) {
    return list.isEmpty() ? "" : list.get(list.size() - 1).toString();
  }

  /** The entries of a page; looks into what may be a tombstone, and sweeps those that are old. */
  List<Listed> entries(Page page) {
    return operations.run(() -> entriesOf(page));
  }

  private List<Listed> entriesOf(Page page) {
    List<Listed> entries = new ArrayList<>();
    List<Listed> doubtful = new ArrayList<>();
    for (Listed object : page.objects()) {
      if (Names.isName(object.name())) {
        (mayBeTombstone(object) ? doubtful : entries).add(object);
      }
    }
    executor.each(doubtful.stream(), this::entry).flatMap(Optional::stream).forEach(entries::add);
    return entries;
  }

  private boolean mayBeTombstone(Listed object) {
    return object.stat().size() == Tombstone.SIZE
        && recent.find(object.name(), object.stat().etag()).map(Version::isTombstone).orElse(true);
  }

  private Optional<Listed> entry(Listed object) {
    boolean sweeps = faults.server().conditionalDelete();
    if (!sweeps && recent.find(object.name(), object.stat().etag()).isPresent()) {
      return Optional.empty(); // a tombstone that has been looked into
    }
    Optional<Version.Seen> seen = read(object.name());
    recent.saw(object.name(), seen.map(Version.Seen::version));
    if (sweeps) {
      seen.filter(there -> isTombstone(there, OLD)).ifPresent(old -> trySweep(object.name(), old));
    }
    return Version.Seen.byReader(seen).map(stat -> new Listed(object.name(), stat));
  }

  private Optional<Version.Seen> read(String name) {
    return Retry.of(
        faults,
        "read " + name,
        () -> requests.get(name, Optional.empty()).map(Requests.Body::seen));
  }

  private static boolean isTombstone(Version.Seen seen, Duration age) {
    return seen.version().isTombstone()
        && !seen.stat().lastModified().isAfter(Instant.now().minus(age));
  }

  /** Deletes all tombstones of that age or older, and counts them. */
  long sweep(Duration age) {
    try (Stream<Page> pages = pages("", null)) {
      Stream<String> doubtful =
          pages
              .flatMap(page -> page.objects().stream())
              .filter(object -> object.stat().size() == Tombstone.SIZE)
              .map(Listed::name)
              .filter(Names::isName);
      return executor
          .each(
              doubtful,
              name ->
                  read(name)
                      .filter(
                          seen ->
                              isTombstone(seen, age)
                                  && Retry.of(faults, sweeping(name), () -> sweep(name, seen))))
          .flatMap(Optional::stream)
          .count();
    }
  }

  /** The same for whoever lists, and perhaps may not delete: a fault leaves it to the next one. */
  private void trySweep(String name, Version.Seen tombstone) {
    try {
      Retry.once(faults, sweeping(name), () -> sweep(name, tombstone));
    } catch (StoreException e) {
      LOGGER.log(DEBUG, "a tombstone is left to the next one who lists", e);
    }
  }

  private static String sweeping(String name) {
    return "delete the tombstone of " + name;
  }

  /** Deletes a tombstone, and where the server honours the condition, nothing that replaced it. */
  private boolean sweep(String name, Version.Seen tombstone) {
    try {
      if (faults.server().conditionalDelete()) {
        requests.delete(name, tombstone.version().etag());
      } else {
        requests.delete(name);
      }
      return true;
    } catch (S3Exception e) {
      if (Requests.isLost(e)) {
        return false;
      }
      throw e;
    }
  }
}
