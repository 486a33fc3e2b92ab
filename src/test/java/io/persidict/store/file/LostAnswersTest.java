package io.persidict.store.file;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.persidict.store.DeleteResult;
import io.persidict.store.ETag;
import io.persidict.store.Precondition;
import io.persidict.store.PutResult;
import io.persidict.store.StoreException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a store says where the file system did what it was asked for and says otherwise, as network
 * mounts do that repeat a call whose answer was lost.
 */
final class LostAnswersTest {
  private static final String NAME = "a/name.bin";

  @TempDir Path directory;

  private FaultyFileSystem files;
  private FileStore store;

  @BeforeEach
  void open() {
    files = FaultyFileSystem.at(directory);
    store = new FileStore(files.wrap(directory.resolve("root")), Durability.OS);
  }

  @AfterEach
  void close() {
    files.heal();
    store.close();
  }

  private Path file() {
    return directory.resolve("root").resolve(NAME);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  private String text() {
    return new String(store.read(NAME).orElseThrow(), UTF_8);
  }

  static Stream<Named<Function<Path, IOException>>> answers() {
    return Stream.of(
        Named.of("there is one", path -> new FileAlreadyExistsException(path.toString())),
        Named.of("there is none", path -> new NoSuchFileException(path.toString())),
        Named.of("error", path -> new FileSystemException(path.toString(), null, "timed out")));
  }

  private Path temporary() throws IOException {
    try (Stream<Path> all = Files.list(file().getParent())) {
      return all.filter(path -> path.getFileName().toString().startsWith(".__tmp__"))
          .findFirst()
          .orElseThrow();
    }
  }

  /** Has the next call do its work and fail. */
  private void lose(String call, Function<Path, IOException> answer) {
    files.set(
        (actual, path) -> {
          if (!actual.equals(call) || !path.equals(file())) {
            return;
          }
          switch (call) {
            case "move" -> Files.move(temporary(), path, StandardCopyOption.ATOMIC_MOVE);
            case "createLink" -> Files.createLink(path, temporary());
            default -> Files.delete(path);
          }
          files.heal();
          throw answer.apply(path);
        });
  }

  @ParameterizedTest
  @MethodSource("answers")
  void anInsertionThatTookEffectIsWritten(Function<Path, IOException> answer) throws Exception {
    store.put("a/other.bin", bytes("x"), Precondition.none());
    lose("createLink", answer);
    PutResult result = store.put(NAME, bytes("new"), Precondition.absent());
    ETag stored = store.stat(NAME).orElseThrow().etag();
    assertThat(result).isEqualTo(new PutResult.Written(stored));
    assertThat(text()).isEqualTo("new");
    assertThat(file().getParent().toFile().list()).hasSize(2);
  }

  @ParameterizedTest
  @MethodSource("answers")
  void aReplacementThatTookEffectIsWritten(Function<Path, IOException> answer) {
    PutResult.Written old = (PutResult.Written) store.put(NAME, bytes("old"), Precondition.none());
    lose("move", answer);
    PutResult result = store.put(NAME, bytes("new"), Precondition.matches(old.etag()));
    assertThat(result)
        .isEqualTo(new PutResult.Written(store.stat(NAME).orElseThrow().etag(), "old".length()));
    assertThat(text()).isEqualTo("new");
  }

  static Stream<Named<Function<Path, IOException>>> answersToADeletion() {
    return Stream.of(
        Named.of("error", path -> new FileSystemException(path.toString(), null, "timed out")),
        Named.of("no permission", path -> new AccessDeniedException(path.toString())));
  }

  @ParameterizedTest
  @MethodSource("answersToADeletion")
  void aDeletionThatTookEffectIsDone(Function<Path, IOException> answer) {
    store.put(NAME, bytes("old"), Precondition.none());
    lose("delete", answer);
    assertThat(store.delete(NAME, Precondition.none())).isEqualTo(DeleteResult.Deleted.DELETED);
    assertThat(store.read(NAME)).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("changes")
  void aChangeOfWhichNobodyCanTellWhatBecameSaysSo(String call, Precondition precondition) {
    store.put("a/other.bin", bytes("x"), Precondition.none());
    if (!call.equals("createLink")) {
      store.put(NAME, bytes("old"), Precondition.none());
    }
    files.set(
        (actual, path) -> {
          if (actual.equals(call) && path.equals(file())) {
            files.set(
                (any, later) -> {
                  if (later.equals(file())) {
                    throw new FileSystemException(later.toString(), null, "timed out");
                  }
                });
            throw new FileSystemException(path.toString(), null, "timed out");
          }
        });
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(
            () -> {
              if (call.equals("delete")) {
                store.delete(NAME, precondition);
              } else {
                store.put(NAME, bytes("new"), precondition);
              }
            })
        .withMessageContaining("timed out")
        .withMessageContaining("cannot be found out");
  }

  static Stream<org.junit.jupiter.params.provider.Arguments> changes() {
    return Stream.of(
        org.junit.jupiter.params.provider.Arguments.of("createLink", Precondition.absent()),
        org.junit.jupiter.params.provider.Arguments.of("move", Precondition.none()),
        org.junit.jupiter.params.provider.Arguments.of("delete", Precondition.none()));
  }
}
