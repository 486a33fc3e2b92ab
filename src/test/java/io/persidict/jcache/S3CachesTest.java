package io.persidict.jcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.persidict.ChildJvm;
import io.persidict.store.Listed;
import io.persidict.store.Precondition;
import io.persidict.store.Store;
import io.persidict.store.s3.LoopbackS3;
import io.persidict.store.s3.Mischief;
import io.persidict.store.s3.S3Server;
import io.persidict.store.s3.TestS3;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.integration.CacheLoader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Caches at {@code s3://}: how they come and go, and what is refused. */
final class S3CachesTest {
  @TempDir Path directory;

  private final TestS3 s3 = new TestS3();
  private final PersiDictCachingProvider provider = new PersiDictCachingProvider();

  @AfterEach
  void close() {
    provider.close();
    s3.close();
  }

  private CacheManager manager(String... settings) {
    return manager(URI.create("s3://" + s3.bucket() + "/app/"), settings);
  }

  private CacheManager manager(URI uri, String... settings) {
    Properties properties = new Properties();
    properties.setProperty("persidict.s3.endpoint", s3.endpoint().toString());
    properties.setProperty("persidict.s3.region", s3.region());
    for (int i = 0; i < settings.length; i += 2) {
      properties.setProperty(settings[i], settings[i + 1]);
    }
    return provider.getCacheManager(uri, null, properties);
  }

  private static MutableConfiguration<String, String> types() {
    return new MutableConfiguration<String, String>().setTypes(String.class, String.class);
  }

  private List<String> objects() {
    try (Store all = s3.open();
        Stream<Listed> listed = all.list("")) {
      return listed.map(Listed::name).sorted().toList();
    }
  }

  // ---- many entries within a call on one of them

  @Test
  void aProcessorMayPutManyEntriesAmongThemItsOwn() {
    Cache<String, String> cache = manager().createCache("c", types());
    AtomicInteger runs = new AtomicInteger();
    cache.invoke(
        "k",
        (entry, arguments) -> {
          if (runs.incrementAndGet() == 1) {
            cache.putAll(Map.of("k", "inner", "a", "inner"));
          }
          entry.setValue(entry.getValue() + " and outer");
          return null;
        });
    assertThat(cache.getAll(Set.of("k", "a")))
        .isEqualTo(Map.of("k", "inner and outer", "a", "inner"));
  }

  @Test
  void aProcessorMayHaveManyEntriesLoadedAmongThemItsOwn() {
    CacheLoader<String, String> loader =
        new CacheLoader<>() {
          @Override
          public String load(String key) {
            return "loaded";
          }

          @Override
          public Map<String, String> loadAll(Iterable<? extends String> keys) {
            Map<String, String> loaded = new LinkedHashMap<>();
            keys.forEach(key -> loaded.put(key, load(key)));
            return loaded;
          }
        };
    Cache<String, String> cache =
        manager()
            .createCache("c", types().setReadThrough(true).setCacheLoaderFactory(() -> loader));
    cache.invoke(
        "k",
        (entry, arguments) -> {
          entry.setValue(cache.getAll(Set.of("k", "a")).get("k") + " and set");
          return null;
        });
    assertThat(cache.getAll(Set.of("k", "a")))
        .isEqualTo(Map.of("k", "loaded and set", "a", "loaded"));
  }

  // ---- coming and going

  @Test
  void entriesOutliveTheirManagerAndGoWithTheirCache() {
    try (CacheManager manager = manager()) {
      manager.createCache("people", types()).put("ada", "Lovelace");
      manager.createCache("other", types()).put("k", "v");
    }
    assertThat(objects())
        .containsExactly(
            "app/other/.__cache__",
            "app/other/s-k.entry",
            "app/people/.__cache__",
            "app/people/s-ada.entry");
    CacheManager manager = manager();
    assertThat(manager.<String, String>getCache("people")).isNull();
    Cache<String, String> people =
        manager.createCache(
            "people",
            new MutableConfiguration<String, String>().setTypes(String.class, String.class));
    assertThat(people.get("ada")).isEqualTo("Lovelace");
    people.remove("ada");
    manager.destroyCache("people");
    assertThat(objects())
        .containsExactly("app/.__destroyed__", "app/other/.__cache__", "app/other/s-k.entry");
    if (s3.isOwn()) {
      // A server that may not honour conditional deletes keeps a tombstone of the cache's record.
      assertThat(s3.own().keys(s3.bucket()))
          .filteredOn(key -> !key.equals("app/people/.__cache__"))
          .isEqualTo(objects());
    }
  }

  @Test
  void whatCannotBeReadIsRemovedWithAllAlsoWhereRemovalsAreCounted() {
    Cache<String, String> cache = manager().createCache("c", types().setStatisticsEnabled(true));
    cache.put("good", "v");
    try (Store all = s3.open()) {
      all.put("app/c/s-bad.entry", new byte[] {1, 2, 3}, Precondition.none());
    }
    cache.removeAll();
    assertThat(objects()).containsExactly("app/c/.__cache__");
  }

  @Test
  @DisabledIfSystemProperty(
      named = "test.s3.endpoint",
      matches = ".*",
      disabledReason = "only our own server counts requests")
  void anOperationOnAnEntryIsOneRequestOrTwo() {
    Cache<String, String> cache = withoutRounds().createCache("c", types());
    Map<Runnable, Map<String, Integer>> operations =
        Map.of(
            () -> cache.put("k", "v"),
            Map.of("PutObject", 1),
            () -> cache.get("k"),
            Map.of("GetObject", 1),
            () -> cache.replace("k", "v", "w"),
            Map.of("GetObject", 1, "PutObject", 1),
            cache::clear,
            Map.of("DeleteObjects", 1, "ListObjectsV2", 2));
    operations.forEach(
        (operation, requests) ->
            await("one for which the record need not be read")
                .untilAsserted(
                    () -> {
                      cache.put("k", "v");
                      s3.own().resetCounts();
                      operation.run();
                      assertThat(s3.own().counts()).isEqualTo(requests);
                    }));
  }

  private CacheManager withoutRounds(String... settings) {
    List<String> all = new ArrayList<>(List.of(settings));
    all.addAll(List.of("persidict.store.purge-interval", "never"));
    return manager(all.toArray(String[]::new));
  }

  /** Besides, writes read the cache's record if that was not done for a second. */
  private void assertAThousandPuts(Runnable operation) {
    s3.own().resetCounts();
    long begun = System.nanoTime();
    operation.run();
    int seconds = (int) TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begun);
    Map<String, Integer> counts = new HashMap<>(s3.own().counts());
    assertThat(counts.getOrDefault("GetObject", 0)).isLessThanOrEqualTo(1 + seconds);
    counts.remove("GetObject");
    assertThat(counts).isEqualTo(Map.of("PutObject", 1_000));
  }

  @Test
  @DisabledIfSystemProperty(
      named = "test.s3.endpoint",
      matches = ".*",
      disabledReason = "only our own server counts requests")
  void operationsOnManyEntriesHaveManyRequestsUnderWay() {
    Cache<String, String> cache = withoutRounds().createCache("c", types());
    Map<String, String> entries =
        IntStream.range(0, 1_000).boxed().collect(Collectors.toMap(i -> "k" + i, i -> "v" + i));
    assertAThousandPuts(() -> cache.putAll(entries));
    s3.own().resetCounts();
    s3.own().mischief().delay(20);
    s3.own().mischief().befall(Mischief.Fault.DELAY, 1);
    assertThat(cache.getAll(entries.keySet())).isEqualTo(entries);
    assertThat(s3.own().counts()).hasToString("{GetObject=1000}");
    assertThat(s3.own().mostInFlight()).isGreaterThanOrEqualTo(16);
    assertAThousandPuts(() -> cache.removeAll(entries.keySet()));
    assertThat(cache).isEmpty();
  }

  @Test
  @DisabledIfSystemProperty(
      named = "test.s3.endpoint",
      matches = ".*",
      disabledReason = "only our own server counts requests")
  void memoryAsksWhetherItIsCurrentUnlessItMustBe() {
    for (boolean immutable : new boolean[] {false, true}) {
      Cache<String, String> cache =
          withoutRounds(
                  "persidict.memory.max-entries",
                  "10",
                  "persidict.immutable-items",
                  String.valueOf(immutable))
              .createCache("immutable " + immutable, types());
      cache.put("k", "v");
      s3.own().resetCounts();
      assertThat(cache.get("k")).isEqualTo("v");
      assertThat(s3.own().counts()).hasToString(immutable ? "{}" : "{GetObject=1}");
      provider.close();
    }
  }

  /** Each is looked for before any is written, and again by its own write; the record, once. */
  @Test
  @DisabledIfSystemProperty(
      named = "test.s3.endpoint",
      matches = ".*",
      disabledReason = "only our own server counts requests")
  void manyImmutableEntriesAreLookedForOnceBeforeTheyAreWritten() {
    Cache<String, String> cache =
        withoutRounds("persidict.immutable-items", "true").createCache("c", types());
    Map<String, String> entries =
        IntStream.range(0, 50).boxed().collect(Collectors.toMap(i -> "k" + i, i -> "v" + i));
    s3.own().resetCounts();
    cache.putAll(entries);
    assertThat(s3.own().counts()).containsEntry("PutObject", 50);
    assertThat(s3.own().counts().get("GetObject")).isBetween(100, 120);
  }

  @Test
  void copiesOfImmutableEntriesAreNotThoseOfACacheThatIsCreatedAnew() throws Exception {
    String[] settings = {
      "persidict.s3.local-dir", directory.toString(), "persidict.immutable-items", "true"
    };
    CacheManager manager = manager(settings);
    Cache<String, String> first = manager.createCache("c", types());
    first.put("k", "first");
    assertThat(first.get("k")).isEqualTo("first");
    manager.destroyCache("c");
    if (s3.isOwn()) {
      s3.own().advanceClock(Duration.ofSeconds(2));
    } else {
      Thread.sleep(2_000);
    }
    Cache<String, String> second = manager.createCache("c", types());
    assertThat(second.get("k")).isNull();
    second.put("k", "second");
    assertThat(second.get("k")).isEqualTo("second");
  }

  @Test
  @DisabledIfSystemProperty(
      named = "test.s3.endpoint",
      matches = ".*",
      disabledReason = "only our own server answers late")
  void aRecordWhoseAnswerCameLateIsNotTrusted() throws Exception {
    Cache<String, String> cache =
        manager("persidict.store.purge-interval", "never").createCache("c", types());
    Thread.sleep(CacheStore.TRUSTED.toMillis());
    try (PersiDictCachingProvider other = new PersiDictCachingProvider()) {
      Properties properties = new Properties();
      properties.setProperty("persidict.s3.endpoint", s3.endpoint().toString());
      properties.setProperty("persidict.s3.region", s3.region());
      CacheManager theirs =
          other.getCacheManager(URI.create("s3://" + s3.bucket() + "/app/"), null, properties);
      AtomicInteger destroyed = new AtomicInteger();
      s3.own()
          .mischief()
          .afterNext(
              () -> {
                theirs.destroyCache("c");
                destroyed.incrementAndGet();
              });
      assertThatExceptionOfType(IllegalStateException.class)
          .isThrownBy(() -> cache.put("k", "v"))
          .withMessageContaining("was destroyed");
      assertThat(destroyed).hasValue(1);
    }
    assertThat(objects()).containsExactly("app/.__destroyed__");
  }

  // ---- bad input

  private String refused(ThrowingManager manager, String... said) {
    CacheException e = catchThrowableOfType(CacheException.class, manager::open);
    assertThat(e).isNotNull();
    assertThat(e.getMessage()).contains(said).doesNotContain("secret");
    return e.getMessage();
  }

  private interface ThrowingManager {
    CacheManager open();
  }

  @Test
  void aMissingBucketIsNamed() {
    refused(
        () -> manager(URI.create("s3://persidict-none/app/")),
        "there is no bucket persidict-none",
        "s3://persidict-none/app/",
        s3.endpoint().toString(),
        "s3.endpoint");
  }

  @Test
  void aForbiddenBucketIsNamed() {
    try (LoopbackS3 server = new LoopbackS3()) {
      server.createForbiddenBucket("persidict-forbidden");
      refused(
          () ->
              manager(
                  URI.create("s3://persidict-forbidden/"),
                  "persidict.s3.endpoint",
                  server.endpoint().toString()),
          "access is forbidden",
          "s3:GetObject",
          "persidict-forbidden",
          server.endpoint().toString());
    }
  }

  @Test
  void anotherRegionIsNamed() {
    try (LoopbackS3 server = new LoopbackS3()) {
      server.createBucket("persidict-there");
      refused(
          () ->
              manager(
                  URI.create("s3://persidict-there/"),
                  "persidict.s3.endpoint",
                  server.endpoint().toString(),
                  "persidict.s3.region",
                  "eu-west-9"),
          "another region, us-east-1; set s3.region",
          "persidict-there",
          "eu-west-9");
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {-3_600, 3_600})
  void aClockThatIsOffIsToldWithTheServersTime(long seconds) {
    try (LoopbackS3 server = new LoopbackS3()) {
      server.createBucket("persidict-late");
      server.setClockOffset(Duration.ofSeconds(seconds));
      refused(
          () ->
              manager(
                  URI.create("s3://persidict-late/"),
                  "persidict.s3.endpoint",
                  server.endpoint().toString()),
          "this machine's clock is off",
          "while it is",
          "persidict-late");
    }
  }

  /** An endpoint that refuses, since nobody listens there and nobody else can as long as it is. */
  private static String boundTo(Socket port) throws IOException {
    port.bind(new InetSocketAddress("127.0.0.1", 0));
    return "http://127.0.0.1:" + port.getLocalPort();
  }

  @Test
  void anEndpointThatRefusesOrDoesNotAnswerIsNamed() throws Exception {
    try (ServerSocket server = new ServerSocket(0)) {
      String silent = "http://127.0.0.1:" + server.getLocalPort();
      long begun = System.nanoTime();
      String said =
          refused(
              () -> manager("persidict.s3.endpoint", silent, "persidict.s3.timeout", "PT2S"),
              "no answer within PT",
              silent,
              "s3.endpoint");
      Duration took = Duration.ofNanos(System.nanoTime() - begun);
      Duration told = Duration.parse(said.replaceAll(".*no answer within (PT[\\dM]+S).*", "$1"));
      assertThat(told)
          .isBetween(Duration.ofSeconds(2), took.plusMillis(500)) // rounded
          .isLessThan(S3Server.DEFAULT_TIMEOUT);
    }
    try (Socket port = new Socket()) {
      String closed = boundTo(port);
      refused(
          () -> manager("persidict.s3.endpoint", closed),
          "no connection can be made",
          closed,
          "s3.endpoint");
    }
    refused(
        () -> manager("persidict.s3.endpoint", "http://no-such-host.invalid:9000"),
        "there is no host",
        "no-such-host.invalid",
        "s3.endpoint");
  }

  @Test
  void aServerThatFallsSilentLaterIsToldToo() {
    try (LoopbackS3 server = new LoopbackS3()) {
      server.createBucket("persidict-later");
      CacheManager manager =
          manager(
              URI.create("s3://persidict-later/"),
              "persidict.s3.endpoint",
              server.endpoint().toString(),
              "persidict.s3.timeout",
              "PT4S");
      Cache<String, String> cache = manager.createCache("c", types());
      server.mischief().befall(Mischief.Fault.RESET_BEFORE, 1);
      assertThatExceptionOfType(CacheException.class)
          .isThrownBy(() -> cache.get("k"))
          .withMessageContaining("s-k.entry in s3://persidict-later/")
          .withMessageContaining("no answer within PT");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "s3.path-style, yes, 'true, false'",
    "s3.conditional-delete, 1, 'true, false'",
    "s3.atomic-overwrite, on, 'true, false'",
    "s3.max-connections, many, 1 to",
    "s3.timeout, 30, a positive duration such as PT30S",
    "s3.local-max-bytes, 1G, 1 to",
    "s3.endpoint, http://a b, a URL such as",
  })
  void refusesValuesThatAreNotAllowed(String setting, String value, String allowed) {
    refused(
        () -> manager("persidict." + setting, value),
        "setting " + setting + " is \"" + value + "\"; allowed: " + allowed);
  }

  @Test
  void refusesUrisAndEndpointsThatAreNone() {
    refused(() -> manager("persidict.s3.endpoint", "ftp://host"), "must be a URL such as");
    refused(() -> manager("persidict.s3.timeout", "PT0S"), "allowed: a positive duration");
    refused(() -> manager("persidict.s3.max-connections", "0"), "allowed: 1 to");
    refused(
        () ->
            manager(
                "persidict.s3.local-max-bytes",
                "0",
                "persidict.s3.local-dir",
                directory.toString()),
        "allowed: 1 to");
    refused(() -> manager(URI.create("s3://ab/")), "s3://bucket/prefix/");
    for (String uri : List.of("s3:bucket/p/", "s3:/bucket/p/", "s3:///p/", "s3://bucket/?x=y")) {
      refused(() -> manager(URI.create(uri)), "with two slashes");
    }
    refused(() -> manager(URI.create("s3://bucket/a%20b/")), "a b");
    refused(() -> manager(URI.create("s3://bucket/a/?versionId=1")), "s3://bucket/prefix/");
    refused(() -> manager("persidict.cache.c.s3.region", "x"), "did you mean persidict.s3.region?");
    assertThat(objects()).isEmpty();
  }

  @Test
  void repeatsNoCredentialsThatItShouldNotHaveBeenGiven() {
    refused(() -> manager(URI.create("s3://user:secret@bucket/a/")), "s3://bucket/prefix/");
    refused(
        () -> manager("persidict.s3.endpoint", "https://user:secret@host"),
        "the endpoint holds credentials");
    refused(() -> manager("persidict.s3.endpoint", "https://user:secret@ho st"), "allowed:");
  }

  /** All that is printed of an exception. */
  private static String printed(Throwable e) {
    StringWriter text = new StringWriter();
    e.printStackTrace(new PrintWriter(text));
    return text.toString();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://user:secret@host",
        "https://user:se/secret@host:9000",
        "https://user:p@secret@host",
        "https://user:secret@ho st",
        "user:secret@host:9000",
        "https:/user:secret@host",
        "//user:secret@host",
        "https://user:secret",
        "https://user%3Asecret%40host",
        "s3://user:secret@bucket/a/",
        "s3://user:se/secret@bucket/a/",
        "file://user:secret@host/caches.properties",
        "jar:https://user:secret@host/a.jar!/caches.properties",
      })
  void tellsNoSecretOfAUriHoweverMalformed(String uri) {
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(() -> manager("persidict.s3.endpoint", uri))
        .satisfies(e -> assertThat(printed(e)).doesNotContain("secret"));
    System.setProperty("persidict.uri", uri);
    try {
      assertThatExceptionOfType(CacheException.class)
          .isThrownBy(() -> provider.getCacheManager(null, null, new Properties()))
          .satisfies(e -> assertThat(printed(e)).doesNotContain("secret"));
    } finally {
      System.clearProperty("persidict.uri");
    }
  }

  @Test
  void whatCannotBeReachedIsToldSoonAtOpening() throws Exception {
    manager().createCache("c", types());
    try (Socket port = new Socket()) {
      for (String endpoint : List.of(boundTo(port), "http://no-such-host.invalid:9000")) {
        Instant begun = Instant.now();
        assertThatExceptionOfType(CacheException.class)
            .isThrownBy(
                () ->
                    manager(
                        URI.create("s3://" + s3.bucket() + "/other/"),
                        "persidict.s3.endpoint",
                        endpoint,
                        "persidict.s3.timeout",
                        "PT10M"));
        assertThat(Duration.between(begun, Instant.now())).isLessThan(Duration.ofMinutes(5));
      }
    }
  }

  @Test
  @DisabledIfSystemProperty(
      named = "test.s3.endpoint",
      matches = ".*",
      disabledReason = "only our own server shows its objects and is told the time")
  void aLifecycleRuleDeletesEntriesOfAFixedTimeAndKeepsTheCache() {
    MutableConfiguration<String, String> weekly =
        types()
            .setExpiryPolicyFactory(
                CreatedExpiryPolicy.factoryOf(new javax.cache.expiry.Duration(TimeUnit.DAYS, 7)));
    Cache<String, String> cache = manager().createCache("people", weekly);
    String longKey = "k".repeat(400);
    cache.put("old", "v");
    cache.put(longKey, "v");
    cache.put("removed", "v");
    assertThat(cache.remove("removed")).isTrue();
    s3.own().age(s3.bucket(), Duration.ofDays(8));
    cache.put("new", "v");
    for (String keys : List.of("s-", "h-")) {
      s3.own().expire(s3.bucket(), "app/people/" + keys, Duration.ofDays(8));
    }
    assertThat(s3.own().keys(s3.bucket()))
        .containsExactly("app/people/.__cache__", "app/people/s-new.entry");
    for (String key : List.of("old", longKey, "removed")) {
      assertThat(cache.get(key)).isNull();
      assertThat(cache.putIfAbsent(key, "again")).isTrue();
    }
    assertThat(cache.replace("old", "again", "v")).isTrue();
    assertThat(cache.get("new")).isEqualTo("v");
    provider.close();
    assertThat(manager().createCache("people", weekly).get(longKey)).isEqualTo("again");
  }

  // ---- what is missing altogether

  /** Opens a manager and prints why it cannot. */
  static final class Opener {
    public static void main(String[] arguments) {
      try (PersiDictCachingProvider provider = new PersiDictCachingProvider()) {
        provider.getCacheManager(URI.create("s3://bucket/app/"), null, new Properties());
      } catch (CacheException e) {
        System.out.println(e.getMessage());
      }
    }
  }

  private static String tryToOpen(List<String> options, String without) throws Exception {
    String all = System.getProperty("java.class.path");
    String left =
        Arrays.stream(all.split(java.io.File.pathSeparator))
            .filter(path -> without.isEmpty() || !path.contains(without))
            .collect(Collectors.joining(java.io.File.pathSeparator));
    try {
      System.setProperty("java.class.path", left);
      try (ChildJvm child = ChildJvm.start(options, List.of(), Opener.class)) {
        return child.join();
      }
    } finally {
      System.setProperty("java.class.path", all);
    }
  }

  @Test
  void namesTheArtifactThatIsMissing() throws Exception {
    assertThat(tryToOpen(List.of(), "/awssdk/"))
        .startsWith("s3:// needs the artifact software.amazon.awssdk:s3, which is not on");
    assertThat(tryToOpen(List.of(), "/awssdk/apache5-client"))
        .startsWith("s3:// needs the artifact software.amazon.awssdk:apache5-client, which");
  }

  @Test
  void namesTheCredentialsAndTheRegionThatAreMissing() throws Exception {
    List<String> nobody =
        List.of(
            "-Daws.disableEc2Metadata=true",
            "-Daws.configFile=" + directory.resolve("none"),
            "-Daws.sharedCredentialsFile=" + directory.resolve("none"),
            "-Dpersidict.s3.endpoint=" + s3.endpoint());
    assertThat(tryToOpen(nobody, ""))
        .contains("cannot open s3://bucket/app/ (" + s3.endpoint())
        .contains("finds no credentials")
        .contains("AWS_ACCESS_KEY_ID");
    List<String> nowhere =
        List.of(
            "-Daws.disableEc2Metadata=true",
            "-Daws.configFile=" + directory.resolve("none"),
            "-Daws.accessKeyId=test",
            "-Daws.secretAccessKey=test");
    assertThat(tryToOpen(nowhere, "")).contains("no region is known; set s3.region");
  }
}
