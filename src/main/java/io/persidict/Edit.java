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

  /**
   * {@return the command that the entry gets this value}
   *
   * @param <V> the values of the dictionary
   * @param value not null; encoded when the command is obeyed
   */
  static <V> Edit<V> set(V value) {
    return new Set<>(value);
  }

  /**
   * {@return the command that the entry stays as it is, present or absent}
   *
   * @param <V> the values of the dictionary
   */
  @SuppressWarnings("unchecked") // holds no value
  static <V> Edit<V> keepCurrent() {
    return (Edit<V>) KEEP_CURRENT;
  }

  /**
   * {@return the command that the entry is deleted, if there is one}
   *
   * @param <V> the values of the dictionary
   */
  @SuppressWarnings("unchecked") // holds no value
  static <V> Edit<V> deleteCurrent() {
    return (Edit<V>) DELETE_CURRENT;
  }

  /**
   * See {@link Edit#set}.
   *
   * @param value what the entry gets
   * @param <V> the values of the dictionary
   */
  record Set<V>(V value) implements Edit<V> {}

  /**
   * See {@link Edit#keepCurrent()}.
   *
   * @param <V> the values of the dictionary
   */
  record KeepCurrent<V>() implements Edit<V> {}

  /**
   * See {@link Edit#deleteCurrent()}.
   *
   * @param <V> the values of the dictionary
   */
  record DeleteCurrent<V>() implements Edit<V> {}
}
