package io.persidict.store.file;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.persidict.store.Listed;
import io.persidict.store.Precondition;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the locale of a process has no characters or no English for. */
final class LocaleTest {
  @TempDir Path directory;

  /** Run in a process of its own. */
  static final class UseOfStore {
    private UseOfStore() {}

    public static void main(String[] arguments) {
      Path root = Path.of(URI.create(arguments[0]));
      try (FileStore store = new FileStore(root, Durability.FSYNC)) {
        store.put("dir/x", "v".getBytes(UTF_8), Precondition.absent());
        store.put("dir/x", "w".getBytes(UTF_8), Precondition.none());
        try (Stream<Listed> listed = store.list("")) {
          listed.map(Listed::name).forEach(System.out::println);
        }
        System.out.println(new String(store.read("dir/x").orElseThrow(), UTF_8));
      }
    }
  }

  @Test
  void aRootWhosePathTheLocaleCannotExpressIsOne() throws Exception {
    URI root = URI.create(directory.toUri() + "%C3%BC/");
    ProcessBuilder child =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            UseOfStore.class.getName(),
            root.toString());
    child.environment().put("LC_ALL", "C");
    Process process = child.redirectErrorStream(true).start();
    assertThat(process.inputReader(UTF_8).lines()).containsExactly("dir/x", "w");
    assertThat(process.waitFor()).isZero();
    assertThat(Path.of(root).resolve("dir/x")).hasContent("w");
  }

  @Test
  void whatAFullDeviceSaysIsWantOfSpaceInAnyLanguage() throws Exception {
    FaultyFileSystem files = FaultyFileSystem.at(directory);
    String german = "Auf dem Ger\u00e4t ist kein Speicherplatz mehr verf\u00fcgbar";
    files.set(
        (call, path) -> {
          if (call.equals("write")) {
            throw new IOException(german);
          }
        });
    Path full = Files.createFile(directory.resolve("full"));
    assertThat(Attributes.wantOfSpace(files.wrap(full))).contains(german);
    assertThat(Attributes.wantOfSpace(directory.resolve("none"))).isEmpty();
    assertThat(Attributes.isForWantOfSpace(new IOException("No space left on device"))).isTrue();
  }

  @Test
  void anInterruptedThreadKnowsAndLetsOthersKnowWhatWantOfSpaceIs() {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.exists(full), "the device is Linux's");
    Thread.currentThread().interrupt();
    Optional<String> said = Attributes.wantOfSpace(full);
    boolean ofNothing = Attributes.isForWantOfSpace(new IOException((String) null));
    assertThat(Thread.interrupted()).isTrue();
    assertThat(said).isPresent();
    assertThat(Attributes.isForWantOfSpace(new IOException(said.orElseThrow()))).isTrue();
    assertThat(ofNothing).isFalse();
  }

  /** Only who owns a file may set its times. */
  @Test
  void anotherUsersFileIsForbiddenInAnyLanguage() throws Exception {
    Path file = Files.writeString(directory.resolve("file"), "v");
    IOException refused =
        new FileSystemException(file.toString(), null, "Die Operation ist nicht erlaubt");
    assertThat(Attributes.isForbidden(file, refused)).isFalse();
    assumeTrue("root".equals(System.getProperty("user.name")), "only the superuser gives away");
    Files.setOwner(
        file, file.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("nobody"));
    assertThat(Attributes.isForbidden(file, refused)).isTrue();
  }
}
