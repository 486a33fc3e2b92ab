package io.persidict.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.persidict.Contention;
import io.persidict.jcache.PersiDictCachingProvider;
import io.persidict.jcache.PersiDictConfiguration;
import io.persidict.maintenance.StoreMaintenance;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import javax.cache.Cache;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.integration.CacheLoader;
import jdk.jfr.EventType;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the JDK's flight recorder is told. */
final class FlightRecorderTest {
  private static final String SECRET = "topsecret";

  @TempDir Path directory;

  private static final class Loader implements CacheLoader<String, String> {
    @Override
    public String load(String key) {
      return SECRET;
    }

    @Override
    public Map<String, String> loadAll(Iterable<? extends String> keys) {
      return Map.of();
    }
  }

  @Test
  void tellsOfStoreOperationsLoadsAndWaitsButNotOfKeysAndValues() throws Exception {
    Path file = directory.resolve("recording.jfr");
    try (Recording recording = new Recording();
        PersiDictCachingProvider provider = new PersiDictCachingProvider()) {
      recording.enable("io.persidict.StoreOperation").withThreshold(Duration.ZERO);
      recording.enable("io.persidict.LockWait").withThreshold(Duration.ZERO);
      recording.enable("io.persidict.Load");
      recording.start();
      Cache<String, String> cache =
          provider
              .getCacheManager(directory.resolve("caches").toUri(), null)
              .createCache(
                  "people",
                  new MutableConfiguration<String, String>()
                      .setReadThrough(true)
                      .setCacheLoaderFactory(Loader::new));
      assertThat(cache.get("key-" + SECRET)).isEqualTo(SECRET);
      cache.remove("key-" + SECRET);
      Contention.on(cache, () -> cache.remove("k"));
      recording.stop();
      recording.dump(file);
    }
    List<RecordedEvent> events =
        RecordingFile.readAllEvents(file).stream()
            .filter(event -> event.getEventType().getName().startsWith("io.persidict."))
            .toList();
    assertThat(events)
        .filteredOn(event -> event.getEventType().getName().equals("io.persidict.StoreOperation"))
        .extracting(event -> event.getString("operation") + " " + event.getString("cache"))
        .contains("get people", "put people", "delete people");
    assertThat(events)
        .filteredOn(event -> event.getEventType().getName().equals("io.persidict.Load"))
        .extracting(event -> event.getString("loader"))
        .containsExactly(Loader.class.getName());
    assertThat(events)
        .extracting(RecordedEvent::getEventType)
        .extracting(EventType::getName)
        .contains("io.persidict.LockWait");
    assertThat(events).noneMatch(event -> event.toString().contains(SECRET));
  }

  @Test
  void tellsOfRoundsOfMaintenance() throws Exception {
    Path file = directory.resolve("recording.jfr");
    try (Recording recording = new Recording();
        PersiDictCachingProvider provider = new PersiDictCachingProvider()) {
      recording.enable("io.persidict.MaintenanceRound");
      Cache<String, String> cache =
          provider
              .getCacheManager(directory.resolve("caches").toUri(), null)
              .createCache(
                  "people", new PersiDictConfiguration<String, String>().setStoreMaxEntries(10));
      for (int i = 0; i < 30; i++) {
        cache.put(SECRET + i, SECRET);
      }
      recording.start();
      cache.unwrap(StoreMaintenance.class).run();
      recording.stop();
      recording.dump(file);
    }
    List<RecordedEvent> rounds =
        RecordingFile.readAllEvents(file).stream()
            .filter(event -> event.getEventType().getName().equals("io.persidict.MaintenanceRound"))
            .filter(event -> event.getString("store").endsWith("/caches/people/")) // not of others
            .toList();
    assertThat(rounds)
        .isNotEmpty()
        .allMatch(event -> event.getLong("entries") <= 10)
        .noneMatch(event -> event.toString().contains(SECRET));
  }
}
