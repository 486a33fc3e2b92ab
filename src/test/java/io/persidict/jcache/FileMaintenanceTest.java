package io.persidict.jcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.persidict.RamDirectory;
import io.persidict.extra.TimedPuts;
import io.persidict.key.DictKey;
import io.persidict.key.KeyLayout;
import io.persidict.maintenance.StoreLimits;
import io.persidict.maintenance.StoreMaintenance;
import io.persidict.maintenance.StoreRound;
import io.persidict.store.Listed;
import io.persidict.store.Store;
import io.persidict.store.file.Durability;
import io.persidict.store.file.FileStore;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.event.CacheEntryExpiredListener;
import javax.cache.expiry.ModifiedExpiryPolicy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FileMaintenanceTest extends MaintenanceContract {
  private static final String HUGE = ("9".repeat(18) + " ").repeat(4) + "9\n";

  @TempDir Path directory;

  @Override
  URI uri() {
    return directory.toUri();
  }

  @Override
  Properties properties() {
    return new Properties();
  }

  @Override
  Store open() {
    return new FileStore(directory, Durability.OS);
  }

  @Override
  boolean remembersUses() {
    return true;
  }

  /** More bytes than any entry has; as old as before. */
  @Override
  void spoil(String name) throws IOException {
    Path file = directory.resolve(name);
    FileTime modified = Files.getLastModifiedTime(file);
    try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
      bytes.setLength(3L << 30);
    }
    Files.setLastModifiedTime(file, modified);
  }

  private Path file(String name) {
    return directory.resolve("c").resolve(name);
  }

  private void age(Path file, Duration by) throws IOException {
    Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(by)));
  }

  @Test
  void whatCrashedProcessesLeftBehindGoes() throws IOException {
    Cache<String, String> cache = cache("store.purge-interval", "never");
    cache.put("k", "v");
    Path temporary = Files.writeString(file(".__tmp__left"), "half");
    Path atRoot = Files.writeString(directory.resolve(".__tmp__left"), "half");
    Path freshAtRoot = Files.writeString(directory.resolve(".__tmp__fresh"), "half");
    Path fresh = Files.writeString(file(".__tmp__fresh"), "half");
    Path dead = Files.writeString(file("s-dead_abcdefgh.__lease__"), "t 1 1000\n");
    Path alive = Files.writeString(file("s-alive_abcdefgh.__lease__"), "t 1 1000\n");
    Path foreign = Files.writeString(file("README"), "not ours");
    Path empty = Files.createDirectory(file("empty"));
    Path elsewhere = Files.createDirectory(file("elsewhere"));
    Path theirs = Files.writeString(elsewhere.resolve(".__tmp__left"), "another program's");
    for (Path old : List.of(temporary, atRoot, dead, foreign, empty, theirs)) {
      age(old, Duration.ofHours(3));
    }
    StoreRound round = round(cache);
    assertThat(round.leftovers()).isEqualTo(1);
    assertThat(List.of(temporary, atRoot, dead)).noneMatch(Files::exists);
    assertThat(List.of(fresh, freshAtRoot, alive, foreign, empty, theirs)).allMatch(Files::exists);
    assertThat(cache.get("k")).isEqualTo("v");
  }

  @Test
  void whatLiesInTheDirectoryBesidesIsNeitherCountedNorRemoved() throws IOException {
    Cache<String, String> cache = cache("store.max-entries", "10", "store.purge-interval", "never");
    Files.createDirectories(file("sub/deeper.entry"));
    Files.writeString(file("sub/x.entry"), "another manager's");
    Files.writeString(file("strange name\n.entry"), "?");
    Files.createSymbolicLink(file("link.entry"), Path.of("/etc/hostname"));
    Files.createDirectory(file("directory.entry"));
    for (int i = 0; i < 40; i++) {
      cache.put("k" + i, "v");
    }
    StoreRound round = round(cache);
    assertThat(round.entries()).isBetween(5L, 10L);
    assertThat(file("sub/x.entry")).exists();
    assertThat(file("strange name\n.entry")).exists();
    assertThat(file("link.entry")).isSymbolicLink();
  }

  /** Where entries are files as of any program, and some lie below directories. */
  @Test
  void onlyWhatHasTheNameOfAKeyIsAnEntryOfLayoutPlain() throws IOException {
    PersiDictConfiguration<DictKey, String> plain =
        new PersiDictConfiguration<DictKey, String>()
            .setLayout("plain")
            .setFormat("txt")
            .setStoreMaxEntries(10);
    plain.setTypes(DictKey.class, String.class);
    plain.setExpiryPolicyFactory(
        ModifiedExpiryPolicy.factoryOf(new javax.cache.expiry.Duration(TimeUnit.HOURS, 2)));
    CacheManager manager = provider.getCacheManager(uri(), null, new Properties());
    Cache<DictKey, String> cache = manager.createCache("c", plain);
    for (int i = 0; i < 8; i++) {
      cache.put(DictKey.of("d", "k" + i), "v");
    }
    cache.put(DictKey.of("gone", "k"), "v");
    Files.createDirectories(file("theirs/empty"));
    Path sweptBefore = file("gone_" + suffix("gone"));
    Files.delete(sweptBefore.resolve("k_" + suffix("k") + ".txt"));
    List<Path> foreign =
        List.of(
            Files.writeString(file("notes.txt"), "?"),
            Files.writeString(file("theirs/notes.txt"), "?"),
            Files.writeString(file("theirs/k_" + suffix("k") + ".txt"), "?"),
            Files.writeString(file("theirs/.__tmp__left"), "?"),
            file("theirs/empty"));
    for (Path each : foreign) {
      age(each, Duration.ofHours(3));
    }
    age(sweptBefore, Duration.ofHours(3));
    StoreRound round = round(cache);
    assertThat(round.entries()).isEqualTo(8);
    assertThat(round.expired() + round.evicted()).isZero();
    assertThat(foreign).allMatch(Files::exists);
    assertThat(sweptBefore).doesNotExist();
    cache.clear();
    assertThat(foreign).allMatch(Files::exists);
    cache.put(DictKey.of("d", "k"), "v");
    manager.destroyCache("c");
    assertThat(foreign).allMatch(Files::exists);
    assertThat(file("d_" + suffix("d"))).doesNotExist();
  }

  private static String suffix(String segment) {
    String signed = new KeyLayout(8, "txt").prefix(DictKey.of(segment));
    return signed.substring(segment.length() + 1, signed.length() - 1);
  }

  @Test
  void aUseLeavesTheVersionAlone() throws IOException {
    Cache<String, String> cache = cache("store.max-entries", "10", "store.purge-interval", "never");
    cache.put("k", "v");
    try (Store store = open();
        Stream<Listed> listed = store.list("c/")) {
      Listed written = listed.filter(each -> each.name().endsWith(".entry")).findFirst().get();
      assertThat(cache.get("k")).isEqualTo("v");
      Listed used = store.housekeeping().look(written.name()).orElseThrow();
      assertThat(used.isUsed()).isTrue();
      assertThat(used.stat()).isEqualTo(written.stat());
    }
  }

  /** Where the file system has years that the clock of this machine has not. */
  @ParameterizedTest
  @CsvSource({"@9000000000000000000", "@-9000000000000000000", "2400-01-01", "1900-01-01"})
  void anEntryOfAnyYearIsOne(String time, @TempDir(factory = RamDirectory.class) Path memory)
      throws IOException, InterruptedException {
    directory = memory;
    Cache<String, String> cache =
        cache(provider, shortLived(), "store.max-entries", "10", "store.purge-interval", "never");
    fill(cache, "k", 3);
    String name = entries().get(0).substring("c/".length());
    Process touch = new ProcessBuilder("touch", "-d", time, file(name).toString()).start();
    assumeTrue(touch.waitFor() == 0);
    Thread.sleep(1_500);
    assertThat(round(cache).complete()).isTrue();
    assertThat(entries().size()).isLessThan(2);
  }

  @Test
  void aDamagedTotalCostsARound() throws IOException {
    Cache<String, String> cache = cache("store.max-entries", "10");
    for (String damage :
        List.of("", "nonsense", "1 2", "-1 -1 -1 -1 -1\n", "9".repeat(5_000), HUGE)) {
      Files.writeString(file(".__total__"), damage);
      for (int i = 0; i < 20; i++) {
        cache.put("k" + i, "v");
      }
      assertThat(round(cache).entries()).isBetween(5L, 10L);
    }
  }

  @Test
  void whatIsInTheWayOfTheTotalIsAWarningAndNoFailure() throws IOException {
    Files.createDirectories(file(".__total__/in the way"));
    try (Warnings warnings = new Warnings(StoreMaintenance.class.getPackage())) {
      Cache<String, String> cache = cache("store.max-entries", "10");
      for (int i = 0; i < 30; i++) {
        cache.put("k" + i, "v");
        assertThat(cache.get("k" + i)).isEqualTo("v");
      }
      String place = directory.resolve("c") + "/";
      await().until(() -> warnings.messages().stream().anyMatch(told -> told.contains(place)));
      assertThat(warnings.messages())
          .filteredOn(told -> told.contains(place))
          .singleElement(STRING)
          .contains("maintenance of");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "store.max-entries, 0, 1 to",
    "store.max-entries, -5, 1 to",
    "store.max-entries, many, 1 to",
    "store.max-bytes, 0, 1 to",
    "store.max-bytes, 1.5, 1 to",
    "store.max-bytes, 10 MB, 1 to",
    "store.max-bytes, 9999999999999999999, 1 to",
    "store.max-bytes, 100, no entry has room",
    "store.purge-interval, 0, never",
    "store.purge-interval, PT0S, never",
    "store.purge-interval, -PT1H, never",
    "store.purge-interval, hourly, never",
  })
  void whatNobodyCanMeanIsRefused(String setting, String value, String told) {
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(() -> cache(setting, value))
        .withMessageContaining(value)
        .withMessageContaining(told);
    assertThat(directory.resolve("c")).doesNotExist();
  }

  @Test
  void codeSetsTheSameLimits() {
    Cache<String, String> cache =
        cache(
            elsewhere(),
            new PersiDictConfiguration<>(types())
                .setStoreMaxEntries(7)
                .setStoreMaxBytes(1_000_000)
                .setStorePurgeInterval(Duration.ofMinutes(3)));
    StoreLimits limits = cache.unwrap(StoreMaintenance.class).limits();
    assertThat(limits.maxEntries()).hasValue(7);
    assertThat(limits.maxBytes()).hasValue(1_000_000);
    assertThat(limits.purgeInterval()).contains(Duration.ofMinutes(3));
  }

  // ---- listeners

  private static Cache<String, String> withOver(Cache<String, String> cache, int entries)
      throws InterruptedException {
    @SuppressWarnings("unchecked")
    TimedPuts<String, String> timed = cache.unwrap(TimedPuts.class);
    for (int i = 0; i < entries; i++) {
      timed.put("k" + i, "v", Duration.ofMillis(1));
    }
    Thread.sleep(5); // until they are over
    return cache;
  }

  private static void listen(
      Cache<String, String> cache, CacheEntryExpiredListener<String, String> listener) {
    cache.registerCacheEntryListener(
        new MutableCacheEntryListenerConfiguration<>(() -> listener, null, true, true));
  }

  @Test
  void aListenerThatFailsKeepsNoOtherFromHearingOfWhatIsOver() throws InterruptedException {
    Cache<String, String> cache = cache("store.purge-interval", "never");
    Recorder recorder = new Recorder();
    listen(
        cache,
        events -> {
          throw new IllegalStateException("on purpose");
        });
    listen(cache, recorder::onExpired);
    withOver(cache, 10);
    try (Warnings warnings = new Warnings()) {
      assertThat(round(cache).expired()).isEqualTo(10);
      await().until(() -> recorder.events.size() == 10);
      assertThat(warnings.messages()).hasSize(10);
    }
    assertThat(recorder.events).allMatch(event -> event.matches("expired k[0-9]:v>v"));
  }

  @Test
  void whatIsOverWaitsForListenersThatAreFarBehind() throws InterruptedException {
    Cache<String, String> cache = cache("store.purge-interval", "never");
    CountDownLatch goOn = new CountDownLatch(1);
    AtomicInteger told = new AtomicInteger();
    listen(
        cache,
        events -> {
          try {
            goOn.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
          told.incrementAndGet();
        });
    withOver(cache, 1_100);
    assertThat(round(cache).expired()).isEqualTo(1_000);
    assertThat(round(cache).expired()).isZero();
    assertThat(entries()).hasSize(100);
    goOn.countDown();
    await().until(() -> told.get() == 1_000);
    await().until(() -> round(cache).expired() == 100);
    await().until(() -> told.get() == 1_100);
  }
}
