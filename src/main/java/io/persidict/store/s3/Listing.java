package io.persidict.store.s3;

import io.persidict.store.Listed;
import io.persidict.store.Names;
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
import software.amazon.awssdk.services.s3.model.S3Exception;

/** What lies below a prefix: pages of objects, and among these entries and tombstones. */
record Listing(Requests requests, S3Errors faults, RequestExecutor executor) {
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
          private @Nullable String next;
          private boolean done;

          @Override
          public boolean tryAdvance(Consumer<? super Page> action) {
            if (done) {
              return false;
            }
            String from = next;
            Page page =
                Retry.of(faults, "list", () -> requests.list(prefix, delimiter, from, PAGE));
            next = page.next();
            done = next == null;
            action.accept(page);
            return true;
          }
        },
        false);
  }

  /** The entries of a page; looks into what may be a tombstone, and sweeps those that are old. */
  List<Listed> entries(Page page) {
    List<Listed> entries = new ArrayList<>();
    List<Listed> doubtful = new ArrayList<>();
    for (Listed object : page.objects()) {
      if (Names.isName(object.name())) {
        (object.stat().size() == Tombstone.SIZE ? doubtful : entries).add(object);
      }
    }
    executor.each(doubtful.stream(), this::entry).flatMap(Optional::stream).forEach(entries::add);
    return entries;
  }

  private Optional<Listed> entry(Listed object) {
    Optional<Version.Seen> seen = read(object.name());
    if (faults.server().conditionalDelete()) {
      seen.filter(there -> isTombstone(there, OLD)).ifPresent(old -> sweep(object.name(), old));
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
              name -> read(name).filter(seen -> isTombstone(seen, age) && sweep(name, seen)))
          .flatMap(Optional::stream)
          .count();
    }
  }

  /** Deletes a tombstone, and where the server honours the condition, nothing that replaced it. */
  private boolean sweep(String name, Version.Seen tombstone) {
    return Retry.of(
        faults,
        "delete the tombstone of " + name,
        () -> {
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
        });
  }
}
