package io.persidict.store.file;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * What all stores of this process at one root share: its lock file, its table of changes and the
 * times of its versions.
 */
final class SharedRoot {
  private static final Map<Path, SharedRoot> OPEN = new HashMap<>();
  private static final long DEFAULT_BLOCK = 4096;
  private static final long MAX_BLOCK = 1 << 16;

  private final Path root;
  private final LockFile locks;
  private final ChangeNotifier changes;
  private final VersionTimes times;
  private volatile long noUsesUntil = System.nanoTime();
  private volatile long blockSize;
  private int users;

  private SharedRoot(Path root) {
    this.root = root;
    this.locks = new LockFile(root);
    this.changes = new ChangeNotifier(root, locks);
    this.times = new VersionTimes(root);
  }

  /**
   * Opens it, or shares what is open.
   *
   * @param root a real path
   */
  static SharedRoot open(Path root) {
    synchronized (OPEN) {
      SharedRoot shared = OPEN.computeIfAbsent(root, SharedRoot::new);
      shared.users++;
      return shared;
    }
  }

  LockFile locks() {
    return locks;
  }

  ChangeNotifier changes() {
    return changes;
  }

  VersionTimes times() {
    return times;
  }

  /** In how large pieces the file system allocates space; 4 KiB where it does not tell. */
  long blockSize() {
    if (blockSize == 0) {
      long size = 0;
      try {
        size = Files.getFileStore(root).getBlockSize();
      } catch (IOException | UnsupportedOperationException e) {
        // as below
      }
      blockSize = size > 0 && size <= MAX_BLOCK ? size : DEFAULT_BLOCK;
    }
    return blockSize;
  }

  /** Whether times of access can be set, as far as is known. */
  boolean remembersUses() {
    return System.nanoTime() - noUsesUntil >= 0;
  }

  /** Has nobody try to for a while. */
  void remembersNoUses(long nanos) {
    noUsesUntil = System.nanoTime() + nanos;
  }

  /**
   * Undoes one {@link #open}; the user has no operation under way. While a file system does not
   * answer, other roots can be opened, and this one anew, with files of its own.
   */
  void close() {
    synchronized (OPEN) {
      users--;
      if (users > 0) {
        return;
      }
      OPEN.remove(root);
    }
    changes.close();
    locks.close();
  }
}
