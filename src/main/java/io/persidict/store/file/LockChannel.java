package io.persidict.store.file;

import static java.lang.System.Logger.Level.DEBUG;
import static java.lang.System.Logger.Level.WARNING;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * An open lock file. POSIX drops all locks that a process has on a file as soon as the process
 * closes any channel to it. So the channel stays open while it has users; and then while other
 * channels of this virtual machine hold locks on the file, which belong to copies of this class
 * that other class loaders loaded, or to another path to the same directory.
 */
final class LockChannel {
  private static final System.Logger LOGGER = System.getLogger(LockChannel.class.getName());

  /** Without users, but not closed yet, except for one that somebody tries to close. */
  private static final Queue<LockChannel> LEFT = new ConcurrentLinkedQueue<>();

  /** How often somebody wanted to close these. */
  private static final AtomicInteger ATTEMPTS = new AtomicInteger();

  private final FileChannel channel;
  private final @Nullable Object fileKey;

  /** Shared by all copies of this class, because equal interned strings are the same object. */
  private final String monitor;

  private final AtomicInteger users = new AtomicInteger(1);

  private LockChannel(FileChannel channel, @Nullable Object fileKey, String monitor) {
    this.channel = channel;
    this.fileKey = fileKey;
    this.monitor = monitor;
  }

  /**
   * Opens a file that exists; the caller is the first user.
   *
   * @param fileKey what the file system called the file just before
   */
  static LockChannel open(Path path, @Nullable Object fileKey) throws IOException {
    closeThoseLeft();
    String monitor = LockChannel.class.getName() + (fileKey == null ? path : fileKey);
    return new LockChannel(
        FileChannel.open(path, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS),
        fileKey,
        monitor.intern());
  }

  /** Whether this is the file that the file system calls {@code key}. */
  boolean isOf(@Nullable Object key) {
    return key == null || key.equals(fileKey);
  }

  @Nullable Object fileKey() {
    return fileKey;
  }

  /** Adds a user, unless the last one has left. */
  boolean enter() {
    return users.getAndUpdate(n -> n == 0 ? 0 : n + 1) > 0;
  }

  void leave() {
    if (users.decrementAndGet() == 0) {
      if (!tryClose()) {
        LEFT.add(this);
      }
      closeThoseLeft();
    }
  }

  /**
   * Tries to lock a byte, without waiting. Unlike {@link FileChannel#lock()} an interrupt does not
   * close the channel.
   */
  @Nullable FileLock tryLock(int position) throws IOException {
    synchronized (monitor) {
      try {
        return channel.tryLock(position, 1, false);
      } catch (OverlappingFileLockException e) {
        return null;
      }
    }
  }

  /** Releases a lock, if there is one, and leaves. */
  void release(@Nullable FileLock lock) {
    try {
      if (lock != null) {
        lock.release();
      }
    } catch (IOException e) {
      LOGGER.log(WARNING, "cannot release a lock; it is held until the store is closed", e);
    } finally {
      leave();
    }
  }

  /**
   * Closes those that can be by now. Holds nothing meanwhile that others need, because a file
   * system may not answer. Whoever leaves a file while another thread has just found it locked
   * counts on that thread to try again.
   */
  private static void closeThoseLeft() {
    int attempts = ATTEMPTS.incrementAndGet();
    int tried;
    do {
      tried = attempts;
      for (int left = LEFT.size(); left > 0; left--) {
        LockChannel channel = LEFT.poll();
        if (channel != null && !channel.tryClose()) {
          LEFT.add(channel);
        }
      }
      attempts = ATTEMPTS.get();
    } while (attempts != tried);
  }

  private boolean tryClose() {
    synchronized (monitor) {
      if (othersHoldLocks()) {
        return false;
      }
      try {
        channel.close();
      } catch (IOException e) {
        LOGGER.log(DEBUG, "cannot close a lock file", e);
      }
      return true;
    }
  }

  private boolean othersHoldLocks() {
    try (FileLock all = channel.tryLock()) {
      return false;
    } catch (OverlappingFileLockException e) {
      return true;
    } catch (IOException e) {
      return false; // other processes do, or nobody can
    }
  }
}
