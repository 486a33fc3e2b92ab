package io.persidict.store.file;

import static java.lang.System.Logger.Level.DEBUG;

import io.persidict.store.Housekeeping;
import io.persidict.store.Listed;
import io.persidict.store.Names;
import io.persidict.store.Store;
import io.persidict.store.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a directory in order. The last use of an entry is its file's time of access. That is set
 * explicitly, so it works on file systems that are mounted without such times; where they are kept,
 * other programs' reads count too. It is no part of an ETag.
 */
final class FileHousekeeping implements Housekeeping {
  private static final System.Logger LOGGER = System.getLogger(FileHousekeeping.class.getName());
  private static final Duration EMPTY = Duration.ofHours(1);

  /** How long no use is remembered after that failed. */
  private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final FileStore files;
  private final SharedRoot shared;

  FileHousekeeping(FileStore files, SharedRoot shared) {
    this.files = files;
    this.shared = shared;
  }

  @Override
  public Store store() {
    return files;
  }

  /** Rounded up to whole blocks. */
  @Override
  public long allocated(long size) {
    long block = shared.blockSize();
    return Math.max(1, (size + block - 1) / block) * block;
  }

  @Override
  public Instant now() {
    try {
      return FileClock.now(files.root());
    } catch (IOException e) {
      return Instant.now(); // a full disk, perhaps
    }
  }

  Listed listed(String name, BasicFileAttributes attributes) {
    return new Listed(
        name,
        Attributes.stat(attributes),
        allocated(attributes.size()),
        Attributes.instant(attributes.lastAccessTime()));
  }

  @Override
  public Optional<Listed> look(String name) {
    Path path = files.path(name);
    try {
      return Optional.ofNullable(files.file(name, path))
          .map(attributes -> listed(name, attributes));
    } catch (IOException e) {
      throw FileStore.fault("cannot read the attributes of ", path, e);
    }
  }

  /** Reads, and puts the time of access back if that changed it and this user may. */
  @Override
  public Optional<byte[]> peek(String name, int atMost) {
    Path path = files.path(name);
    try {
      BasicFileAttributes before = files.file(name, path);
      if (before == null) {
        return Optional.empty();
      }
      ByteBuffer buffer = ByteBuffer.allocate(atMost);
      FileIO.uninterruptibly(
          () -> {
            buffer.clear();
            try (FileChannel channel =
                FileChannel.open(
                    path, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS))) {
              while (buffer.hasRemaining() && channel.read(buffer) >= 0) {
                // goes on
              }
            }
            return buffer;
          });
      BasicFileAttributes after = Attributes.of(path);
      if (after != null
          && Attributes.stat(after).equals(Attributes.stat(before))
          && !after.lastAccessTime().equals(before.lastAccessTime())) {
        restoreAccessTime(path, before.lastAccessTime());
      }
      return Optional.of(Arrays.copyOf(buffer.array(), buffer.position()));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw FileStore.fault("cannot read ", path, e);
    }
  }

  @Override
  public void use(String name) {
    Path path = files.path(name);
    try {
      BasicFileAttributes attributes = files.file(name, path);
      if (attributes != null) {
        use(path, attributes);
      }
    } catch (IOException e) {
      LOGGER.log(DEBUG, "cannot remember the use of " + path, e);
    }
  }

  static boolean isUsed(BasicFileAttributes attributes) {
    return attributes.lastAccessTime().compareTo(attributes.lastModifiedTime()) > 0;
  }

  /**
   * Remembers the first read of a file after it was written, unless the kernel did: as a rule it
   * does so then, and for much less.
   */
  void useFirst(Path path, BasicFileAttributes attributes) {
    try {
      BasicFileAttributes now = Attributes.of(path);
      if (now != null && !isUsed(now)) {
        use(path, attributes);
      }
    } catch (IOException e) {
      LOGGER.log(DEBUG, "cannot remember the use of " + path, e);
    }
  }

  /** Remembers that a file was used now, in any case after it was written. */
  void use(Path path, BasicFileAttributes attributes) {
    if (!shared.remembersUses()) {
      return;
    }
    long now = Math.max(System.currentTimeMillis(), attributes.lastModifiedTime().toMillis() + 2);
    try {
      setAccessTime(path, FileTime.fromMillis(now));
    } catch (NoSuchFileException e) {
      // evicted meanwhile
    } catch (IOException | UnsupportedOperationException e) {
      if (!Attributes.isForbidden(path, e)) { // as it is for each file of another user
        shared.remembersNoUses(RETRY_NANOS);
      }
      LOGGER.log(DEBUG, "cannot remember the use of " + path, e);
    }
  }

  private static void setAccessTime(Path path, @Nullable FileTime time) throws IOException {
    Files.getFileAttributeView(path, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
        .setTimes(null, time, null);
  }

  private static void restoreAccessTime(Path path, FileTime time) throws IOException {
    try {
      setAccessTime(path, time);
    } catch (IOException e) {
      if (!Attributes.isForbidden(path, e)) {
        throw e;
      }
      LOGGER.log(DEBUG, "cannot take back the use of " + path, e);
    }
  }

  @Override
  public Store remembering(Uses uses) {
    return files.remembering(uses);
  }

  @Override
  public void removeEmptyDirectories(String prefix) {
    Path start = files.root().resolve(Names.requirePrefix(prefix));
    if (!prefix.isEmpty()) {
      sweepRoot();
    }
    try {
      if (Directories.areDirectories(files.root(), prefix)) {
        removeEmptyBelow(prefix, now().minus(EMPTY));
      }
    } catch (IOException e) {
      LOGGER.log(DEBUG, "cannot remove the empty directories below " + start, e);
    }
  }

  /** Whoever lists a part of the store does not see what killed writers left at its root. */
  private void sweepRoot() {
    try (Stream<Listed> listed =
        new DirectoryWalker(files.root(), "", below -> false, true).list(this)) {
      listed.forEach(each -> {});
    } catch (StoreException e) {
      LOGGER.log(DEBUG, "cannot sweep " + files.root(), e);
    }
  }

  /**
   * Goes down without recursion into what is not passed over, and removes what is empty on the way.
   * A directory that cannot be read or removed does not keep the others.
   */
  private void removeEmptyBelow(String prefix, Instant before) {
    Deque<String> left = new ArrayDeque<>();
    left.add(prefix);
    while (!left.isEmpty()) {
      String above = left.removeLast();
      Path directory = files.root().resolve(above);
      try (DirectoryNames names = DirectoryNames.of(directory)) {
        for (String name = names.next(); name != null; name = names.next()) {
          String below = above + name + "/";
          if (Names.isName(name) && files.enters(below)) {
            Path path = directory.resolve(name);
            BasicFileAttributes attributes = Attributes.of(path);
            if (attributes != null && attributes.isDirectory()) {
              if (attributes.lastModifiedTime().toInstant().isBefore(before)) {
                removeIfEmpty(files.root(), above + name);
              }
              left.add(below);
            }
          }
        }
      } catch (NoSuchFileException e) {
        // removed, perhaps just now
      } catch (IOException e) {
        LOGGER.log(DEBUG, "cannot look for empty directories in " + directory, e);
      }
    }
  }

  /** One that stays though it is empty does no harm. */
  static void removeIfEmpty(Path root, String name) {
    Path directory = root.resolve(name);
    try {
      if (Directories.areDirectories(root, name)) {
        FileIO.deleteDirectory(directory);
      }
    } catch (DirectoryNotEmptyException | NoSuchFileException e) {
      // in use, or removed by another one
    } catch (IOException e) {
      LOGGER.log(DEBUG, "cannot remove the empty directory " + directory, e);
    }
  }
}
