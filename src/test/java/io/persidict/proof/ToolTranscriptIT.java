package io.persidict.proof;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.persidict.cli.ToolProcess;
import io.persidict.jcache.PersiDictCachingProvider;
import io.persidict.jcache.PersiDictConfiguration;
import io.persidict.store.s3.TestS3;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Stream;
import javax.cache.Cache;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every command of the tool on a large cache, on disk and in S3, on our own server or the one that
 * system properties name; leaves a transcript in {@code target/tool-transcript-*.txt}.
 */
final class ToolTranscriptIT {
  private static final int ENTRIES = Math.toIntExact(ProofScale.times(2_000));
  private static final String COUNT = String.format("%,d", ENTRIES);
  private static final int SHOWN = 12;
  private static final Duration PATIENCE = Duration.ofMinutes(ProofScale.isLong() ? 20 : 5);

  @TempDir Path directory;
  private final Map<String, String> variables = new HashMap<>();
  private final Properties settings = new Properties();
  private Path transcript;

  private static String name(int i) {
    return "word " + i;
  }

  private void fill(URI place) {
    try (PersiDictCachingProvider provider = new PersiDictCachingProvider()) {
      Cache<String, String> cache =
          provider
              .getCacheManager(place, null, settings)
              .createCache("words", new PersiDictConfiguration<>());
      Map<String, String> words = new HashMap<>();
      for (int i = 0; i < ENTRIES; i++) {
        words.put(name(i), "definition of " + i);
      }
      cache.putAll(words);
    }
  }

  /** Runs a command and notes what it printed. */
  private String run(int status, String... arguments) throws Exception {
    String[] all = arguments.clone();
    try (ToolProcess process = ToolProcess.start(directory, variables, withSettings(all))) {
      assertThat(process.status(PATIENCE))
          .as(String.join(" ", all) + ": " + process.err())
          .isEqualTo(status);
      note(arguments, process, status);
      return process.out();
    }
  }

  private String[] withSettings(String... arguments) {
    return settings.isEmpty() || List.of("memo", "completion", "man").contains(arguments[0])
        ? arguments
        : Stream.of(
                List.of(arguments[0]),
                settings.entrySet().stream()
                    .flatMap(each -> Stream.of("-s", each.toString()))
                    .toList(),
                List.of(arguments).subList(1, arguments.length))
            .flatMap(List::stream)
            .toArray(String[]::new);
  }

  private void note(String[] arguments, ToolProcess process, int status) throws IOException {
    StringBuilder text = new StringBuilder("$ persidict");
    for (String argument : arguments) {
      text.append(' ').append(argument.matches("[\\w./:=-]+") ? argument : "'" + argument + "'");
    }
    text.append('\n');
    List<String> lines = (process.err() + process.out()).lines().toList();
    lines.stream().limit(SHOWN).forEach(line -> text.append(line).append('\n'));
    if (lines.size() > SHOWN) {
      text.append("... ").append(lines.size() - SHOWN).append(" more lines\n");
    }
    text.append(status == 0 ? "" : "[exit status " + status + "]\n").append('\n');
    Files.writeString(
        transcript, text, UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  private void transcribe(String kind, URI place, String other) throws Exception {
    transcript =
        Files.createDirectories(Path.of("target")).resolve("tool-transcript-" + kind + ".txt");
    Files.deleteIfExists(transcript);
    transcript = transcript.toAbsolutePath();
    fill(place);
    String store = place.toString().replaceFirst("/?$", "/");
    assertThat(run(0, "ls", store)).isEqualTo("entry   jser    words\n");
    String words = store + "words/";
    assertThat(run(0, "ls", words).lines())
        .hasSize(ENTRIES)
        .allMatch(line -> line.matches(" .* B .* -  word \\d+"));
    assertThat(run(0, "ls", "--json", words).lines()).hasSize(ENTRIES).doesNotHaveDuplicates();
    assertThat(run(0, "get", words, name(7))).isEqualTo("definition of 7\n");
    run(1, "get", words, "no word");
    run(0, "put", "--ttl", "30d", words, name(7), "a better definition");
    assertThat(run(0, "get", words, name(7))).isEqualTo("a better definition\n");
    run(0, "rm", words, name(8));
    run(1, "rm", words, name(8));
    assertThat(run(0, "stat", words)).containsPattern(String.format("entries +%,d  ", ENTRIES - 1));
    assertThat(run(0, "verify", words))
        .isEqualTo(String.format("%,d entries are whole, 0 damaged%n", ENTRIES - 1));
    assertThat(run(0, "purge", words))
        .contains(String.format("; %,d entries are left", ENTRIES - 1));
    watch(words);
    assertThat(run(0, "copy", store, other)).startsWith(COUNT + " copied (");
    run(0, "put", words, name(9), "changed");
    assertThat(run(0, "copy", store, other))
        .startsWith("1 copied (")
        .contains(String.format("%,d same", ENTRIES - 1));
    assertThat(run(0, "get", "-c", "words", other, name(9))).isEqualTo("changed\n");
    variables.put("PERSIDICT_STORE", directory.resolve("results").toString());
    String[] memo = {"memo", "sh", "-c", "echo computed; echo >> runs"};
    assertThat(run(0, memo)).isEqualTo("computed\n");
    assertThat(run(0, memo)).isEqualTo("computed\n");
    assertThat(Files.readAllLines(directory.resolve("runs"))).hasSize(1);
    assertThat(run(0, "completion")).contains("complete -F");
    assertThat(run(0, "man")).startsWith(".TH");
    assertThat(Files.readString(transcript)).contains("$ persidict verify " + words);
  }

  private void watch(String words) throws Exception {
    String[] arguments = {"watch", "--count", "1", words};
    try (ToolProcess watching = ToolProcess.start(directory, variables, withSettings(arguments))) {
      await().atMost(PATIENCE).until(() -> watching.err().contains("watching"));
      run(0, "put", words, "a new word", "x");
      assertThat(watching.status(PATIENCE)).isZero();
      assertThat(watching.out()).contains("added    a new word");
      note(arguments, watching, 0);
    }
  }

  @Test
  void onDisk() throws Exception {
    transcribe(
        "disk", directory.resolve("caches").toUri(), directory.resolve("copy").toUri().toString());
  }

  @Test
  void inS3() throws Exception {
    try (TestS3 s3 = new TestS3()) {
      variables.putAll(s3.variables());
      settings.setProperty("persidict.s3.endpoint", s3.endpoint().toString());
      settings.setProperty("persidict.s3.region", s3.region());
      transcribe(
          "s3",
          URI.create("s3://" + s3.bucket() + "/caches/"),
          directory.resolve("copy").toUri().toString());
    }
  }
}
