package io.persidict.store.file;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.persidict.store.Content;
import io.persidict.store.Housekeeping;
import io.persidict.store.Listed;
import io.persidict.store.Precondition;
import io.persidict.store.PutResult;
import io.persidict.store.Store;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the file system tells of entries and their uses. */
final class FileHousekeepingTest {
  private static final String NAME = "dir/name.bin";

  @TempDir Path directory;

  private FileStore store;
  private Housekeeping keeping;

  @BeforeEach
  void open() {
    store = new FileStore(directory, Durability.OS);
    keeping = store.housekeeping();
  }

  @AfterEach
  void close() {
    store.close();
  }

  private PutResult put(String value) {
    return store.put(NAME, value.getBytes(UTF_8), Precondition.none());
  }

  private Listed look() {
    return keeping.look(NAME).orElseThrow();
  }

  private void setUsed(Instant time) throws Exception {
    Files.getFileAttributeView(directory.resolve(NAME), BasicFileAttributeView.class)
        .setTimes(null, FileTime.from(time), null);
  }

  @Test
  void theFirstReadIsRemembered() {
    put("value");
    assertThat(look().isUsed()).isFalse();
    store.housekeeping().remembering(last -> false).read(NAME);
    assertThat(look().isUsed()).isTrue();
    put("another");
    assertThat(look().isUsed()).isFalse();
    store.housekeeping().remembering(last -> false).get(NAME, Optional.empty());
    assertThat(look().isUsed()).isTrue();
  }

  @Test
  void aLaterReadIsRememberedWhereThatIsWanted() throws Exception {
    put("value");
    Instant used = Instant.now().plusSeconds(5);
    setUsed(used);
    AtomicLong asked = new AtomicLong();
    Store remembering =
        keeping.remembering(
            last -> {
              asked.set(last);
              return last < used.toEpochMilli();
            });
    remembering.read(NAME);
    assertThat(asked).hasValue(used.toEpochMilli());
    assertThat(look().used()).isEqualTo(used);
    Store always = keeping.remembering(last -> true);
    always.read(NAME);
    assertThat(look().used()).isNotEqualTo(used);
  }

  @Test
  void aClockThatIsBehindTheFileSystemsStillTellsThatThereWasAUse() throws Exception {
    put("value");
    Instant future = Instant.now().plus(Duration.ofHours(5));
    Files.setLastModifiedTime(directory.resolve(NAME), FileTime.from(future));
    keeping.use(NAME);
    assertThat(look().isUsed()).isTrue();
    assertThat(look().stat().lastModified()).isEqualTo(future);
  }

  @Test
  void aPeekIsNoUse() throws Exception {
    put("value");
    Instant before = look().used();
    assertThat(keeping.peek(NAME, 2)).isPresent();
    assertThat(look().used()).isEqualTo(before);
    Instant used = Instant.now().minus(Duration.ofDays(3)); // the kernel sets what is a day old
    setUsed(used);
    Instant kept = look().used();
    assertThat(keeping.peek(NAME, 2)).isPresent();
    assertThat(look().used()).isEqualTo(kept);
  }

  @Test
  void aWriteTellsWhatItReplaced() {
    assertThat(((PutResult.Written) put("four")).replaced()).isEqualTo(-1);
    assertThat(((PutResult.Written) put("seventh")).replaced()).isEqualTo(4);
    assertThat(((PutResult.Written) put("")).replaced()).isEqualTo(7);
    assertThat(((PutResult.Written) put("x")).replaced()).isZero();
  }

  @Test
  void directoriesThatHaveBeenEmptyForLongGo() throws Exception {
    put("value");
    Path old = Files.createDirectories(directory.resolve("old/older"));
    Path fresh = Files.createDirectories(directory.resolve("fresh"));
    Path foreign = Files.createDirectories(directory.resolve("not a name"));
    FileTime hours = FileTime.from(Instant.now().minus(Duration.ofHours(2)));
    for (Path each : new Path[] {old, old.getParent(), foreign, directory.resolve("dir")}) {
      Files.setLastModifiedTime(each, hours);
    }
    keeping.removeEmptyDirectories("");
    assertThat(old).doesNotExist();
    assertThat(fresh).exists();
    assertThat(foreign).exists();
    assertThat(store.read(NAME)).isPresent();
    Files.setLastModifiedTime(old.getParent(), hours);
    keeping.removeEmptyDirectories("");
    assertThat(old.getParent()).doesNotExist();
  }

  @Test
  void aDirectoryOfOthersIsNotLookedInto() throws Exception {
    put("value");
    Path theirs = Files.createDirectories(directory.resolve("theirs/empty")).getParent();
    Path ours = Files.createDirectories(directory.resolve("ours/empty")).getParent();
    Files.writeString(theirs.resolve("file"), "not ours");
    Path old = Files.writeString(theirs.resolve(".__tmp__1"), "not ours");
    for (Path each : List.of(old, theirs.resolve("empty"), ours.resolve("empty"))) {
      Files.setLastModifiedTime(each, FileTime.from(Instant.now().minus(Duration.ofHours(2))));
    }
    FaultyFileSystem files = FaultyFileSystem.at(directory);
    files.set(
        (call, path) -> {
          if (call.equals("newDirectoryStream") && path.startsWith(theirs)) {
            throw new FileSystemException(path.toString(), null, "a million files");
          }
        });
    try (FileStore whole = new FileStore(files.wrap(directory), Durability.OS);
        Store within = whole.within(each -> !each.equals("theirs/"))) {
      assertThat(within.list("").map(Listed::name)).containsExactly(NAME);
      assertThat(within.contents("", name -> true).map(Content::name)).containsExactly(NAME);
      within.housekeeping().removeEmptyDirectories("");
      within.deleteBelow("", name -> true);
    }
    assertThat(List.of(old, theirs.resolve("empty"))).allMatch(Files::exists);
    assertThat(ours.resolve("empty")).doesNotExist();
    assertThat(store.read(NAME)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"delete, 2", "newDirectoryStream, 1"})
  void aDirectoryThatCannotBeRemovedOrReadKeepsNoOther(String forbidden, int depth)
      throws Exception {
    List<Path> all = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      all.add(Files.createDirectories(directory.resolve("d" + i + "/old")));
    }
    for (Path each : all) {
      Files.setLastModifiedTime(each, FileTime.from(Instant.now().minus(Duration.ofHours(2))));
    }
    FaultyFileSystem files = FaultyFileSystem.at(directory);
    AtomicReference<Path> first = new AtomicReference<>();
    files.set(
        (call, path) -> {
          if (call.equals(forbidden)
              && directory.relativize(path).getNameCount() == depth
              && path.startsWith(directory)
              && !path.equals(directory)) {
            first.compareAndSet(null, path);
            if (path.equals(first.get())) {
              throw new AccessDeniedException(path.toString());
            }
          }
        });
    try (FileStore faulty = new FileStore(files.wrap(directory), Durability.OS)) {
      faulty.housekeeping().removeEmptyDirectories("");
    }
    assertThat(all)
        .filteredOn(Files::exists)
        .singleElement()
        .satisfies(left -> assertThat(left.startsWith(first.get())).isTrue());
  }

  /** In one step, as far as the system can do that: an entry may take their place meanwhile. */
  @Test
  void onlyAnEmptyDirectoryIsDeletedAsOne() throws Exception {
    Path empty = Files.createDirectory(directory.resolve("empty"));
    Path full = Files.createDirectories(directory.resolve("full/below")).getParent();
    Path file = Files.writeString(directory.resolve("file"), "an entry");
    Path link = Files.createSymbolicLink(directory.resolve("link"), empty);
    for (Path other : List.of(full, file, link)) {
      try {
        FileIO.deleteDirectory(other);
      } catch (FileSystemException e) {
        // or nothing is said where it is none
      }
      assertThat(Files.exists(other, LinkOption.NOFOLLOW_LINKS)).isTrue();
    }
    FileIO.deleteDirectory(empty);
    assertThat(empty).doesNotExist();
  }

  @Test
  void sizesAreRoundedUpToWholeBlocks() {
    long block = keeping.allocated(1);
    assertThat(block).isPositive();
    assertThat(keeping.allocated(0)).isEqualTo(block);
    assertThat(keeping.allocated(block)).isEqualTo(block);
    assertThat(keeping.allocated(block + 1)).isEqualTo(2 * block);
  }

  @ParameterizedTest
  @CsvSource({"512, 512", "65536, 65536", "1048576, 4096", "0, 4096", "-1, 4096"})
  void aSizeOfBlocksThatCannotBeMeantIsTakenForTheUsualOne(long told, long taken) throws Exception {
    FaultyFileSystem files = FaultyFileSystem.at(directory);
    files.setBlockSize(told);
    Path other = directory.resolve("other");
    try (FileStore faulty = new FileStore(files.wrap(other), Durability.OS)) {
      assertThat(faulty.housekeeping().allocated(1)).isEqualTo(taken);
    }
  }

  @Test
  void whatIsNoFileIsNotLookedInto() throws Exception {
    Path outside = Files.createDirectories(directory.resolve("not a name/old"));
    Files.setLastModifiedTime(outside, FileTime.from(Instant.EPOCH));
    Files.writeString(outside.resolveSibling("secret"), "secret");
    Files.createDirectory(directory.resolve("a"));
    Files.createSymbolicLink(directory.resolve("link"), outside.getParent());
    Files.createSymbolicLink(directory.resolve("b"), outside.resolveSibling("secret"));
    for (String name : new String[] {"a", "b", "none"}) {
      assertThat(keeping.peek(name, 10)).isEmpty();
      assertThat(keeping.look(name)).isEmpty();
    }
    keeping.removeEmptyDirectories("link/");
    assertThat(outside).exists();
  }

  // ---- faults

  private interface Keeping {
    void with(FaultyFileSystem files, FileStore store) throws Exception;
  }

  private void faulty(Keeping use) throws Exception {
    FaultyFileSystem files = FaultyFileSystem.at(directory);
    try (FileStore faulty = new FileStore(files.wrap(directory), Durability.OS)) {
      use.with(files, faulty);
    }
  }

  @Test
  void whereNothingCanBeMadeTheTimeIsOurs() throws Exception {
    faulty(
        (files, faulty) -> {
          files.set(
              (call, path) -> {
                if (call.equals("newFileChannel")) {
                  throw new FileSystemException(path.toString(), null, "No space left on device");
                }
              });
          assertThat(Duration.between(faulty.housekeeping().now(), Instant.now()))
              .isBetween(Duration.ZERO, Duration.ofMinutes(1));
        });
  }

  @Test
  void whatVanishesWhileItIsPeekedIntoIsAbsent() throws Exception {
    put("value");
    faulty(
        (files, faulty) -> {
          files.set(
              (call, path) -> {
                if (call.equals("newFileChannel") && path.endsWith(NAME)) {
                  Files.delete(path);
                }
              });
          assertThat(faulty.housekeeping().peek(NAME, 2)).isEmpty();
        });
  }

  @Test
  void anEntryThatVanishesWhenItIsUsedLeavesTheUsesOfOthersToBeRemembered() throws Exception {
    put("value");
    store.put("other", new byte[1], Precondition.none());
    faulty(
        (files, faulty) -> {
          files.set(
              (call, path) -> {
                if (call.equals("setTimes") && path.endsWith(NAME)) {
                  Files.delete(path);
                }
              });
          faulty.housekeeping().use(NAME);
          assertThat(directory.resolve(NAME)).doesNotExist();
          faulty.housekeeping().use("other");
          assertThat(faulty.housekeeping().look("other").orElseThrow().isUsed()).isTrue();
        });
  }

  private static void refuse(Path path, String reason) throws FileSystemException {
    throw reason == null
        ? new AccessDeniedException(path.toString())
        : new FileSystemException(path.toString(), null, reason);
  }

  @ParameterizedTest
  @CsvSource({
    "Operation not permitted, true",
    ", true",
    "Read-only file system, false",
    "Input/output error, false"
  })
  void aFileOfAnotherUserLeavesTheUsesOfOthersToBeRememberedAndAFaultOfAllDoesNot(
      String reason, boolean remembered) throws Exception {
    put("value");
    store.put("other", new byte[1], Precondition.none());
    faulty(
        (files, faulty) -> {
          files.set(
              (call, path) -> {
                if (call.equals("setTimes")) {
                  refuse(path, reason);
                }
              });
          faulty.housekeeping().use(NAME);
          files.heal();
          faulty.housekeeping().use("other");
          assertThat(faulty.housekeeping().look("other").orElseThrow().isUsed())
              .isEqualTo(remembered);
        });
  }

  /** Reading it counts as a use then. */
  @ParameterizedTest
  @CsvSource({"Operation not permitted", "''"})
  void aFileOfAnotherUserCanBePeekedInto(String reason) throws Exception {
    put("value");
    faulty(
        (files, faulty) -> {
          files.set(
              new FaultyFileSystem.Fault() {
                @Override
                public void strike(String call, Path path) throws IOException {
                  if (call.equals("setTimes")) {
                    refuse(path, reason.isEmpty() ? null : reason);
                  }
                }

                @Override
                public void strikeAfterwards(String call, Path path) throws IOException {
                  if (call.equals("newFileChannel") && path.endsWith(NAME)) {
                    Files.setAttribute(path, "lastAccessTime", FileTime.from(Instant.EPOCH));
                  }
                }
              });
          assertThat(faulty.housekeeping().peek(NAME, 2)).contains("va".getBytes(UTF_8));
        });
  }
}
