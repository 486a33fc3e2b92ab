package io.persidict.jcache.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.persidict.Condition;
import io.persidict.PersiDict;
import io.persidict.format.AllowList;
import io.persidict.format.SerialFormat;
import io.persidict.key.KeyCodec;
import io.persidict.key.KeyLayout;
import io.persidict.metrics.Counting;
import io.persidict.store.ChangeCounts;
import io.persidict.store.FaultyStore;
import io.persidict.store.MemoryStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class NearCacheTest {
  private final FaultyStore store = new FaultyStore(new MemoryStore());
  private final SerialFormat<Object> values =
      new SerialFormat<>(
          Object.class,
          new AllowList(List.of(), "java.util.ArrayList"),
          getClass().getClassLoader());

  private StoredEntries<String, Object> entries(Coherence coherence) {
    return new StoredEntries<>(
        PersiDict.over(
            store, new KeyLayout(8, StoredEntry.EXTENSION), StoredEntry.FORMAT, StoredEntry.class),
        new EntryLayout.Records<>(new KeyCodec(values)),
        values,
        NearCache.ofEntries(10, values, new ImmutableTypes(Set.of()), coherence),
        ChangeCounts.ofThisProcess(),
        new Counting(),
        0,
        null);
  }

  private void put(StoredEntries<String, Object> entries, String key, Object value, long expiry) {
    StoredEntry.ValidRecord entry =
        new StoredEntry.ValidRecord(0, expiry, entries.place(key).keyBytes(), values.encode(value));
    entries.put(entries.place(key), entry, Condition.any());
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
}
