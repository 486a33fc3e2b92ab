package io.persidict;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.persidict.format.FormatException;
import io.persidict.format.JsonFormat;
import io.persidict.key.DictKey;
import io.persidict.key.KeyLayout;
import io.persidict.store.ETag;
import io.persidict.store.FaultyStore;
import io.persidict.store.Precondition;
import io.persidict.store.Store;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentMap;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a dictionary's views, policies and choices do, whatever store it lies in. */
abstract class PersiDictViewsContract {
  static final DictKey KEY = DictKey.of("dir", "key");

  FaultyStore store;
  PersiDict<Object> dict;

  abstract Store open() throws Exception;

  /** Waits until the store's clock, which may be coarse, shows another time. */
  void letTimePass() throws InterruptedException {
    Thread.sleep(2);
  }

  /** How often chance is tried; slow stores lower it. */
  int draws() {
    return 2000;
  }

  /** How many entries the store reads ahead of those who iterate over values. */
  int readAhead() {
    return 0;
  }

  @BeforeEach
  void openDict() throws Exception {
    store = new FaultyStore(open());
    dict =
        PersiDict.over(
            store, new KeyLayout(8, "json"), new JsonFormat<>(Object.class), Object.class);
  }

  @AfterEach
  void closeDict() {
    dict.close();
  }

  // ---- timestamps, ages, chance

  @Test
  void tellsTimestampsAndEtagsWithoutReading() {
    assertThat(dict.timestamp(KEY)).isEmpty();
    assertThat(dict.etag(KEY)).isEmpty();
    store.put(new KeyLayout(8, "json").name(KEY), new byte[] {'{'}, Precondition.none());
    assertThat(dict.timestamp(KEY).orElseThrow())
        .isBetween(Instant.now().minusSeconds(60), Instant.now().plusSeconds(2));
    assertThat(dict.etag(KEY)).isPresent();
    dict.put(KEY, 1);
    Item<Object> item = dict.item(KEY).orElseThrow();
    assertThat(dict.timestamp(KEY)).contains(item.timestamp());
    assertThat(dict.etag(KEY)).contains(item.etag());
    try (Stream<Timestamped<DictKey>> keys = dict.stampedKeys()) {
      assertThat(keys).containsExactly(new Timestamped<>(KEY, item.timestamp()));
    }
    try (Stream<Timestamped<Object>> values = dict.stampedValues()) {
      assertThat(values).containsExactly(new Timestamped<>(1L, item.timestamp()));
    }
  }

  @Test
  void findsTheNewestAndTheOldest() throws Exception {
    for (int i : new int[] {3, 1, 4, 0, 2}) {
      dict.put(DictKey.of("k" + i), i);
      letTimePass();
    }
    assertThat(dict.newestKeys(3))
        .containsExactly(DictKey.of("k2"), DictKey.of("k0"), DictKey.of("k4"));
    assertThat(dict.oldestKeys(2)).containsExactly(DictKey.of("k3"), DictKey.of("k1"));
    assertThat(dict.newestValues(2)).containsExactly(2L, 0L);
    assertThat(dict.oldestValues(Integer.MAX_VALUE)).containsExactly(3L, 1L, 4L, 0L, 2L);
    assertThat(dict.newestKeys(0)).isEmpty();
    assertThatIllegalArgumentException().isThrownBy(() -> dict.oldestKeys(-1));
  }

  @Test
  void picksEachKeyAsOftenAsTheOthers() {
    assertThat(dict.randomKey()).isEmpty();
    int keys = 5;
    for (int i = 0; i < keys; i++) {
      dict.put(DictKey.of("k" + i), i);
    }
    int[] counts = new int[keys];
    int rounds = draws();
    for (int i = 0; i < rounds; i++) {
      String key = dict.randomKey().orElseThrow().toString();
      counts[Integer.parseInt(key.substring(1))]++;
    }
    // 9 standard deviations: fails by chance once in 10^18 runs
    double expected = (double) rounds / keys;
    double margin = 9 * Math.sqrt(expected * (1 - 1.0 / keys));
    for (int count : counts) {
      assertThat((double) count).isBetween(expected - margin, expected + margin);
    }
  }

  // ---- sub-dictionaries

  @Test
  void aSubdictHoldsWhatIsBelowItsPrefix() {
    dict.put(DictKey.of("a", "b", "c"), 1);
    dict.put(DictKey.of("a", "d"), 2);
    dict.put(DictKey.of("a"), 3);
    dict.put(DictKey.of("ab", "d"), 4);
    PersiDict<Object> a = dict.subdict(DictKey.of("a"));
    try (Stream<DictKey> keys = a.keys()) {
      assertThat(keys).containsExactlyInAnyOrder(DictKey.of("b", "c"), DictKey.of("d"));
    }
    assertThat(a.get(DictKey.of("d"))).contains(2L);
    a.put(DictKey.of("new"), 5);
    assertThat(dict.get(DictKey.of("a", "new"))).contains(5L);
    assertThat(a.subdict(DictKey.of("b")).get(DictKey.of("c"))).contains(1L);
    assertThat(dict.subdict(DictKey.of("a", "b"))).isEqualTo(a.subdict(DictKey.of("b")));
    assertThat(dict.subdict(DictKey.of("none")).isEmpty()).isTrue();
    a.clear();
    assertThat(dict.size()).isEqualTo(2);
    a.close();
    assertThat(dict.get(DictKey.of("a"))).contains(3L);
  }

  @Test
  void listsItsSubdicts() {
    dict.put(DictKey.of("a", "b"), 1);
    dict.put(DictKey.of("a", "c", "d"), 2);
    dict.put(DictKey.of("single"), 3);
    Map<String, PersiDict<Object>> subdicts = dict.subdicts();
    assertThat(subdicts.keySet()).containsExactly("a", "single");
    assertThat(subdicts.get("a").size()).isEqualTo(2);
    assertThat(subdicts.get("a")).isEqualTo(dict.subdict(DictKey.of("a")));
    assertThat(subdicts.get("single").isEmpty()).isTrue();
  }

  @Test
  void isEqualByParameters() {
    PersiDict<Object> same =
        PersiDict.over(store, new JsonFormat<>(Object.class), dict.parameters());
    assertThat(same).isEqualTo(dict).hasSameHashCodeAs(dict);
    assertThat(dict.parameters())
        .isEqualTo(
            new Parameters<>(store.toString(), Optional.empty(), "json", 8, false, Object.class));
    assertThat(immutable()).isNotEqualTo(dict);
    assertThat(dict.subdict(KEY)).isNotEqualTo(dict);
    assertThat(dict).isNotEqualTo("x");
  }

  // ---- immutable items

  private PersiDict<Object> immutable() {
    return PersiDict.over(
        store,
        new JsonFormat<>(Object.class),
        new Parameters<>(store.toString(), Optional.empty(), "json", 8, true, Object.class));
  }

  @Test
  void immutableItemsAreNeitherChangedNorRemoved() {
    PersiDict<Object> once = immutable();
    once.put(KEY, "first");
    ETag etag = once.etag(KEY).orElseThrow();
    List<ThrowingCallable> changes =
        List.of(
            () -> once.put(KEY, "other"),
            () -> once.put(KEY, "first"),
            () -> once.put(KEY, "other", Condition.present()),
            () -> once.put(KEY, "other", Condition.matches(etag)),
            () -> once.apply(KEY, Edit.set("other")),
            () -> once.apply(KEY, Edit.deleteCurrent()),
            () -> once.transform(KEY, old -> Edit.set("other")),
            () -> once.transform(KEY, old -> Edit.deleteCurrent()),
            () -> once.remove(KEY),
            () -> once.remove(KEY, Condition.matches(etag)),
            () -> once.pop(KEY),
            () -> once.subdict(DictKey.of("dir")).put(DictKey.of("key"), "other"),
            () -> once.asMap().remove(KEY),
            () -> once.asMap().put(KEY, "other"),
            once::clear);
    for (ThrowingCallable change : changes) {
      assertThatExceptionOfType(MutationPolicyException.class)
          .isThrownBy(change)
          .withMessageContaining("immutable-items")
          .satisfies(e -> assertThat(e.policy()).isEqualTo("immutable-items"));
    }
    assertThatExceptionOfType(MutationPolicyException.class)
        .isThrownBy(() -> once.put(KEY, "other"))
        .withMessageContaining("dir/key")
        .satisfies(e -> assertThat(e.key()).contains(KEY));
    assertThat(once.item(KEY).orElseThrow().etag()).isEqualTo(etag);
    assertThat(once.put(KEY, "other", Condition.absent()))
        .isEqualTo(new WriteResult(false, Optional.of(etag)));
    assertThat(once.put(KEY, "other", Condition.changedFrom(etag)).satisfied()).isFalse();
    assertThat(once.put(DictKey.of("x"), "other", Condition.present()))
        .isEqualTo(new WriteResult(false, Optional.empty()));
    assertThat(once.apply(KEY, Edit.keepCurrent()).satisfied()).isTrue();
    assertThat(once.setDefault(KEY, "other")).isEqualTo("first");
    assertThat(once.transform(DictKey.of("y"), old -> Edit.set("new"))).contains("new");
    assertThat(once.get(KEY)).contains("first");
  }

  @Test
  void immutableItemsAreInsertedOnce() {
    PersiDict<Object> once = immutable();
    store.overtakeNextMutation(() -> once.put(KEY, "theirs"));
    assertThatExceptionOfType(MutationPolicyException.class)
        .isThrownBy(() -> once.put(KEY, "mine"));
    assertThat(once.get(KEY)).contains("theirs");
  }

  // ---- write once

  @Test
  void theFirstValueStays() {
    double[] chance = {0.5};
    WriteOnceDict<Object> once =
        new WriteOnceDict<>(immutable(), new ConsistencyChecks(0, () -> chance[0]));
    assertThat(once.put(KEY, "first")).isTrue();
    assertThat(once.put(KEY, "other")).isFalse();
    assertThat(once.get(KEY)).contains("first");
    assertThat(once.checksAttempted()).isZero();

    once.consistencyChecks(0.5);
    assertThat(once.put(KEY, "other")).isFalse();
    assertThat(once.checksAttempted()).as("0.5 is not below 0.5").isZero();
    chance[0] = 0.4;
    assertThat(once.put(KEY, "first")).isFalse();
    assertThatExceptionOfType(MutationPolicyException.class)
        .isThrownBy(() -> once.put(KEY, "other"))
        .withMessageContaining("dir/key")
        .satisfies(e -> assertThat(e.policy()).isEqualTo("write-once"));
    assertThat(once.get(KEY)).contains("first");
    assertThat(once.checksAttempted()).isEqualTo(2);
    assertThat(once.checksPassed()).isEqualTo(1);
    assertThat(once.checksFailed()).isEqualTo(1);

    store.overtakeNextMutation(() -> once.put(DictKey.of("raced"), "theirs"));
    assertThat(once.put(DictKey.of("raced"), "theirs")).isFalse();
    assertThat(once.checksPassed()).isEqualTo(2);
  }

  @Test
  void aValueIsTheFirstOneAgainWhereThatWasEvicted() {
    WriteOnceDict<Object> once =
        new WriteOnceDict<>(
            immutable(),
            new ConsistencyChecks(
                0.5,
                () -> {
                  dict.remove(KEY);
                  return 0.4;
                }));
    assertThat(once.put(KEY, "first")).isTrue();
    assertThat(once.put(KEY, "second")).isTrue();
    assertThat(once.get(KEY)).contains("second");
    assertThat(once.checksAttempted()).isEqualTo(1);
    assertThat(once.checksPassed()).isEqualTo(1);
  }

  @Test
  void contentIsComparedWithoutRegardToOrder() {
    WriteOnceDict<Object> once = new WriteOnceDict<>(immutable(), 1);
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("a", Set.of(1, 2));
    map.put("b", new byte[] {1});
    Map<String, Object> same = new LinkedHashMap<>();
    same.put("b", new byte[] {1});
    same.put("a", new LinkedHashSet<>(List.of(2L, 1L)));
    once.put(KEY, map);
    assertThat(once.put(KEY, same)).isFalse();
    assertThat(once.checksPassed()).isEqualTo(1);
    for (Object other :
        List.of(Map.of("a", Set.of(1, 2)), Map.of("a", List.of(1, 2), "b", new byte[] {1}), "x")) {
      assertThatExceptionOfType(MutationPolicyException.class)
          .isThrownBy(() -> once.put(KEY, other));
    }
    assertThat(once.checksFailed()).isEqualTo(3);
    once.put(DictKey.of("half"), "\ud83d");
    assertThatExceptionOfType(MutationPolicyException.class)
        .isThrownBy(() -> once.put(DictKey.of("half"), "\ud83e"));
    WriteOnceDict<Object> part = once.subdict(DictKey.of("dir"));
    assertThat(part.contains(DictKey.of("key"))).isTrue();
    assertThat(part.put(DictKey.of("key"), same)).isFalse();
    assertThat(part.checksPassed()).isEqualTo(1);
  }

  @Test
  void writeOnceNeedsImmutableItemsAndAProbability() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new WriteOnceDict<>(dict, 0))
        .withMessageContaining("mutable items");
    for (double p : new double[] {-0.1, 1.1, Double.NaN}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new WriteOnceDict<>(immutable(), p))
          .withMessageContaining("0 to 1");
    }
  }

  // ---- the map

  @Test
  void theMapIsLive() {
    ConcurrentMap<DictKey, Object> map = dict.asMap();
    assertThat(map.put(KEY, 1L)).isNull();
    assertThat(dict.get(KEY)).contains(1L);
    dict.put(KEY, 2L);
    assertThat(map).containsExactly(Map.entry(KEY, 2L));
    assertThat(map.merge(KEY, 3L, (a, b) -> (Long) a + (Long) b)).isEqualTo(5L);
    store.overtakeNextMutation(() -> dict.put(KEY, 10L));
    assertThat(map.compute(KEY, (key, old) -> (Long) old + 1)).isEqualTo(11L);
    store.overtakeNextMutation(() -> dict.put(KEY, 11));
    assertThat(map.values().remove(11L)).isTrue();
    dict.put(KEY, 11);
    store.overtakeNextMutation(() -> dict.put(KEY, 12));
    assertThat(map.values().remove(11L)).isFalse();
    assertThat(map.get(KEY)).isEqualTo(12L);
    assertThat(map.get("no key")).isNull();
    map.keySet().removeIf(key -> true);
    assertThat(dict.isEmpty()).isTrue();
  }

  // ---- entries that cannot be read, values of conditional operations

  @Test
  void entriesThatCannotBeReadAreSkippedAndReportedOrEndTheReading() {
    dict.put(DictKey.of("a"), 1);
    dict.put(DictKey.of("z"), 2);
    DictKey array = DictKey.of("m");
    byte[] numpy = "{\"py/object\": \"numpy.ndarray\"}".getBytes(StandardCharsets.UTF_8);
    store.put(new KeyLayout(8, "json").name(array), numpy, Precondition.none());

    Map<DictKey, FormatException> faults = new HashMap<>();
    try (Stream<Object> values = dict.values(faults::put)) {
      assertThat(values).containsExactlyInAnyOrder(1L, 2L);
    }
    assertThat(faults).containsOnlyKeys(array);
    assertThat(faults.get(array)).hasMessageContaining("numpy");
    faults.clear();
    try (Stream<Item<Object>> items = dict.items(faults::put)) {
      assertThat(items.map(Item::key)).containsExactlyInAnyOrder(DictKey.of("a"), DictKey.of("z"));
    }
    assertThat(faults).containsOnlyKeys(array);
    faults.clear();
    ConcurrentMap<DictKey, Object> map = dict.asMap(faults::put);
    assertThat(Map.copyOf(map)).isEqualTo(Map.of(DictKey.of("a"), 1L, DictKey.of("z"), 2L));
    assertThat(map.containsValue("none")).isFalse();
    assertThat(faults).containsOnlyKeys(array);
    assertThat(map.keySet()).doesNotContain(array);
    for (Collection<?> view : List.of(map.keySet(), map.values(), map.entrySet())) {
      assertThat(view.stream().toList()).hasSize(2);
      assertThat(view.parallelStream().toList()).hasSize(2).doesNotContainNull();
    }
    assertThat(map.containsKey(array)).isTrue();
    assertThatExceptionOfType(FormatException.class).isThrownBy(() -> map.get(array));
    Set<DictKey> keys = dict.asMap().keySet();
    assertThat(keys.contains(array)).isTrue();
    assertThat(keys.remove(DictKey.of("none"))).isFalse();
    assertThat(keys.remove(DictKey.of("z"))).isTrue();
    assertThat(dict.contains(DictKey.of("z"))).isFalse();

    assertThatExceptionOfType(FormatException.class)
        .isThrownBy(
            () -> {
              try (Stream<Object> values = dict.values()) {
                values.toList();
              }
            });
    assertThatExceptionOfType(FormatException.class)
        .isThrownBy(() -> new ArrayList<>(dict.asMap().values()));
    assertThat(keys.removeAll(Set.of(array))).isTrue();
    assertThat(dict.asMap()).containsOnlyKeys(DictKey.of("a"));
  }

  @Test
  void conditionalOperationsReturnTheValueIfAsked() {
    ReadResult<Object> stored = dict.put(KEY, 1, Condition.absent(), Retrieve.ALWAYS);
    assertThat(stored).isEqualTo(new ReadResult<>(true, dict.etag(KEY), Optional.of(1)));
    ETag first = stored.etag().orElseThrow();
    dict.put(KEY, 2);
    Optional<ETag> second = dict.etag(KEY);
    Condition outdated = Condition.matches(first);

    ReadResult<Object> lost = new ReadResult<>(false, second, Optional.of(2L));
    ReadResult<Object> bare = new ReadResult<>(false, second, Optional.empty());
    assertThat(dict.put(KEY, 3, outdated, Retrieve.ALWAYS)).isEqualTo(lost);
    assertThat(dict.put(KEY, 3, outdated, Retrieve.IF_CHANGED)).isEqualTo(lost);
    assertThat(dict.put(KEY, 3, outdated, Retrieve.NEVER)).isEqualTo(bare);
    assertThat(dict.remove(KEY, outdated, Retrieve.IF_CHANGED)).isEqualTo(lost);
    assertThat(dict.remove(KEY, outdated, Retrieve.NEVER)).isEqualTo(bare);
    assertThat(dict.get(KEY, outdated, Retrieve.ALWAYS)).isEqualTo(lost);
    assertThat(dict.get(KEY, outdated, Retrieve.NEVER)).isEqualTo(bare);

    Condition known = Condition.changedFrom(second.orElseThrow());
    assertThat(dict.put(KEY, 3, known, Retrieve.IF_CHANGED)).isEqualTo(bare);
    assertThat(dict.put(KEY, 3, known, Retrieve.ALWAYS)).isEqualTo(lost);
    assertThat(dict.get(KEY, known, Retrieve.IF_CHANGED)).isEqualTo(bare);
    assertThat(dict.get(KEY, Condition.present(), Retrieve.IF_CHANGED))
        .isEqualTo(new ReadResult<>(true, second, Optional.of(2L)));
    assertThat(dict.remove(KEY, Condition.present(), Retrieve.ALWAYS))
        .isEqualTo(new ReadResult<>(true, Optional.empty(), Optional.empty()));
    assertThat(dict.put(KEY, 3, outdated, Retrieve.ALWAYS))
        .isEqualTo(new ReadResult<>(false, Optional.empty(), Optional.empty()));
  }
}
