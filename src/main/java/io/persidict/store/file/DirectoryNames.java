package io.persidict.store.file;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The names of the files in a directory. A small directory is read at once and closed. A large one
 * stays open while it is read bit by bit, but only {@value #MAX_OPEN} of them in the whole process:
 * the one that was not asked for longest then has its other names read into memory. So iterations
 * that nobody ends hold few descriptors.
 */
final class DirectoryNames implements AutoCloseable {
  /** How many directories stay open. */
  static final int MAX_OPEN = 16;

  /** How many names are read at once. */
  static final int BATCH = 1_000;

  /** The open ones; the one to be asked for longest ago comes first. */
  private static final Set<DirectoryNames> OPEN = new LinkedHashSet<>();

  private final Deque<String> names = new ArrayDeque<>();
  private final DirectoryStream<Path> stream;
  private final Iterator<Path> paths;
  private volatile boolean isOpen = true;
  private @Nullable IOException fault;

  private DirectoryNames(DirectoryStream<Path> stream) {
    this.stream = stream;
    this.paths = stream.iterator();
  }

  /** Begins to read {@code directory}. */
  @SuppressWarnings("StreamResourceLeak") // closed at its end, or by close
  static DirectoryNames of(Path directory) throws IOException {
    DirectoryNames names = new DirectoryNames(Files.newDirectoryStream(directory));
    names.read(BATCH);
    names.makeRoom();
    return names;
  }

  /** The next name, or null at the end. */
  @Nullable String next() throws IOException {
    synchronized (this) {
      if (!names.isEmpty() || !isOpen) {
        return take();
      }
      read(BATCH);
    }
    makeRoom(); // holds no monitor, since others make room too
    synchronized (this) {
      return take();
    }
  }

  private @Nullable String take() throws IOException {
    if (names.isEmpty() && fault != null) {
      throw fault;
    }
    return names.poll();
  }

  /** Reads some names; closes the directory at its end. */
  private synchronized void read(int atMost) {
    try {
      for (int i = 0; i < atMost && isOpen; i++) {
        if (paths.hasNext()) {
          names.add(paths.next().getFileName().toString());
        } else {
          close();
        }
      }
    } catch (DirectoryIteratorException e) {
      fault = Objects.requireNonNull(e.getCause());
      close();
    }
  }

  /** Has this one stay open, and another one give way if there are too many. */
  private void makeRoom() {
    DirectoryNames eldest = null;
    synchronized (OPEN) {
      OPEN.remove(this);
      if (isOpen) {
        OPEN.add(this);
      }
      if (OPEN.size() > MAX_OPEN) {
        eldest = OPEN.iterator().next();
        OPEN.remove(eldest);
      }
    }
    if (eldest != null) {
      eldest.read(Integer.MAX_VALUE);
    }
  }

  @Override
  public synchronized void close() {
    if (isOpen) {
      isOpen = false;
      synchronized (OPEN) {
        OPEN.remove(this);
      }
      try {
        stream.close();
      } catch (IOException e) {
        fault = e;
      }
    }
  }
}
