package io.persidict.store.file;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.persidict.ChildJvm;
import io.persidict.store.Content;
import io.persidict.store.DeleteResult;
import io.persidict.store.ETag;
import io.persidict.store.GetResult;
import io.persidict.store.Listed;
import io.persidict.store.Precondition;
import io.persidict.store.PutResult;
import io.persidict.store.Stat;
import io.persidict.store.StoreException;
import io.persidict.store.UnreadableException;
import java.io.File;
import java.io.RandomAccessFile;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What lies in an entry's place without being one costs that entry alone. */
final class BadFilesTest {
  private static final String NAME = "d/bad.bin";
  private static final Duration LIMIT = Duration.ofMinutes(5);

  @TempDir Path directory;

  private FileStore store;

  /** Things that are not files. */
  enum Kind {
    DIRECTORY,
    PIPE,
    SOCKET,
    DANGLING_LINK,
    LINK_TO_ITSELF,
    LINK_TO_A_PIPE,
    LINK_TO_A_FILE;

    void make(Path path) throws Exception {
      Path target = path.resolveSibling("target file");
      switch (this) {
        case DIRECTORY -> Files.createDirectories(path.resolve("within"));
        case PIPE -> pipe(path);
        case SOCKET -> {
          try (ServerSocketChannel socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            socket.bind(UnixDomainSocketAddress.of(path));
          }
        }
        case DANGLING_LINK -> Files.createSymbolicLink(path, target);
        case LINK_TO_ITSELF -> Files.createSymbolicLink(path, path);
        case LINK_TO_A_PIPE -> {
          pipe(target);
          Files.createSymbolicLink(path, target);
        }
        case LINK_TO_A_FILE -> {
          Files.writeString(target, "another's");
          Files.createSymbolicLink(path, target);
        }
      }
    }

    private static void pipe(Path path) throws Exception {
      assertThat(new ProcessBuilder("mkfifo", path.toString()).start().waitFor()).isZero();
    }
  }

  @BeforeEach
  void open() {
    assumeTrue(File.separatorChar == '/', "Windows has no pipes, and no links for everybody");
    store = new FileStore(directory.resolve("root"), Durability.OS);
    store.put("d/good.bin", bytes("good"), Precondition.none());
  }

  @AfterEach
  void close() {
    store.close();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  private Path file() {
    return store.root().resolve(NAME);
  }

  private Stream<String> names() {
    try (Stream<Listed> listed = store.list("")) {
      return listed.map(Listed::name).toList().stream();
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatIsNotAFileIsUnreadableAndNotListed(Kind kind) throws Exception {
    kind.make(file());
    assertTimeoutPreemptively(
        LIMIT,
        () -> {
          assertThatExceptionOfType(UnreadableException.class)
              .isThrownBy(() -> store.read(NAME))
              .withMessageContaining(file().toString())
              .satisfies(e -> assertThat(e.stat()).isEmpty());
          assertThatExceptionOfType(UnreadableException.class)
              .isThrownBy(() -> store.get(NAME, Optional.empty()));
          assertThat(store.stat(NAME)).isEmpty();
          assertThat(store.delete(NAME, Precondition.none()))
              .isEqualTo(DeleteResult.WasAbsent.WAS_ABSENT);
          assertThat(store.put(NAME, bytes("x"), Precondition.matches(new ETag("1:2:3"))))
              .isEqualTo(new PutResult.Lost(Optional.empty()));
          assertThat(names()).containsExactly("d/good.bin");
          try (Stream<Content> contents = store.contents("", name -> true)) {
            assertThat(contents.map(Content::name)).containsExactly("d/good.bin");
          }
          store.deleteBelow("", name -> true);
          assertThat(names()).isEmpty();
          assertThat(Files.exists(file(), java.nio.file.LinkOption.NOFOLLOW_LINKS)).isTrue();
        });
  }

  @ParameterizedTest
  @EnumSource
  void aWritePutsAnEntryInItsPlaceUnlessItIsADirectory(Kind kind) throws Exception {
    for (Precondition precondition :
        new Precondition[] {Precondition.none(), Precondition.absent()}) {
      Files.deleteIfExists(file());
      Files.deleteIfExists(file().resolveSibling("target file"));
      kind.make(file());
      assertTimeoutPreemptively(
          LIMIT,
          () -> {
            if (kind == Kind.DIRECTORY) {
              assertThatExceptionOfType(StoreException.class)
                  .isThrownBy(() -> store.put(NAME, bytes("new"), precondition))
                  .withMessageContaining("a directory is in the way");
              assertThat(file().resolve("within")).isDirectory();
              Files.delete(file().resolve("within"));
            } else {
              assertThat(store.put(NAME, bytes("new"), precondition))
                  .isInstanceOf(PutResult.Written.class);
              assertThat(store.read(NAME)).hasValueSatisfying(b -> assertThat(b).hasSize(3));
            }
          });
    }
    if (kind == Kind.LINK_TO_A_FILE) {
      assertThat(file().resolveSibling("target file")).hasContent("another's");
    }
  }

  @Test
  void aFileThatDoesNotFitIntoTheHeapIsNotRead() throws Exception {
    store.put(NAME, bytes("x"), Precondition.none());
    try (RandomAccessFile file = new RandomAccessFile(file().toFile(), "rw")) {
      file.setLength(UnreadableException.MAX_SIZE + 1L);
    }
    assertThat(UnreadableException.MAX_SIZE).isLessThan((int) (1L << 30) + 1);
    assertThat((long) UnreadableException.MAX_SIZE).isLessThan(Runtime.getRuntime().maxMemory());
    assertThatExceptionOfType(UnreadableException.class)
        .isThrownBy(() -> store.read(NAME))
        .withMessageContaining("at most " + UnreadableException.MAX_SIZE + " are read");
    try (Stream<Content> contents = store.contents("", name -> true)) {
      assertThat(contents)
          .hasSize(2)
          .allSatisfy(
              content -> assertThat(content.fault() != null).isEqualTo(content.name().equals(NAME)))
          .allSatisfy(
              content ->
                  assertThat(content.found() == null).isEqualTo(content.name().equals(NAME)));
    }
  }

  /** Reads a file that would fit into the heap if that were empty; prints what comes of it. */
  static final class FullHeap {
    public static void main(String... arguments) throws Exception {
      byte[][] full = new byte[24][1 << 20];
      try (FileStore store = new FileStore(Path.of(arguments[0]), Durability.OS)) {
        store.put(NAME, bytes("x"), Precondition.none());
        try (RandomAccessFile file =
            new RandomAccessFile(store.root().resolve(NAME).toFile(), "rw")) {
          file.setLength(UnreadableException.MAX_SIZE);
        }
        List<Supplier<Object>> reads =
            List.of(() -> store.read(NAME), () -> store.get(NAME, Optional.empty()));
        for (Supplier<Object> read : reads) {
          try {
            System.out.println("read " + read.get());
          } catch (UnreadableException e) {
            System.out.println("unreadable: " + e.reason());
          }
        }
      }
      System.out.println(full.length);
    }
  }

  @Test
  void aFileForWhichTheHeapHasNoRoomNowIsUnreadable() throws Exception {
    try (ChildJvm child =
        ChildJvm.start(
            List.of("-Xmx64m"), List.of(), FullHeap.class, directory.resolve("heap").toString())) {
      assertThat(child.join())
          .containsPattern(
              "(unreadable: has \\d+ bytes, for which the heap has no room now\\s+){2}24");
    }
  }

  @Test
  void aFileLargerThanAnyValueCanBeReplacedAndDeletedLikeAnyVersion() throws Exception {
    for (int round = 0; round < 2; round++) {
      store.put(NAME, bytes("x"), Precondition.none());
      try (RandomAccessFile file = new RandomAccessFile(file().toFile(), "rw")) {
        file.setLength(3L << 30);
      }
      Stat stat = store.stat(NAME).orElseThrow();
      assertThat(stat.size()).isEqualTo(3L << 30);
      assertThatExceptionOfType(UnreadableException.class)
          .isThrownBy(() -> store.read(NAME))
          .withMessageContaining("3221225472 bytes")
          .satisfies(e -> assertThat(e.stat()).contains(stat));
      assertThatExceptionOfType(UnreadableException.class)
          .isThrownBy(() -> store.get(NAME, Optional.empty()));
      assertThat(store.get(NAME, Optional.of(stat.etag())))
          .isEqualTo(GetResult.NotModified.NOT_MODIFIED);
      assertThat(names()).containsExactlyInAnyOrder("d/good.bin", NAME);
      if (round == 0) {
        assertThat(store.put(NAME, bytes("new"), Precondition.matches(stat.etag())))
            .isInstanceOf(PutResult.Written.class);
      } else {
        assertThat(store.delete(NAME, Precondition.matches(stat.etag())))
            .isEqualTo(DeleteResult.Deleted.DELETED);
      }
    }
  }
}
