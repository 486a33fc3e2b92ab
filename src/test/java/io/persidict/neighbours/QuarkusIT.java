package io.persidict.neighbours;

import static org.assertj.core.api.Assertions.assertThat;

import io.persidict.ChildJvm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** An application that Quarkus has built, see {@code src/it/quarkus}. */
@EnabledIf(
    value = "isBuilt",
    disabledReason = "the application is built by the profile neighbours alone")
final class QuarkusIT {
  private static final Path APPLICATION =
      Path.of(
          System.getProperty("neighbours", "none"),
          "quarkus",
          "target",
          "quarkus-app",
          "quarkus-run.jar");

  @TempDir Path directory;

  static boolean isBuilt() {
    return Files.exists(APPLICATION);
  }

  private String run() throws Exception {
    try (ChildJvm child =
        ChildJvm.start(
            List.of("-Dpersidict.uri=" + directory.toUri(), "-jar", APPLICATION.toString()))) {
      return child.join();
    }
  }

  @Test
  void theSecondRunComputesNothing() throws Exception {
    assertThat(run()).containsOnlyOnce("looking up a\n").contains("found a\nfound a\n");
    assertThat(run()).contains("found a\nfound a\n").doesNotContain("looking up");
  }
}
