package io.persidict.jcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.configuration.MutableConfiguration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Caches of formats that are not the usual ones. */
final class FormatSettingsTest {
  @TempDir Path directory;

  private final PersiDictCachingProvider provider = new PersiDictCachingProvider();

  @AfterEach
  void close() {
    provider.close();
  }

  record Before(String name, int gone) {}

  record After(String name) {}

  /** The cache, as a process opens it that has none open. */
  private <V> Cache<String, V> cache(Class<V> type, String... settings) {
    provider.close();
    Properties properties = new Properties();
    for (int i = 0; i < settings.length; i += 2) {
      properties.setProperty(settings[i], settings[i + 1]);
    }
    return provider
        .getCacheManager(directory.toUri(), null, properties)
        .createCache("c", new MutableConfiguration<String, V>().setTypes(String.class, type));
  }

  @ParameterizedTest
  @ValueSource(strings = {"cbor", "cbor+lz4", "json+zstd", "jser+lz4", "jser+zstd", "pkl+zstd"})
  void aCacheOfAnyFormatIsOpenedAgain(String format) {
    List<Object> value = new ArrayList<>(List.of("text", 7L, new ArrayList<>(List.of(true))));
    for (String memory : List.of("", "10")) {
      String[] settings =
          memory.isEmpty()
              ? new String[] {"persidict.format", format}
              : new String[] {"persidict.format", format, "persidict.memory.max-entries", memory};
      cache(Object.class, settings).put("k", value);
      Cache<String, Object> again = cache(Object.class, settings);
      assertThat(again.get("k")).isEqualTo(value);
      assertThat(again.replace("k", value, "new")).isTrue();
      assertThat(again.getAll(Set.of("k", "none"))).isEqualTo(Map.of("k", "new"));
    }
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(() -> cache(Object.class, "persidict.format", "json"))
        .withMessageContaining("was created with format " + format)
        .withMessageContaining("cannot be opened with json");
  }

  @Test
  void anUnknownFormatTellsTheFormatsThereAre() {
    for (String format : List.of("xml", "json+gzip")) {
      assertThatExceptionOfType(CacheException.class)
          .isThrownBy(() -> cache(Object.class, "persidict.format", format))
          .withMessageContaining("format " + format)
          .withMessageContaining("+zstd");
    }
    assertThat(directory).isEmptyDirectory();
    cache(String.class, "persidict.format", "xml").put("k", "<x/>");
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(() -> cache(Object.class, "persidict.format", "json"))
        .withMessageContaining("was created with format xml")
        .withMessageContaining("xml is text, or needs an artifact that is not here: the formats")
        .withMessageContaining("cbor, jser, json, pkl");
  }

  @Test
  void theFormatOfAPluginIsAnOrdinaryOne() {
    Properties value = new Properties();
    value.setProperty("a", "b");
    cache(Properties.class, "persidict.format", "properties+lz4").put("k", value);
    assertThat(cache(Properties.class, "persidict.format", "properties+lz4").get("k"))
        .isEqualTo(value);
    assertThat(directory.resolve("c/.__cache__"))
        .content()
        .contains("format-provider=io.persidict.neighbours.PropertiesFormatProvider");
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(() -> cache(String.class, "persidict.format", "properties+lz4"))
        .withMessageContaining("takes no values of java.lang.String");
  }

  /** Or its values would be read as text. */
  @Test
  void aCacheOfAPluginIsNotOpenedWithoutIt() throws Exception {
    cache(String.class, "persidict.format", "own").put("k", "text");
    Path record = directory.resolve("c/.__cache__");
    Files.writeString(record, Files.readString(record) + "format-provider=plugin.Own\n");
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(() -> cache(String.class, "persidict.format", "own"))
        .withMessageContaining("format own of plugin.Own, which is not on the class path")
        .withMessageContaining("the formats here are cbor, jser, json, pkl");
  }

  @ParameterizedTest
  @ValueSource(strings = {"json", "cbor+zstd"})
  void unknownMembersAreIgnoredUnlessRefused(String format) {
    cache(Before.class, "persidict.format", format).put("k", new Before("Ann", 7));
    assertThat(cache(After.class, "persidict.format", format).get("k")).isEqualTo(new After("Ann"));
    try (Warnings warnings = new Warnings()) {
      Cache<String, After> refusing =
          cache(
              After.class,
              "persidict.format",
              format,
              "persidict.cache.c.json.unknown-members",
              "refuse");
      assertThat(refusing.get("k")).isNull();
      assertThat(warnings.messages()).singleElement().asString().contains("UnrecognizedProperty");
      refusing.put("k", new After("Bob"));
      assertThat(refusing.get("k")).isEqualTo(new After("Bob"));
    }
  }

  @Test
  void theSettingForUnknownMembersIsAppliedOrRefused() {
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(() -> cache(Object.class, "persidict.cache.c.json.unknown-members", "ignore"))
        .withMessage(
            "setting json.unknown-members of cache \"c\" is \"ignore\"; allowed: nothing, unless"
                + " format is json or cbor");
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(() -> cache(Object.class, "persidict.json.unknown-members", "keep"))
        .withMessageContaining("allowed: ignore, refuse");
    cache(Object.class, "persidict.json.unknown-members", "refuse").put("k", 1);
    assertThat(cache(Object.class).get("k")).isEqualTo(1);
  }
}
