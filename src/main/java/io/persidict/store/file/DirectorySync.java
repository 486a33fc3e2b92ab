package io.persidict.store.file;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Syncs directories for many threads at once: one sync makes durable whatever was changed before it
 * began, by whomever. So there is one at a time of each directory, and those who come meanwhile
 * share the next one.
 */
final class DirectorySync {
  private static final int MAX_REMEMBERED = 10_000;

  private final Call call;
  private final Map<Path, Turns> directories = new ConcurrentHashMap<>();

  /** How one is synced; a parameter so that tests can count and break it. */
  interface Call {
    void sync(Path directory) throws IOException;
  }

  /** The syncs of one directory, which are numbered from 1. */
  private static final class Turns {
    final ReentrantLock lock = new ReentrantLock();
    volatile long begun;
    long failed;
    @Nullable IOException fault;
  }

  DirectorySync(Call call) {
    this.call = call;
  }

  /** Waits for a sync of {@code directory} that begins from now on, its own or another thread's. */
  void sync(Path directory) throws IOException {
    if (directories.size() >= MAX_REMEMBERED) {
      directories.clear(); // whoever waits goes on with what he has
    }
    Turns turns = directories.computeIfAbsent(directory, any -> new Turns());
    long before = turns.begun;
    turns.lock.lock();
    try {
      if (turns.failed > before && turns.fault != null) {
        throw new IOException(turns.fault.getMessage(), turns.fault);
      }
      if (turns.begun == before) {
        sync(directory, turns);
      }
    } finally {
      turns.lock.unlock();
    }
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // the lock is held
  private void sync(Path directory, Turns turns) throws IOException {
    turns.begun++;
    boolean done = false;
    try {
      call.sync(directory);
      done = true;
    } catch (FileSystemException e) {
      throw e; // of opening it, which others try themselves
    } catch (IOException e) {
      // Told once: to sync it again could succeed, though something was lost.
      turns.failed = turns.begun;
      turns.fault = e;
      done = true;
      throw e;
    } finally {
      if (!done) {
        turns.begun--;
      }
    }
  }
}
