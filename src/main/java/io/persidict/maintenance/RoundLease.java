package io.persidict.maintenance;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.persidict.store.ETag;
import io.persidict.store.GetResult;
import io.persidict.store.Precondition;
import io.persidict.store.PutResult;
import io.persidict.store.Stat;
import io.persidict.store.StorageFullException;
import io.persidict.store.Store;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The right to work on a store. Whoever died with it loses it, once another contender has seen the
 * same version for its length by its own clock. It spares work that is done twice; it does not make
 * wrong what is. Used by one thread at a time.
 */
final class RoundLease implements AutoCloseable {
  static final String NAME = ".__maintaining__";

  private final Store store;
  private final String name;
  private final Duration length;
  private @Nullable ETag held;
  private @Nullable ETag seen;
  private long seenSince;
  private long written;

  RoundLease(Store store, String name, Duration length) {
    this.store = store;
    this.name = name;
    this.length = length;
  }

  /** Takes it if nobody has it, or whoever has it is dead. */
  boolean tryTake() {
    GetResult now = store.get(name, Optional.ofNullable(seen));
    if (now instanceof GetResult.Found found) {
      seen = found.stat().etag();
      seenSince = System.nanoTime();
      return false;
    }
    ETag unchanged = seen;
    if (now == GetResult.NotModified.NOT_MODIFIED && unchanged != null) {
      return System.nanoTime() - seenSince > length.toNanos()
          && write(Precondition.matches(unchanged));
    }
    return write(Precondition.absent());
  }

  /**
   * Renews it when that is due; tells whether it is still held. Where the storage is full it is not
   * renewed, and taken for held, since others find it full too.
   */
  boolean keep() {
    ETag last = held;
    if (last == null || System.nanoTime() - written < length.toNanos() / 4) {
      return last != null;
    }
    try {
      return write(Precondition.matches(last));
    } catch (StorageFullException e) {
      held = last;
      written = System.nanoTime();
      return true;
    }
  }

  private boolean write(Precondition precondition) {
    held = null;
    seen = null;
    byte[] body = (UUID.randomUUID() + "\n").getBytes(US_ASCII);
    if (store.put(name, body, precondition) instanceof PutResult.Written done) {
      held = done.etag();
      written = System.nanoTime();
    }
    return held != null;
  }

  /** When it was written last, by the clock of the store. */
  Instant stamp() {
    return store.stat(name).map(Stat::lastModified).orElseGet(Instant::now);
  }

  /** Gives it back if it is held. */
  @Override
  public void close() {
    ETag last = held;
    if (last != null) {
      held = null;
      store.delete(name, Precondition.matches(last));
    }
  }
}
