package io.persidict.jcache.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.persidict.Condition;
import io.persidict.PersiDict;
import io.persidict.format.AllowList;
import io.persidict.format.Format;
import io.persidict.format.SerialFormat;
import io.persidict.key.DictKey;
import io.persidict.key.KeyCodec;
import io.persidict.key.KeyLayout;
import io.persidict.metrics.Counting;
import io.persidict.store.ChangeCounts;
import io.persidict.store.ChangeWatch;
import io.persidict.store.ETag;
import io.persidict.store.FaultyStore;
import io.persidict.store.MemoryStore;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

final class NearCacheTest {
  private final FaultyStore store = new FaultyStore(new MemoryStore());
  private final SerialFormat<Object> values =
      new SerialFormat<>(
          Object.class,
          new AllowList(List.of(), "java.util.ArrayList"),
          getClass().getClassLoader());

  private StoredEntries<String, Object> entries(Coherence coherence) {
    return entries(coherence, null);
  }

  private StoredEntries<String, Object> entries(
      Coherence coherence, StoredEntries.MemoryUses uses) {
    return entries(coherence, uses, StoredEntry.FORMAT);
  }

  private StoredEntries<String, Object> entries(
      Coherence coherence, StoredEntries.MemoryUses uses, Format<StoredEntry> format) {
    return new StoredEntries<>(
        PersiDict.over(store, new KeyLayout(8, StoredEntry.EXTENSION), format, StoredEntry.class),
        new EntryLayout.Records<>(new KeyCodec(values)),
        values,
        NearCache.ofEntries(10, values, new ImmutableTypes(Set.of()), coherence),
        ChangeCounts.ofThisProcess(),
        new Counting(),
        0,
        uses);
  }

  private boolean put(
      StoredEntries<String, Object> entries, String key, Object value, long expiry) {
    return put(entries, key, value, expiry, Condition.any());
  }

  private boolean put(
      StoredEntries<String, Object> entries,
      String key,
      Object value,
      long expiry,
      Condition condition) {
    StoredEntry.ValidRecord entry =
        new StoredEntry.ValidRecord(0, expiry, entries.place(key).keyBytes(), values.encode(value));
    return entries.put(entries.place(key), entry, condition);
  }

  @Test
  void aHitCallsTheStoreNotOnce() {
    ChangeCounts counts = ChangeCounts.ofThisProcess();
    StoredEntries<String, Object> entries =
        entries(Coherence.checked(key -> counts.watch(key.toString())));
    put(entries, "k", "v", StoredEntry.NEVER);
    assertThat(entries.read(entries.place("k")).value()).isEqualTo("v");
    int before = store.calls();
    for (int i = 0; i < 100_000; i++) {
      assertThat(entries.held("k")).isEqualTo("v");
    }
    assertThat(store.calls()).isEqualTo(before);
  }

  @Test
  void whatTheStoreStillHasIsHeldOnAndNotDecodedAgain() {
    ChangeCounts counts = ChangeCounts.ofThisProcess();
    StoredEntries<String, Object> entries =
        entries(Coherence.checked(key -> counts.watch(key.toString())));
    put(entries, "k", "v", StoredEntry.NEVER);
    Object held = entries.read(entries.place("k")).value();
    counts.changeAll();
    assertThat(entries.held("k")).isNull();
    assertThat(entries.read(entries.place("k")).value()).isEqualTo("v").isSameAs(held);
    assertThat(entries.held("k")).isSameAs(held);
  }

  @Test
  void whatIsChangedWhileItIsReadIsNotHeld() {
    ChangeCounts counts = ChangeCounts.ofThisProcess();
    Coherence coherence = Coherence.checked(key -> counts.watch(key.toString()));
    StoredEntries<String, Object> writer = entries(coherence);
    AtomicReference<Runnable> whileRead = new AtomicReference<>(() -> {});
    StoredEntries<String, Object> reader =
        entries(
            coherence,
            null,
            new Format<StoredEntry>() {
              @Override
              public String extension() {
                return StoredEntry.FORMAT.extension();
              }

              @Override
              public byte[] encode(StoredEntry entry) {
                return StoredEntry.FORMAT.encode(entry);
              }

              @Override
              public StoredEntry decode(byte[] bytes) {
                whileRead.getAndSet(() -> {}).run();
                return StoredEntry.FORMAT.decode(bytes);
              }
            });
    put(writer, "k", "old", StoredEntry.NEVER);
    whileRead.set(
        () -> {
          put(writer, "k", "new", StoredEntry.NEVER);
          counts.changeAll();
        });
    assertThat(reader.read(reader.place("k")).value()).isEqualTo("old");
    assertThat(reader.held("k")).isNull();
    assertThat(reader.read(reader.place("k")).value()).isEqualTo("new");
    assertThat(reader.held("k")).isEqualTo("new");
  }

  @Test
  void whatWasNotWrittenIsNotHeld() {
    for (Coherence coherence :
        List.of(Coherence.ALWAYS_VALID, Coherence.checked(key -> ChangeWatch.ALWAYS_VALID))) {
      StoredEntries<String, Object> entries = entries(coherence);
      put(entries(coherence), "k", "theirs", StoredEntry.NEVER);
      assertThat(put(entries, "k", "mine", StoredEntry.NEVER, Condition.absent())).isFalse();
      assertThat(entries.read(entries.place("k")).value()).isEqualTo("theirs");
    }
  }

  @Test
  void whatWasRemovedIsNotHeldEvenWhereEntriesNeverChange() {
    StoredEntries<String, Object> entries = entries(Coherence.ALWAYS_VALID);
    List<Runnable> removals =
        List.of(
            () -> entries.remove(entries.place("k"), Condition.any()),
            () -> entries.removeAll(List.of("k")),
            entries::clear);
    for (Runnable removal : removals) {
      put(entries, "k", "v", StoredEntry.NEVER);
      assertThat(entries.held("k")).isEqualTo("v");
      removal.run();
      assertThat(entries.held("k")).isNull();
    }
  }

  @Test
  void theFirstUseOfWhatWasWrittenIsRememberedAndLaterOnesWhereTheyAreDue() {
    List<Long> asked = new ArrayList<>();
    AtomicBoolean due = new AtomicBoolean();
    List<DictKey> used = new ArrayList<>();
    StoredEntries.MemoryUses uses =
        new StoredEntries.MemoryUses() {
          @Override
          public boolean isDue(long lastUse) {
            asked.add(lastUse);
            return due.get();
          }

          @Override
          public void use(DictKey place) {
            used.add(place);
          }
        };
    ChangeCounts counts = ChangeCounts.ofThisProcess();
    Coherence coherence = Coherence.checked(key -> counts.watch(key.toString()));
    StoredEntries<String, Object> writer = entries(coherence, uses);
    StoredEntries<String, Object> reader = entries(coherence, uses);
    long start = System.currentTimeMillis();
    put(writer, "k", "v", StoredEntry.NEVER);
    writer.read(writer.place("k"));
    assertThat(writer.held("k")).isEqualTo("v");
    assertThat(used).hasSize(1);
    assertThat(asked).isEmpty();
    assertThat(writer.held("k")).isEqualTo("v");
    reader.read(reader.place("k")); // the store sees this use
    assertThat(reader.held("k")).isEqualTo("v");
    assertThat(used).hasSize(1);
    assertThat(asked).hasSize(2).allSatisfy(last -> assertThat(last).isGreaterThanOrEqualTo(start));
    due.set(true);
    assertThat(writer.held("k")).isEqualTo("v");
    assertThat(used).hasSize(2);
  }

  @Test
  void whereEntriesNeverChangeValuesThatSomebodyCanChangeOrThatExpireMayLieBesideOthers() {
    StoredEntries<String, Object> entries = entries(Coherence.ALWAYS_VALID);
    put(entries, "before", "v", StoredEntry.NEVER);
    Object alone = entries.hit("before");
    assertThat(alone).isEqualTo("v").isSameAs(entries.hit("before"));
    long soon = System.currentTimeMillis() + 500;
    put(entries, "list", new ArrayList<>(List.of(1)), StoredEntry.NEVER);
    put(entries, "expires", "v", soon);
    put(entries, "after", "v", StoredEntry.NEVER);
    int before = store.calls();
    ((List<?>) entries.hit("list")).clear();
    assertThat(entries.hit("list")).isEqualTo(List.of(1));
    assertThat(entries.hit("before")).isSameAs(alone);
    assertThat(entries.hit("after")).isEqualTo("v").isSameAs(entries.hit("after"));
    await().until(() -> System.currentTimeMillis() > soon);
    assertThat(entries.hit("expires")).isNull();
    assertThat(store.calls()).isEqualTo(before);
  }

  // ---- expiry

  private static ETag etag(StoredEntries<String, Object> entries) {
    Condition unchanged = entries.find(entries.place("k")).unchanged();
    assertThat(unchanged).isInstanceOf(Condition.Matches.class);
    return ((Condition.Matches) unchanged).etag();
  }

  @Test
  void onlyTheVersionThatIsMeantIsRemovedAndOnlyIfItIsOver() {
    StoredEntries<String, Object> entries = entries(Coherence.ALWAYS_VALID);
    DictKey place = KeyCodec.dictKey("k");
    Map<String, Object> removed = new HashMap<>();
    put(entries, "k", "live", StoredEntry.NEVER);
    ETag live = etag(entries);
    assertThat(entries.removeExpired(place, live, removed::put)).isFalse();
    put(entries, "k", "over", 1);
    ETag over = etag(entries);
    assertThat(entries.removeExpired(place, live, removed::put)).isFalse();
    store.overtakeNextMutation(() -> put(entries, "k", "new", StoredEntry.NEVER));
    assertThat(entries.removeExpired(place, over, removed::put)).isFalse();
    assertThat(entries.find(entries.place("k")).value()).isEqualTo("new");
    assertThat(removed).isEmpty();
    put(entries, "k", "over again", 1);
    over = etag(entries);
    assertThat(entries.removeExpired(place, over, removed::put)).isTrue();
    assertThat(entries.find(entries.place("k")).isStored()).isFalse();
    assertThat(removed).isEqualTo(Map.of("k", "over again"));
    assertThat(entries.removeExpired(place, over, removed::put)).isFalse();
  }
}
