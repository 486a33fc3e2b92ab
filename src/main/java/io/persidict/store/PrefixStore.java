package io.persidict.store;

import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** The part of another store below one prefix. Closing it leaves the other store open. */
public final class PrefixStore implements Store {
  private final Store store;
  private final String prefix;
  private volatile boolean closed;

  /**
   * The part of {@code store} below {@code prefix}.
   *
   * @param store left open
   * @param prefix empty, or segments each followed by {@code /}
   */
  public PrefixStore(Store store, String prefix) {
    this.store = store;
    this.prefix = Names.requirePrefix(prefix);
  }

  @Override
  public GetResult get(String name, Optional<ETag> ifNoneMatch) {
    return store.get(whole(name), ifNoneMatch);
  }

  @Override
  public Optional<byte[]> read(String name) {
    return store.read(whole(name));
  }

  @Override
  public Optional<Stat> stat(String name) {
    return store.stat(whole(name));
  }

  @Override
  public PutResult put(String name, byte[] bytes, Precondition precondition) {
    return store.put(whole(name), bytes, precondition);
  }

  @Override
  public PutResult put(String name, byte[] bytes, Precondition precondition, Instant lastModified) {
    return store.put(whole(name), bytes, precondition, lastModified);
  }

  @Override
  public DeleteResult delete(String name, Precondition precondition) {
    return store.delete(whole(name), precondition);
  }

  @Override
  public DeleteResult discard(String name, ETag version) {
    return store.discard(whole(name), version);
  }

  @Override
  public ChangeWatch watch(String name) {
    return store.watch(whole(name));
  }

  @Override
  public Stream<Listed> list(String below) {
    checkOpen();
    return store.list(prefix + below).map(this::below);
  }

  @Override
  public Stream<Content> contents(String below, Predicate<String> wanted) {
    checkOpen();
    return store
        .contents(prefix + below, name -> wanted.test(name.substring(prefix.length())))
        .map(content -> content.as(content.name().substring(prefix.length())));
  }

  @Override
  public Stream<String> children(String below) {
    checkOpen();
    return store.children(prefix + below);
  }

  @Override
  public <T, R> Stream<R> concurrently(Stream<T> items, Function<T, R> operation) {
    checkOpen();
    return store.concurrently(items, operation);
  }

  @Override
  public <T, R> Stream<R> concurrentWrites(Stream<T> items, Function<T, R> write) {
    checkOpen();
    return store.concurrentWrites(items, write);
  }

  @Override
  public void deleteAll(Stream<String> names) {
    checkOpen();
    store.deleteAll(names.map(this::whole));
  }

  @Override
  public void deleteBelow(String below, Predicate<String> which) {
    checkOpen();
    store.deleteBelow(prefix + below, name -> which.test(name.substring(prefix.length())));
  }

  @Override
  public Store within(Predicate<String> which) {
    return new PrefixStore(
        store.within(directory -> which.test(directory.substring(prefix.length()))), prefix);
  }

  @Override
  public Optional<Store> fencedBy(String fence, ETag version) {
    return store.fencedBy(whole(fence), version).map(view -> new PrefixStore(view, prefix));
  }

  @Override
  public void awaitMutations() {
    checkOpen();
    store.awaitMutations();
  }

  @Override
  public void deleteUnfinished(String below) {
    checkOpen();
    store.deleteUnfinished(prefix + below);
  }

  private Listed below(Listed listed) {
    return listed.as(listed.name().substring(prefix.length()));
  }

  @Override
  public Housekeeping housekeeping() {
    Housekeeping whole = store.housekeeping();
    return new Housekeeping() {
      @Override
      public Store store() {
        return PrefixStore.this;
      }

      @Override
      public boolean isRemote() {
        return whole.isRemote();
      }

      @Override
      public long allocated(long size) {
        return whole.allocated(size);
      }

      @Override
      public Instant now() {
        return whole.now();
      }

      @Override
      public Optional<Listed> look(String name) {
        return whole.look(whole(name)).map(PrefixStore.this::below);
      }

      @Override
      public Optional<byte[]> peek(String name, int atMost) {
        return whole.peek(whole(name), atMost);
      }

      @Override
      public void use(String name) {
        whole.use(whole(name));
      }

      @Override
      public Store remembering(Uses uses) {
        return new PrefixStore(whole.remembering(uses), prefix);
      }

      @Override
      public void removeEmptyDirectories(String below) {
        whole.removeEmptyDirectories(prefix + below);
      }
    };
  }

  @Override
  public void close() {
    closed = true;
  }

  @Override
  public String toString() {
    return store + prefix;
  }

  private String whole(String name) {
    checkOpen();
    return prefix + name;
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("store " + this + " is closed");
    }
  }
}
