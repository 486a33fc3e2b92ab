package io.persidict.format;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayOutputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.math.BigInteger;
import java.util.AbstractMap;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** That a value costs what its bytes are worth, when it is read and when it is used. */
@Timeout(value = 10, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class BoundedValuesTest {
  /** Two to this power is more than a computer counts to. */
  private static final int LEVELS = 60;

  private record Pair(Object one, Object other) implements Serializable {}

  /** A value that is compared as an object, not by content. */
  private static final class Person implements Serializable {
    private static final long serialVersionUID = 1L;
    final List<Person> friends = new ArrayList<>();
  }

  /** Writes itself without its fields, which the rules forbid and some classes do. */
  private static final class Own implements Serializable {
    private static final long serialVersionUID = 1L;
    private int x;
    private String text = "";

    private void writeObject(ObjectOutputStream out) throws java.io.IOException {
      out.writeInt(x);
      out.writeObject(text);
    }

    private void readObject(java.io.ObjectInputStream in) throws Exception {
      x = in.readInt();
      text = (String) in.readObject();
    }
  }

  private static SerialFormat<Object> serial(Class<?>... declared) {
    return new SerialFormat<>(
        Object.class,
        new AllowList(List.of(declared), ""),
        BoundedValuesTest.class.getClassLoader());
  }

  private static Format<Object> format(String extension) {
    return Formats.of(
        extension,
        Object.class,
        new AllowList(List.of(), ""),
        BoundedValuesTest.class.getClassLoader());
  }

  private static byte[] serialized(Object value) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(value);
    }
    return bytes.toByteArray();
  }

  private static void assertRefused(Format<Object> format, byte[] bytes) {
    assertThatExceptionOfType(FormatException.class).isThrownBy(() -> format.decode(bytes));
  }

  private static Object doubled(Object leaf, int levels, UnaryOperator<Object> twice) {
    Object value = leaf;
    for (int i = 0; i < levels; i++) {
      value = twice.apply(value);
    }
    return value;
  }

  /** All that was doubled so often that it counts as too much. */
  static Stream<Arguments> twice() {
    Map<String, UnaryOperator<Object>> ways = new LinkedHashMap<>();
    ways.put("ArrayList", x -> new ArrayList<>(Arrays.asList(x, x)));
    ways.put("LinkedList", x -> new LinkedList<>(Arrays.asList(x, x)));
    ways.put("Arrays.asList", x -> Arrays.asList(x, x));
    ways.put("List.of", x -> List.of(x, x));
    ways.put("ArrayDeque", x -> new ArrayDeque<>(Arrays.asList(x, x)));
    ways.put("nCopies", x -> Collections.nCopies(2, x));
    ways.put("array", x -> new Object[] {x, x});
    ways.put("HashMap", x -> new HashMap<>(Map.of("a", x, "b", x)));
    ways.put("Map.of", x -> Map.of("a", x, "b", x));
    ways.put("TreeMap", x -> new TreeMap<>(Map.of("a", x, "b", x)));
    ways.put("ConcurrentHashMap", x -> new ConcurrentHashMap<>(Map.of("a", x, "b", x)));
    ways.put("ConcurrentSkipListMap", x -> new ConcurrentSkipListMap<>(Map.of("a", x, "b", x)));
    ways.put("ConcurrentLinkedQueue", x -> new ConcurrentLinkedQueue<>(Arrays.asList(x, x)));
    ways.put("CopyOnWriteArrayList", x -> new CopyOnWriteArrayList<>(Arrays.asList(x, x)));
    ways.put("entry", x -> new AbstractMap.SimpleEntry<>(x, x));
    ways.put("unmodifiable", x -> Collections.unmodifiableList(Arrays.asList(x, x)));
    ways.put("synchronized", x -> Collections.synchronizedList(Arrays.asList(x, x)));
    ways.put("singleton", x -> Collections.singletonMap("k", List.of(x, x)));
    ways.put("atomic", x -> new AtomicReference<>(List.of(x, x)));
    ways.put("record", x -> new Pair(x, x));
    return ways.entrySet().stream().map(way -> Arguments.of(way.getKey(), way.getValue()));
  }

  @Nested
  class Serialized {
    @ParameterizedTest(name = "{0}")
    @MethodSource("io.persidict.format.BoundedValuesTest#twice")
    void whatIsSharedLevelByLevelIsRefused(String name, UnaryOperator<Object> twice)
        throws Exception {
      assertRefused(serial(Pair.class), serialized(doubled("x", LEVELS, twice)));
    }

    @Test
    void setsInSetsAreRefused() throws Exception {
      Set<Object> root = new HashSet<>();
      Set<Object> one = root;
      Set<Object> other = new HashSet<>();
      for (int i = 0; i < LEVELS; i++) {
        Set<Object> first = new HashSet<>(Set.of("x"));
        Set<Object> second = new LinkedHashSet<>();
        one.addAll(Arrays.asList(first, second));
        other.addAll(Arrays.asList(first, second));
        one = first;
        other = second;
      }
      assertRefused(serial(), serialized(root));
    }

    @Test
    void whatRefersToWhatIsStillBeingReadCountsAsSoFar() throws Exception {
      // Each list begins with two of the one before, and ends with the next: exponential while the
      // innermost set is read, though each refers only to what is open.
      List<Object> first = new ArrayList<>(List.of("x"));
      List<Object> list = first;
      for (int i = 0; i < LEVELS; i++) {
        List<Object> next = new ArrayList<>();
        next.add(new Object[] {list, list});
        list.add(next);
        list = next;
      }
      list.add(new ArrayList<>(List.of("end")));
      assertRefused(serial(), serialized(first));
    }

    @Test
    void collectionsThatHoldThemselvesAreRefused() throws Exception {
      List<Object> list = new ArrayList<>();
      list.add(list);
      assertRefused(serial(), serialized(list));
      Map<Object, Object> map = new HashMap<>();
      map.put("k", new ArrayList<>(List.of(map)));
      assertRefused(serial(), serialized(map));
      Object[] array = new Object[1];
      List<Object> over = Arrays.asList(array);
      array[0] = over;
      assertRefused(serial(), serialized(over));
    }

    @Test
    void anElementThatIsRepeatedCountsAsOften() throws Exception {
      List<?> many = Collections.nCopies(Integer.MAX_VALUE, "x");
      assertRefused(serial(), serialized(many));
      assertRefused(
          serial(),
          serialized(
              new ArrayList<>(List.of(Collections.nCopies(3000, Collections.nCopies(3000, "x"))))));
      assertThat(serial().decode(serial().encode(Collections.nCopies(5_000_000, 0))))
          .isEqualTo(Collections.nCopies(5_000_000, 0));
      assertThat(serial().decode(serial().encode(Collections.nCopies(0, 0)))).isEqualTo(List.of());
    }

    @ParameterizedTest
    @ValueSource(strings = {"HashSet", "HashMap", "Set.of", "Map.of", "ConcurrentHashMap"})
    void manyListsOfOneHashCodeAreRefused(String kind) throws Exception {
      Set<Object> keys = new HashSet<>();
      for (String text : colliding(11)) {
        keys.add(List.of(text));
      }
      Map<Object, Object> map = keys.stream().collect(Collectors.toMap(k -> k, k -> 1));
      Object value =
          switch (kind) {
            case "HashSet" -> keys;
            case "HashMap" -> map;
            case "Set.of" -> Set.copyOf(keys);
            case "Map.of" -> Map.copyOf(map);
            default -> new ConcurrentHashMap<>(map);
          };
      byte[] bytes = serialized(value);
      assertRefused(serial(), bytes);
    }

    @Test
    void manyStringsOfOneHashCodeAreReadWhereTheyAreFoundByOrderAndRefusedElsewhere()
        throws Exception {
      Set<String> strings = new HashSet<>(colliding(13));
      assertThat(serial().decode(serialized(strings))).isEqualTo(strings);
      byte[] unmodifiable = serialized(Set.copyOf(strings.stream().limit(4096).toList()));
      assertRefused(serial(), unmodifiable);
    }

    /** Strings of one hash code, two to the power of {@code length}. */
    private static List<String> colliding(int length) {
      List<String> strings = List.of("");
      for (int i = 0; i < length; i++) {
        strings = strings.stream().flatMap(s -> Stream.of(s + "Aa", s + "BB")).toList();
      }
      return strings;
    }

    @Test
    void aTableOfATinyLoadFactorIsRefused() throws Exception {
      Set<Integer> set = new HashSet<>(4, 1e-9f);
      // An empty one, since filling it is what must not happen; its count is set in the bytes.
      byte[] bytes = serialized(set);
      assertRefused(serial(), bytes);
    }

    @Test
    void listsAndLengthsThatAreNotThereAreRefused() throws Exception {
      byte[] bytes = serialized(new int[] {1, 2, 3});
      bytes[bytes.length - 16] = 0x7f;
      assertRefused(serial(), bytes);
      byte[] list = serialized(new ArrayList<>(List.of("a")));
      int size =
          new String(list, java.nio.charset.StandardCharsets.ISO_8859_1).indexOf("sizexp") + 6;
      list[size] = 0x7f;
      assertRefused(serial(), list);
    }

    @Test
    void objectsThatReferToEachOtherAreRead() {
      List<Person> people = new ArrayList<>();
      for (int i = 0; i < 1000; i++) {
        Person person = new Person();
        for (int j = Math.max(0, i - 20); j < i; j++) {
          person.friends.add(people.get(j));
          people.get(j).friends.add(person);
        }
        people.add(person);
      }
      SerialFormat<Object> format = serial(Person.class);
      // deeper than 500 along a chain of friends, so in rows
      Person center = new Person();
      for (int i = 0; i < 100; i++) {
        Person friend = new Person();
        friend.friends.add(center);
        friend.friends.addAll(center.friends.subList(0, Math.min(i, 20)));
        center.friends.add(friend);
      }
      Person read = (Person) format.decode(format.encode(center));
      assertThat(read.friends).hasSize(100).allMatch(friend -> friend.friends.contains(read));
      assertThatExceptionOfType(FormatException.class)
          .isThrownBy(() -> format.encode(people.get(0)))
          .withMessageContaining("500");
    }

    @Test
    void aClassThatWritesNoFieldsIsRead() {
      Own own = new Own();
      own.x = 7;
      own.text = "seven";
      List<Object> list = new ArrayList<>(List.of(own, "after", own));
      SerialFormat<Object> format = serial(Own.class);
      List<?> read = (List<?>) format.decode(format.encode(list));
      assertThat(((Own) read.get(0)).text).isEqualTo("seven");
      assertThat(((Own) read.get(0)).x).isEqualTo(7);
      assertThat(read.get(1)).isEqualTo("after");
      assertThat(read.get(2)).isSameAs(read.get(0));
    }

    @Test
    void exceptionsAreTheirOwnCauseAndSynchronizedListsTheirOwnMonitor() {
      SerialFormat<Object> format = serial();
      IllegalStateException failure = new IllegalStateException("x");
      assertThat(((Throwable) format.decode(format.encode(failure))).getMessage()).isEqualTo("x");
      Object list = Collections.synchronizedList(new ArrayList<>(List.of(1)));
      assertThat(format.decode(format.encode(list))).isEqualTo(list);
    }
  }

  @Nested
  class PicklesAndJson {
    @Test
    void listsThatStandInManyPlacesAreRefused() {
      assertRefused(format("pkl"), nestedPickle(LEVELS));
      assertRefused(format("pkl"), nestedPickle(23));
      assertRefused(format("json"), nestedJson(LEVELS));
    }

    @Test
    void theyAreReadWhereThatIsLittleAndCanBeWrittenAgain() {
      Format<Object> pkl = format("pkl");
      Object value = pkl.decode(nestedPickle(18));
      assertThat(pkl.decode(pkl.encode(value))).isEqualTo(value);
      Format<Object> json = format("json");
      Object other = json.decode(nestedJson(18));
      assertThat(json.decode(json.encode(other))).isEqualTo(other);
    }

    /** A list of a list twice, so many levels deep. */
    private static byte[] nestedPickle(int levels) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      out.writeBytes(new byte[] {(byte) Opcode.PROTO, 4});
      for (int i = 0; i <= levels; i++) {
        out.writeBytes(new byte[] {Opcode.EMPTY_LIST, (byte) Opcode.MEMOIZE});
      }
      // on the stack: lists 0 to n; each takes the next one, and takes it again from the memo
      for (int i = levels; i > 0; i--) {
        out.writeBytes(new byte[] {Opcode.APPEND, Opcode.BINGET, (byte) i, Opcode.APPEND});
      }
      out.write(Opcode.STOP);
      return out.toByteArray();
    }

    private static byte[] nestedJson(int levels) {
      StringBuilder json = new StringBuilder("[1]");
      for (int i = 0; i < levels; i++) {
        // the list that follows this one's beginning has the next number
        json.insert(0, "[").append(", {\"py/id\": ").append(0).append("}]");
      }
      for (int level = 0, at = 0; level < levels; level++) {
        at = json.indexOf("\"py/id\": 0", at);
        String number = String.valueOf(levels - level);
        json.replace(at + 9, at + 10, number);
      }
      return json.toString().getBytes(UTF_8);
    }

    @ParameterizedTest
    @ValueSource(strings = {"pkl", "json"})
    void writingThemIsRefusedToo(String extension) {
      Object shared = doubled(List.of(1), LEVELS, x -> List.of(x, x));
      Object sharedMaps = doubled(Map.of("a", 1), LEVELS, x -> Map.of("a", x, "b", x));
      for (Object value : List.of(shared, sharedMaps)) {
        assertThatExceptionOfType(FormatException.class)
            .isThrownBy(() -> format(extension).encode(value))
            .withMessageContaining("again and again");
      }
    }

    @Test
    void anIntegerOfManyDigitsTakesNoLongerThanItsBytes() {
      BigInteger large = BigInteger.ONE.shiftLeft(8_000_000);
      Format<Object> pkl = format("pkl");
      assertThat(pkl.decode(pkl.encode(large))).isEqualTo(large);
      assertRefused(format("json"), "1".repeat(5000).getBytes(UTF_8));
      assertRefused(format("json"), ("1e" + "9".repeat(5000)).getBytes(UTF_8));
      assertThat(format("json").decode("1e1000000000".getBytes(UTF_8)))
          .isEqualTo(Double.POSITIVE_INFINITY);
    }
  }

  @Test
  void optionalsAreStored() {
    SerialFormat<Object> format = serial();
    for (Object value :
        List.of(
            Optional.of("x"),
            Optional.empty(),
            java.util.OptionalInt.of(3),
            java.util.OptionalLong.empty(),
            java.util.OptionalDouble.of(1.5),
            List.of(Optional.of(List.of(1))))) {
      assertThat(format.decode(format.encode(value))).isEqualTo(value);
    }
    assertThatExceptionOfType(FormatException.class)
        .isThrownBy(() -> format.encode(Optional.of(new Object())));
  }
}
