package io.persidict.jcache.config;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.persidict.Mutator;
import io.persidict.RamDirectory;
import java.io.StringReader;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.Random;
import javax.cache.CacheException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever somebody writes into settings and configuration files is applied or refused. */
final class SettingsMutationTest {
  private static final String FILE =
      """
      # settings
      persidict.uri=file:///var/cache/app/
      persidict.memory.max-entries=10000
      persidict.memory.coherence=PT5S
      persidict.store.max-bytes = 5000000000
      persidict.store.purge-interval=never
      persidict.serial-filter=com.example.model.*;!*
      persidict.cache.prices.layout=plain
      persidict.cache.prices.format=json+zstd
      persidict.cache.prices.digest-length=4
      persidict.cache.prices.value-type=com.example.Price
      persidict.cache.prices.expiry=created PT1H
      persidict.cache.prices.refresh-ahead=0.8
      persidict.cache.a\\ b.s.durability=fsync
      persidict.s3.endpoint=https://host:9000
      """;

  private static final List<byte[]> SEEDS =
      List.of(
          FILE.getBytes(UTF_8),
          "s3://bucket/prefix/".getBytes(UTF_8),
          "file:///var/cache/app%20x/".getBytes(UTF_8),
          "classpath:/caches.properties".getBytes(UTF_8));

  private final Random random = new Random(Long.getLong("test.seed", 20_261_130L));

  @TempDir(factory = RamDirectory.class)
  Path directory;

  private interface Use {
    void run() throws Exception;
  }

  private static boolean isApplied(String text, Use use) {
    try {
      use.run();
      return true;
    } catch (CacheException e) {
      return false;
    } catch (Exception e) {
      throw new AssertionError(text, e);
    }
  }

  @Test
  void settingsAreAppliedOrRefused() throws Exception {
    int applied = 0;
    for (int i : Mutator.tries("settings", 4_000)) {
      String text = new String(Mutator.mutated(SEEDS, random), UTF_8);
      Properties properties = new Properties();
      try {
        properties.load(new StringReader(text));
      } catch (IllegalArgumentException e) {
        continue; // the JDK's own syntax
      }
      applied += isApplied(text, () -> use(properties)) ? 1 : 0;
    }
    assertThat(applied).isPositive();
  }

  private static void use(Properties properties) {
    Settings settings = new Settings(new Properties(), List.of(properties), 8);
    for (String name : Settings.cacheNames(properties)) {
      Settings.ForCache cache = settings.forCache(name);
      cache.layout();
      cache.format();
      cache.digestLength();
      cache.durability();
      cache.purgeInterval();
      cache.serialFilter();
      cache.positive(Settings.Setting.STORE_MAX_BYTES);
    }
    settings.refuseS3();
  }

  @Test
  void configurationFilesAndUrisAreReadOrRefused() throws Exception {
    Path file = directory.resolve("caches.properties");
    int read = 0;
    for (int i : Mutator.tries("configuration files", 4_000)) {
      byte[] bytes = Mutator.mutated(SEEDS, random);
      Files.write(file, bytes);
      read +=
          isApplied(
                  new String(bytes, UTF_8),
                  () ->
                      ManagerUri.of(
                          file.toUri(),
                          new Properties(),
                          URI.create("file:///var/cache/"),
                          getClass().getClassLoader()))
              ? 1
              : 0;
      String text = new String(bytes, UTF_8);
      isApplied(text, () -> new ManagerUri(ManagerUri.parse(text), new Properties()));
    }
    assertThat(read).isPositive();
  }
}
