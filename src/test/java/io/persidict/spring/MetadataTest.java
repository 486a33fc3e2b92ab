package io.persidict.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.persidict.jcache.config.Settings;
import java.io.File;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** That editors know all settings, and that all of them reach a manager. */
final class MetadataTest {
  private static JsonNode metadata() throws Exception {
    try (InputStream in =
        PersiDictProperties.class.getResourceAsStream(
            "/META-INF/spring-configuration-metadata.json")) {
      return JsonMapper.shared().readTree(in);
    }
  }

  private static List<String> names(JsonNode nodes) {
    return nodes.valueStream().map(node -> node.get("name").asString()).toList();
  }

  @Test
  void theMetadataDescribeAllSettingsAndNoOthers() throws Exception {
    Set<String> expected =
        Stream.concat(Settings.keys().stream(), Stream.of("uri", "cache", "spring.create-caches"))
            .map(key -> "persidict." + key)
            .collect(Collectors.toCollection(TreeSet::new));
    JsonNode metadata = metadata();
    assertThat(names(metadata.get("properties"))).containsExactlyInAnyOrderElementsOf(expected);
    assertThat(expected).containsAll(names(metadata.get("hints")));
    assertThat(metadata.get("properties").valueStream())
        .allSatisfy(
            property -> {
              assertThat(property.get("description").asString()).endsWith(".");
              assertThat(property.get("type").asString()).isNotEmpty();
              Class.forName(property.get("sourceType").asString());
            });
  }

  /** What is set in the application's way, and the same in a manager's properties. */
  private static final Map<String, String> CONVERTED =
      Map.of(
          "memory.max-bytes", "5MB=5242880",
          "store.max-bytes", "6MB=6291456",
          "s3.local-max-bytes", "1GB=1073741824",
          "s3.timeout", "30s=PT30S",
          "serial-filter", "a.*=a.*",
          "memory.immutable-types", "a.A=a.A");

  private static String example(String key) {
    String converted = CONVERTED.get(key);
    if (converted != null) {
      return converted;
    }
    if (key.matches("digest-length|(memory|store).max-entries|s3.max-connections")) {
      return "7=7";
    }
    return key.matches(
            "immutable-items|foreign-writers|statistics|management|s3\\.(path|cond|atom).*")
        ? "true=true"
        : "text=text";
  }

  @Test
  void allSettingsReachTheManager() {
    for (String prefix : List.of("", "cache.people.")) {
      Map<String, String> written = new HashMap<>();
      Properties expected = new Properties();
      for (String key : Settings.keys()) {
        if (prefix.isEmpty() || !key.startsWith("s3.")) {
          String[] example = example(key).split("=", 2);
          written.put("persidict." + prefix + key, example[0]);
          expected.setProperty("persidict." + prefix + key, example[1]);
        }
      }
      PersiDictProperties bound =
          new Binder(new MapConfigurationPropertySource(written))
              .bind("persidict", Bindable.of(PersiDictProperties.class))
              .get();
      assertThat(bound.forManager(bound.caches(List.of(), List::of))).isEqualTo(expected);
    }
  }

  @Test
  void theFilesThatSpringReadsNameWhatIsThere() throws Exception {
    Set<String> slices = new TreeSet<>();
    File directory = new File(PersiDictProperties.class.getResource("/META-INF/spring").toURI());
    for (File file : directory.listFiles()) {
      for (String line :
          java.nio.file.Files.readString(file.toPath(), StandardCharsets.UTF_8).lines().toList()) {
        assertThat(line).startsWith("io.persidict.spring.");
        Class.forName(line);
      }
      slices.add(file.getName());
    }
    assertThat(slices)
        .containsExactly(
            "org.springframework.boot.autoconfigure.AutoConfiguration.imports",
            "org.springframework.boot.cache.test.autoconfigure.AutoConfigureCache.imports",
            "org.springframework.boot.test.autoconfigure.core.AutoConfigureCache.imports");
  }
}
