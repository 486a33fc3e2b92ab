package io.persidict.store.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.persidict.ChildJvm;
import io.persidict.store.GetResult;
import io.persidict.store.Precondition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What only the native reader does; the contract of stores runs over it too, where there is one.
 */
final class NativeReaderTest {
  @TempDir Path directory;
  private NativeReader.Root root;

  @BeforeEach
  void needsTheReader() {
    assumeTrue(
        NativeReader.loadNow(),
        "there is one on Linux, with Java 22 or later and --enable-native-access");
    root = NativeReader.below(directory);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 65_535, 65_536, 65_537, 1_000_000})
  void findsWhatTheJdkFinds(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    try (FileStore byCalls = new FileStore(directory, Durability.OS);
        FileStore byJdk = new FileStore(directory, Durability.OS, Files::createLink, false)) {
      byJdk.put("name", bytes, Precondition.none());
      GetResult.Found expected = (GetResult.Found) byJdk.get("name", Optional.empty());
      NativeReader.Version version = root.read("name", Optional.empty());
      assertThat(version.bytes()).isEqualTo(bytes);
      assertThat(version.stat()).isEqualTo(expected.stat());
      assertThat(root.read("name", Optional.of(expected.stat().etag())).bytes()).isNull();
      assertThat(root.read("name").bytes()).isEqualTo(bytes);
      assertThat(((GetResult.Found) byCalls.get("name", Optional.empty())).stat())
          .isEqualTo(expected.stat());
    }
  }

  @Test
  void leavesToTheJdkWhateverIsNoFile() throws Exception {
    Files.createDirectory(directory.resolve("directory"));
    Files.createSymbolicLink(directory.resolve("link"), Path.of("directory"));
    Files.createFile(directory.resolve("file"));
    assertThat(new ProcessBuilder("mkfifo", directory.resolve("pipe").toString()).start().waitFor())
        .isZero();
    assertThat(root.read("absent")).isSameAs(NativeReader.ABSENT);
    for (String name : List.of("directory", "link", "pipe", "file/below", "x".repeat(5_000))) {
      assertThat(root.read(name)).as(name).isNull();
    }
  }

  @Test
  void readsBelowRootsOfAnyName() throws Exception {
    Path odd = Files.createDirectory(directory.resolve("ä b%20\u20ac"));
    Files.writeString(odd.resolve("name"), "v");
    assertThat(NativeReader.below(odd).read("name").bytes()).asString().isEqualTo("v");
  }

  @Test
  void isLoadedOnceItPays() throws Exception {
    for (int reads : new int[] {900, 1_001}) {
      try (ChildJvm reader =
          ChildJvm.start(
              List.of("--enable-native-access=ALL-UNNAMED", "-Xlog:class+load"),
              List.of(),
              Reader.class,
              directory.toString(),
              String.valueOf(reads))) {
        assertThat(reader.join().contains(" io.persidict.store.file.LinuxReader "))
            .as("after %s reads", reads)
            .isEqualTo(reads > 1_000);
      }
    }
  }

  /** Reads a name that many times, and waits for whoever loads the calls. */
  static final class Reader {
    public static void main(String... arguments) throws Exception {
      try (FileStore store = new FileStore(Path.of(arguments[0]), Durability.OS)) {
        store.put("name", new byte[1], Precondition.none());
        for (int i = 0; i < Integer.parseInt(arguments[1]); i++) {
          store.get("name", Optional.empty());
        }
      }
      for (Thread thread : Thread.getAllStackTraces().keySet()) {
        if (thread.getName().equals("persidict-native")) {
          thread.join();
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void readsWhateverStackTheFirstReaderHasLeft(boolean isLoaded) throws Exception {
    try (ChildJvm reader =
        ChildJvm.start(
            List.of("--enable-native-access=ALL-UNNAMED", "-Xint"),
            List.of(),
            DeepReader.class,
            directory.toString(),
            String.valueOf(isLoaded))) {
      assertThat(reader.join()).contains("in the end: true").doesNotContain("Error");
    }
  }

  /**
   * Reads at every depth of a stack that overflows: first where there is just enough of it. Tells
   * of errors above, and in the end whether there is a reader.
   */
  static final class DeepReader {
    private final FileStore store;
    private boolean hasRead;

    private DeepReader(FileStore store) {
      this.store = store;
    }

    public static void main(String... arguments) throws Exception {
      try (FileStore store = new FileStore(Path.of(arguments[0]), Durability.OS)) {
        store.put("name", new byte[1], Precondition.none());
        DeepReader reader = new DeepReader(store);
        boolean isLoaded = Boolean.parseBoolean(arguments[1]);
        if (isLoaded) {
          NativeReader.loadNow();
        }
        for (int i = 0; !isLoaded && i < 970; i++) {
          reader.read();
        }
        Thread thread = new Thread(null, reader::dive, "deep", 400_000);
        thread.start();
        thread.join();
        for (int i = 0; i < 2_000; i++) {
          reader.read();
        }
        System.out.println("in the end: " + NativeReader.loadNow());
      }
    }

    private void dive() {
      try {
        dive();
      } catch (StackOverflowError e) {
        // here is the bottom
      }
      try {
        read();
        hasRead = true;
      } catch (Throwable e) {
        if (hasRead) {
          System.out.println(e);
        }
      }
    }

    private void read() {
      store.get("name", Optional.empty());
    }
  }

  @Test
  void losesNoDescriptor() throws Exception {
    Files.createDirectory(directory.resolve("directory"));
    Files.writeString(directory.resolve("file"), "v");
    root.read("file");
    long before = descriptors();
    for (int i = 0; i < 2_000; i++) {
      assertThat(root.read("directory")).isNull();
      assertThat(root.read("file").bytes()).hasSize(1);
      assertThat(root.read("absent")).isSameAs(NativeReader.ABSENT);
    }
    assertThat(descriptors()).isLessThan(before + 100);
  }

  private static long descriptors() throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      return open.count();
    }
  }

  @Test
  void leavesToTheJdkWhatIsShorterThanItsSize() {
    Path system = Path.of("/sys/kernel");
    assumeTrue(Files.isReadable(system.resolve("uevent_seqnum")));
    assertThat(NativeReader.below(system).read("uevent_seqnum")).isNull();
  }

  @Test
  void anInterruptHasNoEffect() throws Exception {
    Files.writeString(directory.resolve("file"), "v");
    Thread.currentThread().interrupt();
    assertThat(root.read("file").bytes()).hasSize(1);
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void threadsThatReadAtOnceDoNotMixTheirBytes() throws Exception {
    int threads = 200; // more than there are buffers
    for (int i = 0; i < threads; i++) {
      Files.write(directory.resolve("f" + i), new byte[] {(byte) i, (byte) i});
    }
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    try {
      List<CompletableFuture<Void>> reads = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        int number = i;
        reads.add(
            CompletableFuture.runAsync(
                () -> {
                  for (int round = 0; round < 200; round++) {
                    assertThat(root.read("f" + number).bytes())
                        .containsExactly((byte) number, (byte) number);
                  }
                },
                executor));
      }
      CompletableFuture.allOf(reads.toArray(CompletableFuture[]::new)).get();
    } finally {
      executor.shutdownNow();
    }
  }
}
