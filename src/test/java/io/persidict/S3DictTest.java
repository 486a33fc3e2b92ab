package io.persidict;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.persidict.key.DictKey;
import io.persidict.store.Listed;
import io.persidict.store.Store;
import io.persidict.store.file.Durability;
import io.persidict.store.s3.S3Server;
import io.persidict.store.s3.TestS3;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** On a server of our own, or on the one that system properties name. */
class S3DictTest extends PersiDictContract {
  static TestS3 s3;

  @TempDir Path directory;

  @BeforeAll
  static void start() {
    s3 = new TestS3();
  }

  @AfterAll
  static void stop() {
    s3.close();
  }

  @Override
  Store open() {
    s3.empty();
    if (s3.isOwn()) {
      s3.own().setClockOffset(Duration.ZERO);
    }
    return s3.open();
  }

  @Override
  void letTimePass() throws InterruptedException {
    if (s3.isOwn()) {
      s3.own().advanceClock(Duration.ofSeconds(1));
    } else {
      Thread.sleep(1_100);
    }
  }

  @Override
  int draws() {
    return 500;
  }

  @Override
  int readAhead() {
    return 32;
  }

  private S3Dict data() {
    return S3Dict.at(s3.server(), s3.bucket(), "data/");
  }

  private static List<String> objects() {
    try (Store all = s3.open();
        Stream<Listed> listed = all.list("")) {
      return listed.map(Listed::name).sorted().toList();
    }
  }

  @Test
  void namesObjectsAsThePythonOriginal() {
    try (PersiDict<Object> opened = data().open(Object.class)) {
      opened.put(DictKey.of("projects", "alpha", "run-1"), Map.of("score", 0.93));
      opened.put(DictKey.of("theme"), "dark");
      assertThat(opened.baseUrl()).isEqualTo("s3://" + s3.bucket() + "/data/");
      assertThat(opened.baseDir()).isEmpty();
    }
    assertThat(objects()).containsExactly("data/projects/alpha/run-1.json", "data/theme.json");
    try (PersiDict<String> text = data().format("txt").digestLength(8).open(String.class)) {
      text.put(DictKey.of("theme"), "dark");
    }
    assertThat(objects()).contains("data/theme_6scfodl4.txt");
  }

  @Test
  void reopensFromItsParameters() {
    Parameters<Object> part;
    try (PersiDict<Object> opened = data().immutableItems(true).open(Object.class)) {
      opened.put(DictKey.of("a", "b"), 1);
      part = opened.subdict(DictKey.of("a")).parameters();
    }
    try (PersiDict<Object> below = S3Dict.reopen(part, s3.server())) {
      assertThat(below.get(DictKey.of("b"))).contains(1L);
      assertThatExceptionOfType(MutationPolicyException.class)
          .isThrownBy(() -> below.put(DictKey.of("b"), 2));
      assertThat(below.parameters()).isEqualTo(part);
    }
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                S3Dict.reopen(
                    new Parameters<>("file:/a/", Optional.empty(), "json", 0, false, Object.class),
                    s3.server()))
        .withMessageContaining("file:/a/");
  }

  @Test
  void severalFormatsOverlapInOnePlace() {
    try (OverlappingMultiDict dicts =
        data().openAll(Map.of("json", Object.class, "txt", String.class))) {
      dicts.dict("json", Object.class).put(KEY, 1);
      dicts.dict("txt", String.class).put(KEY, "one");
      dicts.dict("json", Object.class).clear();
      assertThat(dicts.dict("txt", String.class).get(KEY)).contains("one");
    }
  }

  @Test
  void keepsLocalCopies() throws Exception {
    S3Dict options = data().localDir(directory.resolve("copies")).localMaxBytes(1 << 20);
    for (int run = 0; run < 2; run++) {
      try (PersiDict<Object> opened = options.open(Object.class)) {
        opened.setDefault(KEY, "value");
        assertThat(opened.get(KEY)).contains("value");
      }
    }
    try (Stream<Path> files = Files.walk(directory.resolve("copies"))) {
      assertThat(
              files
                  .filter(Files::isRegularFile)
                  .filter(file -> !file.getFileName().toString().startsWith(".__")))
          .singleElement()
          .satisfies(file -> assertThat(file).hasContent("\"value\""));
    }
  }

  @Test
  void copiesOfDaysWhenItemsWereMutableAreNotTakenForImmutableOnes() {
    S3Dict copied = data().localDir(directory.resolve("copies"));
    try (PersiDict<Object> opened = copied.open(Object.class)) {
      opened.put(KEY, "first");
      assertThat(opened.get(KEY)).contains("first");
    }
    try (PersiDict<Object> elsewhere = data().open(Object.class)) {
      elsewhere.put(KEY, "second");
    }
    try (PersiDict<Object> opened = copied.immutableItems(true).open(Object.class)) {
      assertThat(opened.get(KEY)).contains("second");
    }
  }

  @Test
  void createsTheBucketIfItIsMissing() {
    String bucket = "persidict-test-" + UUID.randomUUID();
    try (PersiDict<Object> opened = S3Dict.at(s3.server(), bucket, "").open(Object.class)) {
      opened.put(KEY, 1);
      assertThat(opened.size()).isEqualTo(1);
      opened.clear();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "s3://user:secret@bucket/p/",
        "s3://user%3Asecret%40bucket/p/",
        "https://user:secret@host/p/",
        "s3:/user:secret@bucket/p/",
        "user:secret@bucket",
        "s3://user:secret"
      })
  void tellsNoSecretOfAUrlHoweverMalformed(String url) {
    Parameters<Object> parameters =
        new Parameters<>(url, Optional.empty(), "json", 0, false, Object.class);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> S3Dict.reopen(parameters, s3.server()))
        .satisfies(e -> assertThat(e.toString()).doesNotContain("secret"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FileDirDict.reopen(parameters, Durability.OS))
        .satisfies(e -> assertThat(e.toString()).doesNotContain("secret"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> S3Dict.at(s3.server(), url, "").open(Object.class))
        .satisfies(e -> assertThat(e.toString()).doesNotContain("secret"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> S3Server.at(URI.create(url)))
        .satisfies(e -> assertThat(e.toString()).doesNotContain("secret").doesNotContain("user"));
  }

  @Test
  void refusesBadOptionsBeforeItAsksTheServer() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> S3Dict.at(s3.server(), s3.bucket(), "no-slash").open(Object.class))
        .withMessageContaining("no-slash");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> data().digestLength(27).open(Object.class));
    S3Dict data = data();
    assertThatIllegalArgumentException().isThrownBy(() -> data.localMaxBytes(0));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> S3Dict.at(s3.server(), "no bucket", "").open(Object.class))
        .withMessageContaining("no bucket");
  }
}
