package io.persidict.jcache;

import io.persidict.jcache.config.Lifetime;
import io.persidict.jcache.config.Settings;
import io.persidict.jcache.config.Settings.Setting;
import io.persidict.jcache.engine.ActiveOperations;
import io.persidict.jcache.engine.Engine;
import io.persidict.jcache.engine.Statistics;
import io.persidict.jcache.storage.StoreFaults;
import io.persidict.jcache.storage.StoredEntries;
import io.persidict.jcache.storage.StoredEntry;
import io.persidict.key.DictKey;
import io.persidict.key.KeyLayout;
import io.persidict.maintenance.Keeper;
import io.persidict.maintenance.MaintainedEntries;
import io.persidict.maintenance.Maintenance;
import io.persidict.maintenance.StoreLimits;
import io.persidict.maintenance.Uses;
import io.persidict.store.ChangeCounts;
import io.persidict.store.DeleteResult;
import io.persidict.store.Housekeeping;
import io.persidict.store.Listed;
import io.persidict.store.Store;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;

/** The entries of one cache as its maintenance knows them. */
final class CacheMaintenance implements MaintainedEntries, StoredEntries.MemoryUses {
  /** The coarsest time stamps that stores have. */
  private static final Duration GRAIN = Duration.ofSeconds(1);

  private final Store store;
  private final StoredLifetime storedLifetime;
  private final Housekeeping keeping;
  private final KeyLayout layout;
  private final ActiveOperations operations;
  private final ChangeCounts ours;
  private final Uses uses;
  private final Keeper keeper;
  private volatile @Nullable Engine<?, ?> engine;
  private volatile @Nullable Statistics statistics;
  private volatile Lifetime lifetime = Lifetime.MIXED;

  /** How long the entries of the cache live that anybody may have written. */
  interface StoredLifetime {
    Lifetime storedLifetime();

    /** Makes sure, before the next write, that all know that only the entries themselves tell. */
    default void becomesMixed() {}
  }

  /**
   * @param forLease the same store, for leases
   * @param storedLifetime as the cache's record tells
   * @param layout of the entries' names
   * @param operations as one of which a round counts
   * @param ours counts the changes that this process makes, by the locations of the entries
   * @param uses what {@code store} remembers
   * @throws CacheException if no entry has room in the cache's bound
   */
  CacheMaintenance(
      Store store,
      Store forLease,
      StoredLifetime storedLifetime,
      KeyLayout layout,
      Settings.ForCache settings,
      ActiveOperations operations,
      ChangeCounts ours,
      Uses uses,
      Maintenance maintenance) {
    this.store = store;
    this.storedLifetime = storedLifetime;
    this.keeping = store.housekeeping();
    this.layout = layout;
    this.operations = operations;
    this.ours = ours;
    this.uses = uses;
    StoreLimits limits =
        new StoreLimits(
            settings.positive(Setting.STORE_MAX_ENTRIES),
            settings.positive(Setting.STORE_MAX_BYTES),
            settings.purgeInterval());
    try {
      this.keeper = new Keeper(store, forLease, "", limits, this, uses, maintenance);
    } catch (IllegalArgumentException e) {
      throw new CacheException("cache \"" + settings.name() + "\" has " + e.getMessage(), e);
    }
  }

  /** Tells who removes entries whose time is over and is told of those that are evicted. */
  void bind(Engine<?, ?> cacheEngine, Statistics cacheStatistics) {
    this.engine = cacheEngine;
    this.statistics = cacheStatistics;
  }

  Keeper keeper() {
    return keeper;
  }

  /** To be called before an entry is written that may live longer or shorter than others. */
  void timesVary() {
    storedLifetime.becomesMixed();
  }

  @Override
  public Kind kind(String name) {
    if (layout.key(name).isPresent()) {
      return Kind.ENTRY;
    }
    return name.endsWith("." + StoreLeases.EXTENSION) ? Kind.LEASE : Kind.OTHER;
  }

  @Override
  public void run(Runnable work) {
    operations.run(
        () -> {
          work.run();
          return true;
        });
  }

  @Override
  public void beginRound() {
    lifetime = storedLifetime.storedLifetime();
  }

  @Override
  public boolean isOver(Listed entry, Instant now) {
    Lifetime lives = lifetime;
    return switch (lives.kind()) {
      case ETERNAL -> false;
      case BOUNDED ->
          entry.stat().lastModified().plus(lives.duration()).plus(grain(entry)).isBefore(now);
      case MIXED -> expiry(entry) <= System.currentTimeMillis();
    };
  }

  @Override
  public boolean readsEntries() {
    return lifetime.kind() == Lifetime.Kind.MIXED;
  }

  /** How much later than it says an entry may have been written: stamps of whole seconds tell. */
  private static Duration grain(Listed entry) {
    Instant stamp = entry.stat().lastModified();
    return stamp.equals(stamp.truncatedTo(ChronoUnit.SECONDS)) ? GRAIN : Duration.ZERO;
  }

  private long expiry(Listed entry) {
    return keeping
        .peek(entry.name(), StoredEntry.HEADER_SIZE)
        .map(header -> StoredEntry.expiry(header, entry.stat().size()))
        .orElse(StoredEntry.NEVER);
  }

  @Override
  public boolean expire(Listed entry) {
    Engine<?, ?> told = engine;
    Optional<DictKey> place = layout.key(entry.name());
    if (told == null || place.isEmpty()) {
      return false;
    }
    boolean done =
        told.hasListeners()
            ? StoreFaults.translated(() -> told.expire(place.get(), entry.stat().etag()))
            : delete(entry);
    Statistics counted = statistics;
    if (done && counted != null) {
      counted.expiredUnasked();
    }
    return done;
  }

  @Override
  public boolean evict(Listed entry) {
    boolean done = delete(entry);
    Statistics counted = statistics;
    if (done && counted != null) {
      counted.evicted();
    }
    return done;
  }

  private boolean delete(Listed entry) {
    try (ChangeCounts.Change begun = ours.begin(store + entry.name())) {
      return store.discard(entry.name(), entry.stat().etag()) == DeleteResult.Deleted.DELETED;
    }
  }

  @Override
  public boolean isDue(long lastUse) {
    return uses.isDue(lastUse);
  }

  @Override
  public void use(DictKey place) {
    keeping.use(layout.name(place));
  }
}
