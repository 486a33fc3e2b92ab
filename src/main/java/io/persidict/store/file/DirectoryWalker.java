package io.persidict.store.file;

import io.persidict.store.Content;
import io.persidict.store.Listed;
import io.persidict.store.Names;
import io.persidict.store.StoreException;
import java.io.IOException;
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
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.Spliterator;
import java.util.Spliterators.AbstractSpliterator;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** A lazy walk over the entries below a directory, depth first. */
final class DirectoryWalker {
  /** How the names of temporary files begin; no dot follows, unlike in an entry's name. */
  static final String TEMPORARY = ".__tmp__";

  private static final Set<String> OWN =
      Set.of(LockFile.NAME, SharedChangeCounts.NAME, VersionTimes.NAME);

  private static final Duration ABANDONED = Duration.ofHours(1);

  private final Path root;
  private final String prefix;
  private final Path start;
  private final Predicate<String> entered;
  private final boolean sweeps;
  private final Deque<Level> levels = new ArrayDeque<>();
  private @Nullable Instant now;

  /**
   * A directory on the way.
   *
   * @param prefix what the names of its entries begin with
   */
  private record Level(String prefix, DirectoryNames names) {}

  /**
   * @param entered into which of the directories below to go, each with a slash at its end
   * @param sweeps whether to delete abandoned temporary files on the way
   */
  DirectoryWalker(Path root, String prefix, Predicate<String> entered, boolean sweeps) {
    this.entered = entered;
    this.sweeps = sweeps;
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

  /** The entries, as {@code keeping} describes them. */
  Stream<Listed> list(FileHousekeeping keeping) {
    return stream(() -> next(name -> visit(name, (path, seen) -> keeping.listed(name, seen))));
  }

  /**
   * What the entries hold whose names {@code wanted} accepts.
   *
   * @param files those below the same root, for whatever they know to read
   */
  Stream<Content> contents(Predicate<String> wanted, NativeReader.Root files, Reader reader) {
    return stream(
        () ->
            next(
                name -> {
                  boolean reads = wanted.test(name) && !isReserved(name);
                  NativeReader.Version version = reads ? files.read(name, Optional.empty()) : null;
                  if (version != null) {
                    return version.content(name);
                  }
                  return visit(name, (path, seen) -> reads ? reader.read(name, path, seen) : null);
                }));
  }

  /** How an entry is read that was seen just now. */
  interface Reader {
    /** Null if it is gone meanwhile. */
    @Nullable Content read(String name, Path path, BasicFileAttributes seen) throws IOException;
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
      if (!Directories.areDirectories(root, prefix)) {
        Attributes.requireDirectoryOrNothing(root);
        return Stream.empty();
      }
      enter(prefix, start);
    } catch (IOException e) {
      throw fault(e);
    }
    return StreamSupport.stream(
            new AbstractSpliterator<T>(Long.MAX_VALUE, Spliterator.DISTINCT | Spliterator.NONNULL) {
              @Override
              public boolean tryAdvance(Consumer<? super T> action) {
                T found;
                try {
                  found = step.take();
                } catch (IOException e) {
                  throw fault(e);
                }
                if (found != null) {
                  action.accept(found);
                }
                return found != null;
              }
            },
            false)
        .onClose(this::close);
  }

  /** What is made of a name. */
  private interface Visitor<T> {
    /** Null to go on. */
    @Nullable T visit(String name) throws IOException;
  }

  /** What is made of a file. */
  private interface FileVisitor<T> {
    @Nullable T visit(Path path, BasicFileAttributes seen) throws IOException;
  }

  private <T> @Nullable T next(Visitor<T> visitor) throws IOException {
    while (!levels.isEmpty()) {
      Level level = levels.getLast();
      String file = level.names.next();
      if (file == null) {
        levels.removeLast();
      } else if (isSafe(file)) {
        T found = visitor.visit(level.prefix.concat(file));
        if (found != null) {
          return found;
        }
      }
    }
    return null;
  }

  private @Nullable String nextChild() throws IOException {
    while (!levels.isEmpty()) {
      String file = levels.getLast().names.next();
      if (file == null) {
        return null;
      }
      String name = prefix.concat(file);
      BasicFileAttributes attributes = isSafe(file) ? Attributes.of(path(name)) : null;
      if (attributes != null && attributes.isDirectory()) {
        return file + "/";
      }
      if (attributes != null && attributes.isRegularFile() && !isReserved(name)) {
        return file;
      }
    }
    return null;
  }

  private Path path(String name) {
    return root.resolve(name);
  }

  /** Enters a directory, sweeps an abandoned temporary file, or visits an entry. */
  private <T> @Nullable T visit(String name, FileVisitor<T> entry) throws IOException {
    Path path = path(name);
    BasicFileAttributes attributes = Attributes.of(path);
    if (attributes == null) {
      return null;
    }
    if (attributes.isDirectory()) {
      String below = name + "/";
      if (entered.test(below)) {
        enter(below, path);
      }
    } else if (attributes.isRegularFile()) {
      if (!isReserved(name)) {
        return entry.visit(path, attributes);
      }
      if (sweeps && !OWN.contains(name) && isAbandoned(path, attributes)) {
        FileIO.discard(path);
      }
    }
    return null;
  }

  /** Whether an entry's segment could be that. */
  private static boolean isSafe(String file) {
    for (int i = 0; i < file.length(); i++) {
      if (!Names.isSafe(file.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  /** Deletes the temporary files of the directory of {@code prefix}, which may be gone. */
  static void deleteTemporaries(Path root, String prefix) throws IOException {
    if (!Directories.areDirectories(root, prefix)) {
      return;
    }
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(
            root.resolve(prefix), file -> isTemporary(file.getFileName().toString()))) {
      for (Path file : files) {
        FileIO.delete(file);
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

  /** Whether a temporary file is old, by the clock that stamped it, which need not be ours. */
  private boolean isAbandoned(Path path, BasicFileAttributes attributes) {
    Instant known = now;
    if (known == null) {
      try {
        known = FileClock.now(path.resolveSibling(""));
      } catch (IOException e) {
        known = Instant.MIN; // nothing can be made here, nor deleted
      }
      now = known;
    }
    return Attributes.instant(attributes.lastModifiedTime()).plus(ABANDONED).isBefore(known);
  }

  private void enter(String name, Path directory) throws IOException {
    try {
      levels.addLast(new Level(name, DirectoryNames.of(directory)));
    } catch (NoSuchFileException e) {
      // gone since it was seen
    } catch (NotDirectoryException e) {
      if (name.isEmpty()) {
        throw e; // the root
      }
    }
  }

  private void close() {
    while (!levels.isEmpty()) {
      levels.removeLast().names.close();
    }
  }

  private StoreException fault(IOException e) {
    return new StoreException("cannot list " + start + ": " + Attributes.describe(start, e), e);
  }
}
