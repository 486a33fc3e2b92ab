package io.persidict.tier;

import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * A bounded number of things in memory, by key; those of least use go first. Safe for use by many
 * threads. Knows nothing of where they come from and how long they are good.
 *
 * @param <K> the keys, compared by {@code equals}
 * @param <T> what is held
 */
public final class ValueTier<K, T> {
  private final ConcurrentMap<K, T> held;

  private ValueTier(ConcurrentMap<K, T> held) {
    this.held = held;
  }

  /**
   * {@return an empty tier that holds so many things}
   *
   * @param <K> the keys
   * @param <T> what is held
   * @param max how many, about: while many come at once, there may be some more
   * @throws IllegalStateException if Caffeine is not on the class path
   */
  public static <K, T> ValueTier<K, T> ofEntries(long max) {
    return built(
        () -> new ValueTier<>(Caffeine.newBuilder().maximumSize(max).<K, T>build().asMap()));
  }

  /**
   * {@return an empty tier that holds things of so much weight}
   *
   * @param <K> the keys
   * @param <T> what is held
   * @param max what all that is held may weigh, about: while much comes at once, it may be more
   * @param weigher what one thing weighs; asked once of each
   * @throws IllegalStateException if Caffeine is not on the class path
   */
  public static <K, T> ValueTier<K, T> ofWeight(long max, ToIntFunction<T> weigher) {
    return built(
        () ->
            new ValueTier<>(
                Caffeine.newBuilder()
                    .maximumWeight(max)
                    .weigher((K key, T thing) -> weigher.applyAsInt(thing))
                    .build()
                    .asMap()));
  }

  private static <K, T> ValueTier<K, T> built(Supplier<ValueTier<K, T>> tier) {
    try {
      return tier.get();
    } catch (NoClassDefFoundError e) {
      throw new IllegalStateException(
          "the memory tier needs com.github.ben-manes.caffeine:caffeine on the class path", e);
    }
  }

  /**
   * {@return what is held of {@code key}, itself and no copy; null if nothing is}
   *
   * @param key not to be changed while it is held
   */
  public @Nullable T get(K key) {
    return held.get(key);
  }

  /**
   * Holds {@code thing} in place of what was held of {@code key}.
   *
   * @param key held itself, as is the thing; not to be changed
   * @param thing may go again at any time, or at once if it weighs too much
   */
  public void put(K key, T thing) {
    held.put(key, thing);
  }

  /**
   * Holds {@code thing} in place of {@code old}, if that is what is held of {@code key};
   * atomically.
   *
   * @param key as it was put
   * @param old compared by {@code equals}
   * @param thing may go again at any time
   */
  public void replace(K key, T old, T thing) {
    held.replace(key, old, thing);
  }

  /**
   * Forgets {@code key}.
   *
   * @param key held or not
   */
  public void remove(K key) {
    held.remove(key);
  }

  /** Forgets all. */
  public void clear() {
    held.clear();
  }
}
