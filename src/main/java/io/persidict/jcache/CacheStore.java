package io.persidict.jcache;

import static java.lang.System.Logger.Level.DEBUG;

import io.persidict.jcache.config.Lifetime;
import io.persidict.jcache.config.Settings;
import io.persidict.jcache.engine.ActiveOperations;
import io.persidict.key.KeyLayout;
import io.persidict.metrics.FlightRecorder;
import io.persidict.store.ChangeWatch;
import io.persidict.store.Content;
import io.persidict.store.DeleteResult;
import io.persidict.store.ETag;
import io.persidict.store.FencedException;
import io.persidict.store.GetResult;
import io.persidict.store.Housekeeping;
import io.persidict.store.Listed;
import io.persidict.store.Precondition;
import io.persidict.store.PrefixStore;
import io.persidict.store.PutResult;
import io.persidict.store.Stat;
import io.persidict.store.Store;
import io.persidict.store.StoreException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Spliterator;
import java.util.Spliterators.AbstractSpliterator;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * The part of a store in which one cache lies, for as long as the cache is open and has not been
 * destroyed. Its entries lie directly there, and what lies deeper is of other managers; unless the
 * cache has keys of several segments, whose entries lie below directories.
 *
 * <p>Every mutation is fenced by the cache's {@linkplain CacheMetadata record}. If the record was
 * removed by hand, it is written again first, with the same identity. If the cache was destroyed,
 * by whomever, the mutation throws {@link IllegalStateException}, has changed nothing, and the
 * cache is closed.
 *
 * <p>In a store that has no fences, which is S3, the record is read again before a mutation if that
 * was not done for {@link #TRUSTED}. Destroying waits for twice that. So only a request that takes
 * longer can leave an entry behind.
 */
final class CacheStore implements Store, CacheMaintenance.StoredLifetime {
  /**
   * How long a record is trusted after it was asked for in a store that has no fences. All
   * processes that share caches need the same.
   */
  static final Duration TRUSTED = Duration.ofSeconds(1);

  /** How often a record is asked for whose answer comes too late to be trusted. */
  private static final int MAX_RENEWALS = 5;

  private static final System.Logger LOGGER = System.getLogger(CacheStore.class.getName());

  private final Store root;
  private final String directory;
  private final Store store;
  private final Settings.ForCache settings;
  private final Optional<String> formatProvider;
  private final ActiveOperations operations;
  private final boolean isFlat;
  private byte[] record;
  private String id;
  private boolean isAdopted;
  private Runnable whenDestroyed = () -> {};
  private volatile Lifetime lifetime = Lifetime.ETERNAL;
  private volatile @Nullable Access access;

  /** How entries are changed, by what is known of the record. */
  private static final class Access {
    final Store store;
    final boolean isFenced;
    final long since;

    /**
     * @param since a time before the record was asked for; it may be another when the answer comes
     */
    Access(Store store, boolean isFenced, long since) {
      this.store = store;
      this.isFenced = isFenced;
      this.since = since;
    }

    boolean isTrusted() {
      return isFenced || System.nanoTime() - since < TRUSTED.toNanos();
    }
  }

  /**
   * Checks that a cache of these settings can be opened, and changes nothing.
   *
   * @param root holds all caches of a manager
   * @param directory of the cache, below it
   * @param formatProvider the class of somebody else's that makes the format, if one does
   * @param operations by which every access counts as under way
   * @param isFlat whether all entries lie directly there
   * @throws javax.cache.CacheException if the cache was created with other settings
   */
  CacheStore(
      Store root,
      String directory,
      Settings.ForCache settings,
      Optional<String> formatProvider,
      ActiveOperations operations,
      boolean isFlat) {
    this.root = root;
    this.directory = directory;
    this.store =
        new PrefixStore(root, directory)
            .within(
                isFlat
                    ? below -> false
                    : new KeyLayout(settings.digestLength(), settings.format())::isPrefix);
    this.settings = settings;
    this.formatProvider = formatProvider;
    this.operations = operations;
    this.isFlat = isFlat;
    byte[] stored =
        store.read(CacheMetadata.NAME).filter(found -> !Destruction.isMark(found)).orElse(null);
    if (stored == null) {
      this.id = UUID.randomUUID().toString();
      this.record = CacheMetadata.encode(settings, formatProvider, id, lifetime);
    } else {
      this.id = CacheMetadata.requireSame(store, settings, formatProvider, stored);
      this.record = stored;
      this.isAdopted = true;
    }
  }

  private void adopt(byte[] stored) {
    id = CacheMetadata.requireSame(store, settings, formatProvider, stored);
    record = stored;
    isAdopted = true;
  }

  /** What no other cache has, also none that lay here earlier or will later. */
  String id() {
    return id;
  }

  /**
   * Opens the cache, or creates it if there is none.
   *
   * @param lifetime of the entries that are going to be written
   * @param whenDestroyed run when it turns out that the cache was destroyed
   * @throws javax.cache.CacheException if it was created with other settings
   */
  void open(Lifetime lifetime, Runnable whenDestroyed) {
    this.whenDestroyed = whenDestroyed;
    this.lifetime = lifetime;
    while (true) {
      long begun = System.nanoTime();
      GetResult now = store.get(CacheMetadata.NAME, Optional.empty());
      if (!(now instanceof GetResult.Found found)) {
        if (create()) {
          return;
        }
      } else if (Destruction.isMark(found.bytes())) {
        new Destruction(root, directory, settings).run(true);
      } else {
        adopt(found.bytes());
        try {
          if (tellLifetime(found, begun)) {
            return;
          }
        } catch (StoreException e) {
          access = untold(); // reads may do
          return;
        }
      }
    }
  }

  /** Makes sure that the record tells how long entries live; tells whether it is still the same. */
  private boolean tellLifetime(GetResult.Found found, long begun) {
    Lifetime told = CacheMetadata.lifetime(found.bytes());
    if (told.includes(lifetime)) {
      return allow(found.stat().etag(), begun);
    }
    byte[] changed = CacheMetadata.withLifetime(found.bytes(), told.and(lifetime));
    Precondition unchanged = Precondition.matches(found.stat().etag());
    if (store.put(CacheMetadata.NAME, changed, unchanged) instanceof PutResult.Written written) {
      record = changed;
      return allow(written.etag(), begun);
    }
    return false;
  }

  /** Access under which the record must be read, and told, before anything is changed. */
  private Access untold() {
    return new Access(store, false, System.nanoTime() - TRUSTED.toNanos());
  }

  @Override
  public Lifetime storedLifetime() {
    return read(CacheMetadata.NAME).map(CacheMetadata::lifetime).orElse(Lifetime.MIXED);
  }

  @Override
  public void becomesMixed() {
    if (lifetime.kind() != Lifetime.Kind.MIXED) {
      synchronized (this) {
        access = untold();
        lifetime = Lifetime.MIXED;
      }
    }
  }

  private boolean create() {
    long begun = System.nanoTime();
    Lifetime told = isAdopted ? CacheMetadata.lifetime(record) : lifetime;
    record = CacheMetadata.withLifetime(record, told.and(lifetime));
    return store.put(CacheMetadata.NAME, record, Precondition.absent())
            instanceof PutResult.Written written
        && allow(written.etag(), begun);
  }

  private boolean allow(ETag etag, long since) {
    Optional<Store> fenced = store.fencedBy(CacheMetadata.NAME, etag);
    access = new Access(fenced.orElse(store), fenced.isPresent(), since);
    return true;
  }

  // ---- changing

  @Override
  public PutResult put(String name, byte[] bytes, Precondition precondition) {
    return change("put", fenced -> fenced.put(name, bytes, precondition));
  }

  @Override
  public PutResult put(String name, byte[] bytes, Precondition precondition, Instant lastModified) {
    return change("put", fenced -> fenced.put(name, bytes, precondition, lastModified));
  }

  @Override
  public DeleteResult delete(String name, Precondition precondition) {
    return change("delete", fenced -> fenced.delete(name, precondition));
  }

  @Override
  public DeleteResult discard(String name, ETag version) {
    return change("delete", fenced -> fenced.discard(name, version));
  }

  @Override
  public void deleteAll(Stream<String> names) {
    List<String> all = names.toList();
    change(
        "delete many",
        fenced -> {
          fenced.deleteAll(all.stream());
          return true;
        });
  }

  @Override
  public void deleteBelow(String prefix, Predicate<String> which) {
    change(
        "delete all",
        fenced -> {
          fenced.deleteBelow(prefix, name -> isOwn(name) && which.test(name));
          return true;
        });
  }

  private <T> T change(String what, Function<Store, T> change) {
    return recorded(what, () -> unlessDestroyed(change));
  }

  /** Runs an operation, and has it recorded if it takes long. */
  private <T> T recorded(String what, Supplier<T> operation) {
    return operations.run(
        () -> {
          FlightRecorder.Timed timed = FlightRecorder.storeOperation(what, settings.name());
          try {
            return operation.get();
          } finally {
            FlightRecorder.end(timed);
          }
        });
  }

  private <T> T unlessDestroyed(Function<Store, T> change) {
    for (int renewals = 0; renewals <= MAX_RENEWALS; renewals++) {
      Access now = Objects.requireNonNull(access, "not open yet");
      if (now.isTrusted()) {
        try {
          return change.apply(now.store);
        } catch (FencedException e) {
          // not any more
        }
      }
      if (!renew(now)) {
        whenDestroyed.run();
        throw new IllegalStateException(
            "cache " + settings.name() + " was destroyed and is closed; create it again to go on");
      }
    }
    throw new StoreException(
        "cannot write to "
            + store
            + ": "
            + CacheMetadata.NAME
            + " there takes longer than "
            + TRUSTED
            + " to read, so nobody can know whether the cache has been destroyed meanwhile");
  }

  /** Makes sure of the record, unless another thread has; tells whether the cache still exists. */
  private synchronized boolean renew(Access old) {
    if (access != old) {
      return true;
    }
    while (true) {
      long begun = System.nanoTime();
      GetResult now = store.get(CacheMetadata.NAME, Optional.empty());
      if (now instanceof GetResult.Found found) {
        if (Destruction.isMark(found.bytes())) {
          return false;
        }
        String stored = CacheMetadata.id(found.bytes());
        if (stored.isEmpty() && !id.isEmpty()) {
          // By somebody else's program, perhaps only for the moment: no reason to end the cache.
          throw new StoreException(
              store + CacheMetadata.NAME + " is damaged; put a copy in its place, or delete it");
        }
        if (!stored.equals(id)) {
          return false;
        }
        if (tellLifetime(found, begun)) {
          return true;
        }
      } else if (Destruction.isListed(root, id)) {
        return false;
      } else if (create()) {
        LOGGER.log(
            DEBUG, "the record of cache \"{0}\" was missing and is written again", settings.name());
        return true;
      }
    }
  }

  // ---- reading

  @Override
  public GetResult get(String name, Optional<ETag> ifNoneMatch) {
    return recorded("get", () -> store.get(name, ifNoneMatch));
  }

  @Override
  public Optional<byte[]> read(String name) {
    return recorded("get", () -> store.read(name));
  }

  @Override
  public Optional<Stat> stat(String name) {
    return recorded("stat", () -> store.stat(name));
  }

  @Override
  public ChangeWatch watch(String name) {
    return store.watch(name);
  }

  @Override
  public Stream<Listed> list(String prefix) {
    return whileOpen(operations.run(() -> store.list(prefix)))
        .filter(listed -> isOwn(listed.name()));
  }

  @Override
  public Stream<Content> contents(String prefix, Predicate<String> wanted) {
    return whileOpen(
        operations.run(() -> store.contents(prefix, name -> isOwn(name) && wanted.test(name))));
  }

  @Override
  public Stream<String> children(String prefix) {
    return whileOpen(operations.run(() -> store.children(prefix)));
  }

  /** The same stream, of which each step is an operation. */
  private <T> Stream<T> whileOpen(Stream<T> stream) {
    Spliterator<T> steps = stream.spliterator();
    return StreamSupport.stream(
            new AbstractSpliterator<T>(Long.MAX_VALUE, Spliterator.NONNULL) {
              @Override
              public boolean tryAdvance(Consumer<? super T> action) {
                return operations.run(() -> steps.tryAdvance(action));
              }
            },
            false)
        .onClose(stream::close);
  }

  @Override
  public <T, R> Stream<R> concurrently(Stream<T> items, Function<T, R> operation) {
    return store.concurrently(items, operations.carriedOver(operation));
  }

  @Override
  public <T, R> Stream<R> concurrentWrites(Stream<T> items, Function<T, R> write) {
    return store.concurrentWrites(items, operations.carriedOver(write));
  }

  @Override
  public Housekeeping housekeeping() {
    return store.housekeeping();
  }

  /** The same store for leases, which may be renewed and given back after the cache is closed. */
  Store forLeases() {
    return new Store() {
      @Override
      public GetResult get(String name, Optional<ETag> ifNoneMatch) {
        return store.get(name, ifNoneMatch);
      }

      @Override
      public Optional<Stat> stat(String name) {
        return store.stat(name);
      }

      @Override
      public PutResult put(String name, byte[] bytes, Precondition precondition) {
        return unlessDestroyed(fenced -> fenced.put(name, bytes, precondition));
      }

      @Override
      public DeleteResult delete(String name, Precondition precondition) {
        return unlessDestroyed(fenced -> fenced.delete(name, precondition));
      }

      @Override
      public Stream<Listed> list(String prefix) {
        return store.list(prefix);
      }

      @Override
      public void close() {}
    };
  }

  private boolean isOwn(String name) {
    return !isFlat || name.indexOf('/') < 0;
  }

  /** Does nothing: the cache's manager closes the store. */
  @Override
  public void close() {}

  @Override
  public String toString() {
    return store.toString();
  }
}
