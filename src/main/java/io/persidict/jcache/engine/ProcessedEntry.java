package io.persidict.jcache.engine;

import io.persidict.jcache.engine.Operation.Action;
import io.persidict.jcache.engine.Operation.Decision;
import io.persidict.jcache.storage.EntrySnapshot;
import io.persidict.jcache.storage.StoredEntries;
import io.persidict.jcache.storage.Unwrap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javax.cache.processor.EntryProcessor;
import javax.cache.processor.EntryProcessorException;
import javax.cache.processor.MutableEntry;
import org.jspecify.annotations.Nullable;

/**
 * An entry in the hands of an entry processor; what it does there adds up to one action. Only a
 * first {@code getValue} counts as a read of the cache, which may load; what follows is the
 * processor's own affair. It may change the values that it is shown: they are copies.
 */
final class ProcessedEntry<K, V> implements MutableEntry<K, V> {
  private final StoredEntries<K, V>.EntryLocation place;
  private final K key;
  private final EntrySnapshot<V> found;
  private final Supplier<@Nullable V> loader;
  private final Consumer<V> check;
  private Action action = Action.NOTHING;
  private @Nullable V value;
  private @Nullable V loaded;
  private boolean touched;
  private boolean accessed;

  /** Whether a removal means more than to take back what was set here. */
  private boolean removable;

  ProcessedEntry(
      StoredEntries<K, V>.EntryLocation place,
      EntrySnapshot<V> found,
      Supplier<@Nullable V> loader,
      Consumer<V> check) {
    this.place = place;
    this.key = place.copyOfKey();
    this.found = found;
    this.loader = loader;
    this.check = check;
    this.value = found.give();
    this.removable = found.isPresent();
  }

  @Override
  public K getKey() {
    return key;
  }

  @Override
  public boolean exists() {
    return value != null;
  }

  @Override
  @SuppressWarnings("NullAway") // null where there is none, as the specification says
  public V getValue() {
    if (!touched) {
      accessed = found.isPresent();
      if (value == null) {
        loaded = loader.get();
        if (loaded != null) {
          value = place.copyOfValue(loaded);
          action = Action.LOAD;
          removable = true;
        }
      }
      touched = true; // not if the loader failed: the next call asks it again
    }
    return value;
  }

  @Override
  public void setValue(V newValue) {
    check.accept(newValue);
    touched = true;
    value = newValue;
    action = Action.PUT;
  }

  @Override
  public void remove() {
    touched = true;
    removable |= action != Action.PUT;
    value = null;
    action = removable ? Action.REMOVE : Action.NOTHING;
  }

  /**
   * Lets {@code processor} work on this entry, and returns what its doings add up to.
   *
   * @throws EntryProcessorException if it fails
   */
  <R extends @Nullable Object> Decision<V, R> processed(
      EntryProcessor<K, V, R> processor, Object... arguments) {
    try {
      R result = processor.process(this, arguments);
      V stored = action == Action.LOAD ? loaded : value;
      return new Decision<>(action, accessed, stored, result, result);
    } catch (EntryProcessorException e) {
      throw e;
    } catch (Throwable e) {
      Interrupts.keep(e);
      throw new EntryProcessorException(
          processor.getClass().getName() + " failed on the entry of " + key, e);
    }
  }

  @Override
  public <T> T unwrap(Class<T> type) {
    return Unwrap.as(type, this);
  }
}
