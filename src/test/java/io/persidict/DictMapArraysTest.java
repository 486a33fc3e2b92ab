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
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
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

  private static <V> Format<V> format(String extension, Class<V> type) {
    return Formats.of(
        extension,
        type,
        new AllowList(List.of(type), ""),
        DictMapArraysTest.class.getClassLoader());
  }

  private static <V> ConcurrentMap<DictKey, V> map(String extension, Class<V> type) {
    Format<V> format = format(extension, type);
    return PersiDict.over(new MemoryStore(), new KeyLayout(8, extension), format, type).asMap();
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
    Parameters<Pair> parameters =
        new Parameters<>("memory:", Optional.empty(), "jser", 8, true, Pair.class);
    WriteOnceDict<Pair> once =
        new WriteOnceDict<>(
            PersiDict.over(new MemoryStore(), format("jser", Pair.class), parameters), 1);
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
}
