package io.persidict.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.persidict.PersiDict;
import io.persidict.format.AllowList;
import io.persidict.format.Formats;
import io.persidict.jcache.PersiDictCachingProvider;
import io.persidict.jcache.PersiDictConfiguration;
import io.persidict.key.DictKey;
import io.persidict.key.KeyLayout;
import io.persidict.lease.Leases;
import io.persidict.store.GetResult;
import io.persidict.store.Listed;
import io.persidict.store.Precondition;
import io.persidict.store.Store;
import io.persidict.store.file.Durability;
import io.persidict.store.file.FileStore;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.Serializable;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.ModifiedExpiryPolicy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the commands do with caches and dictionaries, wherever these lie. */
abstract class ToolContract {
  private static final int DAMAGED_BYTE = 50;

  @TempDir Path directory;
  private final PersiDictCachingProvider provider = new PersiDictCachingProvider();
  private CacheManager manager;

  /** A place of that name where nothing is yet. */
  abstract URI place(String name);

  /** How it is reached. */
  abstract Properties settings();

  /** The bytes at such a place, past the tool. */
  abstract Store open(URI place);

  /** The digest length of names there for which none is set. */
  abstract int digestLength();

  /** A class that nobody allows. */
  record Secretive(String text) implements Serializable {}

  @BeforeEach
  void openManager() {
    manager = provider.getCacheManager(place("caches"), null, settings());
  }

  @AfterEach
  void close() {
    provider.close();
  }

  private List<String> arguments(String... given) {
    List<String> arguments = new ArrayList<>(List.of(given));
    settings().forEach((name, value) -> arguments.addAll(1, List.of("--set", name + "=" + value)));
    return arguments;
  }

  private ToolRun run(String... given) {
    return ToolRun.of(arguments(given));
  }

  private String caches() {
    return place("caches").toString();
  }

  private <K, V> Cache<K, V> create(String name) {
    return manager.createCache(name, new PersiDictConfiguration<K, V>());
  }

  /** Makes a cache of that name with so many entries. */
  final void fill(String name, int entries) {
    Map<String, String> all = new TreeMap<>();
    for (int i = 0; i < entries; i++) {
      all.put("key " + i, "value " + i);
    }
    this.<String, String>create(name).putAll(all);
  }

  /** All that lies at a place, with its version. */
  private Map<String, String> everything(URI place) {
    Map<String, String> all = new TreeMap<>();
    try (Store store = open(place);
        Stream<Listed> listed = store.list("")) {
      listed.forEach(each -> all.put(each.name(), each.stat().etag().value()));
    }
    return all;
  }

  private String nameOf(String cache, String start) {
    return everything(place("caches")).keySet().stream()
        .filter(name -> name.startsWith(cache + "/" + start))
        .findFirst()
        .orElseThrow();
  }

  /** Changes a byte in the record of an entry. */
  private void damage(String name) {
    try (Store store = open(place("caches"))) {
      damage(store, name);
    }
  }

  private static void damage(Store store, String name) {
    GetResult.Found found = (GetResult.Found) store.get(name, Optional.empty());
    byte[] bytes = found.bytes();
    bytes[DAMAGED_BYTE] ^= 1;
    store.put(name, bytes, Precondition.none());
  }

  // ---- caches

  @Test
  void listsCachesAndWhatTheyWereCreatedWith() {
    create("plain");
    manager.createCache(
        "With Capitals", new PersiDictConfiguration<String, String>().setFormat("json"));
    assertThat(run("ls", caches()).printed().lines())
        .containsExactlyInAnyOrder("entry   jser    plain", "entry   json    With Capitals");
    assertThat(run("ls", "--json", caches()).printed().lines())
        .contains(
            "{\"cache\":\"With"
                + " Capitals\",\"layout\":\"entry\",\"format\":\"json\",\"digestLength\":"
                + digestLength()
                + ",\"immutableItems\":false,\"directory\":\"~with=0020~capitals/\"}");
  }

  @Test
  void listsEntriesWithTheirKeysDecoded() {
    Cache<Object, Object> cache = create("mixed");
    cache.put("text", "x");
    cache.put("42", "a string that looks like a number");
    cache.put(42, "an int");
    cache.put(List.of("f", 1L), "a list");
    cache.put("\u001b[31mred\n", "a string that commands terminals");
    assertThat(run("ls", "-c", "mixed", caches()).printed().lines())
        .extracting(line -> line.replaceFirst("^ *[0-9.]+ k?B +[0-9]+ s +-  ", ""))
        .containsExactlyInAnyOrder("text", "\"42\"", "42", "[\"f\",1]", "\"\\u001b[31mred\\n\"");
    assertThat(run("ls", "--json", caches() + "mixed/").printed().lines())
        .hasSize(5)
        .anySatisfy(
            line ->
                assertThat(line).startsWith("{\"key\":[\"f\",1],\"name\":\"h-").endsWith("\"}"));
  }

  @Test
  void listsWhatTimeIsLeft() throws Exception {
    Cache<String, String> cache =
        manager.createCache("brief", new PersiDictConfiguration<String, String>());
    cache.put("eternal", "x");
    run("put", "-c", "brief", "--ttl", "3h", caches(), "hours", "x").printed();
    run("put", "-c", "brief", "--ttl", "1ms", caches(), "over", "x").printed();
    Thread.sleep(2);
    String listed = run("ls", "-c", "brief", caches()).printed();
    assertThat(listed.lines())
        .extracting(line -> line.replaceFirst("^ *[0-9.]+ B +[0-9]+ s +", ""))
        .containsExactlyInAnyOrder("-  eternal", "2 h  hours", "expired  over");
    assertThat(run("get", "-c", "brief", caches(), "over").refusal(Status.NO))
        .contains("there is no entry over", "its time is over");
    assertThat(cache.get("hours")).isEqualTo("x");
    assertThat(cache.get("over")).isNull();
  }

  @Test
  void getsValuesOfEveryKind() {
    Cache<Object, Object> cache = create("values");
    cache.put("text", "two\nlines");
    cache.put("bytes", new byte[] {1, 2, 3});
    cache.put("map", Map.of("day", LocalDate.EPOCH));
    cache.put(7, 1.5);
    cache.put(8L, "long");
    String store = caches() + "values";
    assertThat(run("get", store, "text").printed()).isEqualTo("two\nlines\n");
    assertThat(run("get", "--json", store, "text").printed()).isEqualTo("\"two\\nlines\"\n");
    assertThat(run("get", store, "bytes").printed()).isEqualTo("\u0001\u0002\u0003");
    assertThat(run("get", store, "map").printed()).isEqualTo("{\"day\":\"1970-01-01\"}\n");
    assertThat(run("get", "--key-type", "int", store, "7").printed()).isEqualTo("1.5\n");
    assertThat(run("get", "--key-type", "long", store, "8").printed()).isEqualTo("long\n");
    assertThat(run("get", store, "7").refusal(Status.NO)).contains("there is no entry 7");
    assertThat(run("get", "--key-type", "int", store, "x").refusal(Status.USAGE))
        .contains("\"x\" is no key of type int");
  }

  @Test
  void givesBytesOfClassesThatItDoesNotKnow() {
    PersiDictConfiguration<String, Secretive> configuration = new PersiDictConfiguration<>();
    configuration.setTypes(String.class, Secretive.class);
    manager.createCache("classes", configuration).put("key", new Secretive("content"));
    assertThat(run("get", "-c", "classes", caches(), "key").refusal(Status.FAULT))
        .contains("Secretive", "get --raw gives the bytes");
    assertThat(run("get", "-c", "classes", "--raw", caches(), "key").printed()).contains("content");
    assertThat(run("verify", caches()).printed())
        .isEqualTo("1 entry is whole, 0 damaged; 1 hold what is not decoded here\n");
  }

  @Test
  void putsAndRemovesWhatTheCacheSees() {
    Cache<Object, Object> cache = create("shared");
    String store = caches() + "shared/";
    assertThat(run("put", store, "key", "value").printed()).isEmpty();
    assertThat(cache.get("key")).isEqualTo("value");
    run("put", "--json", store, "key", "{\"a\":[1,2.5,null]}").printed();
    assertThat(cache.get("key")).hasToString("{a=[1, 2.5, null]}");
    run("put", "--key-type", "int", store, "3", "three").printed();
    assertThat(cache.get(3)).isEqualTo("three");
    assertThat(run("put", "--if-absent", store, "key", "other").refusal(Status.NO))
        .contains("there is an entry key in the cache shared");
    assertThat(ToolRun.with("from input", arguments("put", store, "input")).printed()).isEmpty();
    assertThat(cache.get("input")).isEqualTo("from input");

    ToolRun removed = run("rm", store, "key", "missing", "input");
    assertThat(removed.status()).isEqualTo(Status.NO);
    assertThat(removed.err()).hasLineCount(1).contains("there is no entry missing");
    assertThat(cache).extracting(Cache.Entry::getKey).containsExactly(3);
    String name = nameOf("shared", "i-3").substring("shared/".length());
    run("rm", "--key-type", "name", store, name).printed();
    assertThat(cache).isEmpty();
  }

  @Test
  void leavesImmutableItemsAlone() {
    Cache<String, String> cache =
        manager.createCache(
            "once", new PersiDictConfiguration<String, String>().setImmutableItems(true));
    run("put", "-c", "once", caches(), "key", "first").printed();
    assertThat(run("put", "-c", "once", caches(), "key", "second").refusal(Status.NO))
        .contains("there is an entry key", "immutable");
    assertThat(run("rm", "-c", "once", caches(), "key").refusal(Status.NO)).contains("immutable");
    assertThat(cache.get("key")).isEqualTo("first");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void putsWhatIsAbsentInThePlaceOfADamagedEntry(boolean immutable) {
    Cache<String, String> cache =
        manager.createCache(
            "torn", new PersiDictConfiguration<String, String>().setImmutableItems(immutable));
    run("put", "-c", "torn", caches(), "key", "first").printed();
    damage(nameOf("torn", "s-key"));
    run("put", "--if-absent", "-c", "torn", caches(), "key", "second").printed();
    assertThat(cache.get("key")).isEqualTo("second");
  }

  /** A manager may have its caches where a cache of another one lies. */
  @Test
  void changesTheCacheThatIsNamedAndNotTheOneAroundIt() throws Exception {
    String place = caches() + "app/";
    Cache<String, String> outer = create("app");
    Cache<String, String> inner =
        provider
            .getCacheManager(place("caches/app"), null, settings())
            .createCache("x", new PersiDictConfiguration<String, String>());
    for (String key : List.of("key", "torn")) {
      outer.put(key, "outer");
      inner.put(key, "inner");
    }
    run("put", "-c", "app", "--ttl", "1ms", caches(), "over", "outer").printed();
    run("put", "-c", "x", "--ttl", "1ms", place, "over", "inner").printed();
    run("put", "-c", "x", place, "new", "inner").printed();
    assertThat(outer.get("new")).isNull();
    assertThat(inner.get("new")).isEqualTo("inner");
    run("rm", "-c", "x", place, "key").printed();
    assertThat(outer.get("key")).isEqualTo("outer");
    assertThat(inner.get("key")).isNull();
    damage(nameOf("app/x", "s-torn"));
    Path quarantine = directory.resolve("quarantine");
    assertThat(run("verify", "-c", "x", "--quarantine", quarantine.toString(), place).out())
        .endsWith("; 1 moved to " + quarantine + "\n");
    assertThat(run("purge", "-c", "x", place).printed()).startsWith("x: removed 1 expired entry");
    assertThat(run("ls", place).printed()).contains("  torn\n", "expired  over\n");
    run("rm", "-c", "app", place, "key").printed();
    assertThat(outer.get("key")).isNull();
    assertThat(inner).extracting(Cache.Entry::getKey).containsExactly("new");
  }

  @Test
  void countsWhatThereIs() throws Exception {
    Cache<String, String> cache = create("counted");
    cache.put("small", "x");
    cache.put("large", "x".repeat(50_000));
    cache.put("broken", "x");
    run("put", "-c", "counted", "--ttl", "1ms", caches(), "over", "x").printed();
    damage(nameOf("counted", "s-broken"));
    assertThat(cache.unwrap(Leases.class).lease("key", Duration.ofSeconds(10)).tryTake()).isTrue();
    Thread.sleep(2);
    assertThat(run("stat", "--json", caches()).printed())
        .contains("\"entries\":4,", "\"expired\":1,", "\"unreadable\":1,", "\"leases\":1,")
        .contains("\"sizes\":{\"100 B\":3,\"100 kB\":1}", "\"ages\":{\"1 min\":4}");
    assertThat(run("stat", caches() + "counted").printed())
        .startsWith("cache counted at ")
        .contains("layout entry, format jser, digest length " + digestLength())
        .containsPattern("entries +4  50\\.\\d kB")
        .containsPattern("leases +1\n");
  }

  @Test
  void leavesWhatMayBeWholeThoughItIsNotDecoded() throws Exception {
    Map<String, byte[]> values = new TreeMap<>();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(
                ToolContract.class.getResourceAsStream("/interop/refused-pickles.tsv"), UTF_8))) {
      lines
          .lines()
          .map(line -> line.split("\t"))
          .forEach(f -> values.put(f[0] + "-" + f[1] + ".pkl", HexFormat.of().parseHex(f[2])));
    }
    values.put(
        "frame.json", "{\"py/object\": \"pandas.Frame\", \"py/state\": [1]}".getBytes(UTF_8));
    values.put("deep.json", ("[".repeat(600) + "]".repeat(600)).getBytes(UTF_8));
    values.put("latin.txt", new byte[] {(byte) 0xe4});
    values.put("torn.pkl", new byte[] {(byte) 0x80, 4, '('});
    values.put("torn.json", "{".getBytes(UTF_8));
    values.put("torn.jser", new byte[8]);
    try (Store store = open(place("dictionary"))) {
      values.forEach(
          (name, bytes) -> {
            String extension = name.substring(name.lastIndexOf('.') + 1);
            String key = name.substring(0, name.lastIndexOf('.'));
            store.put(
                new KeyLayout(8, extension).name(DictKey.of(key)), bytes, Precondition.none());
          });
    }
    Path quarantine = directory.resolve("quarantine");
    ToolRun run =
        run(
            "verify",
            "--digest-length",
            "8",
            "--quarantine",
            quarantine.toString(),
            place("dictionary").toString());
    int left = values.size() - 3;
    assertThat(run.out())
        .endsWith(
            left
                + " entries are whole, 3 damaged; "
                + left
                + " hold what is not decoded here; 3 moved to "
                + quarantine
                + "\n");
    try (Stream<Path> files = Files.list(quarantine)) {
      assertThat(files)
          .extracting(file -> file.getFileName().toString())
          .allMatch(name -> name.startsWith("torn"));
    }
    assertThat(everything(place("dictionary"))).hasSize(left);
  }

  @Test
  void leavesEntriesOfALaterVersion() {
    create("later").put("key", "value");
    String name = nameOf("later", "s-key");
    try (Store store = open(place("caches"))) {
      byte[] bytes = store.read(name).orElseThrow();
      bytes[5] = 2;
      store.put(name, bytes, Precondition.none());
    }
    Path quarantine = directory.resolve("quarantine");
    assertThat(run("verify", "--quarantine", quarantine.toString(), caches()).printed())
        .contains("0 damaged; 1 hold what is not decoded here; 0 moved");
    assertThat(run("get", "-c", "later", caches(), "key").refusal(Status.FAULT))
        .contains("has record version 2");
    assertThat(run("copy", caches(), otherPlace("copies")).err()).contains("has record version 2");
  }

  @Test
  void findsDamageAndMovesItAway() throws Exception {
    Cache<String, String> cache = create("damaged");
    for (String key : List.of("good", "torn", "moved")) {
      cache.put(key, "value of " + key);
    }
    damage(nameOf("damaged", "s-torn"));
    try (Store store = open(place("caches"))) {
      byte[] others = store.read(nameOf("damaged", "s-moved")).orElseThrow();
      cache.remove("moved");
      store.put(
          "damaged/" + new KeyLayout(digestLength(), "entry").name(DictKey.of("s-foreign")),
          others,
          Precondition.none());
    }
    try (Store store = open(place("caches"))) {
      byte[] whole = store.read(nameOf("damaged", "s-good")).orElseThrow();
      store.put("damaged/s-Stray.entry", whole, Precondition.none());
    }
    ToolRun found = run("verify", caches());
    assertThat(found.status()).isEqualTo(Status.NO);
    assertThat(found.out().lines())
        .hasSize(4)
        .anyMatch(line -> line.endsWith("s-Stray.entry holds the entry of another key, good"))
        .anyMatch(line -> line.contains("/damaged/s-torn") && line.endsWith("has a wrong checksum"))
        .anyMatch(line -> line.endsWith("holds the entry of another key, moved"))
        .contains("1 entry is whole, 3 damaged");

    Path quarantine = directory.resolve("quarantine");
    ToolRun moved = run("verify", "--quarantine", quarantine.toString(), caches());
    assertThat(moved.out())
        .endsWith("1 entry is whole, 3 damaged; 3 moved to " + quarantine + "\n");
    try (Stream<Path> files = Files.list(quarantine.resolve("damaged"))) {
      assertThat(files).hasSize(3).allSatisfy(file -> assertThat(Files.size(file)).isPositive());
    }
    assertThat(run("verify", caches()).printed()).isEqualTo("1 entry is whole, 0 damaged\n");
    assertThat(cache).extracting(Cache.Entry::getKey).containsExactly("good");
  }

  @Test
  void purgesWhatIsOverAndBeyondTheBound() throws Exception {
    Cache<String, String> cache = create("grown");
    for (int i = 0; i < 30; i++) {
      cache.put("key " + i, "value");
    }
    run("put", "-c", "grown", "--ttl", "1ms", caches(), "over", "x").printed();
    cache.close();
    Thread.sleep(2);
    assertThat(run("purge", caches()).printed())
        .isEqualTo(
            "grown: removed 1 expired entry, 0 entries beyond the bound, 0 leases; 30 entries are"
                + " left\n");
    assertThat(run("purge", "--set", "store.max-entries=10", caches() + "grown/").printed())
        .matches("grown: removed 0 expired .*\n");
    assertThat(run("ls", caches() + "grown/").printed().lines()).hasSizeLessThanOrEqualTo(10);
    assertThat(run("purge", caches() + "grown/").printed()).startsWith("grown: removed 0 expired");
  }

  @Test
  void looksWithoutATrace() throws Exception {
    Cache<String, String> cache =
        manager.createCache("looked at", new PersiDictConfiguration<String, String>());
    cache.put("key", "value");
    cache.put("gone", "value");
    cache.remove("gone");
    Map<String, String> before = everything(place("caches"));
    leaveTraces();
    List<String> files = files();
    for (List<String> command :
        List.of(
            List.of("ls", caches()),
            List.of("ls", "-c", "looked at", caches()),
            List.of("get", "-c", "looked at", caches(), "key"),
            List.of("get", "-c", "looked at", caches(), "missing"),
            List.of("get", "-c", "missing", caches(), "key"),
            List.of("stat", caches()),
            List.of("verify", caches()))) {
      ToolRun run = run(command.toArray(String[]::new));
      assertThat(run.status()).as(run.err()).isLessThan(Status.FAULT);
    }
    assertThat(files()).isEqualTo(files);
    assertThat(everything(place("caches"))).isEqualTo(before);
  }

  /** Leaves what somebody might want to sweep. */
  void leaveTraces() throws Exception {}

  /** All that is there, as far as it is known. */
  List<String> files() throws Exception {
    return List.of();
  }

  @Test
  void printsChangesAsTheyCome() throws Exception {
    Cache<String, String> cache = create("watched");
    cache.put("old", "x");
    cache.put("Removed", "x");
    Thread changer =
        new Thread(
            () -> {
              cache.put("new", "x");
              cache.put("old", "longer");
              cache.remove("Removed");
            });
    java.io.ByteArrayOutputStream err = new java.io.ByteArrayOutputStream();
    java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();
    java.io.OutputStream starter =
        new java.io.FilterOutputStream(err) {
          @Override
          public void write(byte[] bytes) throws java.io.IOException {
            super.write(bytes);
            changer.start();
          }
        };
    int status =
        new Tool(
                java.io.InputStream.nullInputStream(),
                Output.unseen(out),
                Output.unseen(starter),
                new Progress(null))
            .execute(
                arguments("watch", "--count", "3", "--interval", "10ms", "-c", "watched", caches())
                    .toArray(String[]::new));
    changer.join();
    assertThat(status).isEqualTo(Status.DONE);
    assertThat(err.toString(UTF_8)).contains("watching 2 entries of the cache watched");
    assertThat(out.toString(UTF_8).lines())
        .extracting(line -> line.replaceFirst("^\\S+Z  ", "").replaceFirst("  \\d+ B$", ""))
        .containsExactlyInAnyOrder("added    new", "changed  old", "removed  Removed");
  }

  // ---- formats and layouts

  @ParameterizedTest
  @ValueSource(strings = {"json", "cbor", "pkl", "jser+lz4", "json+lz4", "cbor+zstd"})
  void readsAndChangesCachesOfEveryFormat(String format) {
    Cache<String, Object> cache =
        manager.createCache(
            "format",
            new PersiDictConfiguration<>(
                    new MutableConfiguration<String, Object>().setTypes(String.class, Object.class))
                .setFormat(format));
    cache.put("map", Map.of("list", List.of(1L, "two")));
    assertThat(run("ls", caches()).printed())
        .isEqualTo(String.format("entry   %-6s  format%n", format));
    String store = caches() + "format";
    assertThat(run("get", store, "map").printed()).isEqualTo("{\"list\":[1,\"two\"]}\n");
    run("put", "--json", store, "new", "{\"a\":[true,null]}").printed();
    assertThat(cache.get("new")).hasToString("{a=[true, null]}");
    assertThat(run("verify", store).printed()).isEqualTo("2 entries are whole, 0 damaged\n");
    assertThat(run("copy", caches(), otherPlace("formats")).printed()).startsWith("2 copied (");
    assertThat(run("purge", store).printed()).contains("2 entries are left");
    run("rm", store, "new").printed();
    assertThat(cache.get("new")).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"json", "cbor", "pkl+zstd", "txt+lz4", "jser+lz4"})
  void readsAndWritesDictionariesOfEveryFormat(String format) {
    String store = place("dictionary").toString();
    run("put", "--format", format, store, "a.b/1", "first").printed();
    if (digestLength() > 0) { // or else nothing tells which names are those of entries
      run("put", store, "a.b/2", "second").printed();
    } else {
      run("put", "--format", format, store, "a.b/2", "second").printed();
    }
    assertThat(run("ls", store).printed().lines())
        .extracting(line -> line.replaceFirst(".*- +", ""))
        .containsExactlyInAnyOrder("a.b/1", "a.b/2");
    assertThat(run("get", store, "a.b/2").printed()).isEqualTo("second\n");
    assertThat(run("copy", store, otherPlace("formats")).out()).startsWith("2 copied (");
    assertThat(run("get", otherPlace("formats"), "a.b/1").printed()).isEqualTo("first\n");
    assertThat(run("verify", "--format", format, store).printed())
        .startsWith("2 entries are whole");
    run("rm", store, "a.b/1", "a.b/2").printed();
    assertThat(everything(place("dictionary"))).isEmpty();
  }

  /** Has caches with layout plain allowed where they are not; returns the settings for that. */
  Properties settingsOfPlain() {
    return settings();
  }

  private Cache<String, Object> plain(PersiDictConfiguration<String, Object> configuration) {
    configuration.setTypes(String.class, Object.class);
    return provider
        .getCacheManager(place("plain"), null, settingsOfPlain())
        .createCache("bare", configuration.setLayout("plain"));
  }

  private ToolRun runOnPlain(String... given) {
    List<String> arguments = new ArrayList<>(List.of(given));
    settingsOfPlain()
        .forEach((name, value) -> arguments.addAll(1, List.of("--set", name + "=" + value)));
    return ToolRun.of(arguments);
  }

  @Test
  void changesPlainCachesAndTellsWhatTimeIsLeft() {
    PersiDictConfiguration<String, Object> configuration = new PersiDictConfiguration<>();
    configuration.setExpiryPolicyFactory(
        ModifiedExpiryPolicy.factoryOf(new javax.cache.expiry.Duration(TimeUnit.DAYS, 3)));
    Cache<String, Object> cache = plain(configuration);
    cache.put("theirs", Map.of("score", 0.5));
    Map<String, String> before = everything(place("plain"));
    String store = place("plain") + "bare/";
    assertThat(runOnPlain("get", store, "theirs").printed()).isEqualTo("{\"score\":0.5}\n");
    runOnPlain("put", "--json", store, "ours", "[1]").printed();
    assertThat(cache.get("ours")).isEqualTo(List.of(1L));
    assertThat(runOnPlain("put", "--ttl", "1h", store, "x", "x").refusal(Status.USAGE))
        .contains("the cache bare", "do not expire on their own");
    assertThat(runOnPlain("put", "--if-absent", store, "ours", "x").refusal(Status.NO))
        .contains("there is an entry ours");
    assertThat(runOnPlain("ls", store).printed().lines())
        .extracting(line -> line.replaceFirst("^ *[0-9.]+ B +[0-9]+ s +", ""))
        .containsExactlyInAnyOrder("2 d  ours", "2 d  theirs");
    runOnPlain("rm", store, "ours").printed();
    assertThat(cache.get("ours")).isNull();
    assertThat(runOnPlain("rm", store, "ours").status()).isEqualTo(Status.NO);
    assertThat(everything(place("plain"))).as("the cache's record is as it was").isEqualTo(before);
    assertThat(runOnPlain("purge", store).printed()).contains("1 entry is left");
  }

  @Test
  void leavesImmutableItemsOfPlainCachesAlone() {
    Cache<String, Object> cache =
        plain(new PersiDictConfiguration<String, Object>().setImmutableItems(true));
    String store = place("plain") + "bare/";
    runOnPlain("put", store, "key", "first").printed();
    assertThat(runOnPlain("put", store, "key", "second").refusal(Status.NO)).contains("immutable");
    assertThat(runOnPlain("rm", store, "key").refusal(Status.NO)).contains("immutable");
    assertThat(cache.get("key")).isEqualTo("first");
  }

  @Test
  void copiesPlainCachesThereAndBack() {
    Cache<String, Object> cache = plain(new PersiDictConfiguration<>());
    for (int i = 0; i < 20; i++) {
      cache.put("key" + i, "value " + i);
    }
    String there = otherPlace("plain");
    assertThat(runOnPlain("copy", place("plain").toString(), there).out())
        .startsWith("20 copied (");
    cache.put("key7", "changed");
    cache.remove("key8");
    assertThat(runOnPlain("copy", place("plain").toString(), there).out())
        .startsWith("1 copied (")
        .contains(" 18 same");
    ToolRun back = runOnPlain("copy", "-c", "bare", there, place("back").toString());
    assertThat(back.out()).startsWith("20 copied (");
    assertThat(back.err().contains("S3 dates bare values itself"))
        .isEqualTo(place("back").getScheme().equals("s3"));
    Map<String, Object> all = new TreeMap<>();
    provider
        .getCacheManager(place("back"), null, settingsOfPlain())
        .createCache(
            "bare",
            new PersiDictConfiguration<>(
                    new MutableConfiguration<String, Object>().setTypes(String.class, Object.class))
                .setLayout("plain"))
        .forEach(entry -> all.put(entry.getKey(), entry.getValue()));
    assertThat(all).hasSize(20).containsEntry("key7", "changed").containsEntry("key8", "value 8");
  }

  @Test
  void aCopyOfAPlainCacheEndsNoEarlier() throws Exception {
    PersiDictConfiguration<String, Object> configuration = new PersiDictConfiguration<>();
    configuration.setExpiryPolicyFactory(
        ModifiedExpiryPolicy.factoryOf(new javax.cache.expiry.Duration(TimeUnit.DAYS, 3)));
    Cache<String, Object> cache = plain(configuration);
    cache.put("key", "value");
    String store = place("plain").toString();
    String there = place("back").toString();
    String nothing = "0 copied (0 B), 1 same, 0 skipped\n";
    assertThat(runOnPlain("copy", store, there).out()).startsWith("1 copied (");
    assertThat(runOnPlain("copy", store, there).out()).isEqualTo(nothing);
    Thread.sleep(2_100); // more than what S3 rounds times to
    cache.put("key", "value");
    assertThat(runOnPlain("copy", "--keep", store, there).out()).isEqualTo(nothing);
    assertThat(runOnPlain("copy", store, there).out()).startsWith("1 copied (");
    assertThat(runOnPlain("copy", store, there).out()).isEqualTo(nothing);
  }

  // ---- dictionaries

  private PersiDict<Object> dictionary(Store store) {
    KeyLayout layout = new KeyLayout(digestLength(), "json");
    return PersiDict.over(
        store,
        layout,
        Formats.of("json", Object.class, new AllowList(List.of(), ""), null),
        Object.class);
  }

  @Test
  void readsAndWritesDictionaries() {
    String store = place("dictionary").toString();
    run("put", "--format", "json", store, "runs/1", "first").printed();
    run("put", "--json", store, "runs/2", "{\"score\":0.5}").printed();
    try (Store opened = open(place("dictionary"));
        PersiDict<Object> dict = dictionary(opened)) {
      assertThat(dict.get(DictKey.of("runs", "1"))).contains("first");
      dict.put(DictKey.of("runs", "3"), List.of(1L, 2L));
    }
    assertThat(run("ls", store).printed().lines())
        .extracting(line -> line.replaceFirst(".*- +", ""))
        .containsExactlyInAnyOrder("runs/1", "runs/2", "runs/3");
    assertThat(run("get", store, "runs/3").printed()).isEqualTo("[1,2]\n");
    assertThat(run("get", store, "runs/4").refusal(Status.NO)).contains("no entry runs/4");
    assertThat(run("put", store, "..", "x").refusal(Status.USAGE)).contains("segment");
    assertThat(run("put", "--ttl", "1s", store, "x", "x").refusal(Status.USAGE))
        .contains("do not expire");
    run("rm", store, "runs/1", "runs/2").printed();
    assertThat(run("stat", "--json", store).printed()).contains("\"entries\":1,");
    assertThat(run("verify", store).printed()).isEqualTo("1 entry is whole, 0 damaged\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "put --format json CACHE key new",
        "put --digest-length 0 --format json CACHE key new",
        "rm --format json CACHE key",
        "purge --format json CACHE",
        "verify --format json --quarantine QUARANTINE CACHE",
        "copy DICTIONARY CACHE"
      })
  void changesNoCacheAsADictionary(String command) {
    plain(new PersiDictConfiguration<>()).put("key", "in the cache");
    String around = place("plain").toString();
    String dictionary = place("dictionary").toString();
    runOnPlain("put", "--format", "json", around, "key", "beside the cache").printed();
    runOnPlain("put", "--format", "json", dictionary, "key", "new").printed();
    Map<String, String> before = everything(place("plain"));
    ToolRun run =
        runOnPlain(
            command
                .replace("CACHE", around + "bare/")
                .replace("DICTIONARY", dictionary)
                .replace("QUARANTINE", directory.resolve("quarantine").toString())
                .split(" "));
    assertThat(everything(place("plain"))).as("%s", run).isEqualTo(before);
    assertThat(run.refusal(Status.USAGE)).contains("is itself a cache");
  }

  @Test
  void readsACacheAsADictionary() {
    plain(new PersiDictConfiguration<>()).put("key", "value");
    String store = place("plain") + "bare/";
    assertThat(runOnPlain("ls", "--format", "json", store).printed()).endsWith("  key\n");
    assertThat(runOnPlain("copy", "--format", "json", store, place("copy").toString()).out())
        .startsWith("1 copied (");
  }

  // ---- copies

  /** A place of the other kind, and how it is told to the tool. */
  abstract String otherPlace(String name);

  @Test
  void copiesCachesThereAndBack() {
    Cache<Object, Object> cache = create("Copied One");
    for (int i = 0; i < 50; i++) {
      cache.put("key " + i, "value " + i);
    }
    cache.put(List.of(1), 2);
    run("put", "-c", "Copied One", "--ttl", "1h", caches(), "brief", "x").printed();
    create("empty");
    String there = otherPlace("copy");
    assertThat(run("copy", caches(), there).printed()).startsWith("52 copied (");
    assertThat(run("copy", caches(), there).printed())
        .isEqualTo("0 copied (0 B), 52 same, 0 skipped\n");
    cache.put("key 7", "changed");
    cache.remove("key 8");
    assertThat(run("copy", caches(), there).printed()).startsWith("1 copied (").contains("50 same");

    String back = place("back").toString();
    assertThat(run("copy", there, back).printed()).startsWith("52 copied (");
    CacheManager other = provider.getCacheManager(place("back"), null, settings());
    Cache<Object, Object> copy = other.createCache("Copied One", new PersiDictConfiguration<>());
    assertThat(copy.get("key 7")).isEqualTo("changed");
    assertThat(copy.get("key 8")).as("nothing is removed").isEqualTo("value 8");
    assertThat(copy.get(List.of(1))).isEqualTo(2);
    List<String> times =
        Stream.of(caches(), back)
            .map(store -> run("ls", "--json", "-c", "Copied One", store).printed())
            .flatMap(String::lines)
            .filter(line -> line.contains("\"brief\""))
            .map(line -> line.replaceFirst(".*\"created\"", "").replaceFirst("\"modified.*?,", ""))
            .toList();
    assertThat(times).hasSize(2);
    assertThat(times.get(0)).contains("expires").isEqualTo(times.get(1));
  }

  @Test
  void looksAtAndCopiesAStoreThatIsBeingWritten() throws Exception {
    Cache<String, String> cache = create("busy");
    AtomicBoolean isDone = new AtomicBoolean();
    CompletableFuture<Void> writer =
        CompletableFuture.runAsync(
            () -> {
              for (int i = 0; !isDone.get(); i++) {
                String key = "key " + i % 20;
                if (i % 3 == 0) {
                  cache.remove(key);
                } else {
                  cache.put(key, "x".repeat(1 + i % 3_000));
                }
              }
            },
            task -> new Thread(task).start());
    String there = otherPlace("busy");
    try {
      for (int round = 0; round < 3; round++) {
        assertThat(run("ls", caches() + "busy").printed()).doesNotContain("damaged");
        assertThat(run("stat", "--json", caches()).printed()).contains("\"unreadable\":0,");
        assertThat(run("verify", caches()).printed()).contains(", 0 damaged");
        assertThat(run("copy", caches(), there).printed()).contains(" 0 skipped");
        assertThat(run("get", caches() + "busy", "key 1").status()).isIn(Status.DONE, Status.NO);
      }
    } finally {
      isDone.set(true);
      writer.get(5, TimeUnit.MINUTES);
    }
    run("copy", caches(), there).printed();
    for (Cache.Entry<String, String> entry : cache) {
      assertThat(run("get", "-c", "busy", there, entry.getKey()).printed())
          .isEqualTo(entry.getValue() + "\n");
    }
  }

  @Test
  void copiesOneCacheAndSaysWhatItSkips() {
    Cache<String, String> cache = create("one");
    create("two").put("key", "value");
    cache.put("good", "x");
    cache.put("torn", "x");
    damage(nameOf("one", "s-torn"));
    String there = otherPlace("single");
    ToolRun copied = run("copy", caches() + "one/", there + "one/");
    assertThat(copied.status()).isEqualTo(Status.NO);
    assertThat(copied.out()).startsWith("1 copied (").contains("1 skipped");
    assertThat(copied.err()).hasLineCount(1).contains("s-torn", "it has a wrong checksum");
    assertThat(run("ls", there).printed()).isEqualTo("entry   jser    one\n");
    assertThat(run("copy", "-c", "two", caches(), there).printed()).startsWith("1 copied");

    run("put", "-c", "two", there, "key", "another").printed();
    assertThat(run("copy", "-c", "two", "--keep", caches(), there).printed())
        .contains("0 copied", "1 kept");
    assertThat(run("get", "-c", "two", there, "key").printed()).isEqualTo("another\n");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void copiesInThePlaceOfWhatIsOverOrDamaged(boolean immutable) {
    Cache<String, String> cache =
        manager.createCache(
            "once", new PersiDictConfiguration<String, String>().setImmutableItems(immutable));
    cache.put("same", "x");
    String there = otherPlace("kept");
    run("copy", caches(), there).printed();
    run("put", "-c", "once", there, "good", "old").printed();
    run("put", "-c", "once", there, "torn", "old").printed();
    run("put", "-c", "once", "--ttl", "1ms", there, "over", "old").printed();
    try (Store target = new FileStore(Path.of(URI.create(there)), Durability.OS);
        Stream<Listed> names = target.list("once/")) {
      names
          .filter(listed -> listed.name().startsWith("once/s-torn"))
          .toList()
          .forEach(listed -> damage(target, listed.name()));
    }
    for (String key : List.of("good", "torn", "over")) {
      cache.put(key, "new");
    }
    ToolRun copied =
        immutable ? run("copy", caches(), there) : run("copy", "--keep", caches(), there);
    assertThat(copied.out())
        .startsWith("2 copied (")
        .contains("1 same", immutable ? "1 skipped" : "1 kept");
    assertThat(copied.err().contains("s-good")).isEqualTo(immutable);
    Map.of("same", "x", "good", "old", "torn", "new", "over", "new")
        .forEach(
            (key, value) ->
                assertThat(run("get", "-c", "once", there, key).printed()).isEqualTo(value + "\n"));
  }

  @Test
  void copiesNoCacheIntoOneOfAnotherKind() {
    create("kind").put("key", "value");
    String there = otherPlace("kinds");
    run("copy", caches(), there).printed();
    manager.destroyCache("kind");
    manager
        .createCache("kind", new PersiDictConfiguration<String, String>().setFormat("json"))
        .put("key", "value");
    assertThat(run("copy", caches(), there).refusal(Status.FAULT))
        .contains("has the format jser, the one to be copied json");
  }

  @Test
  void copiesDictionaries() {
    String store = place("dictionary").toString();
    for (int i = 0; i < 20; i++) {
      run("put", "--format", "json", store, "a/" + i, "value " + i).printed();
    }
    String there = otherPlace("dictionary");
    assertThat(run("copy", store, there).out()).startsWith("20 copied (");
    assertThat(run("copy", store, there).printed())
        .isEqualTo("0 copied (0 B), 20 same, 0 skipped\n");
    assertThat(run("get", there, "a/7").printed()).isEqualTo("value 7\n");
    assertThat(run("copy", there, place("again").toString()).out()).startsWith("20 copied (");
    assertThat(run("get", place("again").toString(), "a/7").printed()).isEqualTo("value 7\n");
    for (String overlapping : List.of("within/", "", "a/", "../")) {
      assertThat(run("copy", store, store + overlapping).refusal(Status.USAGE))
          .contains("within itself");
    }
    assertThat(everything(place("dictionary"))).hasSize(20);
  }

  @Test
  void refusesTimesThatAreTooLong() {
    Cache<String, String> cache = create("times");
    for (String time :
        List.of(
            "106751991166d",
            "106751991167d",
            "P106751991166D",
            "PT9223372036854775807S",
            "9".repeat(20) + "d",
            "999999999w".repeat(20_000))) {
      assertThat(run("put", "-c", "times", "--ttl", time, caches(), "k", "v").refusal(Status.USAGE))
          .contains("Invalid value for option '--ttl'");
    }
    run("put", "-c", "times", "--ttl", "P50000000000D", caches(), "key", "value").printed();
    assertThat(cache).extracting(Cache.Entry::getKey).containsExactly("key");
    assertThat(run("ls", "-c", "times", caches()).printed()).contains(" d  key");
  }

  @Test
  void takesWhatBeginsWithAnAtSignAsItIs() throws Exception {
    Cache<String, String> cache = create("signs");
    String argument = "@" + Files.writeString(directory.resolve("arguments"), "from the file");
    run("put", "-c", "signs", caches(), argument, argument).printed();
    assertThat(cache.get(argument)).isEqualTo(argument);
    assertThat(run("get", "-c", "signs", caches(), argument).printed()).isEqualTo(argument + "\n");
    run("rm", "-c", "signs", caches(), argument).printed();
    String store = place("memo").toString();
    assertThat(run("memo", "--store", store, "echo", argument).printed())
        .isEqualTo(argument + "\n");
  }

  @Test
  void changesTheEntryThatShowsWhateverItsFormat() {
    String store = place("mixed").toString();
    Map<String, String> formats = Map.of("a", "json", "b", "pkl", "c", "cbor", "d/e", "txt");
    formats.forEach(
        (key, format) -> {
          run("put", "--format", format, "--digest-length", "8", store, key, "old").printed();
          run("put", store, key, "new").printed();
          assertThat(run("get", store, key).printed()).isEqualTo("new\n");
        });
    assertThat(everything(place("mixed"))).hasSize(4);
    for (String key : formats.keySet()) {
      run("put", "--format", "json", "--digest-length", "8", store, "other", "x").printed();
      run("rm", store, key).printed();
      assertThat(run("get", store, key).refusal(Status.NO)).contains("no entry " + key);
    }
  }

  @Test
  void changesEntriesWhoseNamesHaveNoRoomForALongerDigest() {
    String store = place("long").toString();
    String key = "a".repeat(240);
    run("put", "--format", "json", "--digest-length", "8", store, key, "old").printed();
    run("put", store, key, "new").printed();
    assertThat(run("get", store, key).printed()).isEqualTo("new\n");
    run("put", "--format", "json", store, key, "newer").printed();
    run("rm", store, key).printed();
    assertThat(everything(place("long"))).isEmpty();
    run("put", "--format", "json", "--digest-length", "8", store, "key", "x").printed();
    assertThat(run("put", store, "a".repeat(253), "x").refusal(Status.USAGE)).contains("aaa");
  }

  @Test
  void changesNoneOfSeveralEntriesOfOneKey() {
    String store = place("twins").toString();
    run("put", "--format", "json", "--digest-length", "8", store, "key", "json").printed();
    run("put", "--format", "cbor", "--digest-length", "8", store, "key", "cbor").printed();
    run("put", "--format", "json", "--digest-length", "8", store, "a/b", "eight").printed();
    run("put", "--format", "json", "--digest-length", "4", store, "a/b", "four").printed();
    for (String key : List.of("key", "a/b")) {
      assertThat(run("rm", store, key).refusal(Status.USAGE)).contains("2 entries of that key");
      assertThat(run("put", store, key, "x").refusal(Status.USAGE)).contains("by --format and");
    }
    run("rm", "--format", "json", store, "key").printed();
    assertThat(run("get", "--digest-length", "8", store, "key").printed()).isEqualTo("cbor\n");
    run("rm", "--digest-length", "4", store, "a/b").printed();
    assertThat(run("get", store, "a/b").printed()).isEqualTo("eight\n");
    assertThat(everything(place("twins"))).hasSize(2);
  }

  @Test
  void copiesNoCacheOntoOrWithinItself() {
    create("bare").put("key", "value");
    create("records").put("key", "value");
    Map<String, String> before = everything(place("caches"));
    for (List<String> line :
        List.of(
            List.of(caches(), caches()),
            List.of(caches(), caches() + "bare/"),
            List.of(caches(), caches() + "bare/sub/"),
            List.of("-c", "bare", caches(), caches()),
            List.of(caches() + "bare", caches() + "bare/"),
            List.of(caches() + "bare/", caches()))) {
      List<String> all = new ArrayList<>(line);
      all.add(0, "copy");
      assertThat(run(all.toArray(String[]::new)).refusal(Status.USAGE)).contains("within itself");
    }
    assertThat(everything(place("caches"))).isEqualTo(before);
  }

  // ---- what cannot be

  @Test
  void saysInOneSentenceWhatIsNotThere() {
    create("there").put("key", "value");
    assertThat(run("get", "-c", "missing", caches(), "key").refusal(Status.NO))
        .contains("there is no cache missing", "there are there");
    assertThat(run("get", caches(), "key").refusal(Status.USAGE)).contains("by --cache");
    assertThat(run("get", "-c", "there", caches(), "missing").refusal(Status.NO))
        .contains("missing");
    assertThat(run("rm", "-c", "missing", caches(), "key").refusal(Status.NO)).contains("missing");
    assertThat(run("ls", place("nothing").toString()).err()).contains("not", "nothing");
    assertThat(everything(place("caches")).keySet()).noneMatch(name -> name.contains("missing"));
  }

  @Test
  void namesALayoutThatItDoesNotKnow() {
    create("later").put("key", "value");
    try (Store store = open(place("caches"))) {
      String record = new String(store.read("later/.__cache__").orElseThrow(), UTF_8);
      store.put(
          "later/.__cache__",
          record.replace("layout=entry", "layout=rows").getBytes(UTF_8),
          Precondition.none());
    }
    assertThat(run("get", caches() + "later", "key").refusal(Status.FAULT))
        .contains("has the layout rows, which this version does not know");
    assertThat(run("ls", caches()).printed()).isEqualTo("rows    jser    later\n");
    try (Store store = open(place("caches"))) {
      store.put("later/.__cache__", "\\u00".getBytes(UTF_8), Precondition.none());
    }
    assertThat(run("ls", caches()).refusal(Status.FAULT)).contains("later/.__cache__ is damaged");
    create("fine").put("key", "value");
    ToolRun both = run("ls", caches());
    assertThat(both.status()).as("one damaged record hides no other cache").isEqualTo(Status.FAULT);
    assertThat(both.out()).isEqualTo("entry   jser    fine\n");
    manager.destroyCache("fine");
    String foreign =
        "name=other\\u001b[31m\n"
            + "layout=entry\n"
            + "format=jser\n"
            + "digest-length=8\n"
            + "immutable-items=false\n";
    try (Store store = open(place("caches"))) {
      store.put("later/.__cache__", foreign.getBytes(UTF_8), Precondition.none());
    }
    assertThat(run("purge", caches()).refusal(Status.FAULT))
        .contains("is that of another cache, other\\u001b[31m");
  }

  /** An expiry that programs give their entries. */
  @Test
  void tellsTheExpiryThatACacheGave() {
    PersiDictConfiguration<String, String> configuration = new PersiDictConfiguration<>();
    configuration.setExpiryPolicyFactory(
        CreatedExpiryPolicy.factoryOf(new javax.cache.expiry.Duration(TimeUnit.DAYS, 3)));
    manager.createCache("three days", configuration).put("key", "value");
    assertThat(run("ls", "-c", "three days", caches()).printed()).endsWith("2 d  key\n");
  }
}
