package io.persidict.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MappingIterator;
import tools.jackson.databind.json.JsonMapper;

final class KeyLayoutTest {
  record Entry(String version, DictKey key, String file, int digestLength, String format) {}

  static Stream<Entry> manifests() throws Exception {
    List<Entry> entries = new ArrayList<>();
    for (String version : List.of("0.36.3", "0.309.0")) {
      try (InputStream in =
              KeyLayoutTest.class.getResourceAsStream("/interop/persidict-" + version + ".jsonl");
          MappingIterator<JsonNode> lines =
              new JsonMapper().readerFor(JsonNode.class).readValues(Objects.requireNonNull(in))) {
        while (lines.hasNext()) {
          JsonNode line = lines.next();
          List<String> segments = new ArrayList<>();
          line.get("key").forEach(segment -> segments.add(segment.asString()));
          entries.add(
              new Entry(
                  version,
                  new DictKey(segments),
                  line.get("file").asString(),
                  line.get("digest_len").asInt(),
                  line.get("format").asString()));
        }
      }
    }
    return entries.stream();
  }

  @Test
  void theManifestsHoldAllTheirEntries() throws Exception {
    assertThat(manifests()).hasSize(2 * 142);
  }

  @ParameterizedTest
  @MethodSource("manifests")
  void namesKeysAsThePythonOriginalDoes(Entry entry) {
    KeyLayout layout = new KeyLayout(entry.digestLength, entry.format);
    assertThat(layout.name(entry.key)).isEqualTo(entry.file);
    assertThat(layout.key(entry.file)).contains(entry.key);
    assertThat(layout.isPrefix(layout.prefix(entry.key))).isTrue();
    assertThat(layout.isPrefix(entry.file)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "/", "a/", "a_bcdefgh2/", "a_2dm4q6h3", "../", "a_2dm4q6h3/b/", "a b/"})
  void aDirectoryOfOthersIsNoPrefix(String text) {
    assertThat(new KeyLayout(8, "json").isPrefix(text)).isFalse();
  }

  @Test
  void usesTheWholeDigestAtMost() {
    DictKey key = DictKey.of("a");
    assertThat(new KeyLayout(26, "txt").name(key)).isEqualTo("a_" + PYTHON_DIGEST_OF_A + ".txt");
    assertThat(new KeyLayout(1, "txt").name(key))
        .isEqualTo("a_" + PYTHON_DIGEST_OF_A.charAt(0) + ".txt");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new KeyLayout(27, "txt"))
        .withMessageContaining("0 to 26");
    assertThatIllegalArgumentException().isThrownBy(() -> new KeyLayout(-1, "txt"));
  }

  /** base64.b32encode(hashlib.md5(b"a").digest()).lower() without its padding. */
  private static final String PYTHON_DIGEST_OF_A = "btaxlooa6g3kqmodthrgs5zgme";

  @Test
  void leavesASegmentThatEndsWithItsDigest() {
    KeyLayout layout = new KeyLayout(8, "json");
    String signed = layout.name(DictKey.of("theme")).replace(".json", "");
    assertThat(layout.name(DictKey.of(signed))).isEqualTo(signed + ".json");
    assertThat(layout.key(signed + ".json")).contains(DictKey.of("theme"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "theme.json",
        "theme_6scfodl5.json",
        "theme_6scfodl4.txt",
        ".json",
        "json",
        "a b_x.json",
        "projects/theme_6scfodl4.json",
        "_6scfodl4.json"
      })
  void knowsNamesThatAreNotItsOwn(String name) {
    assertThat(new KeyLayout(8, "json").key(name)).isEqualTo(Optional.empty());
  }

  @Test
  void keysThatDifferByCaseHaveDifferentNamesWithoutRegardToCase() {
    KeyLayout layout = new KeyLayout(8, "json");
    assertThat(layout.name(DictKey.of("Key")))
        .isNotEqualToIgnoringCase(layout.name(DictKey.of("key")));
  }

  @Test
  void refusesNamesThatAreTooLongWithDigestAndExtension() {
    DictKey fits = DictKey.of("L".repeat(255 - 9 - 5));
    DictKey tooLong = DictKey.of("L".repeat(255 - 9 - 5 + 1));
    KeyLayout layout = new KeyLayout(8, "json");
    assertThat(layout.name(fits)).hasSize(255);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> layout.name(tooLong))
        .withMessageContaining("256 characters with digest and extension")
        .withMessageContaining("at most 255");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> layout.name(DictKey.of("L".repeat(247), "x")));
    assertThatIllegalArgumentException().isThrownBy(() -> new KeyLayout(0, "a/b"));
    assertThatIllegalArgumentException().isThrownBy(() -> new KeyLayout(0, ""));
  }

  @Test
  void aReadableKeyIsReadBackFromItsSegment() {
    for (Object key :
        List.of(
            "", "word", "Two Words", "a_b", "\u00e9\ud800~=", "x_w7", 42, -7, Long.MIN_VALUE, 0L)) {
      assertThat(KeyCodec.readable(KeyCodec.dictKey(key).toString())).contains(key);
    }
    for (String none :
        List.of("h-abc", "s-=zzzz", "s-=00", "s-~", "s-~1", "s-A", "i-", "i-+1", "l-9x", "x", "")) {
      assertThat(KeyCodec.readable(none)).as(none).isEmpty();
    }
  }
}
