package io.persidict.store.file;

import java.io.File;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The directories between the root and the entries: made when needed, never links. */
final class Directories {
  /** How often a directory or file may vanish between its making and its use. */
  static final int MAX_ATTEMPTS = 100;

  private static final int MAX_REMEMBERED = 10_000;

  /** How long a directory that was seen is taken for one, of the same mode. */
  private static final long VALIDITY_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** Longer than between two modification times that a file system can tell apart. */
  private static final long PRECISION_MILLIS = 2_000;

  /** Whether Java may say that nothing is where a file is in the place of a directory above. */
  private static final boolean FILES_ON_THE_WAY_ARE_HIDDEN =
      File.separatorChar != '/' || Runtime.version().feature() > 17;

  private final Path root;

  /** Null if the root's path has characters that this process's locale has not. */
  private final @Nullable String rootPrefix;

  private final Durability durability;
  private final boolean syncsDirectories;
  private final FileClock clock = new FileClock();
  private final DirectorySync syncs = new DirectorySync(FileIO::sync);

  /**
   * The directories that were seen to be some, each relative and, but for the root, with a slash.
   */
  private final Map<String, Checked> checked = new ConcurrentHashMap<>();

  /**
   * The directories whose entries in those above are on the device, named alike, and the root and
   * those above it, by their paths; each with the time at which the one above had been modified
   * last then.
   */
  private final Map<String, FileTime> synced = new ConcurrentHashMap<>();

  /**
   * A directory that was seen.
   *
   * @param modes of what is made there
   */
  private record Checked(Modes modes, long nanoTime) {
    boolean isFresh() {
      return System.nanoTime() - nanoTime < VALIDITY_NANOS;
    }
  }

  Directories(Path root, Durability durability) {
    this.root = root;
    this.rootPrefix = isText(root) ? root + File.separator : null;
    this.durability = durability;
    // Windows opens no directories and keeps their entries in a journal of its own.
    this.syncsDirectories = durability == Durability.FSYNC && File.separatorChar == '/';
  }

  private static boolean isText(Path path) {
    try {
      return path.getFileSystem().getPath(path.toString()).equals(path);
    } catch (InvalidPathException e) {
      return false;
    }
  }

  /** The file of {@code name}. */
  Path path(String name) {
    return rootPrefix == null
        ? root.resolve(name)
        : root.getFileSystem().getPath(rootPrefix.concat(name));
  }

  /**
   * The attributes of what lies under {@code name}, or null if nothing does.
   *
   * @throws IOException if that cannot be found out, or a link leads there
   */
  @Nullable BasicFileAttributes find(String name, Path path) throws IOException {
    try {
      check(name);
      BasicFileAttributes attributes = Attributes.of(path);
      if (attributes != null) {
        return attributes;
      }
    } catch (NoSuchFileException e) {
      // a directory on the way
    } catch (FileSystemException e) {
      if (!isBelowFile(name)) {
        throw e;
      }
    }
    if (FILES_ON_THE_WAY_ARE_HIDDEN) {
      Attributes.requireDirectoryOrNothing(root);
    }
    return null;
  }

  /** Whether a file is where {@code name} needs a directory, so that nothing lies under it. */
  private boolean isBelowFile(String name) throws IOException {
    try {
      walk(name, false);
      return false;
    } catch (NoSuchFileException e) {
      return true;
    }
  }

  /** Whether no link leads from the root to the directory of {@code name}, as was seen just now. */
  boolean isChecked(String name) {
    int last = name.lastIndexOf('/');
    return last < 0 || known(name.substring(0, last + 1)) != null;
  }

  private @Nullable Modes known(String directory) {
    Checked seen = checked.get(directory);
    return seen != null && seen.isFresh() ? seen.modes : null;
  }

  /**
   * Makes sure that no link leads from the root to the directory of {@code name}.
   *
   * @throws NoSuchFileException if there is no such directory
   */
  void check(String name) throws IOException {
    if (!isChecked(name)) {
      walk(name, false);
    }
  }

  /** Whether each part of {@code name} that a slash follows is a directory now, and no link. */
  static boolean areDirectories(Path root, String name) throws IOException {
    for (int slash = name.indexOf('/'); slash >= 0; slash = name.indexOf('/', slash + 1)) {
      BasicFileAttributes attributes = Attributes.of(root.resolve(name.substring(0, slash)));
      if (attributes == null || !attributes.isDirectory()) {
        return false;
      }
    }
    return true;
  }

  private void walk(String name, boolean create) throws IOException {
    for (int slash = name.indexOf('/'); slash >= 0; slash = name.indexOf('/', slash + 1)) {
      Path directory = path(name.substring(0, slash));
      if (create) {
        create(directory);
      }
      BasicFileAttributes attributes = Attributes.of(directory);
      if (attributes == null || (attributes.isRegularFile() && !create)) {
        throw new NoSuchFileException(directory.toString());
      }
      if (!attributes.isDirectory()) {
        throw new IOException(
            directory + " is not a directory; links inside a store are not followed");
      }
      remember(name.substring(0, slash + 1), directory);
    }
  }

  private Modes remember(String name, Path directory) throws IOException {
    if (checked.size() >= MAX_REMEMBERED) {
      checked.clear();
    }
    Modes modes = Modes.in(directory);
    checked.put(name, new Checked(modes, System.nanoTime()));
    return modes;
  }

  private static void create(Path directory) throws IOException {
    try {
      Modes.createDirectory(directory);
    } catch (FileAlreadyExistsException e) {
      // by another writer, or as something that walk refuses
    }
  }

  /**
   * Makes the directories of {@code name} themselves durable, whoever made them: another store or
   * process may have done so a moment ago, also in place of one that was durable. A file lies in
   * the last one, so that none of them is deleted meanwhile.
   */
  private void syncDirectories(String name) throws IOException {
    if (!syncsDirectories) {
      return;
    }
    syncAbove(root);
    Path above = root;
    for (int slash = name.indexOf('/'); slash >= 0; slash = name.indexOf('/', slash + 1)) {
      String directory = name.substring(0, slash + 1);
      Path path = path(name.substring(0, slash));
      FileTime modified = Files.getLastModifiedTime(above);
      if (!modified.equals(synced.get(directory))) {
        sync(path);
        rememberSynced(directory, modified);
      }
      above = path;
    }
  }

  /**
   * The same for {@code directory} and all above it. None of these was made anew unless the one
   * just above was modified.
   */
  private void syncAbove(Path directory) throws IOException {
    Path above = directory.getParent();
    if (above == null) {
      return;
    }
    FileTime modified = Files.getLastModifiedTime(above);
    if (modified.equals(synced.get(directory.toString()))) {
      return;
    }
    syncAbove(above);
    try {
      sync(directory);
    } catch (AccessDeniedException e) {
      // nobody made anything in a directory that may not be read
    }
    rememberSynced(directory.toString(), modified);
  }

  /**
   * @param modified when the directory above was, if that is so long ago that it shows when it is
   *     again
   */
  private void rememberSynced(String directory, FileTime modified) {
    if (System.currentTimeMillis() - modified.toMillis() > PRECISION_MILLIS) {
      if (synced.size() >= MAX_REMEMBERED) {
        synced.clear();
      }
      synced.put(directory, modified);
    }
  }

  /** Writes {@code bytes} to a new temporary file beside {@code name}, as durably as asked for. */
  NewVersion write(String name, byte[] bytes) throws IOException {
    String directory = name.substring(0, name.lastIndexOf('/') + 1);
    boolean create = false;
    for (int attempt = 1; ; attempt++) {
      try {
        if (create) {
          Modes.createRoot(root);
          walk(name, true);
        } else {
          check(name);
        }
        Path temporary = path(directory.concat(FileIO.temporaryName()));
        Modes known = known(directory);
        Modes modes = known == null ? remember(directory, path(directory)) : known;
        FileIO.writeNew(temporary, bytes, durability, modes.attributes());
        NewVersion version = NewVersion.of(temporary, clock, modes);
        boolean done = false;
        try {
          syncDirectories(name);
          done = true;
          return version;
        } finally {
          if (!done) {
            version.close();
          }
        }
      } catch (NoSuchFileException e) {
        if (attempt == MAX_ATTEMPTS) {
          throw e;
        }
        create = true;
      }
    }
  }

  /**
   * Makes the coming or going of {@code path} durable, where that was asked for and is possible.
   */
  void sync(Path path) throws IOException {
    if (syncsDirectories) {
      Path directory = path.getParent();
      while (directory != null) {
        try {
          syncs.sync(directory);
          return;
        } catch (NoSuchFileException e) {
          directory = directory.getParent(); // whose entry went with it
        }
      }
    }
  }
}
