package io.persidict.store.file;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.persidict.store.DeleteResult;
import io.persidict.store.Precondition;
import io.persidict.store.PutResult;
import io.persidict.store.StorageFullException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a device that forgets has after each call of the file system, if the power fails there: of a
 * file what it had when it was synced last, and of a directory the entries that it had then, or any
 * of those that came and went since.
 */
final class PowerLossTest {
  private static final int STEPS = 400;
  private static final List<String> NAMES = List.of("a", "b/c", "b/d", "e/f/g", "e/f/h");

  @TempDir Path directory;

  /** What a store was asked for, and was told as done. */
  private final Map<String, String> acknowledged = new TreeMap<>();

  /** The name that is being changed, and what it may have already. */
  private @Nullable String pending;

  private @Nullable String pendingText;

  /** How many changes failed for want of space. */
  private int failed;

  private int interrupted;

  private final List<String> losses = new ArrayList<>();
  private FaultyFileSystem files;
  private Device device;
  private Path root;

  @BeforeEach
  void open() throws IOException {
    device = new Device();
    files = FaultyFileSystem.at(directory);
    files.set(device);
    root = files.wrap(directory.resolve("root"));
  }

  /** A device with a cache that is lost. Files and directories are told apart by their inodes. */
  private final class Device implements FaultyFileSystem.Fault {
    final Map<Object, byte[]> contents = new HashMap<>();
    final Map<Object, Map<String, Object>> entries = new HashMap<>();

    /** The entries as they are, but for what is temporary. */
    final Map<Object, Map<String, Object>> current = new HashMap<>();

    final Random random = new Random(17);
    int looks;

    /** Run before each call on a temporary file. */
    Runnable before = () -> {};

    /** Run before each sync of a directory above the root. */
    Above above = () -> {};

    private interface Above {
      void isSynced() throws IOException;
    }

    Device() throws IOException {
      entries.put(key(directory), new TreeMap<>());
      current.put(key(directory), new TreeMap<>());
    }

    private static @Nullable Object key(Path path) throws IOException {
      return Files.exists(path, LinkOption.NOFOLLOW_LINKS)
          ? Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
              .fileKey()
          : null;
    }

    @Override
    public void strike(String operation, Path path) throws IOException {
      if (operation.equals("force") && directory.startsWith(path)) {
        above.isSynced();
      }
      if (path.toString().contains("/" + DirectoryWalker.TEMPORARY)) {
        before.run();
      }
    }

    @Override
    public synchronized void strikeAfterwards(String operation, Path path) throws IOException {
      if (!path.startsWith(directory)) {
        return;
      }
      switch (operation) {
        case "newFileChannel", "createLink", "createDirectory", "delete", "move" -> {
          Object key = key(path);
          Map<String, Object> names =
              current.computeIfAbsent(key(path.getParent()), k -> new TreeMap<>());
          if (key == null) {
            names.remove(path.getFileName().toString());
          } else {
            names.put(path.getFileName().toString(), key);
          }
        }
        case "force" -> {
          Object key = key(path);
          if (Files.isDirectory(path)) {
            entries.put(key, new TreeMap<>(current.getOrDefault(key, Map.of())));
          } else if (key != null) {
            contents.put(key, Files.readAllBytes(path));
          }
        }
        default -> {
          return;
        }
      }
      if (!operation.equals("newFileChannel")) {
        look();
      }
    }

    /** Asserts that all that is acknowledged is there if the power fails now. */
    private void look() throws IOException {
      looks++;
      expect(path -> List.of());
      expect(path -> List.copyOf(path.keySet()));
      expect(path -> path.keySet().stream().filter(name -> random.nextBoolean()).toList());
    }

    /**
     * @param kept which entries of a directory the device has as they are, though they are not
     *     synced
     */
    private void expect(Kept kept) throws IOException {
      for (String name : NAMES) {
        String found = after(name, kept);
        String before = acknowledged.get(name);
        boolean isDone = name.equals(pending) && Objects.equals(found, pendingText);
        if (!isDone && !Objects.equals(found, before)) {
          losses.add("%s was %s, and is %s after call %d".formatted(name, before, found, looks));
        }
      }
    }

    private interface Kept {
      List<String> of(Map<String, Object> current);
    }

    /** What is stored under a name then; null if nothing is. */
    private @Nullable String after(String name, Kept kept) throws IOException {
      Object at = key(directory);
      for (String segment : ("root/" + name).split("/")) {
        Map<String, Object> now = current.getOrDefault(at, Map.of());
        Map<String, Object> synced = entries.getOrDefault(at, Map.of());
        at = kept.of(now).contains(segment) ? now.get(segment) : synced.get(segment);
        if (at == null) {
          return null;
        }
      }
      byte[] content = contents.get(at);
      return content == null ? "(lost)" : new String(content, UTF_8);
    }
  }

  private void run(Durability durability) throws IOException {
    Random random = new Random(4);
    try (FileStore store = new FileStore(root, durability)) {
      for (int step = 0; step < STEPS; step++) {
        String name = NAMES.get(random.nextInt(NAMES.size()));
        boolean deletes = random.nextInt(3) == 0;
        pendingText = deletes ? null : "v" + step;
        pending = name;
        boolean changed = false;
        try {
          changed = deletes ? delete(store, name, random) : put(store, name, pendingText, random);
        } catch (StorageFullException e) {
          failed++;
        }
        interrupted += Thread.interrupted() ? 1 : 0;
        if (changed && deletes) {
          acknowledged.remove(name);
        } else if (changed) {
          acknowledged.put(name, pendingText);
        }
        pending = null;
        device.look();
      }
    }
  }

  private static boolean put(FileStore store, String name, String text, Random random) {
    Precondition precondition =
        switch (random.nextInt(3)) {
          case 0 -> Precondition.absent();
          case 1 ->
              store
                  .stat(name)
                  .map(stat -> Precondition.matches(stat.etag()))
                  .orElse(Precondition.absent());
          default -> Precondition.none();
        };
    return store.put(name, text.getBytes(UTF_8), precondition) instanceof PutResult.Written;
  }

  private static boolean delete(FileStore store, String name, Random random) {
    if (random.nextBoolean()) {
      return store.delete(name, Precondition.none()) == DeleteResult.Deleted.DELETED;
    }
    store.deleteAll(Stream.of(name)); // and the directories that this leaves empty
    return true;
  }

  private void assertPutIsKept(FileStore store, String name) throws IOException {
    assertThat(NAMES).as("what is looked at").contains(name);
    put(store, name, "v", new Random(1));
    acknowledged.put(name, "v");
    device.look();
    assertThat(losses).filteredOn(loss -> loss.startsWith(name + " was v")).isEmpty();
  }

  @Test
  void withFsyncNothingThatWasAcknowledgedIsLost() throws Exception {
    run(Durability.FSYNC);
    System.out.printf("power failed at %d moments%n", device.looks);
    assertThat(failed).isZero();
    assertThat(losses).isEmpty();
    assertThat(device.looks).isGreaterThan(STEPS);
  }

  /** Directories above the root can be synced, or not, only now and then. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatBefallsASyncAboveTheRootLosesNothing(boolean isFull) throws Exception {
    Random random = new Random(9);
    int[] befell = new int[1];
    device.above =
        () -> {
          if (random.nextInt(4) == 0) {
            befell[0]++;
            if (isFull) {
              throw new IOException("No space left on device");
            }
            Thread.currentThread().interrupt();
          }
        };
    run(Durability.FSYNC);
    assertThat(losses).isEmpty();
    assertThat(befell[0]).isPositive();
    assertThat(failed).isEqualTo(isFull ? befell[0] : 0);
    assertThat(interrupted > 0).isNotEqualTo(isFull);
  }

  @Test
  void directoriesThatOthersMadeAMomentAgoAreNotLostEither() throws Exception {
    try (FileStore other = new FileStore(root, Durability.OS);
        FileStore store = new FileStore(root, Durability.FSYNC)) {
      other.put("b/other", new byte[1], Precondition.none());
      assertPutIsKept(store, "b/c");
    }
  }

  @ParameterizedTest
  @CsvSource({"false, b, c", "true, b, c", "false, e/f, g", "true, e/f, g"})
  void aDirectoryThatOthersMakeAnewIsNotLostEither(boolean duringTheWrite, String made, String name)
      throws Exception {
    Path above = directory.resolve("root").resolve(made).getParent();
    String beside = made.substring(0, made.length() - 1);
    try (FileStore other = new FileStore(root, Durability.OS);
        FileStore store = new FileStore(root, Durability.FSYNC)) {
      store.put(beside + "stays", new byte[1], Precondition.none());
      store.put(made + "/other", new byte[1], Precondition.none());
      store.put(made + "/other", new byte[2], Precondition.none()); // makes the lock file
      Files.setLastModifiedTime(above, FileTime.from(Instant.EPOCH));
      Files.setLastModifiedTime(directory.resolve("root"), FileTime.from(Instant.EPOCH));
      store.put(made + "/other", new byte[3], Precondition.none()); // remembers what is durable
      AtomicBoolean due = new AtomicBoolean(true);
      Runnable makeAnew =
          () -> {
            if (due.getAndSet(false)) {
              other.deleteAll(Stream.of(made + "/other"));
              assertThat(directory.resolve("root").resolve(made)).doesNotExist();
              other.put(beside + "takes-the-inode/x", new byte[1], Precondition.none());
              other.put(made + "/other", new byte[1], Precondition.none());
            }
          };
      if (duringTheWrite) {
        device.before = makeAnew;
      } else {
        makeAnew.run();
      }
      assertPutIsKept(store, made + "/" + name);
      assertThat(due).isFalse();
    }
  }

  @Test
  void aRootThatOthersMakeAnewIsNotLostEither() throws Exception {
    try (FileStore store = new FileStore(root, Durability.FSYNC)) {
      store.put("a", new byte[1], Precondition.none());
      Files.setLastModifiedTime(directory, FileTime.from(Instant.EPOCH));
      store.put("a", new byte[2], Precondition.none()); // remembers what is durable
      try (Stream<Path> below = Files.walk(root)) {
        for (Path path : below.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
      Files.createDirectory(files.wrap(directory.resolve("takes-the-inode")));
      new FileStore(root, Durability.OS).close();
      assertPutIsKept(store, "a");
    }
  }

  @Test
  void withoutItTheDeviceForgets() throws Exception {
    run(Durability.OS);
    assertThat(losses).isNotEmpty();
  }
}
