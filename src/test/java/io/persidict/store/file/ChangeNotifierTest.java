package io.persidict.store.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.persidict.store.ChangeWatch;
import io.persidict.store.Precondition;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

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
        table -> replace(table, new byte[0]),
        table -> replace(table, new byte[4096]),
        table -> replace(table, new byte[SIZE]),
        table -> replace(table, ByteBuffer.allocate(SIZE).putLong(0x8950444300000003L).array()));
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
  void whereThereCanBeNoTableAllIsReadAndWrittenButNothingWatched() throws Exception {
    Files.createDirectories(table().resolve("in the way"));
    ChangeWatch watch = reader.watch(NAME);
    assertThat(watch.isUnchanged()).isFalse();
    write(writer, NAME);
    assertThat(reader.read(NAME)).isPresent();
    writer.delete(NAME, Precondition.none());
    assertThat(reader.watch(NAME).isUnchanged()).isFalse();
  }
}
