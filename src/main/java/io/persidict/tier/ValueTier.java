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
   * An empty tier that holds so many things.
   *
   * @throws IllegalStateException if Caffeine is not on the class path
   */
  public static <K, T> ValueTier<K, T> ofEntries(long max) {
    return built(
        () -> new ValueTier<>(Caffeine.newBuilder().maximumSize(max).<K, T>build().asMap()));
  }

  /**
   * An empty tier.
   *
   * @param max what all that is held may weigh
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

  /** What is held of {@code key}; null if nothing is. */
  public @Nullable T get(K key) {
    return held.get(key);
  }

  /** Holds {@code thing} in place of what was held of {@code key}. */
  public void put(K key, T thing) {
    held.put(key, thing);
  }

  /** Holds {@code thing} in place of {@code old}, if that is what is held of {@code key}. */
  public void replace(K key, T old, T thing) {
    held.replace(key, old, thing);
  }

  /** Forgets {@code key}. */
  public void remove(K key) {
    held.remove(key);
  }

  /** Forgets all. */
  public void clear() {
    held.clear();
  }
}
