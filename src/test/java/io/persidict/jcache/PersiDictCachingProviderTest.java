package io.persidict.jcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.persidict.format.FormatException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.configuration.CompleteConfiguration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.Duration;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Provider and managers: where caches lie, how they come and go, and what is refused. */
final class PersiDictCachingProviderTest {
  @TempDir Path directory;

  private final PersiDictCachingProvider provider = new PersiDictCachingProvider();

  @AfterEach
  void close() {
    provider.close();
  }

  private CacheManager manager(String... settings) {
    Properties properties = new Properties();
    for (int i = 0; i < settings.length; i += 2) {
      properties.setProperty(settings[i], settings[i + 1]);
    }
    return provider.getCacheManager(root().toUri(), null, properties);
  }

  private Path root() {
    return directory.resolve("root");
  }

  private static <K, V> MutableConfiguration<K, V> types(Class<K> keyType, Class<V> valueType) {
    return new MutableConfiguration<K, V>().setTypes(keyType, valueType);
  }

  private List<String> files() throws Exception {
    try (Stream<Path> files = Files.walk(root())) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> root().relativize(file).toString().replace('\\', '/'))
          .filter(name -> !Set.of(".__lock__", ".__destroyed__").contains(name))
          .sorted()
          .toList();
    }
  }

  @Test
  void cachesWhoseNamesLookAlikeToJmxAreAllShown() throws Exception {
    MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    ObjectName all =
        new ObjectName(
            "javax.cache:type=CacheStatistics,CacheManager="
                + manager().getURI().toString().replaceAll("[,:=\\n\"*?]", ".")
                + ",*");
    List<Cache<String, String>> caches =
        Stream.of("a:b", "a,b", "a.b", "a=\"b\"")
            .map(
                name ->
                    manager()
                        .createCache(
                            name, types(String.class, String.class).setStatisticsEnabled(true)))
            .toList();
    for (int i = 0; i < caches.size(); i++) {
      for (int j = 0; j <= i; j++) {
        caches.get(i).put("k" + j, "v");
      }
    }
    List<Long> puts = new ArrayList<>();
    for (ObjectName name : server.queryNames(all, null)) {
      puts.add((Long) server.getAttribute(name, "CachePuts"));
    }
    assertThat(puts).containsExactlyInAnyOrder(1L, 2L, 3L, 4L);
    assertThat(server.queryNames(new ObjectName(all.toString().replace("*", "Cache=a.b")), null))
        .hasSize(1);
    caches.get(0).close();
    assertThat(server.queryNames(all, null)).hasSize(3);
    manager().close();
    assertThat(server.queryNames(all, null)).isEmpty();
  }

  @Test
  void twoManagersShowTheSameCacheUnderTwoNamesAndEachTakesItsOwnDown() throws Exception {
    MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    String manager = manager().getURI().toString().replaceAll("[,:=\\n\"*?]", ".");
    ObjectName all = new ObjectName("javax.cache:*,CacheManager=" + manager);
    ObjectName statistics =
        new ObjectName("javax.cache:type=CacheStatistics,*,CacheManager=" + manager);
    try (PersiDictCachingProvider another = new PersiDictCachingProvider()) {
      MutableConfiguration<String, String> shown =
          types(String.class, String.class).setStatisticsEnabled(true).setManagementEnabled(true);
      Cache<String, String> one = manager().createCache("c", shown);
      CacheManager other = another.getCacheManager(manager().getURI(), null);
      other.createCache("c", shown).put("k", "v");
      assertThat(server.queryNames(all, null)).hasSize(4);
      one.close();
      assertThat(server.queryNames(all, null)).hasSize(2);
      ObjectName left = server.queryNames(statistics, null).iterator().next();
      assertThat(server.getAttribute(left, "CachePuts")).isEqualTo(1L);
      other.enableStatistics("c", false);
      other.enableStatistics("c", true);
      assertThat(server.queryNames(all, null)).hasSize(2);
      for (ObjectName name : server.queryNames(all, null)) {
        server.unregisterMBean(name); // by somebody who should not
      }
      other.getCache("c").close();
    }
    assertThat(server.queryNames(all, null)).isEmpty();
  }

  // ---- being found, and finding again

  @Test
  void isFoundByJCache() {
    assertThat(Caching.getCachingProvider()).isInstanceOf(PersiDictCachingProvider.class);
  }

  @Test
  void entriesOutliveTheirManager() {
    for (int run = 1; run <= 3; run++) {
      try (CacheManager manager = manager()) {
        Cache<String, LocalDate> cache =
            manager.createCache("dates", types(String.class, LocalDate.class));
        assertThat(cache).hasSize(run - 1);
        cache.put("run" + run, LocalDate.of(2026, 1, run));
      }
    }
    Cache<String, LocalDate> cache =
        manager().createCache("dates", types(String.class, LocalDate.class));
    assertThat(cache.get("run1")).isEqualTo(LocalDate.of(2026, 1, 1));
    assertThat(cache).hasSize(3);
  }

  @Test
  void anEntryIsADurableFileWithAReadableName() throws Exception {
    Cache<String, String> cache =
        manager("persidict.digest-length", "0")
            .createCache("people", types(String.class, String.class));
    cache.put("ada", "Lovelace");
    cache.put("Ada/L\u00f6", "escaped");
    assertThat(files())
        .containsExactly(
            "people/.__cache__", "people/s-ada.entry", "people/s-~ada=002f~l=00f6.entry");
    assertThat(cache).extracting(Cache.Entry::getKey).contains("ada", "Ada/L\u00f6");
  }

  @Test
  void managersOfOneDirectoryShareACache() {
    try (PersiDictCachingProvider other = new PersiDictCachingProvider()) {
      Cache<String, Integer> mine = manager().createCache("c", types(String.class, Integer.class));
      Cache<String, Integer> theirs =
          other
              .getCacheManager(root().toUri(), null)
              .createCache("c", types(String.class, Integer.class));
      mine.put("k", 1);
      assertThat(theirs.get("k")).isEqualTo(1);
      assertThat(theirs.replace("k", 1, 2)).isTrue();
      assertThat(mine.putIfAbsent("k", 3)).isFalse();
      assertThat(mine.get("k")).isEqualTo(2);
      other.close();
      assertThat(mine.get("k")).isEqualTo(2);
    }
  }

  @Test
  void getCacheGivesWhatItsManagerCreatedAndNothingThatIsOnlyStored() throws Exception {
    assertThat(manager().<String, String>getCache("c")).isNull();
    assertThat(files()).isEmpty();
    Cache<String, String> cache = manager().createCache("c", types(String.class, String.class));
    assertThat(manager().<String, String>getCache("c")).isSameAs(cache);
    manager().close();
    assertThat(manager().<String, String>getCache("c")).isNull();
    assertThat(manager().getCache("c", String.class, String.class)).isNull();
    assertThat(manager().getCacheNames()).isEmpty();
  }

  @Test
  void getCacheOpensAClosedCacheAgainWithTheConfigurationThatItWasCreatedWith() {
    MutableConfiguration<String, String> configuration =
        new PersiDictConfiguration<String, String>()
            .setFormat("json")
            .setTypes(String.class, String.class)
            .setStatisticsEnabled(true)
            .setExpiryPolicyFactory(CreatedExpiryPolicy.factoryOf(Duration.ONE_HOUR));
    Cache<String, String> cache = manager().createCache("c", configuration);
    cache.put("k", "v");
    cache.close();
    assertThat(manager().getCacheNames()).isEmpty();
    Cache<String, String> again = manager().getCache("c", String.class, String.class);
    assertThat(again.get("k")).isEqualTo("v");
    CompleteConfiguration<?, ?> actual = again.unwrap(PersiDictCache.class).configuration();
    assertThat(actual.isStatisticsEnabled()).isTrue();
    assertThat((Object) actual.getExpiryPolicyFactory())
        .isEqualTo(configuration.getExpiryPolicyFactory());
    manager().destroyCache("c");
    assertThat(manager().<String, String>getCache("c")).isNull();
  }

  @Test
  void destroyCacheDeletesItAlsoWhereItIsNotOpen() throws Exception {
    Cache<String, String> kept = manager().createCache("kept", types(String.class, String.class));
    kept.put("k", "v");
    manager().createCache("c", types(String.class, String.class)).put("k", "v");
    manager().destroyCache("c");
    assertThat(root().resolve("c")).doesNotExist();
    manager().createCache("c", types(String.class, String.class)).put("k", "v");
    manager().close();
    manager().destroyCache("c");
    manager().destroyCache("never was");
    assertThat(root().resolve("c")).doesNotExist();
    assertThat(files()).hasSize(2).allMatch(name -> name.startsWith("kept/"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "a b",
        "a@b(c)",
        "a,b=c",
        "\"quoted\"",
        "a/b",
        "../up",
        "a\\b",
        ".",
        "..",
        "con",
        "LPT1.txt",
        "ends.",
        "\u00e4\u00f6\u00fc \u65e5\u672c\u8a9e",
        "*?",
        " = : # ! \n\r\t\f ",
        "Case",
        "case"
      })
  void takesAnyCacheName(String name) throws Exception {
    Cache<String, String> cache =
        manager()
            .createCache(
                name,
                types(String.class, String.class)
                    .setStatisticsEnabled(true)
                    .setManagementEnabled(true));
    cache.put("k", name);
    manager().close();
    assertThat(manager().createCache(name, types(String.class, String.class)).get("k"))
        .isEqualTo(name);
    assertThat(files()).hasSize(2).allMatch(file -> file.split("/").length == 2);
    manager().destroyCache(name);
    assertThat(files()).isEmpty();
  }

  // ---- bad input

  @ParameterizedTest
  @ValueSource(strings = {"ftp://host/dir/", "http://host/", "urn:x:y", "relative/dir", "file:rel"})
  void refusesUrisThatAreNoDirectories(String uri) {
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(() -> provider.getCacheManager(URI.create(uri), null))
        .withMessageContaining("file:///var/cache/app/")
        .withMessageContaining(uri);
  }

  @Test
  void refusesAPathThatIsAFile() throws Exception {
    Files.writeString(root(), "a file");
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(this::manager)
        .withMessageContaining(root() + " is a file; a store needs a directory");
    assertThat(root()).hasContent("a file");
  }

  @Test
  void refusesADirectoryWithoutPermission() throws Exception {
    Path locked = Files.createDirectories(directory.resolve("locked"));
    assumeTrue(
        Files.getFileStore(locked).supportsFileAttributeView("posix"),
        "there are no modes here that could take a permission away");
    Files.setPosixFilePermissions(locked, PosixFilePermissions.fromString("r-x------"));
    // No mode stops the superuser, but the kernel keeps /sys to itself.
    Path forbidden = Files.isWritable(locked) ? Path.of("/sys/new") : locked.resolve("new");
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(() -> provider.getCacheManager(forbidden.toUri(), null))
        .withMessageContaining("cannot create the directory " + forbidden)
        .withMessageMatching(".*(no permission; check the owner|Operation not permitted).*");
    Files.setPosixFilePermissions(locked, PosixFilePermissions.fromString("rwx------"));
  }

  @ParameterizedTest
  @CsvSource({
    "persidict.fromat,           persidict.format",
    "persidict.digest_length,    persidict.digest-length",
    "persidict.Durability,       persidict.durability",
    "persidict.cache.c.serialfilter, persidict.cache.c.serial-filter",
    "persidict.cache.format,     persidict.format",
    "persidict.cache..format,    persidict.format",
    "persidict.cache.c.s3.regio, persidict.s3.region",
    "persidict.cache.c.s3.region, persidict.s3.region",
  })
  void suggestsTheNearestSetting(String misspelt, String meant) {
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(() -> manager(misspelt, "x"))
        .withMessageContaining("unknown setting " + misspelt + "; did you mean " + meant + "?")
        .withMessageContaining(
            "The settings are format, layout, digest-length, durability, serial-filter");
  }

  @ParameterizedTest
  @CsvSource({
    "durability, disk, 'os, fsync'",
    "digest-length, 27, 0 to 26",
    "digest-length, -1, 0 to 26",
    "digest-length, many, 0 to 26",
    "layout, flat, entry",
    "serial-filter, 'com.example.*,com.other.*', JEP 290 patterns",
    "serial-filter, maxdepth=deep, JEP 290 patterns",
    "expiry, PT1H, eternal",
    "statistics, yes, 'true, false'",
    "value-type, no class, the name of a class",
    "memory.max-entries, 0, 1 to",
  })
  void refusesValuesThatAreNotAllowed(String setting, String value, String allowed)
      throws Exception {
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(() -> manager("persidict.cache.c." + setting, value))
        .withMessageContaining("setting " + setting + " of cache \"c\" is \"" + value + "\"")
        .withMessageContaining("allowed: " + allowed);
    assertThat(root()).doesNotExist();
  }

  @Test
  void aSettingForOneCacheGoesBeforeTheOneForAll() throws Exception {
    CacheManager manager =
        manager("persidict.format", "json", "persidict.cache.text.format", "txt");
    manager.createCache("text", types(String.class, String.class)).put("k", "plain");
    manager.createCache("other", types(String.class, Map.class)).put("k", Map.of("a", "b"));
    assertThat(Files.readString(root().resolve("text/.__cache__"))).contains("format=txt");
    assertThat(Files.readString(root().resolve("other/.__cache__"))).contains("format=json");
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(
            () ->
                manager("persidict.format", "txt")
                    .createCache("text", types(String.class, String.class)))
        .withMessageContaining("is open already");
  }

  @ParameterizedTest
  @CsvSource({"format, jser, json", "digest-length, 8, 4"})
  void refusesSettingsThatContradictTheStore(String setting, String stored, String given) {
    manager().createCache("c", types(String.class, String.class)).put("k", "v");
    manager().close();
    CacheManager manager = manager("persidict." + setting, given);
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(() -> manager.createCache("c", types(String.class, String.class)))
        .withMessageContaining(
            "created with " + setting + " " + stored + " and cannot be opened with " + given);
    manager.close();
    assertThat(manager().createCache("c", types(String.class, String.class)).get("k"))
        .isEqualTo("v");
  }

  @Test
  void refusesAValueThatCannotBeSerializedAndLeavesNothingBehind() throws Exception {
    Cache<String, Object> cache = manager().createCache("c", types(String.class, Object.class));
    cache.put("k", "stored");
    List<String> before = files();
    for (Object value : List.of(new Object(), List.of(new Object()), new Thread())) {
      assertThatExceptionOfType(CacheException.class)
          .isThrownBy(() -> cache.put("k", value))
          .withMessageContaining("not java.io.Serializable")
          .withCauseInstanceOf(FormatException.class);
      assertThatExceptionOfType(CacheException.class)
          .isThrownBy(() -> cache.putIfAbsent("new", value));
    }
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(() -> cache.put("k", new java.util.concurrent.Semaphore(1)))
        .withMessageContaining("persidict.serial-filter");
    assertThat(cache.get("k")).isEqualTo("stored");
    assertThat(files()).isEqualTo(before);
  }

  @Test
  @SuppressWarnings({"unchecked", "rawtypes"})
  void refusesNullsAndWrongTypes() {
    Cache<String, Integer> cache = manager().createCache("c", types(String.class, Integer.class));
    assertThatNullPointerException().isThrownBy(() -> cache.put(null, 1));
    assertThatNullPointerException().isThrownBy(() -> cache.put("k", null));
    assertThatNullPointerException().isThrownBy(() -> cache.get(null));
    assertThatExceptionOfType(ClassCastException.class)
        .isThrownBy(() -> ((Cache) cache).put("k", "text"))
        .withMessageContaining("is a java.lang.Integer, not a java.lang.String");
    assertThatExceptionOfType(ClassCastException.class)
        .isThrownBy(() -> manager().getCache("c", String.class, Long.class))
        .withMessageContaining("value type java.lang.Integer, not java.lang.Long");
    assertThatExceptionOfType(UnsupportedOperationException.class)
        .isThrownBy(
            () ->
                manager()
                    .createCache("d", types(String.class, Integer.class).setStoreByValue(false)))
        .withMessageContaining("cannot store by reference");
    assertThat(cache).isEmpty();
  }

  @Test
  void aClosedCacheOrManagerSaysSo() {
    CacheManager manager = manager();
    Cache<String, String> cache = manager.createCache("c", types(String.class, String.class));
    cache.close();
    assertThatExceptionOfType(IllegalStateException.class)
        .isThrownBy(() -> cache.get("k"))
        .withMessage("cache c is closed");
    manager.close();
    assertThatExceptionOfType(IllegalStateException.class)
        .isThrownBy(() -> manager.getCache("c"))
        .withMessageContaining("is closed");
    assertThat(manager()).isNotSameAs(manager);
  }

  @Test
  void whatStandsInTheWayOfAStoreIsToldAsACacheException() throws Exception {
    Cache<String, String> cache =
        manager("persidict.digest-length", "0").createCache("c", types(String.class, String.class));
    Files.createDirectories(root().resolve("c/s-k.entry"));
    assertThat(cache.get("k")).isNull();
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(() -> cache.put("k", "v"))
        .withMessageContaining("s-k.entry")
        .withMessageContaining("a directory is in the way; move it away");
    cache.put("other", "v");
    assertThat(cache).hasSize(1);
  }
}
