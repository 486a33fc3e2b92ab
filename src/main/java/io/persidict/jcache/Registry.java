package io.persidict.jcache;

import io.persidict.jcache.engine.ActiveOperations;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;

/**
 * What is open under which key. A thread that opens or destroys something claims its key, and works
 * without holding a lock; other threads that want the same key wait, and strangers go on.
 *
 * @param <K> the keys
 * @param <T> what is opened
 */
final class Registry<K, T> {
  /** Guards all registries, so that threads that wait for each other are noticed. */
  private static final Object LOCK = new Object();

  /** The threads that wait, each with the one that has claimed what it waits for. */
  private static final Map<Thread, Thread> WAITING = new HashMap<>();

  private final String kind;
  private final Map<K, Place<T>> places = new HashMap<>();

  /**
   * @param kind what messages call the things that are opened
   */
  Registry(String kind) {
    this.kind = kind;
  }

  private static final class Place<T> {
    private @Nullable T open;
    private @Nullable Thread claimedBy;
  }

  /** What is open under {@code key}; null if nothing is, or not yet. */
  @Nullable T find(K key) {
    synchronized (LOCK) {
      Place<T> place = places.get(key);
      return place == null ? null : place.open;
    }
  }

  /** All that is open. */
  List<T> all() {
    synchronized (LOCK) {
      List<T> all = new ArrayList<>();
      for (Place<T> place : places.values()) {
        if (place.open != null) {
          all.add(place.open);
        }
      }
      return all;
    }
  }

  /**
   * What is open under {@code key}, or else what {@code opener} opens, which may be nothing. Of
   * several threads one opens; if that fails, the next one tries.
   *
   * @throws CacheException if this thread is opening it already, or waits for one that waits for
   *     this thread
   */
  @Nullable T findOrOpen(K key, Supplier<@Nullable T> opener) {
    T open = claim(key, false);
    return open != null ? open : open(key, opener);
  }

  /**
   * Claims {@code key} and opens it.
   *
   * @throws CacheException also if something is open there
   */
  T openNew(K key, Supplier<T> opener) {
    if (claim(key, false) != null) {
      throw new CacheException(kind + " " + key + " is open already; get it with getCache");
    }
    return open(key, opener);
  }

  private T open(K key, Supplier<@Nullable T> opener) {
    T opened = null;
    try {
      opened = opener.get();
      return opened;
    } finally {
      release(key, opened);
    }
  }

  /** Runs {@code action} on what is open under {@code key}, or null, while nobody opens it. */
  void exclusively(K key, Action<T> action) {
    T open = claim(key, true);
    try {
      action.run(open);
    } finally {
      release(key, null);
    }
  }

  /** What is done with something open, or with nothing. */
  interface Action<T> {
    void run(@Nullable T open);
  }

  /**
   * What is open under {@code key}. If nothing is, or {@code evenIfOpen}, claims the key for this
   * thread. Waits while another thread has claimed it, without regard to interrupts.
   */
  private @Nullable T claim(K key, boolean evenIfOpen) {
    boolean interrupted = false;
    synchronized (LOCK) {
      try {
        while (true) {
          Place<T> place = places.computeIfAbsent(key, absent -> new Place<>());
          Thread owner = place.claimedBy;
          if (owner == null) {
            if (place.open == null || evenIfOpen) {
              place.claimedBy = Thread.currentThread();
            }
            return place.open;
          }
          requireAnEnd(key, owner);
          WAITING.put(Thread.currentThread(), owner);
          try {
            LOCK.wait();
          } catch (InterruptedException e) {
            interrupted = true;
          }
          WAITING.remove(Thread.currentThread());
        }
      } finally {
        if (interrupted) {
          Thread.currentThread().interrupt();
        }
      }
    }
  }

  /** Refuses to wait for a thread that waits for this one, or is it. */
  private void requireAnEnd(K key, Thread owner) {
    for (Thread other = owner; other != null; other = WAITING.get(other)) {
      if (other == Thread.currentThread()) {
        throw new CacheException(
            kind
                + " "
                + key
                + " is being opened or destroyed, and cannot be opened from within that; let"
                + " factories and constructors open others only");
      }
    }
    if (ActiveOperations.isWithinOne()) {
      throw new CacheException(
          kind
              + " "
              + key
              + " is being opened or destroyed by another thread, for which no listener, loader,"
              + " writer or processor waits; try again later");
    }
  }

  private void release(K key, @Nullable T opened) {
    synchronized (LOCK) {
      Place<T> place = Objects.requireNonNull(places.get(key));
      place.claimedBy = null;
      if (opened != null) {
        place.open = opened;
      } else if (place.open == null) {
        places.remove(key);
      }
      LOCK.notifyAll();
    }
  }

  /** Forgets {@code closed}, which was open under {@code key}. */
  void forget(K key, T closed) {
    synchronized (LOCK) {
      Place<T> place = places.get(key);
      if (place != null && place.open == closed) {
        place.open = null;
        if (place.claimedBy == null) {
          places.remove(key);
        }
      }
    }
  }
}
