package io.persidict.store.file;

import io.persidict.store.ChangeWatch;
import io.persidict.store.DeleteResult;
import io.persidict.store.ETag;
import io.persidict.store.FencedException;
import io.persidict.store.GetResult;
import io.persidict.store.Listed;
import io.persidict.store.Names;
import io.persidict.store.Precondition;
import io.persidict.store.PutResult;
import io.persidict.store.Stat;
import io.persidict.store.Store;
import io.persidict.store.StoreException;
import java.io.File;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A {@link Store} of files below one directory.
 *
 * <p><b>Atomicity.</b> A version is written to a temporary file in the entry's directory and
 * renamed over the old one, so no reader sees a part of it. {@link Precondition#absent()}
 * hard-links the temporary file to the name, which the file system itself refuses if the name is
 * taken, by whomever. Every other mutation holds the name's {@linkplain LockFile lock}. On a file
 * system without hard links {@code absent} takes that lock too, and then excludes users of this
 * library only.
 *
 * <p><b>ETags</b> are {@code <modification time in ns>:<size>:<inode>}, as in the Python original.
 * Writers set the modification time, to one microsecond more than this process ever set before if
 * the clock did not move, so that a name's ETag changes with each replacement.
 *
 * <p><b>What is no entry</b>: the lock file, temporary files, links, names outside {@link Names}.
 * They are neither listed nor read. Links below the root are never followed; each directory is
 * checked when this store first enters it. Temporary files an hour old are deleted by whoever
 * lists.
 *
 * <p>Needs a file system with atomic renames and byte-range locks; a network mount has them only if
 * it is mounted with locking.
 */
public final class FileStore implements Store {
  /** The largest value, in bytes. */
  public static final int MAX_SIZE = 1 << 30;

  private static final String NOT_AN_ENTRY =
      "it is not a regular file; move it away, links are not followed";

  private final Path root;
  private final String rootPrefix;
  private final Linker linker;
  private final LockFile lockFile;
  private final Directories directories;
  private final ChangeNotifier changes;
  private final FileStore origin;
  private final @Nullable Fence fence;
  private volatile boolean closed;

  /** A file, and the version it must have for this store to change anything. */
  private record Fence(Path path, ETag version) {}

  /** Whether the last read found nothing; a hint, which threads may overwrite each other's. */
  private boolean expectAbsent;

  /** How a file gets a second name; a parameter so that tests can take it away. */
  interface Linker {
    void link(Path link, Path existing) throws IOException;
  }

  /**
   * Opens the store at {@code root}, which is created if it is missing.
   *
   * @throws StoreException if {@code root} is no directory or cannot be created, entered or listed
   */
  public FileStore(Path root, Durability durability) {
    this(root, durability, Files::createLink);
  }

  FileStore(Path root, Durability durability, Linker linker) {
    this.linker = linker;
    this.origin = this;
    this.fence = null;
    try {
      if (Files.exists(root) && !Files.isDirectory(root)) {
        throw new StoreException(
            root.toAbsolutePath() + " is a file; a store needs a directory, existing or new");
      }
      Files.createDirectories(root);
      this.root = root.toRealPath();
    } catch (IOException e) {
      throw fault("cannot create the directory ", root.toAbsolutePath(), e);
    }
    if (!Files.isReadable(this.root) || !Files.isExecutable(this.root)) {
      throw new StoreException(
          "no permission to read the directory " + this.root + "; grant it or choose another");
    }
    this.rootPrefix = this.root + File.separator;
    this.directories = new Directories(this.root, durability);
    this.changes = new ChangeNotifier(this.root);
    this.lockFile = LockFile.of(this.root);
  }

  private FileStore(FileStore origin, Fence fence) {
    this.root = origin.root;
    this.rootPrefix = origin.rootPrefix;
    this.linker = origin.linker;
    this.lockFile = origin.lockFile;
    this.directories = origin.directories;
    this.changes = origin.changes;
    this.origin = origin;
    this.fence = fence;
  }

  /** The directory, as a real path. */
  public Path root() {
    return root;
  }

  @Override
  public GetResult get(String name, Optional<ETag> ifNoneMatch) {
    Path path = path(name);
    try {
      if (isKnownAbsent(path)) {
        return GetResult.Absent.ABSENT;
      }
      directories.check(name);
      for (BasicFileAttributes seen = entry(path); seen != null; ) {
        Stat stat = Attributes.stat(seen);
        if (ifNoneMatch.isPresent() && ifNoneMatch.get().equals(stat.etag())) {
          return GetResult.NotModified.NOT_MODIFIED;
        }
        byte[] bytes = FileIO.read(path);
        BasicFileAttributes after = entry(path);
        if (after != null && Attributes.stat(after).equals(stat)) {
          expectAbsent(false);
          return new GetResult.Found(bytes, stat);
        }
        seen = after; // replaced while it was read
      }
    } catch (NoSuchFileException e) {
      // neither is there anything for the caller
    } catch (IOException e) {
      throw fault("cannot read ", path, e);
    }
    expectAbsent(true);
    return GetResult.Absent.ABSENT;
  }

  @Override
  public Optional<byte[]> read(String name) {
    Path path = path(name);
    try {
      if (isKnownAbsent(path)) {
        return Optional.empty();
      }
      directories.check(name);
      byte[] bytes = FileIO.read(path);
      expectAbsent(false);
      return Optional.of(bytes);
    } catch (NoSuchFileException e) {
      expectAbsent(true);
      return Optional.empty();
    } catch (IOException e) {
      throw fault("cannot read ", path, explained(path, e));
    }
  }

  private static IOException explained(Path path, IOException e) {
    boolean foreign =
        Files.exists(path, LinkOption.NOFOLLOW_LINKS)
            && !Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS);
    return foreign ? new IOException(NOT_AN_ENTRY, e) : e;
  }

  /**
   * Whether {@code path} is absent, asked only after an absent one. To find out by opening it costs
   * an absent path an exception; to ask first costs a present one a third more.
   */
  private boolean isKnownAbsent(Path path) {
    return expectAbsent && !Files.exists(path);
  }

  private void expectAbsent(boolean expected) {
    if (expectAbsent != expected) {
      expectAbsent = expected;
    }
  }

  @Override
  public Optional<Stat> stat(String name) {
    Path path = path(name);
    if (!Files.exists(path)) {
      return Optional.empty();
    }
    try {
      directories.check(name);
      return Optional.ofNullable(Attributes.of(path))
          .filter(BasicFileAttributes::isRegularFile)
          .map(Attributes::stat);
    } catch (IOException e) {
      throw fault("cannot read the attributes of ", path, e);
    }
  }

  @Override
  public PutResult put(String name, byte[] bytes, Precondition precondition) {
    Path path = path(name);
    if (bytes.length > MAX_SIZE) {
      throw new IllegalArgumentException(
          "value of " + bytes.length + " bytes for " + name + "; at most " + MAX_SIZE);
    }
    try {
      Path temporary = directories.writeTemporary(name, bytes);
      boolean moved = false;
      try {
        BasicFileAttributes written = Attributes.of(temporary);
        if (written == null) {
          checkFence();
          throw new NoSuchFileException(temporary.toString(), null, "deleted while in use");
        }
        ETag etag = Attributes.stat(written).etag();
        PutResult result =
            precondition == Precondition.absent()
                ? insert(name, temporary, path, etag)
                : replace(name, temporary, path, etag, precondition);
        if (result instanceof PutResult.Written) {
          moved = precondition != Precondition.absent();
          directories.sync(path);
        }
        return result;
      } catch (FencedException e) {
        Files.deleteIfExists(temporary);
        int directoryEnd = name.lastIndexOf('/');
        if (directoryEnd > 0) {
          removeIfEmpty(name.substring(0, directoryEnd));
        }
        throw e;
      } finally {
        // A temporary file that was renamed is no more.
        if (!moved) {
          Files.deleteIfExists(temporary);
        }
      }
    } catch (IOException e) {
      throw fault("cannot write ", path, explained(path, e));
    }
  }

  /** Gives the temporary file its name too, or tells what is in the way. */
  private PutResult insert(String name, Path temporary, Path path, ETag etag) throws IOException {
    while (true) {
      try (LockFile.HeldLock held = fence == null ? null : lockFile.lock(name)) {
        checkFence();
        try (ChangeNotifier.Notification change = changes.begin(name)) {
          linker.link(path, temporary);
        }
        return new PutResult.Written(etag);
      } catch (FileAlreadyExistsException e) {
        BasicFileAttributes actual = entry(path);
        if (actual != null) {
          return new PutResult.Lost(Optional.of(Attributes.stat(actual).etag()));
        }
      } catch (NoSuchFileException | AccessDeniedException e) {
        throw e;
      } catch (UnsupportedOperationException | FileSystemException e) {
        return replace(name, temporary, path, etag, Precondition.absent());
      }
    }
  }

  private PutResult replace(
      String name, Path temporary, Path path, ETag etag, Precondition precondition)
      throws IOException {
    try (LockFile.HeldLock held = lockFile.lock(name)) {
      checkFence();
      if (precondition != Precondition.none()) {
        Optional<ETag> actual =
            Optional.ofNullable(entry(path)).map(a -> Attributes.stat(a).etag());
        if (!holds(precondition, actual)) {
          return new PutResult.Lost(actual);
        }
      }
      try (ChangeNotifier.Notification change = changes.begin(name)) {
        Files.move(temporary, path, StandardCopyOption.ATOMIC_MOVE);
      }
      return new PutResult.Written(etag);
    }
  }

  @Override
  public DeleteResult delete(String name, Precondition precondition) {
    Path path = path(name);
    if (!Files.exists(path)) {
      return DeleteResult.WasAbsent.WAS_ABSENT;
    }
    try {
      directories.check(name);
      try (LockFile.HeldLock held = lockFile.lock(name)) {
        BasicFileAttributes actual = Attributes.of(path);
        if (actual == null || !actual.isRegularFile()) {
          return DeleteResult.WasAbsent.WAS_ABSENT;
        }
        checkFence();
        ETag etag = Attributes.stat(actual).etag();
        if (!holds(precondition, Optional.of(etag))) {
          return new DeleteResult.Lost(etag);
        }
        try (ChangeNotifier.Notification change = changes.begin(name)) {
          if (!Files.deleteIfExists(path)) {
            return DeleteResult.WasAbsent.WAS_ABSENT;
          }
        }
      }
      directories.sync(path);
      return DeleteResult.Deleted.DELETED;
    } catch (IOException e) {
      throw fault("cannot delete ", path, e);
    }
  }

  private static boolean holds(Precondition precondition, Optional<ETag> actual) {
    if (precondition instanceof Precondition.Matches matches) {
      return actual.isPresent() && actual.get().equals(matches.etag());
    }
    return precondition == Precondition.none() || actual.isEmpty();
  }

  /**
   * Costs no system call but one a second, and sees changes by all stores of this machine that were
   * opened at this root. Blind on file systems that other machines may write.
   */
  @Override
  public ChangeWatch watch(String name) {
    path(name);
    return changes.watch(name);
  }

  @Override
  public Stream<Listed> list(String prefix) {
    checkOpen();
    return new DirectoryWalker(root, Names.requirePrefix(prefix)).stream();
  }

  @Override
  public Stream<String> children(String prefix) {
    checkOpen();
    return new DirectoryWalker(root, Names.requirePrefix(prefix)).children();
  }

  /** Also removes the directories that this leaves empty. */
  @Override
  public void deleteAll(Stream<String> names) {
    checkOpen();
    Set<String> left = new HashSet<>();
    for (Iterator<String> i = names.iterator(); i.hasNext(); ) {
      String name = i.next();
      if (delete(name, Precondition.none()) == DeleteResult.Deleted.DELETED) {
        for (int slash = name.lastIndexOf('/');
            slash > 0;
            slash = name.lastIndexOf('/', slash - 1)) {
          left.add(name.substring(0, slash));
        }
      }
    }
    left.stream()
        .sorted(Comparator.comparing(String::length).reversed())
        .forEach(this::removeIfEmpty);
  }

  /**
   * A view whose every mutation holds its name's {@linkplain LockFile lock}, also one under {@link
   * Precondition#absent()}, and tests the fence below it.
   */
  @Override
  public Optional<Store> fencedBy(String name, ETag version) {
    return Optional.of(new FileStore(origin, new Fence(path(name), version)));
  }

  /** To be called while the lock of the name that is going to be changed is held. */
  private void checkFence() throws IOException {
    if (fence != null) {
      BasicFileAttributes actual = Attributes.of(fence.path);
      if (actual == null || !Attributes.stat(actual).etag().equals(fence.version)) {
        throw new FencedException(fence.path.toString());
      }
    }
  }

  @Override
  public void awaitMutations() {
    checkOpen();
    try {
      lockFile.awaitAll();
    } catch (IOException e) {
      throw fault("cannot wait for the writers of ", root, e);
    }
  }

  @Override
  public void deleteUnfinished(String prefix) {
    checkOpen();
    try {
      DirectoryWalker.deleteTemporaries(root.resolve(Names.requirePrefix(prefix)));
    } catch (IOException e) {
      throw fault("cannot delete the temporary files of ", root.resolve(prefix), e);
    }
  }

  private void removeIfEmpty(String name) {
    Path directory = root.resolve(name);
    try {
      Files.delete(directory);
    } catch (DirectoryNotEmptyException | NoSuchFileException e) {
      // entered by another writer, or removed by one
    } catch (IOException e) {
      throw fault("cannot delete the empty directory ", directory, e);
    }
  }

  @Override
  public void close() {
    if (!closed && origin == this) {
      closed = true;
      try {
        lockFile.release();
      } catch (IOException e) {
        throw fault("cannot close the lock file of ", root, e);
      }
    }
  }

  @Override
  public String toString() {
    return root.toUri().toString();
  }

  private void checkOpen() {
    if (origin.closed) {
      throw new IllegalStateException("store " + this + " is closed");
    }
  }

  /** The file of {@code name}, which is checked to be an entry's. */
  private Path path(String name) {
    checkOpen();
    Names.requireName(name);
    if (DirectoryWalker.isReserved(name)) {
      throw new IllegalArgumentException(
          "name \"" + name + "\" is reserved for the store's own files");
    }
    return Path.of(rootPrefix.concat(name));
  }

  /** The attributes of an entry, or null if there is none. */
  private static @Nullable BasicFileAttributes entry(Path path) throws IOException {
    BasicFileAttributes attributes = Attributes.of(path);
    if (attributes != null && !attributes.isRegularFile()) {
      throw new FileSystemException(path.toString(), null, NOT_AN_ENTRY);
    }
    return attributes;
  }

  private static StoreException fault(String what, Path path, IOException e) {
    return new StoreException(what + path + ": " + Attributes.describe(e), e);
  }
}
