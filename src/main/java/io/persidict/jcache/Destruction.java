package io.persidict.jcache;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.persidict.jcache.storage.StoredEntry;
import io.persidict.maintenance.Keeper;
import io.persidict.store.ETag;
import io.persidict.store.FencedException;
import io.persidict.store.GetResult;
import io.persidict.store.Precondition;
import io.persidict.store.PutResult;
import io.persidict.store.Store;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Destroys a cache so that nothing of it comes back, and nothing of a cache that is created in its
 * place is lost. Whoever finds a destruction that has begun completes it; any number may do so at
 * once, and a process that is killed meanwhile leaves it to the next one.
 *
 * <ol>
 *   <li>The {@linkplain CacheMetadata record} is replaced by the line {@code destroyed <id>}. From
 *       then on nobody can write to the cache, see {@link CacheStore}, nor open it.
 *   <li>The identity is added to the list {@value #LIST}, so that processes that have the cache
 *       open can tell its destruction from a directory that was removed by hand.
 *   <li>Writes that are under way end. In a store that has no fences, which is S3, as long is
 *       waited as writers trust what they know of the record.
 *   <li>The entries and leases are deleted, as long as the line is in place; then the line.
 * </ol>
 */
final class Destruction {
  /** Beside the directories of the caches: identities of the last ones destroyed, one per line. */
  static final String LIST = ".__destroyed__";

  private static final int LISTED = 1_000;
  private static final String MARK = "destroyed ";

  private final Store root;
  private final String directory;
  private final String record;

  /**
   * @param root holds all caches of a manager
   * @param directory of the cache, below it
   */
  Destruction(Store root, String directory) {
    this.root = root;
    this.directory = directory;
    this.record = directory + CacheMetadata.NAME;
  }

  /** Whether {@code stored} is what the record of a cache under destruction is replaced by. */
  static boolean isMark(byte[] stored) {
    return text(stored).startsWith(MARK);
  }

  /** Whether the cache of this identity is among those destroyed last. */
  static boolean isListed(Store root, String id) {
    return root.read(LIST).stream().anyMatch(list -> text(list).lines().anyMatch(id::equals));
  }

  /** Destroys what is there, with or without a record; does nothing if there is nothing. */
  void run() {
    while (true) {
      GetResult now = root.get(record, Optional.empty());
      if (!(now instanceof GetResult.Found found)) {
        if (!hasLeftovers() || mark("", Precondition.absent())) {
          return;
        }
      } else if (isMark(found.bytes())) {
        complete(text(found.bytes()).substring(MARK.length()).strip(), found.stat().etag());
        return;
      } else if (mark(CacheMetadata.id(found.bytes()), Precondition.matches(found.stat().etag()))) {
        return;
      }
    }
  }

  private boolean hasLeftovers() {
    try (Stream<String> children = root.children(directory)) {
      return children.anyMatch(Destruction::isOurs);
    }
  }

  private boolean mark(String id, Precondition precondition) {
    byte[] mark = (MARK + id + "\n").getBytes(US_ASCII);
    if (!(root.put(record, mark, precondition) instanceof PutResult.Written written)) {
      return false;
    }
    complete(id, written.etag());
    return true;
  }

  /** Completes the destruction whose line has the version {@code mark}; perhaps others do too. */
  void complete(String id, ETag mark) {
    if (!id.isEmpty()) {
      list(id);
    }
    root.awaitMutations();
    Optional<Store> fenced = root.fencedBy(record, mark);
    if (fenced.isEmpty()) {
      pause();
    }
    Store markedStore = fenced.orElse(root);
    try {
      root.deleteUnfinished(directory);
      markedStore.deleteBelow(directory, this::isToBeDeleted);
      if (fenced.isPresent()) {
        markedStore.deleteAll(Stream.of(record));
      } else {
        root.delete(record, Precondition.matches(mark));
      }
    } catch (FencedException e) {
      // Another process was faster, and may have created a cache since.
    }
  }

  private boolean isToBeDeleted(String name) {
    return name.indexOf('/', directory.length()) < 0 && isOurs(name);
  }

  private static boolean isOurs(String name) {
    return name.endsWith("." + StoredEntry.EXTENSION)
        || name.endsWith("." + StoreLeases.EXTENSION)
        || Keeper.OWN.contains(name.substring(name.lastIndexOf('/') + 1));
  }

  private void list(String id) {
    while (true) {
      GetResult now = root.get(LIST, Optional.empty());
      String list = now instanceof GetResult.Found found ? text(found.bytes()) : "";
      if (list.lines().anyMatch(id::equals)) {
        return;
      }
      String longer =
          Stream.concat(Stream.of(id), list.lines())
              .limit(LISTED)
              .collect(Collectors.joining("\n", "", "\n"));
      Precondition unchanged =
          now instanceof GetResult.Found found
              ? Precondition.matches(found.stat().etag())
              : Precondition.absent();
      if (root.put(LIST, longer.getBytes(US_ASCII), unchanged) instanceof PutResult.Written) {
        return;
      }
    }
  }

  /** Waits twice as long as {@link CacheStore} trusts what it has read. */
  private static void pause() {
    long end = System.nanoTime() + 2 * CacheStore.trusted.toNanos();
    for (long left; (left = end - System.nanoTime()) > 0; ) {
      boolean interrupted = Thread.interrupted();
      LockSupport.parkNanos(Math.min(left, TimeUnit.MILLISECONDS.toNanos(100)));
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static String text(byte[] bytes) {
    return new String(bytes, US_ASCII);
  }
}
