package io.persidict.jcache;

import static java.lang.System.Logger.Level.DEBUG;
import static java.nio.charset.StandardCharsets.US_ASCII;

import io.persidict.jcache.config.Settings;
import io.persidict.jcache.storage.StoredEntry;
import io.persidict.key.KeyLayout;
import io.persidict.maintenance.Keeper;
import io.persidict.store.ETag;
import io.persidict.store.FencedException;
import io.persidict.store.GetResult;
import io.persidict.store.Precondition;
import io.persidict.store.PutResult;
import io.persidict.store.StorageFullException;
import io.persidict.store.Store;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Destroys a cache so that nothing of it comes back, and nothing of a cache that is created in its
 * place is lost. Whoever finds a destruction that has begun completes it; any number may do so at
 * once, and a process that is killed meanwhile leaves it to the next one.
 *
 * <ol>
 *   <li>The {@linkplain CacheMetadata record} is replaced by the line {@code destroyed <id>}, which
 *       goes on with {@code plain <format> <digest length>} where the entries have that layout, and
 *       with {@code unknown} where the record does not tell. From then on nobody can write to the
 *       cache, see {@link CacheStore}, nor open it.
 *   <li>Writes that are under way end. In a store that has no fences, which is S3, as long is
 *       waited as writers trust what they know of the record.
 *   <li>The entries and leases are deleted, as long as the line is in place.
 *   <li>The identity is added to the list {@value #LIST}, so that processes that have the cache
 *       open can tell its destruction from a directory that was removed by hand.
 *   <li>The line is deleted. Where there is no room for the list, it stays, and says the same.
 * </ol>
 */
final class Destruction {
  /** Beside the directories of the caches: identities of the last ones destroyed, one per line. */
  static final String LIST = ".__destroyed__";

  /**
   * How long is waited for writes of others in a store that has no fences: twice as long as they
   * trust what they have read. Tests that share no cache with others shorten it.
   */
  static volatile Duration patience = CacheStore.TRUSTED.multipliedBy(2);

  private static final System.Logger LOGGER = System.getLogger(Destruction.class.getName());
  private static final int LISTED = 1_000;
  private static final String MARK = "destroyed ";
  private static final String PLAIN = " plain ";
  private static final String UNKNOWN = " unknown";
  private static final Pattern LINE =
      Pattern.compile(
          MARK
              + ("(?<id>(?:" + CacheMetadata.ID_FORM + ")?)")
              + ("(?:(?<plain>" + PLAIN + ")(?<format>\\S+) (?<digest>\\d{1,2})")
              + ("|(?<unknown>" + UNKNOWN + "))?\n"));

  private final Store root;
  private final String directory;
  private final String record;
  private final Optional<KeyLayout> ifUnknown;

  /**
   * @param root holds all caches of a manager
   * @param directory of the cache, below it
   * @param settings by which its entries are found if its record, or the line that replaced it, was
   *     removed or damaged
   */
  Destruction(Store root, String directory, Settings.ForCache settings) {
    this.root = root;
    this.directory = directory;
    this.record = directory + CacheMetadata.NAME;
    this.ifUnknown =
        settings.isPlain()
            ? Optional.of(new KeyLayout(settings.digestLength(), settings.format()))
            : Optional.empty();
  }

  /**
   * A cache that is to be destroyed.
   *
   * @param id empty if it is not known
   * @param plain how its entries are named if they have layout plain
   * @param isKnown whether it is known which layout they have; if not, {@code plain} is of the
   *     settings
   */
  private record Doomed(String id, Optional<KeyLayout> plain, boolean isKnown) {
    static Doomed of(byte[] record, Optional<KeyLayout> ifUnknown) {
      String id = CacheMetadata.id(record);
      try {
        return new Doomed(id, CacheMetadata.plainNames(record), true);
      } catch (IllegalArgumentException e) {
        return new Doomed(id, ifUnknown, false);
      }
    }

    /** What a mark tells. */
    static Doomed marked(byte[] mark, Optional<KeyLayout> ifUnknown) {
      Matcher line = LINE.matcher(text(mark));
      if (!line.matches()) {
        return new Doomed("", ifUnknown, false);
      }
      String id = line.group("id");
      try {
        if (line.group("plain") != null) {
          int digestLength = Integer.parseInt(line.group("digest"));
          KeyLayout names = new KeyLayout(digestLength, line.group("format"));
          return new Doomed(id, Optional.of(names), true);
        }
      } catch (IllegalArgumentException e) {
        return new Doomed(id, ifUnknown, false);
      }
      return line.group("unknown") == null
          ? new Doomed(id, Optional.empty(), true)
          : new Doomed(id, ifUnknown, false);
    }

    byte[] mark() {
      String names =
          plain.map(layout -> PLAIN + layout.extension() + " " + layout.digestLength()).orElse("");
      return (MARK + id + (isKnown ? names : UNKNOWN) + "\n").getBytes(US_ASCII);
    }

    /**
     * Whether {@code name}, below the cache's directory, is an entry, a lease, or a file of its
     * maintenance.
     */
    boolean includes(String name) {
      boolean isFlat = name.indexOf('/') < 0;
      return (isFlat && (name.endsWith("." + StoreLeases.EXTENSION) || Keeper.OWN.contains(name)))
          || plain
              .map(
                  names ->
                      names.key(name).isPresent()
                          || (!isKnown && isFlat && signedEntry(names).key(name).isPresent()))
              .orElse(isFlat && name.endsWith("." + StoredEntry.EXTENSION));
    }
  }

  /** What a name of layout entry must look like where the entries may be of layout plain. */
  private static KeyLayout signedEntry(KeyLayout plain) {
    return new KeyLayout(plain.digestLength(), StoredEntry.EXTENSION);
  }

  /** Whether {@code stored} is what the record of a cache under destruction is replaced by. */
  static boolean isMark(byte[] stored) {
    return text(stored).startsWith(MARK);
  }

  /** Whether the cache of this identity is among those destroyed last. */
  static boolean isListed(Store root, String id) {
    return root.read(LIST).stream().anyMatch(list -> text(list).lines().anyMatch(id::equals));
  }

  /**
   * Destroys what is there, with or without a record; does nothing if there is nothing.
   *
   * @param entirely whether to fail if the line must stay, since there is no room for the list
   */
  void run(boolean entirely) {
    while (true) {
      GetResult now = root.get(record, Optional.empty());
      if (now instanceof GetResult.Found found && isMark(found.bytes())) {
        complete(Doomed.marked(found.bytes(), ifUnknown), found.stat().etag(), entirely);
        return;
      }
      Doomed doomed;
      PutResult result;
      if (now instanceof GetResult.Found found) {
        doomed = Doomed.of(found.bytes(), ifUnknown);
        result = mark(doomed, found.stat().etag());
      } else {
        doomed = new Doomed("", ifUnknown, false);
        if (!hasLeftovers(doomed)) {
          return;
        }
        result = root.put(record, doomed.mark(), Precondition.absent());
      }
      if (result instanceof PutResult.Written written) {
        complete(doomed, written.etag(), entirely);
        return;
      }
    }
  }

  private boolean hasLeftovers(Doomed doomed) {
    try (Stream<String> names =
        doomed.plain.isPresent()
            ? entriesOf(root, doomed)
                .list(directory)
                .map(listed -> listed.name().substring(directory.length()))
            : root.children(directory)) {
      return names.anyMatch(doomed::includes);
    }
  }

  /** A view of {@code store} that looks only where entries may lie. */
  private Store entriesOf(Store store, Doomed doomed) {
    return store.within(
        below ->
            doomed.plain.stream()
                .anyMatch(names -> names.isPrefix(below.substring(directory.length()))));
  }

  /**
   * Replaces the record of the version {@code known}. Where there is no room for the line, the
   * entries go first, as long as that is the record.
   */
  private PutResult mark(Doomed doomed, ETag known) {
    Precondition unchanged = Precondition.matches(known);
    try {
      return root.put(record, doomed.mark(), unchanged);
    } catch (StorageFullException e) {
      Optional<Store> fenced = root.fencedBy(record, known);
      if (fenced.isEmpty()) {
        throw e;
      }
      try {
        deleteEntries(fenced.get(), doomed);
      } catch (FencedException changed) {
        // then the condition does not hold
      }
      return root.put(record, doomed.mark(), unchanged);
    }
  }

  private void deleteEntries(Store store, Doomed doomed) {
    entriesOf(store, doomed)
        .deleteBelow(directory, name -> doomed.includes(name.substring(directory.length())));
  }

  /** Completes the destruction whose line has the version {@code mark}; perhaps others do too. */
  private void complete(Doomed doomed, ETag mark, boolean entirely) {
    root.awaitMutations();
    Optional<Store> fenced = root.fencedBy(record, mark);
    if (fenced.isEmpty()) {
      pause();
    }
    Store markedStore = fenced.orElse(root);
    try {
      root.deleteUnfinished(directory);
      deleteEntries(markedStore, doomed);
      doomed.plain.ifPresent(names -> deleteEmptied(directory, names));
      if (!doomed.id.isEmpty() && !list(doomed.id, entirely)) {
        return;
      }
      if (fenced.isPresent()) {
        markedStore.deleteAll(Stream.of(record));
      } else {
        root.delete(record, Precondition.matches(mark));
      }
    } catch (FencedException e) {
      // Another process was faster, and may have created a cache since.
    }
  }

  /** Deletes what is left of the directories in which entries may have lain. */
  private void deleteEmptied(String prefix, KeyLayout names) {
    try (Stream<String> children = root.children(prefix)) {
      children
          .filter(child -> child.endsWith("/") && names.first(child).isPresent())
          .forEach(
              child -> {
                deleteEmptied(prefix + child, names);
                root.deleteUnfinished(prefix + child);
              });
    }
  }

  /** Tells whether the identity is in the list. */
  private boolean list(String id, boolean entirely) {
    try {
      list(id);
      return true;
    } catch (StorageFullException e) {
      if (entirely) {
        throw e;
      }
      LOGGER.log(DEBUG, "the line stays that tells that " + root + directory + " is destroyed", e);
      return false;
    }
  }

  private void list(String id) {
    while (true) {
      GetResult now = root.get(LIST, Optional.empty());
      String list = now instanceof GetResult.Found found ? text(found.bytes()) : "";
      if (list.lines().anyMatch(id::equals)) {
        return;
      }
      String longer =
          Stream.concat(Stream.of(id), list.lines().filter(CacheMetadata::isId))
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

  private static void pause() {
    long end = System.nanoTime() + patience.toNanos();
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
