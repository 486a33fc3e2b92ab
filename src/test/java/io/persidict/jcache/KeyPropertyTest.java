package io.persidict.jcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.persidict.ChildJvm;
import io.persidict.format.FormatException;
import io.persidict.jcache.storage.StoredEntry;
import io.persidict.key.DictKey;
import io.persidict.key.KeyCodec;
import io.persidict.key.KeyLayout;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamConstants;
import java.io.Serializable;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalTime;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Calendar;
import java.util.Collections;
import java.util.Currency;
import java.util.Date;
import java.util.GregorianCalendar;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Random;
import java.util.Set;
import java.util.TimeZone;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.configuration.MutableConfiguration;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Equal keys meet, in every virtual machine; unequal ones never do. */
final class KeyPropertyTest {
  private static final int COUNT = 1_000;

  @TempDir Path directory;

  private final PersiDictCachingProvider provider = new PersiDictCachingProvider();

  @AfterEach
  void close() {
    provider.close();
  }

  private static Cache<Object, Integer> open(
      PersiDictCachingProvider provider, Path directory, String name) {
    Properties properties = new Properties();
    properties.setProperty(
        "persidict.serial-filter", "io.persidict.jcache.KeyMaker$*;java.lang.Class;java.time.*");
    CacheManager manager = provider.getCacheManager(directory.toUri(), null, properties);
    Cache<Object, Integer> open = manager.getCache(name, Object.class, Integer.class);
    return open != null
        ? open
        : manager.createCache(
            name,
            new MutableConfiguration<Object, Integer>().setTypes(Object.class, Integer.class));
  }

  @Test
  void equalKeysHaveOneNameHoweverTheyWereMade() {
    for (long seed = 0; seed < 10_000; seed++) {
      Object key = KeyMaker.make(seed, 1);
      Object twin = KeyMaker.make(seed, seed + 2);
      assertThat(twin).isEqualTo(key);
      assertThat(KeyCodec.dictKey(twin))
          .as("seed %s: %s", seed, KeyMaker.describe(key))
          .isEqualTo(KeyCodec.dictKey(key));
    }
  }

  @Test
  void unequalKeysHaveNamesThatDifferInMoreThanCase() {
    Map<String, Object> keys = new HashMap<>();
    KeyLayout layout = new KeyLayout(8, StoredEntry.EXTENSION);
    for (long seed = 0; seed < 10_000; seed++) {
      Object key = KeyMaker.make(seed, seed);
      Object other = keys.putIfAbsent(name(layout, key), key);
      if (other != null) {
        assertThat(key).as("seed %s", seed).isEqualTo(other);
      }
    }
    assertThat(keys).hasSizeGreaterThan(4_000);
  }

  private static String name(KeyLayout layout, Object key) {
    return layout.name(KeyCodec.dictKey(key)).toLowerCase(Locale.ROOT);
  }

  // ---- a second virtual machine

  /** Reads what the first virtual machine stored, and stores keys of its own. */
  static final class Child {
    private Child() {}

    public static void main(String... arguments) {
      Path directory = Path.of(arguments[0]);
      try (PersiDictCachingProvider provider = new PersiDictCachingProvider()) {
        Cache<Object, Integer> parents = open(provider, directory, "parents");
        Cache<Object, Integer> children = open(provider, directory, "children");
        for (int seed = 0; seed < COUNT; seed++) {
          Object key = KeyMaker.make(seed, -seed);
          if (parents.get(key) == null) {
            System.out.println("not found, seed " + seed + ": " + KeyMaker.describe(key));
          }
          children.putIfAbsent(key, seed);
        }
      }
    }
  }

  @Test
  void equalKeysFindTheirEntryFromAnotherVirtualMachine() throws Exception {
    Cache<Object, Integer> parents = open(provider, directory, "parents");
    Map<Object, Integer> stored = new HashMap<>();
    for (int seed = 0; seed < COUNT; seed++) {
      Object key = KeyMaker.make(seed, seed);
      assertThat(parents.putIfAbsent(key, seed)).isEqualTo(stored.putIfAbsent(key, seed) == null);
    }
    try (ChildJvm child = ChildJvm.start(Child.class, directory.toString())) {
      assertThat(child.join()).isEmpty();
    }
    Cache<Object, Integer> children = open(provider, directory, "children");
    for (int seed = 0; seed < COUNT; seed++) {
      Object key = KeyMaker.make(seed, seed);
      assertThat(children.get(key)).as(KeyMaker.describe(key)).isEqualTo(stored.get(key));
    }
    for (Cache<Object, Integer> cache : List.of(parents, children)) {
      Map<Object, Integer> iterated = new HashMap<>();
      cache.forEach(entry -> assertThat(iterated.put(entry.getKey(), entry.getValue())).isNull());
      assertThat(iterated.equals(stored)).as("iteration gives equal keys back").isTrue();
    }
  }

  // ---- text

  /** Texts that a file system, or our own escapes, could take for one another. */
  private static Set<String> texts() {
    Set<String> texts = new HashSet<>(List.of("", " ", ".", "..", "...", "a.", "a ", "a", "A"));
    for (String device : List.of("con", "CON", "prn", "aux", "nul", "com1", "LPT9", "nul.txt")) {
      texts.add(device);
    }
    for (String text : List.copyOf(texts)) {
      for (String other : List.of("s-", "i-", "l-", "h-", "~", "=0041", "=", "/", "\\", ".entry")) {
        texts.add(other + text);
        texts.add(text + other);
      }
    }
    texts.addAll(
        List.of("~a", "=0061", "=0041", "s-~a", "i-1", "1", "\u0130", "i\u0307", "\u00df"));
    texts.addAll(List.of("\ud800", "\udc00", "?", "\ud800\udc00", "\ufffd", "\u00e9", "e\u0301"));
    texts.addAll(List.of("a".repeat(118), "a".repeat(119), "a".repeat(120), "a".repeat(121)));
    texts.addAll(List.of("x".repeat(10_000), "X".repeat(10_000), "x".repeat(9_999) + "\0"));
    for (String text : List.copyOf(texts)) {
      for (int length : List.of(0, 1, 8, 26)) {
        texts.add(ownName(text, length));
      }
    }
    Random random = new Random(7);
    String alphabet = "aAbB_~=-.0041s/:\u00e9\u00c9 ";
    for (int i = 0; i < 20_000; i++) {
      StringBuilder text = new StringBuilder();
      for (int length = random.nextInt(9); length >= 0; length--) {
        text.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      texts.add(text.toString());
    }
    return texts;
  }

  /** What a string's file is called without {@code s-} and extension, if that is a string's too. */
  private static String ownName(String text, int digestLength) {
    String name = new KeyLayout(digestLength, "entry").name(KeyCodec.dictKey(text));
    return name.substring(2, name.length() - ".entry".length());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 8, 26})
  void everyTextHasAFileOfItsOwnThatEveryFileSystemTakes(int digestLength) {
    Pattern device = Pattern.compile("(con|prn|aux|nul|com[0-9]|lpt[0-9])(\\..*)?");
    KeyLayout layout = new KeyLayout(digestLength, StoredEntry.EXTENSION);
    Map<String, String> texts = new TreeMap<>();
    for (String text : texts()) {
      String name = name(layout, text);
      assertThat(texts.put(name, text)).as("also lies at %s: %s", name, text).isNull();
      assertThat(name)
          .hasSizeLessThanOrEqualTo(200)
          .matches("[a-z0-9()_~.=-]+")
          .doesNotEndWith(".");
      assertThat(name).doesNotStartWith(".").doesNotMatch(device);
      assertThat(layout.key(layout.name(KeyCodec.dictKey(text)))).contains(KeyCodec.dictKey(text));
    }
  }

  @Test
  void textsComeBackFromTheFilesAsTheyWere() {
    Cache<Object, Integer> cache = open(provider, directory, "texts");
    Map<Object, Integer> stored = new HashMap<>();
    texts().stream().sorted().limit(1_000).forEach(text -> stored.put(text, text.length()));
    texts().stream()
        .filter(text -> text.length() > 100 || !text.matches("\\p{Print}*"))
        .sorted(Collections.reverseOrder())
        .limit(1_000)
        .forEach(text -> stored.put(text, text.length()));
    cache.putAll(stored);
    assertThat(cache.getAll(stored.keySet())).isEqualTo(stored);
    Map<Object, Integer> iterated = new HashMap<>();
    cache.forEach(entry -> assertThat(iterated.put(entry.getKey(), entry.getValue())).isNull());
    assertThat(iterated).isEqualTo(stored);
  }

  // ---- equal keys with different serialized forms

  private record Unserializable(Object first, int second) {}

  private record WithArrays(String[] names, Object[][] more) {}

  private static BitSet bits(int capacity) {
    BitSet bits = new BitSet(capacity);
    bits.set(3);
    return bits;
  }

  private static String other(String text) {
    return new String(text.toCharArray());
  }

  private static Calendar calendar(boolean computed) {
    Calendar calendar = new GregorianCalendar(TimeZone.getTimeZone("UTC"), Locale.ROOT);
    calendar.setTimeInMillis(1_000);
    if (computed) {
      calendar.get(Calendar.WEEK_OF_YEAR);
      calendar.set(Calendar.MONTH, calendar.get(Calendar.MONTH));
      calendar.getTimeInMillis();
    }
    return calendar;
  }

  private static Stream<Arguments> twins() {
    String a = "shared";
    return Stream.of(
        arguments(new String[] {a, a}, new String[] {other(a), other(a)}),
        arguments(
            new Object[] {new HashMap<>(Map.of("x", 1, "y", 2))},
            new Object[] {new TreeMap<>(Map.of("y", 2, "x", 1))}),
        arguments(new Object[] {List.of(a, a)}, new Object[] {List.of(other(a), a)}),
        arguments(bits(10), bits(1_000)),
        arguments(List.of(bits(10)), List.of(bits(70))),
        arguments(
            new KeyMaker.Arguments(bits(10), a, a), new KeyMaker.Arguments(bits(99), a, other(a))),
        arguments(new Unserializable(a, 1), new Unserializable(other(a), 1)),
        arguments(
            new Unserializable(new Unserializable(List.of(a, a), 2), 1),
            new Unserializable(new Unserializable(new LinkedList<>(List.of(a, other(a))), 2), 1)),
        arguments(
            List.of(new Unserializable(Set.of(1, 2, 3), 1)),
            new ArrayList<>(List.of(new Unserializable(new LinkedHashSet<>(List.of(3, 2, 1)), 1)))),
        arguments(
            new KeyMaker.Arguments(new Unserializable(a, 1), a),
            new KeyMaker.Arguments(new Unserializable(other(a), 1), a)),
        arguments(
            new WithArrays(new String[] {a, a}, new Object[][] {{1}, {}}),
            new WithArrays(new String[] {a, other(a)}, new Object[][] {{1}, {}})),
        arguments(new Date(5), new java.sql.Date(5)),
        arguments(TimeZone.getTimeZone("Europe/Berlin"), TimeZone.getTimeZone("Europe/Berlin")),
        arguments(
            List.of(Currency.getInstance("EUR")),
            new ArrayList<>(List.of(Currency.getInstance(Locale.GERMANY)))));
  }

  @ParameterizedTest
  @MethodSource("twins")
  void equalKeysFindOneEntryHoweverTheyAreSerialized(Object key, Object twin) {
    try (Warnings warnings = new Warnings()) {
      for (String memory : List.of("", "10")) {
        Properties properties = new Properties();
        properties.setProperty("persidict.serial-filter", "io.persidict.**;java.sql.*");
        if (!memory.isEmpty()) {
          properties.setProperty("persidict.memory.max-entries", memory);
        }
        Cache<Object, Integer> cache =
            provider
                .getCacheManager(directory.resolve("memory" + memory).toUri(), null, properties)
                .createCache(
                    "twins",
                    new MutableConfiguration<Object, Integer>()
                        .setTypes(Object.class, Integer.class));
        cache.put(key, 1);
        assertThat(cache.get(key)).isEqualTo(1);
        assertThat(cache.get(twin)).isEqualTo(1);
        assertThat(cache.putIfAbsent(twin, 2)).isFalse();
        assertThat(cache.getAll(Set.of(twin))).containsOnlyKeys(twin);
        assertThat(cache).singleElement().extracting(Cache.Entry::getValue).isEqualTo(1);
        for (Cache.Entry<Object, Integer> entry : cache) {
          assertThat(KeyCodec.dictKey(entry.getKey())).isEqualTo(KeyCodec.dictKey(key));
        }
        assertThat(cache.remove(twin)).isTrue();
        assertThat(cache.containsKey(key)).isFalse();
      }
      assertThat(warnings.messages()).isEmpty();
    }
  }

  @Test
  void calendarsHaveOneNameHoweverTheyWereUsed() {
    assertThat(KeyCodec.dictKey(calendar(true))).isEqualTo(KeyCodec.dictKey(calendar(false)));
  }

  /** The tables that are serialized with a time zone differ between releases of the platform. */
  @Test
  void timeZonesAreTheirNamesNotTheirTables() throws Exception {
    TimeZone today = TimeZone.getTimeZone("Europe/Berlin");
    byte[] bytes = serialized(today);
    String name = "Europe/Berlin";
    int checksum = new String(bytes, StandardCharsets.ISO_8859_1).indexOf(name) + name.length();
    bytes[checksum] ^= 1; // the tables' own, by which they are compared
    TimeZone other;
    try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes))) {
      other = (TimeZone) in.readObject();
    }
    assertThat(other).isNotEqualTo(today);
    assertThat(KeyCodec.dictKey(other)).isEqualTo(KeyCodec.dictKey(today));
    TimeZone moved = (TimeZone) today.clone();
    moved.setRawOffset(1_000);
    TimeZone own = (TimeZone) today.clone();
    own.setID("own");
    TimeZone ownMoved = (TimeZone) TimeZone.getTimeZone("Europe/Paris").clone();
    ownMoved.setID("own");
    assertThat(Stream.of(today, moved, own, ownMoved).map(KeyCodec::dictKey))
        .doesNotHaveDuplicates();
  }

  private static byte[] serialized(Object object) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(object);
    }
    return bytes.toByteArray();
  }

  /** Reads keys that lack what their classes always have, and finds their neighbours. */
  @Test
  void aStoredKeyThatMakesNoSenseCostsItsEntryOnly() throws Exception {
    Cache<Object, Integer> cache = open(provider, directory, "hostile");
    cache.put("neighbour", 1);
    byte[] whole = serialized(Collections.unmodifiableMap(new HashMap<>()));
    String field = "Ljava/util/Map;";
    int end = new String(whole, StandardCharsets.ISO_8859_1).indexOf(field) + field.length() + 2;
    byte[] hollow = Arrays.copyOf(whole, end + 1);
    hollow[end] = ObjectStreamConstants.TC_NULL; // in the field
    byte[] key = new byte[hollow.length + 1];
    key[0] = 5; // in Java serialization
    System.arraycopy(hollow, 0, key, 1, hollow.length);
    Path file;
    try (Stream<Path> entries = Files.walk(directory)) {
      file = entries.filter(path -> path.toString().endsWith(".entry")).findFirst().orElseThrow();
    }
    byte[] value = {1};
    Files.write(
        file.resolveSibling(new KeyLayout(8, StoredEntry.EXTENSION).name(DictKey.of("h-hollow"))),
        StoredEntry.FORMAT.encode(new StoredEntry.ValidRecord(0, StoredEntry.NEVER, key, value)));
    try (Warnings warnings = new Warnings()) {
      assertThat(cache).singleElement().extracting(Cache.Entry::getKey).isEqualTo("neighbour");
      assertThat(warnings.messages()).hasSize(1);
    }
  }

  @Test
  void aKeyWhoseOwnCodeFailsIsOneFault() {
    List<Object> failing =
        new AbstractList<>() {
          @Override
          public Object get(int index) {
            throw new IllegalStateException("no");
          }

          @Override
          public int size() {
            return 1;
          }
        };
    assertThatExceptionOfType(FormatException.class)
        .isThrownBy(() -> KeyCodec.dictKey(failing))
        .withMessageContaining("cannot be a key");
  }

  @Test
  void aKeyThatIsTooDeepForASmallStackIsOneFault() throws Exception {
    Object[] outcome = new Object[1];
    Object key = nestedSets(190);
    Thread small =
        new Thread(
            null,
            () -> {
              try {
                outcome[0] = KeyCodec.dictKey(key);
              } catch (FormatException e) {
                outcome[0] = e;
              }
            },
            "small stack",
            128 << 10);
    small.setUncaughtExceptionHandler((thread, failure) -> outcome[0] = failure);
    small.start();
    small.join();
    assertThat(outcome[0]).isInstanceOfAny(FormatException.class, DictKey.class);
    assertThat(KeyCodec.dictKey(key)).isEqualTo(KeyCodec.dictKey(nestedSets(190)));
  }

  private static Object nestedSets(int depth) {
    Object key = "leaf";
    for (int i = 0; i < depth; i++) {
      key = Set.of(key);
    }
    return key;
  }

  /** Its text, hash code and tree of parts are larger than any memory. */
  private static Object shared(int levels) {
    Object part = "leaf";
    for (int i = 0; i < levels; i++) {
      part = i % 2 == 0 ? List.of(part, part) : new Object[] {part, part, part};
    }
    return part;
  }

  @Test
  void keysThatHoldOnePartManyTimesTakeTimeByTheirSize() {
    Cache<Object, Integer> cache = open(provider, directory, "shared");
    for (Object key : List.of(shared(150), new KeyMaker.Pair(1, shared(140), List.of()))) {
      cache.put(key, 1);
      assertThat(cache.get(key)).isEqualTo(1);
      assertThat(cache.<Integer>invoke(key, (entry, arguments) -> entry.getValue())).isEqualTo(1);
      assertThat(cache.remove(key)).isTrue();
    }
    cache.put(shared(150), 2);
    assertThat(cache.get(shared(150))).as("as another object").isEqualTo(2);
  }

  // ---- keys for which no name can be promised

  /** Has no equals of its own. */
  private static final class Plain implements Serializable {
    private static final long serialVersionUID = 1L;
  }

  private static Stream<Arguments> impossible() throws IOException {
    List<Object> cyclic = new ArrayList<>();
    cyclic.add(cyclic);
    Map<String, Object> wide = new HashMap<>();
    wide.put("a", List.of(wide));
    wide.put("b", wide);
    return Stream.of(
        arguments(new Plain(), "no equals"),
        arguments(new KeyMaker.Pair(1, new Plain(), List.of()), "no equals"),
        arguments(List.of(new StringBuilder("text")), "no equals"),
        arguments(new AtomicInteger(1), "no equals"),
        arguments(new KeyMaker.Arguments((Object) new Object[] {new Plain()}), "no equals"),
        arguments(new ArrayList<>(List.of(1, 2)).subList(0, 1), "Serializable"),
        arguments(Optional.of(1), "Serializable"),
        arguments(new KeyMaker.Pair(Optional.of(1), 2, List.of()), "Serializable"),
        arguments(Locale.LanguageRange.parse("de").get(0), "Serializable"),
        arguments(new URL("http://host.invalid/path"), "use java.net.URI"),
        arguments(List.of(1, new URL("http://host.invalid/")), "use java.net.URI"),
        arguments(
            new KeyMaker.Pair(1, new URL("http://host.invalid/"), List.of()), "use java.net.URI"),
        arguments(cyclic, "contains itself"),
        arguments(wide, "contains itself"));
  }

  @ParameterizedTest
  @MethodSource("impossible")
  void whatCannotBeAKeyIsRefusedAndNothingStored(Object key, String reason) throws Exception {
    Cache<Object, Integer> cache = open(provider, directory, "refusing");
    List<Path> before = files();
    List<ThrowingCallable> calls =
        List.of(
            () -> cache.put(key, 1),
            () -> cache.get(key),
            () -> cache.containsKey(key),
            () -> cache.putIfAbsent(key, 1),
            () -> cache.remove(key),
            () -> cache.invoke(key, (entry, arguments) -> null));
    for (ThrowingCallable call : calls) {
      assertThatExceptionOfType(CacheException.class)
          .isThrownBy(call)
          .withMessageContaining(reason);
    }
    assertThat(files()).isEqualTo(before);
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(file -> !file.getFileName().toString().equals(".__lock__")).toList();
    }
  }

  @Test
  void aKeyClassThatIsNotAllowedIsNamed() {
    Cache<LocalTime, Integer> allowed =
        provider
            .getCacheManager(directory.toUri(), null)
            .createCache("allowed", types(LocalTime.class));
    allowed.put(LocalTime.NOON, 1);
    Cache<Object, Integer> cache =
        provider
            .getCacheManager(directory.toUri(), null)
            .createCache("declared", types(Object.class));
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(() -> cache.put(new KeyMaker.Point(1, 2, "three"), 1))
        .withMessageContainingAll(KeyMaker.Point.class.getName(), "persidict.serial-filter");
    Cache<KeyMaker.Point, Integer> points =
        provider
            .getCacheManager(directory.toUri(), null)
            .createCache("points", types(KeyMaker.Point.class));
    points.put(new KeyMaker.Point(1, 2, "three"), 1);
    assertThat(points.get(new KeyMaker.Point(1, 2, "three"))).isEqualTo(1);
  }

  private static <K> MutableConfiguration<K, Integer> types(Class<K> keyType) {
    return new MutableConfiguration<K, Integer>().setTypes(keyType, Integer.class);
  }
}
