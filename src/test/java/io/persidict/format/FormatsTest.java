package io.persidict.format;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.ByteArrayOutputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.lang.constant.Constable;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;
import javax.sql.rowset.serial.SerialBlob;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class FormatsTest {
  private static <V> Format<V> format(String extension, Class<V> type, String... patterns) {
    return Formats.of(
        extension,
        type,
        new AllowList(List.of(type), String.join(";", patterns)),
        FormatsTest.class.getClassLoader());
  }

  private static <V> V again(Format<V> format, V value) {
    return format.decode(format.encode(value));
  }

  @Test
  void anExtensionStandsForAFormat() {
    for (String extension : List.of("json", "pkl", "jser", "txt", "csv", "html")) {
      assertThat(format(extension, String.class).extension()).isEqualTo(extension);
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> format("txt", Integer.class))
        .withMessageContaining("holds java.lang.String, not java.lang.Integer");
  }

  @Nested
  final class Text {
    @ParameterizedTest
    @ValueSource(strings = {"", "plain", "line1\nline2\ttab\r\n", "na\u00efve \u2603 \ud83d\ude00"})
    void keepsStrings(String text) {
      Format<String> format = format("txt", String.class);
      assertThat(format.encode(text)).isEqualTo(text.getBytes(UTF_8));
      assertThat(again(format, text)).isEqualTo(text);
    }

    @Test
    void refusesWhatIsNotUtf8() {
      Format<String> format = format("txt", String.class);
      assertThatExceptionOfType(FormatException.class)
          .isThrownBy(() -> format.decode(new byte[] {(byte) 0xff}));
      assertThatExceptionOfType(FormatException.class).isThrownBy(() -> format.encode("\ud83d"));
    }
  }

  @Nested
  final class Json {
    static Stream<Object> plainValues() {
      Map<String, Object> nested = new LinkedHashMap<>();
      nested.put("b", Arrays.asList(true, null, 1.25));
      nested.put("a", Map.of());
      nested.put("", "empty name");
      return Stream.of(
          NullValue.NULL,
          true,
          0L,
          -17L,
          4611686018427387904L,
          new BigInteger("-9223372036854775809"),
          3.5,
          -0.0,
          1e308,
          Double.NaN,
          Double.NEGATIVE_INFINITY,
          "",
          "na\u00efve \u2603 \ud83d\ude00 \u0000\u001f\u2028",
          "half a pair \ud83d",
          List.of(),
          List.of(1L, List.of("x")),
          nested);
    }

    @ParameterizedTest
    @MethodSource("plainValues")
    void keepsPlainValues(Object value) {
      byte[] json = format("json", Object.class).encode(value);
      assertThat(json).as("ASCII").doesNotContain((byte) -1);
      for (byte b : json) {
        assertThat(b).isNotNegative();
      }
      assertThat(again(format("json", Object.class), value)).isEqualTo(value);
    }

    @Test
    void isWrittenAsThePythonOriginalWritesIt() {
      Format<Object> format = format("json", Object.class);
      Map<String, Object> value = new LinkedHashMap<>();
      value.put("a", 1);
      value.put("b", Map.of("c", Arrays.asList(true, null, 1.25)));
      assertThat(new String(format.encode(value), UTF_8))
          .isEqualTo(
              """
              {
                  "a": 1,
                  "b": {
                      "c": [
                          true,
                          null,
                          1.25
                      ]
                  }
              }\
              """);
      assertThat(new String(format.encode(List.of()), UTF_8)).isEqualTo("[]");
      assertThat(new String(format.encode(Map.of()), UTF_8)).isEqualTo("{}");
      assertThat(new String(format.encode(NullValue.NULL), UTF_8)).isEqualTo("null");
    }

    static Stream<Object> otherValues() {
      return Stream.of(
          1.5f,
          new BigDecimal("1.5"),
          Instant.EPOCH,
          Set.of(Set.of()),
          Set.of(Map.of()),
          new int[] {1},
          Map.of(LocalDate.EPOCH, 2),
          Map.of(List.of(), 2),
          Map.of(1, 2, "1", 3),
          Map.of("py/tuple", List.of()),
          BigInteger.TEN.pow(4300),
          LocalDate.of(10_000, 1, 1),
          List.of(List.of(NullValue.NULL)));
    }

    static Stream<Object> richValues() {
      LocalDateTime time = LocalDateTime.of(2026, 1, 2, 3, 4, 5, 678_901_000);
      return Stream.of(
          Set.of(1L, "x", List.of(1L, List.of(2L))),
          Set.of(),
          new byte[] {0, -1, 'a'},
          LocalDate.of(2026, 1, 2),
          time,
          time.atOffset(ZoneOffset.UTC),
          time.atOffset(ZoneOffset.ofHoursMinutes(-3, -30)),
          List.of(time, Map.of("day", LocalDate.EPOCH), Set.of(time)),
          BigInteger.TEN.pow(4299));
    }

    @ParameterizedTest
    @MethodSource("richValues")
    void keepsWhatOnlyPythonsJsonpickleHasAFormFor(Object value) {
      assertThat(again(format("json", Object.class), value))
          .usingRecursiveComparison()
          .isEqualTo(value);
    }

    @Test
    void writesWhatJsonpickleWrites() {
      Format<Object> format = format("json", Object.class);
      assertThat(compact(format.encode(new byte[] {0, -1, 'a', 'b', 'c'})))
          .isEqualTo("{'py/b64':'AP9hYmM='}");
      assertThat(compact(format.encode(Set.of(List.of(1, 2)))))
          .isEqualTo("{'py/set':[{'py/tuple':[1,2]}]}");
      assertThat(compact(format.encode(LocalDate.of(2020, 1, 2))))
          .isEqualTo(
              "{'py/object':'datetime.date','__reduce__':[{'py/type':'datetime.date'},"
                  + "['B+QBAg==']]}");
      Map<Object, Object> keys = new LinkedHashMap<>();
      for (Object key :
          Arrays.asList(
              2, -1L, null, true, 2.5, -0.0, 1e16, 1e15, 1.5e-7, 0.0001, 5e-324, 1e308, 0x1p-44)) {
        keys.put(key, 0);
      }
      keys.put(Double.POSITIVE_INFINITY, 0);
      assertThat(compact(format.encode(keys)).replace(":0", "").replace("'", ""))
          .isEqualTo(
              "{2,-1,null,True,2.5,-0.0,1e+16,1000000000000000.0,1.5e-07,0.0001,5e-324,1e+308,5.684341886080802e-14,inf}");
    }

    private static String compact(byte[] json) {
      return new String(json, UTF_8).replaceAll("\\s", "").replace('"', '\'');
    }

    @Test
    void readsReferencesAsJsonpickleWritesThem() {
      Format<Object> format = format("json", Object.class);
      List<Object> one = List.of(1L);
      assertThat(decode(format, "[[1], {'py/id': 1}]")).isEqualTo(List.of(one, one));
      assertThat(decode(format, "{'a': [1], 'b': {'py/id': 1}}"))
          .isEqualTo(Map.of("a", one, "b", one));
      assertThat(decode(format, "{'py/tuple': [[1], {'py/id': 0}]}")).isEqualTo(List.of(one, one));
      assertThat(decode(format, "[{'py/set': []}, {'py/tuple': [1]}, [1], {'py/id': 1}]"))
          .isEqualTo(List.of(Set.of(), one, one, one));
      String day =
          "{'py/object':'datetime.date','__reduce__':[{'py/type':'datetime.date'},['B+QBAg==']]}";
      assertThat(decode(format, "[" + day + ", [1], {'py/id': 2}, {'py/id': 1}]"))
          .isEqualTo(List.of(LocalDate.of(2020, 1, 2), one, one, LocalDate.of(2020, 1, 2)));
    }

    private static Object decode(Format<Object> format, String text) {
      return format.decode(text.replace('\'', '"').getBytes(UTF_8));
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "{'py/object': 'os.system', '__reduce__': [{'py/type': 'os.system'}, ['B+QBAg==']]}",
          "{'py/object': 'datetime.date'}",
          "{'py/object': 'datetime.date', '__reduce__': [{'py/type': 'datetime.date'}, ['!']]}",
          "{'py/object': 'datetime.date', '__reduce__': [{'py/type': 'datetime.date'}, ['AA==']]}",
          "{'py/object': 'datetime.date', '__reduce__': [{'py/type': 'x'}, ['B+QBAg==']]}",
          "{'py/reduce': [{'py/type': 'os.system'}, {'py/tuple': ['true']}]}",
          "{'py/reduce': [{'py/type': 'datetime.timedelta'}, {'py/tuple': [0, 0, 0]}]}",
          "{'py/reduce': []}",
          "{'py/type': 'datetime.date'}",
          "{'py/function': 'os.system'}",
          "{'py/repr': 'os/os.system(1)'}",
          "{'py/bytea': 'x'}",
          "{'py/set': [[1]]}",
          "{'py/set': 1}",
          "{'py/b64': 1}",
          "{'py/b64': '*'}",
          "[{'py/id': 0}]",
          "[{'py/id': 5}]",
          "[{'py/id': -1}]",
          "[{'py/id': 'x'}]"
        })
    void refusesOtherPythonObjects(String text) {
      assertThatExceptionOfType(FormatException.class)
          .isThrownBy(() -> decode(format("json", Object.class), text))
          .withMessageStartingWith("it");
    }

    @Test
    void refusesWhatReferencesNestTooDeep() {
      StringBuilder text = new StringBuilder("[[]");
      for (int i = 1; i < 1000; i++) {
        text.append(", [{'py/id': ").append(i).append("}]");
      }
      assertThatExceptionOfType(FormatException.class)
          .isThrownBy(() -> decode(format("json", Object.class), text + "]"))
          .withMessageContaining("deeper than 500");
    }

    @ParameterizedTest
    @MethodSource("otherValues")
    void refusesValuesThatWouldNotComeBack(Object value) {
      assertThatExceptionOfType(FormatException.class)
          .isThrownBy(() -> format("json", Object.class).encode(value));
    }

    record Person(String name, LocalDate born, List<String> tags) {}

    @Test
    void bindsToADeclaredClass() {
      Person person = new Person("Ada", LocalDate.of(1815, 12, 10), List.of("x"));
      assertThat(again(format("json", Person.class), person)).isEqualTo(person);
      assertThat(again(format("json", Integer.class), 5)).isEqualTo(5);
      assertThatExceptionOfType(FormatException.class)
          .isThrownBy(() -> format("json", Person.class).decode("null".getBytes(UTF_8)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "{", "[1,", "{\"a\":1}}", "1 2", "nul", "\u0000", "'a'"})
    void refusesWhatIsNotJson(String text) {
      assertThatExceptionOfType(FormatException.class)
          .isThrownBy(() -> format("json", Object.class).decode(text.getBytes(UTF_8)));
    }

    @Test
    void bombsCostOneBoundedError() {
      assertThatExceptionOfType(FormatException.class)
          .isThrownBy(
              () -> format("json", Object.class).decode("[".repeat(10_000_000).getBytes(UTF_8)));
      List<Object> cyclic = new ArrayList<>();
      cyclic.add(cyclic);
      assertThatExceptionOfType(FormatException.class)
          .isThrownBy(() -> format("json", Object.class).encode(cyclic));
    }
  }

  /** Numbers of each class, declared as each class that they are of. */
  @Nested
  final class Numbers {
    private static final BigInteger MIN = BigInteger.valueOf(Long.MIN_VALUE);
    private static final BigInteger MAX = BigInteger.valueOf(Long.MAX_VALUE);

    static Stream<Number> numbers() {
      Stream<Number> whole =
          Stream.of(
                  BigInteger.ZERO,
                  BigInteger.valueOf(5),
                  BigInteger.ONE.negate(),
                  BigInteger.valueOf(Integer.MIN_VALUE),
                  BigInteger.valueOf(Integer.MAX_VALUE).add(BigInteger.ONE),
                  MIN,
                  MIN.subtract(BigInteger.ONE),
                  MIN.add(BigInteger.ONE),
                  MAX,
                  MAX.add(BigInteger.ONE),
                  MAX.subtract(BigInteger.ONE),
                  BigInteger.TEN.pow(4299),
                  BigInteger.TEN.pow(4300))
              .flatMap(FormatsTest.Numbers::ofEachClass);
      return Stream.concat(
          whole,
          Stream.of(
              -0.0,
              0.1,
              1e22,
              Double.MIN_VALUE,
              Double.MAX_VALUE,
              Double.NaN,
              Double.NEGATIVE_INFINITY,
              -0f,
              0.1f,
              Float.MIN_VALUE,
              Float.MAX_VALUE,
              Float.NaN,
              Float.POSITIVE_INFINITY,
              new BigDecimal("1.00"),
              new BigDecimal("1E+2"),
              new BigDecimal("0E-10"),
              new BigDecimal("1E+400"),
              new BigDecimal("-0.123456789123456789123456789")));
    }

    /** The same number of all classes, rounded or cut where it does not fit. */
    private static Stream<Number> ofEachClass(BigInteger number) {
      LongAdder adder = new LongAdder();
      adder.add(number.longValue());
      return Stream.of(
          number,
          new BigDecimal(number),
          number.byteValue(),
          number.shortValue(),
          number.intValue(),
          number.longValue(),
          number.floatValue(),
          number.doubleValue(),
          new AtomicInteger(number.intValue()),
          new AtomicLong(number.longValue()),
          adder);
    }

    @ParameterizedTest
    @ValueSource(strings = {"json", "cbor", "pkl", "jser", "json+zstd", "pkl+lz4"})
    void areReadAsWhatTheyWereOrRefusedWhenTheyAreWritten(String id) {
      Set<Class<?>> kept = new HashSet<>();
      numbers()
          .forEach(
              number -> {
                Class<?> own = number.getClass();
                if (isKept(id, own, number)) {
                  kept.add(own);
                }
                for (Class<?> type :
                    List.of(
                        Object.class,
                        Number.class,
                        Comparable.class,
                        Serializable.class,
                        Constable.class)) {
                  if (type.isInstance(number)) {
                    isKept(id, type, number);
                  }
                }
              });
      assertThat(kept).contains(Long.class, BigInteger.class, Double.class);
      if (!id.startsWith("pkl")) {
        assertThat(kept)
            .contains(Byte.class, Short.class, Integer.class, Float.class, BigDecimal.class);
      }
    }

    private static <V> boolean isKept(String id, Class<V> type, Number number) {
      byte[] bytes;
      Format<V> format;
      try {
        format = format(id, type);
        bytes = format.encode(type.cast(number));
      } catch (IllegalArgumentException | FormatException e) {
        return false;
      }
      assertThat(format.decode(bytes))
          .as("%s of %s as %s", number, number.getClass(), type)
          .isInstanceOf(type)
          .extracting(String::valueOf)
          .isEqualTo(number.toString());
      return true;
    }
  }

  @Nested
  final class Serialization {
    enum Colour {
      RED,
      GREEN {
        @Override
        public String toString() {
          return "a constant with a body";
        }
      }
    }

    record Point(int x, int y) implements Serializable {}

    static Stream<Object> jdkValues() {
      return Stream.of(
          "text",
          'c',
          1,
          2L,
          1.5f,
          -0.0,
          (short) 3,
          (byte) 4,
          true,
          new BigInteger("123456789012345678901234567890"),
          new BigDecimal("1.50"),
          UUID.randomUUID(),
          Instant.now(),
          Duration.ofMillis(7),
          LocalDate.now(),
          ZonedDateTime.now(),
          java.time.DayOfWeek.MONDAY,
          URI.create("https://example.org/"),
          Locale.GERMANY,
          new java.util.Date(),
          List.of(1, 2, 3),
          Set.of(1, 2),
          Map.of("a", List.of()),
          Arrays.asList(1, null),
          new ArrayList<>(List.of(1)),
          new HashMap<>(Map.of(1, 2)),
          new HashSet<>(List.of(1)),
          new TreeMap<>(Map.of("b", 1)),
          new TreeMap<String, Integer>(String.CASE_INSENSITIVE_ORDER),
          Collections.unmodifiableMap(new HashMap<>(Map.of(1, 2))),
          Collections.emptyList(),
          EnumSet.of(java.time.DayOfWeek.MONDAY),
          new EnumMap<>(Map.of(java.time.Month.MAY, 1)));
    }

    @ParameterizedTest
    @MethodSource("jdkValues")
    void keepsTheValueTypesOfTheJdk(Object value) {
      assertThat(again(format("jser", Object.class), value)).isEqualTo(value);
    }

    @Test
    void keepsArrays() {
      assertThat((int[]) again(format("jser", Object.class), (Object) new int[] {1, 2}))
          .containsExactly(1, 2);
      assertThat((Object[]) again(format("jser", Object.class), (Object) new Object[] {"a", 1}))
          .containsExactly("a", 1);
    }

    static Stream<Object> loneValues() {
      return Stream.of(
          "",
          "plain",
          "x".repeat(0xffff),
          "x".repeat(0x10000),
          "\u0000",
          "\u007f",
          "\u0080",
          "na\u00efve \ud83d\ude00 \ud83d",
          new byte[0],
          new byte[1024],
          new byte[] {-1, 0, 1});
    }

    @ParameterizedTest
    @MethodSource("loneValues")
    void shortcutsWriteAndReadWhatJavaSerializationDoes(Object value) throws Exception {
      Format<Object> format = format("jser", Object.class);
      assertThat(format.encode(value)).isEqualTo(serialized(value));
      assertThat(format.decode(serialized(value))).isEqualTo(value);
    }

    @Test
    void keepsDeclaredClassesAndThoseOfThePatterns() {
      assertThat(again(format("jser", Point.class), new Point(1, 2))).isEqualTo(new Point(1, 2));
      assertThat(again(format("jser", Colour.class), Colour.GREEN)).isEqualTo(Colour.GREEN);
      assertThat(again(format("jser", Object.class, "io.persidict.**"), List.of(new Point(1, 2))))
          .isEqualTo(List.of(new Point(1, 2)));
    }

    static final class OwnException extends java.io.IOException {
      private static final long serialVersionUID = 1L;
    }

    @Test
    void keepsExceptionsOfTheJdkAndDeclaredOnes() {
      Exception thrown = new IllegalStateException("why", new java.io.IOException("because"));
      thrown.addSuppressed(new java.util.NoSuchElementException());
      Throwable again = (Throwable) again(format("jser", Object.class), thrown);
      assertThat(again).isInstanceOf(IllegalStateException.class).hasMessage("why");
      assertThat(again.getStackTrace()).isEqualTo(thrown.getStackTrace());
      assertThat(again).hasCauseInstanceOf(java.io.IOException.class);
      assertThat(again.getSuppressed())
          .singleElement()
          .isInstanceOf(java.util.NoSuchElementException.class);
      assertThat(again(format("jser", OwnException.class), new OwnException()))
          .isInstanceOf(OwnException.class);
      assertThatExceptionOfType(FormatException.class)
          .isThrownBy(() -> format("jser", Object.class).encode(new OwnException()))
          .withMessageContaining(OwnException.class.getName());
    }

    @Test
    void refusesOtherClassesWhenTheyAreWritten() {
      assertThatExceptionOfType(FormatException.class)
          .isThrownBy(() -> format("jser", Object.class).encode(List.of(new Point(1, 2))))
          .withMessageContaining(Point.class.getName())
          .withMessageEndingWith("persidict.serial-filter, such as io.persidict.format.*");
      assertThatExceptionOfType(FormatException.class)
          .isThrownBy(() -> format("jser", Object.class).encode((Runnable & Serializable) () -> {}))
          .withMessageContaining("SerializedLambda")
          .withMessageEndingWith("persidict.serial-filter");
      assertThatExceptionOfType(FormatException.class)
          .isThrownBy(() -> format("jser", Object.class).encode(new SerialBlob(new byte[1])))
          .withMessageContaining("SerialBlob")
          .withMessageEndingWith("persidict.serial-filter");
      assertThatExceptionOfType(FormatException.class)
          .isThrownBy(() -> format("jser", Object.class, "!java.util.**").encode(List.of(1)));
      assertThatExceptionOfType(FormatException.class)
          .isThrownBy(() -> format("jser", Object.class).encode(new Object()))
          .withMessageContaining("not java.io.Serializable");
      InvocationHandler handler = (proxy, method, arguments) -> null;
      Object proxy =
          Proxy.newProxyInstance(
              getClass().getClassLoader(), new Class<?>[] {Serializable.class}, handler);
      assertThatExceptionOfType(FormatException.class)
          .isThrownBy(() -> format("jser", Object.class).encode(proxy));
    }

    /** Tells whether it was ever brought to life from bytes. */
    static final class Gadget implements Serializable {
      private static final long serialVersionUID = 1L;
      static boolean instantiated;

      private void readObject(java.io.ObjectInputStream in) {
        instantiated = true;
      }
    }

    private static byte[] serialized(Object value) throws Exception {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
        out.writeObject(value);
      }
      return bytes.toByteArray();
    }

    @Test
    void stringsAndBytesAreAsJavaSerializesThem() throws Exception {
      for (Object value : List.of("", "text", "\u00fc\u0000", new byte[0], new byte[] {1, 2})) {
        assertThat(format("jser", Object.class).encode(value)).isEqualTo(serialized(value));
      }
    }

    private static byte[] serializedOnALargeStack(Object value) throws Exception {
      FutureTask<byte[]> task = new FutureTask<>(() -> serialized(value));
      new Thread(null, task, "deep", 64 << 20).start();
      return task.get();
    }

    @Test
    void readsNoOtherClass() throws Exception {
      byte[] bytes = serialized(new ArrayList<>(List.of(new Gadget())));
      assertThatExceptionOfType(FormatException.class)
          .isThrownBy(() -> format("jser", Object.class).decode(bytes));
      assertThat(Gadget.instantiated).isFalse();
      format("jser", Object.class, "io.persidict.**").decode(bytes);
      assertThat(Gadget.instantiated).as("the gadget works").isTrue();
    }

    @Test
    void readsOnlyTheDeclaredType() throws Exception {
      assertThatExceptionOfType(FormatException.class)
          .isThrownBy(() -> format("jser", String.class).decode(serialized(1)))
          .withMessageContaining("holds a java.lang.Integer, not a java.lang.String");
    }

    @Test
    void refusesTruncatedAndForeignBytes() throws Exception {
      byte[] whole = serialized(new ArrayList<>(List.of("a", "b")));
      for (int length = 0; length < whole.length; length++) {
        byte[] part = Arrays.copyOf(whole, length);
        assertThatExceptionOfType(FormatException.class)
            .isThrownBy(() -> format("jser", Object.class).decode(part));
      }
    }

    @Test
    void bombsCostOneBoundedError() throws Exception {
      Object nested = "core";
      for (int i = 0; i < 600; i++) {
        nested = new ArrayList<>(List.of(nested));
      }
      byte[] deep = serializedOnALargeStack(nested);
      assertThatExceptionOfType(FormatException.class)
          .isThrownBy(() -> format("jser", Object.class).decode(deep));
      byte[] array = serialized(new long[16]);
      int lengthAt = array.length - 16 * 8 - 4;
      array[lengthAt] = 0x7f;
      assertThatExceptionOfType(FormatException.class)
          .isThrownBy(() -> format("jser", Object.class).decode(array));
    }
  }
}
