package io.persidict.store.file;

import static java.lang.System.Logger.Level.WARNING;

import java.io.IOException;
import java.nio.channels.FileLock;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Mutual exclusion by name among the threads of this process and among all processes that use the
 * same root: a name's stripe is a lock in memory and, held below it, one byte of the lock file.
 *
 * <p>An interrupt neither ends nor shortens a wait, and stays pending. Whoever waits for long says
 * once in the log who holds the lock, and goes on waiting: a process that was stopped may go on to
 * write at any time. The locks of a process that was killed are free at once.
 */
final class LockFile {
  static final String NAME = ".__lock__";

  /** How many names can be locked independently of each other. */
  static final int STRIPES = 256;

  /** The stripe of no name; whoever makes the table of changes holds it. */
  static final int TABLE = STRIPES;

  private static final System.Logger LOGGER = System.getLogger(LockFile.class.getName());
  private static final long MAX_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  /** How often a thread that waits for another one of this process looks whether all is open. */
  private static final long LOOK_UP_MILLIS = 50;

  private static final long LONG_WAIT_NANOS = TimeUnit.SECONDS.toNanos(2);

  private final Path root;
  private final Path path;
  private final ReentrantLock[] stripes = new ReentrantLock[STRIPES + 1];
  private volatile @Nullable LockChannel current;
  private boolean closed;

  /**
   * @param root a real path; the file is opened when it is first locked
   */
  LockFile(Path root) {
    this.root = root;
    this.path = root.resolve(NAME);
    for (int i = 0; i < stripes.length; i++) {
      stripes[i] = new ReentrantLock();
    }
  }

  /** A hash that names share which a file system may take for the same one. */
  static int hash(String name) {
    return name.toLowerCase(Locale.ROOT).hashCode();
  }

  /** The stripe of {@code name}; names that a file system may take for the same one share one. */
  static int stripe(String name) {
    return hash(name) & (STRIPES - 1);
  }

  /** Waits until each lock that is held now, by whomever, has been released. */
  void awaitAll(Runnable checkOpen) throws IOException {
    for (int stripe = 0; stripe < STRIPES; stripe++) {
      lock(stripe, checkOpen).close();
    }
  }

  /** No lock can be had any more. Those that are held stay held. */
  synchronized void close() {
    closed = true;
    replace(current);
  }

  /**
   * Waits for the stripe of {@code name}.
   *
   * @param checkOpen asked again and again while it waits; what it throws ends the wait
   */
  HeldLock lock(String name, Runnable checkOpen) throws IOException {
    return lock(stripe(name), checkOpen);
  }

  private HeldLock lock(int stripe, Runnable checkOpen) throws IOException {
    HeldLock held = tryLock(stripe);
    return held != null ? held : await(stripe, checkOpen);
  }

  private HeldLock await(int stripe, Runnable checkOpen) throws IOException {
    ReentrantLock inMemory = stripes[stripe];
    long waitingForOthers = 0;
    boolean said = false;
    boolean interrupted = false;
    boolean unlock = false;
    try {
      for (long pause = 1_000; ; pause = Math.min(2 * pause, MAX_PAUSE_NANOS)) {
        checkOpen.run();
        interrupted |= Thread.interrupted();
        try {
          unlock = unlock || inMemory.tryLock(LOOK_UP_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
          interrupted = true;
        }
        if (unlock) {
          HeldLock held = tryByte(stripe);
          if (held != null) {
            unlock = false;
            return held;
          }
          // Another process has it: of this one's threads, only the holder of inMemory gets here.
          long begun = System.nanoTime();
          LockSupport.parkNanos(this, pause);
          waitingForOthers += System.nanoTime() - begun;
          if (!said && waitingForOthers > LONG_WAIT_NANOS) {
            said = true;
            sayWhoHolds(stripe);
          }
        }
      }
    } finally {
      if (unlock) {
        inMemory.unlock();
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void sayWhoHolds(int stripe) {
    LockChannel channel = current;
    LOGGER.log(
        WARNING,
        "waiting for {0} s to write below {1}: {2} holds byte {3} of its {4}; goes on waiting",
        TimeUnit.NANOSECONDS.toSeconds(LONG_WAIT_NANOS),
        root,
        LockHolder.describe(channel == null ? null : channel.fileKey(), stripe),
        stripe,
        NAME);
  }

  /** Locks a stripe if nobody holds it. */
  @Nullable HeldLock tryLock(int stripe) throws IOException {
    HeldLock held = null;
    if (stripes[stripe].tryLock()) {
      try {
        held = tryByte(stripe);
      } finally {
        if (held == null) {
          stripes[stripe].unlock();
        }
      }
    }
    return held;
  }

  private @Nullable HeldLock tryByte(int stripe) throws IOException {
    while (true) {
      LockChannel channel = enter();
      FileLock lock = null;
      HeldLock held = null;
      try {
        lock = channel.tryLock(stripe);
        if (lock == null) {
          return null;
        }
        if (channel.isOf(fileKey())) {
          held = new HeldLock(stripes[stripe], lock, channel);
          return held;
        }
      } catch (NoSuchFileException e) {
        // deleted, as below
      } finally {
        if (held == null) {
          channel.release(lock);
        }
      }
      // Somebody deleted the directory: others lock a new file by now.
      replace(channel);
    }
  }

  private synchronized void replace(@Nullable LockChannel channel) {
    if (channel != null && channel.equals(current)) {
      current = null;
      channel.leave();
    }
  }

  /** The open lock file, which the caller is to leave. */
  private LockChannel enter() throws IOException {
    LockChannel channel = current;
    return channel != null && channel.enter() ? channel : open();
  }

  private synchronized LockChannel open() throws IOException {
    if (closed) {
      throw new IllegalStateException("the store at " + root + " is closed");
    }
    while (true) {
      LockChannel channel = current;
      if (channel != null && channel.enter()) {
        return channel;
      }
      try {
        Modes.createRoot(root);
        Modes.createShared(path, new byte[0]);
        channel = LockChannel.open(path, fileKey());
        if (channel.isOf(fileKey())) {
          current = channel;
        } else {
          channel.leave();
        }
      } catch (NoSuchFileException e) {
        // deleted by somebody else meanwhile
      }
    }
  }

  private @Nullable Object fileKey() throws IOException {
    BasicFileAttributes attributes = Attributes.of(path);
    if (attributes == null) {
      throw new NoSuchFileException(path.toString());
    }
    if (!attributes.isRegularFile()) { // to open a pipe would not even end
      throw new FileSystemException(path.toString(), null, "is not a regular file; move it away");
    }
    return attributes.fileKey();
  }

  /** A stripe that this thread holds until it closes it. */
  record HeldLock(ReentrantLock stripe, FileLock lock, LockChannel channel)
      implements AutoCloseable {
    /** Never fails, because what was done under the lock took effect. */
    @Override
    public void close() {
      channel.release(lock);
      stripe.unlock();
    }
  }
}
