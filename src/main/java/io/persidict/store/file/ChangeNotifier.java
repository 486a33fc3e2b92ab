package io.persidict.store.file;

import static java.lang.System.Logger.Level.WARNING;

import io.persidict.store.ChangeWatch;
import java.io.IOException;
import java.nio.file.AccessMode;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Tells the processes of this machine of changes below a root, by a {@link SharedChangeCounts}.
 * Whoever watches makes that file; whoever writes uses it if it is there. On a file system that
 * other machines may write too, nobody can watch.
 *
 * <p>No fault lasts. A reader that cannot open or make the table asks the store instead, and tries
 * again. A writer that cannot use the table waits until no reader trusts it, or fails before it
 * changes anything. Once it changed something it does not fail. The file may be deleted or replaced
 * at any time, at the price of {@link SharedChangeCounts#TRUST} in which readers may not notice
 * changes; but not by a table that was in use before, of whose numbers a reader may remember some.
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

  /** How long readers do without a table, or new stripes of it, before they try again. */
  private static final Duration RETRY = Duration.ofMillis(100);

  private static final Duration POLL = Duration.ofMillis(10);

  private final Path root;
  private final Path path;
  private final LockFile locks;
  private final Opener opener;
  private volatile @Nullable SharedChangeCounts table;
  private volatile long retryAt = System.nanoTime();

  /** Whether this machine was seen to have the file system to itself. */
  private volatile boolean mayWatch;

  private boolean warned;
  private boolean closed;

  /** What lies at the path and is no table that anybody can use; null if nothing was seen. */
  private @Nullable Obstacle obstacle;

  private record Obstacle(@Nullable Object fileKey, long size, FileTime modified, long seen) {
    static Obstacle seenNow(BasicFileAttributes attributes) {
      return new Obstacle(
          attributes.fileKey(),
          attributes.size(),
          attributes.lastModifiedTime(),
          System.nanoTime());
    }

    /** Whether it is still this one: a file system gives the number of a deleted file to others. */
    boolean is(BasicFileAttributes attributes) {
      return size == attributes.size()
          && modified.equals(attributes.lastModifiedTime())
          && Objects.equals(fileKey, attributes.fileKey());
    }

    /** Whether nobody trusts any more what may have been there before. */
    boolean isOld() {
      return System.nanoTime() - seen > SharedChangeCounts.TRUST.toNanos();
    }
  }

  /** How a table is opened; a parameter so that tests can break it. */
  interface Opener {
    @Nullable SharedChangeCounts open(Path path) throws IOException;
  }

  ChangeNotifier(Path root, LockFile locks) {
    this(root, locks, SharedChangeCounts::open);
  }

  ChangeNotifier(Path root, LockFile locks, Opener opener) {
    this.root = root;
    this.path = root.resolve(SharedChangeCounts.NAME);
    this.locks = locks;
    this.opener = opener;
  }

  /** Closes the table; nobody can watch or begin any more. */
  synchronized void close() {
    closed = true;
    drop(table);
  }

  private synchronized void drop(@Nullable SharedChangeCounts dropped) {
    if (dropped != null && dropped.equals(table)) {
      table = null;
      dropped.close();
    }
  }

  /** Opens the table that is in place; null if there is none, or an obstacle. */
  private synchronized @Nullable SharedChangeCounts find() throws IOException {
    SharedChangeCounts found = table;
    if (found != null && found.isInPlace()) {
      return found;
    }
    drop(found);
    if (closed) {
      throw new IOException("closed");
    }
    BasicFileAttributes attributes = Attributes.exists(path) ? Attributes.of(path) : null;
    try {
      found = attributes == null ? null : open();
    } catch (NoSuchFileException e) {
      attributes = null;
      found = null;
    }
    table = found;
    if (attributes == null || found != null) {
      obstacle = null;
    } else if (obstacle == null || !obstacle.is(attributes)) {
      obstacle = Obstacle.seenNow(attributes);
    }
    return found;
  }

  /** Opens what is at the path, and that only, so that no other file passes for it later. */
  private @Nullable SharedChangeCounts open() throws IOException {
    while (true) {
      SharedChangeCounts opened = opener.open(path);
      if (opened == null || opened.isInPlace()) {
        return opened;
      }
      opened.close(); // replaced meanwhile
    }
  }

  // ---- readers

  /**
   * Begins to watch {@code name}; makes the table if there is none. Blind if there cannot be one.
   */
  ChangeWatch watch(String name) {
    SharedChangeCounts current = table;
    if (current == null || !mayWatch || !current.isTrusted()) {
      current = findOrMake();
    }
    if (current == null) {
      return ChangeWatch.NEVER_VALID;
    }
    int stripe = SharedChangeCounts.stripe(name);
    if (current.isNew(stripe)) {
      number(current, name, stripe);
    }
    return current.watch(stripe);
  }

  /** Gives a new stripe its first number, unless a writer is at work who may not know the table. */
  private void number(SharedChangeCounts current, String name, int stripe) {
    // To take a lock would make a root anew that was deleted.
    if (System.nanoTime() - retryAt < 0 || !current.isInPlace()) {
      return;
    }
    try (LockFile.HeldLock held = locks.tryLock(LockFile.stripe(name))) {
      if (held != null
          && current.isNew(stripe)
          && !current.end(stripe, ThreadLocalRandom.current().nextLong())) {
        drop(current);
      }
    } catch (IOException e) {
      retryLater(e);
    } catch (IllegalStateException e) {
      // closed meanwhile
    }
  }

  private synchronized @Nullable SharedChangeCounts findOrMake() {
    if (System.nanoTime() - retryAt < 0 || closed) {
      return null;
    }
    Exception fault = null;
    try {
      mayWatch = isLocal();
      if (mayWatch) {
        SharedChangeCounts found = find();
        if (found == null) {
          found = make();
        }
        if (found != null) {
          warned = false;
          return found;
        }
      }
    } catch (IOException | UnsupportedOperationException e) {
      fault = e;
    }
    retryLater(fault);
    return null;
  }

  private synchronized void retryLater(@Nullable Exception fault) {
    if (fault != null && !warned) {
      LOGGER.log(
          WARNING,
          "cannot use " + path + ", so that memory asks the store until this passes",
          fault);
      warned = true;
    }
    retryAt = System.nanoTime() + RETRY.toNanos();
  }

  private boolean isLocal() throws IOException {
    return LOCAL.contains(Files.getFileStore(root).type().toLowerCase(Locale.ROOT));
  }

  /** Makes the table, unless another process does, or somebody may trust what was there before. */
  private @Nullable SharedChangeCounts make() throws IOException {
    // Who may not write is to read, and not to wait each time for what will not be allowed.
    root.getFileSystem().provider().checkAccess(root, AccessMode.WRITE);
    try (LockFile.HeldLock held = locks.tryLock(LockFile.TABLE)) {
      SharedChangeCounts found = held == null ? null : find();
      if (held == null || found != null || (obstacle != null && !obstacle.isOld())) {
        return found;
      }
      Path temporary = Modes.writeShared(path, SharedChangeCounts.empty());
      try {
        Files.move(temporary, path, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        FileIO.discard(temporary);
      }
      return find();
    }
  }

  // ---- writers

  /** Whether there may be somebody to tell. */
  boolean isWatched() throws IOException {
    return table != null || Attributes.exists(path);
  }

  /**
   * The table that a change must be told to; null if nobody can be watching. With the stripe's lock
   * it stays the one, or its stripe stays new: a table that others make in its place is not watched
   * before somebody had that lock.
   */
  private @Nullable SharedChangeCounts tableToTell() throws IOException {
    SharedChangeCounts current = table;
    if (current != null && current.isInPlace()) {
      return current;
    }
    while (true) {
      synchronized (this) {
        current = find();
        if (current != null || obstacle == null || obstacle.isOld()) {
          return current;
        }
      }
      FileIO.pause(POLL);
    }
  }

  /**
   * Begins a change of {@code name}.
   *
   * @param locked whether the caller holds the name's lock; without it, allowed where nobody
   *     watches, only those are told who begin to watch meanwhile, and not if this process is
   *     killed
   */
  Notification begin(String name, boolean locked) throws IOException {
    int stripe = SharedChangeCounts.stripe(name);
    long change = ThreadLocalRandom.current().nextLong();
    SharedChangeCounts begun = locked ? begin(stripe, change) : null;
    return new Notification(this, stripe, change, locked, begun);
  }

  /** Returns the table that knows that the change began; null if nobody can be watching. */
  private @Nullable SharedChangeCounts begin(int stripe, long change) throws IOException {
    while (true) {
      SharedChangeCounts current = tableToTell();
      if (current == null) {
        return null;
      }
      try {
        if (current.begin(stripe, change)) {
          return current;
        }
      } catch (IOException e) {
        condemn(current, e);
      }
      drop(current);
    }
  }

  private void condemn(SharedChangeCounts current, IOException fault) throws IOException {
    try {
      current.condemn();
    } catch (IOException e) {
      fault.addSuppressed(e);
      throw new IOException(
          "cannot tell other processes of it by " + path + ": " + Attributes.describe(path, fault),
          fault);
    }
    LOGGER.log(
        WARNING, "cannot write to " + path + ", so that memory asks the store for now", fault);
  }

  /** Whether this table needs no more telling, because it knows or nobody can watch by it. */
  private static boolean end(SharedChangeCounts begun, int stripe, long change) {
    try {
      return begun.end(stripe, change);
    } catch (IOException e) {
      return true; // nobody can watch the stripe until its next change
    }
  }

  /** Takes away a table that cannot be told of a change that took effect. */
  private void withdraw(IOException fault) {
    LOGGER.log(WARNING, "cannot use " + path + ", which is deleted", fault);
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      LOGGER.log(WARNING, "cannot delete " + path + "; memory may miss a change until it is", e);
    }
    FileIO.pause(SharedChangeCounts.TRUST);
  }

  /**
   * A change that is under way.
   *
   * @param begun the table that knows that it began; null if there was none
   */
  record Notification(
      ChangeNotifier changes,
      int stripe,
      long change,
      boolean locked,
      @Nullable SharedChangeCounts begun)
      implements AutoCloseable {
    /** Ends the change, also for those who watch by a table that was made meanwhile. */
    @Override
    public void close() {
      try {
        boolean told =
            begun == null ? !changes.isWatched() : end(begun, stripe, change) && begun.isInPlace();
        while (!told) {
          SharedChangeCounts table = changes.begin(stripe, change);
          told = table == null || !locked || end(table, stripe, change);
        }
      } catch (IOException e) {
        changes.withdraw(e);
      }
    }
  }
}
