package io.persidict.jcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.persidict.jcache.config.ManagerUri;
import io.persidict.lease.ResultStore;
import io.persidict.store.file.Durability;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.configuration.CompleteConfiguration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.Duration;
import javax.cache.expiry.ExpiryPolicy;
import javax.cache.expiry.ModifiedExpiryPolicy;
import javax.cache.integration.CacheLoader;
import javax.cache.integration.CacheWriter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Caches that are configured by a file, by code and by system properties. */
final class ConfigurationTest {
  @TempDir Path directory;

  private final PersiDictCachingProvider provider = new PersiDictCachingProvider();

  @AfterEach
  void close() {
    provider.close();
  }

  private Path data() {
    return directory.resolve("data");
  }

  private URI file(String... lines) throws Exception {
    List<String> all = new ArrayList<>(List.of("persidict.uri=" + data().toUri()));
    all.addAll(List.of(lines));
    return Files.write(directory.resolve("caches.properties"), all).toUri();
  }

  private CacheManager manager(URI uri) {
    return provider.getCacheManager(uri, null);
  }

  // ---- by a file

  /** Knows the length of every text. */
  public static final class Lengths implements CacheLoader<String, Integer> {
    @Override
    public Integer load(String key) {
      return key.length();
    }

    @Override
    public Map<String, Integer> loadAll(Iterable<? extends String> keys) {
      return Map.of();
    }
  }

  /** Remembers what was written. */
  public static final class Journal implements CacheWriter<Object, Object> {
    static final List<String> WRITTEN = new ArrayList<>();

    @Override
    public void write(Cache.Entry<?, ?> entry) {
      WRITTEN.add(entry.getKey() + "=" + entry.getValue());
    }

    @Override
    public void writeAll(Collection<Cache.Entry<?, ?>> entries) {
      entries.forEach(this::write);
    }

    @Override
    public void delete(Object key) {
      WRITTEN.add("-" + key);
    }

    @Override
    public void deleteAll(Collection<?> keys) {
      keys.forEach(this::delete);
    }
  }

  @Test
  void declaredCachesAreOpenFromTheStart() throws Exception {
    URI uri =
        file(
            "persidict.format=json",
            "persidict.cache.lengths.key-type=java.lang.String",
            "persidict.cache.lengths.value-type=java.lang.Integer",
            "persidict.cache.lengths.loader=" + Lengths.class.getName(),
            "persidict.cache.lengths.writer=" + Journal.class.getName(),
            "persidict.cache.lengths.expiry=created PT1H",
            "persidict.cache.lengths.statistics=true",
            "persidict.cache.lengths.management=true",
            "persidict.cache.with.dots\\ and\\ spaces.durability=fsync");
    CacheManager manager = manager(uri);
    assertThat(manager.getURI()).isEqualTo(uri);
    assertThat(manager.getCacheNames()).containsExactly("lengths", "with.dots and spaces");

    Cache<String, Integer> lengths = manager.getCache("lengths", String.class, Integer.class);
    assertThat(lengths.get("four")).isEqualTo(4);
    lengths.put("k", 1);
    assertThat(Journal.WRITTEN).contains("k=1");
    @SuppressWarnings("unchecked")
    CompleteConfiguration<String, Integer> configuration =
        lengths.getConfiguration(CompleteConfiguration.class);
    assertThat(configuration.isStatisticsEnabled()).isTrue();
    assertThat(configuration.isManagementEnabled()).isTrue();
    assertThat(configuration.isReadThrough()).isTrue();
    assertThat(configuration.isWriteThrough()).isTrue();
    ExpiryPolicy expiry = configuration.getExpiryPolicyFactory().create();
    assertThat(expiry.getExpiryForCreation().getDurationAmount()).isEqualTo(3_600_000);
    assertThat(expiry.getExpiryForUpdate()).isNull();
    assertThat(data().resolve("lengths/.__cache__")).content().contains("format=json");

    manager.<Object, Object>getCache("with.dots and spaces").put(LocalDate.EPOCH, List.of(1L));
    manager.close();
    assertThat(manager(uri).<Object, Object>getCache("with.dots and spaces").get(LocalDate.EPOCH))
        .isEqualTo(List.of(1L));
  }

  @ParameterizedTest
  @CsvSource({
    "eternal,         ,        ,        ",
    "created PT2S,    2000,    ,        ",
    "modified PT2S,   2000,    2000,    ",
    "accessed PT2S,   2000,    ,        2000",
    "touched P1D,     86400000, 86400000, 86400000",
  })
  void expiryIsAPolicyAndADuration(String setting, Long creation, Long update, Long access)
      throws Exception {
    CacheManager manager = manager(file("persidict.cache.c.expiry=" + setting));
    @SuppressWarnings("unchecked")
    CompleteConfiguration<Object, Object> configuration =
        manager.getCache("c").getConfiguration(CompleteConfiguration.class);
    ExpiryPolicy policy = configuration.getExpiryPolicyFactory().create();
    assertThat(policy.getExpiryForCreation().isEternal()).isEqualTo(creation == null);
    if (creation != null) {
      assertThat(policy.getExpiryForCreation().getDurationAmount()).isEqualTo(creation);
    }
    assertThat(millis(policy.getExpiryForUpdate())).isEqualTo(update);
    assertThat(millis(policy.getExpiryForAccess())).isEqualTo(access);
  }

  private static Long millis(javax.cache.expiry.Duration duration) {
    return duration == null ? null : duration.getTimeUnit().toMillis(duration.getDurationAmount());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "expiry      | sometimes      | eternal, or one of created, modified, accessed, touched",
        "expiry      | created 1h     | ISO-8601 duration",
        "expiry      | created PT0S   | ISO-8601 duration",
        "expiry      | forever PT1H   | eternal, or one of",
        "key-type    | no.such.Class  | a class that the manager",
        "loader      | java.lang.String | a class that implements"
            + " javax.cache.integration.CacheLoader",
        "writer      | no.such.Class  | a class that the manager",
        "statistics  | yes            | true, false",
      })
  void refusesWhatAFileCannotMean(String setting, String value, String allowed) throws Exception {
    URI uri = file("persidict.cache.c." + setting + "=" + value);
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(() -> manager(uri))
        .withMessageContaining(
            "setting " + setting + " of cache \"c\" is \"" + value + "\"; allowed: ")
        .withMessageContaining(allowed);
  }

  /** Cannot be made. */
  public static final class Unmakeable implements CacheLoader<Object, Object> {
    public Unmakeable() {
      throw new IllegalStateException("no database at jdbc:x:user:secret");
    }

    @Override
    public Object load(Object key) {
      return key;
    }

    @Override
    public Map<Object, Object> loadAll(Iterable<?> keys) {
      return Map.of();
    }
  }

  @Test
  void aConstructorThatFailsIsToldFromOneThatIsMissing() throws Exception {
    URI failing = file("persidict.cache.c.loader=" + Unmakeable.class.getName());
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(() -> manager(failing))
        .withMessage(
            "cannot make the loader of cache c; the constructor of "
                + Unmakeable.class.getName()
                + " failed with java.lang.IllegalStateException")
        .withCauseExactlyInstanceOf(IllegalStateException.class);
    URI missing = file("persidict.cache.c.loader=" + Without.class.getName());
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(() -> manager(missing))
        .withMessageContaining("needs a public constructor without parameters");
  }

  /** Has no constructor without parameters. */
  public static final class Without implements CacheLoader<Object, Object> {
    private final Object value;

    public Without(Object value) {
      this.value = value;
    }

    @Override
    public Object load(Object key) {
      return value;
    }

    @Override
    public Map<Object, Object> loadAll(Iterable<?> keys) {
      return Map.of();
    }
  }

  @Test
  void aFileMayLieOnTheClassPathOrInAnArchive() throws Exception {
    Path jar = directory.resolve("app.jar");
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
      out.putNextEntry(new JarEntry("conf/caches.properties"));
      out.write(
          ("persidict.uri=" + data().toUri() + "\npersidict.cache.c.format=json")
              .getBytes("UTF-8"));
      out.closeEntry();
    }
    try (URLClassLoader loader =
        new URLClassLoader(new URL[] {jar.toUri().toURL()}, getClass().getClassLoader())) {
      for (String uri :
          List.of(
              "classpath:conf/caches.properties",
              "jar:" + jar.toUri() + "!/conf/caches.properties")) {
        CacheManager manager = provider.getCacheManager(URI.create(uri), loader);
        assertThat(manager.getCacheNames()).containsExactly("c");
        manager.close();
      }
      assertThatExceptionOfType(CacheException.class)
          .isThrownBy(
              () -> provider.getCacheManager(URI.create("classpath:none.properties"), loader))
          .withMessageContaining("no configuration file none.properties on the class path");
    }
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(() -> manager(directory.resolve("none.properties").toUri()))
        .withMessageContaining("cannot read the configuration file");
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(() -> manager(URI.create("http://localhost/x.properties")))
        .withMessageContaining("classpath:caches.properties");
  }

  @Test
  void propertiesOfTheManagerGoBeforeTheFile() throws Exception {
    Properties properties = new Properties();
    properties.setProperty("persidict.format", "txt");
    URI uri = file("persidict.format=json", "persidict.cache.json.format=json");
    CacheManager manager = provider.getCacheManager(uri, null, properties);
    manager.createCache("text", types());
    assertThat(data().resolve("text/.__cache__")).content().contains("format=txt");
    assertThat(data().resolve("json/.__cache__")).content().contains("format=json");
  }

  // ---- who says where the caches lie

  private static Properties uri(Object uri) {
    Properties properties = new Properties();
    properties.setProperty("persidict.uri", uri.toString());
    return properties;
  }

  /** A file in a directory whose name has a comma, which is escaped in a manager's URI. */
  private URI fileInOddPlace(String lines) throws Exception {
    Path file = Files.createDirectories(directory.resolve("a,b")).resolve("caches.properties");
    return Files.writeString(file, lines).toUri();
  }

  @Test
  void aFileThatPropertiesNameSaysWhereTheCachesLie() throws Exception {
    String lines = "persidict.uri=" + data().toUri() + "\npersidict.cache.c.format=json";
    URI file = fileInOddPlace(lines);
    String detour = file.toString().replace("a,b/", "a,b/./");
    for (String named : List.of(file.toString(), detour)) {
      CacheManager manager = provider.getCacheManager(null, null, uri(named));
      assertThat(manager.getCacheNames()).containsExactly("c");
      assertThat(data().resolve("c/.__cache__")).content().contains("format=json");
      manager.close();
    }
    CacheManager manager = provider.getCacheManager(file, null, uri(detour));
    assertThat(manager.getCacheNames()).containsExactly("c");
  }

  @Test
  void propertiesThatNameAnotherPlaceGoBeforeTheFile() throws Exception {
    Path other = directory.resolve("other");
    provider.getCacheManager(file("persidict.cache.c.format=json"), null, uri(other.toUri()));
    assertThat(other.resolve("c")).isDirectory();
    assertThat(data()).doesNotExist();
  }

  @Test
  void aFileThatDoesNotSayWhereTheCachesLieLeavesThatToTheNext() throws Exception {
    URI file = fileInOddPlace("persidict.cache.c.format=json");
    System.setProperty("persidict.uri", data().toUri().toString());
    try {
      provider.getCacheManager(null, null, uri(file));
      assertThat(data().resolve("c")).isDirectory();
    } finally {
      System.clearProperty("persidict.uri");
    }
    URI byNobody =
        ManagerUri.of(file, uri(file), ManagerUri.escaped(file), getClass().getClassLoader())
            .place();
    assertThat(Path.of(byNobody)).isEqualTo(Path.of(".persidict").toAbsolutePath());
    assertThat(byNobody).isEqualTo(provider.getDefaultURI());
  }

  @Test
  void aFileThatNamesItselfIsRefused() throws Exception {
    URI file = directory.resolve("caches.properties").toUri();
    Files.writeString(Path.of(file), "persidict.uri=" + file + "\n");
    for (Properties properties : List.of(new Properties(), uri(file))) {
      assertThatExceptionOfType(CacheException.class)
          .isThrownBy(() -> provider.getCacheManager(file, null, properties))
          .withMessageContaining("is a file");
    }
  }

  // ---- by code

  private static MutableConfiguration<String, String> types() {
    return new MutableConfiguration<String, String>().setTypes(String.class, String.class);
  }

  @Test
  void codeGoesBeforeAllProperties() throws Exception {
    CacheManager manager = manager(file("persidict.format=json"));
    PersiDictConfiguration<String, String> configuration =
        new PersiDictConfiguration<String, String>()
            .setFormat("txt")
            .setDigestLength(0)
            .setDurability(Durability.FSYNC)
            .setSerialFilter("com.example.*");
    configuration.setTypes(String.class, String.class);
    manager.createCache("c", configuration).put("k", "v");
    assertThat(data().resolve("c/.__cache__")).content().contains("format=txt");
    assertThat(data().resolve("c/s-k.entry")).exists();
    assertThat((Object) manager.getCache("c").unwrap(PersiDictCache.class).configuration())
        .isEqualTo(configuration)
        .isNotEqualTo(new PersiDictConfiguration<>(types()));
  }

  @Test
  void aConfigurationOfCodeIsCheckedLikeAnyOther() throws Exception {
    CacheManager manager = manager(data().toUri());
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(
            () ->
                manager.createCache(
                    "c", new PersiDictConfiguration<String, String>().setDigestLength(27)))
        .withMessageContaining("allowed: 0 to 26");
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(
            () ->
                manager.createCache(
                    "c", new PersiDictConfiguration<Object, Object>().setFormat("txt")))
        .withMessageContaining("format txt is text and holds java.lang.String");
    assertThat(data().resolve("c")).doesNotExist();
  }

  // ---- values that are no strings, managers that are open

  @Test
  void aValueThatIsNoStringIsRefused() throws Exception {
    for (Object value : List.of(100, 0.5, true, Path.of("p"), directory.toUri())) {
      for (String name : List.of("persidict.memory.max-entries", "persidict.uri")) {
        Properties properties = new Properties();
        properties.put(name, value);
        assertThatExceptionOfType(CacheException.class)
            .isThrownBy(() -> provider.getCacheManager(data().toUri(), null, properties))
            .withMessageContainingAll(name, value.getClass().getName(), "allowed: a String");
      }
    }
    Properties others = new Properties();
    others.put("somebody.else", 100);
    others.put(100, "persidict.format");
    assertThat(provider.getCacheManager(data().toUri(), null, others).isClosed()).isFalse();
  }

  @Test
  void settingsThatAnOpenManagerDoesNotHaveAreRefused() throws Exception {
    CacheManager manager = manager("persidict.format", "json", "persidict.cache.c.format", "txt");
    assertThat(manager()).isSameAs(manager);
    assertThat(manager("persidict.format", " json ", "other", "1")).isSameAs(manager);
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(() -> manager("persidict.format", "pkl"))
        .withMessageContainingAll("persidict.format is \"pkl\"", "open already, with \"json\"");
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(() -> manager("persidict.digest-length", "0"))
        .withMessageContaining("without that setting");
    manager.close();
    assertThat(manager("persidict.format", "pkl")).isNotSameAs(manager);
  }

  // ---- settings and code together

  private CacheManager manager(String... settings) throws Exception {
    Properties properties = new Properties();
    for (int i = 0; i < settings.length; i += 2) {
      properties.setProperty(settings[i], settings[i + 1]);
    }
    return provider.getCacheManager(data().toUri(), null, properties);
  }

  private static CompleteConfiguration<?, ?> configuration(Cache<?, ?> cache) {
    return cache.unwrap(PersiDictCache.class).configuration();
  }

  @Test
  void settingsHoldWhereCodeLeavesTheDefault() throws Exception {
    CacheManager manager =
        manager(
            "persidict.expiry", "created PT1S",
            "persidict.cache.c.statistics", "true",
            "persidict.cache.c.management", "true",
            "persidict.cache.c.key-type", "java.lang.String",
            "persidict.cache.c.value-type", "java.lang.Integer",
            "persidict.cache.c.loader", Lengths.class.getName());
    try (Warnings warnings = new Warnings()) {
      CompleteConfiguration<?, ?> complete =
          configuration(manager.createCache("c", new MutableConfiguration<>()));
      assertThat(complete.getExpiryPolicyFactory())
          .isEqualTo(CreatedExpiryPolicy.factoryOf(new Duration(TimeUnit.SECONDS, 1)));
      assertThat(complete.isStatisticsEnabled()).isTrue();
      assertThat(complete.isManagementEnabled()).isTrue();
      assertThat(complete.getKeyType()).isEqualTo(String.class);
      assertThat(complete.getValueType()).isEqualTo(Integer.class);
      assertThat(complete.isReadThrough()).isTrue();
      assertThat(manager.<String, Integer>getCache("c").get("four")).isEqualTo(4);
      assertThat(warnings.messages()).isEmpty();
    }
  }

  @Test
  void codeWinsAndAWarningNamesBoth() throws Exception {
    CacheManager manager =
        manager(
            "persidict.expiry", "created PT1S",
            "persidict.cache.c.statistics", "false",
            "persidict.cache.c.value-type", "java.lang.Integer");
    var eternal = ModifiedExpiryPolicy.factoryOf(new Duration(TimeUnit.HOURS, 1));
    try (Warnings warnings = new Warnings()) {
      Cache<String, String> cache =
          manager.createCache(
              "c", types().setExpiryPolicyFactory(eternal).setStatisticsEnabled(true));
      assertThat(configuration(cache).getExpiryPolicyFactory()).isEqualTo(eternal);
      assertThat(configuration(cache).getValueType()).isEqualTo(String.class);
      assertThat(configuration(cache).isStatisticsEnabled()).isTrue();
      assertThat(warnings.messages())
          .satisfiesExactlyInAnyOrder(
              message -> assertThat(message).contains("persidict.expiry = created PT1S"),
              message ->
                  assertThat(message)
                      .contains("persidict.cache.c.value-type = java.lang.Integer")
                      .contains("java.lang.String"),
              message -> assertThat(message).contains("persidict.cache.c.statistics = false"));
    }
  }

  @Test
  void aClassThatASettingNamesIsFoundAlsoWhereCodeWins() throws Exception {
    CacheManager manager = manager("persidict.cache.c.value-type", "com.example.Missing");
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(() -> manager.createCache("c", types()))
        .withMessageContaining("value-type of cache \"c\" is \"com.example.Missing\"");
  }

  @Test
  void settingsForAMisspeltCacheAreReportedOnce() throws Exception {
    CacheManager manager = manager("persidict.cache.peple.expiry", "created PT1S");
    try (Warnings warnings = new Warnings()) {
      manager.createCache("other", types());
      assertThat(warnings.messages()).isEmpty();
      manager.createCache("people", types()).close();
      manager.createCache("people", types());
      assertThat(warnings.messages())
          .singleElement()
          .asString()
          .contains("\"peple\"")
          .contains("\"people\"");
    }
  }

  @Test
  void settingsThatWouldHaveNoEffectAreRefused() throws Exception {
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(() -> manager("persidict.s3.region", "eu-central-1"))
        .withMessageContaining("persidict.s3.region is for caches in S3");
    CacheManager manager =
        manager("persidict.memory.coherence", "PT5S", "persidict.cache.m.memory.max-entries", "9");
    manager.createCache("m", types());
    manager.createCache("without", types());
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(
            () ->
                manager.createCache(
                    "c",
                    new PersiDictConfiguration<>(types())
                        .setMemoryCoherence(java.time.Duration.ofSeconds(5))))
        .withMessageContaining("memory.coherence of cache \"c\" is \"PT5S\"; allowed: nothing");
  }

  @Test
  void whatIsSetForAllCachesIsLeftAloneByThoseThatCannotUseIt() throws Exception {
    CacheManager manager =
        manager(
            "persidict.on-rewrite", "keep-first",
            "persidict.consistency-checks", "1",
            "persidict.cache.once.immutable-items", "true",
            "persidict.cache.refusing.immutable-items", "true",
            "persidict.cache.refusing.on-rewrite", "reject",
            "persidict.cache.checked.consistency-checks", "0.5",
            "persidict.cache.rewritten.on-rewrite", "reject");
    Cache<String, String> any = manager.createCache("any", types());
    any.put("k", "first");
    any.put("k", "second");
    assertThat(any.get("k")).isEqualTo("second");
    Cache<String, String> once = manager.createCache("once", types());
    once.put("k", "first");
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(() -> once.put("k", "second"))
        .withMessageContaining("differs from the first one");
    Cache<String, String> refusing = manager.createCache("refusing", types());
    refusing.put("k", "first");
    assertThatExceptionOfType(CacheException.class).isThrownBy(() -> refusing.put("k", "second"));
    assertNotCreated(manager, "checked", "consistency-checks of cache \"checked\" is \"0.5\"");
    assertNotCreated(manager, "rewritten", "on-rewrite of cache \"rewritten\" is \"reject\"");
  }

  @Test
  void nullResultsAreKeptByThoseOfAllCachesThatCan() throws Exception {
    CacheManager manager =
        manager("persidict.null-results", "keep", "persidict.cache.own.null-results", "keep");
    assertThat(keepsNull(manager.createCache("typed", types()))).isFalse();
    assertThat(keepsNull(manager.createCache("untyped", new MutableConfiguration<>()))).isTrue();
    assertNotCreated(manager, "own", "null-results of cache \"own\" is \"keep\"");
  }

  private static boolean keepsNull(Cache<?, ?> cache) {
    return cache.unwrap(ResultStore.class).keepsNull();
  }

  private static void assertNotCreated(CacheManager manager, String cache, String message) {
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(() -> manager.createCache(cache, types()))
        .withMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource({
    "on-rewrite, keep-first, immutable-items, false",
    "consistency-checks, 0.5, on-rewrite, reject",
    "null-results, keep, format, json",
    "memory.coherence, PT5S, immutable-items, true",
  })
  void whatIsSetForAllCachesIsRefusedIfNoneCanUseIt(
      String setting, String value, String other, String otherValue) throws Exception {
    CacheManager manager =
        manager(
            "persidict." + setting,
            value,
            "persidict." + other,
            otherValue,
            "persidict.cache.c.immutable-items",
            String.valueOf(other.equals("on-rewrite")));
    assertNotCreated(manager, "c", setting + " of cache \"c\" is \"" + value + "\"");
  }

  @Test
  void aFileMayBeWrittenByAnyEditor() throws Exception {
    String text = "persidict.uri = " + data().toUri() + "\npersidict.cache.\u00e9.format = json\n";
    Path file = directory.resolve("caches.properties");
    for (byte[] bytes :
        List.of(
            ("\uFEFF" + text).getBytes(StandardCharsets.UTF_8),
            text.getBytes(StandardCharsets.UTF_16),
            ("\uFEFF" + text).getBytes(StandardCharsets.UTF_16LE))) {
      try (CacheManager manager = manager(Files.write(file, bytes).toUri())) {
        assertThat(manager.getCacheNames()).containsExactly("\u00e9");
      }
      assertThat(data()).isNotEmptyDirectory();
    }
    for (byte[] bytes :
        List.of(
            text.getBytes(StandardCharsets.ISO_8859_1), text.getBytes(StandardCharsets.UTF_16LE))) {
      URI uri = Files.write(file, bytes).toUri();
      assertThatExceptionOfType(CacheException.class)
          .isThrownBy(() -> manager(uri))
          .withMessageContaining("cannot read the configuration file");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"C:\\\\data\\\\cache", "C:/data/cache/", "/var/cache/app", "cache"})
  void aPathInPlaceOfAUriIsRefusedWithTheWayOut(String path) throws Exception {
    Path file = directory.resolve("paths.properties");
    Files.writeString(file, "persidict.uri = " + path + "\n");
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(() -> manager(file.toUri()))
        .withMessageContaining("Path.of(\"...\").toUri()");
  }

  // ---- what is kept with a cache

  @Test
  void cachesOfTheFirstSnapshotsOpen() throws Exception {
    Path cache = Files.createDirectories(data().resolve("a~x"));
    Files.writeString(
        cache.resolve(".__cache__"),
        """
        {
            "version": 1,
            "name": "aX",
            "layout": "entry",
            "format": "txt",
            "digest-length": 8,
            "immutable-items": false
        }\
        """);
    CacheManager manager = manager(data().toUri());
    PersiDictConfiguration<String, String> configuration = new PersiDictConfiguration<>(types());
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(() -> manager.createCache("aX", configuration))
        .withMessageContaining("was created with format txt and cannot be opened with jser");
    Cache<String, String> opened = manager.createCache("aX", configuration.setFormat("txt"));
    opened.put("k", "v");
    assertThat(opened.get("k")).isEqualTo("v");
  }

  @Test
  void aRecordOfOtherCharactersIsRead() throws Exception {
    String name = "\"é\\ =:#!\n\uD83D\uDE00";
    manager(data().toUri()).createCache(name, types()).put("k", "v");
    provider.close();
    assertThat(manager(data().toUri()).createCache(name, types()).get("k")).isEqualTo("v");
  }

  @Test
  void aDamagedRecordIsRefused() throws Exception {
    Path cache = Files.createDirectories(data().resolve("c"));
    for (String damaged : List.of("", "\0\0\0", "name=\\u00", "version=2\nname=c")) {
      Files.writeString(cache.resolve(".__cache__"), damaged);
      assertThatExceptionOfType(CacheException.class)
          .isThrownBy(() -> manager(data().toUri()).createCache("c", types()))
          .withMessageContaining("cache c");
    }
  }

  // ---- by system properties

  @Test
  void systemPropertiesAreTheLastResort() {
    URI uri = data().toUri();
    System.setProperty("persidict.uri", uri.toString());
    System.setProperty("persidict.format", "json");
    try {
      CacheManager manager = provider.getCacheManager();
      assertThat(manager.getURI()).isEqualTo(uri);
      manager.createCache("c", types());
      assertThat(data().resolve("c/.__cache__")).content().contains("format=json");
      System.setProperty("persidict.uri", "not a URI");
      assertThatExceptionOfType(CacheException.class)
          .isThrownBy(provider::getCacheManager)
          .withMessageContaining("persidict.uri must be a URI such as file:///var/cache/app/");
    } finally {
      System.clearProperty("persidict.uri");
      System.clearProperty("persidict.format");
    }
  }
}
