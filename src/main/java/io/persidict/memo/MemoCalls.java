package io.persidict.memo;

import io.persidict.lease.LeasedCalls;
import io.persidict.lease.SingleFlight;
import java.lang.reflect.UndeclaredThrowableException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import javax.cache.Cache;
import org.jspecify.annotations.Nullable;

/**
 * The calls of one durable function. {@link Memo} sees to it that its results are of the cache's
 * value type.
 *
 * @param <R> the results
 */
final class MemoCalls<R extends @Nullable Object> {
  private final Cache<Object, Object> cache;
  private final Optional<LeasedCalls> leasedCalls;
  private final ResultCodec outcomes;
  private final String name;

  MemoCalls(
      Cache<Object, Object> cache,
      Optional<LeasedCalls> leasedCalls,
      ResultCodec outcomes,
      String name) {
    this.cache = cache;
    this.leasedCalls = leasedCalls;
    this.outcomes = outcomes;
    this.name = name;
  }

  /** The key of the call with these arguments. */
  Object key(List<? extends @Nullable Object> arguments) {
    return CallKey.of(name, arguments);
  }

  /** The result of a call of a function that throws no checked exception. */
  R call(List<? extends @Nullable Object> arguments, Callable<? extends R> function) {
    return unchecked(() -> callChecked(arguments, function));
  }

  /**
   * The result of a call.
   *
   * @throws Exception what the function throws, or threw when it was called
   */
  R callChecked(List<? extends @Nullable Object> arguments, Callable<? extends R> function)
      throws Exception {
    Object key = key(arguments);
    Object stored = usable(cache.get(key));
    return replay(stored != null ? stored : findOrCompute(key, function));
  }

  /** What is stored of the calls with these keys. */
  Map<Object, Object> stored(Set<Object> keys) {
    Map<Object, Object> stored = new HashMap<>(cache.getAll(keys));
    stored.values().removeIf(outcomes::isObsolete);
    return stored;
  }

  /** The result that was stored. */
  R replayed(Object stored) {
    return unchecked(() -> replay(stored));
  }

  /** The result of a call of which nothing was stored just now. */
  R computed(Object key, Callable<? extends R> function) {
    return unchecked(() -> replay(findOrCompute(key, function)));
  }

  private Object findOrCompute(Object key, Callable<?> function) throws Exception {
    Callable<Object> alone =
        () -> {
          Object stored = find(key);
          return stored != null ? stored : compute(key, function);
        };
    return SingleFlight.call(
        cache,
        key,
        leasedCalls
            .<Callable<Object>>map(
                leased -> () -> leased.call(key, () -> find(key), () -> compute(key, function)))
            .orElse(alone),
        alone);
  }

  /** What somebody stored meanwhile; asked without counting as a miss. */
  private @Nullable Object find(Object key) {
    return cache.containsKey(key) ? usable(cache.get(key)) : null;
  }

  private @Nullable Object usable(@Nullable Object stored) {
    return stored == null || outcomes.isObsolete(stored) ? null : stored;
  }

  private Object compute(Object key, Callable<?> function) throws Exception {
    Object result;
    try {
      result = function.call();
    } catch (Exception e) {
      outcomes.ofException(e).ifPresent(kept -> cache.put(key, kept));
      throw e;
    }
    Object kept = outcomes.ofResult(result);
    Class<?> type = Memo.configuration(cache).getValueType();
    if (!type.isInstance(kept)) {
      throw new IllegalStateException(
          "\""
              + name
              + "\" has a result that cache "
              + cache.getName()
              + " cannot keep: it has values of "
              + type.getName()
              + " only, neither null nor others; configure it with java.lang.Object");
    }
    cache.put(key, kept);
    return kept;
  }

  @SuppressWarnings({"unchecked", "NullAway"}) // what the function of this name returned
  private R replay(Object stored) throws Exception {
    return (R) outcomes.replay(stored);
  }

  private static <T extends @Nullable Object> T unchecked(Callable<? extends T> call) {
    try {
      return call.call();
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new UndeclaredThrowableException(e);
    }
  }
}
