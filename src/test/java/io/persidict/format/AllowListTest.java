package io.persidict.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayOutputStream;
import java.io.Externalizable;
import java.io.ObjectInput;
import java.io.ObjectOutput;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Calendar;
import java.util.Collections;
import java.util.Comparator;
import java.util.GregorianCalendar;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Properties;
import java.util.Set;
import java.util.SimpleTimeZone;
import java.util.TimeZone;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What may be stored without being declared, and what a gadget made of it does: nothing. */
final class AllowListTest {
  private final SerialFormat<Object> format =
      new SerialFormat<>(
          Object.class, new AllowList(List.of(), ""), AllowListTest.class.getClassLoader());

  private static byte[] serialized(Object value) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(value);
    }
    return bytes.toByteArray();
  }

  static Stream<Object> equalValues() throws Exception {
    Timestamp timestamp = new Timestamp(1_700_000_000_123L);
    timestamp.setNanos(123_456_789);
    Set<String> setFromMap = Collections.newSetFromMap(new ConcurrentHashMap<>());
    setFromMap.add("a");
    Properties properties = new Properties();
    properties.setProperty("a", "b");
    Calendar calendar = new GregorianCalendar(TimeZone.getTimeZone("Europe/Berlin"));
    return Stream.of(
        timestamp,
        new java.sql.Date(0),
        new java.sql.Time(1),
        calendar,
        Calendar.getInstance(Locale.forLanguageTag("th-TH-u-ca-buddhist")),
        Calendar.getInstance(Locale.forLanguageTag("ja-JP-u-ca-japanese")),
        TimeZone.getTimeZone("UTC"),
        TimeZone.getTimeZone("America/New_York"),
        new SimpleTimeZone(3_600_000, "own"),
        new ConcurrentHashMap<>(Map.of("a", List.of(timestamp))),
        new ConcurrentSkipListMap<>(Map.of("a", 1)),
        new ConcurrentSkipListSet<>(List.of("a")),
        new CopyOnWriteArrayList<>(List.of(1, 2)),
        new CopyOnWriteArraySet<>(List.of(1, 2)),
        Collections.synchronizedList(new ArrayList<>(List.of(1))),
        Collections.synchronizedMap(new TreeMap<>(Map.of("a", 1))),
        Collections.synchronizedSet(new HashSet<>(Set.of(1))),
        Collections.nCopies(1000, "x"),
        setFromMap,
        properties,
        TimeUnit.DAYS);
  }

  @ParameterizedTest
  @MethodSource("equalValues")
  void whatJavaPeopleStoreIsReadAgain(Object value) {
    assertThat(format.decode(format.encode(value))).isEqualTo(value).hasSameClassAs(value);
  }

  @Test
  void whatIsComparedAsObjectsIsReadAgain() throws Exception {
    assertThat(again(new AtomicLong(3))).hasToString("3");
    assertThat(again(new AtomicReference<>(List.of(1)))).hasToString("[1]");
    LongAdder adder = new LongAdder();
    adder.add(5);
    assertThat(again(adder)).hasToString("5");
    assertThat(again(new ConcurrentLinkedDeque<>(List.of(1, 2)))).hasToString("[1, 2]");
    assertThat(again(new PriorityQueue<>(List.of(2, 1)))).hasToString("[1, 2]");
    assertThat(again(new URL("http://host.invalid/x"))).hasToString("http://host.invalid/x");
    SQLException failure = new SQLException("reason", "08001", 7);
    failure.setNextException(new SQLException("next"));
    SQLException read = (SQLException) again(failure);
    assertThat(read.getSQLState()).isEqualTo("08001");
    assertThat(read.getNextException().getMessage()).isEqualTo("next");
  }

  private Object again(Object value) {
    return format.decode(format.encode(value));
  }

  /** A name server that is never asked: its answer would be an error here. */
  @Test
  void aUrlIsNoKeySinceThatWouldAskANameServer() throws Exception {
    URL url = new URL("http://host.invalid/");
    Map<Object, Object> map = new HashMap<>();
    map.put(url, 1);
    for (Object value :
        List.of(
            map,
            Set.of(url),
            new HashSet<>(List.of(List.of(url))),
            new ConcurrentHashMap<>(map),
            Map.of(List.of(new URL[] {url}[0]), 1))) {
      byte[] bytes = serialized(value);
      assertThatExceptionOfType(FormatException.class)
          .isThrownBy(() -> format.decode(bytes))
          .withMessageContaining("name server");
      assertThatExceptionOfType(FormatException.class)
          .isThrownBy(() -> format.encode(value))
          .withMessageContaining("java.net.URI");
    }
    Object harmless = Map.of("home", List.of(url));
    assertThat(again(harmless)).hasToString("{home=[http://host.invalid/]}");
    assertThat(again(Set.of(URI.create("http://host.invalid/")))).isInstanceOf(Set.class);
  }

  @Test
  void comparatorsAndOtherFunctionsAreNeverRead() throws Exception {
    Comparator<Object> evil =
        (Comparator<Object> & Serializable)
            (one, other) -> {
              throw new AssertionError("a comparator of the stream ran");
            };
    TreeMap<String, Object> map = new TreeMap<>(Comparator.reverseOrder());
    map.put("a", 1);
    assertThat(again(map)).isEqualTo(map);
    for (Object value :
        List.of(
            new TreeMap<>(evil),
            new PriorityQueue<>(evil),
            new ConcurrentSkipListMap<>(evil),
            Collections.checkedList(new ArrayList<>(List.of("a")), String.class),
            new LinkedBlockingQueue<>(List.of(1)))) {
      byte[] bytes = serialized(value);
      assertThatExceptionOfType(FormatException.class).isThrownBy(() -> format.decode(bytes));
      assertThatExceptionOfType(FormatException.class).isThrownBy(() -> format.encode(value));
    }
  }

  @Test
  void aChangedMapOfIsOneFault() throws Exception {
    byte[] bytes = serialized(Map.of("a", 1, "b", 2));
    String text = new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1);
    bytes[text.lastIndexOf('b')] = 'a'; // two equal keys
    assertThatExceptionOfType(FormatException.class).isThrownBy(() -> format.decode(bytes));
  }

  // ---- what could be written, but not be read

  public static class NoDefault {
    final int x;

    NoDefault(int x) {
      this.x = x;
    }
  }

  static final class Child extends NoDefault implements Serializable {
    private static final long serialVersionUID = 1L;

    Child() {
      super(1);
    }
  }

  static final class HiddenExternal implements Externalizable {
    private static final long serialVersionUID = 1L;

    HiddenExternal(int x) {}

    @Override
    public void writeExternal(ObjectOutput out) {}

    @Override
    public void readExternal(ObjectInput in) {}
  }

  @Test
  void aClassWithoutTheConstructorThatReadingNeedsIsRefused() {
    for (Object value : Arrays.asList(new Child(), new HiddenExternal(1))) {
      SerialFormat<Object> declared =
          new SerialFormat<>(
              Object.class,
              new AllowList(List.of(value.getClass()), ""),
              AllowListTest.class.getClassLoader());
      assertThatExceptionOfType(FormatException.class)
          .isThrownBy(() -> declared.encode(value))
          .withMessageContaining("constructor");
    }
  }

  record Loaded(String name) implements Serializable {}

  @Test
  void aClassThatTheReadersLoaderDoesNotFindIsRefusedOrFoundByTheDeclaredType() {
    ClassLoader bare = ClassLoader.getPlatformClassLoader();
    AllowList allowList = new AllowList(List.of(Loaded.class), "");
    assertThatExceptionOfType(FormatException.class)
        .isThrownBy(() -> new SerialFormat<>(Object.class, allowList, bare).encode(new Loaded("x")))
        .withMessageContaining("not found")
        .withMessageContaining(Loaded.class.getName());
    SerialFormat<Loaded> typed = new SerialFormat<>(Loaded.class, allowList, bare);
    assertThat(typed.decode(typed.encode(new Loaded("x")))).isEqualTo(new Loaded("x"));
  }

  @TempDir Path directory;

  public static class Base implements Serializable {
    private static final long serialVersionUID = 1L;
  }

  public static final class Derived extends Base {
    private static final long serialVersionUID = 1L;
    final String text = "x";
  }

  /** Finds all classes but the one that vanished. */
  @Test
  void aSuperclassThatVanishedIsOneFault() throws Exception {
    Path base = directory.resolve(Base.class.getName().replace('.', '/') + ".class");
    Files.createDirectories(base.getParent());
    for (Class<?> type : List.of(Derived.class, Base.class)) {
      Path file = directory.resolve(type.getName().replace('.', '/') + ".class");
      try (var in = type.getResourceAsStream("/" + type.getName().replace('.', '/') + ".class")) {
        Files.copy(java.util.Objects.requireNonNull(in), file);
      }
    }
    byte[] bytes = serialized(new Derived());
    Files.delete(base);
    try (URLClassLoader partial =
        new URLClassLoader(
            new URL[] {directory.toUri().toURL()}, ClassLoader.getPlatformClassLoader())) {
      SerialFormat<Object> reader =
          new SerialFormat<>(
              Object.class, new AllowList(List.of(), "io.persidict.format.**"), partial);
      assertThatExceptionOfType(FormatException.class)
          .isThrownBy(() -> reader.decode(bytes))
          .withMessageContaining("not on the class path");
    }
  }
}
