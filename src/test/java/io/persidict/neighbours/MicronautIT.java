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

/** An application with Micronaut's annotations, see {@code src/it/micronaut}. */
@EnabledIf(
    value = "isBuilt",
    disabledReason = "the application is built by the profile neighbours alone")
final class MicronautIT {
  private static final Path APPLICATION =
      Path.of(System.getProperty("neighbours", "none"), "micronaut", "target");

  @TempDir Path directory;

  static boolean isBuilt() {
    return Files.exists(APPLICATION.resolve("dependency"));
  }

  private String run() throws Exception {
    List<String> command = new ArrayList<>();
    command.add("-Dpersidict.uri=" + directory.toUri());
    command.add("-cp");
    command.add(
        APPLICATION.resolve("classes")
            + File.pathSeparator
            + APPLICATION.resolve("dependency")
            + "/*");
    command.add("app.Main");
    try (ChildJvm child = ChildJvm.start(command)) {
      return child.join();
    }
  }

  @Test
  void theSecondRunComputesNothing() throws Exception {
    assertThat(run())
        .containsOnlyOnce("looking up a\n")
        .contains("found a\nfound a\n", "looking up a 1\n", "found a 1\n");
    assertThat(run()).contains("found a\nfound a\nfound a 1\n").doesNotContain("looking up");
  }
}
