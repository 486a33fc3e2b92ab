package io.persidict.store.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.persidict.store.ChangeWatch;
import io.persidict.store.Precondition;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How stores at one root, as different processes have them, tell each other of changes. */
final class ChangeNotifierTest {
  private static final String NAME = "dir/name.bin";
  private static final int SIZE = 34 * 4096;

  @TempDir Path root;
  private FileStore reader;
  private FileStore writer;

  @BeforeEach
  void open() {
    reader = new FileStore(root, Durability.OS);
    writer = new FileStore(root, Durability.FSYNC);
  }

  @AfterEach
  void close() {
    reader.close();
    writer.close();
  }

  private static void write(FileStore store, String name) {
    store.put(name, new byte[1], Precondition.none());
  }

  private Path table() {
    return root.resolve(SharedChangeCounts.NAME);
  }

  @Test
  void aWatchHoldsUntilAnotherStoreChangesTheName() {
    ChangeWatch watch = reader.watch(NAME);
    write(writer, "dir/other.bin");
    assertThat(watch.isUnchanged()).isTrue();
    write(writer, NAME);
    assertThat(watch.isUnchanged()).isFalse();
    ChangeWatch next = reader.watch(NAME);
    assertThat(next.isUnchanged()).isTrue();
    writer.delete(NAME, Precondition.none());
    assertThat(next.isUnchanged()).isFalse();
  }

  @Test
  void aStoreThatNobodyWatchesHasNoTable() {
    write(writer, NAME);
    assertThat(table()).doesNotExist();
    reader.watch(NAME);
    assertThat(table()).hasSize(SIZE);
    try (Stream<?> listed = reader.list("")) {
      assertThat(listed).hasSize(1);
    }
  }

  @Test
  void aWriterThatWasKilledLeavesNobodyWithAnOldVersion() throws Exception {
    ChangeWatch before = reader.watch(NAME);
    new ChangeNotifier(root, new LockFile(root)).begin(NAME, true); // and never ended
    assertThat(before.isUnchanged()).isFalse();
    assertThat(reader.watch(NAME).isUnchanged()).isFalse();
    assertThat(reader.watch("dir/other.bin").isUnchanged()).isTrue();
    write(writer, NAME);
    assertThat(reader.watch(NAME).isUnchanged()).isTrue();
  }

  /** What somebody may do to the table. */
  private interface Harm {
    void to(Path table) throws IOException;
  }

  static Stream<Harm> harm() {
    return Stream.of(
        Files::delete,
        table -> truncate(table, 0),
        table -> truncate(table, 4096),
        table -> replace(table, new byte[0]),
        table -> replace(table, new byte[4096]),
        table -> replace(table, new byte[SIZE]),
        table -> replace(table, ByteBuffer.allocate(SIZE).putLong(0x8950444300000003L).array()),
        table -> link(table, "absent"),
        table -> link(table, SharedChangeCounts.NAME), // to itself
        table -> link(table, Files.createFile(table.resolveSibling("file")) + "/below"),
        table -> link(table, "n".repeat(300)),
        table -> link(table, Files.copy(table, table.resolveSibling("copy")).toString()));
  }

  private static void link(Path table, String target) throws IOException {
    Path link = Files.createSymbolicLink(table.resolveSibling("link"), Path.of(target));
    Files.move(link, table, StandardCopyOption.REPLACE_EXISTING);
  }

  private static void truncate(Path table, int size) throws IOException {
    try (FileChannel channel = FileChannel.open(table, StandardOpenOption.WRITE)) {
      channel.truncate(size);
    }
  }

  private static void replace(Path table, byte[] bytes) throws IOException {
    Path other = Files.write(table.resolveSibling("other"), bytes);
    Files.move(other, table, StandardCopyOption.REPLACE_EXISTING);
  }

  @ParameterizedTest
  @MethodSource("harm")
  void aTableThatIsGoneOrNoneIsMadeAnew(Harm harm) throws Exception {
    ChangeWatch old = reader.watch(NAME);
    write(writer, NAME);
    old = reader.watch(NAME);
    harm.to(table());
    ChangeWatch kept = old;
    await().until(() -> !kept.isUnchanged());
    await().until(() -> reader.watch(NAME).isUnchanged());
    ChangeWatch watch = reader.watch(NAME);
    write(writer, NAME);
    assertThat(watch.isUnchanged()).isFalse();
  }

  @Test
  void aTableThatIsCutShortRaisesNoErrorInAReaderWhoseCodeIsCompiled() throws Exception {
    for (int i = 0; i < 100_000; i++) {
      assertThat(reader.watch(NAME).isUnchanged()).isTrue();
    }
    for (int round = 0; round < 20; round++) {
      await().until(() -> reader.watch(NAME).isUnchanged());
      ChangeWatch watch = reader.watch(NAME);
      truncate(table(), 0);
      for (int i = 0; i < 100; i++) {
        assertThat(reader.watch(NAME).isUnchanged()).isFalse();
      }
      assertThat(watch.isUnchanged()).isFalse();
      assertThatExceptionOfType(ClassNotFoundException.class)
          .as("what an error of before would come with")
          .isThrownBy(() -> Class.forName("none"));
      Files.delete(table());
    }
  }

  @Test
  void aWriterTellsThoseWhoWatchByATableThatWasMadeMeanwhile() throws Exception {
    reader.watch(NAME);
    write(writer, NAME); // the writer has the first table open
    Files.delete(table());
    try (FileStore later = new FileStore(root, Durability.OS)) {
      ChangeWatch watch = later.watch(NAME);
      assertThat(watch.isUnchanged()).isTrue();
      write(writer, NAME);
      assertThat(watch.isUnchanged()).isFalse();
    }
  }

  @Test
  void whoeverComesAfterItWasClosedOpensNoTable() throws Exception {
    reader.watch(NAME);
    AtomicInteger opened = new AtomicInteger();
    ChangeNotifier changes =
        new ChangeNotifier(
            root,
            new LockFile(root),
            path -> {
              opened.incrementAndGet();
              return SharedChangeCounts.open(path);
            });
    assertThat(changes.watch(NAME).isUnchanged()).isTrue();
    changes.close();
    assertThat(changes.watch(NAME).isUnchanged()).isFalse();
    assertThatExceptionOfType(IOException.class).isThrownBy(() -> changes.begin(NAME, true));
    assertThat(opened).hasValue(1);
  }

  @Test
  void aChangeIsToldAlsoToThoseWhoWatchByATableThatWasMadeDuringIt() throws Exception {
    reader.watch(NAME);
    ChangeNotifier changes = new ChangeNotifier(root, new LockFile(root));
    ChangeNotifier.Notification change = changes.begin(NAME, true);
    Files.delete(table());
    await().until(() -> reader.watch(NAME).isUnchanged());
    ChangeWatch watch = reader.watch(NAME);
    change.close();
    assertThat(watch.isUnchanged()).isFalse();
  }

  @Test
  void aWriterThatWasKilledInAChangeDuringWhichATableWasMadeLeavesNobodyWithAnOldVersion()
      throws Exception {
    LockFile locks = new LockFile(root);
    try (LockFile.HeldLock held = locks.lock(NAME, () -> {})) {
      new ChangeNotifier(root, locks).begin(NAME, true); // finds no table, and never ends
      assertThat(reader.watch(NAME).isUnchanged()).isFalse();
      assertThat(reader.watch("dir/other.bin").isUnchanged()).isTrue();
    }
    assertThat(reader.watch(NAME).isUnchanged()).isTrue();
  }

  @Test
  void aWriterThatIsKilledJustAfterTheTableWasReplacedLeavesNobodyWithAnOldVersion()
      throws Exception {
    reader.watch(NAME);
    ChangeNotifier changes = new ChangeNotifier(root, new LockFile(root));
    ChangeNotifier other = new ChangeNotifier(root, new LockFile(root));
    changes.begin(NAME, true).close(); // has just seen the table in place
    Files.delete(table());
    ChangeWatch watch = other.watch(NAME);
    assertThat(watch.isUnchanged()).isTrue();
    changes.begin(NAME, true); // never ends
    assertThat(watch.isUnchanged()).isFalse();
  }

  /** A file system gives a new file the number of one that is gone. */
  @Test
  void aTableThatWasReplacedWhileItWasOpenedIsNotTakenForALaterOneOfTheSameNumber()
      throws Exception {
    reader.watch(NAME);
    Path first = Files.copy(table(), root.resolve("first"));
    Path second = Files.copy(table(), root.resolve("second"));
    Files.move(first, table(), StandardCopyOption.REPLACE_EXISTING);
    AtomicInteger opened = new AtomicInteger();
    ChangeNotifier changes =
        new ChangeNotifier(
            root,
            new LockFile(root),
            path -> {
              Object fileKey = Files.readAttributes(path, BasicFileAttributes.class).fileKey();
              if (opened.getAndIncrement() == 0) {
                Files.move(path, first);
                Files.move(second, path);
              }
              FileChannel channel = SharedChangeCounts.openChannel(path);
              return SharedChangeCounts.open(path, fileKey, channel, System.nanoTime());
            });
    ChangeWatch before = changes.watch(NAME);
    Files.move(first, table(), StandardCopyOption.REPLACE_EXISTING);
    write(writer, NAME);
    await().until(() -> !before.isUnchanged());
    changes.close();
  }

  /** Without the name's lock, only its beginning is told. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aChangeThatBeganBeforeThereWasATableIsToldAllTheSame(boolean locked) throws Exception {
    ChangeNotifier changes = new ChangeNotifier(root, new LockFile(root));
    ChangeNotifier.Notification change = changes.begin(NAME, locked);
    ChangeWatch watch = reader.watch(NAME);
    assertThat(watch.isUnchanged()).isTrue();
    change.close();
    assertThat(watch.isUnchanged()).isFalse();
    assertThat(reader.watch(NAME).isUnchanged()).isEqualTo(locked);
  }

  @Test
  void whoeverWatchesMakesNoRootAnewThatOthersDeleted() throws Exception {
    Path other = root.resolve("other");
    try (FileStore store = new FileStore(other, Durability.OS)) {
      assertThat(store.watch(NAME).isUnchanged()).isTrue();
      Files.delete(other.resolve(SharedChangeCounts.NAME));
      Files.delete(other.resolve(LockFile.NAME));
      Files.delete(other);
      store.watch("dir/other.bin");
      assertThat(other).doesNotExist();
    }
  }

  @Test
  void onAFileSystemThatOtherMachinesMayWriteNobodyWatches() {
    for (String type : List.of("nfs4", "cifs", "fuse.sshfs", "Ext4", "tmpfs")) {
      FaultyFileSystem files = FaultyFileSystem.at(root);
      files.setType(type);
      Path other = files.wrap(root.resolve(type));
      try (FileStore store = new FileStore(other, Durability.OS)) {
        write(store, NAME);
        assertThat(store.watch(NAME).isUnchanged())
            .as(type)
            .isEqualTo(type.equals("Ext4") || type.equals("tmpfs"));
      }
    }
  }

  @Test
  void aTableThatWasCopiedToAFileSystemThatOtherMachinesMayWriteLetsNobodyWatch() throws Exception {
    assertThat(reader.watch(NAME).isUnchanged()).isTrue(); // makes the table
    FaultyFileSystem files = FaultyFileSystem.at(root);
    files.setType("nfs4");
    Path mounted = files.wrap(root);
    ChangeNotifier changes = new ChangeNotifier(mounted, new LockFile(mounted));
    assertThat(changes.watch(NAME).isUnchanged()).isFalse();
    changes.begin(NAME, true).close();
    assertThat(changes.watch(NAME).isUnchanged()).isFalse();
    changes.close();
  }

  @Test
  void anInterruptedReaderWatchesAllTheSame() {
    Thread.currentThread().interrupt();
    ChangeWatch watch = reader.watch(NAME);
    assertThat(watch.isUnchanged()).isTrue();
    assertThat(Thread.interrupted()).isTrue();
    write(writer, NAME);
    assertThat(watch.isUnchanged()).isFalse();
  }

  @Test
  void aReaderWhoseTableAnInterruptClosedGoesOnToWatch() throws Exception {
    List<FileChannel> opened = new ArrayList<>();
    ChangeNotifier changes =
        new ChangeNotifier(
            root,
            new LockFile(root),
            path -> {
              FileChannel channel = SharedChangeCounts.openChannel(path);
              opened.add(channel);
              Object fileKey = Files.readAttributes(path, BasicFileAttributes.class).fileKey();
              return SharedChangeCounts.open(path, fileKey, channel, System.nanoTime());
            });
    assertThat(changes.watch(NAME).isUnchanged()).isTrue();
    opened.get(0).close(); // as an interrupt does that comes during a write
    await().until(() -> changes.watch("dir/other.bin").isUnchanged());
    assertThat(opened).hasSize(2);
    changes.close();
  }

  @Test
  void anInterruptedWriterTellsOfItsChange() {
    try (FileStore later = new FileStore(root, Durability.OS)) {
      ChangeWatch watch = reader.watch(NAME);
      for (Precondition precondition : List.of(Precondition.absent(), Precondition.none())) {
        Thread.currentThread().interrupt();
        later.put(NAME, new byte[1], precondition);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(watch.isUnchanged()).isFalse();
        watch = reader.watch(NAME);
        assertThat(watch.isUnchanged()).isTrue();
      }
    }
  }

  @Test
  void aFaultBlindsReadersOnlyWhileItLasts() throws Exception {
    Files.createDirectories(table());
    Path inTheWay = Files.createFile(table().resolve("in the way"));
    assertThat(reader.watch(NAME).isUnchanged()).isFalse();
    Files.delete(inTheWay);
    Files.delete(table());
    await().until(() -> reader.watch(NAME).isUnchanged());
    ChangeWatch watch = reader.watch(NAME);
    write(writer, NAME);
    assertThat(watch.isUnchanged()).isFalse();
  }

  @Test
  void anyNumberOfStoresMapsOneTable() throws Exception {
    Path maps = Path.of("/proc/self/maps");
    assumeTrue(Files.isReadable(maps), "the system lists what is mapped");
    reader.watch(NAME);
    for (int i = 0; i < 20; i++) {
      try (FileStore store = new FileStore(root, i % 2 == 0 ? Durability.OS : Durability.FSYNC)) {
        assertThat(store.watch(NAME).isUnchanged()).isTrue();
        write(store, NAME);
      }
    }
    String path = table().toRealPath().toString();
    assertThat(Files.readAllLines(maps).stream().filter(line -> line.endsWith(path))).hasSize(1);
  }

  @Test
  void aLockThatCannotBeHadIsNotTriedAtEachRead() throws Exception {
    reader.watch("dir/other.bin"); // makes the table
    AtomicInteger tried = new AtomicInteger();
    FaultyFileSystem files = FaultyFileSystem.at(root);
    files.set(
        (operation, at) -> {
          if (at.endsWith(LockFile.NAME)) {
            tried.incrementAndGet();
            throw new AccessDeniedException(at.toString());
          }
        });
    Path other = files.wrap(root);
    ChangeNotifier changes = new ChangeNotifier(other, new LockFile(other));
    long begun = System.nanoTime();
    for (int i = 0; i < 1000; i++) {
      assertThat(changes.watch(NAME).isUnchanged()).isFalse();
    }
    long tenths = Duration.ofNanos(System.nanoTime() - begun).toMillis() / 100;
    assertThat(tried.longValue()).isBetween(1L, 1 + tenths);
    files.heal();
    await().until(() -> changes.watch(NAME).isUnchanged());
    changes.close();
  }

  // ---- a disk that is full when the table is written to

  private ChangeNotifier onFullDisk(int writesThatSucceed, boolean canCondemn) {
    return new ChangeNotifier(
        root, new LockFile(root), path -> openFull(path, writesThatSucceed, canCondemn));
  }

  private static SharedChangeCounts openFull(Path path, int writesThatSucceed, boolean canCondemn)
      throws IOException {
    AtomicInteger left = new AtomicInteger(writesThatSucceed);
    FaultyFileSystem.Fault full =
        (operation, at) -> {
          if (operation.equals("write")
              ? left.getAndDecrement() <= 0
              : operation.equals("truncate") && !canCondemn) {
            throw new IOException("the disk is full");
          }
        };
    FileChannel channel = new FaultyChannel(SharedChangeCounts.openChannel(path), path, () -> full);
    Object fileKey = Files.readAttributes(path, BasicFileAttributes.class).fileKey();
    return Files.size(path) == SIZE
        ? SharedChangeCounts.open(path, fileKey, channel, System.nanoTime())
        : null;
  }

  @Test
  void aWriterThatCannotTellOfItsChangeWaitsUntilNobodyTrustsTheTable() throws Exception {
    write(writer, NAME);
    ChangeWatch watch = reader.watch(NAME);
    assertThat(watch.isUnchanged()).isTrue();
    try (ChangeNotifier.Notification change = onFullDisk(0, true).begin(NAME, true)) {
      assertThat(watch.isUnchanged()).isFalse();
      assertThat(reader.watch(NAME).isUnchanged()).isFalse();
    }
    await().until(() -> reader.watch(NAME).isUnchanged());
    ChangeWatch later = reader.watch(NAME);
    write(writer, NAME);
    assertThat(later.isUnchanged()).isFalse();
  }

  @Test
  void aWriterWaitsAlsoForATableThatWasCondemnedInThePlaceOfOneThatItSaw() throws Exception {
    write(writer, NAME);
    assertThat(reader.watch(NAME).isUnchanged()).isTrue();
    byte[] whole = Files.readAllBytes(table());
    ChangeNotifier changes = new ChangeNotifier(root, new LockFile(root));
    condemn(table());
    changes.begin(NAME, true).close();
    Files.write(table(), whole); // a file of the same number, as a file system may give to the next
    ChangeWatch watch = await().until(() -> reader.watch(NAME), ChangeWatch::isUnchanged);
    condemn(table());
    changes.begin(NAME, true).close();
    assertThat(watch.isUnchanged()).isFalse();
    changes.close();
  }

  private static void condemn(Path path) throws IOException {
    SharedChangeCounts table = SharedChangeCounts.open(path);
    table.condemn();
    table.close();
  }

  /** Or else the writer would tell those of the new table only. */
  @Test
  void nobodyReplacesACondemnedTableWhileSomebodyTrustsIt() throws Exception {
    write(writer, NAME);
    ChangeWatch watch = reader.watch(NAME);
    assertThat(watch.isUnchanged()).isTrue();
    AtomicBoolean wasFull = new AtomicBoolean();
    ChangeNotifier changes =
        new ChangeNotifier(
            root,
            new LockFile(root),
            path ->
                wasFull.getAndSet(true) ? SharedChangeCounts.open(path) : openFull(path, 0, true));
    AtomicBoolean begun = new AtomicBoolean();
    Thread eager =
        new Thread(
            () -> {
              while (!begun.get()) {
                LockFile locks = new LockFile(root);
                ChangeNotifier another = new ChangeNotifier(root, locks);
                another.watch(NAME);
                another.close();
                locks.close();
              }
            });
    eager.start();
    try (ChangeNotifier.Notification change = changes.begin(NAME, true)) {
      assertThat(watch.isUnchanged()).isFalse();
    } finally {
      begun.set(true);
      eager.join();
      changes.close();
    }
  }

  @Test
  void aChangeThatTookEffectAndCannotBeToldTakesTheTableAway() throws Exception {
    ChangeNotifier.Notification change = onFullDisk(0, false).begin(NAME, true);
    ChangeWatch watch = reader.watch(NAME);
    assertThat(watch.isUnchanged()).isTrue();
    change.close();
    assertThat(watch.isUnchanged()).isFalse();
    assertThat(table()).doesNotExist();
  }

  @Test
  void aWriterThatCanNeitherTellNorCondemnTheTableFailsBeforeItChangesAnything() {
    ChangeWatch watch = reader.watch(NAME);
    assertThatIOException()
        .isThrownBy(() -> onFullDisk(0, false).begin(NAME, true))
        .withMessageContaining(SharedChangeCounts.NAME)
        .withMessageContaining("full");
    assertThat(watch.isUnchanged()).isTrue();
  }

  @Test
  void aChangeWhoseEndCannotBeWrittenIsDoneAndItsNameUnwatchableUntilTheNext() throws Exception {
    ChangeWatch watch = reader.watch(NAME);
    ChangeWatch other = reader.watch("dir/other.bin");
    onFullDisk(1, true).begin(NAME, true).close();
    assertThat(other.isUnchanged()).isTrue();
    assertThat(watch.isUnchanged()).isFalse();
    assertThat(reader.watch(NAME).isUnchanged()).isFalse();
    write(writer, NAME);
    assertThat(reader.watch(NAME).isUnchanged()).isTrue();
  }

  @Test
  void whereThereCanBeNoTableAllIsReadAndWrittenButNothingWatched() throws Exception {
    Files.createDirectories(table().resolve("in the way"));
    ChangeWatch watch = reader.watch(NAME);
    assertThat(watch.isUnchanged()).isFalse();
    write(writer, NAME);
    assertThat(reader.read(NAME)).isPresent();
    writer.delete(NAME, Precondition.none());
    assertThat(reader.watch(NAME).isUnchanged()).isFalse();
  }

  /** Or else a watch over an old table would hold over a new one. */
  @Test
  void eachStripeThatIsWatchedHasANumberThatNoneHadBefore() throws Exception {
    Set<Long> numbers = new HashSet<>();
    int tables = 3;
    int names = 20;
    for (int i = 0; i < tables * names; i++) {
      if (i % names == 0) {
        Files.deleteIfExists(table());
        await().until(() -> !reader.watch(NAME).isUnchanged() || Files.exists(table()));
        await().until(() -> reader.watch(NAME).isUnchanged());
      }
      String name = "n" + i % names;
      assertThat(reader.watch(name).isUnchanged()).isTrue();
      LongBuffer table =
          ByteBuffer.wrap(Files.readAllBytes(table()))
              .order(ByteOrder.nativeOrder())
              .asLongBuffer();
      int begun = 2 + 2 * SharedChangeCounts.stripe(name);
      assertThat(table.get(begun)).isEqualTo(table.get(begun + 1));
      numbers.add(table.get(begun));
    }
    assertThat(numbers).hasSize(tables * names);
  }
}
