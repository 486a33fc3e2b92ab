package io.persidict.neighbours;

import static org.assertj.core.api.Assertions.assertThat;

import io.persidict.ChildJvm;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** Camel's component for JCache, which gets or creates its cache; see {@code src/it/camel}. */
@EnabledIf(
    value = "isBuilt",
    disabledReason = "the application is built by the profile neighbours alone")
final class CamelIT {
  private static final Path APPLICATION =
      Path.of(System.getProperty("neighbours", "none"), "camel", "target");

  @TempDir Path directory;

  static boolean isBuilt() {
    return Files.exists(APPLICATION.resolve("dependency"));
  }

  private String run(String... arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add("-Dpersidict.uri=" + directory.toUri());
    command.add("-cp");
    command.add(
        APPLICATION.resolve("classes")
            + File.pathSeparator
            + APPLICATION.resolve("dependency")
            + "/*");
    command.add("app.Main");
    command.addAll(List.of(arguments));
    try (ChildJvm child = ChildJvm.start(command)) {
      return child.join();
    }
  }

  @Test
  void theTimeToLiveHoldsInTheSecondRunToo() throws Exception {
    assertThat(run("one")).contains("before: null\n", "stored: one\n");
    assertThat(run("two", "and wait")).contains("stored: two\n", "later: null\n");
  }
}
