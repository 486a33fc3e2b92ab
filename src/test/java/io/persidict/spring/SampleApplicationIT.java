package io.persidict.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.persidict.ChildJvm;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SampleApplicationIT {
  @TempDir Path directory;

  /** The sample, with its caches in the directory that is the first argument. */
  static final class Run {
    public static void main(String[] arguments) {
      System.setProperty("persidict.uri", arguments[0]);
      SampleApplication.main(new String[0]);
    }
  }

  @Test
  void theSecondRunComputesNothing() throws Exception {
    String results = "Definition[word=durable, meanings=[a meaning of durable]]\n2\n";
    assertThat(run()).contains("looking up durable\n", "comparing durable and cache\n", "\n2\n");
    assertThat(run()).contains(results).doesNotContain("looking up", "comparing");
  }

  private String run() throws Exception {
    try (ChildJvm child = ChildJvm.start(Run.class, directory.toUri().toString())) {
      return child.join();
    }
  }
}
