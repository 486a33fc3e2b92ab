package io.persidict.tier;

import io.persidict.store.GetResult;
import io.persidict.store.Listed;
import io.persidict.store.Precondition;
import io.persidict.store.Stat;
import io.persidict.store.Store;
import io.persidict.store.StoreException;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Copies of versions of entries, kept in a local store as {@link CopyName} names them, up to a size
 * in all; those that were made first go first, by {@link Eviction}. Any number of processes may
 * share the local store, in which anything may be changed or deleted at any time. No fault of it
 * gets out of here: it costs a copy.
 */
public final class Copies implements AutoCloseable {
  /** How large all copies may be unless set. */
  public static final long DEFAULT_MAX_BYTES = 1L << 30;

  private final Store local;
  private final Eviction eviction;

  /**
   * Copies in a store that may hold some already.
   *
   * @param local holds nothing but copies; closed with this object
   * @param maxBytes of all copies in it, each counted with 4 KiB more for its directory; where they
   *     have it, no more are made until the oldest have been deleted
   * @throws IllegalArgumentException if {@code maxBytes} is not positive
   */
  public Copies(Store local, long maxBytes) {
    if (maxBytes <= 0) {
      throw new IllegalArgumentException(maxBytes + " bytes of copies; it must be positive");
    }
    this.local = local;
    this.eviction = new Eviction(local, maxBytes);
  }

  /** A copy of {@code version}, under the name {@code local}. */
  record Copy(String local, Stat version) {}

  /** The copy of the newest version of an entry that there is one of. */
  Optional<Copy> find(String entry) {
    return all(entry).stream().max(Comparator.comparing(copy -> copy.version.lastModified()));
  }

  private List<Copy> all(String entry) {
    try {
      return list(entry);
    } catch (StoreException e) {
      log("list", e);
      return List.of();
    }
  }

  private List<Copy> list(String entry) {
    try (Stream<Listed> listed = local.list(CopyName.prefix(entry))) {
      return listed
          .flatMap(copy -> CopyName.version(copy).map(stat -> new Copy(copy.name(), stat)).stream())
          .toList();
    }
  }

  /** Its bytes, if it is still there and as it was made; one that has been damaged is deleted. */
  Optional<byte[]> read(Copy copy) {
    try {
      Optional<byte[]> bytes = local.read(copy.local);
      if (bytes.isPresent() && !CopyName.matches(copy.local, bytes.get())) {
        local.delete(copy.local, Precondition.none());
        return Optional.empty();
      }
      return bytes;
    } catch (StoreException e) {
      log("read", e);
      return Optional.empty();
    }
  }

  /** Makes a copy of {@code found}, and deletes those of other versions of the entry. */
  void keep(String entry, GetResult.Found found) {
    Optional<String> name = CopyName.of(entry, found);
    try {
      if (name.isEmpty() || !eviction.admits(found.bytes().length)) {
        return;
      }
      try {
        local.put(name.get(), found.bytes(), Precondition.none());
      } finally {
        eviction.settled(found.bytes().length);
      }
      all(entry).stream()
          .filter(copy -> !copy.local.equals(name.get()))
          .forEach(old -> local.delete(old.local, Precondition.none()));
    } catch (StoreException e) {
      log("write", e);
    }
  }

  /** Deletes the copies of an entry; tells whether there are certainly none now. */
  boolean forget(String entry) {
    try {
      local.deleteAll(list(entry).stream().map(Copy::local));
      return true;
    } catch (StoreException e) {
      log("delete", e);
      return false;
    }
  }

  /** Waits until no copies are being evicted by this process. */
  void awaitEviction() {
    eviction.await();
  }

  private void log(String what, StoreException e) {
    System.getLogger(Copies.class.getName())
        .log(System.Logger.Level.DEBUG, "cannot " + what + " a copy in " + local, e);
  }

  @Override
  public void close() {
    eviction.close();
    local.close();
  }
}
