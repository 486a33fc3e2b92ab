package io.persidict;

import io.persidict.format.Format;
import io.persidict.format.FormatException;
import io.persidict.key.DictKey;
import io.persidict.key.KeyLayout;
import io.persidict.store.ChangeWatch;
import io.persidict.store.Content;
import io.persidict.store.DeleteResult;
import io.persidict.store.ETag;
import io.persidict.store.GetResult;
import io.persidict.store.Precondition;
import io.persidict.store.PrefixStore;
import io.persidict.store.Stat;
import io.persidict.store.Store;
import io.persidict.store.UnreadableException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A dictionary whose entries lie in a {@link Store}, one object each, shared with every process
 * that opens the same place, Python's persidict among them. Opening reads nothing; nothing is kept
 * in memory.
 *
 * <p><b>Atomicity.</b> Every operation on one key is atomic among all users of the store; a write
 * that returned is seen by all reads that start later. Operations on many keys are not atomic as a
 * whole.
 *
 * <p><b>Exceptions.</b> Absence is an empty {@link Optional} and a lost condition a {@link
 * WriteResult}. {@link IllegalArgumentException} tells of a bad key or a value of the wrong class
 * or size, {@link FormatException} of a value that cannot be stored or bytes that are none, {@link
 * io.persidict.store.StoreException} of a fault of the storage, {@link IllegalStateException} of a
 * closed store; {@code null} is refused with {@link NullPointerException}. Whatever is thrown for
 * what was given is thrown before anything stored is touched.
 *
 * <p><b>Immutable items.</b> If {@link Parameters#immutableItems} is set, an entry is written once
 * and stays: what would change or remove one throws {@link MutationPolicyException}, and inserting
 * is atomic, so that of many inserters of a key, in any process, one succeeds.
 *
 * <p>Two dictionaries are equal if their {@linkplain #parameters() parameters} are.
 *
 * <p>Safe for use by several threads.
 *
 * @param <V> the values
 */
public final class PersiDict<V> implements AutoCloseable {
  private final Store store;
  private final String place;
  private final ConditionalWriter entries;
  private final ValueCodec<V> values;
  private final Parameters<V> parameters;
  private final KeyLayout layout;

  /** What {@link #close} closes: the store, or what it is a part of. */
  private final Store closed;

  private PersiDict(Store store, ValueCodec<V> values, Parameters<V> parameters, Store closed) {
    this.store = store;
    this.place = store.toString();
    this.entries = new ConditionalWriter(store);
    this.closed = closed;
    this.values = values;
    this.parameters = parameters;
    this.layout = new KeyLayout(parameters.digestLength(), parameters.format());
  }

  /**
   * The dictionary of all that {@code layout} gives names to in {@code store}, with mutable items.
   *
   * @param <V> the values
   * @param store closed with the dictionary
   * @param layout with the format's extension
   * @param format of all values
   * @param type the class that all values are instances of
   * @return a dictionary, of which nothing has been read yet
   */
  public static <V> PersiDict<V> over(
      Store store, KeyLayout layout, Format<V> format, Class<V> type) {
    return over(store, format, Parameters.of(store, layout, false, type));
  }

  /**
   * The dictionary that {@code parameters} describe, in a store that is open already.
   *
   * @param <V> the values
   * @param store what lies at the base URL, or below the prefix there if there is one; closed with
   *     the dictionary
   * @param format of that extension
   * @param parameters taken as they are, neither checked against the store nor against the format
   * @return a dictionary, of which nothing has been read yet
   */
  public static <V> PersiDict<V> over(Store store, Format<V> format, Parameters<V> parameters) {
    return new PersiDict<>(store, new ValueCodec<>(format, parameters.type()), parameters, store);
  }

  // ---- one key

  /**
   * {@return the value, decoded anew, if there is an entry}
   *
   * @param key of the entry that is read
   * @throws FormatException if there is one that cannot be decoded
   */
  public Optional<V> get(DictKey key) {
    String name = layout.name(key);
    try {
      return store.read(name).map(bytes -> values.decode(this, name, bytes));
    } catch (UnreadableException e) {
      return Optional.of(values.unreadable(e));
    }
  }

  /**
   * {@return the value, decoded anew, with its version, if there is an entry}
   *
   * @param key of the entry that is read
   * @throws FormatException if there is one that cannot be decoded
   */
  public Optional<Item<V>> item(DictKey key) {
    return item(key, layout.name(key));
  }

  private Optional<Item<V>> item(DictKey key, String name) {
    return Content.of(store, name).flatMap(content -> item(key, content));
  }

  /** The value that was read with its version; empty if what lies there counts as absent. */
  Optional<Item<V>> item(DictKey key, Content content) {
    if (content.found() != null) {
      return Optional.of(decoded(key, content.name(), content.found()));
    }
    UnreadableException fault = Objects.requireNonNull(content.fault());
    V value = values.unreadable(fault);
    return fault.stat().map(stat -> item(key, value, stat));
  }

  private Item<V> decoded(DictKey key, String name, GetResult.Found found) {
    return item(key, values.decode(this, name, found.bytes()), found.stat());
  }

  private static <V> Item<V> item(DictKey key, V value, Stat stat) {
    return new Item<>(key, value, stat.etag(), stat.lastModified());
  }

  /**
   * Reads the value if {@code condition} holds of the version that is read.
   *
   * @param key of the entry that is read
   * @param condition where it does not hold, no value is decoded
   * @return whether the condition held, the version that it held of or not, and its value if it did
   * @throws FormatException if what is stored is no entry, such as a directory, or is one that the
   *     condition holds of and that cannot be decoded
   */
  public ReadResult<V> get(DictKey key, Condition condition) {
    String name = layout.name(key);
    Optional<ETag> known =
        condition instanceof Condition.ChangedFrom changed
            ? Optional.of(changed.etag())
            : Optional.empty();
    GetResult result;
    try {
      result = store.get(name, known);
    } catch (UnreadableException e) {
      Optional<ETag> etag = e.stat().map(Stat::etag);
      return new ReadResult<>(condition.holds(etag), etag, Optional.of(values.unreadable(e)));
    }
    if (result instanceof GetResult.Found found) {
      Optional<ETag> etag = Optional.of(found.stat().etag());
      return condition.holds(etag)
          ? new ReadResult<>(true, etag, Optional.of(values.decode(this, name, found.bytes())))
          : new ReadResult<>(false, etag, Optional.empty());
    }
    return result == GetResult.NotModified.NOT_MODIFIED
        ? new ReadResult<>(false, known, Optional.empty())
        : new ReadResult<>(condition.holds(Optional.empty()), Optional.empty(), Optional.empty());
  }

  /**
   * The same, also with the value where the condition does not hold, if {@code retrieve} says so;
   * without it where it says no.
   *
   * @param key of the entry that is read
   * @param condition decides what is told of the entry, and with {@link Retrieve#IF_CHANGED}
   *     whether its value is
   * @param retrieve with {@link Retrieve#NEVER} only the version is looked up
   * @return whether the condition held, the version, and the value if it is to be returned
   * @throws FormatException if the entry was read and cannot be decoded
   */
  public ReadResult<V> get(DictKey key, Condition condition, Retrieve retrieve) {
    Objects.requireNonNull(retrieve, "retrieve");
    Optional<Item<V>> item =
        retrieve == Retrieve.NEVER ? Optional.empty() : item(key, layout.name(key));
    Optional<ETag> etag = retrieve == Retrieve.NEVER ? etag(key) : item.map(Item::etag);
    return new ReadResult<>(
        condition.holds(etag),
        etag,
        item.filter(found -> retrieve.wants(condition, found.etag())).map(Item::value));
  }

  /**
   * Begins to watch the entry for changes by anybody.
   *
   * @param key of the entry, which need not be there
   * @return a watch that holds nothing open; blind where the store does not hear of changes
   */
  public ChangeWatch watch(DictKey key) {
    return store.watch(layout.name(key));
  }

  /**
   * {@return when the entry was written, by the writer's or the server's clock; empty if there is
   * none}
   *
   * @param key of the entry, whose value is not read
   */
  public Optional<Instant> timestamp(DictKey key) {
    return store.stat(layout.name(key)).map(Stat::lastModified);
  }

  /**
   * {@return the entry's version; empty if there is none}
   *
   * @param key of the entry, whose value is not read
   */
  public Optional<ETag> etag(DictKey key) {
    return entries.etag(layout.name(key));
  }

  /**
   * {@return whether there is an entry}
   *
   * @param key of the entry, whose value is not read
   */
  public boolean contains(DictKey key) {
    return store.stat(layout.name(key)).isPresent();
  }

  /**
   * Stores {@code value}, over an old one if there is one.
   *
   * @param key whose name is not too long with its digest and extension
   * @param value encoded before this returns, and not kept
   * @throws MutationPolicyException if items are immutable and there is one
   */
  public void put(DictKey key, V value) {
    if (parameters.immutableItems()) {
      put(key, value, Condition.any());
    } else {
      store.put(layout.name(key), values.encode(value), Precondition.none());
    }
  }

  /**
   * Stores {@code value} if {@code condition} holds; both in one atomic step.
   *
   * @param key whose name is not too long with its digest and extension
   * @param value encoded before this returns, and not kept
   * @param condition of the entry that the value takes the place of, or of its absence
   * @return whether the condition held, and the version that is stored then
   * @throws MutationPolicyException if it holds of an immutable item
   */
  public WriteResult put(DictKey key, V value, Condition condition) {
    String name = layout.name(key);
    byte[] bytes = values.encode(value);
    if (!parameters.immutableItems()) {
      return entries.put(name, bytes, condition);
    }
    return entries
        .insert(name, bytes, condition)
        .orElseThrow(() -> MutationPolicyException.immutable("change", key, this));
  }

  /**
   * The same, also with the value: the one that was stored, or the one of the entry where the
   * condition did not hold. That one is read afterwards, with its version, so it may be newer than
   * the one that stood in the way.
   *
   * @param key whose name is not too long with its digest and extension
   * @param value encoded before this returns; the very object is returned where it was stored
   * @param condition of the entry that the value takes the place of, or of its absence
   * @param retrieve whether to return the value
   * @return whether the condition held, with the version that is stored and its value
   * @throws MutationPolicyException if the condition holds of an immutable item
   */
  public ReadResult<V> put(DictKey key, V value, Condition condition, Retrieve retrieve) {
    Objects.requireNonNull(retrieve, "retrieve");
    WriteResult outcome = put(key, value, condition);
    return outcome.satisfied()
        ? new ReadResult<>(
            true,
            outcome.etag(),
            retrieve == Retrieve.NEVER ? Optional.empty() : Optional.of(value))
        : lost(key, condition, outcome, retrieve);
  }

  private ReadResult<V> lost(
      DictKey key, Condition condition, WriteResult outcome, Retrieve retrieve) {
    Optional<ETag> actual = outcome.etag();
    if (actual.isEmpty() || !retrieve.wants(condition, actual.get())) {
      return new ReadResult<>(false, actual, Optional.empty());
    }
    Optional<Item<V>> item = item(key);
    return new ReadResult<>(false, item.map(Item::etag), item.map(Item::value));
  }

  /**
   * The value, after storing {@code value} if there was none. Takes a value and no {@link Edit}, so
   * "keep" and "delete" cannot be meant here.
   *
   * @param key whose name is not too long with its digest and extension
   * @param value encoded even if it is not needed
   * @return the entry's value, or {@code value} itself if it was stored
   */
  public V setDefault(DictKey key, V value) {
    return setDefault(key, value, Condition.any()).value().orElseThrow();
  }

  /**
   * Stores {@code value} if there is none and {@code condition} holds of that.
   *
   * @param key whose name is not too long with its digest and extension
   * @param value encoded even if it is not needed
   * @param condition of the entry as it was found, or of its absence
   * @return whether the condition held, and the entry as it is now, or empty if there is none
   */
  public ReadResult<V> setDefault(DictKey key, V value, Condition condition) {
    String name = layout.name(key);
    byte[] bytes = values.encode(value);
    while (true) {
      Optional<Item<V>> current = item(key, name);
      if (current.isPresent()) {
        Optional<ETag> etag = current.map(Item::etag);
        return new ReadResult<>(condition.holds(etag), etag, current.map(Item::value));
      }
      if (!condition.holds(Optional.empty())) {
        return new ReadResult<>(false, Optional.empty(), Optional.empty());
      }
      WriteResult outcome = entries.put(name, bytes, Condition.absent());
      if (outcome.satisfied()) {
        return new ReadResult<>(true, outcome.etag(), Optional.of(value));
      }
    }
  }

  /**
   * Deletes the entry.
   *
   * @param key of the entry, which need not be there
   * @return whether there was one
   * @throws MutationPolicyException if items are immutable, whether there is one or not
   */
  public boolean remove(DictKey key) {
    requireMutable("remove", key);
    return store.delete(layout.name(key), Precondition.none()) == DeleteResult.Deleted.DELETED;
  }

  /**
   * Makes sure that there is no entry, if {@code condition} holds; both in one atomic step.
   *
   * @param key of the entry, which need not be there
   * @param condition of the entry, or of its absence
   * @return whether the condition held; the version that is stored still if it did not
   * @throws MutationPolicyException if items are immutable, whether it holds or not
   */
  public WriteResult remove(DictKey key, Condition condition) {
    requireMutable("remove", key);
    String name = layout.name(key);
    return entries.remove(name, condition);
  }

  /**
   * The same, with the value of the entry that stays because the condition does not hold of it; it
   * is read afterwards, with its version.
   *
   * @param key of the entry, which need not be there
   * @param condition of the entry, or of its absence
   * @param retrieve whether to return the value of the entry that stays
   * @return whether the condition held; the entry that is stored still if it did not
   * @throws MutationPolicyException if items are immutable, whether the condition holds or not
   */
  public ReadResult<V> remove(DictKey key, Condition condition, Retrieve retrieve) {
    Objects.requireNonNull(retrieve, "retrieve");
    WriteResult outcome = remove(key, condition);
    return outcome.satisfied()
        ? new ReadResult<>(true, outcome.etag(), Optional.empty())
        : lost(key, condition, outcome, retrieve);
  }

  /**
   * Deletes the entry and returns the value that it had, which nobody changed in between.
   *
   * @param key of the entry, which need not be there
   * @return its last value; empty if there was no entry
   * @throws MutationPolicyException if items are immutable, whether there is one or not
   * @throws FormatException if the value cannot be decoded; the entry stays
   */
  public Optional<V> pop(DictKey key) {
    requireMutable("remove", key);
    String name = layout.name(key);
    while (true) {
      Optional<Item<V>> item = item(key, name);
      if (item.isEmpty()
          || entries.remove(name, Condition.matches(item.get().etag())).satisfied()) {
        return item.map(Item::value);
      }
    }
  }

  private void requireMutable(String verb, DictKey key) {
    Objects.requireNonNull(key, "key");
    if (parameters.immutableItems()) {
      throw MutationPolicyException.immutable(verb, key, this);
    }
  }

  /**
   * Does what {@code edit} says.
   *
   * @param key of the entry, which need not be there
   * @param edit a value, or what is to become of the one that is there
   * @return an outcome that is always satisfied, with the version that is stored then
   * @throws MutationPolicyException if an immutable item would be changed or removed
   */
  public WriteResult apply(DictKey key, Edit<? extends V> edit) {
    return apply(key, edit, Condition.any());
  }

  /**
   * Does what {@code edit} says if {@code condition} holds; both in one atomic step.
   *
   * @param key of the entry, which need not be there
   * @param edit a value, or what is to become of the one that is there
   * @param condition of the entry, or of its absence
   * @return whether the condition held, and the version that is stored then
   * @throws MutationPolicyException if an immutable item would be changed or removed
   */
  public WriteResult apply(DictKey key, Edit<? extends V> edit, Condition condition) {
    if (edit instanceof Edit.Set<? extends V> set) {
      return put(key, set.value(), condition);
    }
    if (edit instanceof Edit.DeleteCurrent) {
      return remove(key, condition);
    }
    Objects.requireNonNull(edit, "edit");
    Optional<ETag> actual = entries.etag(layout.name(key));
    return new WriteResult(condition.holds(actual), actual);
  }

  /**
   * Reads the entry, lets {@code function} decide, and does what it says if nobody changed the
   * entry meanwhile; otherwise starts over, for as long as it takes.
   *
   * @param key of the entry, which need not be there
   * @param function called once or more; should have no effect but its result
   * @return the value as this call left it; empty if it left none
   * @throws MutationPolicyException if the function changes or deletes an immutable item
   */
  public Optional<V> transform(DictKey key, Function<Optional<V>, Edit<V>> function) {
    return transform(key, function, Integer.MAX_VALUE);
  }

  /**
   * The same, but starting over at most {@code maxRetries} times.
   *
   * @param key of the entry, which need not be there
   * @param function called once or more; should have no effect but its result
   * @param maxRetries 0 for one try alone; {@link Integer#MAX_VALUE} for any number
   * @return the value as this call left it; empty if it left none
   * @throws ConflictException after the last try was lost; the entry was not changed
   * @throws IllegalArgumentException if {@code maxRetries} is negative
   */
  public Optional<V> transform(
      DictKey key, Function<Optional<V>, Edit<V>> function, int maxRetries) {
    return new RetryLoop<>(this, key).run(function, maxRetries);
  }

  // ---- all keys

  /** {@return how many entries there are, counted by listing all of them} */
  public long size() {
    try (Stream<DictKey> keys = keys()) {
      return keys.count();
    }
  }

  /** {@return whether there is no entry, which takes listing the first one} */
  public boolean isEmpty() {
    try (Stream<DictKey> keys = keys()) {
      return keys.findAny().isEmpty();
    }
  }

  /**
   * Makes sure that there are no entries of {@code removed}, each atomically, not all as one.
   *
   * @param removed of entries that need not be there
   * @throws MutationPolicyException if items are immutable
   */
  public void removeAll(Collection<DictKey> removed) {
    if (parameters.immutableItems()) {
      throw MutationPolicyException.immutable("remove keys", null, this);
    }
    List<String> names = removed.stream().map(layout::name).toList(); // all are right, or none goes
    store.deleteAll(names.stream());
  }

  /**
   * Applies {@code operation}, which uses this dictionary, to each item: one by one as the results
   * are read, or, where the store answers many requests at once, to some ahead in other threads.
   * The results come in the items' order. Close the stream.
   *
   * @param <T> what there is to do something for, such as keys
   * @param <R> what it comes to
   * @param items closed with the results
   * @param operation may be called by several threads at once
   * @return one result an item; thrown where it would come is what the operation threw
   */
  public <T, R> Stream<R> concurrently(Stream<T> items, Function<T, R> operation) {
    return store.concurrently(items, operation);
  }

  /**
   * The same for operations that write; durable ones share the waiting for the device.
   *
   * @param <T> what there is to do something for, such as keys
   * @param <R> what it comes to
   * @param items closed with the results
   * @param write may be called by several threads at once
   * @return one result an item; thrown where it would come is what the operation threw
   */
  public <T, R> Stream<R> concurrentWrites(Stream<T> items, Function<T, R> write) {
    return store.concurrentWrites(items, write);
  }

  /**
   * Deletes all entries, not all as one. Whatever else lies there stays: temporary files, files of
   * other formats or with other digests, and empty directories that held no entry.
   *
   * @throws MutationPolicyException if items are immutable
   */
  public void clear() {
    if (parameters.immutableItems()) {
      throw MutationPolicyException.immutable("clear", null, this);
    }
    keyed().deleteBelow("", name -> layout.key(name).isPresent());
  }

  /** The store without the directories in which no keys lie. */
  private Store keyed() {
    return store.within(layout::isPrefix);
  }

  /**
   * {@return the keys, listed lazily and in no order; those that come or go meanwhile may be there
   * or not} Close the stream.
   */
  public Stream<DictKey> keys() {
    return stampedKeys().map(Timestamped::value);
  }

  /**
   * {@return the {@link #keys} with their timestamps, as the listing knows them} Close the stream.
   */
  public Stream<Timestamped<DictKey>> stampedKeys() {
    return keyed()
        .list("")
        .flatMap(
            listed ->
                layout
                    .key(listed.name())
                    .map(key -> new Timestamped<>(key, listed.stat().lastModified()))
                    .stream());
  }

  /**
   * {@return the values, read lazily as {@link #keys()} comes by; where the store answers many
   * requests at once, some of them ahead} Close the stream. One that cannot be decoded ends it with
   * a {@link FormatException}.
   */
  public Stream<V> values() {
    return items().map(Item::value);
  }

  /** {@return the {@link #values()} with the timestamps of what was read} Close the stream. */
  public Stream<Timestamped<V>> stampedValues() {
    return items().map(item -> new Timestamped<>(item.value(), item.timestamp()));
  }

  /**
   * {@return the entries with their versions and timestamps, read as in {@link #values()}} Close
   * the stream.
   */
  public Stream<Item<V>> items() {
    return contents((key, content) -> item(key, content)).flatMap(Optional::stream);
  }

  private <R> Stream<R> contents(BiFunction<DictKey, Content, R> read) {
    return keyed()
        .contents("", layout::mayBeOfKey)
        .flatMap(
            content -> layout.key(content.name()).map(key -> read.apply(key, content)).stream());
  }

  /**
   * The same without those that cannot be read, such as a numpy array that Python stored, which end
   * the other form with a {@link FormatException}.
   *
   * @param unreadable told of each of them by the thread that reads the stream, as it comes by
   * @return the entries that can be read; close the stream
   */
  public Stream<Item<V>> items(BiConsumer<? super DictKey, ? super FormatException> unreadable) {
    Objects.requireNonNull(unreadable, "unreadable");
    return contents((key, content) -> ReadAttempt.of(key, () -> item(key, content)))
        .flatMap(attempt -> attempt.orReport(unreadable).stream());
  }

  /**
   * {@return the values of the entries that can be read} Close the stream.
   *
   * @param unreadable as in {@link #items(BiConsumer)}
   */
  public Stream<V> values(BiConsumer<? super DictKey, ? super FormatException> unreadable) {
    return items(unreadable).map(Item::value);
  }

  /**
   * {@return any key, each with the same probability; empty if there is none} One pass over all
   * keys, which holds one of them.
   */
  public Optional<DictKey> randomKey() {
    try (Stream<DictKey> keys = keys()) {
      return KeySampling.random(keys);
    }
  }

  /**
   * The keys of the {@code n} newest entries, the newest one first, all if there are fewer. One
   * pass over all keys, which holds {@code n} of them. Equal timestamps are ordered by key.
   *
   * @param n how many at most
   * @return an unmodifiable list
   * @throws IllegalArgumentException if {@code n} is negative
   */
  public List<DictKey> newestKeys(int n) {
    try (Stream<Timestamped<DictKey>> keys = stampedKeys()) {
      return KeySampling.first(n, keys, KeySampling.NEWEST_FIRST);
    }
  }

  /**
   * The same for the oldest entries, the oldest one first.
   *
   * @param n how many at most
   * @return an unmodifiable list
   * @throws IllegalArgumentException if {@code n} is negative
   */
  public List<DictKey> oldestKeys(int n) {
    try (Stream<Timestamped<DictKey>> keys = stampedKeys()) {
      return KeySampling.first(n, keys, KeySampling.OLDEST_FIRST);
    }
  }

  /**
   * {@return the values of the {@link #newestKeys}; fewer if entries were removed since these were
   * found}
   *
   * @param n how many at most
   * @throws IllegalArgumentException if {@code n} is negative
   */
  public List<V> newestValues(int n) {
    return newestKeys(n).stream().flatMap(key -> get(key).stream()).toList();
  }

  /**
   * {@return the values of the {@link #oldestKeys}; fewer if entries were removed since these were
   * found}
   *
   * @param n how many at most
   * @throws IllegalArgumentException if {@code n} is negative
   */
  public List<V> oldestValues(int n) {
    return oldestKeys(n).stream().flatMap(key -> get(key).stream()).toList();
  }

  // ---- parts and views

  /**
   * The entries whose keys begin with the segments of {@code prefix} and go on, under keys without
   * these. Shares this dictionary's store and with it locks and atomicity; closing it leaves this
   * one open.
   *
   * @param prefix below which there may be nothing yet
   * @return a dictionary of the same values
   */
  public PersiDict<V> subdict(DictKey prefix) {
    Store part = new PrefixStore(store, layout.prefix(prefix));
    return new PersiDict<>(part, values, parameters.below(prefix), part);
  }

  /** The same, but closing it closes this one. */
  PersiDict<V> subdictOfItsOwn(DictKey prefix) {
    Store part = new PrefixStore(store, layout.prefix(prefix));
    return new PersiDict<>(part, values, parameters.below(prefix), store);
  }

  /**
   * A {@linkplain #subdict sub-dictionary} for each first segment of a key, by that segment; those
   * of keys that have no other segment are empty, and others may be, if what lies there is no entry
   * or gone. Lists the first segments, not all keys.
   *
   * @return a new map, sorted
   */
  public Map<String, PersiDict<V>> subdicts() {
    Map<String, PersiDict<V>> subdicts = new TreeMap<>();
    try (Stream<String> children = store.children("")) {
      children
          .flatMap(child -> layout.first(child).stream())
          .forEach(segment -> subdicts.put(segment, subdict(DictKey.of(segment))));
    }
    return subdicts;
  }

  /**
   * A live view as a map: every operation goes to the store, and each on one key is atomic. Its
   * size, equality and hash code list or read all entries; its iterators hold the keys that they
   * are to visit, skip entries that vanished, and support {@code remove}. That, and {@code
   * removeIf}, remove on condition: they leave an entry that another writer changed after it was
   * read. {@code compute}, {@code merge} and their like may call the function again after another
   * writer was faster. Values are found and compared by {@code equals}, and if that is false by
   * their content, of which parts that are neither the JDK's collections nor arrays, such as
   * records, are compared by their bytes. The map's own {@code equals} and {@code hashCode}, and
   * those of its entries, use those of the values alone, by which no two arrays are equal.
   *
   * @return a view that takes neither null keys nor null values
   */
  public ConcurrentMap<DictKey, V> asMap() {
    return new DictMap<>(this, Optional.empty());
  }

  /**
   * The same, but {@code entrySet()}, {@code keySet()} and {@code values()} skip entries that
   * cannot be read as they iterate; {@code get} and all else that names a key still throws.
   *
   * @param unreadable told of each entry that is skipped, by the thread that iterates
   * @return a view that takes neither null keys nor null values
   */
  public ConcurrentMap<DictKey, V> asMap(
      BiConsumer<? super DictKey, ? super FormatException> unreadable) {
    return new DictMap<>(this, Optional.of(unreadable));
  }

  /** Whether a value that was read is equal to {@code other}, or of the same content. */
  Predicate<V> sameAs(Object other) {
    return new SameAs<>(values, other);
  }

  /** {@return what this dictionary was opened with, from which it can be opened again} */
  public Parameters<V> parameters() {
    return parameters;
  }

  /** {@return where the entries lie, as a URL that ends with a slash} */
  public String baseUrl() {
    return store.toString();
  }

  /** {@return the directory of the entries, if they are files} */
  public Optional<Path> baseDir() {
    return baseUrl().startsWith("file:")
        ? Optional.of(Path.of(URI.create(baseUrl())))
        : Optional.empty();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof PersiDict<?> dict && parameters.equals(dict.parameters);
  }

  @Override
  public int hashCode() {
    return parameters.hashCode();
  }

  /** Closes the store; the entries stay. */
  @Override
  public void close() {
    closed.close();
  }

  /**
   * {@return the place of one entry, as a URL, whether it is there or not}
   *
   * @param key whose name is not too long with its digest and extension
   */
  public String location(DictKey key) {
    return place + layout.name(key);
  }

  /** The place of the entries. */
  @Override
  public String toString() {
    return place;
  }
}
