package io.persidict.jcache;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.persidict.format.FormatException;
import io.persidict.key.KeyLayout;
import io.persidict.lease.Lease;
import io.persidict.lease.Leases;
import io.persidict.store.ETag;
import io.persidict.store.GetResult;
import io.persidict.store.Precondition;
import io.persidict.store.PutResult;
import io.persidict.store.Store;
import io.persidict.store.StoreException;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;

/**
 * Leases that lie beside the entries of a cache, each under its key's name with an extension of its
 * own: a random token, a space, the length in milliseconds, and a line feed. Every write has a
 * token of its own, so that also a store whose ETags are digests of the content tells two writes
 * apart.
 *
 * <p>A lease is taken by inserting it where there is none, or by replacing the very version that
 * stood unchanged for its length; renewed by replacing the version that was written last; given
 * back by deleting that. Each is one conditional step, so of several contenders one succeeds.
 */
final class StoreLeases implements Leases {
  /** What the names of leases end with; no format's, so no entry's. */
  static final String EXTENSION = "__lease__";

  private static final Pattern BODY = Pattern.compile("[0-9a-f-]{36} ([0-9]{1,7})\n");

  private final Store store;
  private final KeyLayout layout;

  /**
   * @param digestLength of the names of the entries
   */
  StoreLeases(Store store, int digestLength) {
    this.store = store;
    this.layout = new KeyLayout(digestLength, EXTENSION);
  }

  @Override
  public Lease lease(Object key, Duration length) {
    if (length.compareTo(MIN_LENGTH) < 0 || length.compareTo(MAX_LENGTH) > 0) {
      throw new IllegalArgumentException(
          "a lease of " + length + "; allowed are " + MIN_LENGTH + " to " + MAX_LENGTH);
    }
    return new StoredLease(guarded(() -> layout.name(KeyCodec.dictKey(key))), length);
  }

  /** A version of somebody's lease, and since when this contender has seen no other one. */
  private record Seen(ETag etag, Duration length, long sinceNanos) {}

  private final class StoredLease implements Lease {
    private final String name;
    private final Duration length;
    private @Nullable ETag held;
    private @Nullable Seen seen;

    StoredLease(String name, Duration length) {
      this.name = name;
      this.length = length;
    }

    @Override
    public synchronized boolean tryTake() {
      return held == null
          && guarded(() -> (seen == null && write(Precondition.absent())) || takeOver());
    }

    private boolean takeOver() {
      Seen before = seen;
      long asked = System.nanoTime();
      GetResult now = store.get(name, Optional.ofNullable(before).map(Seen::etag));
      if (now instanceof GetResult.Found found) {
        seen = new Seen(found.stat().etag(), lengthIn(found.bytes()), System.nanoTime());
        return false;
      }
      if (now == GetResult.Absent.ABSENT || before == null) {
        return write(Precondition.absent());
      }
      return asked - before.sinceNanos > before.length.toNanos()
          && write(Precondition.matches(before.etag));
    }

    /** The length of a stored lease; this contender's own where it does not tell. */
    private Duration lengthIn(byte[] body) {
      Matcher matcher = BODY.matcher(new String(body, US_ASCII));
      return matcher.matches() ? Duration.ofMillis(Long.parseLong(matcher.group(1))) : length;
    }

    @Override
    public synchronized boolean renew() {
      ETag mine = held;
      return mine != null && guarded(() -> write(Precondition.matches(mine)));
    }

    /** Writes a new version; it is this contender's if the precondition holds. */
    private boolean write(Precondition precondition) {
      byte[] body = (UUID.randomUUID() + " " + length.toMillis() + "\n").getBytes(US_ASCII);
      PutResult result = store.put(name, body, precondition);
      held = result instanceof PutResult.Written written ? written.etag() : null;
      return held != null;
    }

    @Override
    public synchronized void close() {
      ETag mine = held;
      if (mine != null) {
        held = null;
        guarded(() -> store.delete(name, Precondition.matches(mine)));
      }
    }
  }

  private static <T> T guarded(Supplier<T> call) {
    try {
      return call.get();
    } catch (StoreException | FormatException | IllegalArgumentException e) {
      throw new CacheException(e.getMessage(), e);
    }
  }
}
