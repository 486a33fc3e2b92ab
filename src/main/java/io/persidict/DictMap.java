package io.persidict;

import io.persidict.format.FormatException;
import io.persidict.key.DictKey;
import io.persidict.store.ETag;
import java.util.AbstractCollection;
import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.ConcurrentMap;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** See {@link PersiDict#asMap}. */
final class DictMap<V> extends AbstractMap<DictKey, V> implements ConcurrentMap<DictKey, V> {
  private final PersiDict<V> dict;

  /** Told of entries that cannot be read; empty to let these throw. */
  private final Optional<BiConsumer<? super DictKey, ? super FormatException>> unreadable;

  DictMap(
      PersiDict<V> dict,
      Optional<BiConsumer<? super DictKey, ? super FormatException>> unreadable) {
    this.dict = dict;
    this.unreadable = unreadable;
  }

  /** The key, or empty for an object of another class, under which there is never an entry. */
  private static Optional<DictKey> key(@Nullable Object key) {
    return Objects.requireNonNull(key, "key") instanceof DictKey known
        ? Optional.of(known)
        : Optional.empty();
  }

  @Override
  public int size() {
    return (int) Math.min(Integer.MAX_VALUE, dict.size());
  }

  @Override
  public boolean isEmpty() {
    return dict.isEmpty();
  }

  @Override
  public void clear() {
    dict.clear();
  }

  @Override
  public boolean containsKey(@Nullable Object key) {
    return key(key).filter(dict::contains).isPresent();
  }

  @Override
  public boolean containsValue(@Nullable Object value) {
    Objects.requireNonNull(value, "value");
    try (Stream<V> values = unreadable.map(dict::values).orElseGet(dict::values)) {
      return values.anyMatch(dict.sameAs(value));
    }
  }

  @Override
  public @Nullable V get(@Nullable Object key) {
    return key(key).flatMap(dict::get).orElse(null);
  }

  @Override
  public @Nullable V put(DictKey key, V value) {
    Objects.requireNonNull(value, "value");
    return edit(key, old -> Optional.of(Edit.set(value)));
  }

  @Override
  public @Nullable V remove(@Nullable Object key) {
    return key(key).flatMap(dict::pop).orElse(null);
  }

  @Override
  public @Nullable V putIfAbsent(DictKey key, V value) {
    Objects.requireNonNull(value, "value");
    return edit(key, old -> old.isEmpty() ? Optional.of(Edit.set(value)) : Optional.empty());
  }

  @Override
  public boolean remove(@Nullable Object key, @Nullable Object value) {
    Optional<DictKey> known = key(key);
    if (known.isEmpty() || value == null) {
      return false;
    }
    return changes(known.get(), dict::item, dict.sameAs(value), Edit.deleteCurrent());
  }

  @Override
  public boolean replace(DictKey key, V oldValue, V newValue) {
    Objects.requireNonNull(newValue, "newValue");
    Predicate<V> isExpected = dict.sameAs(Objects.requireNonNull(oldValue, "oldValue"));
    return changes(key, dict::item, isExpected, Edit.set(newValue));
  }

  private boolean changes(
      DictKey key,
      Function<DictKey, Optional<Item<V>>> reading,
      Predicate<V> isExpected,
      Edit<V> edit) {
    while (true) {
      Optional<Item<V>> item = reading.apply(key);
      if (item.isEmpty() || !isExpected.test(item.get().value())) {
        return false;
      }
      if (dict.apply(key, edit, Condition.matches(item.get().etag())).satisfied()) {
        return true;
      }
    }
  }

  @Override
  public @Nullable V replace(DictKey key, V value) {
    Objects.requireNonNull(value, "value");
    return edit(key, old -> old.isPresent() ? Optional.of(Edit.set(value)) : Optional.empty());
  }

  // The defaults of these compare values, and never end where equal ones are not equal, as arrays.

  @Override
  public @Nullable V compute(
      DictKey key,
      BiFunction<? super DictKey, ? super @Nullable V, ? extends @Nullable V> function) {
    Objects.requireNonNull(function, "function");
    return transform(key, old -> edit(function.apply(key, old.orElse(null)), old));
  }

  @Override
  public @Nullable V computeIfPresent(
      DictKey key, BiFunction<? super DictKey, ? super V, ? extends @Nullable V> function) {
    Objects.requireNonNull(function, "function");
    return transform(
        key,
        old -> old.isPresent() ? edit(function.apply(key, old.get()), old) : Edit.keepCurrent());
  }

  @Override
  public @Nullable V computeIfAbsent(
      DictKey key, Function<? super DictKey, ? extends @Nullable V> function) {
    Objects.requireNonNull(function, "function");
    return transform(
        key, old -> old.isPresent() ? Edit.keepCurrent() : edit(function.apply(key), old));
  }

  @Override
  public @Nullable V merge(
      DictKey key, V value, BiFunction<? super V, ? super V, ? extends @Nullable V> function) {
    Objects.requireNonNull(value, "value");
    Objects.requireNonNull(function, "function");
    return transform(
        key, old -> edit(old.isPresent() ? function.apply(old.get(), value) : value, old));
  }

  @Override
  public void replaceAll(BiFunction<? super DictKey, ? super V, ? extends V> function) {
    Objects.requireNonNull(function, "function");
    BiFunction<DictKey, V, V> replacement =
        (key, old) -> Objects.requireNonNull(function.apply(key, old), "the function's value");
    for (Map.Entry<DictKey, V> entry : entrySet()) {
      computeIfPresent(entry.getKey(), replacement);
    }
  }

  private @Nullable V transform(DictKey key, Function<Optional<V>, Edit<V>> function) {
    return dict.transform(key, function).orElse(null);
  }

  private Edit<V> edit(@Nullable V computed, Optional<V> old) {
    if (computed != null) {
      return Edit.set(computed);
    }
    return old.isPresent() ? Edit.deleteCurrent() : Edit.keepCurrent();
  }

  /** Does what the function makes of the old value, atomically, and returns the old value. */
  private @Nullable V edit(DictKey key, Function<Optional<V>, Optional<Edit<V>>> function) {
    while (true) {
      Optional<Item<V>> item = dict.item(key);
      Optional<V> old = item.map(Item::value);
      Optional<Edit<V>> edit = function.apply(old);
      Condition unchanged =
          item.map(seen -> Condition.matches(seen.etag())).orElse(Condition.absent());
      if (edit.isEmpty() || dict.apply(key, edit.get(), unchanged).satisfied()) {
        return old.orElse(null);
      }
    }
  }

  @Override
  public Set<Map.Entry<DictKey, V>> entrySet() {
    return new EntrySet();
  }

  /** Finds and removes keys that are named without reading any value. */
  @Override
  public Set<DictKey> keySet() {
    Set<DictKey> keys = super.keySet();
    return new AbstractSet<>() {
      @Override
      public int size() {
        return keys.size();
      }

      @Override
      public boolean isEmpty() {
        return keys.isEmpty();
      }

      @Override
      public void clear() {
        keys.clear();
      }

      @Override
      public boolean contains(@Nullable Object key) {
        return keys.contains(key);
      }

      @Override
      public boolean remove(@Nullable Object key) {
        return key(key).filter(dict::remove).isPresent();
      }

      @Override
      public boolean removeAll(Collection<?> some) {
        boolean isChanged = false;
        for (Object key : some) {
          isChanged |= remove(key);
        }
        return isChanged;
      }

      @Override
      public Iterator<DictKey> iterator() {
        return keys.iterator();
      }

      @Override
      public Spliterator<DictKey> spliterator() {
        return DictMap.spliterator(iterator(), Spliterator.DISTINCT);
      }
    };
  }

  /** Finds and removes values that are the same as those given, as {@link #containsValue} does. */
  @Override
  public Collection<V> values() {
    Collection<V> values = super.values();
    return new AbstractCollection<>() {
      @Override
      public int size() {
        return values.size();
      }

      @Override
      public boolean isEmpty() {
        return values.isEmpty();
      }

      @Override
      public void clear() {
        values.clear();
      }

      @Override
      public boolean contains(@Nullable Object value) {
        return values.contains(value);
      }

      @Override
      public boolean remove(@Nullable Object value) {
        if (value == null) {
          return false;
        }
        Predicate<V> isSame = dict.sameAs(value);
        return keys().stream()
            .anyMatch(key -> changes(key, DictMap.this::read, isSame, Edit.deleteCurrent()));
      }

      @Override
      public boolean removeAll(Collection<?> some) {
        return removeIf(sameAsAnyOf(some));
      }

      @Override
      public boolean retainAll(Collection<?> some) {
        return removeIf(sameAsAnyOf(some).negate());
      }

      @Override
      public boolean removeIf(Predicate<? super V> filter) {
        Objects.requireNonNull(filter, "filter");
        return entrySet().removeIf(entry -> filter.test(entry.getValue()));
      }

      @Override
      public Iterator<V> iterator() {
        return values.iterator();
      }

      @Override
      public Spliterator<V> spliterator() {
        return DictMap.spliterator(iterator(), 0);
      }
    };
  }

  private Predicate<V> sameAsAnyOf(Collection<?> some) {
    List<Predicate<V>> each =
        some.stream().filter(Objects::nonNull).<Predicate<V>>map(dict::sameAs).toList();
    return value -> each.stream().anyMatch(isSame -> isSame.test(value));
  }

  private final class EntrySet extends AbstractSet<Map.Entry<DictKey, V>> {
    @Override
    public int size() {
      return DictMap.this.size();
    }

    @Override
    public boolean isEmpty() {
      return DictMap.this.isEmpty();
    }

    @Override
    public void clear() {
      DictMap.this.clear();
    }

    @Override
    public boolean contains(@Nullable Object object) {
      return object instanceof Map.Entry<?, ?> entry
          && entry.getKey() instanceof DictKey key
          && entry.getValue() != null
          && dict.get(key).filter(dict.sameAs(entry.getValue())).isPresent();
    }

    @Override
    public boolean remove(@Nullable Object object) {
      return object instanceof Map.Entry<?, ?> entry
          && entry.getKey() instanceof DictKey key
          && DictMap.this.remove(key, entry.getValue());
    }

    @Override
    public boolean removeAll(Collection<?> some) {
      boolean isChanged = false;
      for (Object entry : some) {
        isChanged |= remove(entry);
      }
      return isChanged;
    }

    @Override
    public boolean retainAll(Collection<?> some) {
      Map<DictKey, List<Predicate<V>>> retained = new HashMap<>();
      for (Object object : some) {
        if (object instanceof Map.Entry<?, ?> entry
            && entry.getKey() instanceof DictKey key
            && entry.getValue() != null) {
          retained
              .computeIfAbsent(key, none -> new ArrayList<>())
              .add(dict.sameAs(entry.getValue()));
        }
      }
      return removeIf(
          entry ->
              retained.getOrDefault(entry.getKey(), List.of()).stream()
                  .noneMatch(isSame -> isSame.test(entry.getValue())));
    }

    @Override
    public boolean removeIf(Predicate<? super Map.Entry<DictKey, V>> filter) {
      Objects.requireNonNull(filter, "filter");
      boolean isChanged = false;
      EntryIterator entries = entries();
      while (entries.hasNext()) {
        isChanged |= filter.test(entries.next()) && entries.removeLast();
      }
      return isChanged;
    }

    @Override
    public Iterator<Map.Entry<DictKey, V>> iterator() {
      return entries();
    }

    @Override
    public Spliterator<Map.Entry<DictKey, V>> spliterator() {
      return DictMap.spliterator(iterator(), Spliterator.DISTINCT);
    }
  }

  /** Of no size: there may be fewer than a listing tells, or more. */
  private static <T> Spliterator<T> spliterator(Iterator<T> iterator, int characteristics) {
    return Spliterators.spliteratorUnknownSize(
        iterator, characteristics | Spliterator.NONNULL | Spliterator.CONCURRENT);
  }

  /** Empty also if it is reported as unreadable. */
  private Optional<Item<V>> read(DictKey key) {
    return unreadable.isPresent()
        ? ReadAttempt.of(key, () -> dict.item(key)).orReport(unreadable.get())
        : dict.item(key);
  }

  private List<DictKey> keys() {
    try (Stream<DictKey> keys = dict.keys()) {
      return keys.toList();
    }
  }

  private EntryIterator entries() {
    return new EntryIterator(keys().iterator());
  }

  private final class EntryIterator implements Iterator<Map.Entry<DictKey, V>> {
    private final Iterator<DictKey> keys;
    private @Nullable WriteThroughEntry next;
    private @Nullable WriteThroughEntry last;

    EntryIterator(Iterator<DictKey> keys) {
      this.keys = keys;
    }

    @Override
    public boolean hasNext() {
      while (next == null && keys.hasNext()) {
        next = read(keys.next()).map(WriteThroughEntry::new).orElse(null);
      }
      return next != null;
    }

    @Override
    public Map.Entry<DictKey, V> next() {
      if (!hasNext() || next == null) {
        throw new NoSuchElementException();
      }
      WriteThroughEntry entry = next;
      last = entry;
      next = null;
      return entry;
    }

    @Override
    public void remove() {
      removeLast();
    }

    /** Whether it was there still, as it was read or set. */
    boolean removeLast() {
      if (last == null) {
        throw new IllegalStateException("no entry to remove, or removed already");
      }
      WriteThroughEntry entry = last;
      last = null;
      return dict.apply(entry.getKey(), Edit.deleteCurrent(), Condition.matches(entry.etag))
          .satisfied();
    }
  }

  /** An entry whose value is written through. */
  private final class WriteThroughEntry extends SimpleEntry<DictKey, V> {
    private static final long serialVersionUID = 1L;

    private transient ETag etag;

    WriteThroughEntry(Item<V> item) {
      super(item.key(), item.value());
      etag = item.etag();
    }

    @Override
    public V setValue(V value) {
      Objects.requireNonNull(value, "value");
      etag = dict.put(getKey(), value, Condition.any()).etag().orElse(etag);
      return super.setValue(value);
    }
  }
}
