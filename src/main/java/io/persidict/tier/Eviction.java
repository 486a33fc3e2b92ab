package io.persidict.tier;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.persidict.store.ETag;
import io.persidict.store.GetResult.Found;
import io.persidict.store.Listed;
import io.persidict.store.Precondition;
import io.persidict.store.PutResult;
import io.persidict.store.Stat;
import io.persidict.store.Store;
import io.persidict.store.StoreException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the copies in a local store within a size, in a thread of its own, which uses a quarter of
 * a core at most. The processes that share the store share two entries of it:
 *
 * <pre>
 * .__copies__     how many bytes all copies have, with those that processes may still write
 * .__evicting__   there while one of the processes evicts; it has died if this is old
 * </pre>
 *
 * Whatever else lies there is neither counted nor deleted.
 *
 * <p>A process reserves bytes before it writes them. Where there is no room, no copies are made
 * until somebody has made some; nobody waits for that.
 */
final class Eviction implements AutoCloseable {
  /** What a copy counts besides its bytes, for its directory. */
  static final int OVERHEAD = 4096;

  private static final String TOTAL = ".__copies__";
  private static final String LEASE = ".__evicting__";
  private static final Duration LEASE_TIME = Duration.ofMinutes(5);

  /** The part of the size that a process reserves at once. */
  private static final int RESERVED = 64;

  /** The part of the size that is free after an eviction. */
  private static final int FREED = 8;

  private static final int REMEMBERED = 100_000;
  private static final Duration WORK = Duration.ofMillis(5);
  private static final int PAUSE_PER_WORK = 3;
  private static final Duration PAUSE_WHILE_OTHERS_EVICT = Duration.ofSeconds(1);
  private static final Comparator<Listed> OLDEST_FIRST =
      Comparator.comparing(copy -> copy.stat().lastModified());

  private final Store local;
  private final long maxBytes;
  private final CountDownLatch closed = new CountDownLatch(1);
  private long reserved;
  private long beingWritten;
  private volatile long lastSeenOthers = System.nanoTime() - PAUSE_WHILE_OTHERS_EVICT.toNanos();
  private @Nullable Thread thread;

  Eviction(Store local, long maxBytes) {
    this.local = local;
    this.maxBytes = maxBytes;
  }

  static long cost(long size) {
    return size + OVERHEAD;
  }

  private record Total(long bytes, ETag etag) {}

  private Optional<Total> total() {
    if (local.get(TOTAL, Optional.empty()) instanceof Found found) {
      String text = new String(found.bytes(), UTF_8);
      long bytes = text.matches("[0-9]{1,18}") ? Long.parseLong(text) : Long.MAX_VALUE / 2;
      return Optional.of(new Total(bytes, found.stat().etag()));
    }
    return Optional.empty();
  }

  private boolean write(long total, Precondition precondition) {
    byte[] text = String.valueOf(total).getBytes(UTF_8);
    return local.put(TOTAL, text, precondition) instanceof PutResult.Written;
  }

  /** Whether a copy of that many bytes may be made; if not, sees to it that there is room later. */
  synchronized boolean admits(long size) {
    long cost = cost(size);
    if (cost > maxBytes) {
      return false;
    }
    if (reserved < cost && !reserve(Math.max(cost, maxBytes / RESERVED))) {
      return false;
    }
    reserved -= cost;
    beingWritten += cost;
    return true;
  }

  /** A copy that was admitted has been made, or not. */
  synchronized void settled(long size) {
    beingWritten -= cost(size);
  }

  private synchronized long uncounted() {
    return reserved + beingWritten;
  }

  private boolean reserve(long bytes) {
    if (isEvicting()) {
      return false;
    }
    while (true) {
      Optional<Total> total = total();
      long after = bytes + total.map(Total::bytes).orElse(0L);
      if (after > maxBytes) {
        evictBesides();
        return false;
      }
      boolean done =
          write(
              after,
              total.map(last -> Precondition.matches(last.etag())).orElse(Precondition.absent()));
      if (done) {
        reserved += bytes;
        if (total.isEmpty()) {
          evictBesides(); // nobody has counted yet
        }
        return true;
      }
    }
  }

  private boolean isEvicting() {
    return thread != null && thread.isAlive();
  }

  private void evictBesides() {
    if (closed.getCount() == 0
        || System.nanoTime() - lastSeenOthers < PAUSE_WHILE_OTHERS_EVICT.toNanos()) {
      return;
    }
    try {
      thread = new Thread(this::evictUnlessOthersDo, "persidict-evict");
      thread.setDaemon(true);
      thread.start();
    } catch (OutOfMemoryError e) {
      // The system has no more threads: the next one who finds no room tries again.
    }
  }

  private void evictUnlessOthersDo() {
    try {
      Optional<Stat> lease = local.stat(LEASE);
      if (lease.filter(Eviction::isHeld).isPresent()) {
        lastSeenOthers = System.nanoTime();
        return;
      }
      Precondition free =
          lease.map(stat -> Precondition.matches(stat.etag())).orElse(Precondition.absent());
      if (local.put(LEASE, new byte[0], free) instanceof PutResult.Written) {
        try {
          new Round().run();
        } finally {
          local.delete(LEASE, Precondition.none());
        }
      }
    } catch (StoreException | IllegalStateException e) {
      System.getLogger(Eviction.class.getName())
          .log(System.Logger.Level.DEBUG, "cannot evict copies in " + local, e);
    }
  }

  /** Whether a lease is of now: neither old, nor of a clock that has been put back since. */
  private static boolean isHeld(Stat lease) {
    Duration age = Duration.between(lease.lastModified(), Instant.now());
    return age.abs().compareTo(LEASE_TIME) < 0;
  }

  /** One eviction, by the process that has the lease. */
  private final class Round {
    private long working = System.nanoTime();
    private long leased = working;

    void run() {
      long target = maxBytes - maxBytes / FREED;
      boolean again = true;
      while (again) {
        long before = total().map(Total::bytes).orElse(0L);
        long uncounted = uncounted();
        PriorityQueue<Listed> oldest = new PriorityQueue<>(OLDEST_FIRST.reversed());
        long left = list(oldest);
        List<String> evicted = new ArrayList<>();
        if (left > target) {
          for (Listed copy : oldest.stream().sorted(OLDEST_FIRST).toList()) {
            if (left > target) {
              left -= cost(copy.stat().size());
              evicted.add(copy.name());
            }
          }
          local.deleteAll(evicted.stream().peek(name -> pause()));
        }
        again = left > maxBytes && !evicted.isEmpty() && closed.getCount() > 0;
        tell(left + uncounted, before);
      }
    }

    /** Counts all copies, and collects as many of the oldest as may have to go. */
    private long list(PriorityQueue<Listed> oldest) {
      long total = 0;
      long collected = 0;
      try (Stream<Listed> all = local.list("")) {
        for (Listed copy : (Iterable<Listed>) all::iterator) {
          pause();
          if (!CopyName.isOne(copy.name())) {
            continue; // ours, or somebody's whose directory this is too
          }
          total += cost(copy.stat().size());
          collected += cost(copy.stat().size());
          oldest.add(copy);
          while (oldest.size() > REMEMBERED
              || collected - cost(oldest.element().stat().size()) > maxBytes / 2) {
            collected -= cost(oldest.remove().stat().size());
          }
        }
      }
      return total;
    }

    /** Says how many bytes there are, with those that were reserved meanwhile. */
    private void tell(long counted, long before) {
      boolean told = false;
      while (!told) {
        Optional<Total> now = total();
        long since = Math.max(0, now.map(Total::bytes).orElse(before) - before);
        told =
            write(
                counted + since,
                now.map(last -> Precondition.matches(last.etag())).orElse(Precondition.absent()));
      }
    }

    /** Leaves the core to others, and keeps the lease. */
    private void pause() {
      long now = System.nanoTime();
      if (now - leased > LEASE_TIME.dividedBy(5).toNanos()) {
        leased = now;
        local.put(LEASE, new byte[0], Precondition.none());
      }
      if (now - working > WORK.toNanos()) {
        boolean stop;
        try {
          stop = closed.await(PAUSE_PER_WORK * (now - working), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
          stop = true;
        }
        if (stop) {
          throw new IllegalStateException("closed while evicting");
        }
        working = System.nanoTime();
      }
    }
  }

  /** Waits until nothing is being evicted. */
  void await() {
    Thread evicting;
    synchronized (this) {
      evicting = thread;
    }
    boolean interrupted = false;
    while (evicting != null && evicting.isAlive()) {
      try {
        evicting.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Stops evicting, and waits for that. */
  @Override
  public void close() {
    closed.countDown();
    await();
  }
}
