package io.persidict.jcache.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.persidict.Condition;
import io.persidict.PersiDict;
import io.persidict.format.AllowList;
import io.persidict.format.Format;
import io.persidict.format.FormatException;
import io.persidict.format.SerialFormat;
import io.persidict.format.TextFormat;
import io.persidict.jcache.Warnings;
import io.persidict.key.DictKey;
import io.persidict.key.KeyCodec;
import io.persidict.key.KeyLayout;
import io.persidict.metrics.Counting;
import io.persidict.store.ChangeCounts;
import io.persidict.store.MemoryStore;
import io.persidict.store.Store;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever a format throws when it decodes costs the entry whose bytes made it throw. */
final class ThrowingFormatTest {
  /** Text that fails to be read where it is "bad". */
  private record Failing(Throwable failure) implements Format<String> {
    private static final TextFormat TEXT = new TextFormat("own");

    @Override
    public String extension() {
      return "own";
    }

    @Override
    public byte[] encode(String value) {
      return TEXT.encode(value);
    }

    @Override
    public String decode(byte[] bytes) {
      String text = TEXT.decode(bytes);
      if (text.equals("bad")) {
        if (failure instanceof Error error) {
          throw error;
        }
        throw (RuntimeException) failure;
      }
      return text;
    }
  }

  static Stream<Throwable> failures() {
    return Stream.of(
        new FormatException("no"),
        new IllegalStateException("no"),
        new ArrayIndexOutOfBoundsException(7),
        new StackOverflowError(),
        new NoClassDefFoundError("gone"),
        new ExceptionInInitializerError("no"),
        new InternalError("no"),
        new AssertionError("no"),
        new OutOfMemoryError("array"));
  }

  private static StoredEntries<String, String> entries(
      Store store, Format<String> format, boolean inMemory) {
    PersiDict<StoredEntry> dict =
        PersiDict.over(
            store, new KeyLayout(0, StoredEntry.EXTENSION), StoredEntry.FORMAT, StoredEntry.class);
    ChangeCounts counts = ChangeCounts.ofThisProcess();
    return new StoredEntries<>(
        dict,
        new EntryLayout.Records<>(
            new KeyCodec(
                SerialFormat.ofKeys(
                    new AllowList(List.of(), ""), ThrowingFormatTest.class.getClassLoader()))),
        format,
        inMemory
            ? NearCache.ofEntries(
                10,
                format,
                new ImmutableTypes(Set.of()),
                Coherence.checked(key -> counts.watch(key.toString())))
            : null,
        counts,
        new Counting(),
        0,
        null);
  }

  private static void put(StoredEntries<String, String> entries, String key, String value) {
    StoredEntry.ValidRecord entry =
        new StoredEntry.ValidRecord(
            0, StoredEntry.NEVER, entries.place(key).keyBytes(), entries.encode(value));
    entries.put(entries.place(key), entry, Condition.any());
  }

  @ParameterizedTest
  @MethodSource("failures")
  void costsAnEntryOfACacheOneWarning(Throwable failure) {
    for (boolean inMemory : new boolean[] {false, true}) {
      StoredEntries<String, String> entries =
          entries(new MemoryStore(), new Failing(failure), inMemory);
      put(entries, "a", "good");
      put(entries, "b", "bad");
      put(entries, "c", "good");
      try (Warnings warnings = new Warnings()) {
        for (int i = 0; i < 2; i++) {
          assertThat(entries.held("b")).isNull();
          assertThat(entries.read(entries.place("b")).value()).isNull();
          assertThat(entries.find(entries.place("b")).isPresent()).isFalse();
          assertThat(entries.place("b").copyOfValue("bad")).isEqualTo("bad");
          try (Stream<CacheEntry<String, String>> all = entries.all(key -> {})) {
            assertThat(all.map(CacheEntry::getKey)).containsExactlyInAnyOrder("a", "c");
          }
        }
        assertThat(warnings.messages()).singleElement().asString().contains("cannot be decoded");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void costsAnEntryOfADictionaryNotItsNeighbours(boolean asMap) {
    failures()
        .forEach(
            failure -> {
              PersiDict<String> dict =
                  PersiDict.over(
                      new MemoryStore(),
                      new KeyLayout(0, "own"),
                      new Failing(failure),
                      String.class);
              dict.put(DictKey.of("a"), "good");
              dict.put(DictKey.of("b"), "bad");
              List<DictKey> reported = new ArrayList<>();
              if (asMap) {
                assertThat(dict.asMap((key, fault) -> reported.add(key)).values())
                    .containsExactly("good");
              } else {
                try (Stream<String> values = dict.values((key, fault) -> reported.add(key))) {
                  assertThat(values).containsExactly("good");
                }
              }
              assertThat(reported).containsExactly(DictKey.of("b"));
              assertThatExceptionOfType(FormatException.class)
                  .isThrownBy(() -> dict.get(DictKey.of("b")));
            });
  }
}
