package io.persidict.store.file;

import static java.lang.System.Logger.Level.WARNING;

import io.persidict.store.ChangeCounts;
import io.persidict.store.Watch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tells the processes of this machine of changes below a root, by a {@link ChangeTable}. On a file
 * system that other machines may write too, nobody can watch.
 */
final class Changes {
  private static final System.Logger LOGGER = System.getLogger(Changes.class.getName());

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
  private volatile @Nullable ChangeTable table;

  Changes(Path root) {
    this.root = root;
    this.path = root.resolve(ChangeTable.NAME);
  }

  /**
   * Begins to watch {@code name}; makes the table if there is none. Blind if there cannot be one.
   */
  Watch watch(String name) {
    ChangeTable current = table;
    if (current == null || !current.isTrusted()) {
      try {
        current = open(true);
      } catch (IOException | UnsupportedOperationException e) {
        local = false;
        LOGGER.log(WARNING, "nobody can watch for changes in " + root + ", only look for them", e);
        return Watch.BLIND;
      }
    }
    return current == null ? Watch.BLIND : current.watch(name);
  }

  /** Begins a change of {@code name}. */
  Change begin(String name) throws IOException {
    ChangeTable current = table;
    if (current == null ? Files.exists(path) : !current.isTrusted()) {
      current = open(false);
    }
    return new Change(this, name, current, current == null ? null : current.begin(name));
  }

  private synchronized @Nullable ChangeTable open(boolean create) throws IOException {
    ChangeTable current = table;
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
    Optional<ChangeTable> found =
        create ? Optional.of(ChangeTable.create(path)) : ChangeTable.open(path);
    table = found.orElse(null);
    return table;
  }

  /**
   * A change that is under way.
   *
   * @param table where it began; null if there was none
   */
  record Change(
      Changes changes,
      String name,
      @Nullable ChangeTable table,
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
        ChangeTable now = changes.open(false);
        if (now != null) {
          now.begin(name).close();
        }
      }
    }
  }
}
