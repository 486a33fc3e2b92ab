package io.persidict;

import static org.assertj.core.api.Assertions.assertThat;

import io.persidict.format.JsonFormat;
import io.persidict.key.DictKey;
import io.persidict.key.KeyLayout;
import io.persidict.store.DeleteResult;
import io.persidict.store.ETag;
import io.persidict.store.GetResult;
import io.persidict.store.Listed;
import io.persidict.store.Precondition;
import io.persidict.store.PutResult;
import io.persidict.store.Stat;
import io.persidict.store.Store;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** That what lists keys takes no more of the listing, and holds no more of it, than it needs. */
final class LongListingTest {
  private static final int LENGTH = 200_000;

  /** Lists names of entries, each newer than the one before, and counts how many were taken. */
  private static final class Listing implements Store {
    final AtomicInteger taken = new AtomicInteger();
    final AtomicBoolean closed = new AtomicBoolean();

    @Override
    public Stream<Listed> list(String prefix) {
      taken.set(0);
      closed.set(false);
      return IntStream.range(0, LENGTH)
          .peek(i -> taken.incrementAndGet())
          .mapToObj(
              i -> new Listed("k" + i + ".json", new Stat(1, Instant.ofEpochSecond(i), etag(i))))
          .onClose(() -> closed.set(true));
    }

    private static ETag etag(int i) {
      return new ETag("v" + i);
    }

    @Override
    public GetResult get(String name, Optional<ETag> ifNoneMatch) {
      return GetResult.Absent.ABSENT;
    }

    @Override
    public Optional<Stat> stat(String name) {
      return Optional.empty();
    }

    @Override
    public PutResult put(String name, byte[] bytes, Precondition precondition) {
      throw new UnsupportedOperationException();
    }

    @Override
    public DeleteResult delete(String name, Precondition precondition) {
      return DeleteResult.WasAbsent.WAS_ABSENT;
    }

    @Override
    public void close() {}
  }

  private final Listing listing = new Listing();
  private final PersiDict<Object> dict =
      PersiDict.over(
          listing, new KeyLayout(0, "json"), new JsonFormat<>(Object.class), Object.class);

  @Test
  void isEmptyStopsAtTheFirstEntry() {
    assertThat(dict.isEmpty()).isFalse();
    assertThat(listing.taken).hasValue(1);
    assertThat(listing.closed).isTrue();
    assertThat(dict.asMap().isEmpty()).isFalse();
    assertThat(listing.taken).hasValue(1);
  }

  @Test
  void theNewestOldestAndARandomOneTakeOnePass() {
    assertThat(dict.newestKeys(2))
        .containsExactly(DictKey.of("k" + (LENGTH - 1)), DictKey.of("k" + (LENGTH - 2)));
    assertThat(listing.taken).hasValue(LENGTH);
    assertThat(listing.closed).isTrue();
    assertThat(dict.oldestKeys(2)).containsExactly(DictKey.of("k0"), DictKey.of("k1"));
    assertThat(dict.randomKey()).isPresent();
    assertThat(listing.taken).hasValue(LENGTH);
    assertThat(listing.closed).isTrue();
  }

  @Test
  void streamsTakeWhatIsAskedFor() {
    try (Stream<DictKey> keys = dict.keys()) {
      assertThat(keys.limit(10).toList()).hasSize(10);
    }
    assertThat(listing.taken).hasValue(10);
    assertThat(listing.closed).isTrue();
    try (Stream<Timestamped<DictKey>> keys = dict.stampedKeys()) {
      assertThat(keys.limit(10).toList()).hasSize(10);
    }
    assertThat(listing.taken).hasValue(10);
  }

  @Test
  void whatVanishedSinceTheListingIsSkipped() {
    assertThat(dict.newestValues(3)).isEmpty();
    assertThat(dict.oldestValues(3)).isEmpty();
    try (Stream<Object> values = dict.values()) {
      assertThat(values.findAny()).isEmpty();
    }
  }
}
