package io.persidict.store.file;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * What all stores of this process at one root share: its lock file, its table of changes and the
 * times of its versions.
 */
final class SharedRoot {
  private static final Map<Path, SharedRoot> OPEN = new HashMap<>();

  private final Path root;
  private final LockFile locks;
  private final ChangeNotifier changes;
  private final VersionTimes times;
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

  /** Undoes one {@link #open}; the user has no operation under way. */
  void close() {
    synchronized (OPEN) {
      if (--users == 0) {
        OPEN.remove(root);
        changes.close();
        locks.close();
      }
    }
  }
}
