package io.persidict.jcache.storage;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class NearCacheTest {
  @Test
  void aHitCallsTheStoreNotOnce() {
    FaultyStore store = new FaultyStore(new MemoryStore());
    ChangeCounts counts = ChangeCounts.ofThisProcess();
    PersiDict<StoredEntry> dict =
        PersiDict.over(
            store, new KeyLayout(8, StoredEntry.EXTENSION), StoredEntry.FORMAT, StoredEntry.class);
    AllowList allowList = new AllowList(List.of(), "");
    ClassLoader loader = getClass().getClassLoader();
    SerialFormat<Object> values = new SerialFormat<>(Object.class, allowList, loader);
    StoredEntries<String, Object> entries =
        new StoredEntries<>(
            dict,
            new EntryLayout.Records<>(new KeyCodec(values)),
            values,
            NearCache.ofEntries(
                10,
                values,
                new ImmutableTypes(Set.of()),
                Coherence.checked(key -> counts.watch(key.toString()))),
            ChangeCounts.ofThisProcess(),
            new Counting(),
            0,
            null);
    StoredEntry.ValidRecord entry =
        new StoredEntry.ValidRecord(
            0, StoredEntry.NEVER, entries.place("k").keyBytes(), values.encode("v"));
    entries.put(entries.place("k"), entry, Condition.any());
    assertThat(entries.read(entries.place("k")).value()).isEqualTo("v");
    int before = store.calls();
    for (int i = 0; i < 100_000; i++) {
      assertThat(entries.held("k")).isEqualTo("v");
    }
    assertThat(store.calls()).isEqualTo(before);
  }
}
