package io.persidict.store.file;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who may do what with the files of one directory. Whoever may read the directory may read its
 * files, and whoever may write it may write them; the process's umask has no say in that. What root
 * makes in a directory of another user belongs to that user. Where a file system has no such modes,
 * or refuses them, its own rules hold.
 */
final class Modes {
  private static final String MODE = "unix:mode";
  private static final int RWX = 0777;
  private static final int SET_GROUP = 02000;
  private static final int GROUP = 0070;
  private static final Set<PosixFilePermission> PRIVATE_DIRECTORY =
      PosixFilePermissions.fromString("rwx------");
  private static final Set<PosixFilePermission> EXECUTE =
      PosixFilePermissions.fromString("--x--x--x");

  private static final Modes NONE = new Modes(Set.of(), null);

  private final Set<PosixFilePermission> permissions;
  private final FileAttribute<?>[] attributes;

  /** The attributes of the directory that new files are to belong to, if its user is another. */
  private final @Nullable PosixFileAttributes owner;

  /** Whether the umask leaves a new file its permissions; null before one was made. */
  private volatile @Nullable Boolean keepsPermissions;

  private Modes(Set<PosixFilePermission> permissions, @Nullable PosixFileAttributes owner) {
    this.permissions = permissions;
    this.attributes =
        permissions.isEmpty()
            ? new FileAttribute<?>[0]
            : new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(permissions)};
    this.owner = owner;
  }

  /** What is to be given to the call that makes a file. */
  FileAttribute<?>[] attributes() {
    return attributes;
  }

  /** The modes of what is made in {@code directory}. */
  static Modes in(Path directory) throws IOException {
    if (!hasModes(directory)) {
      return NONE;
    }
    PosixFileAttributes parent = Files.readAttributes(directory, PosixFileAttributes.class);
    Set<PosixFilePermission> permissions = EnumSet.copyOf(parent.permissions());
    permissions.removeAll(EXECUTE);
    permissions.add(PosixFilePermission.OWNER_READ);
    permissions.add(PosixFilePermission.OWNER_WRITE);
    boolean foreign = isRoot() && !parent.owner().getName().equals("root");
    return new Modes(permissions, foreign ? parent : null);
  }

  private static boolean hasModes(Path path) {
    return path.getFileSystem().supportedFileAttributeViews().contains("unix");
  }

  private static boolean isRoot() {
    return "root".equals(System.getProperty("user.name"));
  }

  /** Gives a new file what the umask took, and its owner. */
  void complete(Path file) throws IOException {
    if (owner != null) {
      give(file, owner);
    }
    Boolean known = keepsPermissions;
    if (known == null) {
      known = hasPermissions(file);
      keepsPermissions = known;
    }
    if (!known) {
      permit(file);
    }
  }

  /** Does the same to a file that is there already, if this process may. */
  private void correct(Path file) throws IOException {
    if (!hasPermissions(file)) {
      permit(file);
    }
  }

  private boolean hasPermissions(Path file) throws IOException {
    return this == NONE
        || Files.readAttributes(file, PosixFileAttributes.class, NOFOLLOW_LINKS)
            .permissions()
            .containsAll(permissions);
  }

  private void permit(Path file) throws IOException {
    try {
      Files.getFileAttributeView(file, PosixFileAttributeView.class, NOFOLLOW_LINKS)
          .setPermissions(permissions);
    } catch (NoSuchFileException e) {
      throw e;
    } catch (FileSystemException e) {
      refused(file, e);
    }
  }

  private static void give(Path path, PosixFileAttributes owner) throws IOException {
    PosixFileAttributeView view =
        Files.getFileAttributeView(path, PosixFileAttributeView.class, NOFOLLOW_LINKS);
    try {
      view.setOwner(owner.owner());
      view.setGroup(owner.group());
    } catch (NoSuchFileException e) {
      throw e;
    } catch (FileSystemException e) {
      refused(path, e);
    }
  }

  private static void refused(Path path, FileSystemException e) {
    System.getLogger(Modes.class.getName())
        .log(System.Logger.Level.DEBUG, "cannot set the owner or mode of " + path, e);
  }

  /**
   * Makes a file that all who may write its directory can write, from its first moment on, if there
   * is none; corrects the mode of one that is there, if this process may.
   */
  static void createShared(Path path, byte[] bytes) throws IOException {
    Modes modes = in(path.resolveSibling(""));
    if (Attributes.of(path) == null) {
      Path temporary = writeShared(path, bytes, modes);
      try {
        Files.createLink(path, temporary);
        return;
      } catch (FileAlreadyExistsException e) {
        // made by somebody else meanwhile
        return;
      } catch (UnsupportedOperationException | FileSystemException e) {
        createWithoutLinks(path, bytes, modes);
      } finally {
        FileIO.discard(temporary);
      }
    }
    modes.correct(path);
  }

  /** Writes a temporary file that is to be moved to {@code path}, for all who may write there. */
  static Path writeShared(Path path, byte[] bytes) throws IOException {
    return writeShared(path, bytes, in(path.resolveSibling("")));
  }

  private static Path writeShared(Path path, byte[] bytes, Modes modes) throws IOException {
    Path temporary = FileIO.temporary(path);
    boolean written = false;
    try {
      FileIO.writeNew(temporary, bytes, Durability.OS, modes.attributes);
      modes.complete(temporary);
      written = true;
      return temporary;
    } finally {
      if (!written) {
        FileIO.discard(temporary);
      }
    }
  }

  private static void createWithoutLinks(Path path, byte[] bytes, Modes modes) throws IOException {
    try {
      FileIO.writeNew(path, bytes, Durability.OS, modes.attributes);
    } catch (FileAlreadyExistsException e) {
      // made by somebody else meanwhile
    }
  }

  /** Makes a directory inside a store: as its parent is. */
  static void createDirectory(Path directory) throws IOException {
    Files.createDirectory(directory);
    Path parent = directory.resolveSibling("");
    if (hasModes(directory)) {
      giveToOwnerOf(parent, List.of(directory));
      setMode(directory, mode(parent));
    }
  }

  /**
   * Makes a store's root, and what is missing above it: for this process's user alone, and for the
   * group of a parent whose directories are the group's. What the superuser makes in a directory of
   * another user belongs to that user.
   */
  static void createRoot(Path root) throws IOException {
    if (!hasModes(root)) {
      Files.createDirectories(root);
      return;
    }
    Deque<Path> missing = new ArrayDeque<>();
    Path existing = root.toAbsolutePath();
    while (existing != null && Attributes.of(existing) == null) {
      missing.addFirst(existing);
      existing = existing.getParent();
    }
    Files.createDirectories(root, PosixFilePermissions.asFileAttribute(PRIVATE_DIRECTORY));
    if (existing != null) {
      giveToOwnerOf(existing, missing);
    }
    int above = missing.isEmpty() || existing == null ? 0 : mode(existing);
    if ((above & SET_GROUP) != 0) {
      for (Path made : missing) {
        setMode(made, mode(made) | (above & GROUP));
      }
    }
  }

  private static void giveToOwnerOf(Path parent, Iterable<Path> made) throws IOException {
    if (isRoot()) {
      PosixFileAttributes above = Files.readAttributes(parent, PosixFileAttributes.class);
      if (!above.owner().getName().equals("root")) {
        for (Path each : made) {
          give(each, above);
        }
      }
    }
  }

  private static int mode(Path directory) throws IOException {
    return (Integer) Files.getAttribute(directory, MODE);
  }

  private static void setMode(Path directory, int mode) throws IOException {
    int wanted = mode & (RWX | SET_GROUP);
    try {
      if ((mode(directory) & (RWX | SET_GROUP)) != wanted) {
        Files.setAttribute(directory, MODE, wanted);
      }
    } catch (NoSuchFileException e) {
      throw e;
    } catch (FileSystemException e) {
      refused(directory, e);
    }
  }

  /** Whether users other than the owner and the group may write {@code directory}. */
  static boolean isWritableByOthers(Path directory) throws IOException {
    return hasModes(directory)
        && Files.readAttributes(directory, PosixFileAttributes.class)
            .permissions()
            .contains(PosixFilePermission.OTHERS_WRITE);
  }
}
