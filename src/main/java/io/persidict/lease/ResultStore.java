package io.persidict.lease;

import java.util.function.BiPredicate;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A cache as the place where results are kept that are computed once. A cache of this library gives
 * its own by {@code cache.unwrap(ResultStore.class)}.
 */
public interface ResultStore {
  /**
   * {@return a key that is equal to {@code key} for the cache, and shares nothing with it that
   * could be changed}
   *
   * @param key as it is now
   */
  Object copyOf(Object key);

  /**
   * {@return something immutable that is equal for the keys that are equal for the cache, as they
   * are now}
   *
   * @param key as it is now
   */
  Object identityOf(Object key);

  /**
   * Stores {@code value}, unless there is an entry already; in one atomic step, which counts as a
   * put or as nothing.
   *
   * @param key of the entry
   * @param value not null; {@link NullResult#NULL} for that, where it is kept
   * @return what is stored then: {@code value} itself, or the value of the entry
   */
  Object putFirst(Object key, Object value);

  /** {@return whether a result that is null is to be stored too, as {@link NullResult#NULL}} */
  default boolean keepsNull() {
    return false;
  }

  /**
   * {@return that of a cache: its own, or one that rests on what all caches can do}
   *
   * @param unwrap the cache's, which throws {@link IllegalArgumentException} in a cache of another
   *     provider; keys are then taken as they are, and must not be changed by what is computed
   * @param putIfAbsent the cache's
   * @param get the cache's
   */
  static ResultStore of(
      Function<Class<ResultStore>, ResultStore> unwrap,
      BiPredicate<Object, Object> putIfAbsent,
      Function<Object, @Nullable Object> get) {
    try {
      return unwrap.apply(ResultStore.class);
    } catch (IllegalArgumentException e) {
      return new ResultStore() {
        @Override
        public Object copyOf(Object key) {
          return key;
        }

        @Override
        public Object identityOf(Object key) {
          return key;
        }

        @Override
        public Object putFirst(Object key, Object value) {
          Object present = putIfAbsent.test(key, value) ? null : get.apply(key);
          return present == null ? value : present;
        }
      };
    }
  }
}
