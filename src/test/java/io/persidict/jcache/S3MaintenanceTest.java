package io.persidict.jcache;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.persidict.maintenance.StoreMaintenance;
import io.persidict.maintenance.StoreRound;
import io.persidict.store.PrefixStore;
import io.persidict.store.Store;
import io.persidict.store.s3.TestS3;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.stream.IntStream;
import javax.cache.Cache;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

@Execution(ExecutionMode.CONCURRENT) // they wait
class S3MaintenanceTest extends MaintenanceContract {
  private static final int ENTRIES = Integer.getInteger("test.s3.expiring", 1_500);

  final TestS3 s3 = new TestS3();

  @Override
  @AfterEach
  void close() {
    super.close();
    s3.close();
  }

  @Override
  URI uri() {
    return URI.create("s3://" + s3.bucket() + "/app/");
  }

  @Override
  Properties properties() {
    Properties properties = new Properties();
    properties.setProperty("persidict.s3.endpoint", s3.endpoint().toString());
    properties.setProperty("persidict.s3.region", s3.region());
    return properties;
  }

  /** Left open for the server to be closed under it. */
  @Override
  Store open() {
    return new PrefixStore(s3.open(), "app/");
  }

  @Override
  void spoil(String name) {
    assumeTrue(s3.isOwn(), "only our own server misbehaves on purpose");
    s3.own().mischief().refuseToRead("app/" + name);
  }

  @Override
  boolean remembersUses() {
    return false;
  }

  @Override
  int steps() {
    return 40;
  }

  @Test
  @DisabledIfSystemProperty(named = "test.s3.endpoint", matches = ".*")
  void aCacheAtRestAsksNothing() throws InterruptedException {
    Cache<String, String> cache = cache(provider, types(), "store.max-entries", "20");
    Cache<String, String> other = cache(elsewhere(), types(), "store.max-entries", "20");
    fill(cache, "k", 30);
    fill(other, "m", 10);
    Map<String, Integer> none = Map.of();
    await()
        .untilAsserted(
            () -> {
              s3.own().resetCounts();
              Thread.sleep(6_000);
              assertThat(s3.own().counts()).isEqualTo(none);
            });
    assertThat(entries().size()).isBetween(10, 20);
  }

  /** Where the listing does not tell what is over. */
  @Test
  @DisabledIfSystemProperty(named = "test.s3.endpoint", matches = ".*")
  void aRoundReadsTheBeginningsOfEntriesAlone() {
    Cache<String, String> cache = cache("store.purge-interval", "never");
    Random random = new Random(1);
    for (int i = 0; i < 20; i++) {
      String value =
          random.ints(100_000, 'a', 'z').mapToObj(Character::toString).collect(joining());
      timed(cache).put("k" + i, value, Duration.ofHours(1));
    }
    s3.own().resetCounts();
    assertThat(round(cache).entries()).isEqualTo(20);
    assertThat(s3.own().counts().get("GetObject")).isBetween(20, 35);
    assertThat(s3.own().bytesRead()).isLessThan(20_000);
  }

  @Test
  @DisabledIfSystemProperty(named = "test.s3.endpoint", matches = ".*")
  void whatRoundsLeaveOutIsOneWarningWithoutKeys() throws InterruptedException {
    Cache<String, String> cache = cache("store.purge-interval", "never");
    for (int i = 0; i < 10; i++) {
      timed(cache).put("k" + i, "v", Duration.ofMillis(1));
    }
    spoil(entries().get(0));
    Thread.sleep(5);
    try (Warnings warnings = new Warnings(StoreMaintenance.class.getPackage())) {
      assertThat(round(cache).expired()).isEqualTo(9);
      round(cache);
      assertThat(warnings.messages())
          .filteredOn(message -> message.contains(s3.bucket()))
          .singleElement(STRING)
          .contains("maintenance of s3://" + s3.bucket() + "/app/c/", "StoreException")
          .doesNotContain("k0");
    }
  }

  /** Nobody asks for the entries, and no request but the listing tells that they are over. */
  @Test
  @DisabledIfSystemProperty(named = "test.s3.endpoint", matches = ".*")
  void aListingTellsWhatIsOver() throws InterruptedException {
    s3.own().honourConditionalDeletes();
    Cache<String, String> cache =
        cache(
            elsewhere(),
            shortLived(),
            "s3.conditional-delete",
            "true",
            "store.purge-interval",
            "never");
    Map<String, String> many = new HashMap<>();
    IntStream.range(0, ENTRIES).forEach(i -> many.put("k" + i, "v"));
    cache.putAll(many);
    Thread.sleep(2_500);
    s3.own().resetCounts();
    StoreRound round = round(cache);
    assertThat(round.expired()).isEqualTo(ENTRIES);
    Map<String, Integer> requests = s3.own().counts();
    assertThat(requests.get("DeleteObject")).isBetween(ENTRIES, ENTRIES + 2);
    assertThat(requests.get("ListObjectsV2")).isEqualTo(ENTRIES / 1_000 + 1);
    // Each second the record of the cache is read again.
    assertThat(requests.get("GetObject")).isLessThan(12 + (int) round.took().toSeconds());
    s3.own().resetCounts();
    assertThat(round(cache).expired()).isZero();
    assertThat(entries()).isEmpty();
    System.out.printf("%,d entries in %s: %s%n", ENTRIES, round.took(), requests);
  }
}
