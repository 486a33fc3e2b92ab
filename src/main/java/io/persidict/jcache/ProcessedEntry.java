package io.persidict.jcache;

import io.persidict.jcache.Operation.Action;
import io.persidict.jcache.Operation.Decision;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javax.cache.processor.MutableEntry;
import org.jspecify.annotations.Nullable;

/** An entry in the hands of an entry processor; what it does there adds up to one action. */
final class ProcessedEntry<K, V> implements MutableEntry<K, V> {
  private final K key;
  private final Found<V> found;
  private final Supplier<@Nullable V> loader;
  private final Consumer<V> check;
  private Action action = Action.NOTHING;
  private @Nullable V value;

  ProcessedEntry(K key, Found<V> found, Supplier<@Nullable V> loader, Consumer<V> check) {
    this.key = key;
    this.found = found;
    this.loader = loader;
    this.check = check;
    this.value = found.value();
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
    if (action == Action.NOTHING) {
      if (value == null) {
        value = loader.get();
        action = value == null ? Action.NOTHING : Action.LOAD;
      } else {
        action = Action.ACCESS;
      }
    }
    return value;
  }

  @Override
  public void setValue(V newValue) {
    check.accept(newValue);
    value = newValue;
    action = Action.PUT;
  }

  @Override
  public void remove() {
    boolean createdHere = !found.isPresent() && (action == Action.PUT || action == Action.LOAD);
    value = null;
    action = createdHere ? Action.NOTHING : Action.REMOVE;
  }

  /** What the processor's doings come to. */
  <R> Decision<V, R> decision(R result) {
    return new Decision<>(action, value, result);
  }

  @Override
  public <T> T unwrap(Class<T> type) {
    return Unwrap.as(type, this);
  }
}
