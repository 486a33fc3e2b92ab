package io.persidict.store.file;

import java.io.File;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/** The directories between the root and the entries: made when needed, never links. */
final class Directories {
  private static final int MAX_REMEMBERED = 10_000;

  /** How often a directory may vanish between its making and its use before that is a fault. */
  private static final int MAX_ATTEMPTS = 100;

  private final Path root;
  private final String rootPrefix;
  private final Durability durability;

  /** Directories, each relative with a closing slash, that were seen to be directories. */
  private final Set<String> checked = ConcurrentHashMap.newKeySet();

  Directories(Path root, Durability durability) {
    this.root = root;
    this.rootPrefix = root + File.separator;
    this.durability = durability;
  }

  /**
   * Makes sure that no link leads from the root to the directory of {@code name}.
   *
   * @throws NoSuchFileException if there is no such directory
   */
  void check(String name) throws IOException {
    int last = name.lastIndexOf('/');
    if (last >= 0 && !checked.contains(name.substring(0, last + 1))) {
      walk(name, false);
    }
  }

  private void walk(String name, boolean create) throws IOException {
    for (int slash = name.indexOf('/'); slash >= 0; slash = name.indexOf('/', slash + 1)) {
      Path directory = Path.of(rootPrefix + name.substring(0, slash));
      if (create) {
        create(directory);
      }
      BasicFileAttributes attributes = Attributes.of(directory);
      if (attributes == null) {
        throw new NoSuchFileException(directory.toString());
      }
      if (!attributes.isDirectory()) {
        throw new IOException(
            directory + " is not a directory; links inside a store are not followed");
      }
      if (checked.size() >= MAX_REMEMBERED) {
        checked.clear();
      }
      checked.add(name.substring(0, slash + 1));
    }
  }

  private void create(Path directory) throws IOException {
    try {
      Files.createDirectory(directory);
      sync(directory);
    } catch (FileAlreadyExistsException e) {
      // by another writer, or as something that walk refuses
    }
  }

  /** Writes {@code bytes} to a new temporary file beside {@code name}, as durably as asked for. */
  Path writeTemporary(String name, byte[] bytes) throws IOException {
    int directoryEnd = name.lastIndexOf('/') + 1;
    boolean create = false;
    for (int attempt = 1; ; attempt++) {
      Path temporary =
          Path.of(
              rootPrefix
                  + name.substring(0, directoryEnd)
                  + DirectoryWalker.TEMPORARY
                  + Long.toUnsignedString(ThreadLocalRandom.current().nextLong(), 36));
      try {
        if (create) {
          Files.createDirectories(root);
          walk(name, true);
        } else {
          check(name);
        }
        FileIO.writeNew(temporary, bytes, durability);
        return temporary;
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
    // Windows opens no directories and keeps their entries in a journal of its own.
    if (durability == Durability.FSYNC && File.separatorChar == '/') {
      FileIO.sync(path.resolveSibling(""));
    }
  }
}
