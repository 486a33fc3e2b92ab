package io.persidict.tier;

import io.persidict.store.GetResult;
import io.persidict.store.Listed;
import io.persidict.store.Precondition;
import io.persidict.store.Stat;
import io.persidict.store.Store;
import io.persidict.store.StoreException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/**
 * Copies of versions of entries, kept in a local store as {@link CopyName} names them, up to a size
 * in all; those that were made first go first. Any number of processes may share the local store,
 * in which anything may be deleted at any time. No fault of it gets out of here: it costs a copy.
 */
public final class Copies implements AutoCloseable {
  /** How large all copies may be unless set. */
  public static final long DEFAULT_MAX_BYTES = 1L << 30;

  /** What a copy counts besides its bytes, for its directory. */
  private static final int OVERHEAD = 4096;

  /** The part of the size that each process may write before it looks at what is there in all. */
  private static final int SLACK = 16;

  private static final int REMEMBERED = 1_000;
  private static final Comparator<Listed> OLDEST_FIRST =
      Comparator.comparing(copy -> copy.stat().lastModified());

  private final Store local;
  private final long maxBytes;
  private final AtomicLong written = new AtomicLong(Long.MAX_VALUE / 2);
  private final ReentrantLock evicting = new ReentrantLock();

  /**
   * @param local holds nothing but copies; closed with this object
   * @param maxBytes of all copies in it, each counted with 4 KiB more for its directory; each
   *     process may exceed it by a sixteenth for a while
   * @throws IllegalArgumentException if {@code maxBytes} is not positive
   */
  public Copies(Store local, long maxBytes) {
    if (maxBytes <= 0) {
      throw new IllegalArgumentException(maxBytes + " bytes of copies; it must be positive");
    }
    this.local = local;
    this.maxBytes = maxBytes;
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

  /** Its bytes, if it is still there. */
  Optional<byte[]> read(Copy copy) {
    try {
      return local.read(copy.local).filter(bytes -> bytes.length == copy.version.size());
    } catch (StoreException e) {
      log("read", e);
      return Optional.empty();
    }
  }

  /** Makes a copy of {@code found}, and deletes those of other versions of the entry. */
  void keep(String entry, GetResult.Found found) {
    Optional<String> name = CopyName.of(entry, found.stat());
    long cost = cost(found.bytes().length);
    if (name.isEmpty() || cost > maxBytes) {
      return;
    }
    try {
      local.put(name.get(), found.bytes(), Precondition.none());
      all(entry).stream()
          .filter(copy -> !copy.local.equals(name.get()))
          .forEach(old -> local.delete(old.local, Precondition.none()));
      if (written.addAndGet(cost) > maxBytes / SLACK && evicting.tryLock()) {
        try {
          evict();
        } finally {
          evicting.unlock();
        }
      }
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

  private static long cost(long size) {
    return size + OVERHEAD;
  }

  /** Deletes the oldest until there is some room; holds a bounded number of names. */
  private void evict() {
    written.set(0);
    long target = maxBytes - maxBytes / SLACK;
    boolean again = true;
    while (again) {
      PriorityQueue<Listed> oldest = new PriorityQueue<>(OLDEST_FIRST.reversed());
      long total = 0;
      try (Stream<Listed> all = local.list("")) {
        for (Listed copy : (Iterable<Listed>) all::iterator) {
          total += cost(copy.stat().size());
          oldest.add(copy);
          if (oldest.size() > REMEMBERED) {
            oldest.remove();
          }
        }
      }
      if (total <= maxBytes) {
        return;
      }
      List<String> evicted = new ArrayList<>();
      for (Listed copy : oldest.stream().sorted(OLDEST_FIRST).toList()) {
        if (total > target) {
          total -= cost(copy.stat().size());
          evicted.add(copy.name());
        }
      }
      local.deleteAll(evicted.stream());
      again = total > target;
    }
  }

  private void log(String what, StoreException e) {
    System.getLogger(Copies.class.getName())
        .log(System.Logger.Level.DEBUG, "cannot " + what + " a copy in " + local, e);
  }

  @Override
  public void close() {
    local.close();
  }
}
