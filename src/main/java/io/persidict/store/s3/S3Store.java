package io.persidict.store.s3;

import io.persidict.metrics.RequestCounts;
import io.persidict.store.BulkExecutor;
import io.persidict.store.DeleteResult;
import io.persidict.store.ETag;
import io.persidict.store.GetResult;
import io.persidict.store.Housekeeping;
import io.persidict.store.Listed;
import io.persidict.store.Names;
import io.persidict.store.Precondition;
import io.persidict.store.PutResult;
import io.persidict.store.Stat;
import io.persidict.store.Store;
import io.persidict.store.s3.Requests.Page;
import io.persidict.store.s3.Write.Guard;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * A {@link Store} of objects below a prefix of an S3 bucket.
 *
 * <p><b>Atomicity</b> is the server's: {@code If-None-Match: *} and {@code If-Match} on PUT. What
 * is deleted on condition is replaced, by such a PUT, with a <em>tombstone</em>: an object that
 * this store takes for absence and replaces when the name is written again. So nothing rests on
 * conditional deletes, which some servers ignore. A tombstone is an object like any other to
 * whoever reads the bucket without this library.
 *
 * <p><b>Answers that do not come.</b> Each write carries a name of its own in the object's
 * metadata, with those of the writes before it. After a timeout, a reset or a fault of the server
 * the object is looked at, and the write is repeated or told lost only if it did not take effect.
 * Where the object cannot tell, because it does not come of the version that was to be replaced, an
 * exception says that the outcome is not known. Unconditional writes do not know what they replace
 * and are repeated; an insert of which nothing is left counts as not done.
 *
 * <p><b>Unconditional deletes</b> are two requests: of two at the same moment, both may be told
 * that they deleted the object.
 *
 * <p><b>ETags</b> are S3's, as a rule a hash of the content: equal bytes have equal ones. Times are
 * the server's, in whole seconds. Objects whose names are none by {@link Names} are ignored.
 *
 * <p><b>Many at once.</b> Operations on many names have {@value #CONCURRENCY} requests in flight.
 */
public final class S3Store implements Store {
  /** The largest value, in bytes. */
  public static final int MAX_SIZE = 1 << 30;

  /** How many requests of an operation on many names are in flight at once. */
  static final int CONCURRENCY = 32;

  /** The longest name of an object, prefix included, in bytes. */
  private static final int MAX_KEY = 1024;

  private final S3Errors faults;
  private final S3Client client;
  private final Requests requests;
  private final RecentVersions recent;
  private final WriterIds lanes;
  private final BulkExecutor executor;
  private final Mutations mutations;
  private final Listing listing;
  private final ActiveOperations operations;
  private final S3Store origin;
  private final boolean leavesTombstones;

  private S3Store(S3Errors faults, S3Client client) {
    this.faults = faults;
    this.client = client;
    this.requests = new Requests(client, faults);
    this.recent = new RecentVersions();
    this.lanes = new WriterIds();
    this.executor =
        new BulkExecutor("persidict-s3", Math.min(CONCURRENCY, faults.server().maxConnections()));
    this.mutations = new Mutations(requests, recent, faults);
    this.operations = new ActiveOperations(faults.place());
    this.listing = new Listing(requests, recent, faults, executor, operations);
    this.origin = this;
    this.leavesTombstones = true;
  }

  private S3Store(S3Store origin) {
    this.faults = origin.faults;
    this.client = origin.client;
    this.requests = origin.requests;
    this.recent = origin.recent;
    this.lanes = origin.lanes;
    this.executor = origin.executor;
    this.mutations = origin.mutations;
    this.operations = origin.operations.ofView();
    this.listing = new Listing(requests, recent, faults, executor, operations);
    this.origin = origin;
    this.leavesTombstones = false;
  }

  /**
   * A view of this store that deletes on condition by the server's own means and leaves no
   * tombstones, for readers who would take one for a value. If a request is not answered and the
   * version is gone, it says that nobody knows who deleted it. Closing the view leaves this store
   * open.
   *
   * @return a view that sees the same objects
   * @throws io.persidict.store.StoreException if the server does not honour conditional deletes
   */
  public S3Store withoutTombstones() {
    if (!faults.server().conditionalDelete()) {
      throw faults.unfit(
          "is not known to honour If-Match on DELETE, without which an object cannot be removed on"
              + " condition unless another takes its place, which other programs would take for a"
              + " value; if it does honour it, set s3.conditional-delete to true");
    }
    return new S3Store(origin);
  }

  /** See {@link S3Server#open}. */
  static S3Store open(S3Server server, String bucket, String prefix, boolean create) {
    S3Errors faults = new S3Errors(server, bucket, prefix, new RequestCounts());
    S3Store store = new S3Store(faults, Connection.client(faults));
    try {
      store.requireBucket(create);
      return store;
    } catch (RuntimeException e) {
      store.close();
      throw e;
    }
  }

  private void requireBucket(boolean create) {
    try (Retry attempts = Retry.opening(faults)) {
      while (true) {
        try {
          requests.list("", null, null, 1);
          return;
        } catch (SdkException e) {
          if (create && e instanceof S3Exception answer && isMissing(answer)) {
            createBucket();
            attempts.overtaken(e);
          } else {
            attempts.failed(e);
          }
        }
      }
    }
  }

  private static boolean isMissing(S3Exception e) {
    return S3Errors.code(e).equals("NoSuchBucket");
  }

  private void createBucket() {
    attempt(
        "create the bucket, which does not exist,",
        () -> {
          try {
            requests.createBucket();
          } catch (S3Exception e) {
            if (!S3Errors.code(e).equals("BucketAlreadyOwnedByYou")) {
              throw e;
            }
          }
          return true;
        });
  }

  @Override
  public GetResult get(String name, Optional<ETag> ifNoneMatch) {
    requireName(name);
    return attempt(
        "read " + name,
        () -> {
          try {
            Optional<Requests.Body> body = requests.get(name, ifNoneMatch);
            recent.saw(name, body.map(found -> found.seen().version()));
            return body.map(found -> found(found, ifNoneMatch)).orElse(GetResult.Absent.ABSENT);
          } catch (S3Exception e) {
            if (ifNoneMatch.isPresent() && Requests.isNotModified(e)) {
              return GetResult.NotModified.NOT_MODIFIED;
            }
            throw e;
          }
        });
  }

  private static GetResult found(Requests.Body body, Optional<ETag> known) {
    Version version = body.seen().version();
    if (version.isTombstone()) {
      return GetResult.Absent.ABSENT;
    }
    return known.isPresent() && known.get().equals(version.etag())
        ? GetResult.NotModified.NOT_MODIFIED
        : new GetResult.Found(body.bytes(), body.seen().stat());
  }

  @Override
  public Optional<Stat> stat(String name) {
    requireName(name);
    return Version.Seen.byReader(look(name));
  }

  private Optional<Version.Seen> look(String name) {
    return attempt(
        "look at " + name,
        () -> {
          Optional<Version.Seen> seen = requests.look(name);
          recent.saw(name, seen.map(Version.Seen::version));
          return seen;
        });
  }

  @Override
  public PutResult put(String name, byte[] bytes, Precondition precondition) {
    requireName(name);
    if (bytes.length > MAX_SIZE) {
      throw new IllegalArgumentException(
          "value of " + bytes.length + " bytes for " + name + "; at most " + MAX_SIZE);
    }
    return operations.run(() -> write("write " + name, name, bytes, Guard.of(precondition)));
  }

  private PutResult write(String doing, String name, byte[] bytes, Guard guard) {
    WriteId id = lanes.enter();
    recent.begins(id);
    try (Retry attempts = new Retry(faults, doing)) {
      return new Write(mutations, attempts, id, name, bytes, guard, isAtomicWithoutCondition())
          .run();
    } finally {
      recent.ends(id);
      lanes.leave(id);
    }
  }

  @Override
  public DeleteResult delete(String name, Precondition precondition) {
    requireName(name);
    if (precondition == Precondition.absent()) {
      return stat(name)
          .<DeleteResult>map(there -> new DeleteResult.Lost(there.etag()))
          .orElse(DeleteResult.WasAbsent.WAS_ABSENT);
    }
    return operations.run(
        () ->
            precondition == Precondition.none()
                ? delete(name)
                : deleteOnCondition(name, Guard.of(precondition)));
  }

  private DeleteResult delete(String name) {
    if (!isAtomicWithoutCondition()) {
      return deleteOnCondition(name, Guard.PRESENT);
    }
    Optional<Version> there = mutations.look(name).filter(version -> !version.isTombstone());
    if (there.isEmpty()) {
      return DeleteResult.WasAbsent.WAS_ABSENT;
    }
    try (Retry attempts = new Retry(faults, "delete " + name)) {
      return mutations.carryOut(Delete.of(mutations, name, there.get()), there, attempts);
    }
  }

  private DeleteResult deleteOnCondition(String name, Guard guard) {
    if (!leavesTombstones) {
      return guardedDelete(name, guard);
    }
    PutResult result = write("delete " + name, name, Tombstone.create(), guard);
    if (result instanceof PutResult.Lost lost) {
      return lost.actual()
          .<DeleteResult>map(DeleteResult.Lost::new)
          .orElse(DeleteResult.WasAbsent.WAS_ABSENT);
    }
    return DeleteResult.Deleted.DELETED;
  }

  private DeleteResult guardedDelete(String name, Guard guard) {
    try (Retry attempts = new Retry(faults, "delete " + name)) {
      return new GuardedDelete(mutations, attempts, name, guard).run();
    }
  }

  /**
   * {@inheritDoc}
   *
   * <p>Where the server honours conditional deletes that leaves no tombstone, and is one request if
   * the version is there.
   */
  @Override
  public DeleteResult discard(String name, ETag version) {
    requireName(name);
    if (!faults.server().conditionalDelete()) {
      return delete(name, Precondition.matches(version));
    }
    boolean deleted =
        attempt(
            "delete " + name,
            () -> {
              try {
                requests.delete(name, version);
                recent.saw(name, Optional.empty());
                return true;
              } catch (S3Exception e) {
                if (Requests.isLost(e)) {
                  return false;
                }
                throw e;
              }
            });
    return deleted
        ? DeleteResult.Deleted.DELETED
        : operations.run(() -> guardedDelete(name, Guard.of(Precondition.matches(version))));
  }

  private boolean isAtomicWithoutCondition() {
    return faults.server().atomicOverwrite();
  }

  /**
   * {@inheritDoc}
   *
   * <p>Where the server honours conditional deletes, tombstones older than an hour are deleted by
   * whoever lists.
   */
  @Override
  public Stream<Listed> list(String prefix) {
    Names.requirePrefix(prefix);
    operations.checkOpen();
    return listing.pages(prefix, null).flatMap(page -> listing.entries(page).stream());
  }

  @Override
  public Stream<String> children(String prefix) {
    Names.requirePrefix(prefix);
    operations.checkOpen();
    return listing
        .pages(prefix, "/")
        .flatMap(
            page ->
                Stream.concat(
                    page.prefixes().stream().filter(S3Store::isPrefix),
                    listing.entries(page).stream().map(Listed::name)))
        .map(name -> name.substring(prefix.length()));
  }

  private static boolean isPrefix(String text) {
    return Names.isName(text.substring(0, text.length() - 1));
  }

  @Override
  public <T, R> Stream<R> concurrently(Stream<T> items, Function<T, R> operation) {
    operations.checkOpen();
    return executor.each(items, operation);
  }

  /**
   * {@inheritDoc}
   *
   * <p>Looks at each name; then deletes 1,000 with each request, or where that is not atomic, puts
   * a tombstone in the place of each.
   */
  @Override
  public void deleteAll(Stream<String> names) {
    Stream<String> checked = names.peek(this::requireName);
    operations.run(
        () -> {
          if (isAtomicWithoutCondition()) {
            new BatchDelete(mutations, executor).delete(checked);
          } else {
            executor.each(checked, this::delete).forEach(deleted -> {});
          }
          return true;
        });
  }

  /**
   * Also deletes tombstones; 1,000 objects take one request to list and one to delete. Where that
   * is not atomic, it takes one more to list them again, and one for each object that this store
   * has not seen lately.
   */
  @Override
  public void deleteBelow(String prefix, Predicate<String> which) {
    Names.requirePrefix(prefix);
    operations.run(
        () -> {
          deletePages(prefix, name -> Names.isName(name) && which.test(name));
          return true;
        });
  }

  private void deletePages(String prefix, Predicate<String> which) {
    BatchDelete batches = new BatchDelete(mutations, executor);
    try (Stream<Page> pages = listing.pages(prefix, null)) {
      pages.forEach(
          page -> {
            if (isAtomicWithoutCondition()) {
              batches.deleteListed(page, which);
            } else {
              batches.deleteListed(page, which, attempts -> listing.again(prefix, page, attempts));
            }
          });
    }
  }

  /**
   * Deletes the tombstones of at least some age. Where the server does not honour conditional
   * deletes, an entry that is written again while its tombstone is deleted is lost: call this only
   * while nobody writes.
   *
   * @param age from the time that the server gave them until now by this machine's clock
   * @return how many were deleted
   */
  public long sweepTombstones(Duration age) {
    return operations.run(() -> listing.sweep(age));
  }

  @Override
  public Housekeeping housekeeping() {
    return new Housekeeping() {
      @Override
      public Store store() {
        return S3Store.this;
      }

      @Override
      public boolean isRemote() {
        return true;
      }

      @Override
      public Optional<byte[]> peek(String name, int atMost) {
        requireName(name);
        return attempt("read " + name, () -> requests.peek(name, atMost));
      }
    };
  }

  /** {@return how many requests this store has made, as it goes on} */
  public RequestCounts requestCounts() {
    return faults.counts();
  }

  /** Waits for the operations that are under way. */
  @Override
  public void close() {
    operations.close();
    if (origin == this) {
      executor.close();
      client.close();
    }
  }

  @Override
  public String toString() {
    return faults.place();
  }

  private <T> T attempt(String doing, Supplier<T> request) {
    return operations.run(() -> Retry.of(faults, doing, request));
  }

  private void requireName(String name) {
    Names.requireName(name);
    int length = faults.prefix().length() + name.length();
    if (length > MAX_KEY) {
      throw new IllegalArgumentException(
          "name \""
              + name
              + "\" is "
              + length
              + " characters long with its prefix; S3 allows "
              + MAX_KEY
              + ", so shorten it");
    }
  }
}
