package io.persidict.maintenance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.persidict.store.DeleteResult;
import io.persidict.store.ETag;
import io.persidict.store.GetResult;
import io.persidict.store.Listed;
import io.persidict.store.MemoryStore;
import io.persidict.store.Precondition;
import io.persidict.store.PutResult;
import io.persidict.store.Stat;
import io.persidict.store.StorageFullException;
import io.persidict.store.Store;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A storage that is full is a reason to remove what may go, once. */
final class FullStorageTest {
  private static final int ROOM = 50;

  private final Full storage = new Full();
  private MaintainedStore store;

  /** Has room for so many entries; what is not an entry finds some. */
  private static final class Full implements Store {
    private final Store store = new MemoryStore();

    @Override
    public PutResult put(String name, byte[] bytes, Precondition precondition) {
      return put(name, bytes, precondition, Instant.now());
    }

    @Override
    public PutResult put(
        String name, byte[] bytes, Precondition precondition, Instant lastModified) {
      if (store.stat(name).isEmpty() && count() >= ROOM) {
        throw new StorageFullException("full", new IOException("No space left on device"));
      }
      return store.put(name, bytes, precondition, lastModified);
    }

    long count() {
      try (Stream<Listed> listed = store.list("")) {
        return listed.count();
      }
    }

    @Override
    public GetResult get(String name, Optional<ETag> ifNoneMatch) {
      return store.get(name, ifNoneMatch);
    }

    @Override
    public Optional<Stat> stat(String name) {
      return store.stat(name);
    }

    @Override
    public DeleteResult delete(String name, Precondition precondition) {
      return store.delete(name, precondition);
    }

    @Override
    public Stream<Listed> list(String prefix) {
      return store.list(prefix);
    }

    @Override
    public void close() {}
  }

  /** Entries whose names begin with "over" are. */
  private final class Entries implements MaintainedEntries {
    @Override
    public Kind kind(String name) {
      return name.startsWith(".") ? Kind.OTHER : Kind.ENTRY;
    }

    @Override
    public boolean isOver(Listed entry, Instant now) {
      return entry.name().startsWith("over");
    }

    @Override
    public boolean evict(Listed entry) {
      return storage.discard(entry.name(), entry.stat().etag()) == DeleteResult.Deleted.DELETED;
    }
  }

  private void open(StoreLimits limits) {
    Keeper keeper =
        new Keeper(storage, storage, "", limits, new Entries(), new Uses(), new Maintenance());
    store = new MaintainedStore(storage, keeper);
    keeper.start();
  }

  @AfterEach
  void close() {
    store.close();
  }

  private void put(String name) {
    store.put(name, new byte[10], Precondition.none());
  }

  private void fill(String prefix) {
    for (int i = 0; storage.count() < ROOM; i++) {
      storage.put(prefix + i, new byte[10], Precondition.none());
    }
  }

  private static StoreLimits hourly() {
    return StoreLimits.NONE.withPurgeInterval(Duration.ofHours(1));
  }

  @Test
  void whatIsOverMakesRoom() {
    IntStream.range(0, 10).forEach(i -> storage.put("over" + i, new byte[1], Precondition.none()));
    fill("live");
    open(hourly());
    put("new");
    assertThat(store.read("new")).isPresent();
    assertThat(storage.count()).isLessThan(ROOM - 5);
  }

  @Test
  void whatIsPutWithADateMakesRoomAndKeepsIt() {
    Instant old = Instant.parse("2020-02-03T04:05:06Z");
    fill("live");
    open(StoreLimits.NONE.withMaxEntries(ROOM));
    store.put("new", new byte[10], Precondition.none(), old);
    assertThat(store.stat("new")).map(Stat::lastModified).contains(old);
    assertThat(storage.count()).isLessThanOrEqualTo(ROOM);
  }

  @Test
  void nothingLiveGoesWhereThereIsNoBound() {
    fill("live");
    open(hourly());
    assertThatExceptionOfType(StorageFullException.class).isThrownBy(() -> put("new"));
    assertThat(storage.count()).isEqualTo(ROOM);
  }

  @Test
  void withABoundWhatWasUsedLeastRecentlyMakesRoom() {
    fill("live");
    open(new StoreLimits(OptionalLong.of(1_000), OptionalLong.empty(), Optional.empty()));
    for (int i = 0; i < 20; i++) {
      put("new" + i);
    }
    for (int i = 0; i < 20; i++) {
      assertThat(store.read("new" + i)).as("new" + i).isPresent();
    }
  }

  @Test
  void manyWritersMakeRoomTogether() throws Exception {
    fill("live");
    open(new StoreLimits(OptionalLong.of(1_000), OptionalLong.empty(), Optional.empty()));
    CompletableFuture<?>[] writers =
        IntStream.range(0, 4)
            .mapToObj(t -> CompletableFuture.runAsync(() -> put("thread" + t)))
            .toArray(CompletableFuture[]::new);
    CompletableFuture.allOf(writers).get(5, TimeUnit.MINUTES);
    assertThat(IntStream.range(0, 4).mapToObj(t -> store.read("thread" + t)))
        .allMatch(Optional::isPresent);
  }
}
