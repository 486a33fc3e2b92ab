package io.persidict.store.file;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Mutual exclusion by name among the threads of this process and among all processes that use the
 * same root: a name's stripe is a lock in memory and, held below it, one byte of the lock file.
 *
 * <p>One object a root in the whole process, because POSIX drops all of a process's locks on a file
 * as soon as it closes any channel to it. Two class loaders that each load this class have an
 * object each: they exclude each other (the virtual machine reports the overlap, which is waited
 * out), but should not close a store while the other one writes.
 */
final class LockFile {
  static final String NAME = ".__lock__";

  private static final int STRIPES = 256;
  private static final long MAX_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
  private static final Map<Path, LockFile> BY_ROOT = new HashMap<>();

  private final Path root;
  private final Path path;
  private final ReentrantLock[] stripes = new ReentrantLock[STRIPES];
  private int users;
  private volatile @Nullable Channel current;

  /** An open lock file and the identity it had, by which its replacement is noticed. */
  private record Channel(FileChannel channel, @Nullable Object fileKey) {}

  private LockFile(Path root) {
    this.root = root;
    this.path = root.resolve(NAME);
    for (int i = 0; i < STRIPES; i++) {
      stripes[i] = new ReentrantLock();
    }
  }

  /** The lock file of {@code root}, a real path, opened when it is first locked. */
  static LockFile of(Path root) {
    synchronized (BY_ROOT) {
      LockFile lockFile = BY_ROOT.computeIfAbsent(root, LockFile::new);
      lockFile.users++;
      return lockFile;
    }
  }

  /** Undoes one {@link #of}. */
  void release() throws IOException {
    synchronized (BY_ROOT) {
      if (--users == 0) {
        BY_ROOT.remove(root);
        Channel channel = current;
        if (channel != null) {
          channel.channel.close();
        }
      }
    }
  }

  /** Waits for the stripe of {@code name}, without regard to interrupts. */
  HeldLock lock(String name) throws IOException {
    // Names that a file system may take for the same one share a stripe.
    return lock(Math.floorMod(name.toLowerCase(Locale.ROOT).hashCode(), STRIPES));
  }

  /** Waits until each lock that is held now, by whomever, has been released. */
  void awaitAll() throws IOException {
    for (int stripe = 0; stripe < STRIPES; stripe++) {
      lock(stripe).close();
    }
  }

  private HeldLock lock(int stripe) throws IOException {
    stripes[stripe].lock();
    boolean locked = false;
    try {
      HeldLock held = new HeldLock(stripes[stripe], lockByte(stripe));
      locked = true;
      return held;
    } finally {
      if (!locked) {
        stripes[stripe].unlock();
      }
    }
  }

  private FileLock lockByte(int position) throws IOException {
    for (long pause = 1_000; ; pause = Math.min(2 * pause, MAX_PAUSE_NANOS)) {
      Channel channel = open();
      FileLock lock = tryLock(channel.channel, position);
      if (lock == null) {
        LockSupport.parkNanos(this, pause);
      } else if (isInPlace(channel)) {
        return lock;
      } else {
        // Somebody deleted the directory: others lock a new file by now. The old channel is left to
        // the garbage collector, since other threads may still hold locks on it.
        lock.release();
        synchronized (this) {
          if (channel.equals(current)) {
            current = null;
          }
        }
      }
    }
  }

  /**
   * Tries once, because waiting in the operating system could be neither shared nor interrupted.
   */
  private static @Nullable FileLock tryLock(FileChannel channel, int position) throws IOException {
    try {
      return channel.tryLock(position, 1, false);
    } catch (OverlappingFileLockException | ClosedChannelException e) {
      return null;
    }
  }

  private synchronized Channel open() throws IOException {
    Channel channel = current;
    while (channel == null || !channel.channel.isOpen()) {
      Files.createDirectories(root);
      FileChannel opened =
          FileChannel.open(
              path, StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
      try {
        channel = new Channel(opened, fileKey());
        current = channel;
      } catch (NoSuchFileException e) {
        opened.close();
      }
    }
    return channel;
  }

  private boolean isInPlace(Channel channel) throws IOException {
    try {
      Object fileKey = fileKey();
      return fileKey == null || fileKey.equals(channel.fileKey);
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  private @Nullable Object fileKey() throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
        .fileKey();
  }

  /** A stripe that this thread holds until it closes it. */
  record HeldLock(ReentrantLock stripe, FileLock lock) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      try {
        lock.release();
      } finally {
        stripe.unlock();
      }
    }
  }
}
