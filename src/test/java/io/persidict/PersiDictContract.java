package io.persidict;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import io.persidict.format.FormatException;
import io.persidict.format.JsonFormat;
import io.persidict.format.NullValue;
import io.persidict.key.DictKey;
import io.persidict.key.KeyLayout;
import io.persidict.store.ETag;
import io.persidict.store.Precondition;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What a dictionary does, whatever store it lies in. */
abstract class PersiDictContract extends PersiDictViewsContract {
  private ETag etag(DictKey key) {
    return dict.item(key).orElseThrow().etag();
  }

  @Test
  void keepsWhatWasPut() {
    assertThat(dict.get(KEY)).isEmpty();
    assertThat(dict.item(KEY)).isEmpty();
    assertThat(dict.contains(KEY)).isFalse();
    Instant before = Instant.now();
    dict.put(KEY, List.of(1L, "x"));
    assertThat(dict.get(KEY)).contains(List.of(1L, "x"));
    assertThat(dict.contains(KEY)).isTrue();
    Item<Object> item = dict.item(KEY).orElseThrow();
    assertThat(item.key()).isEqualTo(KEY);
    assertThat(item.value()).isEqualTo(List.of(1L, "x"));
    assertThat(item.timestamp()).isBetween(before.minusSeconds(2), Instant.now().plusSeconds(2));
    dict.put(KEY, NullValue.NULL);
    assertThat(dict.get(KEY)).contains(NullValue.NULL);
    assertThat(dict.remove(KEY)).isTrue();
    assertThat(dict.remove(KEY)).isFalse();
    assertThat(dict.get(KEY)).isEmpty();
  }

  @Test
  void listsCountsAndClearsItsOwnEntries() {
    assertThat(dict.isEmpty()).isTrue();
    assertThat(dict.size()).isZero();
    for (int i = 0; i < 20; i++) {
      dict.put(DictKey.of("d" + i % 3, "k" + i), i);
    }
    store.put("foreign.txt", new byte[1], Precondition.none());
    store.put("unsigned.json", new byte[1], Precondition.none());
    assertThat(dict.isEmpty()).isFalse();
    assertThat(dict.size()).isEqualTo(20);
    try (Stream<DictKey> keys = dict.keys()) {
      assertThat(keys)
          .containsExactlyInAnyOrderElementsOf(
              IntStream.range(0, 20).mapToObj(i -> DictKey.of("d" + i % 3, "k" + i)).toList());
    }
    try (Stream<Object> values = dict.values()) {
      assertThat(values.mapToLong(value -> (Long) value).sum()).isEqualTo(190);
    }
    try (Stream<Item<Object>> items = dict.items()) {
      assertThat(items)
          .allSatisfy(
              item -> assertThat(item.key().segments().get(1)).isEqualTo("k" + item.value()));
    }
    dict.clear();
    assertThat(dict.size()).isZero();
    assertThat(store.read("foreign.txt")).isPresent();
    assertThat(store.read("unsigned.json")).isPresent();
  }

  @Test
  void iterationSkipsWhatIsRemovedMeanwhile() {
    for (int i = 0; i < 50; i++) {
      dict.put(DictKey.of("k" + i), i);
    }
    try (Stream<Item<Object>> items = dict.items()) {
      assertThat(items.peek(item -> dict.clear()).count()).isBetween(1L, 2L + readAhead());
    }
  }

  // ---- conditions: what each comes to where the entry is absent, as known, and changed

  private record Case(Condition condition, boolean absent, boolean same, boolean changed) {}

  private static List<Case> cases(ETag known) {
    return List.of(
        new Case(Condition.any(), true, true, true),
        new Case(Condition.absent(), true, false, false),
        new Case(Condition.present(), false, true, true),
        new Case(Condition.matches(known), false, true, false),
        new Case(Condition.changedFrom(known), true, false, true));
  }

  @Test
  void putsUnderConditions() {
    for (int i = 0; i < 5; i++) {
      dict.remove(KEY);
      dict.put(KEY, "known");
      Case row = cases(etag(KEY)).get(i);

      WriteResult same = dict.put(KEY, "new", row.condition);
      check(row.same, same, "known", "new");

      dict.put(KEY, "changed");
      check(row.changed, dict.put(KEY, "new", row.condition), "changed", "new");

      dict.remove(KEY);
      WriteResult absent = dict.put(KEY, "new", row.condition);
      check(row.absent, absent, null, "new");
    }
  }

  @Test
  void removesUnderConditions() {
    for (int i = 0; i < 5; i++) {
      dict.remove(KEY);
      dict.put(KEY, "known");
      Case row = cases(etag(KEY)).get(i);

      check(row.same, dict.remove(KEY, row.condition), "known", null);

      dict.put(KEY, "changed");
      check(row.changed, dict.remove(KEY, row.condition), "changed", null);

      dict.remove(KEY);
      check(row.absent, dict.remove(KEY, row.condition), null, null);
    }
  }

  @Test
  void appliesEdits() {
    for (int i = 0; i < 5; i++) {
      dict.remove(KEY);
      dict.put(KEY, "known");
      Case row = cases(etag(KEY)).get(i);
      check(row.same, dict.apply(KEY, Edit.keepCurrent(), row.condition), "known", "known");
      check(row.same, dict.apply(KEY, Edit.set("new"), row.condition), "known", "new");
      dict.remove(KEY);
      check(row.absent, dict.apply(KEY, Edit.keepCurrent(), row.condition), null, null);
      check(row.absent, dict.apply(KEY, Edit.deleteCurrent(), row.condition), null, null);
    }
    dict.apply(KEY, Edit.set("x"));
    assertThat(dict.get(KEY)).contains("x");
    dict.apply(KEY, Edit.KEEP_CURRENT);
    assertThat(dict.get(KEY)).contains("x");
    dict.apply(KEY, Edit.DELETE_CURRENT);
    assertThat(dict.get(KEY)).isEmpty();
  }

  private void check(boolean expected, WriteResult outcome, Object before, Object after) {
    assertThat(outcome.satisfied()).isEqualTo(expected);
    assertThat(dict.get(KEY)).isEqualTo(Optional.ofNullable(expected ? after : before));
    assertThat(outcome.etag()).isEqualTo(dict.item(KEY).map(Item::etag));
  }

  @Test
  void aConditionOnPresenceOutlastsOtherWriters() {
    dict.put(KEY, "old");
    store.overtakeNextMutation(() -> dict.put(KEY, "theirs"));
    assertThat(dict.put(KEY, "mine", Condition.present()).satisfied()).isTrue();
    assertThat(dict.get(KEY)).contains("mine");
    store.overtakeNextMutation(() -> dict.remove(KEY));
    assertThat(dict.put(KEY, "mine", Condition.present()).satisfied()).isFalse();
    assertThat(dict.get(KEY)).isEmpty();
  }

  @Test
  void readsUnderConditions() {
    for (int i = 0; i < 5; i++) {
      dict.remove(KEY);
      dict.put(KEY, "known");
      ETag known = etag(KEY);
      Case row = cases(known).get(i);
      check(row.same, dict.get(KEY, row.condition), Optional.of(known), "known");
      dict.put(KEY, "changed");
      check(row.changed, dict.get(KEY, row.condition), Optional.of(etag(KEY)), "changed");
      dict.remove(KEY);
      check(row.absent, dict.get(KEY, row.condition), Optional.empty(), null);
    }
  }

  private static void check(
      boolean expected, ReadResult<Object> reading, Optional<ETag> etag, Object value) {
    assertThat(reading)
        .isEqualTo(
            new ReadResult<>(
                expected, etag, expected ? Optional.ofNullable(value) : Optional.empty()));
  }

  @Test
  void setsDefaultsUnderConditions() {
    for (int i = 0; i < 5; i++) {
      dict.remove(KEY);
      dict.put(KEY, "known");
      ETag known = etag(KEY);
      Case row = cases(known).get(i);
      assertThat(dict.setDefault(KEY, "new", row.condition))
          .isEqualTo(new ReadResult<Object>(row.same, Optional.of(known), Optional.of("known")));
      dict.remove(KEY);
      ReadResult<Object> absent = dict.setDefault(KEY, "new", row.condition);
      assertThat(absent.satisfied()).isEqualTo(row.absent);
      assertThat(absent.value()).isEqualTo(row.absent ? Optional.of("new") : Optional.empty());
      assertThat(absent.etag()).isEqualTo(dict.etag(KEY));
      assertThat(dict.get(KEY)).isEqualTo(absent.value());
    }
  }

  @Test
  void setsDefaultsOnce() {
    assertThat(dict.setDefault(KEY, "first")).isEqualTo("first");
    assertThat(dict.setDefault(KEY, "second")).isEqualTo("first");
    DictKey raced = DictKey.of("raced");
    store.overtakeNextMutation(() -> dict.put(raced, "theirs"));
    assertThat(dict.setDefault(raced, "mine")).isEqualTo("theirs");
    assertThat(dict.get(raced)).contains("theirs");
  }

  @Test
  void popsWhatItDeletes() {
    dict.put(KEY, "old");
    store.overtakeNextMutation(() -> dict.put(KEY, "theirs"));
    assertThat(dict.pop(KEY)).contains("theirs");
    assertThat(dict.pop(KEY)).isEmpty();
    assertThat(dict.contains(KEY)).isFalse();
  }

  // ---- transform

  @Test
  void transforms() {
    assertThat(dict.transform(KEY, old -> Edit.set(old.isEmpty() ? "first" : "?")))
        .contains("first");
    assertThat(dict.transform(KEY, old -> Edit.keepCurrent())).contains("first");
    assertThat(dict.transform(KEY, old -> Edit.set(old.orElseThrow() + " second")))
        .contains("first second");
    assertThat(dict.transform(KEY, old -> Edit.deleteCurrent())).isEmpty();
    assertThat(dict.transform(KEY, old -> Edit.keepCurrent())).isEmpty();
    assertThat(dict.get(KEY)).isEmpty();
  }

  @Test
  void transformStartsOverWhenOvertaken() {
    dict.put(KEY, 1L);
    AtomicInteger calls = new AtomicInteger();
    store.overtakeNextMutation(() -> dict.put(KEY, 10L));
    Optional<Object> result =
        dict.transform(
            KEY,
            old -> {
              calls.incrementAndGet();
              return Edit.set((Long) old.orElseThrow() + 1);
            });
    assertThat(result).contains(11L);
    assertThat(calls).hasValue(2);
  }

  @Test
  void transformGivesUpAfterItsRetries() {
    dict.put(KEY, 1L);
    store.overtakeNextMutation(() -> dict.put(KEY, 2L));
    store.overtakeNextMutation(() -> {}); // the overtaker's own put
    store.overtakeNextMutation(() -> dict.put(KEY, 3L));
    assertThatExceptionOfType(ConflictException.class)
        .isThrownBy(() -> dict.transform(KEY, old -> Edit.set(0L), 1))
        .withMessageContaining("2 tries");
    assertThat(dict.get(KEY)).contains(3L);
  }

  @Test
  void transformsOfManyThreadsAddUp() throws Exception {
    Thread[] threads = new Thread[4];
    for (int t = 0; t < threads.length; t++) {
      threads[t] =
          new Thread(
              () -> {
                for (int i = 0; i < 50; i++) {
                  dict.transform(KEY, old -> Edit.set((Long) old.orElse(0L) + 1));
                }
              });
      threads[t].start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(dict.get(KEY)).contains(200L);
  }

  // ---- bad input

  @Test
  void refusesBadInputAndTouchesNothing() {
    dict.put(KEY, "stored");
    assertThatNullPointerException().isThrownBy(() -> dict.put(KEY, null));
    assertThatNullPointerException().isThrownBy(() -> dict.put(null, "x"));
    assertThatNullPointerException().isThrownBy(() -> dict.apply(KEY, null));
    assertThatNullPointerException().isThrownBy(() -> dict.transform(KEY, old -> null));
    assertThatNullPointerException()
        .isThrownBy(() -> dict.put(KEY, "other", Condition.any(), null));
    assertThatNullPointerException().isThrownBy(() -> dict.remove(KEY, Condition.any(), null));
    assertThatNullPointerException()
        .isThrownBy(() -> dict.get(DictKey.of("none"), Condition.any(), null));
    assertThatNullPointerException().isThrownBy(() -> dict.get(KEY, Condition.matches(null)));
    assertThatNullPointerException()
        .isThrownBy(() -> dict.put(KEY, "other", Condition.changedFrom(null)));
    assertThatNullPointerException().isThrownBy(() -> dict.removeAll(Arrays.asList(KEY, null)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> dict.removeAll(List.of(KEY, DictKey.of("L".repeat(253)))));
    assertThatExceptionOfType(FormatException.class).isThrownBy(() -> dict.put(KEY, new Object()));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> dict.put(DictKey.of("L".repeat(253)), "x"))
        .withMessageContaining("at most 255");
    assertThat(dict.get(KEY)).contains("stored");
    assertThat(dict.size()).isEqualTo(1);
  }

  @Test
  @SuppressWarnings({"unchecked", "rawtypes"})
  void refusesValuesOfAnotherClass() {
    PersiDict<String> strings =
        PersiDict.over(
            store, new KeyLayout(8, "json"), new JsonFormat<>(String.class), String.class);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ((PersiDict) strings).put(KEY, 1))
        .withMessageContaining("java.lang.Integer; this dictionary holds java.lang.String");
  }

  @Test
  void aMalformedEntryIsNamed() {
    store.put(new KeyLayout(8, "json").name(KEY), new byte[] {'{'}, Precondition.none());
    assertThatExceptionOfType(FormatException.class)
        .isThrownBy(() -> dict.get(KEY))
        .withMessageContaining(new KeyLayout(8, "json").name(KEY))
        .withMessageContaining("not JSON");
    dict.put(KEY, "repaired");
    assertThat(dict.get(KEY)).contains("repaired");
  }
}
