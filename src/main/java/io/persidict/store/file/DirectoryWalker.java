package io.persidict.store.file;

import io.persidict.store.Listed;
import io.persidict.store.Names;
import io.persidict.store.StoreException;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.Objects;
import java.util.Set;
import java.util.Spliterator;
import java.util.Spliterators.AbstractSpliterator;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * A lazy walk over the entries below a directory, depth first. Holds one open directory a level and
 * nothing an entry.
 */
final class DirectoryWalker {
  /** How the names of temporary files begin; no dot follows, unlike in an entry's name. */
  static final String TEMPORARY = ".__tmp__";

  private static final Set<String> OWN = Set.of(LockFile.NAME, SharedChangeCounts.NAME);

  private static final Duration ABANDONED = Duration.ofHours(1);

  private final Path root;
  private final String prefix;
  private final Path start;
  private final Deque<Level> levels = new ArrayDeque<>();

  private record Level(DirectoryStream<Path> stream, Iterator<Path> paths) {}

  DirectoryWalker(Path root, String prefix) {
    this.root = root;
    this.prefix = prefix;
    this.start = root.resolve(prefix);
  }

  /** Whether the last segment of {@code name} is one of the store's own files. */
  static boolean isReserved(String name) {
    int segment = name.lastIndexOf('/') + 1;
    return name.charAt(segment) == '.'
        && (OWN.contains(name) || isTemporary(name.substring(segment)));
  }

  /** The entries. */
  Stream<Listed> stream() {
    return stream(this::next);
  }

  /** The entries and, each followed by a slash, the directories of the directory itself. */
  Stream<String> children() {
    return stream(this::nextChild);
  }

  private interface Step<T> {
    /** The next one, or null at the end. */
    @Nullable T take() throws IOException;
  }

  private <T> Stream<T> stream(Step<T> step) {
    try {
      for (int slash = prefix.indexOf('/'); slash >= 0; slash = prefix.indexOf('/', slash + 1)) {
        BasicFileAttributes attributes = Attributes.of(root.resolve(prefix.substring(0, slash)));
        if (attributes == null || !attributes.isDirectory()) {
          return Stream.empty();
        }
      }
      enter(start);
    } catch (IOException e) {
      throw fault(e);
    }
    return StreamSupport.stream(
            new AbstractSpliterator<T>(Long.MAX_VALUE, Spliterator.DISTINCT | Spliterator.NONNULL) {
              @Override
              public boolean tryAdvance(Consumer<? super T> action) {
                try {
                  T found = step.take();
                  if (found != null) {
                    action.accept(found);
                  }
                  return found != null;
                } catch (DirectoryIteratorException e) {
                  throw fault(Objects.requireNonNull(e.getCause()));
                } catch (IOException e) {
                  throw fault(e);
                }
              }
            },
            false)
        .onClose(this::close);
  }

  private @Nullable Listed next() throws IOException {
    while (!levels.isEmpty()) {
      Level level = levels.getLast();
      if (!level.paths.hasNext()) {
        levels.removeLast();
        level.stream.close();
        continue;
      }
      Listed listed = visit(level.paths.next());
      if (listed != null) {
        return listed;
      }
    }
    return null;
  }

  private @Nullable String nextChild() throws IOException {
    Level level = levels.peekLast();
    while (level != null && level.paths.hasNext()) {
      Path path = level.paths.next();
      String name = name(path);
      BasicFileAttributes attributes = name == null ? null : Attributes.of(path);
      if (name == null || attributes == null) {
        continue;
      }
      String last = name.substring(name.lastIndexOf('/') + 1);
      if (attributes.isDirectory()) {
        return last + "/";
      }
      if (attributes.isRegularFile() && !isReserved(name)) {
        return last;
      }
    }
    return null;
  }

  /** Enters a directory, sweeps an abandoned temporary file, or tells of an entry. */
  private @Nullable Listed visit(Path path) throws IOException {
    String name = name(path);
    if (name == null) {
      return null;
    }
    BasicFileAttributes attributes = Attributes.of(path);
    if (attributes == null) {
      return null;
    }
    if (attributes.isDirectory()) {
      enter(path);
    } else if (attributes.isRegularFile()) {
      if (!isReserved(name)) {
        return new Listed(name, Attributes.stat(attributes));
      }
      if (!OWN.contains(name) && isAbandoned(attributes)) {
        sweep(path);
      }
    }
    return null;
  }

  /** The name of what lies at {@code path}, or null if an entry's could not be that. */
  private @Nullable String name(Path path) {
    String file = path.getFileName().toString();
    for (int i = 0; i < file.length(); i++) {
      if (!Names.isSafe(file.charAt(i))) {
        return null;
      }
    }
    return root.relativize(path).toString().replace(File.separatorChar, '/');
  }

  /** Deletes the temporary files of a directory, which may be gone. */
  static void deleteTemporaries(Path directory) throws IOException {
    BasicFileAttributes attributes = Attributes.of(directory);
    if (attributes == null || !attributes.isDirectory()) {
      return;
    }
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(directory, file -> isTemporary(file.getFileName().toString()))) {
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
    } catch (DirectoryIteratorException e) {
      throw Objects.requireNonNull(e.getCause());
    } catch (NoSuchFileException | NotDirectoryException e) {
      // gone since it was seen
    }
  }

  private static boolean isTemporary(String file) {
    return file.startsWith(TEMPORARY) && file.indexOf('.', TEMPORARY.length()) < 0;
  }

  private static boolean isAbandoned(BasicFileAttributes attributes) {
    return attributes.lastModifiedTime().toInstant().isBefore(Instant.now().minus(ABANDONED));
  }

  private static void sweep(Path path) {
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      System.getLogger(DirectoryWalker.class.getName())
          .log(System.Logger.Level.DEBUG, "cannot delete the abandoned " + path, e);
    }
  }

  @SuppressWarnings("StreamResourceLeak") // closed when its level is left, or by close
  private void enter(Path directory) throws IOException {
    try {
      DirectoryStream<Path> stream = Files.newDirectoryStream(directory);
      levels.addLast(new Level(stream, stream.iterator()));
    } catch (NoSuchFileException | NotDirectoryException e) {
      // gone since it was seen
    }
  }

  private void close() {
    try {
      while (!levels.isEmpty()) {
        levels.removeLast().stream.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private StoreException fault(IOException e) {
    return new StoreException("cannot list " + start + ": " + Attributes.describe(e), e);
  }
}
