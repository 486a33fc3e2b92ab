package io.persidict;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.entry;

import io.persidict.format.AllowList;
import io.persidict.format.Format;
import io.persidict.format.Formats;
import io.persidict.key.DictKey;
import io.persidict.key.KeyLayout;
import io.persidict.store.MemoryStore;
import java.io.File;
import java.io.Serializable;
import java.time.LocalDate;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Date;
import java.util.EnumMap;
import java.util.GregorianCalendar;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.Spliterator;
import java.util.TimeZone;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The view as a map over values that are read as another object each time, equal to no other. */
@Timeout(value = 10, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class DictMapArraysTest {
  private static final DictKey KEY = DictKey.of("k");

  /** A value without {@code equals}. */
  private static final class Point implements Serializable {
    private static final long serialVersionUID = 1L;
    private final int x;

    Point(int x) {
      this.x = x;
    }
  }

  private record Pair(String first, String second) implements Serializable {}

  /** A value without {@code equals} that Jackson binds. */
  @SuppressWarnings("unused") // read and written by Jackson
  static final class Person {
    public int age;
    public Set<String> names = new HashSet<>();

    Person() {}

    Person(int age, String... names) {
      this.age = age;
      this.names = new LinkedHashSet<>(List.of(names));
    }
  }

  record Visit(String place, int day) {}

  static final class Persons extends ArrayList<Person> {
    private static final long serialVersionUID = 1L;

    static Persons of(Person... some) {
      Persons persons = new Persons();
      persons.addAll(List.of(some));
      return persons;
    }
  }

  /** A list that holds more than its elements. */
  private static final class Named extends ArrayList<byte[]> {
    private static final long serialVersionUID = 1L;

    @SuppressWarnings("unused") // stored
    private final String name;

    Named(String name) {
      super(List.of(new byte[] {1}));
      this.name = name;
    }
  }

  /** Ordered, but without {@code equals}. */
  private static final class Version implements Comparable<Version>, Serializable {
    private static final long serialVersionUID = 1L;
    private final int number;

    Version(int number) {
      this.number = number;
    }

    @Override
    public int compareTo(Version other) {
      return Integer.compare(number, other.number);
    }
  }

  private static <V> Format<V> format(String extension, Class<V> type) {
    return Formats.of(
        extension,
        type,
        new AllowList(List.of(type), DictMapArraysTest.class.getName() + "$*"),
        DictMapArraysTest.class.getClassLoader());
  }

  private static <V> ConcurrentMap<DictKey, V> map(String extension, Class<V> type) {
    Format<V> format = format(extension, type);
    return PersiDict.over(new MemoryStore(), new KeyLayout(8, format.extension()), format, type)
        .asMap();
  }

  private static byte[] joined(byte[] one, byte[] other) {
    byte[] both = Arrays.copyOf(one, one.length + other.length);
    System.arraycopy(other, 0, both, one.length, other.length);
    return both;
  }

  @ParameterizedTest
  @ValueSource(strings = {"jser", "pkl", "json"})
  void computingAndMergingArraysEnds(String extension) {
    ConcurrentMap<DictKey, byte[]> map = map(extension, byte[].class);
    assertThat(map.merge(KEY, new byte[] {1}, DictMapArraysTest::joined)).containsExactly(1);
    assertThat(map.merge(KEY, new byte[] {2}, DictMapArraysTest::joined)).containsExactly(1, 2);
    assertThat(map.compute(KEY, (key, old) -> joined(old, new byte[] {3})))
        .containsExactly(1, 2, 3);
    assertThat(map.computeIfPresent(KEY, (key, old) -> joined(old, old)))
        .containsExactly(1, 2, 3, 1, 2, 3);
    assertThat(map.computeIfAbsent(KEY, key -> new byte[] {9})).hasSize(6);
    map.replaceAll((key, old) -> new byte[] {7});
    assertThat(map.get(KEY)).containsExactly(7);
    assertThat(map.merge(KEY, new byte[0], (old, given) -> null)).isNull();
    assertThat(map.get(KEY)).isNull();
    assertThat(map.computeIfPresent(KEY, (key, old) -> old)).isNull();
    assertThat(map.compute(KEY, (key, old) -> null)).isNull();
    assertThat(map.computeIfAbsent(KEY, key -> new byte[] {9})).containsExactly(9);
  }

  @ParameterizedTest
  @ValueSource(strings = {"jser", "pkl", "json"})
  void arraysAreComparedByWhatIsStored(String extension) {
    ConcurrentMap<DictKey, byte[]> map = map(extension, byte[].class);
    map.put(KEY, new byte[] {1});
    assertThat(map.containsValue(new byte[] {1})).isTrue();
    assertThat(map.containsValue(new byte[] {2})).isFalse();
    assertThat(map.entrySet().contains(entry(KEY, new byte[] {1}))).isTrue();
    assertThat(map.replace(KEY, new byte[] {2}, new byte[] {3})).isFalse();
    assertThat(map.replace(KEY, map.get(KEY), new byte[] {3})).isTrue();
    assertThat(map.get(KEY)).containsExactly(3);
    assertThat(map.remove(KEY, new byte[] {1})).isFalse();
    assertThat(map.remove(KEY, "no array")).isFalse();
    assertThat(map.remove(KEY, new byte[] {3})).isTrue();
    assertThat(map).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"jser", "pkl", "json"})
  void listsAndMapsThatHoldArraysAreToo(String extension) {
    ConcurrentMap<DictKey, Object> map = map(extension, Object.class);
    map.put(KEY, List.of(new byte[] {1}, Map.of("a", new byte[] {2})));
    assertThat(map.replace(KEY, List.of(new byte[] {1}, Map.of("a", new byte[] {3})), 1L))
        .isFalse();
    assertThat(map.replace(KEY, List.of(new byte[] {1}, Map.of("a", new byte[] {2})), "new"))
        .isTrue();
    List<Object> added = new ArrayList<>(List.of(new byte[] {5}));
    assertThat(map.compute(KEY, (key, old) -> added)).isEqualTo(added);
    assertThat(map.merge(KEY, "x", (old, x) -> x)).isEqualTo("x");
  }

  @Test
  void whatTheyHoldIsComparedByItsContentAndNotByItsText() {
    ConcurrentMap<DictKey, Object> map = map("jser", Object.class);
    map.put(KEY, Map.of("t", new Date(1000)));
    assertThat(map.replace(KEY, Map.of("t", new Date(1999)), "other")).isFalse();
    assertThat(map.replace(KEY, Map.of("t", new Date(1000)), arrays(2))).isTrue();
    assertThat(map.replace(KEY, arrays(3), "other")).isFalse();
    assertThat(map.containsValue(arrays(2))).isTrue();
    assertThat(map.remove(KEY, arrays(2))).isTrue();
  }

  private static List<Object> arrays(int last) {
    return List.of(
        new double[] {0.5, last}, new String[] {"a"}, new Object[] {Map.of("n", new int[] {last})});
  }

  @Test
  void numbersOfAnotherClassThatAreStoredTheSameWayAreToo() {
    ConcurrentMap<DictKey, Object> map = map("json", Object.class);
    map.put(KEY, 1);
    assertThat(map.get(KEY)).isEqualTo(1L);
    assertThat(map.replace(KEY, 2, "other")).isFalse();
    assertThat(map.replace(KEY, 1, "other")).isTrue();
  }

  @Test
  void aLaterValueThatIsEqualToTheFirstButSharesOtherPartsIsNoOther() {
    WriteOnceDict<Pair> once = once("jser", Pair.class);
    String shared = "part";
    once.put(KEY, new Pair(shared, shared));
    assertThat(once.put(KEY, new Pair(shared, new String(shared.toCharArray())))).isFalse();
    assertThat(once.checksPassed()).isEqualTo(1);
    assertThatExceptionOfType(MutationPolicyException.class)
        .isThrownBy(() -> once.put(KEY, new Pair(shared, "another")));
  }

  @Test
  void objectsWithoutEqualsAreToo() {
    ConcurrentMap<DictKey, Point> map = map("jser", Point.class);
    map.put(KEY, new Point(1));
    assertThat(map.replace(KEY, new Point(2), new Point(3))).isFalse();
    assertThat(map.replace(KEY, new Point(1), new Point(3))).isTrue();
    assertThat(map.merge(KEY, new Point(4), (old, more) -> new Point(old.x + more.x)).x)
        .isEqualTo(7);
  }

  /** Of a type whose values are the same by their content alone. */
  private static <V> void comparesByContent(
      String extension, Class<V> type, V value, V same, V other) {
    String what = extension + " " + type.getSimpleName();
    ConcurrentMap<DictKey, V> map = map(extension, type);
    map.put(KEY, value);
    assertThat(map.containsValue(same)).as(what).isTrue();
    assertThat(map.containsValue(other)).as(what).isFalse();
    assertThat(map.entrySet().contains(entry(KEY, same))).as(what).isTrue();
    assertThat(map.replace(KEY, other, same)).as(what).isFalse();
    assertThat(map.replace(KEY, same, other)).as(what).isTrue();
    assertThat(map.replace(KEY, map.get(KEY), other)).as(what).isTrue();
    assertThat(map.remove(KEY, same)).as(what).isFalse();
    assertThat(map.remove(KEY, other)).as(what).isTrue();

    WriteOnceDict<V> once = once(extension, type);
    once.put(KEY, value);
    assertThat(once.put(KEY, same)).as(what).isFalse();
    assertThatExceptionOfType(MutationPolicyException.class)
        .as(what)
        .isThrownBy(() -> once.put(KEY, other));
  }

  private static <V> WriteOnceDict<V> once(String extension, Class<V> type) {
    Format<V> format = format(extension, type);
    Parameters<V> parameters =
        new Parameters<>("memory:", Optional.empty(), format.extension(), 8, true, type);
    return new WriteOnceDict<>(PersiDict.over(new MemoryStore(), format, parameters), 1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"json", "cbor", "json+lz4"})
  void arraysAndListsOfWhatIsBoundAreToo(String extension) {
    comparesByContent(
        extension,
        Person[].class,
        new Person[] {new Person(1, "a", "b")},
        new Person[] {new Person(1, "b", "a")},
        new Person[] {new Person(1, "b")});
    comparesByContent(
        extension,
        Persons.class,
        Persons.of(new Person(1), new Person(2)),
        Persons.of(new Person(1), new Person(2)),
        Persons.of(new Person(2), new Person(1)));
    comparesByContent(
        extension,
        Visit[].class,
        new Visit[] {new Visit("a", 1), null},
        new Visit[] {new Visit("a", 1), null},
        new Visit[] {new Visit("a", 2), null});
    comparesByContent(
        extension,
        LocalDate[].class,
        new LocalDate[] {LocalDate.EPOCH},
        new LocalDate[] {LocalDate.EPOCH},
        new LocalDate[] {LocalDate.MAX});
  }

  @ParameterizedTest
  @ValueSource(strings = {"jser", "json", "cbor", "jser+lz4"})
  void arraysOfArraysAreToo(String extension) {
    comparesByContent(
        extension,
        int[][].class,
        new int[][] {{1}, {}},
        new int[][] {{1}, {}},
        new int[][] {{}, {1}});
    comparesByContent(
        extension,
        double[][].class,
        new double[][] {{Double.NaN, 0.0}},
        new double[][] {{Double.NaN, 0.0}},
        new double[][] {{Double.NaN, -0.0}});
    comparesByContent(
        extension,
        String[][].class,
        new String[][] {{"a", null}},
        new String[][] {{"a", null}},
        new String[][] {{"a", "null"}});
  }

  @ParameterizedTest
  @ValueSource(strings = {"jser", "pkl"})
  void setsAndKeysOfArraysAreTooInAnyOrder(String extension) {
    comparesByContent(
        extension,
        Object.class,
        Map.of("s", setOf(1, 2), "n", new byte[0]),
        Map.of("n", new byte[0], "s", setOf(2, 1)),
        Map.of("n", new byte[0], "s", setOf(2, 3)));
    comparesByContent(
        extension,
        Object.class,
        Map.of("m", valuesOf(setOf(1, 2))),
        Map.of("m", valuesOf(setOf(2, 1))),
        Map.of("m", valuesOf(setOf(1, 3))));
  }

  private static Map<byte[], Object> valuesOf(Set<byte[]> keys) {
    Map<byte[], Object> map = new LinkedHashMap<>();
    keys.forEach(key -> map.put(key, key));
    return map;
  }

  @Test
  void keysOfTheSameContentAreTooInAnyOrder() {
    Map<byte[], Object> keys = new LinkedHashMap<>();
    keys.put(new byte[] {1}, "a");
    keys.put(new byte[] {1}, null);
    Map<byte[], Object> turned = new LinkedHashMap<>();
    turned.put(new byte[] {1}, null);
    turned.put(new byte[] {1}, "a");
    comparesByContent("jser", Set.class, setOf(1, 1, 2), setOf(2, 1, 1), setOf(2, 2, 1));
    Map<byte[], Object> others = new LinkedHashMap<>(keys);
    others.replaceAll((key, value) -> "a");
    comparesByContent("jser", Object.class, keys, turned, others);
  }

  private static Set<byte[]> setOf(int... numbers) {
    Set<byte[]> set = new LinkedHashSet<>();
    for (int number : numbers) {
      set.add(new byte[] {(byte) number});
    }
    return set;
  }

  @Test
  void objectsThatShareOtherPartsAreTooWithinLists() {
    String shared = "part";
    String copy = new String(shared.toCharArray());
    comparesByContent(
        "jser",
        Object[].class,
        new Object[] {shared, shared, new Date(1)},
        new Object[] {shared, copy, new Date(1)},
        new Object[] {shared, copy, new Date(2)});
  }

  @Test
  void keysAndMembersThatAreEqualButShareOtherPartsAreToo() {
    String shared = "part";
    Pair one = new Pair(shared, shared);
    Pair same = new Pair(shared, new String(shared.toCharArray()));
    comparesByContent(
        "jser",
        Object.class,
        Map.of(one, new byte[] {1}, "a", 1),
        Map.of("a", 1, same, new byte[] {1}),
        Map.of("a", 1, same, new byte[] {2}));
    comparesByContent(
        "jser",
        Set.class,
        Set.of(one, new byte[] {1}),
        Set.of(new byte[] {1}, same),
        Set.of(same, new byte[] {2}));
    comparesByContent(
        "jser",
        Set.class,
        Set.of(List.of(one, new byte[] {1}), List.of(one, new byte[] {2})),
        Set.of(List.of(same, new byte[] {2}), List.of(same, new byte[] {1})),
        Set.of(List.of(same, new byte[] {2}), List.of(same, new byte[] {3})));
  }

  @Test
  void whatIsReadBackAsUnequalIsComparedAsStored() {
    comparesByContent(
        "json",
        ZonedDateTime.class,
        ZonedDateTime.parse("2020-01-01T00:00+01:00[Europe/Berlin]"),
        ZonedDateTime.parse("2020-01-01T00:00+01:00[Europe/Berlin]"),
        ZonedDateTime.parse("2020-01-01T00:01+01:00[Europe/Berlin]"));
    comparesByContent(
        "json", GregorianCalendar.class, calendar(1000), calendar(1000), calendar(1001));
    comparesByContent("json", File.class, new File("a"), new File("a"), new File("b"));
    for (String extension : List.of("json", "cbor", "jser")) {
      comparesByContent(extension, Date.class, new Date(1000), new Date(1000), new Date(1001));
    }
  }

  private static GregorianCalendar calendar(long millis) {
    GregorianCalendar calendar = new GregorianCalendar(TimeZone.getTimeZone("Asia/Tokyo"));
    calendar.setTimeInMillis(millis);
    return calendar;
  }

  @Test
  void whatIsReachedOnManyWaysIsEncodedOnce() {
    Object[] inItself = arrayInItself("a");
    inItself[1] = shared(new Date(1));
    Map<byte[], Object> hostile = new LinkedHashMap<>();
    hostile.put(new byte[] {1}, inItself);
    hostile.put(new byte[] {1}, 2);
    assertThat(encodingsOfPartsToCompare(hostile, Map.of("a", 1))).isZero();
    assertThat(encodingsOfPartsToCompare(hostile, Map.of("a", 1, "b", 2))).isLessThan(5);

    Set<Object> set = Set.of(1, shared(new Date(1)));
    assertThat(encodingsOfPartsToCompare(set, Set.of("a"))).isZero();
    assertThat(encodingsOfPartsToCompare(set, Set.of(1, shared(new Date(2))))).isLessThan(5);
  }

  private static int encodingsOfPartsToCompare(Object value, Object other) {
    AtomicInteger encodings = new AtomicInteger();
    ConcurrentMap<DictKey, Object> map =
        counting(Object.class, part -> encodings.addAndGet(part instanceof Date ? 1 : 0));
    map.put(KEY, value);
    assertThat(map.containsValue(other)).isFalse();
    return encodings.get();
  }

  /** An array in which {@code part} is reached on 2^10 ways. */
  private static Object shared(Object part) {
    Object shared = part;
    for (int i = 0; i < 10; i++) {
      shared = new Object[] {shared, shared};
    }
    return shared;
  }

  @Test
  void whatASubclassHoldsBesidesItsElementsCounts() {
    comparesByContent("jser", Named.class, new Named("a"), new Named("a"), new Named("b"));
    comparesByContent(
        "jser",
        Object.class,
        List.of(new Named("a"), 1),
        List.of(new Named("a"), 1),
        List.of(new Named("b"), 1));
  }

  @Test
  void objectsWithoutEqualsAreTooIfTheyHaveAnOrder() {
    comparesByContent("jser", Version.class, new Version(1), new Version(1), new Version(2));
  }

  @Test
  void whatItsEqualsCannotCompareIsComparedByContent() {
    EnumMap<TimeUnit, byte[]> counts = new EnumMap<>(TimeUnit.class);
    counts.put(TimeUnit.DAYS, new byte[] {1});
    Map<String, byte[]> names = new TreeMap<>(Map.of("DAYS", new byte[] {1}));
    comparesByContent("jser", Object.class, counts, new HashMap<>(counts), names);
    comparesByContent(
        "jser", List.class, List.of(counts), List.of(Map.copyOf(counts)), List.of(names));
  }

  @Test
  void whatHoldsItselfIsComparedWithoutAnError() {
    comparesByContent(
        "jser", Object.class, listInItself("a"), listInItself("a"), listInItself("b"));
    comparesByContent("jser", Object.class, mapInItself(1), mapInItself(1), mapInItself(2));
    comparesByContent(
        "jser", Object[].class, arrayInItself("a"), arrayInItself("a"), arrayInItself("b"));

    ConcurrentMap<DictKey, Object> map = map("jser", Object.class);
    map.put(KEY, listInItself("a"));
    map.put(DictKey.of("map"), mapInItself(1));
    map.put(DictKey.of("array"), arrayInItself("a"));
    for (Object other : List.of("text", List.of("a", new Object[1]), arrayInItself("b"))) {
      assertThat(map.containsValue(other)).isFalse();
    }
  }

  private static List<Object> listInItself(String name) {
    List<Object> list = new ArrayList<>();
    list.add(name);
    list.add(new Object[] {list});
    return list;
  }

  private static Map<String, Object> mapInItself(int number) {
    Map<String, Object> map = new HashMap<>();
    map.put("self", new Object[] {map});
    map.put("number", number);
    return map;
  }

  private static Object[] arrayInItself(String name) {
    Object[] array = {null, name};
    array[0] = array;
    return array;
  }

  @Test
  void whatIsLookedForIsEncodedOnceHoweverManyItIsComparedWith() {
    byte[] other = {9};
    AtomicInteger encodings = new AtomicInteger();
    ConcurrentMap<DictKey, byte[]> map =
        counting(byte[].class, value -> encodings.addAndGet(value == other ? 1 : 0));
    for (int i = 0; i < 5; i++) {
      map.put(DictKey.of("k" + i), new byte[] {(byte) i});
    }
    assertThat(map.containsValue(other)).isFalse();
    assertThat(encodings).hasValue(1);
  }

  /** A map that tells of all that is encoded, also of parts. */
  private static <V> ConcurrentMap<DictKey, V> counting(Class<V> type, Consumer<Object> counter) {
    Format<V> format = format("jser", type);
    Format<V> counting =
        new Format<>() {
          @Override
          public String extension() {
            return format.extension();
          }

          @Override
          public byte[] encode(V value) {
            counter.accept(value);
            return format.encode(value);
          }

          @Override
          public V decode(byte[] bytes) {
            return format.decode(bytes);
          }
        };
    return PersiDict.over(new MemoryStore(), new KeyLayout(8, "jser"), counting, type).asMap();
  }

  @Test
  void anUpdateByAnotherWriterBetweenReadAndWriteIsNotLost() {
    ConcurrentMap<DictKey, byte[]> map = map("jser", byte[].class);
    map.put(KEY, new byte[] {1});
    int[] calls = {0};
    byte[] merged =
        map.merge(
            KEY,
            new byte[] {2},
            (old, given) -> {
              if (calls[0]++ == 0) {
                map.put(KEY, new byte[] {8});
              }
              return joined(old, given);
            });
    assertThat(merged).containsExactly(8, 2);
    assertThat(calls[0]).isEqualTo(2);
  }

  @Test
  void viewsFindAndRemoveArraysByContent() {
    ConcurrentMap<DictKey, byte[]> map = map("jser", byte[].class);
    DictKey other = DictKey.of("other");
    map.put(KEY, new byte[] {1});
    map.put(other, new byte[] {2});
    List<byte[]> ones = List.of(new byte[] {3}, new byte[] {1});

    assertThat(map.values().remove(new byte[] {3})).isFalse();
    assertThat(map.values().remove(new byte[] {1})).isTrue();
    assertThat(map).containsOnlyKeys(other);
    map.put(KEY, new byte[] {1});
    assertThat(map.values().removeAll(ones)).isTrue();
    assertThat(map).containsOnlyKeys(other);
    map.put(KEY, new byte[] {1});
    assertThat(map.values().retainAll(ones)).isTrue();
    assertThat(map.values().retainAll(ones)).isFalse();
    assertThat(map).containsOnlyKeys(KEY);

    assertThat(map.entrySet().retainAll(Set.of(entry(KEY, new byte[] {1})))).isFalse();
    assertThat(map.entrySet().removeAll(Set.of(entry(KEY, new byte[] {2})))).isFalse();
    assertThat(map.entrySet().removeAll(Set.of(entry(KEY, new byte[] {1}), "none"))).isTrue();
    assertThat(map).isEmpty();
    map.put(KEY, new byte[] {1});
    assertThat(map.entrySet().retainAll(Set.of(entry(other, new byte[] {1})))).isTrue();
    assertThat(map).isEmpty();
  }

  @Test
  void viewsRemoveNothingThatAnotherWriterPutAfterItWasRead() {
    ConcurrentMap<DictKey, String> map = map("jser", String.class);
    map.put(KEY, "old");
    assertThat(map.values().removeIf(value -> map.put(KEY, "new") != null)).isFalse();
    assertThat(map.get(KEY)).isEqualTo("new");
    assertThat(map.entrySet().removeIf(entry -> map.put(KEY, "newer") != null)).isFalse();
    assertThat(map.get(KEY)).isEqualTo("newer");

    Iterator<Map.Entry<DictKey, String>> entries = map.entrySet().iterator();
    entries.next();
    map.put(KEY, "newest");
    entries.remove();
    assertThat(map.get(KEY)).isEqualTo("newest");

    assertThat(map.values().removeIf("newest"::equals)).isTrue();
    assertThat(map).isEmpty();
  }

  @Test
  void streamsOfViewsHaveWhatIsThereWhileOthersWrite() {
    ConcurrentMap<DictKey, String> map = map("jser", String.class);
    for (Collection<?> view : List.of(map.keySet(), map.values(), map.entrySet())) {
      map.put(KEY, "a");
      map.put(DictKey.of("other"), "b");
      assertThat(view.stream().peek(seen -> map.clear()).toList()).hasSize(1);
      map.put(KEY, "a");
      assertThat(view.parallelStream().toList()).hasSize(1).doesNotContainNull();
      Spliterator<?> elements = view.spliterator();
      map.put(DictKey.of("other"), "b");
      assertThat(StreamSupport.stream(elements, false).toList()).hasSize(1);
    }
  }

  @Test
  void anEntryThatWasSetIsRemoved() {
    ConcurrentMap<DictKey, String> map = map("jser", String.class);
    map.put(KEY, "old");
    Iterator<Map.Entry<DictKey, String>> entries = map.entrySet().iterator();
    entries.next().setValue("new");
    entries.remove();
    assertThat(map).isEmpty();
  }
}
