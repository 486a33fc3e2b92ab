package io.persidict.jcache;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.persidict.jcache.storage.StoreFaults;
import io.persidict.key.KeyCodec;
import io.persidict.key.KeyLayout;
import io.persidict.lease.Lease;
import io.persidict.lease.Leases;
import io.persidict.store.ETag;
import io.persidict.store.GetResult;
import io.persidict.store.Precondition;
import io.persidict.store.PutResult;
import io.persidict.store.Store;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Leases that lie beside the entries of a cache, each under its key's name with an extension of its
 * own: one line of the holder's random token, how often this holder wrote it, and the length in
 * milliseconds, with spaces between. So no two versions have the same bytes, and also a store whose
 * ETags are digests of the content tells them apart.
 *
 * <p>A lease is taken by inserting it where there is none, or by replacing the very version that
 * stood unchanged for its length; renewed by replacing the version that was written last; given
 * back by deleting that. Each is one conditional step, so of several contenders one succeeds. A
 * holder recognizes a version that it wrote without learning so, because the reply was lost.
 */
final class StoreLeases implements Leases {
  /** What the names of leases end with; no format's, so no entry's. */
  static final String EXTENSION = "__lease__";

  private static final Pattern BODY = Pattern.compile("(\\S+) \\d+ (\\d{1,7})\n");

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
    Leases.requireLength(length);
    return new StoredLease(
        StoreFaults.translated(() -> layout.name(KeyCodec.dictKey(key))), length);
  }

  /** A version of somebody's lease, and since when this contender has seen no other one. */
  private record Seen(ETag etag, Duration length, long sinceNanos) {}

  private final class StoredLease implements Lease {
    private final String token = UUID.randomUUID().toString();
    private final String name;
    private final Duration length;
    private long writes;
    private @Nullable ETag held;
    private @Nullable Seen seen;

    StoredLease(String name, Duration length) {
      this.name = name;
      this.length = length;
    }

    @Override
    public synchronized boolean tryTake() {
      return held == null
          && StoreFaults.translated(
              () -> (seen == null && write(Precondition.absent())) || takeOver());
    }

    private boolean takeOver() {
      Seen before = seen;
      long asked = System.nanoTime();
      GetResult now = store.get(name, Optional.ofNullable(before).map(Seen::etag));
      if (now instanceof GetResult.Found found) {
        Matcher body = body(found);
        seen = new Seen(found.stat().etag(), lengthIn(body), System.nanoTime());
        return isMine(body) && write(Precondition.matches(found.stat().etag()));
      }
      if (now == GetResult.Absent.ABSENT || before == null) {
        return write(Precondition.absent());
      }
      return asked - before.sinceNanos > before.length.toNanos()
          && write(Precondition.matches(before.etag));
    }

    @Override
    public synchronized boolean renew() {
      ETag last = held;
      try {
        return last != null
            && StoreFaults.translated(() -> write(Precondition.matches(last)) || regain());
      } catch (IllegalStateException e) {
        return false; // it went with the cache, which was destroyed, or its manager is closed
      }
    }

    /** Takes the lease again if it is this contender's in spite of all. */
    private boolean regain() {
      return store.get(name, Optional.empty()) instanceof GetResult.Found found
          && isMine(body(found))
          && write(Precondition.matches(found.stat().etag()));
    }

    private static Matcher body(GetResult.Found found) {
      return BODY.matcher(new String(found.bytes(), US_ASCII));
    }

    private boolean isMine(Matcher body) {
      return body.matches() && body.group(1).equals(token);
    }

    /** The length of a stored lease; this contender's own where it does not tell. */
    private Duration lengthIn(Matcher body) {
      return body.matches() ? Duration.ofMillis(Long.parseLong(body.group(2))) : length;
    }

    /** Writes a new version; this contender holds the lease if the precondition holds. */
    private boolean write(Precondition precondition) {
      String body = token + " " + ++writes + " " + length.toMillis() + "\n";
      PutResult result = store.put(name, body.getBytes(US_ASCII), precondition);
      held = result instanceof PutResult.Written written ? written.etag() : null;
      return held != null;
    }

    @Override
    public synchronized void close() {
      ETag last = held;
      if (last != null) {
        held = null;
        try {
          StoreFaults.translated(() -> store.delete(name, Precondition.matches(last)));
        } catch (IllegalStateException e) {
          // it went with the cache, which was destroyed, or ends by itself
        }
      }
    }
  }
}
