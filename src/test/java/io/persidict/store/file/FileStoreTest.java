package io.persidict.store.file;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.persidict.store.Content;
import io.persidict.store.DeleteResult;
import io.persidict.store.ETag;
import io.persidict.store.Housekeeping;
import io.persidict.store.Listed;
import io.persidict.store.Precondition;
import io.persidict.store.PutResult;
import io.persidict.store.Store;
import io.persidict.store.StoreContract;
import io.persidict.store.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FileStoreTest extends StoreContract {
  @TempDir Path directory;

  @Override
  protected Store open() throws Exception {
    NativeReader.loadNow();
    return new FileStore(root(), Durability.OS);
  }

  final Path root() {
    return directory.resolve("root");
  }

  private Path file(String name) {
    return root().resolve(name);
  }

  @Test
  void anEntryIsAFileAndLeavesNothingElseBehind() throws Exception {
    written(store.put("a/b.json", bytes("1"), Precondition.absent()));
    put("a/b.json", "2");
    store.put("a/b.json", bytes("3"), Precondition.absent());
    store.put("a/b.json", bytes("4"), Precondition.matches(new ETag("old")));
    assertThat(file("a/b.json")).hasContent("2");
    try (Stream<Path> files = Files.list(file("a"))) {
      assertThat(files).containsExactly(file("a/b.json"));
    }
  }

  @Test
  void listsNeitherItsOwnFilesNorWhatCannotBeAnEntry() throws Exception {
    put(NAME, "value");
    put(NAME, "replaced under the lock");
    Files.writeString(file("dir/.__tmp__abc123"), "a writer's");
    Files.writeString(file("dir/not an entry"), "foreign");
    Files.createDirectories(file("lost+found"));
    Files.writeString(file("lost+found/x"), "foreign");
    Files.createDirectories(file("empty"));
    assertThat(file(LockFile.NAME)).exists();
    assertThat(names("")).containsExactly(NAME);
    try (Stream<Content> contents = store.contents("", name -> true)) {
      assertThat(contents.map(Content::name)).containsExactly(NAME);
    }
    store.deleteAll(names("").stream());
    assertThat(names("")).isEmpty();
    assertThat(file("lost+found/x")).exists();
    assertThat(file("dir/not an entry")).exists();
    assertThat(file("empty")).exists();
  }

  @Test
  void keepsItsOwnNamesToItself() {
    for (String name : new String[] {LockFile.NAME, ".__tmp__", ".__tmp__abc", "a/.__tmp__abc"}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> put(name, "x"))
          .withMessageContaining("reserved");
    }
    put(".__tmp__a.json", "a key may begin so");
    put("a/" + LockFile.NAME, "only the root has a lock file");
    assertThat(names("")).containsExactly(".__tmp__a.json", "a/" + LockFile.NAME);
  }

  @Test
  void sweepsTemporaryFilesOlderThanAnHour() throws Exception {
    put(".__tmp__old.json", "an entry");
    Path young = Files.writeString(file(".__tmp__young"), "at work");
    Path old = Files.writeString(file(".__tmp__old"), "of a dead writer");
    FileTime twoHoursAgo = FileTime.from(Instant.now().minus(Duration.ofHours(2)));
    Files.setLastModifiedTime(old, twoHoursAgo);
    Files.setLastModifiedTime(file(".__tmp__old.json"), twoHoursAgo);
    assertThat(names("")).containsExactly(".__tmp__old.json");
    assertThat(old).doesNotExist();
    assertThat(young).exists();
  }

  @Test
  void sweepsNoneOfItsOwnFilesHoweverOldTheyAre() throws Exception {
    store.watch(NAME);
    put(NAME, "1");
    put(NAME, "2");
    List<Path> own = new ArrayList<>();
    for (String name :
        new String[] {LockFile.NAME, SharedChangeCounts.NAME, VersionTimes.NAME, ".__tmp__old"}) {
      Path file = file(name);
      if (Files.notExists(file)) {
        Files.createFile(file);
      }
      Files.setLastModifiedTime(file, FileTime.from(Instant.EPOCH));
      own.add(file);
    }
    assertThat(names("")).containsExactly(NAME);
    assertThat(own.remove(own.size() - 1)).doesNotExist();
    assertThat(own).allSatisfy(file -> assertThat(file).exists());
  }

  @Test
  void deletesWhatIsUnfinishedInADirectoryAndNothingElse() throws Exception {
    put("dir/x", "an entry");
    put("dir/.__tmp__a.json", "a key may begin so");
    put("dir/below/x", "an entry");
    Path below = Files.createFile(file("dir/below/.__tmp__abc"));
    Path unfinished = Files.createFile(file("dir/.__tmp__abc"));
    Path outside = Files.createDirectories(directory.resolve("outside"));
    Path theirs = Files.createFile(outside.resolve(".__tmp__abc"));
    Files.createSymbolicLink(file("link"), outside);
    for (String prefix : new String[] {"dir/", "link/", "none/", "dir/x/"}) {
      store.deleteUnfinished(prefix);
    }
    assertThat(unfinished).doesNotExist();
    assertThat(below).exists();
    assertThat(theirs).exists();
    assertThat(file("link")).isSymbolicLink();
    assertThat(names("")).containsExactlyInAnyOrder("dir/x", "dir/.__tmp__a.json", "dir/below/x");
    store.deleteAll(Stream.of("dir/x", "dir/.__tmp__a.json", "dir/below/x"));
    Files.createFile(file("dir/.__tmp__abc"));
    Files.delete(below);
    Files.delete(file("dir/below"));
    store.deleteUnfinished("dir/");
    assertThat(file("dir")).doesNotExist();
  }

  @Test
  void followsNoLinkThatTookThePlaceOfADirectory() throws Exception {
    put("dir/x", "an entry");
    assertThat(store.read("dir/x")).isPresent();
    Path outside = directory.resolve("outside");
    Files.move(file("dir"), outside);
    Files.createSymbolicLink(file("dir"), outside);
    await()
        .untilAsserted(
            () ->
                assertThatExceptionOfType(StoreException.class)
                    .isThrownBy(() -> store.read("dir/x"))
                    .withMessageContaining("not followed"));
    assertThatExceptionOfType(StoreException.class).isThrownBy(() -> put("dir/y", "z"));
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> store.delete("dir/x", Precondition.none()));
    store.deleteBelow("dir/", name -> true);
    store.deleteUnfinished("dir/");
    assertThat(outside.toFile().list()).containsExactly("x");
    assertThat(file("dir")).isSymbolicLink();
  }

  @Test
  void keepsNoDirectoryInOrderThatALinkLeadsTo() throws Exception {
    Path outside = Files.createDirectories(directory.resolve("outside"));
    Path temporary = Files.createDirectory(outside.resolve("sub")).resolve(".__tmp__1");
    Path empty = Files.createDirectory(outside.resolve("sub/empty"));
    Files.writeString(temporary, "half");
    Files.writeString(outside.resolve("sub/x"), "another's");
    Files.setLastModifiedTime(empty, FileTime.from(Instant.EPOCH));
    put("x", "an entry");
    Files.createSymbolicLink(file("dir"), outside);
    Housekeeping keeping = store.housekeeping();
    store.deleteUnfinished("dir/sub/");
    keeping.removeEmptyDirectories("dir/sub/");
    store.deleteUnfinished("dir/sub/empty/");
    for (Runnable look :
        List.<Runnable>of(() -> keeping.look("dir/sub/x"), () -> keeping.peek("dir/sub/x", 1))) {
      assertThatExceptionOfType(StoreException.class)
          .isThrownBy(look::run)
          .withMessageContaining("not followed");
    }
    assertThat(List.of(temporary, empty)).allMatch(Files::exists);
  }

  @Test
  void followsNoLinkOutOfTheStore() throws Exception {
    Path outside = Files.createDirectories(directory.resolve("outside"));
    Files.writeString(outside.resolve("secret.json"), "secret");
    put("x", "an entry");
    Files.createSymbolicLink(file("link"), outside);
    Files.createSymbolicLink(file("link.json"), outside.resolve("secret.json"));
    Files.createSymbolicLink(file("dangling.json"), outside.resolve("none"));

    assertThat(names("")).containsExactly("x");
    assertThat(names("link/")).isEmpty();
    for (String name : new String[] {"link/secret.json", "link.json"}) {
      assertThatExceptionOfType(StoreException.class)
          .isThrownBy(() -> store.get(name, Optional.empty()))
          .withMessageContaining("not followed");
      assertThatExceptionOfType(StoreException.class).isThrownBy(() -> store.read(name));
    }
    for (String name : new String[] {"link/new.json", "link/secret.json"}) {
      assertThatExceptionOfType(StoreException.class).isThrownBy(() -> put(name, "x"));
    }
    for (String name : new String[] {"link.json", "dangling.json"}) {
      assertThat(store.stat(name)).isEmpty();
      assertThat(store.delete(name, Precondition.none()))
          .isEqualTo(DeleteResult.WasAbsent.WAS_ABSENT);
      written(store.put(name, bytes("in place of the link"), Precondition.absent()));
      assertThat(text(name)).isEqualTo("in place of the link");
    }
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> store.delete("link/secret.json", Precondition.none()));
    assertThat(outside.resolve("secret.json")).hasContent("secret");
    try (Stream<Path> files = Files.list(outside)) {
      assertThat(files).hasSize(1);
    }
  }

  @Test
  void aDirectoryInTheWayIsAFault() throws Exception {
    Files.createDirectories(file("x.json"));
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> store.get("x.json", Optional.empty()))
        .withMessageContaining("not a regular file");
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> store.put("x.json", bytes("1"), Precondition.absent()));
    assertThat(store.delete("x.json", Precondition.none()))
        .isEqualTo(DeleteResult.WasAbsent.WAS_ABSENT);
    assertThat(file("x.json")).isDirectory();
    put("y.json", "a file");
    assertThatExceptionOfType(StoreException.class).isThrownBy(() -> put("y.json/z", "x"));
    assertThat(text("y.json")).isEqualTo("a file");
  }

  @Test
  void noticesReplacementByAProgramThatIsNotOurs() throws Exception {
    ETag first = put(NAME, "1");
    Path temporary = Files.writeString(directory.resolve("theirs"), "2");
    Files.setLastModifiedTime(temporary, Files.getLastModifiedTime(file(NAME)));
    Files.move(temporary, file(NAME), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    assertThat(store.put(NAME, bytes("3"), Precondition.matches(first)))
        .isInstanceOf(PutResult.Lost.class);
    assertThat(text(NAME)).isEqualTo("2");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1600-01-01T00:00:00Z", "2262-04-11T23:47:16Z", "2300-01-01T00:00:00Z"})
  void replacesAFileOfAnyYear(String date) throws Exception {
    ETag first = put(NAME, "1");
    Files.setLastModifiedTime(file(NAME), FileTime.from(Instant.parse(date)));
    ETag dated = store.stat(NAME).orElseThrow().etag();
    ETag second = written(store.put(NAME, bytes("2"), Precondition.matches(dated)));
    assertThat(Files.getLastModifiedTime(file(NAME)).toInstant())
        .isCloseTo(Instant.now(), within(1, ChronoUnit.MINUTES)); // so that later ones can follow
    ETag third = written(store.put(NAME, bytes("3"), Precondition.matches(second)));
    assertThat(Set.of(first, dated, second, third)).hasSize(4);
    assertThat(text(NAME)).isEqualTo("3");
    Files.setLastModifiedTime(file(NAME), FileTime.from(Instant.parse(date)));
    assertThat(store.delete(NAME, Precondition.none())).isInstanceOf(DeleteResult.Deleted.class);
    assertThat(put(NAME, "4")).isNotIn(first, dated, second, third);
  }

  @ParameterizedTest
  @ValueSource(strings = {"1900-01-01T00:00:00Z", "1969-12-31T23:59:59.5Z", "2262-01-01T00:00:00Z"})
  void aVersionOfADateThatIsNotKeptIsDatedNow(String date) {
    Instant before = Instant.now();
    written(store.put(NAME, bytes("1"), Precondition.none(), Instant.parse(date)));
    Instant modified = store.stat(NAME).orElseThrow().lastModified();
    assertThat(modified)
        .isBetween(
            before.truncatedTo(ChronoUnit.SECONDS),
            Instant.now().plusMillis(datesAllAhead() ? 5_000 : 100));
  }

  @Test
  void goesOnWhereSomebodyDeletedTheDirectory() throws Exception {
    put(NAME, "1");
    put(NAME, "2");
    deleteTree(root());
    assertThat(store.read(NAME)).isEmpty();
    ETag etag = put(NAME, "3");
    deleteTree(root());
    try (Store other = open()) {
      other.put(NAME, bytes("4"), Precondition.none());
      assertThat(store.put(NAME, bytes("5"), Precondition.matches(etag)))
          .isInstanceOf(PutResult.Lost.class);
      other.put(NAME, bytes("6"), Precondition.none());
      assertThat(text(NAME)).isEqualTo("6");
    }
  }

  private static void deleteTree(Path root) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      for (Path path : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  @Test
  void severalStoresOfOneRootShareTheirLocks() throws Exception {
    try (Store other = open()) {
      put(NAME, "0");
      Thread[] threads = new Thread[4];
      for (int t = 0; t < threads.length; t++) {
        Store mine = t % 2 == 0 ? store : other;
        threads[t] =
            new Thread(
                () -> {
                  for (int i = 0; i < 100; ) {
                    var found =
                        (io.persidict.store.GetResult.Found) mine.get(NAME, Optional.empty());
                    int value = Integer.parseInt(new String(found.bytes(), UTF_8));
                    if (mine.put(
                            NAME,
                            bytes(String.valueOf(value + 1)),
                            Precondition.matches(found.stat().etag()))
                        instanceof PutResult.Written) {
                      i++;
                    }
                  }
                });
        threads[t].start();
      }
      for (Thread thread : threads) {
        thread.join();
      }
    }
    assertThat(text(NAME)).isEqualTo("400");
  }

  @Test
  void refusesARootThatIsAFile() throws Exception {
    Path file = Files.writeString(directory.resolve("file"), "x");
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> new FileStore(file, Durability.OS))
        .withMessageContaining(file.toString())
        .withMessageContaining("needs a directory");
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> new FileStore(file.resolve("below"), Durability.OS));
    assertThat(file).hasContent("x");
  }

  @Test
  void opensALinkedRoot() throws Exception {
    Path link = Files.createSymbolicLink(directory.resolve("linked"), root());
    try (FileStore linked = new FileStore(link, Durability.OS)) {
      linked.put(NAME, bytes("x"), Precondition.none());
      assertThat(linked.root()).isEqualTo(root().toRealPath());
    }
    assertThat(text(NAME)).isEqualTo("x");
  }

  /** Whether no version may be dated before the store's first one, since times are too coarse. */
  boolean datesAllAhead() {
    return false;
  }

  @Test
  void aVersionFromElsewhereKeepsItsDateUnlessItReplacesALaterOne() {
    Instant old = Instant.parse("2020-02-03T04:05:06.123457Z");
    written(store.put(NAME, bytes("1"), Precondition.none(), old));
    if (datesAllAhead()) {
      assertThat(store.stat(NAME).orElseThrow().lastModified()).isAfter(old);
      return;
    }
    assertThat(store.stat(NAME).orElseThrow().lastModified()).isEqualTo(old);
    Instant wholeSecond = Instant.parse("2021-02-03T04:05:06Z");
    written(store.put(NAME, bytes("2"), Precondition.none(), wholeSecond));
    assertThat(store.stat(NAME).orElseThrow().lastModified())
        .isBetween(wholeSecond, wholeSecond.plusNanos(10_000));
    written(store.put(NAME, bytes("3"), Precondition.none(), old));
    assertThat(store.stat(NAME).orElseThrow().lastModified())
        .isBetween(wholeSecond, wholeSecond.plusNanos(100_000));
  }

  @Test
  void aStoreForReadingMakesNothingAndSweepsNothing() throws Exception {
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> FileStore.readOnly(directory.resolve("missing")))
        .withMessage("there is no directory " + directory.resolve("missing"));
    put(NAME, "value");
    Path abandoned = file("dir/.__tmp__abc123");
    Files.writeString(abandoned, "a killed writer's");
    Files.setLastModifiedTime(abandoned, FileTime.from(Instant.EPOCH));
    FileTime before = Files.getLastModifiedTime(abandoned.getParent());
    try (Store reading = FileStore.readOnly(root())) {
      assertThat(reading.read(NAME)).contains(bytes("value"));
      try (Stream<Listed> listed = reading.list("")) {
        assertThat(listed.map(Listed::name)).containsExactly(NAME);
      }
      assertThat(abandoned).exists();
      assertThat(Files.getLastModifiedTime(abandoned.getParent())).isEqualTo(before);
      assertThatIllegalStateException()
          .isThrownBy(() -> reading.put(NAME, bytes("x"), Precondition.none()))
          .withMessageContaining("open for reading only");
      assertThatIllegalStateException().isThrownBy(() -> reading.delete(NAME, Precondition.none()));
      assertThatIllegalStateException().isThrownBy(() -> reading.deleteUnfinished("dir/"));
    }
    assertThat(text(NAME)).isEqualTo("value");
  }

  @Test
  void manyThatAreBeingDeletedAllAreAlsoIfTheStoreIsClosedMeanwhile() throws Exception {
    List<String> names = IntStream.range(0, 100).mapToObj(i -> "d" + i % 9 + "/n" + i).toList();
    names.forEach(name -> put(name, "x"));
    Thread closing = new Thread(store::close);
    store.deleteAll(
        names.stream()
            .peek(
                name -> {
                  if (name.endsWith("/n50")) {
                    closing.start();
                    await()
                        .until(
                            closing::getState,
                            state ->
                                state == Thread.State.WAITING || state == Thread.State.TERMINATED);
                  }
                }));
    closing.join();
    assertThat(directories()).containsExactly(root());
  }

  private List<Path> directories() throws IOException {
    try (Stream<Path> all = Files.walk(root())) {
      return all.filter(Files::isDirectory).toList();
    }
  }

  @Test
  void whoDeletesManyMayCloseTheStoreMeanwhile() throws Exception {
    put("a/1", "x");
    put("b/2", "x");
    store.deleteAll(Stream.of("a/1", "b/2").peek(name -> store.close()));
    assertThat(directories()).containsExactly(root());
    assertThatIllegalStateException().isThrownBy(() -> store.deleteAll(Stream.of()));
    try (Store other = open()) {
      other.put("a/1", bytes("x"), Precondition.none());
    }
  }

  @Test
  void deletingManyRemovesTheDirectoriesThatThisLeavesEmpty() {
    put("x/y/1", "v");
    put("x/y/2", "v");
    put("x/z/3", "v");
    store.deleteAll(Stream.of("x/y/1", "x/y/2", "x/y/none"));
    assertThat(root().resolve("x/y")).doesNotExist();
    assertThat(root().resolve("x/z/3")).exists();
    store.deleteAll(Stream.of("x/z/3"));
    assertThat(root().resolve("x")).doesNotExist();
    assertThat(root()).exists();
  }
}
