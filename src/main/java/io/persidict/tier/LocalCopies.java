package io.persidict.tier;

import io.persidict.store.ChangeWatch;
import io.persidict.store.DeleteResult;
import io.persidict.store.ETag;
import io.persidict.store.GetResult;
import io.persidict.store.GetResult.Found;
import io.persidict.store.Housekeeping;
import io.persidict.store.Listed;
import io.persidict.store.Precondition;
import io.persidict.store.PutResult;
import io.persidict.store.Stat;
import io.persidict.store.Store;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * A remote store with local copies of what was read, so that the bytes of a version come over the
 * network once.
 *
 * <p><b>What a reader sees</b> is what the remote store holds: each read asks it whether the copy
 * is still the stored version, and if so it sends no bytes. Immutable entries are read from their
 * copies without asking. A copy that is not as it was made is not used.
 *
 * <p>Writes, deletes and listings go to the remote store alone. A version that was replaced and
 * came back with equal bytes, and so with the same ETag where ETags are hashes, may be told with
 * the time when it was first there.
 */
public final class LocalCopies implements Store {
  private static final int GROUPS = 10_000;

  private final Store remote;
  private final Copies copies;
  private final String place;
  private final boolean immutable;
  private final boolean closesCopies;

  /**
   * The groups of names of immutable entries in which a copy was to be deleted and could not be, or
   * entries were deleted in bulk; from then on, the remote store is asked about these.
   */
  private final Set<Integer> doubtful = ConcurrentHashMap.newKeySet();

  /** Shared by the changes that are under way, with what they do to the copies. */
  private final ReadWriteLock changes = new ReentrantReadWriteLock();

  private volatile Runnable whenAnswered = () -> {};
  private volatile boolean closed;

  /**
   * A remote store whose copies are found by its place.
   *
   * @param remote holds the entries; closed with this store
   * @param copies perhaps shared with other stores
   * @param place tells {@code remote} from all others whose copies lie there, and if its entries
   *     are immutable, also from what lay in its place before
   * @param immutable whether an entry, once written, stays as it is
   * @param closesCopies whether closing this store closes {@code copies}
   */
  public LocalCopies(
      Store remote, Copies copies, String place, boolean immutable, boolean closesCopies) {
    this.remote = remote;
    this.copies = copies;
    this.place = place;
    this.immutable = immutable;
    this.closesCopies = closesCopies;
  }

  @Override
  public GetResult get(String name, Optional<ETag> ifNoneMatch) {
    checkOpen();
    Optional<Found> copy = copy(name);
    if (copy.isEmpty()) {
      return fetch(name, ifNoneMatch);
    }
    ETag etag = copy.get().stat().etag();
    GetResult result =
        isCertain(name) ? GetResult.NotModified.NOT_MODIFIED : remote.get(name, Optional.of(etag));
    if (result instanceof Found found) {
      return keep(name, found, ifNoneMatch);
    }
    if (result == GetResult.Absent.ABSENT) {
      forget(name);
      return result;
    }
    if (ifNoneMatch.equals(Optional.of(etag))) {
      return result;
    }
    whenAnswered.run();
    return copy.get();
  }

  /**
   * Sets what is told of each answer that is made of a copy.
   *
   * @param told called by the thread that gets the answer, before it does
   */
  public void whenAnswered(Runnable told) {
    whenAnswered = told;
  }

  /** What has been copied, if it is whole. */
  private Optional<Found> copy(String name) {
    return copies
        .find(place + name)
        .flatMap(copy -> copies.read(copy).map(bytes -> new Found(bytes, copy.version())));
  }

  private GetResult fetch(String name, Optional<ETag> ifNoneMatch) {
    GetResult result = remote.get(name, ifNoneMatch);
    return result instanceof Found found ? keep(name, found, ifNoneMatch) : result;
  }

  private GetResult keep(String name, Found found, Optional<ETag> ifNoneMatch) {
    copies.keep(place + name, found);
    return ifNoneMatch.isPresent() && ifNoneMatch.get().equals(found.stat().etag())
        ? GetResult.NotModified.NOT_MODIFIED
        : found;
  }

  @Override
  public Optional<Stat> stat(String name) {
    checkOpen();
    Optional<Found> copy = isCertain(name) ? copy(name) : Optional.empty();
    return copy.isPresent() ? copy.map(Found::stat) : remote.stat(name);
  }

  @Override
  public PutResult put(String name, byte[] bytes, Precondition precondition) {
    return change(name, () -> remote.put(name, bytes, precondition));
  }

  @Override
  public PutResult put(String name, byte[] bytes, Precondition precondition, Instant lastModified) {
    return change(name, () -> remote.put(name, bytes, precondition, lastModified));
  }

  @Override
  public DeleteResult delete(String name, Precondition precondition) {
    return change(name, () -> remote.delete(name, precondition));
  }

  @Override
  public DeleteResult discard(String name, ETag version) {
    return change(name, () -> remote.discard(name, version));
  }

  /** Changes an entry, and then drops a copy of it that would not be asked about. */
  private <R> R change(String name, Supplier<R> change) {
    changes.readLock().lock();
    try {
      try {
        return change.get();
      } finally {
        if (immutable) {
          forget(name);
        }
      }
    } finally {
      changes.readLock().unlock();
    }
  }

  private void forget(String name) {
    if (!copies.forget(place + name)) {
      doubt(name);
    }
  }

  /** Has the remote store asked from now on, also if readers are making copies right now. */
  private void doubt(String name) {
    if (immutable) {
      doubtful.add(group(name));
    }
  }

  /** Whether a copy of the entry need not be asked about. */
  private boolean isCertain(String name) {
    return immutable && !doubtful.contains(group(name));
  }

  private static int group(String name) {
    return name.hashCode() % GROUPS;
  }

  @Override
  public ChangeWatch watch(String name) {
    return remote.watch(name);
  }

  @Override
  public Stream<Listed> list(String prefix) {
    return remote.list(prefix);
  }

  @Override
  public Stream<String> children(String prefix) {
    return remote.children(prefix);
  }

  @Override
  public <T, R> Stream<R> concurrently(Stream<T> items, Function<T, R> operation) {
    return remote.concurrently(items, operation);
  }

  @Override
  public <T, R> Stream<R> concurrentWrites(Stream<T> items, Function<T, R> write) {
    return remote.concurrentWrites(items, write);
  }

  @Override
  public void deleteAll(Stream<String> names) {
    remote.deleteAll(names.peek(this::doubt));
  }

  @Override
  public void deleteBelow(String prefix, Predicate<String> which) {
    remote.deleteBelow(
        prefix,
        name -> {
          boolean isDeleted = which.test(name);
          if (isDeleted) {
            doubt(name);
          }
          return isDeleted;
        });
  }

  @Override
  public Housekeeping housekeeping() {
    return remote.housekeeping();
  }

  @Override
  public void close() {
    closed = true;
    try {
      remote.close();
    } finally {
      if (closesCopies) {
        closeCopies();
      }
    }
  }

  /** Closes them as soon as no change is under way. */
  private void closeCopies() {
    changes.writeLock().lock();
    try {
      copies.close();
    } finally {
      changes.writeLock().unlock();
    }
  }

  @Override
  public String toString() {
    return remote.toString();
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("store " + this + " is closed");
    }
  }
}
