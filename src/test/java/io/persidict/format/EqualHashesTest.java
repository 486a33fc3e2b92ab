package io.persidict.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.lang.Character.UnicodeScript;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.sql.Timestamp;
import java.time.LocalDate;
import java.util.AbstractMap.SimpleEntry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Calendar;
import java.util.Collections;
import java.util.Comparator;
import java.util.GregorianCalendar;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Hashtable;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * That no map or set is read whose keys were chosen so that it searches all for each, whatever
 * class they are of and however the map searches; and that such a one is refused when it is
 * written.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class EqualHashesTest {
  private static final int MANY = 3_000;

  record Point(int x, int y) implements Serializable {}

  /** A class that hashes by code of its own. */
  static final class Own implements Serializable {
    private static final long serialVersionUID = 1L;
    private final int x;
    private final int y;

    Own(int x, int y) {
      this.x = x;
      this.y = y;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Own own && own.x == x && own.y == y;
    }

    @Override
    public int hashCode() {
      return 31 * x + y;
    }
  }

  /** An object that refers to others of its kind, as those of a graph or tree do. */
  static final class Node implements Serializable {
    private static final long serialVersionUID = 1L;
    private final int number;
    private final Set<Node> near;
    private final Map<String, Node> below = new ConcurrentHashMap<>();

    Node(int number, Set<Node> near) {
      this.number = number;
      this.near = near;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Node node && node.number == number;
    }

    @Override
    public int hashCode() {
      return number;
    }
  }

  record Directory(String name, Set<Directory> directories) implements Serializable {}

  /** An object that knows the list it lies in, and is a part of its own keys. */
  static final class Team implements Serializable {
    private static final long serialVersionUID = 1L;
    private final List<Team> all;
    private final Map<Object, String> roles = new HashMap<>();

    Team(List<Team> all) {
      this.all = all;
      roles.put(List.of(this, "a"), "");
      roles.put(new Member(this, "b"), "");
    }
  }

  record Member(Team of, String name) implements Serializable {}

  /** An order of what has none, which is not written. */
  private static final class AsAdded implements Comparator<Object>, Serializable {
    private static final long serialVersionUID = 1L;

    @Override
    public int compare(Object one, Object other) {
      return one == other ? 0 : 1;
    }

    private @Nullable Object writeReplace() {
      return null;
    }
  }

  private final SerialFormat<Object> format =
      new SerialFormat<>(
          Object.class,
          new AllowList(
              List.of(
                  Point.class,
                  Own.class,
                  Node.class,
                  Directory.class,
                  Team.class,
                  Member.class,
                  UnicodeScript.class),
              ""),
          EqualHashesTest.class.getClassLoader());

  /** Strings of one hash code, two to the power of {@code length}. */
  private static List<String> colliding(int length) {
    List<String> strings = List.of("");
    for (int i = 0; i < length; i++) {
      strings = strings.stream().flatMap(s -> Stream.of(s + "Aa", s + "BB")).toList();
    }
    return strings;
  }

  private static <T> Set<T> set(IntFunction<T> element) {
    return set(MANY, element);
  }

  private static <T> Set<T> set(int size, IntFunction<T> element) {
    return IntStream.range(0, size).mapToObj(element).collect(Collectors.toSet());
  }

  static Stream<Arguments> maps() {
    List<String> strings = colliding(12);
    int hash = strings.get(0).hashCode();
    List<Object> mixed = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      mixed.add(strings.get(i));
      mixed.add((long) i << 32 | ((i ^ hash) & 0xffff_ffffL));
    }
    Map<Object, Integer> chained = new Hashtable<>();
    // as many chains as a table has that was written with so many and is read
    int chains = (int) ((MANY + MANY / 20) / 0.75f) + 3;
    int odd = (chains & 1) == 0 ? chains - 1 : chains;
    IntStream.range(0, MANY).forEach(i -> chained.put(i * odd, i));
    return Stream.of(
        arguments("entries", set(i -> new SimpleEntry<>(i, i))),
        arguments("optionals", set(i -> Optional.of(strings.get(i)))),
        arguments("copies", set(i -> Collections.nCopies(1, strings.get(i)))),
        arguments("records", set(i -> new Point(i, -31 * i))),
        arguments("timestamps", set(i -> new Timestamp(1000 * ((long) i << 32 | i)))),
        arguments("sorted sets", set(i -> new TreeSet<>(List.of(i, -i)))),
        arguments(
            "bit sets",
            set(i -> BitSet.valueOf(new long[] {(long) i << 32 | i, 0x4000_0000_0000_0000L}))),
        arguments("own classes", set(2 * MANY, i -> new Own(i, -31 * i))),
        arguments("strings and numbers", new HashSet<>(mixed)),
        arguments(
            "a concurrent map",
            set(i -> new Point(i, -31 * i)).stream()
                .collect(Collectors.toConcurrentMap(point -> point, Point::x))),
        arguments("Set.of, one slot", Set.copyOf(set(25_000, i -> i * 50_000))),
        arguments("Set.of, one row", Set.copyOf(set(40_000, i -> i < 20_000 ? i : i + 60_000))),
        arguments("Hashtable, one chain", chained),
        arguments("CopyOnWriteArraySet", new CopyOnWriteArraySet<>(set(20_000, i -> i))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("maps")
  void aMapThatSearchesAllForEachIsNeitherReadNorWritten(String name, Object map) throws Exception {
    byte[] bytes = serialized(map);
    assertThatExceptionOfType(FormatException.class)
        .isThrownBy(() -> format.decode(bytes))
        .withMessageContaining("too long to hash");
    assertThatExceptionOfType(FormatException.class)
        .isThrownBy(() -> format.encode(map))
        .withMessageContaining("too long to hash");
  }

  /**
   * Two equal values in one set, {@code levels} deep: each level has {@code size} keys of one hash
   * code, which differ only after what they hold of the next level.
   */
  private static Set<List<Object>> towers(
      int size, int levels, Function<List<Object>, Object> level) {
    List<String> strings = colliding(Integer.SIZE - Integer.numberOfLeadingZeros(size - 1));
    return towers(strings.subList(0, size), levels, () -> "", level);
  }

  private static Set<List<Object>> towers(
      List<String> strings,
      int levels,
      Supplier<Object> ground,
      Function<List<Object>, Object> level) {
    int size = strings.size();
    List<List<Object>> top = new ArrayList<>();
    for (int copy = 0; copy < 2; copy++) {
      Object below = ground.get();
      for (int i = 0; i < levels; i++) {
        List<List<Object>> keys = new ArrayList<>();
        for (int j = 0; j < size; j++) {
          keys.add(new ArrayList<>(List.of(copy, j))); // until the level has taken it
        }
        Object next = level.apply(new ArrayList<>(keys));
        for (int j = 0; j < size; j++) {
          keys.get(j).set(0, below);
          keys.get(j).set(1, strings.get(j));
        }
        below = next;
      }
      top.add(new ArrayList<>(List.of(copy)));
      top.get(copy).add(below);
    }
    Set<List<Object>> all = new HashSet<>(top);
    top.forEach(list -> list.set(0, ""));
    return all;
  }

  private static <K> Map<K, Object> map(Map<K, Object> map, List<? extends K> keys) {
    keys.forEach(key -> map.put(key, ""));
    return map;
  }

  /** Two equal values in one set, {@code levels} deep, in a map of one entry each. */
  private static Set<Object> chains(int levels, Supplier<Map<Object, Object>> maps) {
    Set<Object> all = new HashSet<>();
    for (int copy = 0; copy < 2; copy++) {
      Object below = "";
      List<Object> top = new ArrayList<>(List.of(copy));
      all.add(top);
      for (int i = 0; i < levels; i++) {
        Map<Object, Object> map = maps.get();
        map.put("k", below);
        below = map;
      }
      top.set(0, below); // which the set, as it is filled, knows by its number
    }
    return all;
  }

  /** The same of pairs, which compare their elements whatever the hash codes are. */
  private static Set<List<Object>> pairs(int levels) {
    List<List<Object>> top = new ArrayList<>();
    for (List<Object> list : towers(List.of("a", "b"), levels, () -> "", Set::copyOf)) {
      List<Object> other = new ArrayList<>(List.of(top.size()));
      other.addAll(list);
      top.add(other);
    }
    Set<List<Object>> all = Set.of(top.get(0), top.get(1));
    top.forEach(list -> list.add(list.remove(0)));
    return all;
  }

  static Stream<Arguments> towers() {
    return Stream.of(
        arguments("2 keys", towers(2, 16, HashSet::new)),
        arguments("4 keys", towers(4, 8, HashSet::new)),
        arguments("8 keys", towers(8, 5, HashSet::new)),
        arguments("40 keys", towers(40, 3, HashSet::new)),
        arguments("keys of maps", towers(4, 8, keys -> map(new HashMap<>(), keys))),
        arguments("Hashtable", towers(4, 8, keys -> map(new Hashtable<>(), keys))),
        arguments("Set.of", towers(4, 8, Set::copyOf)),
        arguments("Set.of two", pairs(16)),
        arguments("CopyOnWriteArraySet", towers(4, 8, CopyOnWriteArraySet::new)),
        arguments(
            "a concurrent map's keys",
            towers(2, 10, keys -> new ConcurrentHashMap<>(map(new HashMap<>(), keys)).keySet(""))),
        arguments("values of concurrent maps", chains(26, ConcurrentHashMap::new)),
        arguments("values of sorted maps", chains(26, ConcurrentSkipListMap::new)),
        arguments("Properties", chains(26, Properties::new)),
        arguments("keys whose value is null", nulls(60, HashMap::new)),
        arguments("one key whose value is null", nulls(60, EqualHashesTest::lone)),
        arguments("such keys in another map", nulls(60, EqualHashesTest::sorted)),
        arguments("values of maps in turn", chainsInTurn(36)),
        arguments("hash codes that a concurrent map takes for one", similar(14)),
        arguments(
            "keys that are hashed each time",
            towers(colliding(4), 2, () -> sets(250), HashSet::new)),
        arguments("one that is large, before small ones", largeFirst(LinkedHashSet::new)),
        arguments("the same in Set.of", largeFirst(Set::copyOf)),
        arguments("Set.of two that are unlike", unlike(40)));
  }

  /**
   * Sets of one element and of one hash code, the first of which holds so much that it takes long
   * to hash, as each of the others does to look for what it holds.
   */
  private static Object largeFirst(Function<List<Object>, Object> sets) {
    List<Object> keys = new ArrayList<>(List.of(large(0)));
    for (int i = 1; i < 600; i++) {
      keys.add(small(i, 0));
    }
    return sets.apply(keys);
  }

  /** A set of one element of so many parts. */
  private static Set<Object> large(int hash) {
    Object large = "";
    int ofLarge = large.hashCode();
    for (int i = 0; i < 17; i++) {
      large = new ArrayList<>(List.of(large, large));
      ofLarge = (31 + ofLarge) * 31 + ofLarge;
    }
    return Set.of(List.of(large, hash - (31 + ofLarge) * 31));
  }

  private static Set<Object> small(int number, int hash) {
    return Set.of(List.of(number, hash - (31 + number) * 31));
  }

  /** An unmodifiable set as the JDK writes it, but in a chosen order, which is that of a reader. */
  private static final class Written implements Serializable {
    private static final long serialVersionUID = 6309168927139932177L;
    private static final int SET = 2;

    private final int tag = SET;
    private final transient List<?> elements;

    private Written(List<?> elements) {
      this.elements = elements;
    }

    private void writeObject(ObjectOutputStream out) throws IOException {
      out.defaultWriteObject();
      out.writeInt(elements.size());
      for (Object element : elements) {
        out.writeObject(element);
      }
    }
  }

  /**
   * The hash codes differ, but not the slots. The second key is made first, and put into the second
   * slot, where all others pass it.
   */
  @Test
  void keysThatPassOneThatWasMadeBeforeAreNotRead() throws Exception {
    int count = 2_000;
    int slots = 2 * count;
    List<Object> keys = new ArrayList<>(List.of(small(0, 0), large(slots)));
    for (int i = 2; i < count; i++) {
      keys.add(small(i, 1 + slots * i));
    }
    String bytes = latin1(serialized(List.of(keys.get(1), new Written(keys))));
    byte[] patched =
        bytes
            .replace(name(Written.class.getName()), name("java.util.CollSer"))
            .getBytes(StandardCharsets.ISO_8859_1);
    assertThatExceptionOfType(FormatException.class)
        .isThrownBy(() -> format.decode(patched))
        .withMessageContaining("too long to hash");
  }

  private static String latin1(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  private static String name(String type) {
    return "" + (char) 0 + (char) type.length() + type;
  }

  /**
   * A pair of two chains of sets, of which one kind asks in both directions whether it is equal.
   */
  private static Object unlike(int levels) {
    Object one = "";
    Set<Object> other = new HashSet<>(Set.of(""));
    for (int i = 1; i < levels; i++) {
      one = new HashSet<>(Set.of(one));
      Set<Object> view = ConcurrentHashMap.newKeySet();
      view.add(other);
      other = view;
    }
    List<Object> first = new ArrayList<>(List.of(1));
    List<Object> second = new ArrayList<>(List.of(2));
    Set<List<Object>> pair = Set.of(first, second);
    first.add(0, new HashSet<>(Set.of(one)));
    second.add(0, other);
    return pair;
  }

  private static Map<Object, Object> lone(Map<Object, Object> map) {
    return Collections.singletonMap(map.keySet().iterator().next(), null);
  }

  private static Map<Object, Object> sorted(Map<Object, Object> map) {
    Map<Object, Object> sorted = new TreeMap<>(new AsAdded());
    sorted.putAll(map);
    return sorted;
  }

  /** Two equal values in one set, {@code levels} deep, in the key of a map that has no value. */
  private static Set<Object> nulls(int levels, UnaryOperator<Map<Object, Object>> second) {
    Set<Object> all = new LinkedHashSet<>();
    for (int copy = 0; copy < 2; copy++) {
      List<Object> top = new ArrayList<>(List.of(copy));
      all.add(top);
      Object below = "";
      for (int i = 0; i < levels; i++) {
        Map<Object, Object> map = new HashMap<>();
        map.put(below, null);
        below = copy == 0 ? map : second.apply(map);
      }
      top.set(0, below);
    }
    return all;
  }

  /** The second of two such chains of values is one level out of step. */
  private static Set<Object> chainsInTurn(int levels) {
    Set<Object> all = new HashSet<>();
    for (int copy = 0; copy < 2; copy++) {
      List<Object> top = new ArrayList<>(List.of(copy));
      all.add(top);
      Object below = "";
      for (int i = 0; i < levels; i++) {
        Map<Object, Object> map = i % 2 == copy ? new HashMap<>() : new ConcurrentHashMap<>();
        map.put("k", below);
        below = map;
      }
      top.set(0, below);
    }
    return all;
  }

  /** Two keys at each level whose hash codes differ in the bits that such a map leaves out. */
  private static Object similar(int levels) {
    Object one = "";
    Object other = "";
    for (int i = 0; i < levels; i++) {
      one = similar(one, one);
      other = similar(other, other);
    }
    return similar(one, other);
  }

  private static Map<Object, Object> similar(Object below, Object other) {
    List<Object> key = new ArrayList<>(List.of(0));
    List<Object> second = new ArrayList<>(List.of(1));
    Map<Object, Object> map = new ConcurrentHashMap<>(Map.of(key, "", second, ""));
    key.set(0, below);
    key.add(0);
    second.set(0, other);
    int hash = key.hashCode();
    second.add((hash ^ 0x8000_8000) - hash);
    return map;
  }

  private static Object sets(int levels) {
    Object below = "";
    for (int i = 0; i < levels; i++) {
      below = new HashSet<>(Set.of(below));
    }
    return below;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("towers")
  void keysThatTakeTooLongToCompareAreNotRead(String name, Object towers) throws Exception {
    byte[] bytes = serialized(towers);
    assertThatExceptionOfType(FormatException.class)
        .isThrownBy(() -> format.decode(bytes))
        .withMessageContaining(" too ");
  }

  /**
   * What a list holds that is not read to its end yet is held again and again by a key, and so is
   * all that follows in that list.
   */
  @Test
  void keysThatHoldWhatWasNotWholeAreNotRead() throws Exception {
    List<Object> large = new ArrayList<>(List.of(""));
    for (int i = 0; i < 17; i++) {
      large = new ArrayList<>(List.of(large, large));
    }
    List<Object> outer = new ArrayList<>(List.of(""));
    List<Object> inner = new ArrayList<>(List.of(outer));
    outer.add(new Object[] {inner});
    outer.add(large);
    List<Object> key = inner;
    for (int i = 0; i < 16; i++) {
      key = new ArrayList<>(List.of(key, key));
    }
    byte[] bytes = serialized(List.of(outer, keyOf(key)));
    assertThatExceptionOfType(FormatException.class)
        .isThrownBy(() -> format.decode(bytes))
        .withMessageContaining("in which the key lies");
  }

  /** A set of what is never hashed here. */
  private static Set<Object> keyOf(List<Object> key) {
    List<Object> brief = new ArrayList<>();
    Set<Object> set = new HashSet<>(Set.of(brief));
    brief.add(key);
    return set;
  }

  @Test
  void manyBytesBesideSuchKeysDoNotMakeUpForThem() throws Exception {
    byte[] bytes = serialized(List.of(new byte[1 << 24], towers(2, 21, LinkedHashSet::new)));
    assertThatExceptionOfType(FormatException.class)
        .isThrownBy(() -> format.decode(bytes))
        .withMessageContaining("too long to hash");
  }

  /** Its time is computed again for each hash code. */
  @Test
  void aCalendarOfAMonthThatIsNoneCountsAsWhatItTakesToHash() throws Exception {
    Calendar calendar = new GregorianCalendar();
    calendar.setLenient(false);
    calendar.set(Calendar.MONTH, 13);
    Object all = calendar;
    for (int i = 0; i < 17; i++) {
      all = new ArrayList<>(List.of(all, all));
    }
    byte[] bytes = serialized(all);
    assertThatExceptionOfType(FormatException.class)
        .isThrownBy(() -> format.decode(bytes))
        .withMessageContaining("too long to hash");
  }

  private static <T> Set<Set<T>> subsets(Set<T> all) {
    Set<Set<T>> found = new HashSet<>(Set.of(Set.of()));
    for (T element : all) {
      for (Set<T> one : List.copyOf(found)) {
        Set<T> other = new HashSet<>(one);
        other.add(element);
        found.add(other);
      }
    }
    return found;
  }

  @Test
  void honestSetsOfSetsAreReadAndWritten() {
    UnicodeScript[] scripts = UnicodeScript.values();
    Map<Object, Object> byEnums = new HashMap<>();
    Map<Object, Object> json = new HashMap<>();
    Map<Object, Object> concurrent = new ConcurrentHashMap<>();
    for (int i = 0; i < 1_000; i++) {
      byEnums.put(Set.of(scripts[i % 100], scripts[100 + i / 100], scripts[111 + i % 7]), i);
      json.put("k" + i, Map.of("a", Map.of("b", new HashMap<>(Map.of("c", List.of(i)))), "d", i));
      concurrent.put(i, new ConcurrentHashMap<>(Map.of("a", new ConcurrentHashMap<>(json))));
      json.remove("k" + (i - 10));
    }
    List<Object> all =
        List.of(
            set(5_000, i -> set(5, j -> "s" + i + "," + j)),
            Set.copyOf(set(5_000, i -> Set.copyOf(set(5, j -> "s" + i * j + "," + i)))),
            set(5_000, i -> Set.of(i / 70, 100 + i % 70)),
            set(300, i -> set(40, j -> set(5, k -> i + j * k))),
            Set.of(set(8_000, i -> List.of(i % 3, i)), "x", 1, List.of(1), set(9, List::of)),
            Set.of(set(20_000, i -> List.of(i % 3, i)), set(9, List::of)),
            Set.copyOf(set(50, i -> set(4_000 / (i + 1), j -> List.of(i, j)))),
            Set.copyOf(set(300, i -> Set.copyOf(set(10, j -> Set.copyOf(set(5, k -> i + j * k)))))),
            subsets(set(12, i -> i)),
            subsets(subsets(set(3, i -> i))),
            subsets(set(8, i -> "s" + i)),
            set(1_000, i -> List.of(i, Set.of("a" + i, i), Map.of(i, "b"))),
            set(200, i -> new TreeSet<>(set(i, j -> i * j))),
            set(200, i -> new CopyOnWriteArraySet<>(set(20, j -> i * j))),
            byEnums,
            json,
            concurrent);
    for (Object value : all) {
      assertThat(format.decode(format.encode(value)).equals(value)).isTrue();
    }
    assertThat(format.decode(format.encode(all)).equals(all)).isTrue();
  }

  @Test
  void honestGraphsAndTreesAreReadAndWritten() {
    List<Node> graph = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      graph.add(new Node(i, new HashSet<>()));
    }
    graph.forEach(
        node ->
            IntStream.range(1, 7).forEach(i -> node.near.add(graph.get(node.number * i % 100))));
    Map<Object, Object> edges = new HashMap<>();
    graph.forEach(node -> edges.put(node, map(new HashMap<>(), List.copyOf(node.near))));
    Node trie = new Node(0, new HashSet<>());
    Node at = trie;
    Directory directory = new Directory("", Set.of());
    Map<Object, Object> concurrent = new ConcurrentHashMap<>();
    Set<Object> ordinal = new HashSet<>();
    Map<Object, Object> maps = new HashMap<>();
    Set<Object> conditions = Set.of("a", "b");
    for (int i = 0; i < 40; i++) {
      conditions = Set.of("" + i, conditions);
      Node next = new Node(i, ConcurrentHashMap.newKeySet());
      at.below.put("k", next);
      at.near.add(next);
      at = next;
      Set<Directory> among = new HashSet<>(Set.of(directory));
      IntStream.range(0, 9).forEach(j -> among.add(new Directory("d" + j, Set.of())));
      directory = new Directory("", among);
      if (i < 12) { // more take the JDK long to compare
        concurrent = new ConcurrentHashMap<>(Map.of("a", concurrent, "b", ""));
      }
      Map<Object, Object> outer = new HashMap<>(Map.of("v", maps));
      outer.put(Set.of("null", i), null);
      maps = outer;
    }
    for (int i = 0; i < 8; i++) { // which all have the same hash code
      Set<Object> next = new HashSet<>(ordinal);
      next.add(ordinal);
      ordinal = next;
    }
    List<Object> all =
        List.of(
            graph,
            edges,
            trie,
            directory,
            concurrent,
            maps,
            ordinal,
            conditions,
            set(2, i -> set(20_000, j -> LocalDate.ofEpochDay(i + 2L * j))),
            set(20, i -> set(2_000, j -> new Point(i, j))),
            set(100, i -> new Node(i, new HashSet<>(Set.of(new Node(i, Set.of()))))));
    for (Object value : all) {
      assertThat(format.decode(format.encode(value)).equals(value)).isTrue();
    }
  }

  @Test
  void objectsThatKnowTheListTheyLieInAreReadAndWritten() {
    List<Team> all = new ArrayList<>();
    IntStream.range(0, 3).forEach(i -> all.add(new Team(all)));
    assertThat(format.decode(format.encode(all)))
        .asInstanceOf(InstanceOfAssertFactories.list(Team.class))
        .hasSize(3)
        .allSatisfy(team -> assertThat(team.all).contains(team))
        .allSatisfy(team -> assertThat(team.roles).hasSize(2));
  }

  /** A list in which a stream put one list to be read from and another one to be hashed. */
  @Test
  void whatAWrapperClaimsToHoldMakesNoDifference() throws Exception {
    List<String> strings = colliding(12);
    Set<Object> wrappers = set(i -> Collections.singletonList(List.of(i, strings.get(i).length())));
    assertThat(format.decode(serialized(wrappers))).isEqualTo(wrappers);
    Set<Object> equal = set(i -> Collections.singletonList(List.of(i, -31 * i)));
    byte[] bytes = serialized(equal);
    assertThatExceptionOfType(FormatException.class).isThrownBy(() -> format.decode(bytes));
  }

  @Test
  void manyHonestKeysAreReadAndWritten() {
    Set<Object> points = new HashSet<>();
    Map<Object, Object> times = new LinkedHashMap<>();
    for (int i = 0; i < 20_000; i++) {
      points.add(new Point(i / 100, i % 100));
      times.put(new Timestamp(1_700_000_000_000L + 1000L * i), i);
    }
    List<Object> all =
        List.of(
            points,
            times,
            set(2_000, i -> new Own(i, i)),
            Set.copyOf(set(20_000, i -> i)),
            new Hashtable<>(times),
            set(20_000, i -> new SimpleEntry<>("k" + i, i)),
            set(300, i -> i % 2 == 0 ? i : "s" + i),
            new CopyOnWriteArraySet<>(set(5_000, i -> i)));
    for (Object value : all) {
      assertThat(format.decode(format.encode(value))).isEqualTo(value);
    }
    assertThat(format.decode(format.encode(all))).isEqualTo(all);
  }

  @Test
  void aKeyWithManyPartsCostsAsOften() {
    List<Object> one = new ArrayList<>(Collections.nCopies(8_000, 0));
    List<Object> other = new ArrayList<>(one);
    List<String> strings = colliding(10);
    Set<Object> keys = new HashSet<>();
    for (int i = 0; i < 1_000; i++) {
      keys.add(Arrays.asList(strings.get(i), i % 2 == 0 ? one : other));
    }
    assertThatExceptionOfType(FormatException.class).isThrownBy(() -> format.encode(keys));
  }

  @Test
  void aNumberThatIsAKeyTwiceIsNotPrinted() {
    BigInteger number = BigInteger.ONE.shiftLeft(16_000_000);
    byte[] magnitude = number.toByteArray(); // its first byte comes last in a pickle
    ByteArrayOutputStream pickle = new ByteArrayOutputStream();
    pickle.writeBytes(new byte[] {(byte) Opcode.PROTO, 4, Opcode.EMPTY_DICT, Opcode.MARK});
    for (int i = 0; i < 2; i++) {
      pickle.write(Opcode.LONG4);
      for (int shift = 0; shift < Integer.SIZE; shift += 8) {
        pickle.write(magnitude.length >> shift);
      }
      pickle.writeBytes(new byte[magnitude.length - 1]);
      pickle.write(magnitude[0]);
      pickle.write(Opcode.NONE);
    }
    pickle.writeBytes(new byte[] {Opcode.SETITEMS, Opcode.STOP});
    assertThatExceptionOfType(FormatException.class)
        .isThrownBy(() -> new PickleFormat<>(Object.class).decode(pickle.toByteArray()))
        .withMessageContaining("of many digits twice");
    assertThatExceptionOfType(FormatException.class)
        .isThrownBy(() -> new JsonFormat<>(Object.class).encode(Map.of(number, 1)))
        .withMessageContaining("4300 digits");
  }

  /** Each list says that it has as many elements as the stream has bytes, within the one before. */
  @Test
  void manyLengthsThatAreNotThereAreRefusedTogether() throws Exception {
    List<Object> root = new ArrayList<>(List.of(new byte[1 << 20]));
    List<Object> list = root;
    for (int i = 0; i < 100; i++) {
      List<Object> next = new ArrayList<>();
      list.add(next);
      list = next;
    }
    byte[] bytes = serialized(root);
    byte[] one = {0, 0, 0, 1, 0x77, 4}; // a size, and then a block of data
    for (int at = (1 << 20); at < bytes.length - one.length; at++) {
      if (Arrays.equals(bytes, at, at + one.length, one, 0, one.length)) {
        bytes[at + 1] = 0x0f;
      }
    }
    assertThatExceptionOfType(FormatException.class)
        .isThrownBy(() -> format.decode(bytes))
        .withMessageContaining("REJECTED");
  }

  private static byte[] serialized(Object value) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new Replacing(bytes)) {
      out.writeObject(value);
    }
    return bytes.toByteArray();
  }

  /** Writes what the format would write, but refuses nothing. */
  private static final class Replacing extends ObjectOutputStream {
    Replacing(ByteArrayOutputStream bytes) throws java.io.IOException {
      super(bytes);
      enableReplaceObject(true);
    }

    @Override
    protected @Nullable Object replaceObject(@Nullable Object object) {
      if (object == null) {
        return null;
      }
      Object copies = StoredCopies.of(object);
      Object optional = object instanceof Serializable ? null : StoredOptional.of(object);
      return copies != null ? copies : Objects.requireNonNullElse(optional, object);
    }
  }
}
