package io.persidict.jcache.engine;

import io.persidict.jcache.engine.Operation.Action;
import io.persidict.jcache.engine.Operation.Decision;
import io.persidict.jcache.engine.Operation.OnUnseen;
import io.persidict.jcache.storage.CacheEntry;
import io.persidict.jcache.storage.EntrySnapshot;
import io.persidict.jcache.storage.StoredEntries;
import io.persidict.jcache.storage.StoredEntries.Reading;
import io.persidict.jcache.storage.StoredEntry;
import io.persidict.key.DictKey;
import io.persidict.lease.ActiveCall;
import io.persidict.lease.KeyLocks;
import io.persidict.lease.SingleFlight;
import io.persidict.store.ETag;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.cache.CacheException;
import javax.cache.event.CacheEntryListenerException;
import javax.cache.event.EventType;
import javax.cache.expiry.Duration;
import javax.cache.expiry.ExpiryPolicy;
import javax.cache.integration.CacheLoaderException;
import javax.cache.processor.EntryProcessor;
import org.jspecify.annotations.Nullable;

/**
 * Carries out the operations of one cache: reads the entry, lets the operation decide, asks the
 * expiry policy, calls the writer, commits by a conditional write, and then counts and notifies. If
 * somebody else changed the entry meanwhile, nothing was committed and it starts over; what the
 * writer was told already it is not told again. Calls that are made within a call, by a processor,
 * loader or writer, count as somebody else's; if they always change the very entry, it would start
 * over forever, and fails instead.
 *
 * <p>An operation that does not depend on the entry, in a cache where nobody asks what it was, is
 * carried out without reading it.
 *
 * <p>Expiry is an absolute time in the record. An expired entry is absent; whoever comes by it
 * deletes it and notifies of its expiry. Where the expiry policy fails, a new entry never expires
 * and an old one when it would have. An entry that cannot be read is absent too, and logged once.
 */
public final class Engine<K, V> {
  private final StoredEntries<K, V> stored;
  private final @Nullable WriteOnce writeOnce;
  private final Expiry<K, V> expiry;
  private final boolean expiresNever;
  private final LoaderAndWriter<K, V> integration;
  private final Listeners<K, V> listeners;
  private final Statistics statistics;
  private final KeyLocks locks;

  /** Has an entry loaded again whose time is nearly over; null where none is. */
  private @Nullable Consumer<K> refresher;

  /**
   * @param writeOnce null where entries may be changed
   */
  public Engine(
      StoredEntries<K, V> stored,
      @Nullable WriteOnce writeOnce,
      ExpiryPolicy expiryPolicy,
      LoaderAndWriter<K, V> integration,
      Listeners<K, V> listeners,
      Statistics statistics) {
    this.stored = stored;
    this.writeOnce = writeOnce;
    this.expiry = new Expiry<>(expiryPolicy, stored::policyFailed);
    this.expiresNever = expiry.isEternal();
    this.integration = integration;
    this.listeners = listeners;
    this.statistics = statistics;
    this.locks = new KeyLocks(statistics.counting()::waited);
  }

  /** Has {@code refresh} told of entries that are read when their time is nearly over. */
  public void refreshAheadBy(Consumer<K> refresh) {
    refresher = refresh;
  }

  // ---- reading

  /**
   * The value of an entry that is found in memory, where a read has no other effect; null if it has
   * to be looked for by {@link #get}.
   */
  public @Nullable V hit(K key) {
    return expiresNever && refresher == null && !statistics.counts() ? stored.hit(key) : null;
  }

  /** The value of an entry, loaded if it is absent and reads ask the loader. */
  public @Nullable V get(K key) {
    return get(key, integration.readsThrough());
  }

  /** The value of an entry; null if it is absent, also where reads ask the loader. */
  @Nullable V getStored(K key) {
    return get(key, false);
  }

  private @Nullable V get(K key, boolean readThrough) {
    long start = statistics.isEnabled() ? System.nanoTime() : 0;
    V held = refresher == null ? stored.held(key) : null;
    if (held != null && expiresNever) {
      statistics.lookedUp(true, nanosSince(start));
      return held;
    }
    Call call = new Call(key, start);
    Reading<V> reading =
        held != null ? new Reading<>(held, true, false, true) : stored.read(call.place);
    V value = reading.value();
    if (value == null && !reading.isStored() && !readThrough) {
      statistics.lookedUp(false, call.nanos());
      return null;
    }
    if (refresher != null && value != null && reading.isDue()) {
      refresher.accept(key);
    }
    if (value != null && (expiresNever || call.expiryForAccess(value) == null)) {
      statistics.lookedUp(true, call.nanos());
      return value;
    }
    Operation<V, @Nullable V> operation =
        Operation.get(() -> readThrough ? call.readThrough() : null);
    return value == null && readThrough ? loadOnce(call, operation) : execute(call, operation);
  }

  private static long nanosSince(long start) {
    return start == 0 ? 0 : System.nanoTime() - start;
  }

  /**
   * What one thread loaded for others.
   *
   * @param unstored the value in the cache's format, where it was not stored and could be encoded
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Loaded(boolean isValue, byte @Nullable [] unstored) {}

  /**
   * Loads, unless another thread does. Values are not shared: what it stored is read again, and
   * what it did not store is decoded from a copy.
   */
  private @Nullable V loadOnce(Call call, Operation<V, @Nullable V> operation) {
    AtomicReference<Optional<V>> own = new AtomicReference<>();
    Callable<Loaded> load =
        () -> {
          V value = execute(call, operation);
          own.set(Optional.ofNullable(value));
          return new Loaded(
              value != null, value != null && call.skipped ? copyForOthers(value) : null);
        };
    Loaded loaded;
    try {
      loaded = SingleFlight.call(this, call.place.identity(), load, load);
    } catch (RuntimeException e) {
      throw e instanceof CancellationException
          ? new CacheLoaderException("interrupted while another thread loads " + call.key, e)
          : e;
    } catch (Exception e) {
      throw new CacheLoaderException("cannot load " + call.key, e);
    }
    Optional<V> mine = own.get();
    if (mine != null) {
      return mine.orElse(null);
    }
    V others = null;
    if (loaded.unstored != null) {
      others = call.place.decoded(loaded.unstored).orElse(null);
    } else if (loaded.isValue) {
      others = stored.peek(call.place).value();
    }
    if (loaded.isValue && others == null) {
      return execute(call, operation);
    }
    statistics.lookedUp(false, call.nanos());
    return others;
  }

  /** A value in the cache's format; null if it cannot be encoded, as where there is no memory. */
  private byte @Nullable [] copyForOthers(V value) {
    try {
      return stored.encode(value);
    } catch (CacheException e) {
      return null;
    }
  }

  /** Whether there is an entry; neither counts nor postpones its expiry. */
  public boolean contains(K key) {
    return stored.contains(key);
  }

  /** The same for entries that are written once, also of those that cannot be decoded. */
  boolean containsWrittenOnce(K key) {
    StoredEntries<K, V>.EntryLocation place = stored.place(key);
    Reading<V> reading = stored.peek(place);
    if (reading.value() != null || !reading.isStored()) {
      return reading.value() != null;
    }
    EntrySnapshot<V> found = stored.find(place);
    return found.isPresent() || found.isUnseen();
  }

  /** Counts an entry that was iterated over as read. */
  public void iterated(K key, V value) {
    Call call = new Call(key);
    statistics.lookedUp(true, 0);
    if (call.expiryForAccess(value) != null) {
      execute(call, Operation.accessed());
    }
  }

  /** The entries that are neither expired nor unreadable, read lazily. Close the stream. */
  public Stream<CacheEntry<K, V>> entries() {
    return stored.all(key -> execute(key, Operation.accessed()));
  }

  /** Some entry, also one that cannot be decoded; see {@link StoredEntries#any}. */
  Optional<String> anyWrittenOnce() {
    return stored.any(key -> execute(key, Operation.accessed()));
  }

  /**
   * The keys of all entries, whether their values can be read or not, read lazily; what is the
   * entry of no key that can be read is removed, of which nobody is told, unless entries are
   * written once and it may be one. Close the stream.
   */
  Stream<K> keysToRemove() {
    return stored.keysToRemove(writeOnce != null, key -> execute(key, Operation.accessed()));
  }

  /** Removes what is no entry of {@code key}. Nobody is told. */
  void removeUnreadable(K key) {
    StoredEntries<K, V>.EntryLocation place = stored.place(key);
    EntrySnapshot<V> found = stored.find(place);
    if (found.isStored() && !found.isPresent() && !found.isUnseen()) {
      stored.remove(place, found.unchanged());
    }
  }

  /** {@code key} if nobody can change it, or else a copy. */
  public K copyOfKey(K key) {
    return stored.copyOfKey(key);
  }

  /** Something immutable that is equal for equal keys, as they are now. */
  public Object identityOf(K key) {
    return stored.place(key).identity();
  }

  /** Whether somebody is told of what becomes of entries. */
  public boolean hasListeners() {
    return !listeners.isEmpty();
  }

  /** Whether nobody is told of what becomes of entries, and nobody counts. */
  boolean isUnobserved() {
    return listeners.isEmpty() && !statistics.isEnabled();
  }

  // ---- operations

  /**
   * Carries out {@code processor} on the entry of {@code key}.
   *
   * @param check refuses a value that the cache cannot hold
   */
  public <T extends @Nullable Object> T invoke(
      K key, EntryProcessor<K, V, T> processor, Consumer<V> check, Object... arguments) {
    Call call = new Call(key);
    return execute(
        call,
        Operation.<V, T>lookup(
            OnUnseen.REFUSE,
            found ->
                new ProcessedEntry<>(call.place, found, call::readThrough, check)
                    .processed(processor, arguments)));
  }

  /** Carries out {@code operation} on the entry of {@code key}. */
  public <R extends @Nullable Object> R execute(K key, Operation<V, R> operation) {
    return execute(new Call(key), operation);
  }

  private <R extends @Nullable Object> R execute(Call call, Operation<V, R> operation) {
    Object identity = call.place.identity(); // refuses a key that cannot be stored
    try {
      call.begin(identity);
      boolean blind =
          operation.needsNoRead() && expiresNever && listeners.isEmpty() && writeOnce == null;
      EntrySnapshot<V> found = blind ? EntrySnapshot.unread() : call.find();
      // Neither a loader's nor a processor's time is a lookup's, and a failure of theirs undoes
      // none.
      long nanos = call.nanos();
      try {
        if (!operation.writesThrough()) {
          call.wasTold(operation.decider().decide(found).action());
        }
        while (true) {
          Decision<V, R> decision = permitted(call, found, operation);
          if (commit(call, found, decision, operation)) {
            return decision.result();
          }
          found = call.find();
          call.startOver();
        }
      } catch (Throwable e) {
        call.correctAfter(e, found);
        throw e;
      } finally {
        if (operation.isLookup()) {
          statistics.lookedUp(found.isPresent(), nanos);
        }
      }
    } finally {
      call.end();
    }
  }

  /**
   * What is decided, as far as it may be done to an entry that is written once, or that counts as
   * absent only because there is no memory to decode it.
   */
  private <R extends @Nullable Object> Decision<V, R> permitted(
      Call call, EntrySnapshot<V> found, Operation<V, R> operation) {
    call.skipped = false;
    Decision<V, R> decision = operation.decider().decide(found);
    Action action = decision.action();
    OnUnseen onUnseen = action == Action.REMOVE ? OnUnseen.REPLACE : operation.onUnseen();
    if (action == Action.NOTHING || (writeOnce == null && onUnseen == OnUnseen.REPLACE)) {
      return decision;
    }
    boolean isUnseen = writeOnce == null ? found.lacksMemory() : found.isUnseen();
    if (isUnseen && onUnseen != OnUnseen.REPLACE) {
      if (onUnseen == OnUnseen.SKIP || action == Action.LOAD) {
        call.skipped = true;
        return decision.skipped();
      }
      if (writeOnce == null) {
        throw new CacheException(
            "cannot tell what the entry of key "
                + call.key
                + " holds: there was no memory to decode it. It is as it was; put replaces it, and"
                + " remove removes it");
      }
    }
    if (writeOnce == null || (!isUnseen && !found.isPresent())) {
      return decision;
    }
    V value = decision.value();
    return writeOnce.applyPolicy(
        call.key, found, decision, value == null ? null : stored.encode(value));
  }

  /** Does what was decided, or nothing at all if the entry is not what was found any more. */
  private boolean commit(
      Call call, EntrySnapshot<V> found, Decision<V, ?> decision, Operation<V, ?> operation) {
    boolean asked = decision.accessed() && !expiresNever;
    Duration access = asked ? call.expiryForAccess(found.value()) : null;
    return switch (decision.action()) {
      case NOTHING -> leave(call, found, access);
      case PUT, LOAD -> put(call, found, decision, access, operation);
      case REMOVE -> remove(call, found);
    };
  }

  /** Where the store cannot change what a read would like to, the read goes on all the same. */
  private boolean leave(Call call, EntrySnapshot<V> found, @Nullable Duration access) {
    call.correctTo(found);
    boolean isExpired = found.isExpired();
    if (!isExpired && (access == null || call.isWithinItsLike())) {
      return true;
    }
    try {
      return (isExpired || access == null) ? expire(call, found) : postpone(call, found, access);
    } catch (CacheEntryListenerException e) {
      throw e;
    } catch (CacheException e) {
      stored.readChangedNothing(e);
      return true;
    }
  }

  private boolean postpone(Call call, EntrySnapshot<V> found, Duration access) {
    StoredEntry.ValidRecord whole = found.whole();
    long now = System.currentTimeMillis();
    long end = after(access, now);
    if (end <= now) {
      return expire(call, found);
    }
    if (end != whole.expiry()) {
      call.changes();
      // Lost to somebody else's write, which has set an expiry of its own.
      stored.put(call.place, whole.expiringAt(end), found.unchanged());
    }
    return true;
  }

  private boolean put(
      Call call,
      EntrySnapshot<V> found,
      Decision<V, ?> decision,
      @Nullable Duration access,
      Operation<V, ?> operation) {
    V value = decision.value();
    if (value == null) {
      throw new IllegalStateException(decision + " has no value");
    }
    byte[] bytes = stored.encode(value);
    V oldValue = listeners.isEmpty() ? null : found.lastValue();
    boolean creation = !found.isPresent();
    long now = System.currentTimeMillis();
    boolean begins = creation || operation.renews();
    Duration duration = operation.timeToLive();
    if (duration == null) {
      duration = begins ? expiry.forCreation(call.key, value) : expiry.forUpdate(call.key, value);
    }
    if (duration == null) {
      duration = access;
    }
    long unless = begins || expiresNever ? StoredEntry.NEVER : found.whole().expiry();
    long end = duration == null ? unless : after(duration, now);
    if (decision.action() == Action.PUT) {
      call.write(value, bytes);
    } else {
      call.correct(value, bytes);
    }
    if (end <= now) {
      return found.isStored() ? expire(call, found) : call.isStillNothing();
    }
    StoredEntry.ValidRecord entry =
        new StoredEntry.ValidRecord(now, end, call.place.keyBytes(), bytes);
    call.changes();
    if (!stored.put(call.place, entry, found.unchanged())) {
      return false;
    }
    call.markConflict();
    if (decision.action() == Action.PUT) {
      statistics.put(call.nanos());
    }
    if (creation) {
      try {
        notifyOfExpiry(call, found, oldValue);
      } finally {
        listeners.dispatch(EventType.CREATED, call.place, value, null);
      }
    } else {
      listeners.dispatch(EventType.UPDATED, call.place, value, oldValue);
    }
    return true;
  }

  private boolean remove(Call call, EntrySnapshot<V> found) {
    V oldValue = listeners.isEmpty() ? null : found.lastValue();
    call.delete();
    if (!found.isStored()) {
      return call.isStillNothing();
    }
    call.changes();
    if (!stored.remove(call.place, found.unchanged())) {
      return false;
    }
    call.markConflict();
    if (found.isPresent()) {
      statistics.removed(call.nanos());
      if (oldValue != null) {
        listeners.dispatch(EventType.REMOVED, call.place, oldValue, oldValue);
      }
    }
    notifyOfExpiry(call, found, oldValue);
    return true;
  }

  /** Deletes an entry whose time has come, now or earlier. */
  private boolean expire(Call call, EntrySnapshot<V> found) {
    V lastValue = listeners.isEmpty() ? null : found.lastValue();
    call.changes();
    if (!stored.remove(call.place, found.unchanged())) {
      return false;
    }
    statistics.counting().expired();
    if (lastValue != null) {
      listeners.dispatch(EventType.EXPIRED, call.place, lastValue, lastValue);
    }
    return true;
  }

  /**
   * Deletes a version of an entry that no call came by, because its time is over.
   *
   * @return whether it did; not if the time is not over, the version is another one by now, or
   *     listeners are so far behind that they cannot be told
   */
  public boolean expire(DictKey place, ETag etag) {
    if (listeners.isBusy()) {
      return false;
    }
    return stored.removeExpired(
        place,
        etag,
        (key, lastValue) ->
            listeners.dispatchLater(EventType.EXPIRED, stored.place(key), lastValue));
  }

  private void notifyOfExpiry(Call call, EntrySnapshot<V> found, @Nullable V lastValue) {
    if (found.isExpired()) {
      statistics.counting().expired();
    }
    if (found.isExpired() && lastValue != null) {
      listeners.dispatch(EventType.EXPIRED, call.place, lastValue, lastValue);
    }
  }

  /** When {@code duration} is over; one that leads past all dates never is. */
  private static long after(Duration duration, long now) {
    if (duration.isEternal()) {
      return StoredEntry.NEVER;
    }
    long millis = duration.getTimeUnit().toMillis(duration.getDurationAmount());
    return millis < StoredEntry.NEVER - now ? now + millis : StoredEntry.NEVER;
  }

  /**
   * A call on one entry. Asks the policy about the access once and tells the writer each thing
   * once, however often the operation starts over.
   */
  private final class Call extends ActiveCall {
    private final long start;
    private final K key;
    private final StoredEntries<K, V>.EntryLocation place;
    private KeyLocks.@Nullable Held lock;
    private @Nullable Duration expiryForAccess;
    private boolean accessed;

    /** The value of which the writer was told last, as it was then. */
    private byte @Nullable [] written;

    /**
     * Whether a call on many entries told the writer of the value that this one is about to put.
     */
    private boolean writtenByMany;

    private boolean deleted;
    private boolean knowsWhatIsThere;
    private boolean disturbed;

    /** Whether a call within this one told the writer of the entry after this one looked at it. */
    private boolean toldWithin;

    private boolean startedOver;

    /** Whether a value was left unstored because there is an entry that cannot be decoded. */
    private boolean skipped;

    Call(K key) {
      this(key, statistics.isEnabled() ? System.nanoTime() : 0);
    }

    Call(K key, long start) {
      this.start = start;
      this.key = key;
      this.place = stored.place(key);
    }

    /** How long it took so far, if anybody counts. */
    long nanos() {
      return nanosSince(start);
    }

    /** Takes its turn at the entry, see {@link KeyLocks}. */
    void begin(Object identity) {
      enter();
      lock = locks.lock(identity);
    }

    void end() {
      abandon();
      exit();
      if (wasTold()) {
        sameOutside().forEach(call -> call.knowsOf(this));
      }
    }

    @Override
    protected void abandon() {
      if (lock != null) {
        lock.close();
      }
    }

    /** What the store has. */
    EntrySnapshot<V> find() {
      EntrySnapshot<V> found = stored.find(place);
      knowsWhatIsThere = true;
      toldWithin = false;
      return found;
    }

    /** Whether nobody stored anything, where nothing was, before the writer was told. */
    boolean isStillNothing() {
      return !disturbed && (!integration.hasWriter() || !stored.find(place).isStored());
    }

    /** Notes that the entry is about to be changed. */
    void changes() {
      knowsWhatIsThere = false;
    }

    /** Whether it is made within another call on the same entry, which is about to set its fate. */
    boolean isWithinItsLike() {
      return sameOutside().findAny().isPresent();
    }

    /** The calls on the same entry within which this one is made. */
    private Stream<Engine<?, ?>.Call> sameOutside() {
      Stream.Builder<Engine<?, ?>.Call> same = Stream.builder();
      for (ActiveCall outer = outer(); outer != null; outer = outer.outer()) {
        if (outer instanceof Engine<?, ?>.Call call && call.location().equals(location())) {
          same.add(call);
        }
      }
      return same.build();
    }

    private String location() {
      return place.location();
    }

    /** Notes what a call within this one told the writer, if it has the same. */
    private void knowsOf(Engine<?, ?>.Call inner) {
      if (inner.engine() == Engine.this) {
        written = inner.written;
        writtenByMany = false;
        deleted = inner.deleted;
        toldWithin = true;
      }
    }

    private Engine<K, V> engine() {
      return Engine.this;
    }

    /** Notes the change of the entry in the calls within which this one is made. */
    void markConflict() {
      sameOutside().forEach(call -> call.disturbed = true);
    }

    void startOver() {
      if (disturbed && startedOver) {
        throw new CacheException(
            "a call on the entry of "
                + key
                + " cannot end, since the processor, loader or writer it calls changes the same"
                + " entry through the cache each time; let a processor use the entry it is given");
      }
      startedOver |= disturbed;
      disturbed = false;
    }

    /** Null for an expiry that stays as it is. */
    @Nullable Duration expiryForAccess(@Nullable V value) {
      if (!accessed && value != null) {
        expiryForAccess = expiry.forAccess(key, value);
        accessed = true;
      }
      return expiryForAccess;
    }

    // Loaders, writers and processors are given copies of keys and values that they could change.

    @Nullable V readThrough() {
      return integration.readThrough(place.copyOfKey());
    }

    /** Tells the writer of a value that is about to be put. */
    void write(V value, byte[] bytes) {
      if (writtenByMany) {
        written = bytes;
        writtenByMany = false;
      } else {
        tell(value, bytes);
      }
    }

    private void tell(V value, byte[] bytes) {
      if (integration.hasWriter() && !Arrays.equals(bytes, written)) {
        integration.write(place.copyOfKey(), place.copyOfValue(value));
        written = bytes;
        writtenByMany = false;
        deleted = false;
      }
    }

    /** Notes what a call on many entries told the writer. */
    void wasTold(Action change) {
      writtenByMany = change == Action.PUT;
      deleted = change == Action.REMOVE;
    }

    private boolean wasTold() {
      return written != null || writtenByMany || deleted;
    }

    /** Tells the writer what is there, if it was told of a change that was not to be. */
    void correct(V actual, byte[] bytes) {
      if (wasTold()) {
        tell(actual, bytes);
      }
    }

    /** The same after the call looked at the entry and left it alone. */
    void correctTo(EntrySnapshot<V> found) {
      if (wasTold()) {
        EntrySnapshot<V> actual = disturbed || toldWithin ? stored.find(place) : found;
        V value = actual.value();
        if (value != null) {
          tell(value, actual.whole().value());
        } else if (!actual.isUnseen()) {
          delete();
        }
      }
    }

    /** The same where the call fails before it changed what it found. */
    void correctAfter(Throwable failure, EntrySnapshot<V> found) {
      if (knowsWhatIsThere) {
        try {
          correctTo(found);
        } catch (Throwable e) {
          if (e != failure) {
            failure.addSuppressed(e);
          }
        }
      }
    }

    void delete() {
      if (integration.hasWriter() && !deleted) {
        integration.delete(place.copyOfKey());
        deleted = true;
        written = null;
        writtenByMany = false;
      }
    }
  }
}
