package io.persidict;

/**
 * What is to become of an entry: a command, where Python's persidict uses "joker" values.
 *
 * @param <V> the values of the dictionary
 */
public sealed interface Edit<V> {
  /** See {@link #keepCurrent()}. */
  Edit<Object> KEEP_CURRENT = new KeepCurrent<>();

  /** See {@link #deleteCurrent()}. */
  Edit<Object> DELETE_CURRENT = new DeleteCurrent<>();

  /** The entry gets this value. */
  static <V> Edit<V> set(V value) {
    return new Set<>(value);
  }

  /** The entry stays as it is, present or absent. */
  @SuppressWarnings("unchecked") // holds no value
  static <V> Edit<V> keepCurrent() {
    return (Edit<V>) KEEP_CURRENT;
  }

  /** The entry is deleted, if there is one. */
  @SuppressWarnings("unchecked") // holds no value
  static <V> Edit<V> deleteCurrent() {
    return (Edit<V>) DELETE_CURRENT;
  }

  /** See {@link Edit#set}. */
  record Set<V>(V value) implements Edit<V> {}

  /** See {@link Edit#keepCurrent()}. */
  record KeepCurrent<V>() implements Edit<V> {}

  /** See {@link Edit#deleteCurrent()}. */
  record DeleteCurrent<V>() implements Edit<V> {}
}
