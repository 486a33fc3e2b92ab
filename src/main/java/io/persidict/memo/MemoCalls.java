package io.persidict.memo;

import io.persidict.lease.LeasedCalls;
import io.persidict.lease.ResultStore;
import io.persidict.lease.SingleFlight;
import java.lang.reflect.UndeclaredThrowableException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
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
  private final ResultStore results;
  private final Optional<LeasedCalls> leasedCalls;
  private final ResultCodec outcomes;
  private final String name;

  MemoCalls(
      Cache<Object, Object> cache,
      Optional<LeasedCalls> leasedCalls,
      ResultCodec outcomes,
      String name) {
    this.cache = cache;
    this.results = ResultStore.of(cache::unwrap, cache::putIfAbsent, cache::get);
    this.leasedCalls = leasedCalls;
    this.outcomes = outcomes;
    this.name = name;
  }

  /** The key of the call with these arguments, which holds the arguments themselves. */
  Object key(List<? extends @Nullable Object> arguments) {
    return CallKey.of(name, arguments);
  }

  /** A key like this one, whatever becomes of the arguments. */
  Object copyOf(Object key) {
    return results.copyOf(key);
  }

  /** Equal for the keys of equal calls. */
  Object identityOf(Object key) {
    return results.identityOf(key);
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
    return replay(stored != null ? stored : findOrCompute(copyOf(key), function));
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

  /**
   * The result of a call of which nothing was stored just now.
   *
   * @param key nobody changes it
   */
  R computed(Object key, Callable<? extends R> function) {
    return unchecked(() -> replay(findOrCompute(key, function)));
  }

  private Object findOrCompute(Object key, Callable<?> function) throws Exception {
    Object identity = identityOf(key);
    Supplier<@Nullable Object> find = () -> find(key);
    Callable<Object> compute = () -> compute(key, function);
    Callable<Object> once =
        leasedCalls
            .<Callable<Object>>map(leased -> () -> leased.call(key, find, compute))
            .orElse(() -> or(find.get(), compute));
    Callable<Object> alone =
        () ->
            or(
                find.get(),
                SingleFlight.isWithin(cache, identity) ? () -> kept(function.call()) : compute);
    return SingleFlight.call(cache, identity, once, alone);
  }

  private static Object or(@Nullable Object found, Callable<Object> otherwise) throws Exception {
    return found != null ? found : otherwise.call();
  }

  /** What somebody stored meanwhile; asked without counting as a miss. */
  private @Nullable Object find(Object key) {
    return cache.containsKey(key) ? usable(cache.get(key)) : null;
  }

  private @Nullable Object usable(@Nullable Object stored) {
    return stored == null || outcomes.isObsolete(stored) ? null : stored;
  }

  /** Calls the function; where something is stored when it ends, that is what the call comes to. */
  private Object compute(Object key, Callable<?> function) throws Exception {
    Object result;
    try {
      result = function.call();
    } catch (Exception e) {
      Object kept = SingleFlight.concernsAll(e) ? outcomes.ofException(e).orElse(null) : null;
      Object stored = kept == null ? null : keepFirst(key, kept, e);
      if (stored != null && stored != kept) {
        return stored;
      }
      throw e;
    }
    return keepFirst(key, kept(result));
  }

  /** What goes wrong here must not hide {@code thrown}, for which {@code kept} stands. */
  private @Nullable Object keepFirst(Object key, Object kept, Exception thrown) {
    try {
      return keepFirst(key, kept);
    } catch (RuntimeException e) {
      if (e != thrown) {
        thrown.addSuppressed(e);
      }
      return null;
    }
  }

  /** How a result is kept. */
  private Object kept(@Nullable Object result) {
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
    return kept;
  }

  /** Stores {@code kept} unless there is something usable; gives what is stored then. */
  private Object keepFirst(Object key, Object kept) {
    Object first = results.putFirst(key, kept);
    if (!outcomes.isObsolete(first)) {
      return first;
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
