package io.persidict.maintenance;

import io.persidict.store.ChangeWatch;
import io.persidict.store.Content;
import io.persidict.store.DeleteResult;
import io.persidict.store.ETag;
import io.persidict.store.GetResult;
import io.persidict.store.Housekeeping;
import io.persidict.store.Listed;
import io.persidict.store.Precondition;
import io.persidict.store.PutResult;
import io.persidict.store.Stat;
import io.persidict.store.StorageFullException;
import io.persidict.store.Store;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * A store whose writers take what they write into account with its keeper. A write for which the
 * storage has no room has some made, and is tried again.
 */
public final class MaintainedStore implements Store {
  private static final int MAX_ATTEMPTS = 3;

  private final Store store;
  private final Keeper keeper;
  private final Store closed;

  /**
   * A store that closes the keeper and then {@code store} when it is closed.
   *
   * @param store is read and written
   * @param keeper of {@code store}
   */
  public MaintainedStore(Store store, Keeper keeper) {
    this(store, keeper, store);
  }

  /**
   * A store that closes the keeper and then {@code closed} when it is closed.
   *
   * @param store is read and written
   * @param keeper of {@code store}
   * @param closed that of which {@code store} is a view
   */
  public MaintainedStore(Store store, Keeper keeper, Store closed) {
    this.store = store;
    this.keeper = keeper;
    this.closed = closed;
  }

  @Override
  public PutResult put(String name, byte[] bytes, Precondition precondition) {
    return counted(bytes.length, () -> store.put(name, bytes, precondition));
  }

  @Override
  public PutResult put(String name, byte[] bytes, Precondition precondition, Instant lastModified) {
    return counted(bytes.length, () -> store.put(name, bytes, precondition, lastModified));
  }

  private PutResult counted(int size, Supplier<PutResult> put) {
    keeper.beforePut(size);
    PutResult result = write(put);
    if (result instanceof PutResult.Written written) {
      if (written.replaced() >= 0) {
        keeper.giveBack(written.replaced());
      }
    } else {
      keeper.giveBack(size);
    }
    return result;
  }

  private PutResult write(Supplier<PutResult> put) {
    for (int attempt = 1; ; attempt++) {
      try {
        return put.get();
      } catch (StorageFullException e) {
        // Others may take the room that was made.
        if (attempt == MAX_ATTEMPTS || !keeper.makeRoom()) {
          throw e;
        }
      }
    }
  }

  @Override
  public GetResult get(String name, Optional<ETag> ifNoneMatch) {
    return store.get(name, ifNoneMatch);
  }

  @Override
  public Optional<byte[]> read(String name) {
    return store.read(name);
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
  public DeleteResult discard(String name, ETag version) {
    return store.discard(name, version);
  }

  @Override
  public Stream<Listed> list(String prefix) {
    return store.list(prefix);
  }

  @Override
  public Stream<Content> contents(String prefix, Predicate<String> wanted) {
    return store.contents(prefix, wanted);
  }

  @Override
  public Stream<String> children(String prefix) {
    return store.children(prefix);
  }

  @Override
  public ChangeWatch watch(String name) {
    return store.watch(name);
  }

  @Override
  public <T, R> Stream<R> concurrently(Stream<T> items, Function<T, R> operation) {
    return store.concurrently(items, operation);
  }

  @Override
  public <T, R> Stream<R> concurrentWrites(Stream<T> items, Function<T, R> write) {
    return store.concurrentWrites(items, write);
  }

  @Override
  public void deleteAll(Stream<String> names) {
    store.deleteAll(names);
  }

  @Override
  public void deleteBelow(String prefix, Predicate<String> which) {
    store.deleteBelow(prefix, which);
  }

  @Override
  public Store within(Predicate<String> which) {
    return store.within(which);
  }

  @Override
  public Optional<Store> fencedBy(String fence, ETag version) {
    return store.fencedBy(fence, version);
  }

  @Override
  public void awaitMutations() {
    store.awaitMutations();
  }

  @Override
  public void deleteUnfinished(String prefix) {
    store.deleteUnfinished(prefix);
  }

  @Override
  public Housekeeping housekeeping() {
    return store.housekeeping();
  }

  @Override
  public void close() {
    try {
      keeper.close();
    } finally {
      closed.close();
    }
  }

  @Override
  public String toString() {
    return store.toString();
  }
}
