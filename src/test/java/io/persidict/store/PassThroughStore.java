package io.persidict.store;

import java.util.Optional;
import java.util.stream.Stream;

/** A store that does what another one does, to be spoilt in one respect by who extends it. */
public class PassThroughStore implements Store {
  protected final Store store;

  public PassThroughStore(Store store) {
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
