package io.persidict.store.file;

import static java.lang.System.Logger.Level.WARNING;

import io.persidict.store.ChangeCounts;
import io.persidict.store.ChangeWatch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tells the processes of this machine of changes below a root, by a {@link SharedChangeCounts}. On
 * a file system that other machines may write too, nobody can watch.
 */
final class ChangeNotifier {
  private static final System.Logger LOGGER = System.getLogger(ChangeNotifier.class.getName());

  /** What Java calls file systems that one machine has to itself, in lower case. */
  private static final Set<String> LOCAL =
      Set.of(
          "ext2",
          "ext3",
          "ext4",
          "xfs",
          "btrfs",
          "zfs",
          "f2fs",
          "bcachefs",
          "tmpfs",
          "overlay",
          "apfs",
          "hfs",
          "ntfs",
          "refs",
          "fat32",
          "exfat",
          "vfat");

  private final Path root;
  private final Path path;
  private volatile @Nullable Boolean local;
  private volatile @Nullable SharedChangeCounts table;

  ChangeNotifier(Path root) {
    this.root = root;
    this.path = root.resolve(SharedChangeCounts.NAME);
  }

  /**
   * Begins to watch {@code name}; makes the table if there is none. Blind if there cannot be one.
   */
  ChangeWatch watch(String name) {
    SharedChangeCounts current = table;
    if (current == null || !current.isTrusted()) {
      try {
        current = open(true);
      } catch (IOException | UnsupportedOperationException e) {
        local = false;
        LOGGER.log(WARNING, "nobody can watch for changes in " + root + ", only look for them", e);
        return ChangeWatch.NEVER_VALID;
      }
    }
    return current == null ? ChangeWatch.NEVER_VALID : current.watch(name);
  }

  /** Begins a change of {@code name}. */
  Notification begin(String name) throws IOException {
    SharedChangeCounts current = table;
    if (current == null ? Files.exists(path) : !current.isTrusted()) {
      current = open(false);
    }
    return new Notification(this, name, current, current == null ? null : current.begin(name));
  }

  private synchronized @Nullable SharedChangeCounts open(boolean create) throws IOException {
    SharedChangeCounts current = table;
    if (current != null && current.isInPlace()) {
      return current;
    }
    Boolean known = local;
    if (known == null) {
      known = LOCAL.contains(Files.getFileStore(root).type().toLowerCase(Locale.ROOT));
      local = known;
    }
    if (!known) {
      return null;
    }
    Optional<SharedChangeCounts> found =
        create ? Optional.of(SharedChangeCounts.create(path)) : SharedChangeCounts.open(path);
    table = found.orElse(null);
    return table;
  }

  /**
   * A change that is under way.
   *
   * @param table where it began; null if there was none
   */
  record Notification(
      ChangeNotifier changes,
      String name,
      @Nullable SharedChangeCounts table,
      ChangeCounts.@Nullable Change begun)
      implements AutoCloseable {
    /** Ends the change, also for those who watch by a table that was made meanwhile. */
    @Override
    public void close() throws IOException {
      if (begun != null) {
        begun.close();
      }
      boolean told = table == null ? !Files.exists(changes.path) : table.isInPlace();
      if (!told) {
        SharedChangeCounts now = changes.open(false);
        if (now != null) {
          now.begin(name).close();
        }
      }
    }
  }
}
