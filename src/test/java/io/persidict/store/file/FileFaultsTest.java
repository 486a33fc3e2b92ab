package io.persidict.store.file;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.persidict.store.Content;
import io.persidict.store.DeleteResult;
import io.persidict.store.ETag;
import io.persidict.store.Listed;
import io.persidict.store.Precondition;
import io.persidict.store.PutResult;
import io.persidict.store.StoreException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a store does where the file system below it fails. */
final class FileFaultsTest {
  private static final String NAME = "a/b/name.bin";

  @TempDir Path directory;

  private FaultyFileSystem files;
  private FileStore store;

  @BeforeEach
  void open() {
    files = FaultyFileSystem.at(directory);
    store = new FileStore(files.wrap(root()), Durability.OS);
  }

  @AfterEach
  void close() {
    files.heal();
    store.close();
  }

  private Path root() {
    return directory.resolve("root");
  }

  private Path file() {
    return root().resolve(NAME);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  private void put(String text) {
    store.put(NAME, bytes(text), Precondition.none());
  }

  private String text() {
    return new String(store.read(NAME).orElseThrow(), UTF_8);
  }

  private List<Path> temporaries() throws IOException {
    try (Stream<Path> all = Files.walk(root())) {
      return all.filter(path -> path.getFileName().toString().startsWith(".__tmp__")).toList();
    }
  }

  private static FileSystemException error(Path path, String reason) {
    return reason.isEmpty()
        ? new AccessDeniedException(path.toString())
        : new FileSystemException(path.toString(), null, reason);
  }

  private interface Operation {
    Object on(FileStore store) throws Exception;
  }

  private static Map<String, Operation> operations() {
    Map<String, Operation> operations = new TreeMap<>();
    operations.put("get", store -> store.get(NAME, Optional.empty()));
    operations.put("read", store -> store.read(NAME));
    operations.put("stat", store -> store.stat(NAME));
    operations.put("delete", store -> store.delete(NAME, Precondition.none()));
    operations.put(
        "delete a version", store -> store.delete(NAME, Precondition.matches(new ETag("1:2:3"))));
    operations.put("insert", store -> store.put(NAME, bytes("new"), Precondition.absent()));
    operations.put(
        "replace a version",
        store -> store.put(NAME, bytes("new"), Precondition.matches(new ETag("1:2:3"))));
    operations.put("list", store -> list(store, ""));
    operations.put("list below", store -> list(store, "a/b/"));
    operations.put(
        "children",
        store -> {
          try (Stream<String> children = store.children("a/b/")) {
            return children.toList();
          }
        });
    operations.put(
        "delete all",
        store -> {
          store.deleteAll(Stream.of("none", NAME));
          return "";
        });
    operations.put(
        "delete below",
        store -> {
          store.deleteBelow("a/", name -> true);
          return "";
        });
    return operations;
  }

  private static List<Listed> list(FileStore store, String prefix) {
    try (Stream<Listed> listed = store.list(prefix)) {
      return listed.toList();
    }
  }

  // ---- an error is not an absence

  static Stream<org.junit.jupiter.params.provider.Arguments> levelsAndErrors() {
    return Stream.of("a", "a/b", NAME)
        .flatMap(
            level ->
                Stream.of(
                        "",
                        "Input/output error",
                        "Stale file handle",
                        "Too many levels of symbolic links",
                        "File name too long",
                        "Too many open files")
                    .map(
                        reason ->
                            org.junit.jupiter.params.provider.Arguments.arguments(level, reason)));
  }

  @ParameterizedTest(name = "\"{1}\" at {0}")
  @MethodSource("levelsAndErrors")
  void anErrorOnTheWayIsNoAbsence(String level, String reason) throws Exception {
    put("value");
    Path failing = root().resolve(level);
    for (Map.Entry<String, Operation> operation : operations().entrySet()) {
      files.set(
          (call, path) -> {
            if (path.startsWith(failing)) {
              throw error(failing, reason);
            }
          });
      // A store that has entered the directories, and one that has not.
      try (FileStore other = new FileStore(files.wrap(root()), Durability.OS)) {
        for (FileStore each : List.of(store, other)) {
          assertThatExceptionOfType(StoreException.class)
              .as(operation.getKey())
              .isThrownBy(() -> operation.getValue().on(each))
              .withMessageContaining(root().toString())
              .withMessageContaining(reason.isEmpty() ? "no permission" : reason);
        }
      }
      files.heal();
      assertThat(text()).isEqualTo("value");
    }
    assertThat(temporaries()).isEmpty();
  }

  @Test
  void aDirectoryThatCannotBeReadToItsEndIsNoShortOne() {
    put("value");
    AtomicInteger read = new AtomicInteger();
    files.set(
        (call, path) -> {
          if (call.equals("readDirectory") && read.incrementAndGet() > 1) {
            throw error(path, "Input/output error");
          }
        });
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> list(store, ""))
        .withMessageContaining("Input/output error");
    files.heal();
    assertThat(list(store, "")).hasSize(1);
  }

  @Test
  void aRootThatBecameAFileIsAFault() throws Exception {
    put("value");
    Files.move(root(), directory.resolve("moved"));
    Files.writeString(root(), "a file");
    for (Map.Entry<String, Operation> operation : operations().entrySet()) {
      assertThatExceptionOfType(StoreException.class)
          .as(operation.getKey())
          .isThrownBy(() -> operation.getValue().on(store));
    }
    assertThat(root()).hasContent("a file");
    Files.delete(root());
    assertThat(store.read(NAME)).isEmpty();
    put("again");
    assertThat(text()).isEqualTo("again");
  }

  @Test
  void aRootThatWasMovedAndLinkedIsTheSame() throws Exception {
    put("value");
    Files.move(root(), directory.resolve("moved"));
    Files.createSymbolicLink(root(), directory.resolve("moved"));
    assertThat(text()).isEqualTo("value");
    assertThat(store.read("none")).isEmpty();
    assertThat(list(store, "none/")).isEmpty();
    put("new");
    store.put("n", bytes("inserted"), Precondition.absent());
    assertThat(list(store, "")).hasSize(2);
  }

  private static List<String> found(FileStore store) {
    List<String> found = new ArrayList<>();
    list(store, "").forEach(listed -> found.add(listed.name()));
    try (Stream<String> children = store.children("a/b/")) {
      children.forEach(found::add);
    }
    try (Stream<Content> contents = store.contents("", name -> true)) {
      contents.forEach(content -> found.add(content.name()));
    }
    return found;
  }

  @ParameterizedTest
  @ValueSource(strings = {"readAttributes", "newDirectoryStream"})
  void whatVanishesWhileItIsListedIsAbsent(String call) {
    put("value");
    assertThat(found(store)).containsExactly(NAME, "name.bin", NAME);
    Path vanishing = call.equals("readAttributes") ? file() : file().getParent();
    files.set(
        (actual, path) -> {
          if (actual.equals(call) && path.equals(vanishing) && Files.exists(path)) {
            Files.delete(file());
            if (!path.equals(file())) {
              Files.delete(path);
            }
          }
        });
    assertThat(list(store, "")).isEmpty();
    put("value");
    assertThat(list(store, "a/b/")).isEmpty();
    put("value");
    assertThat(found(store)).isEmpty();
  }

  @Test
  void aLinkThatComesInThePlaceOfAFileMeanwhileIsNotFollowed() throws Exception {
    Path outside = Files.writeString(directory.resolve("outside"), "secret");
    for (Operation look :
        List.<Operation>of(
            any -> any.read(NAME),
            any -> any.get(NAME, Optional.empty()),
            any -> any.housekeeping().peek(NAME, 9))) {
      put("value");
      files.set(
          (call, path) -> {
            if (call.equals("newFileChannel") && path.equals(file())) {
              Files.deleteIfExists(path);
              Files.createSymbolicLink(path, outside);
            }
          });
      assertThatExceptionOfType(StoreException.class).isThrownBy(() -> look.on(store));
      files.heal();
    }
  }

  @Test
  void aDirectoryWhoseUnfinishedFilesCannotBeListedIsAFaultAndOneThatVanishesIsNone() {
    put("value");
    files.set(
        (call, path) -> {
          if (call.equals("readDirectory")) {
            throw error(path, "Input/output error");
          }
        });
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> store.deleteUnfinished("a/b/"))
        .withMessageContaining("Input/output error");
    files.set(
        (call, path) -> {
          if (call.equals("newDirectoryStream") && Files.exists(file())) {
            Files.delete(file());
            Files.delete(file().getParent());
          }
        });
    store.deleteUnfinished("a/b/");
    assertThat(file().getParent()).doesNotExist();
  }

  @Test
  void nothingLiesBelowAFile() {
    store.put("x.bin", bytes("a file"), Precondition.none());
    assertThat(store.read("x.bin/below")).isEmpty();
    assertThat(store.stat("x.bin/below/that")).isEmpty();
    assertThat(store.delete("x.bin/below", Precondition.none()))
        .isEqualTo(DeleteResult.WasAbsent.WAS_ABSENT);
    assertThat(list(store, "x.bin/")).isEmpty();
  }

  @Test
  void nothingLiesBelowAFileThatWasADirectory() throws Exception {
    put("value");
    store.delete(NAME, Precondition.none());
    Files.delete(root().resolve("a/b"));
    store.put("a/b", bytes("a file"), Precondition.none());
    assertThat(store.read(NAME)).isEmpty();
    assertThat(store.stat(NAME)).isEmpty();
  }

  // ---- faults that pass

  @ParameterizedTest
  @ValueSource(strings = {"newFileChannel", "move", "createLink", "delete"})
  void whatIsForbiddenForAMomentIsTriedAgain(String call) throws Exception {
    put("old");
    AtomicInteger left = new AtomicInteger(3);
    files.set(
        (actual, path) -> {
          if (actual.equals(call) && path.startsWith(root()) && left.getAndDecrement() > 0) {
            throw error(path, "");
          }
        });
    put("new");
    assertThat(text()).isEqualTo("new");
    assertThat(store.delete(NAME, Precondition.none())).isEqualTo(DeleteResult.Deleted.DELETED);
    store.put(NAME, bytes("inserted"), Precondition.absent());
    assertThat(left.get()).isNegative();
    files.heal();
    assertThat(text()).isEqualTo("inserted");
    assertThat(temporaries()).isEmpty();
  }

  @Test
  void anInterruptedThreadIsAsPatient() {
    put("old");
    Instant healed = Instant.now().plusMillis(50);
    files.set(
        (call, path) -> {
          if (call.equals("move") && Instant.now().isBefore(healed)) {
            throw error(path, "");
          }
        });
    Thread.currentThread().interrupt();
    put("new");
    assertThat(Thread.interrupted()).isTrue();
    assertThat(text()).isEqualTo("new");
  }

  @Test
  void whatIsForbiddenAboveTheRootIsToldByItsPath() {
    files.set(
        (call, path) -> {
          if (path.getParent() == null) {
            throw error(path, "");
          }
        });
    try (FileStore durable = new FileStore(files.wrap(root()), Durability.FSYNC)) {
      assertThatExceptionOfType(StoreException.class)
          .isThrownBy(() -> durable.put(NAME, bytes("new"), Precondition.none()))
          .withMessageContaining("no permission for " + root().getRoot() + ";");
    }
  }

  @Test
  void directoriesAboveTheRootThatMayNotBeReadNeedNoSync() {
    files.set(
        (call, path) -> {
          if (call.equals("newFileChannel") && directory.startsWith(path)) {
            throw error(path, "");
          }
        });
    try (FileStore durable = new FileStore(files.wrap(root()), Durability.FSYNC)) {
      durable.put(NAME, bytes("new"), Precondition.none());
    }
    assertThat(text()).isEqualTo("new");
  }

  @Test
  void whatStaysForbiddenIsAFaultSoon() throws Exception {
    put("old");
    AtomicInteger moves = new AtomicInteger();
    files.set(
        (call, path) -> {
          if (call.equals("move") && path.equals(file())) {
            moves.incrementAndGet();
            throw error(path, "");
          }
        });
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> put("new"))
        .withMessageContaining("no permission");
    assertThat(moves).as("tries, with short pauses").hasValueBetween(2, 100);
    files.heal();
    assertThat(text()).isEqualTo("old");
    assertThat(temporaries()).isEmpty();
  }

  @Test
  void aReadThatIsForbiddenForAMomentIsTriedAgain() {
    put("value");
    AtomicInteger left = new AtomicInteger(3);
    files.set(
        (call, path) -> {
          if (call.equals("newFileChannel") && path.equals(file()) && left.getAndDecrement() > 0) {
            throw error(path, "");
          }
        });
    assertThat(text()).isEqualTo("value");
    assertThat(left.get()).isNegative();
  }

  @Test
  void whatIsNotForbiddenButFailsIsNotTriedAgain() {
    AtomicInteger moves = new AtomicInteger();
    files.set(
        (call, path) -> {
          if (call.equals("move") && path.equals(file())) {
            moves.incrementAndGet();
            throw error(path, "No space left on device");
          }
        });
    assertThatExceptionOfType(StoreException.class).isThrownBy(() -> put("new"));
    assertThat(moves).hasValue(1);
  }

  // ---- few bytes at once

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 300_000})
  void whereFewBytesAreReadAndWrittenAtOnceNoneIsLost(int size) {
    byte[] value = new byte[size];
    new Random(1).nextBytes(value);
    files.setAtOnce(size < 100 ? 3 : 50_001);
    store.put(NAME, value, Precondition.none());
    assertThat(store.read(NAME)).contains(value);
    assertThat(store.housekeeping().peek(NAME, 5))
        .contains(Arrays.copyOf(value, Math.min(size, 5)));
    files.setAtOnce(Integer.MAX_VALUE);
    assertThat(store.read(NAME)).contains(value);
  }

  /** Changes the file in place, as editors do, once all bytes that were there have been read. */
  private void changeWhenRead(byte[] value, Operation change) {
    AtomicInteger left = new AtomicInteger(value.length);
    files.setAtOnce(100_000);
    files.set(
        new FaultyFileSystem.Fault() {
          @Override
          public void strike(String call, Path path) {}

          @Override
          public void strikeAfterwards(String call, Path path) throws IOException {
            if (call.equals("read") && path.equals(file()) && left.addAndGet(-100_000) == 0) {
              try {
                change.on(store);
              } catch (Exception e) {
                throw new IOException(e);
              }
            }
          }
        });
  }

  @Test
  void aReadOfALargeFileThatIsCutShortMeanwhileEnds() {
    byte[] value = new byte[300_000];
    store.put(NAME, value, Precondition.none());
    changeWhenRead(value, any -> Files.write(file(), bytes("short")));
    assertThat(store.read(NAME).orElseThrow()).hasSameSizeAs(value);
    assertThat(text()).isEqualTo("short");
  }

  @Test
  void aReadOfALargeFileThatGrowsMeanwhileFindsAllOfIt() {
    byte[] value = new byte[300_000];
    Arrays.fill(value, (byte) 'a');
    store.put(NAME, value, Precondition.none());
    byte[] more = Arrays.copyOf(value, 300_001);
    changeWhenRead(value, any -> Files.write(file(), more));
    assertThat(Arrays.equals(store.read(NAME).orElseThrow(), more)).isTrue();
  }

  // ---- temporary files

  @ParameterizedTest
  @ValueSource(strings = {"move", "createLink"})
  void aWriteWhoseTemporaryFileVanishedIsDoneAgain(String call) throws Exception {
    if (call.equals("move")) {
      put("old");
    }
    AtomicInteger left = new AtomicInteger(3);
    files.set(
        (actual, path) -> {
          if (actual.equals(call) && path.equals(file()) && left.getAndDecrement() > 0) {
            for (Path temporary : temporaries()) {
              Files.delete(temporary);
            }
          }
        });
    Precondition precondition = call.equals("move") ? Precondition.none() : Precondition.absent();
    assertThat(store.put(NAME, bytes("new"), precondition)).isInstanceOf(PutResult.Written.class);
    assertThat(left.get()).isNegative();
    assertThat(text()).isEqualTo("new");
    assertThat(temporaries()).isEmpty();
  }

  @Test
  void aWriteWhoseDirectoryVanishedIsDoneAgain() throws Exception {
    put("old");
    AtomicInteger left = new AtomicInteger(2);
    files.set(
        (call, path) -> {
          if (call.equals("move") && path.equals(file()) && left.getAndDecrement() > 0) {
            try (Stream<Path> all = Files.walk(root())) {
              for (Path each : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(each);
              }
            }
          }
        });
    put("new");
    assertThat(text()).isEqualTo("new");
  }

  @ParameterizedTest
  @ValueSource(strings = {"move", "createLink", "setTimes"})
  void aFaultBeforeTheRenameChangesNothingAndLeavesNothing(String call) throws Exception {
    put("old");
    files.set(
        (actual, path) -> {
          if (actual.equals(call) || (call.equals("createLink") && actual.equals("move"))) {
            throw error(path, "No space left on device");
          }
        });
    Operation write =
        call.equals("move")
            ? any -> any.put(NAME, bytes("new"), Precondition.none())
            : any -> any.put("new", bytes("new"), Precondition.absent());
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> write.on(store))
        .withMessageContaining("No space left");
    files.heal();
    assertThat(text()).isEqualTo("old");
    assertThat(list(store, "")).hasSize(1);
    assertThat(temporaries()).isEmpty();
  }

  @Test
  void aDiskThatIsFoundFullWhenAFileIsClosedChangesNothingAndLeavesNothing() throws Exception {
    put("old");
    files.set(
        new FaultyFileSystem.Fault() {
          @Override
          public void strike(String call, Path path) {}

          @Override
          public void strikeAfterwards(String call, Path path) throws IOException {
            if (call.equals("close") && path.getFileName().toString().startsWith(".__tmp__")) {
              throw error(path, "No space left on device");
            }
          }
        });
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> put("new"))
        .withMessageContaining("No space left");
    files.heal();
    assertThat(text()).isEqualTo("old");
    assertThat(temporaries()).isEmpty();
  }

  @Test
  void aDirectoryThatCannotBeSyncedKeepsTheWriteFromTakingEffectAndLeavesNothing()
      throws Exception {
    try (FileStore synced = new FileStore(files.wrap(root()), Durability.FSYNC)) {
      files.set(
          (call, path) -> {
            if (call.equals("newFileChannel") && path.equals(root())) {
              throw error(path, "Input/output error");
            }
          });
      assertThatExceptionOfType(StoreException.class)
          .isThrownBy(() -> synced.put(NAME, bytes("new"), Precondition.none()))
          .withMessageContaining("Input/output error");
      files.heal();
      assertThat(synced.read(NAME)).isEmpty();
      assertThat(temporaries()).isEmpty();
    }
  }

  @Test
  void whereDirectoriesVanishForEverAWriteFails() {
    AtomicInteger tries = new AtomicInteger();
    files.set(
        (call, path) -> {
          if (call.equals("newFileChannel")
              && path.getFileName().toString().startsWith(".__tmp__")) {
            tries.incrementAndGet();
            throw new NoSuchFileException(path.toString());
          }
        });
    assertThatExceptionOfType(StoreException.class).isThrownBy(() -> put("new"));
    assertThat(tries).hasValueBetween(2, Directories.MAX_ATTEMPTS);
  }

  @Test
  void aTemporaryFileThatCannotBeDeletedSpoilsNoInsertion() {
    files.set(
        (call, path) -> {
          if (call.equals("delete")) {
            throw error(path, "Input/output error");
          }
        });
    assertThat(store.put(NAME, bytes("value"), Precondition.absent()))
        .isInstanceOf(PutResult.Written.class);
    assertThat(text()).isEqualTo("value");
  }

  @Test
  void aWriteThatTookEffectButIsNotSyncedSaysSo() {
    try (FileStore synced = new FileStore(files.wrap(root()), Durability.FSYNC)) {
      synced.put(NAME, bytes("old"), Precondition.none());
      files.set(
          (call, path) -> {
            if (call.equals("newFileChannel") && path.equals(file().getParent())) {
              throw error(path, "Input/output error");
            }
          });
      assertThatExceptionOfType(StoreException.class)
          .isThrownBy(() -> synced.put(NAME, bytes("new"), Precondition.none()))
          .withMessageContaining("wrote");
      files.heal();
      assertThat(text()).isEqualTo("new");
    }
  }

  @Test
  void aDirectoryThatVanishesBeforeItIsSyncedTakesItsEntriesWithIt() throws Exception {
    try (FileStore synced = new FileStore(files.wrap(root()), Durability.FSYNC)) {
      for (Operation change :
          List.<Operation>of(
              any -> any.put(NAME, bytes("new"), Precondition.none()),
              any -> any.delete(NAME, Precondition.none()))) {
        synced.put(NAME, bytes("old"), Precondition.none());
        List<Path> openedInstead = new ArrayList<>();
        files.set(
            (call, path) -> {
              if (call.equals("newFileChannel")) {
                if (path.equals(file().getParent())) {
                  Files.deleteIfExists(file());
                  Files.deleteIfExists(path);
                } else if (Files.notExists(file().getParent())) {
                  openedInstead.add(path);
                }
              }
            });
        assertThat(change.on(synced))
            .isInstanceOfAny(PutResult.Written.class, DeleteResult.Deleted.class);
        files.heal();
        assertThat(openedInstead).as("synced").containsExactly(root().resolve("a"));
        assertThat(synced.read(NAME)).isEmpty();
      }
    }
  }

  // ---- clocks

  @ParameterizedTest
  @ValueSource(longs = {-7_200, 7_200, 90})
  void temporaryFilesAreJudgedByTheFileSystemsClock(long seconds) throws Exception {
    Duration ahead = Duration.ofSeconds(seconds);
    files = new FaultyFileSystem(directory, Duration.ofNanos(1), ahead);
    try (FileStore elsewhere = new FileStore(files.wrap(root()), Durability.OS)) {
      elsewhere.put(NAME, bytes("value"), Precondition.none());
      assertThat(elsewhere.stat(NAME).orElseThrow().lastModified())
          .isBetween(
              Instant.now().plus(ahead).minusSeconds(70),
              Instant.now().plus(ahead).plusSeconds(70));
      Path young = Files.writeString(root().resolve(".__tmp__young"), "in use");
      Path old = Files.writeString(root().resolve(".__tmp__old"), "of a dead writer");
      Files.setLastModifiedTime(
          old, java.nio.file.attribute.FileTime.from(Instant.now().minusSeconds(4_000)));
      assertThat(list(elsewhere, "")).hasSize(1);
      assertThat(young).exists();
      assertThat(old).doesNotExist();
      assertThat(temporaries()).hasSize(1);
    }
  }

  @Test
  void aClockThatWasWrongForAWhileDatesNothingLater() throws Exception {
    files.setClock(Duration.ofDays(1));
    put("while it is wrong");
    assertThat(store.stat(NAME).orElseThrow().lastModified())
        .isAfter(Instant.now().plus(Duration.ofHours(23)));
    files.setClock(Duration.ZERO);
    await()
        .untilAsserted(
            () -> {
              store.put("other", bytes("x"), Precondition.none());
              store.delete("other", Precondition.none());
              store.put("other", bytes("x"), Precondition.none());
              assertThat(Files.getLastModifiedTime(root().resolve("other")).toInstant())
                  .isBefore(Instant.now().plusSeconds(60));
              store.delete("other", Precondition.none());
            });
  }

  @Test
  void whereNothingCanBeMadeNothingIsSwept() throws Exception {
    put("value");
    Path old = Files.writeString(root().resolve(".__tmp__old"), "of a dead writer");
    Files.setLastModifiedTime(
        old, java.nio.file.attribute.FileTime.from(Instant.now().minusSeconds(4_000)));
    files.set(
        (call, path) -> {
          if (call.equals("newFileChannel") && path.getFileName().toString().startsWith(".__tmp")) {
            throw error(path, "Read-only file system");
          }
        });
    assertThat(list(store, "")).hasSize(1);
    assertThat(old).exists();
  }

  @Test
  void aVersionIsLaterThanTheOneItReplacesWhateverTheClock() throws Exception {
    put("1");
    Instant future = Instant.now().plus(Duration.ofDays(2));
    Files.setLastModifiedTime(file(), java.nio.file.attribute.FileTime.from(future));
    put("2");
    assertThat(store.stat(NAME).orElseThrow().lastModified())
        .isBetween(future, future.plusMillis(1));
    put("3");
    assertThat(store.stat(NAME).orElseThrow().lastModified()).isAfter(future);
  }

  /** Each try would take its time, in which nobody reads. */
  @Test
  void whoMayNotWriteReadsWithoutTryingTo() throws Exception {
    put("v");
    List<Path> tried = new ArrayList<>();
    files.set(
        (call, path) -> {
          if (call.equals("newFileChannel") && !path.equals(file())) {
            tried.add(path);
          }
          if (call.equals("checkAccess") || !tried.isEmpty()) {
            throw new AccessDeniedException(path.toString());
          }
        });
    for (int i = 0; i < 3; i++) {
      assertThat(store.watch(NAME).isUnchanged()).isFalse();
      assertThat(text()).isEqualTo("v");
      FileIO.pause(Duration.ofMillis(110)); // until the table is looked for again
    }
    assertThat(tried).isEmpty();
  }
}
