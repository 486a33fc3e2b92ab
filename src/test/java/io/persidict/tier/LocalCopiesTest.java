package io.persidict.tier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import io.persidict.store.DeleteResult;
import io.persidict.store.ETag;
import io.persidict.store.FaultyStore;
import io.persidict.store.GetResult;
import io.persidict.store.MemoryStore;
import io.persidict.store.PassThroughStore;
import io.persidict.store.Precondition;
import io.persidict.store.PutResult;
import io.persidict.store.Stat;
import io.persidict.store.Store;
import io.persidict.store.StoreContract;
import io.persidict.store.StoreException;
import io.persidict.store.file.Durability;
import io.persidict.store.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LocalCopiesTest extends StoreContract {
  private static final long MAX_BYTES = 1 << 20;

  @TempDir Path directory;

  private final MemoryStore remote = new MemoryStore();
  private final FaultyStore counting = new FaultyStore(remote);
  private Copies copies;

  @Override
  protected Store open() {
    copies = new Copies(new FileStore(local(), Durability.OS), MAX_BYTES);
    return new LocalCopies(counting, copies, "memory:", false, true);
  }

  private Path local() {
    return directory.resolve("copies");
  }

  private List<Path> files() throws Exception {
    copies.awaitEviction(); // whose files come and go
    try (Stream<Path> files = Files.walk(local())) {
      return files
          .filter(Files::isRegularFile)
          .filter(file -> !file.getFileName().toString().startsWith(".__"))
          .toList();
    }
  }

  private Store immutable() {
    return new LocalCopies(counting, copies, "memory:", true, false);
  }

  @Test
  void aCopyIsTheBytesAndOneAnEntry() throws Exception {
    put(NAME, "1");
    assertThat(files()).isEmpty();
    assertThat(text(NAME)).isEqualTo("1");
    put(NAME, "22");
    assertThat(text(NAME)).isEqualTo("22");
    assertThat(files()).hasSize(1);
    assertThat(files().get(0)).hasContent("22");
    store.delete(NAME, Precondition.none());
    assertThat(store.read(NAME)).isEmpty();
    assertThat(files()).isEmpty();
  }

  @Test
  void readsTheCopyWhileTheRemoteStoreSaysThatItIsCurrent() throws Exception {
    ETag etag = put(NAME, "theirs");
    assertThat(text(NAME)).isEqualTo("theirs");
    GetResult.Found other = new GetResult.Found(bytes("copied"), remote.stat(NAME).orElseThrow());
    Files.delete(files().get(0));
    copies.keep("memory:" + NAME, other);
    assertThat(text(NAME)).isEqualTo("copied");
    assertThat(store.get(NAME, Optional.of(etag))).isEqualTo(GetResult.NotModified.NOT_MODIFIED);
    put(NAME, "newest");
    assertThat(text(NAME)).isEqualTo("newest");
  }

  @Test
  void asksNobodyForAnImmutableEntryOfWhichThereIsACopy() {
    put(NAME, "value");
    Store once = immutable();
    assertThat(once.read(NAME)).isPresent();
    int before = counting.calls();
    assertThat(once.read(NAME)).hasValueSatisfying(b -> assertThat(b).isEqualTo(bytes("value")));
    assertThat(once.stat(NAME)).isEqualTo(remote.stat(NAME));
    assertThat(once.get(NAME, remote.stat(NAME).map(stat -> stat.etag())))
        .isEqualTo(GetResult.NotModified.NOT_MODIFIED);
    assertThat(counting.calls()).isEqualTo(before);
    ETag etag = once.stat(NAME).orElseThrow().etag();
    remote.put(NAME, bytes("in spite of all"), Precondition.none());
    assertThat(once.put(NAME, bytes("x"), Precondition.matches(etag)))
        .isInstanceOf(PutResult.Lost.class);
    assertThat(once.read(NAME))
        .hasValueSatisfying(b -> assertThat(b).isEqualTo(bytes("in spite of all")));
    before = counting.calls();
    assertThat(once.read(NAME)).isPresent();
    assertThat(counting.calls()).as("a copy that was deleted leaves no doubt").isEqualTo(before);
    Store after = new LocalCopies(counting, copies, "what came in its place:", true, false);
    remote.put(NAME, bytes("other"), Precondition.none());
    assertThat(after.read(NAME)).hasValueSatisfying(b -> assertThat(b).isEqualTo(bytes("other")));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aCopyWhoseBytesHaveChangedIsNotUsed(boolean immutable) throws Exception {
    put(NAME, "value");
    Store reader = immutable ? immutable() : store;
    for (int bit = 0; bit < 8 * "value".length(); bit++) {
      assertThat(reader.read(NAME)).isPresent();
      Path copy = files().get(0);
      byte[] bytes = Files.readAllBytes(copy);
      bytes[bit / 8] ^= (byte) (1 << bit % 8);
      Files.write(copy, bytes);
      int before = counting.calls();
      assertThat(reader.stat(NAME)).isEqualTo(remote.stat(NAME));
      assertThat(reader.read(NAME))
          .hasValueSatisfying(b -> assertThat(b).isEqualTo(bytes("value")));
      assertThat(counting.calls() - before).isEqualTo(2);
    }
  }

  @Test
  void theCopyOfAnotherEntryIsNotUsed() throws Exception {
    put(NAME, "value");
    put("other", "other");
    Store once = immutable();
    once.read(NAME);
    Path copy = files().get(0);
    once.read("other");
    Path other = files().stream().filter(file -> !file.equals(copy)).findAny().orElseThrow();
    Files.move(other, copy.resolveSibling(other.getFileName()));
    Files.delete(copy);
    assertThat(once.read(NAME)).hasValueSatisfying(b -> assertThat(b).isEqualTo(bytes("value")));
  }

  @Test
  void aCopyThatCouldNotBeDeletedIsNotTakenForTheEntry() {
    FaultyStore faulty = new FaultyStore(new FileStore(local(), Durability.OS));
    Copies onFaulty = new Copies(faulty, MAX_BYTES);
    try (Store once = new LocalCopies(remote, onFaulty, "memory:", true, true)) {
      for (String name : new String[] {NAME, "other"}) {
        once.put(name, bytes("value"), Precondition.absent());
        assertThat(once.read(name)).isPresent();
      }
      onFaulty.awaitEviction(); // which would meet the fault
      faulty.onMutations(FaultyStore.Fault.BEFORE);
      once.delete(NAME, Precondition.none());
      assertThat(once.stat(NAME)).isEmpty();
      assertThat(once.read(NAME)).isEmpty();
      once.put(NAME, bytes("again"), Precondition.absent());
      assertThat(once.read(NAME)).hasValueSatisfying(b -> assertThat(b).isEqualTo(bytes("again")));
    }
  }

  @Test
  void whatIsDeletedInBulkOrPerhapsIsAskedAbout() {
    for (int way = 0; way < 6; way++) {
      Store once = new LocalCopies(counting, copies, "way " + way, true, false);
      put(NAME, "value");
      assertThat(once.read(NAME)).isPresent();
      switch (way) {
        case 0 -> once.deleteAll(Stream.of(NAME));
        case 1 -> once.deleteBelow("dir/", name -> true);
        case 2 -> {
          counting.onMutations(FaultyStore.Fault.AFTER);
          assertThatExceptionOfType(StoreException.class)
              .isThrownBy(() -> once.delete(NAME, Precondition.none()));
        }
        case 3 -> once.discard(NAME, remote.stat(NAME).orElseThrow().etag());
        default -> {
          boolean dated = way == 4;
          counting.onMutations(FaultyStore.Fault.AFTER);
          assertThatExceptionOfType(StoreException.class)
              .isThrownBy(
                  () -> {
                    if (dated) {
                      once.put(NAME, bytes("other"), Precondition.none(), Instant.EPOCH);
                    } else {
                      once.put(NAME, bytes("other"), Precondition.none());
                    }
                  });
          assertThat(once.read(NAME))
              .hasValueSatisfying(b -> assertThat(b).isEqualTo(bytes("other")));
          once.delete(NAME, Precondition.none());
        }
      }
      assertThat(once.read(NAME)).as("way %s", way).isEmpty();
      assertThat(once.stat(NAME)).isEmpty();
    }
  }

  @Test
  void whatIsWrongWithACopyCostsTheCopy() throws Exception {
    put(NAME, "value");
    text(NAME);
    Files.writeString(files().get(0), "cut");
    assertThat(text(NAME)).isEqualTo("value");
    Path copy = files().get(0);
    Files.delete(copy);
    Files.createDirectory(copy);
    assertThat(text(NAME)).isEqualTo("value");
    Files.writeString(copy.resolveSibling("foreign"), "x");
    Files.writeString(copy.resolveSibling("a.b.c.d"), "x");
    assertThat(text(NAME)).isEqualTo("value");
  }

  @Test
  void theLocalDirectoryMayGoAtAnyTime() throws Exception {
    put(NAME, "value");
    text(NAME);
    Thread[] readers = new Thread[2];
    for (int t = 0; t < readers.length; t++) {
      readers[t] =
          new Thread(
              () -> {
                for (int i = 0; i < 300; i++) {
                  assertThat(text(NAME)).isEqualTo("value");
                }
              });
      readers[t].start();
    }
    while (Stream.of(readers).anyMatch(Thread::isAlive)) {
      deleteLocal();
    }
    // There is no room until it is found out that what was copied is gone.
    await()
        .untilAsserted(
            () -> {
              assertThat(text(NAME)).isEqualTo("value");
              assertThat(files()).hasSize(1);
            });
  }

  private void deleteLocal() throws Exception {
    List<Path> all;
    try (Stream<Path> files = Files.walk(local())) {
      all = files.sorted(Comparator.reverseOrder()).toList();
    } catch (java.io.IOException | java.io.UncheckedIOException e) {
      return; // deleted or made anew meanwhile
    }
    for (Path file : all) {
      file.toFile().delete();
    }
  }

  @Test
  void theOldestGoWhereTheBoundIsReached() throws Exception {
    int size = 100_000;
    for (int i = 0; i < 30; i++) {
      store.put("n" + i, new byte[size], Precondition.none());
      store.read("n" + i);
      long total = files().stream().mapToLong(file -> file.toFile().length()).sum();
      assertThat(total).isLessThanOrEqualTo(MAX_BYTES);
      copies.awaitEviction();
    }
    assertThat(copies.find("memory:n0")).isEmpty();
    assertThat(files()).hasSizeBetween(5, 10);
    store.put("big", new byte[(int) MAX_BYTES], Precondition.none());
    assertThat(store.read("big")).isPresent();
    assertThat(copies.find("memory:big")).isEmpty();
    assertThatIllegalArgumentException().isThrownBy(() -> new Copies(remote, 0));
  }

  @Test
  void aClosedStoreAnswersNotEvenFromItsCopies() {
    put(NAME, "value");
    Store once = immutable();
    assertThat(once.read(NAME)).isPresent();
    once.close();
    assertThatIllegalStateException().isThrownBy(() -> once.read(NAME));
    assertThatIllegalStateException().isThrownBy(() -> once.stat(NAME));
  }

  /** Otherwise its copy would not be forgotten. */
  @Test
  void closingWaitsForTheChangesThatAreUnderWay() throws Exception {
    for (int way = 0; way < 4; way++) {
      put(NAME, "value");
      ETag etag = remote.stat(NAME).orElseThrow().etag();
      AtomicReference<Thread> closing = new AtomicReference<>();
      Copies own = new Copies(new FileStore(local(), Durability.OS), MAX_BYTES);
      Store slow = new LocalCopies(answeringWhileClosed(closing), own, "way " + way, true, true);
      closing.set(new Thread(slow::close));
      assertThat(slow.read(NAME)).isPresent();
      switch (way) {
        case 0 -> slow.put(NAME, bytes("new"), Precondition.none());
        case 1 -> slow.put(NAME, bytes("new"), Precondition.none(), Instant.EPOCH);
        case 2 -> slow.delete(NAME, Precondition.none());
        default -> slow.discard(NAME, etag);
      }
      closing.get().join();
      assertThat(copies.find("way " + way + NAME)).as("way %s", way).isEmpty();
      assertThat(remote.stat(NAME).map(Stat::etag)).isNotEqualTo(Optional.of(etag));
    }
  }

  /** The remote store, whose answer to a change comes when {@code closing} is at work or done. */
  private Store answeringWhileClosed(AtomicReference<Thread> closing) {
    return new PassThroughStore(remote) {
      private <T> T answer(T result) {
        closing.get().start();
        await()
            .until(
                () -> closing.get().getState() == Thread.State.WAITING || !closing.get().isAlive());
        return result;
      }

      @Override
      public PutResult put(String name, byte[] bytes, Precondition precondition) {
        return answer(super.put(name, bytes, precondition));
      }

      @Override
      public DeleteResult delete(String name, Precondition precondition) {
        return answer(super.delete(name, precondition));
      }

      @Override
      public void close() {
        // the remote store is used on
      }
    };
  }

  @Test
  void copiesAreClosedAlsoIfTheRemoteStoreCannotBe() {
    Store local = new FileStore(local(), Durability.OS);
    Store remote =
        new PassThroughStore(new MemoryStore()) {
          @Override
          public void close() {
            throw new StoreException("injected");
          }
        };
    Store once = new LocalCopies(remote, new Copies(local, MAX_BYTES), "owner:", false, true);
    assertThatExceptionOfType(StoreException.class).isThrownBy(once::close);
    assertThatIllegalStateException().isThrownBy(() -> local.stat(NAME));
  }

  @Test
  void copiesAreClosedByTheirOwnerOnly() {
    Store local = new FileStore(local(), Durability.OS);
    Copies shared = new Copies(local, MAX_BYTES);
    new LocalCopies(new MemoryStore(), shared, "one:", false, false).close();
    assertThat(local.stat(NAME)).isEmpty();
    new LocalCopies(new MemoryStore(), shared, "owner:", false, true).close();
    assertThatIllegalStateException().isThrownBy(() -> local.stat(NAME));
  }

  @Test
  void aVersionWhoseETagIsTooLongForAFilesNameIsNotCopied() {
    for (int length : new int[] {80, 200}) {
      Stat stat = new Stat(1, Instant.EPOCH, new ETag("e".repeat(length)));
      copies.keep("entry " + length, new GetResult.Found(new byte[1], stat));
      assertThat(copies.find("entry " + length).isPresent()).isEqualTo(length == 80);
    }
  }
}
