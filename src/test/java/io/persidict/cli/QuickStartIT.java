package io.persidict.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.persidict.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class QuickStartIT {
  private static final int FILES = 2_000;
  private static final Pattern REPORT =
      Pattern.compile("(?s).*computed: +([0-9,]+) in .*from the store: +([0-9,]+) in .*");

  @TempDir Path directory;

  /** The quick start with its store where it is told. */
  static final class Run {
    public static void main(String[] arguments) throws IOException {
      System.setProperty("persidict.uri", Path.of(arguments[0]).toUri().toString());
      QuickStart.main(arguments[1]);
    }
  }

  @Test
  void goesOnWhereAKilledRunWas() throws Exception {
    Path files = Files.createDirectory(directory.resolve("files"));
    for (int i = 0; i < FILES; i++) {
      Files.writeString(files.resolve("file" + i), "word " + i);
    }
    Path store = directory;
    int kept = FILES;
    for (int i = 0; kept == FILES; i++) { // again if it had ended before it was killed
      Path next = directory.resolve("store" + i);
      try (ChildJvm killed = ChildJvm.start(Run.class, next.toString(), files.toString())) {
        await().pollInterval(Duration.ofMillis(5)).until(() -> entries(next) >= 50);
        killed.kill();
      }
      kept = entries(next);
      store = next;
    }
    assertThat(kept).isBetween(50, FILES - 1);
    assertThat(run(store, files)).containsExactly(FILES - kept, kept);
    assertThat(run(store, files)).containsExactly(0, FILES);
  }

  /** What a run computed, and what it found. */
  private static int[] run(Path store, Path files) throws Exception {
    try (ChildJvm run = ChildJvm.start(Run.class, store.toString(), files.toString())) {
      String printed = run.join();
      Matcher report = REPORT.matcher(printed);
      assertThat(report.matches()).as(printed).isTrue();
      return new int[] {number(report.group(1)), number(report.group(2))};
    }
  }

  private static int number(String text) {
    return Integer.parseInt(text.replace(",", ""));
  }

  private static int entries(Path store) throws IOException {
    Path cache = store.resolve("file-statistics");
    if (!Files.exists(cache)) {
      return 0;
    }
    try (Stream<Path> all = Files.list(cache)) {
      return (int) all.filter(file -> file.toString().endsWith(".entry")).count();
    }
  }
}
