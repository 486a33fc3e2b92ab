package io.persidict;

import io.persidict.format.Format;
import io.persidict.format.FormatException;
import io.persidict.key.DictKey;
import io.persidict.key.KeyLayout;
import io.persidict.store.DeleteResult;
import io.persidict.store.ETag;
import io.persidict.store.GetResult;
import io.persidict.store.Listed;
import io.persidict.store.Precondition;
import io.persidict.store.PutResult;
import io.persidict.store.Stat;
import io.persidict.store.Store;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * A dictionary whose entries lie in a {@link Store}, one object each, shared with every process
 * that opens the same place, Python's persidict among them. Opening reads nothing; nothing is kept
 * in memory.
 *
 * <p><b>Atomicity.</b> Every operation on one key is atomic among all users of the store; a write
 * that returned is seen by all reads that start later. Operations on many keys are not atomic as a
 * whole.
 *
 * <p><b>Exceptions.</b> Absence is an empty {@link Optional} and a lost condition an {@link
 * Outcome}. {@link IllegalArgumentException} tells of a bad key or a value of the wrong class,
 * {@link FormatException} of a value that cannot be stored or bytes that are none, {@link
 * io.persidict.store.StoreException} of a fault of the storage, {@link IllegalStateException} of a
 * closed store; {@code null} is refused with {@link NullPointerException}. Whatever is thrown for
 * what was given is thrown before anything stored is touched.
 *
 * <p>Safe for use by several threads.
 *
 * @param <V> the values
 */
public final class PersiDict<V> implements AutoCloseable {
  private final Store store;
  private final KeyLayout layout;
  private final Format<V> format;
  private final Class<V> type;

  private PersiDict(Store store, KeyLayout layout, Format<V> format, Class<V> type) {
    this.store = store;
    this.layout = layout;
    this.format = format;
    this.type = type;
  }

  /**
   * The dictionary of all that {@code layout} gives names to in {@code store}.
   *
   * @param type the class that all values are instances of
   */
  public static <V> PersiDict<V> over(
      Store store, KeyLayout layout, Format<V> format, Class<V> type) {
    return new PersiDict<>(store, layout, format, type);
  }

  // ---- one key

  /** The value, if there is an entry. */
  public Optional<V> get(DictKey key) {
    String name = layout.name(key);
    return store.read(name).map(bytes -> decode(name, bytes));
  }

  /** The value with its version, if there is an entry. */
  public Optional<Item<V>> item(DictKey key) {
    return item(key, layout.name(key));
  }

  private Optional<Item<V>> item(DictKey key, String name) {
    if (!(store.get(name, Optional.empty()) instanceof GetResult.Found found)) {
      return Optional.empty();
    }
    Stat stat = found.stat();
    return Optional.of(
        new Item<>(key, decode(name, found.bytes()), stat.etag(), stat.lastModified()));
  }

  /** Whether there is an entry. */
  public boolean contains(DictKey key) {
    return store.stat(layout.name(key)).isPresent();
  }

  /** Stores {@code value}, over an old one if there is one. */
  public void put(DictKey key, V value) {
    store.put(layout.name(key), encode(value), Precondition.none());
  }

  /** Stores {@code value} if {@code condition} holds. */
  public Outcome put(DictKey key, V value, Condition condition) {
    String name = layout.name(key);
    byte[] bytes = encode(value);
    return conditionally(name, condition, precondition -> write(name, bytes, precondition));
  }

  /** Deletes the entry; tells whether there was one. */
  public boolean remove(DictKey key) {
    return store.delete(layout.name(key), Precondition.none()) == DeleteResult.Deleted.DELETED;
  }

  /** Makes sure that there is no entry, if {@code condition} holds. */
  public Outcome remove(DictKey key, Condition condition) {
    String name = layout.name(key);
    return conditionally(name, condition, precondition -> delete(name, precondition));
  }

  /** Does what {@code edit} says; the outcome is always satisfied. */
  public Outcome apply(DictKey key, Edit<? extends V> edit) {
    return apply(key, edit, Condition.any());
  }

  /** Does what {@code edit} says if {@code condition} holds. */
  public Outcome apply(DictKey key, Edit<? extends V> edit, Condition condition) {
    if (edit instanceof Edit.Set<? extends V> set) {
      return put(key, set.value(), condition);
    }
    if (edit instanceof Edit.DeleteCurrent) {
      return remove(key, condition);
    }
    Objects.requireNonNull(edit, "edit");
    Optional<ETag> actual = etag(layout.name(key));
    return new Outcome(condition.holds(actual), actual);
  }

  /**
   * Reads the entry, lets {@code function} decide, and does what it says if nobody changed the
   * entry meanwhile; otherwise starts over, for as long as it takes.
   *
   * @param function called once or more; should have no effect but its result
   * @return the value as this call left it
   */
  public Optional<V> transform(DictKey key, Function<Optional<V>, Edit<V>> function) {
    return transform(key, function, Integer.MAX_VALUE);
  }

  /**
   * The same, but starting over at most {@code maxRetries} times.
   *
   * @throws ConflictException after the last try was lost; the entry was not changed
   */
  public Optional<V> transform(
      DictKey key, Function<Optional<V>, Edit<V>> function, int maxRetries) {
    String name = layout.name(key);
    for (int retry = 0; ; retry++) {
      Optional<Item<V>> item = item(key, name);
      Optional<V> value = item.map(Item::value);
      Edit<V> edit = Objects.requireNonNull(function.apply(value), "the function's edit");
      if (edit instanceof Edit.KeepCurrent) {
        return value;
      }
      Condition unchanged =
          item.map(seen -> Condition.matches(seen.etag())).orElse(Condition.absent());
      if (apply(key, edit, unchanged).satisfied()) {
        return edit instanceof Edit.Set<V> set ? Optional.of(set.value()) : Optional.empty();
      }
      if (retry >= maxRetries) {
        throw new ConflictException(
            "key " + key + " was changed by others during each of " + (retry + 1) + " tries");
      }
    }
  }

  // ---- all keys

  /** Counts the entries, by listing all of them. */
  public long size() {
    try (Stream<DictKey> keys = keys()) {
      return keys.count();
    }
  }

  /** Whether there is no entry; stops at the first one. */
  public boolean isEmpty() {
    try (Stream<DictKey> keys = keys()) {
      return keys.findAny().isEmpty();
    }
  }

  /** Deletes all entries, one after the other; files that are no entries stay. */
  public void clear() {
    try (Stream<Listed> listed = store.list("")) {
      store.deleteAll(listed.map(Listed::name).filter(name -> layout.key(name).isPresent()));
    }
  }

  /**
   * The keys, listed lazily and in no order; those that come or go meanwhile may be there or not.
   * Close the stream.
   */
  public Stream<DictKey> keys() {
    return store.list("").flatMap(listed -> layout.key(listed.name()).stream());
  }

  /** The values, read lazily one by one, as {@link #keys()} comes by. Close the stream. */
  public Stream<V> values() {
    return keys().flatMap(key -> get(key).stream());
  }

  /** The entries with their versions, read as in {@link #values()}. Close the stream. */
  public Stream<Item<V>> items() {
    return keys().flatMap(key -> item(key).stream());
  }

  /** Closes the store; the entries stay. */
  @Override
  public void close() {
    store.close();
  }

  /** The place of one entry, whether it is there or not. */
  public String location(DictKey key) {
    return store + layout.name(key);
  }

  /** The place of the entries. */
  @Override
  public String toString() {
    return store.toString();
  }

  // ---- conditions

  private interface Attempt {
    Outcome under(Precondition precondition);
  }

  /** Makes an attempt under what {@code condition} comes to, again while others are faster. */
  private Outcome conditionally(String name, Condition condition, Attempt attempt) {
    if (condition instanceof Condition.Matches matches) {
      return attempt.under(Precondition.matches(matches.etag()));
    }
    if (condition == Condition.any()) {
      return attempt.under(Precondition.none());
    }
    if (condition == Condition.absent()) {
      return attempt.under(Precondition.absent());
    }
    while (true) {
      Optional<ETag> actual = etag(name);
      if (!condition.holds(actual)) {
        return new Outcome(false, actual);
      }
      Outcome outcome =
          attempt.under(actual.map(Precondition::matches).orElse(Precondition.absent()));
      if (outcome.satisfied()) {
        return outcome;
      }
    }
  }

  private Optional<ETag> etag(String name) {
    return store.stat(name).map(Stat::etag);
  }

  private Outcome write(String name, byte[] bytes, Precondition precondition) {
    PutResult result = store.put(name, bytes, precondition);
    return result instanceof PutResult.Written written
        ? new Outcome(true, Optional.of(written.etag()))
        : new Outcome(false, ((PutResult.Lost) result).actual());
  }

  private Outcome delete(String name, Precondition precondition) {
    DeleteResult result = store.delete(name, precondition);
    if (result instanceof DeleteResult.Lost lost) {
      return new Outcome(false, Optional.of(lost.actual()));
    }
    boolean satisfied =
        result == DeleteResult.Deleted.DELETED || !(precondition instanceof Precondition.Matches);
    return new Outcome(satisfied, Optional.empty());
  }

  // ---- values

  private byte[] encode(V value) {
    Objects.requireNonNull(value, "value; to store a null, use NullValue.NULL");
    if (!type.isInstance(value)) {
      throw new IllegalArgumentException(
          "value of " + value.getClass().getName() + "; this dictionary holds " + type.getName());
    }
    return format.encode(value);
  }

  private V decode(String name, byte[] bytes) {
    V value;
    try {
      value = format.decode(bytes);
    } catch (FormatException e) {
      throw new FormatException("cannot read " + this + name + ": " + e.getMessage(), e);
    }
    if (!type.isInstance(value)) {
      throw new FormatException(
          this + name + " holds a " + value.getClass().getName() + ", not a " + type.getName());
    }
    return value;
  }
}
