package io.persidict.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.persidict.cli.QuickStart.Summary;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.spi.CachingProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QuickStartTest {
  @TempDir Path directory;
  private Path files;
  private Path store;
  private String report = "";

  @BeforeEach
  void makeFiles() throws IOException {
    files = directory.resolve("files");
    store = Files.createDirectory(directory.resolve("store"));
    Files.createDirectories(files.resolve("sub/sub"));
    Files.writeString(files.resolve("a.txt"), "one two\n");
    Files.writeString(files.resolve("sub/b.txt"), "three\n");
    Files.writeString(files.resolve("sub/sub/c \u00e9.txt"), "");
  }

  /** One run of the program, as if in a process of its own. */
  private Summary run() throws IOException {
    return run(new Progress(null));
  }

  private Summary run(Progress progress) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    CachingProvider provider = Caching.getCachingProvider();
    try (CacheManager manager =
            provider.getCacheManager(store.toUri(), getClass().getClassLoader());
        PrintStream print = new PrintStream(out, true, UTF_8)) {
      return QuickStart.run(files, manager, print, progress);
    } finally {
      report = out.toString(UTF_8);
    }
  }

  @Test
  void computesEachFileOnceAndAChangedFileAgain() throws Exception {
    assertThat(run()).isEqualTo(new Summary(3, 0, 0));
    assertThat(report).contains("3 files, 14 bytes, 2 lines, 3 words", store.toUri().toString());
    assertThat(run()).isEqualTo(new Summary(0, 3, 0));
    assertThat(report).contains("3 files, 14 bytes, 2 lines, 3 words");

    Path changed = files.resolve("sub/b.txt");
    Files.setLastModifiedTime(changed, FileTime.from(Instant.parse("2026-01-01T00:00:00Z")));
    assertThat(run()).isEqualTo(new Summary(1, 2, 0));
    Files.writeString(changed, "three four\n");
    assertThat(run()).isEqualTo(new Summary(1, 2, 0));
    assertThat(report).contains("3 files, 19 bytes, 2 lines, 4 words");
    assertThat(run()).isEqualTo(new Summary(0, 3, 0));
  }

  @Test
  void readsNoLinksAndNoToolsDirectories() throws Exception {
    for (String skipped : List.of(".git", "target", ".persidict")) {
      Path inside = Files.createDirectories(files.resolve("sub").resolve(skipped));
      Files.writeString(inside.resolve("file"), "not to be read");
    }
    Files.createSymbolicLink(files.resolve("link"), files.resolve("a.txt"));
    Files.createSymbolicLink(files.resolve("links"), files.resolve("sub"));
    assertThat(run()).isEqualTo(new Summary(3, 0, 0));
  }

  @Test
  void reportsAFileThatItCannotReadAndGoesOn() throws Exception {
    Path vanishing = Files.writeString(files.resolve("vanishing\n.txt"), "x");
    Writer terminal =
        new StringWriter() {
          @Override
          public void flush() {
            vanishing.toFile().delete();
          }
        };
    assertThat(run(new Progress(new PrintWriter(terminal)))).isEqualTo(new Summary(3, 0, 1));
    assertThat(report.lines())
        .filteredOn(line -> line.contains("vanishing?.txt"))
        .singleElement()
        .asString()
        .startsWith("Not read: NoSuchFileException: ");
  }

  @Test
  void findsNothingInAnEmptyDirectory() throws Exception {
    files = Files.createDirectory(directory.resolve("empty"));
    assertThat(run(new Progress(new PrintWriter(new StringWriter()))))
        .isEqualTo(new Summary(0, 0, 0));
    assertThat(report).contains("0 files, 0 bytes");
  }

  @Test
  void runsAsAProgram() throws Exception {
    assertThat(start(0, files.toString())).contains("computed:               3 in");
    assertThat(start(0, files.toString()))
        .contains("from the store:         3 in", store.toUri().toString())
        .doesNotContain("\r");
  }

  @Test
  void refusesWhatIsNotOneDirectory() throws Exception {
    assertThat(start(2, files.resolve("a.txt").toString()))
        .hasLineCount(1)
        .startsWith("There is no directory ")
        .contains("a.txt");
    assertThat(start(2, "x", "y")).hasLineCount(1).contains("one directory", "2 arguments");
    assertThat(store).isEmptyDirectory();
  }

  /** What the program prints in a process of its own, which must exit with {@code status}. */
  private String start(int status, String... args) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                "-Dpersidict.uri=" + store.toUri(),
                QuickStart.class.getName()));
    command.addAll(List.of(args));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(output).isEqualTo(status);
    return output;
  }
}
