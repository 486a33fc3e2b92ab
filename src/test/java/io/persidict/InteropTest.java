package io.persidict;

import static org.assertj.core.api.Assertions.assertThat;

import io.persidict.format.NullValue;
import io.persidict.key.DictKey;
import io.persidict.store.file.Durability;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MappingIterator;
import tools.jackson.databind.json.JsonMapper;

/** Reads the stores that two versions of the Python original wrote, entry by entry. */
public final class InteropTest {
  private static final List<String> VERSIONS = List.of("0.36.3", "0.309.0");

  @TempDir static Path stores;

  /** A line of a manifest, which lists all that is in the stores of one version. */
  public record Entry(
      String version, String store, String format, int digestLength, DictKey key, JsonNode line) {
    String kind() {
      return line.get("kind").asString();
    }

    /** The file, below the store. */
    public String file() {
      return line.get("file").asString();
    }

    @Override
    public String toString() {
      String file = file();
      return version + " " + store + " " + file.substring(Math.max(0, file.length() - 40));
    }
  }

  @BeforeAll
  static void unpack() throws Exception {
    unpack(stores);
  }

  /** Puts the stores of each version into a directory of its name. */
  public static void unpack(Path stores) throws Exception {
    for (String version : VERSIONS) {
      try (ZipInputStream zip = new ZipInputStream(resource(version + ".zip"))) {
        for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
          Path file = stores.resolve(version).resolve(entry.getName());
          Files.createDirectories(file.getParent());
          Files.write(file, zip.readAllBytes());
        }
      }
    }
  }

  private static InputStream resource(String name) {
    return Objects.requireNonNull(
        InteropTest.class.getResourceAsStream("/interop/persidict-" + name));
  }

  /** All that is in the stores. */
  public static List<Entry> manifests() throws Exception {
    List<Entry> entries = new ArrayList<>();
    for (String version : VERSIONS) {
      try (InputStream in = resource(version + ".jsonl");
          MappingIterator<JsonNode> lines =
              new JsonMapper().readerFor(JsonNode.class).readValues(in)) {
        while (lines.hasNext()) {
          JsonNode line = lines.next();
          List<String> segments = new ArrayList<>();
          line.get("key").forEach(segment -> segments.add(segment.asString()));
          entries.add(
              new Entry(
                  version,
                  line.get("store").asString(),
                  line.get("format").asString(),
                  line.get("digest_len").asInt(),
                  new DictKey(segments),
                  line));
        }
      }
    }
    return entries;
  }

  @Test
  void theManifestsHoldAllTheirEntries() throws Exception {
    Map<String, Long> kinds =
        manifests().stream().collect(Collectors.groupingBy(Entry::kind, Collectors.counting()));
    assertThat(kinds).isEqualTo(Map.of("plain", 2L * 114, "text", 2L * 18, "rich", 2L * 10));
  }

  private static PersiDict<Object> open(Path base, Entry entry) {
    return open(base, entry.format, entry.digestLength);
  }

  @SuppressWarnings({"unchecked", "rawtypes"})
  private static PersiDict<Object> open(Path base, String format, int digestLength) {
    Class<?> type = Set.of("json", "pkl").contains(format) ? Object.class : String.class;
    return (PersiDict)
        FileDirDict.at(base)
            .format(format)
            .digestLength(digestLength)
            .durability(Durability.OS)
            .open(type);
  }

  @ParameterizedTest
  @MethodSource("manifests")
  void readsWhatTheOriginalWrote(Entry entry) {
    try (PersiDict<Object> dict = open(stores.resolve(entry.version).resolve(entry.store), entry)) {
      requireValue(dict, entry);
    }
  }

  @ParameterizedTest
  @MethodSource("manifests")
  void keepsAndNamesItAsTheOriginalDoes(Entry entry, @TempDir Path base) throws Exception {
    Path theirs = stores.resolve(entry.version).resolve(entry.store);
    try (PersiDict<Object> source = open(theirs, entry);
        PersiDict<Object> dict = open(base, entry)) {
      dict.put(entry.key, source.get(entry.key).orElseThrow());
      requireValue(dict, entry);
      Path file = base.resolve(entry.file());
      assertThat(file).isRegularFile();
      boolean tuple = entry.key.equals(DictKey.of("tuple")); // comes back as a list
      if (!entry.format.equals("pkl") && !tuple) {
        assertThat(Files.readString(file))
            .isEqualTo(Files.readString(theirs.resolve(entry.file())));
      }
    }
  }

  @Test
  void listsExactlyWhatTheManifestsList() throws Exception {
    Map<String, List<Entry>> dicts =
        manifests().stream()
            .collect(Collectors.groupingBy(e -> e.version + "/" + e.store + "/" + e.format));
    assertThat(dicts).hasSize(2 * 13);
    for (List<Entry> entries : dicts.values()) {
      Entry first = entries.get(0);
      Path base = stores.resolve(first.version).resolve(first.store);
      try (PersiDict<Object> dict = open(base, first);
          Stream<DictKey> keys = dict.keys()) {
        assertThat(keys)
            .containsExactlyInAnyOrderElementsOf(entries.stream().map(Entry::key).toList());
      }
    }
  }

  private static void requireValue(PersiDict<Object> dict, Entry entry) {
    requireValue(dict.get(entry.key).orElseThrow(), entry);
  }

  /** Checks that {@code value} is what the original stored. */
  public static void requireValue(Object value, Entry entry) {
    Object expected = entry.kind().equals("rich") ? rich(entry) : plain(entry.line.get("value"));
    if (expected instanceof byte[] bytes) {
      assertThat((byte[]) value).isEqualTo(bytes);
    } else {
      assertThat(value).isEqualTo(Optional.ofNullable(expected).orElse(NullValue.NULL));
    }
  }

  /** The value of a rich entry, by the name of its key. */
  private static Object rich(Entry entry) {
    return switch (entry.key.toString()) {
      case "tuple" -> List.of(1L, "two", 3.0);
      case "set" -> Set.of(1L, 2L, 3L);
      case "bytes" -> new byte[] {0, (byte) 0xff, 'a', 'b', 'c'};
      case "datetime" -> LocalDateTime.of(2026, 1, 2, 3, 4, 5);
      case "complexkeys" ->
          entry.format.equals("json")
              ? Map.of("1", "one", "2", "two")
              : Map.of(1L, "one", 2L, "two");
      default -> throw new AssertionError(entry);
    };
  }

  private static @Nullable Object plain(JsonNode node) {
    if (node.isObject()) {
      Map<String, Object> map = new LinkedHashMap<>();
      node.properties().forEach(member -> map.put(member.getKey(), plain(member.getValue())));
      return map;
    }
    if (node.isArray()) {
      List<Object> list = new ArrayList<>();
      node.forEach(element -> list.add(plain(element)));
      return list;
    }
    if (node.isNull()) {
      return null;
    }
    if (node.isBoolean()) {
      return node.asBoolean();
    }
    if (node.isIntegralNumber()) {
      BigInteger number = node.bigIntegerValue();
      return number.bitLength() < Long.SIZE ? (Object) number.longValue() : number;
    }
    return node.isNumber() ? (Object) node.asDouble() : node.asString();
  }
}
