package io.persidict.store.file;

import io.persidict.store.BulkExecutor;
import io.persidict.store.ChangeWatch;
import io.persidict.store.Content;
import io.persidict.store.DeleteResult;
import io.persidict.store.ETag;
import io.persidict.store.FencedException;
import io.persidict.store.GetResult;
import io.persidict.store.Housekeeping;
import io.persidict.store.Listed;
import io.persidict.store.Names;
import io.persidict.store.Precondition;
import io.persidict.store.PutResult;
import io.persidict.store.Stat;
import io.persidict.store.StorageFullException;
import io.persidict.store.Store;
import io.persidict.store.StoreException;
import io.persidict.store.UnreadableException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.AccessMode;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
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
 * Each version gets a later modification time than the one it replaces, by the least that the file
 * system can tell. Where that is more than some microseconds, the time is also later than that of
 * all versions that were deleted, for which the root has a file {@value VersionTimes#NAME}. On a
 * file system of whole seconds, a name that is written ten times a second is so dated ahead by nine
 * seconds each second.
 *
 * <p><b>What is not an entry</b>: the store's own files in the root, temporary files, links and
 * whatever else is not a file, names outside {@link Names}. They are not listed; to read one is an
 * {@link UnreadableException}, and to write puts an entry in its place, unless it is a directory.
 * Links below the root are not followed; each directory is checked when this store enters it, and
 * again after a second. Temporary files are deleted by whoever lists an hour later, by the file
 * system's own clock. Where that, or anybody else, deletes one that is in use, it is written again.
 *
 * <p><b>Who may read and write.</b> A root that is made here is for this process's user alone, or
 * also for the group if the parent's directories are the group's (setgid). All below has the root's
 * read and write bits, whatever the umask; what the superuser makes belongs to the directory's
 * owner.
 *
 * <p>Needs a file system with atomic renames and byte-range locks; a network mount has them only if
 * it is mounted with locking.
 */
public final class FileStore implements Store {
  /** The largest value, in bytes. */
  public static final int MAX_SIZE = 1 << 30;

  /** How many writes wait for the device at the same time, of many that were asked for at once. */
  private static final int SYNCS_AT_ONCE = 16;

  private static final String NOT_A_FILE = "is not a regular file; links are not followed";

  private static final System.Logger LOGGER = System.getLogger(FileStore.class.getName());

  /** The roots that others can write, of which users were warned. */
  private static final Set<Path> EXPOSED = ConcurrentHashMap.newKeySet();

  private final Path root;
  private final String uri;
  private final Linker linker;
  private final SharedRoot shared;
  private final LockFile lockFile;
  private final Directories directories;
  private final VersionTimes times;
  private final ChangeNotifier changes;
  private final NativeReader.Root nativeFiles;
  private final @Nullable BulkExecutor writers;
  private final FileStore origin;
  private final @Nullable Fence fence;
  private final boolean readOnly;
  private final Housekeeping.@Nullable Uses uses;
  private final Predicate<String> entered;

  /** Held shared by writes under way, and by close alone. */
  private final ReentrantReadWriteLock underWay;

  private volatile boolean closed;

  /** Whether it was closed from within a deletion of many, at whose end it is released. */
  private volatile boolean closesLater;

  private boolean released;

  /** A file, and the version it must have for this store to change anything. */
  private record Fence(Path path, ETag version) {}

  /** How a file gets a second name; a parameter so that tests can take it away. */
  interface Linker {
    void link(Path link, Path existing) throws IOException;
  }

  /**
   * Opens the store at {@code root}, which is created if it is missing.
   *
   * @param root a directory of a local or network file system
   * @param durability what a write has survived when it returns
   * @throws StoreException if {@code root} is no directory or cannot be created, entered or listed
   */
  public FileStore(Path root, Durability durability) {
    this(root, durability, Files::createLink);
  }

  FileStore(Path root, Durability durability, Linker linker) {
    this(root, durability, linker, true);
  }

  FileStore(Path root, Durability durability, Linker linker, boolean readsNatively) {
    this(root, durability, linker, readsNatively, false);
  }

  private FileStore(
      Path root, Durability durability, Linker linker, boolean readsNatively, boolean readOnly) {
    this.linker = linker;
    this.readOnly = readOnly;
    this.origin = this;
    this.fence = null;
    this.uses = null;
    this.entered = directory -> true;
    this.underWay = new ReentrantReadWriteLock();
    try {
      this.root = directory(root, readOnly);
    } catch (IOException e) {
      throw fault("cannot open the directory ", root.toAbsolutePath(), e);
    }
    this.uri = this.root.toUri().toString();
    this.nativeFiles = readsNatively ? NativeReader.below(this.root) : NativeReader.none();
    this.directories = new Directories(this.root, durability);
    this.writers =
        durability == Durability.FSYNC ? new BulkExecutor("persidict-fsync", SYNCS_AT_ONCE) : null;
    this.shared = SharedRoot.open(this.root);
    this.changes = shared.changes();
    this.lockFile = shared.locks();
    this.times = shared.times();
  }

  /**
   * Opens the store of a directory to look at it: creates and sweeps nothing, and refuses to change
   * what is stored.
   *
   * @param root a directory
   * @return a store whose every change fails with {@link IllegalStateException}
   * @throws StoreException if there is no such directory, or it cannot be entered or listed
   */
  public static FileStore readOnly(Path root) {
    return new FileStore(root, Durability.OS, Files::createLink, true, true);
  }

  private static Path directory(Path root, boolean readOnly) throws IOException {
    try {
      if (!Files.readAttributes(root, BasicFileAttributes.class).isDirectory()) {
        throw new StoreException(
            root.toAbsolutePath() + " is a file; a store needs a directory, existing or new");
      }
    } catch (NoSuchFileException e) {
      if (readOnly) {
        throw new StoreException("there is no directory " + root.toAbsolutePath());
      }
      createRoot(root);
    }
    Path real = root.toRealPath();
    real.getFileSystem().provider().checkAccess(real, AccessMode.READ, AccessMode.EXECUTE);
    if (Modes.isWritableByOthers(real) && EXPOSED.add(real)) {
      LOGGER.log(
          System.Logger.Level.WARNING,
          "every user of this machine can change what is stored in {0}; take the right to write it"
              + " from others, unless that is meant",
          real);
    }
    return real;
  }

  private static void createRoot(Path root) {
    try {
      Modes.createRoot(root);
    } catch (IOException e) {
      throw fault("cannot create the directory ", root.toAbsolutePath(), e);
    }
  }

  private FileStore(
      FileStore origin,
      @Nullable Fence fence,
      Housekeeping.@Nullable Uses uses,
      Predicate<String> entered) {
    this.root = origin.root;
    this.uri = origin.uri;
    this.shared = origin.shared;
    this.times = origin.times;
    this.underWay = origin.underWay;
    this.linker = origin.linker;
    this.lockFile = origin.lockFile;
    this.directories = origin.directories;
    this.changes = origin.changes;
    this.writers = origin.writers;
    // The reader does not tell when a file was used last.
    this.nativeFiles = uses == null ? origin.nativeFiles : NativeReader.none();
    this.readOnly = origin.readOnly;
    this.origin = origin.origin;
    this.fence = fence;
    this.uses = uses;
    this.entered = entered;
  }

  /** {@return the directory, as a real path} */
  public Path root() {
    return root;
  }

  @Override
  public GetResult get(String name, Optional<ETag> ifNoneMatch) {
    checkName(name);
    NativeReader.Version version =
        directories.isChecked(name) ? nativeFiles.read(name, ifNoneMatch) : null;
    if (version != null) {
      if (version.stat() == null) {
        return GetResult.Absent.ABSENT;
      }
      return version.bytes() == null
          ? GetResult.NotModified.NOT_MODIFIED
          : new GetResult.Found(version.bytes(), version.stat());
    }
    Path path = directories.path(name);
    try {
      return get(name, path, entry(name, path), ifNoneMatch);
    } catch (NoSuchFileException e) {
      return GetResult.Absent.ABSENT; // deleted while it was read
    } catch (IOException e) {
      throw fault("cannot read ", path, e);
    }
  }

  /**
   * @param first what was seen of it just now; null if it is absent
   */
  private GetResult get(
      String name, Path path, @Nullable BasicFileAttributes first, Optional<ETag> ifNoneMatch)
      throws IOException {
    for (BasicFileAttributes seen = first; seen != null; ) {
      Stat stat = Attributes.stat(seen);
      if (ifNoneMatch.isPresent() && ifNoneMatch.get().equals(stat.etag())) {
        remember(path, seen);
        return GetResult.NotModified.NOT_MODIFIED;
      }
      byte[] bytes = bytes(path, seen);
      BasicFileAttributes after = entry(name, path);
      if (after != null && Attributes.areOfOneVersion(seen, after)) {
        remember(path, seen);
        return new GetResult.Found(bytes, stat);
      }
      seen = after; // replaced while it was read
    }
    return GetResult.Absent.ABSENT;
  }

  @Override
  public Optional<byte[]> read(String name) {
    checkName(name);
    NativeReader.Version version = directories.isChecked(name) ? nativeFiles.read(name) : null;
    if (version != null) {
      return Optional.ofNullable(version.bytes());
    }
    Path path = directories.path(name);
    try {
      BasicFileAttributes seen = entry(name, path);
      if (seen == null) {
        return Optional.empty();
      }
      byte[] bytes = bytes(path, seen);
      remember(path, seen);
      return Optional.of(bytes);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw fault("cannot read ", path, e);
    }
  }

  /**
   * Remembers a read, if it was the first one since the file was written, or that is worth it.
   *
   * @param seen before it
   */
  private void remember(Path path, BasicFileAttributes seen) {
    if (uses != null) {
      FileHousekeeping keeping = new FileHousekeeping(this, shared);
      if (!FileHousekeeping.isUsed(seen)) {
        keeping.useFirst(path, seen);
      } else if (uses.isDue(seen.lastAccessTime().toMillis())) {
        keeping.use(path, seen);
      }
    }
  }

  /**
   * The attributes of an entry, or null if there is none.
   *
   * @throws UnreadableException if what is there is not a file; opening a pipe would not even end
   */
  private @Nullable BasicFileAttributes entry(String name, Path path) throws IOException {
    BasicFileAttributes attributes = directories.find(name, path);
    if (attributes != null && !attributes.isRegularFile()) {
      throw new UnreadableException(path.toString(), NOT_A_FILE, Optional.empty());
    }
    return attributes;
  }

  private static byte[] bytes(Path path, BasicFileAttributes seen) throws IOException {
    if (seen.size() > UnreadableException.MAX_SIZE) {
      throw tooLarge(path, seen, FileIO.tooLarge(seen.size()));
    }
    try {
      return FileIO.read(path, seen.size());
    } catch (OutOfMemoryError e) {
      throw tooLarge(
          path, seen, "has " + seen.size() + " bytes, for which the heap has no room now");
    }
  }

  private static UnreadableException tooLarge(Path path, BasicFileAttributes seen, String reason) {
    return new UnreadableException(path.toString(), reason, Optional.of(Attributes.stat(seen)));
  }

  @Override
  public Optional<Stat> stat(String name) {
    Path path = path(name);
    try {
      return Optional.ofNullable(file(name, path)).map(Attributes::stat);
    } catch (IOException e) {
      throw fault("cannot read the attributes of ", path, e);
    }
  }

  /** The attributes of a file, or null if there is none; no link leads there. */
  @Nullable BasicFileAttributes file(String name, Path path) throws IOException {
    return regular(directories.find(name, path));
  }

  /** The attributes of a file; null for anything else, which counts as absent. */
  private static @Nullable BasicFileAttributes regular(@Nullable BasicFileAttributes attributes) {
    return attributes != null && attributes.isRegularFile() ? attributes : null;
  }

  private static Optional<ETag> actual(@Nullable BasicFileAttributes attributes) {
    return Optional.ofNullable(regular(attributes)).map(a -> Attributes.stat(a).etag());
  }

  @Override
  public PutResult put(String name, byte[] bytes, Precondition precondition) {
    return put(name, bytes, precondition, null);
  }

  /**
   * {@inheritDoc}
   *
   * <p>The date is kept, unless the version that is replaced has a later one: then the new one is
   * the later of the two by the least that the file system can tell. On a file system of coarse
   * times the same goes for all versions that were deleted. A date outside the years 1970 to 2261
   * is not kept: that version is dated now.
   */
  @Override
  public PutResult put(
      String name, byte[] bytes, Precondition precondition, @Nullable Instant lastModified) {
    Path path = path(name);
    if (bytes.length > MAX_SIZE) {
      throw new IllegalArgumentException(
          "value of " + bytes.length + " bytes for " + name + "; at most " + MAX_SIZE);
    }
    return beforeClosing(() -> write(name, path, bytes, precondition, lastModified));
  }

  private PutResult write(
      String name,
      Path path,
      byte[] bytes,
      Precondition precondition,
      @Nullable Instant lastModified) {
    for (int attempt = 1; ; attempt++) {
      try (NewVersion version = directories.write(name, bytes)) {
        if (lastModified != null) {
          version.date(lastModified);
        }
        Optional<PutResult> result = place(name, path, version, precondition);
        if (result.isPresent()) {
          return result.get();
        }
        if (attempt == Directories.MAX_ATTEMPTS) {
          throw new StoreException(
              "cannot write " + path + ": somebody deletes each temporary file at once");
        }
      } catch (FencedException e) {
        int directoryEnd = name.lastIndexOf('/');
        if (directoryEnd > 0) {
          removeIfEmpty(name.substring(0, directoryEnd));
        }
        throw e;
      } catch (IOException e) {
        throw fault("cannot write ", path, e);
      }
    }
  }

  /** Gives a version its name if it may have it; empty if somebody deleted the file meanwhile. */
  private Optional<PutResult> place(
      String name, Path path, NewVersion version, Precondition precondition) throws IOException {
    try {
      Optional<PutResult> inserted =
          precondition == Precondition.absent() ? insert(name, path, version) : Optional.empty();
      PutResult result =
          inserted.isPresent() ? inserted.get() : replace(name, path, version, precondition);
      if (version.isPlaced()) {
        directories.sync(path);
      }
      return Optional.of(result);
    } catch (IOException e) {
      if (version.isPlaced()) {
        throw new StoreException(
            "wrote " + path + ", but cannot complete that: " + Attributes.describe(path, e), e);
      }
      if (e instanceof NoSuchFileException && version.isGone()) {
        checkFence();
        return Optional.empty();
      }
      throw e;
    }
  }

  /** Gives a version its name unless another one has it; empty if that takes a replacement. */
  private Optional<PutResult> insert(String name, Path path, NewVersion version)
      throws IOException {
    if (!version.isCoarse()) {
      return link(name, path, version, false);
    }
    try (LockFile.HeldLock held = lock(name)) {
      checkFence();
      Optional<ETag> actual = actual(Attributes.of(path));
      if (actual.isPresent()) {
        return Optional.of(new PutResult.Lost(actual));
      }
      makeLatest(name, version, null);
      return link(name, path, version, true);
    }
  }

  /**
   * @param locked whether the name is; if not, it must be only where others watch
   */
  private Optional<PutResult> link(String name, Path path, NewVersion version, boolean locked)
      throws IOException {
    while (true) {
      try (LockFile.HeldLock held =
              !locked && (fence != null || changes.isWatched()) ? lock(name) : null;
          ChangeNotifier.Notification change = changes.begin(name, locked || held != null)) {
        checkFence();
        version.link(path, linker);
        return Optional.of(new PutResult.Written(version.etag()));
      } catch (FileAlreadyExistsException e) {
        BasicFileAttributes current = Attributes.of(path);
        if (current != null) {
          Optional<ETag> actual = actual(current);
          return actual.isPresent()
              ? Optional.of(new PutResult.Lost(actual))
              : Optional.empty(); // not an entry
        }
      } catch (NoSuchFileException | AccessDeniedException e) {
        throw e;
      } catch (UnsupportedOperationException | FileSystemException e) {
        return Optional.empty(); // a file has one name there
      }
    }
  }

  private PutResult replace(String name, Path path, NewVersion version, Precondition precondition)
      throws IOException {
    try (LockFile.HeldLock held = lock(name)) {
      checkFence();
      BasicFileAttributes current = Attributes.of(path);
      Optional<ETag> actual = actual(current);
      if (!holds(precondition, actual)) {
        return new PutResult.Lost(actual);
      }
      if (current != null && current.isDirectory()) {
        throw new FileSystemException(
            path.toString(), null, "a directory is in the way; move it away");
      }
      makeLatest(name, version, current);
      try (ChangeNotifier.Notification change = changes.begin(name, true)) {
        version.rename(path);
      }
      return new PutResult.Written(
          version.etag(), current != null && current.isRegularFile() ? current.size() : -1);
    }
  }

  /**
   * Gives a version a later time than all that its name had, and so an ETag that none had. No
   * version of ours is dated as late as can be; after one that somebody dated so, times begin with
   * now.
   */
  private void makeLatest(String name, NewVersion version, @Nullable BasicFileAttributes replaced)
      throws IOException {
    long latest = replaced == null ? Long.MIN_VALUE : Attributes.modified(replaced);
    if (!NewVersion.hasLater(latest)) {
      version.dateNow();
      latest = Long.MIN_VALUE;
    }
    if (version.isCoarse()) {
      int stripe = LockFile.stripe(name);
      version.makeLaterThan(Math.max(latest, times.latest(stripe)));
      times.note(stripe, version.modified());
    } else {
      version.makeLaterThan(latest);
    }
  }

  @Override
  public DeleteResult delete(String name, Precondition precondition) {
    Path path = path(name);
    return beforeClosing(() -> delete(name, path, precondition));
  }

  private DeleteResult delete(String name, Path path, Precondition precondition) {
    boolean deleted = false;
    try {
      if (file(name, path) == null) {
        return DeleteResult.WasAbsent.WAS_ABSENT;
      }
      try (LockFile.HeldLock held = lock(name)) {
        BasicFileAttributes actual = regular(Attributes.of(path));
        if (actual == null) {
          return DeleteResult.WasAbsent.WAS_ABSENT;
        }
        checkFence();
        ETag etag = Attributes.stat(actual).etag();
        if (!holds(precondition, Optional.of(etag))) {
          return new DeleteResult.Lost(etag);
        }
        if (FileClock.isCoarse(Attributes.modified(actual))) {
          times.note(LockFile.stripe(name), Attributes.modified(actual));
        }
        try (ChangeNotifier.Notification change = changes.begin(name, true)) {
          deleted = remove(path);
        }
      }
      if (!deleted) {
        return DeleteResult.WasAbsent.WAS_ABSENT;
      }
      directories.sync(path);
      return DeleteResult.Deleted.DELETED;
    } catch (IOException e) {
      throw fault(deleted ? "deleted, but cannot complete that: " : "cannot delete ", path, e);
    }
  }

  private static boolean remove(Path path) throws IOException {
    try {
      return FileIO.delete(path);
    } catch (IOException e) {
      if (UncertainException.look(path, e) != null) {
        throw e;
      }
      return true;
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
    return walker(prefix).list(new FileHousekeeping(this, shared));
  }

  private DirectoryWalker walker(String prefix) {
    return new DirectoryWalker(root, Names.requirePrefix(prefix), entered, !readOnly);
  }

  @Override
  public Stream<Content> contents(String prefix, Predicate<String> wanted) {
    checkOpen();
    return walker(prefix).contents(wanted, nativeFiles, this::content);
  }

  /**
   * What lies under a name that was listed just now.
   *
   * @return null if it is gone meanwhile
   */
  private @Nullable Content content(String name, Path path, BasicFileAttributes seen)
      throws IOException {
    checkOpen();
    try {
      return get(name, path, seen, Optional.empty()) instanceof GetResult.Found found
          ? new Content(name, found, null)
          : null;
    } catch (UnreadableException e) {
      return new Content(name, null, e);
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  @Override
  public Stream<String> children(String prefix) {
    checkOpen();
    return walker(prefix).children();
  }

  @Override
  public <T, R> Stream<R> concurrentWrites(Stream<T> items, Function<T, R> write) {
    checkOpen();
    return writers == null ? items.map(write) : writers.each(items, write);
  }

  /** Also removes the directories that this leaves empty. */
  @Override
  public void deleteAll(Stream<String> names) {
    try {
      beforeClosing(
          () -> {
            deleteEach(names);
            return true;
          });
    } finally {
      if (origin.closesLater) {
        origin.close();
      }
    }
  }

  private void deleteEach(Stream<String> names) {
    Set<String> left = new HashSet<>();
    concurrentWrites(
            names,
            name -> {
              requireEntryName(name);
              DeleteResult result = delete(name, directories.path(name), Precondition.none());
              return result == DeleteResult.Deleted.DELETED ? name : "";
            })
        .forEach(
            name -> {
              for (int slash = name.lastIndexOf('/');
                  slash > 0;
                  slash = name.lastIndexOf('/', slash - 1)) {
                left.add(name.substring(0, slash));
              }
            });
    left.stream()
        .sorted(Comparator.comparing(String::length).reversed())
        .forEach(this::removeIfEmpty);
  }

  @Override
  public Store within(Predicate<String> which) {
    return new FileStore(this, fence, uses, entered.and(which));
  }

  /** Whether this looks into a directory, whose name ends with a slash. */
  boolean enters(String directory) {
    return entered.test(directory);
  }

  /**
   * A view whose every mutation holds its name's {@linkplain LockFile lock}, also one under {@link
   * Precondition#absent()}, and tests the fence below it.
   */
  @Override
  public Optional<Store> fencedBy(String name, ETag version) {
    return Optional.of(new FileStore(this, new Fence(path(name), version), uses, entered));
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
    checkWritable();
    try {
      lockFile.awaitAll(this::checkOpen);
    } catch (IOException e) {
      throw fault("cannot wait for the writers of ", root, e);
    }
  }

  @Override
  public void deleteUnfinished(String prefix) {
    checkWritable();
    try {
      DirectoryWalker.deleteTemporaries(root, Names.requirePrefix(prefix));
      removeIfEmpty(prefix.substring(0, prefix.length() - 1));
    } catch (IOException e) {
      throw fault("cannot delete the temporary files of ", root.resolve(prefix), e);
    }
  }

  @Override
  public Housekeeping housekeeping() {
    return new FileHousekeeping(this, shared);
  }

  FileStore remembering(Housekeeping.Uses wanted) {
    return new FileStore(this, fence, wanted, entered);
  }

  private void removeIfEmpty(String name) {
    FileHousekeeping.removeIfEmpty(root, name);
  }

  /**
   * Waits for the writes under way, except that those that wait for a lock end with {@link
   * IllegalStateException} and change nothing, or no more. Whoever closes the store from within a
   * deletion of many does not wait, and the store is closed at the end of that.
   */
  @Override
  public void close() {
    if (origin != this) {
      return;
    }
    closed = true;
    if (underWay.getReadHoldCount() > 0) {
      closesLater = true;
      return;
    }
    underWay.writeLock().lock();
    try {
      if (!released) {
        released = true;
        if (writers != null) {
          writers.close();
        }
        shared.close();
      }
    } finally {
      underWay.writeLock().unlock();
    }
  }

  private <T> T beforeClosing(Supplier<T> write) {
    checkWritable();
    if (!underWay.readLock().tryLock()) { // takes no turn: one that is under way may wait for this
      checkOpen();
    }
    try {
      checkWritable();
      return write.get();
    } finally {
      underWay.readLock().unlock();
    }
  }

  private LockFile.HeldLock lock(String name) throws IOException {
    return lockFile.lock(name, this::checkOpen);
  }

  @Override
  public String toString() {
    return uri;
  }

  private void checkWritable() {
    checkOpen();
    if (readOnly) {
      throw new IllegalStateException("store " + this + " is open for reading only");
    }
  }

  private void checkOpen() {
    if (origin.closed) {
      throw new IllegalStateException("store " + this + " is closed");
    }
  }

  /** The file of {@code name}, which is checked to be an entry's. */
  Path path(String name) {
    checkName(name);
    return directories.path(name);
  }

  private void checkName(String name) {
    checkOpen();
    requireEntryName(name);
  }

  private static void requireEntryName(String name) {
    Names.requireName(name);
    if (DirectoryWalker.isReserved(name)) {
      throw new IllegalArgumentException(
          "name \"" + name + "\" is reserved for the store's own files");
    }
  }

  static StoreException fault(String what, Path path, IOException e) {
    String message = what + path + ": " + Attributes.describe(path, e);
    return Attributes.isForWantOfSpace(e)
        ? new StorageFullException(message, e)
        : new StoreException(message, e);
  }
}
