package io.persidict.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileStatisticsTest {
  @TempDir Path directory;

  private FileStatistics of(String content) throws IOException {
    return FileStatistics.of(Files.writeString(directory.resolve("file"), content, UTF_8));
  }

  @Test
  void countsAsWcDoes() throws Exception {
    FileStatistics abc = of("abc");
    assertThat(abc)
        .isEqualTo(
            new FileStatistics(
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
                3,
                0,
                1,
                5,
                abc.nanos()));
    assertThat(abc.nanos()).isPositive();
    assertThat(of("").sha256())
        .isEqualTo("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assertThat(of("\n one\ttwo\r\n\u000bthree \f\n\u00e9")).extracting("lines").isEqualTo(3L);
    assertThat(of("\n one\ttwo\r\n\u000bthree \f\n\u00e9")).extracting("words").isEqualTo(4L);
  }

  @Test
  void countsAcrossChunks() throws Exception {
    FileStatistics statistics = of("word 12\n".repeat(50_000) + "x".repeat(100_000));
    assertThat(statistics.bytes()).isEqualTo(500_000);
    assertThat(statistics.lines()).isEqualTo(50_000);
    assertThat(statistics.words()).isEqualTo(100_001);
    assertThat(statistics.smallest()).isBetween(500L, 5_000L);
  }
}
