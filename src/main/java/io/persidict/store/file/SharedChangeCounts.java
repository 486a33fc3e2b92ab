package io.persidict.store.file;

import io.persidict.store.ChangeCounts;
import io.persidict.store.ChangeWatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The {@link ChangeCounts} of a directory, in a file that all processes of one machine map into
 * their memory.
 *
 * <pre>
 * offset  bytes
 *      0      8  magic and version: 89 'P' 'D' 'C' 00 00 00 01
 *      8      8  zero
 *     16         the counts
 * </pre>
 *
 * <p>Whoever watches makes the file; whoever writes uses it if it is there. It may be deleted or
 * replaced at any time: a writer looks after each change whether it is still in place, and a reader
 * once in {@link #TRUST}; then they go on with the file that they find, or a new one. Where it is
 * cut short in place, Java throws an {@link InternalError} in threads that use it, until they look;
 * so delete it, rather than empty it.
 */
final class SharedChangeCounts {
  /** The name of the file in the root. */
  static final String NAME = ".__changes__";

  /** How long watches hold after the file was last seen in place. */
  static final Duration TRUST = Duration.ofSeconds(1);

  private static final long MAGIC = 0x8950444300000001L;
  private static final int HEADER = 16;
  private static final int SIZE = HEADER + ChangeCounts.BYTES;

  private final Path path;
  private final @Nullable Object fileKey;
  private final ChangeCounts counts;
  private volatile long trustedUntil;
  private volatile boolean inPlace = true;

  private SharedChangeCounts(Path path, @Nullable Object fileKey, ByteBuffer memory) {
    this.path = path;
    this.fileKey = fileKey;
    this.counts = new ChangeCounts(memory.slice(HEADER, ChangeCounts.BYTES));
    this.trustedUntil = System.nanoTime() + TRUST.toNanos();
  }

  /**
   * The table in {@code path}; empty if there is none, or what is there is none of this version.
   */
  static Optional<SharedChangeCounts> open(Path path) throws IOException {
    BasicFileAttributes attributes = Attributes.of(path);
    if (attributes == null || !attributes.isRegularFile() || attributes.size() != SIZE) {
      return Optional.empty();
    }
    try (FileChannel channel =
        FileChannel.open(
            path, StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
      MappedByteBuffer memory = channel.map(MapMode.READ_WRITE, 0, SIZE);
      return memory.getLong(0) == MAGIC
          ? Optional.of(new SharedChangeCounts(path, attributes.fileKey(), memory))
          : Optional.empty();
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** The table in {@code path}, in place of whatever else is there. */
  static SharedChangeCounts create(Path path) throws IOException {
    while (true) {
      Optional<SharedChangeCounts> table = open(path);
      if (table.isPresent()) {
        return table.get();
      }
      Files.deleteIfExists(path);
      Modes.createShared(path, ByteBuffer.allocate(SIZE).putLong(MAGIC).array());
    }
  }

  /** Looks whether others still find this table. */
  boolean isInPlace() {
    if (inPlace) {
      try {
        BasicFileAttributes attributes = Attributes.of(path);
        inPlace =
            attributes != null
                && attributes.size() == SIZE
                && (fileKey == null || fileKey.equals(attributes.fileKey()));
      } catch (IOException e) {
        inPlace = false;
      }
      trustedUntil = System.nanoTime() + TRUST.toNanos();
    }
    return inPlace;
  }

  /** Whether others found this table a short while ago. */
  boolean isTrusted() {
    return System.nanoTime() - trustedUntil < 0 ? inPlace : isInPlace();
  }

  ChangeWatch watch(String name) {
    ChangeWatch watch = counts.watch(name);
    return watch == ChangeWatch.NEVER_VALID ? watch : () -> isTrusted() && watch.isUnchanged();
  }

  ChangeCounts.Change begin(String name) {
    return counts.begin(name);
  }
}
