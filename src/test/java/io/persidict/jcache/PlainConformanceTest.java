package io.persidict.jcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.persidict.jcache.ConformanceTableTest.Row;
import io.persidict.store.s3.TestS3;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;
import javax.cache.CacheManager;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.expiry.Duration;
import javax.cache.expiry.ModifiedExpiryPolicy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * The table of {@link ConformanceTableTest} in the layout plain, with entries that expire an hour
 * after their file or object was written. When the expiry policy is asked is not compared: that
 * layout takes no policy that could tell.
 */
final class PlainConformanceTest {
  private static final String PREFIX = "app/";

  @TempDir static Path directory;

  private final PersiDictCachingProvider provider = new PersiDictCachingProvider();
  private TestS3 s3;

  @AfterEach
  void close() {
    QuickDestruction.end();
    provider.close();
    if (s3 != null) {
      s3.close();
    }
  }

  private static Properties settings() {
    Properties settings = new Properties();
    settings.setProperty("persidict.layout", "plain");
    return settings;
  }

  @TestFactory
  Stream<DynamicTest> everyOperationDoesTheSameWithFiles() {
    CacheManager manager = provider.getCacheManager(directory.toUri(), null, settings());
    return tests(manager, PlainConformanceTest::ageFiles);
  }

  private static void ageFiles() {
    FileTime then = FileTime.from(Instant.now().minus(61, ChronoUnit.MINUTES));
    try {
      Files.setLastModifiedTime(directory.resolve("table").resolve("k_rtslc2zc.json"), then);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @TestFactory
  @DisabledIfSystemProperty(
      named = "test.s3.endpoint",
      matches = ".+",
      disabledReason = "objects of another server cannot be made older")
  Stream<DynamicTest> everyOperationDoesTheSameWithObjects() {
    QuickDestruction.allow();
    s3 = new TestS3();
    s3.own().honourConditionalDeletes();
    Properties settings = settings();
    settings.setProperty("persidict.s3.endpoint", s3.endpoint().toString());
    settings.setProperty("persidict.s3.region", s3.region());
    settings.setProperty("persidict.s3.conditional-delete", "true");
    URI uri = URI.create("s3://" + s3.bucket() + "/" + PREFIX);
    return tests(
        provider.getCacheManager(uri, null, settings),
        () -> s3.own().age(s3.bucket(), java.time.Duration.ofMinutes(61)));
  }

  private static Stream<DynamicTest> tests(CacheManager manager, Runnable age) {
    List<DynamicTest> tests = new ArrayList<>();
    for (Row row : ConformanceTableTest.rows()) {
      for (boolean readThrough : List.of(false, true)) {
        if (row.holds(readThrough)) {
          String name = row.operation() + " " + row.before() + (readThrough ? ", through" : "");
          tests.add(dynamicTest(name, () -> assertHolds(row, readThrough, manager, age)));
        }
      }
    }
    return tests.stream();
  }

  private static void assertHolds(Row row, boolean readThrough, CacheManager manager, Runnable age)
      throws Exception {
    Recorder recorder = new Recorder();
    MutableConfiguration<String, String> configuration =
        recorder
            .configuration()
            .setReadThrough(readThrough)
            .setExpiryPolicyFactory(ModifiedExpiryPolicy.factoryOf(Duration.ONE_HOUR));
    Row done =
        ConformanceTableTest.carriedOut(
            row,
            manager,
            recorder,
            configuration,
            cache -> {
              if (!row.before().equals("absent")) {
                cache.put("k", "old");
              }
              if (row.before().equals("expired")) {
                age.run();
              }
            });
    assertThat(done).usingRecursiveComparison().ignoringFields("expiry").isEqualTo(row);
  }
}
