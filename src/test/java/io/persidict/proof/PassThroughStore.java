package io.persidict.proof;

import io.persidict.store.ChangeWatch;
import io.persidict.store.DeleteResult;
import io.persidict.store.ETag;
import io.persidict.store.GetResult;
import io.persidict.store.Listed;
import io.persidict.store.Precondition;
import io.persidict.store.PutResult;
import io.persidict.store.Stat;
import io.persidict.store.Store;
import java.util.Optional;
import java.util.stream.Stream;

/** A store that does what another one does, to be spoilt in one respect by who extends it. */
class PassThroughStore implements Store {
  final Store store;

  PassThroughStore(Store store) {
    this.store = store;
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
  public PutResult put(String name, byte[] bytes, Precondition precondition) {
    return store.put(name, bytes, precondition);
  }

  @Override
  public DeleteResult delete(String name, Precondition precondition) {
    return store.delete(name, precondition);
  }

  @Override
  public ChangeWatch watch(String name) {
    return store.watch(name);
  }

  @Override
  public Stream<Listed> list(String prefix) {
    return store.list(prefix);
  }

  @Override
  public void close() {
    store.close();
  }

  @Override
  public String toString() {
    return store.toString();
  }
}
