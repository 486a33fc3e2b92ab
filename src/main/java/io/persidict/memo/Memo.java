package io.persidict.memo;

import io.persidict.lease.LeasedCalls;
import io.persidict.lease.Leases;
import io.persidict.memo.ResultCodec.Kept;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import javax.cache.Cache;
import javax.cache.configuration.Configuration;
import org.jspecify.annotations.Nullable;

/**
 * Makes functions durable: a call whose result is in the cache returns that, whichever process put
 * it there and when; any other call computes it and puts it there.
 *
 * <pre>{@code
 * Memo<Object> memo = Memo.of(manager.createCache("memo", new MutableConfiguration<>()));
 * Function<String, Integer> length = memo.function("length v1", text -> expensive(text));
 * }</pre>
 *
 * <p><b>Computed once.</b> Of all threads that ask for the same result at the same time one
 * computes it, and the others wait. If the cache hands out {@link Leases}, as those of this library
 * do, that holds among all processes too: the one that computes holds a lease, which it renews for
 * as long as it takes; if it is killed, another one takes over after the lease's length. A process
 * that stands still for longer than that may find that its work was done twice.
 *
 * <p><b>Names.</b> A result is found by the function's name and its arguments. A function that
 * changed needs another name: give names a version, or a fingerprint of what the results depend on.
 * Results under the old name stay until the cache is cleared or they expire. Give no two functions
 * of one cache the same name.
 *
 * <p><b>Arguments</b> are what the cache allows as keys, or {@code null}; equal ones are one call.
 * With a cache of this library a function may change its arguments, such as an array: what counts
 * is what they were when it was called.
 *
 * <p><b>Time to live</b> is the cache's expiry policy.
 *
 * <p><b>The first result stays.</b> Where one is stored already when a computation ends, because
 * the work was done twice, that one is kept and returned.
 *
 * <p><b>Results</b> should be immutable: those who wait for the same call get the same object.
 *
 * <p><b>Null and exceptions.</b> A result may be {@code null} where the cache's value type is
 * {@code Object}. An exception is thrown to all who wait in this process, and not kept, unless
 * {@link #cacheExceptions} says so.
 *
 * <p>A fault of the cache is thrown as what the cache throws, usually a {@code CacheException}; or
 * is suppressed in an exception of the function that could not be kept because of it. A function
 * that is interrupted must throw, since what it returns is kept. A thread that is interrupted while
 * it waits for another one's result throws {@link java.util.concurrent.CancellationException} with
 * its interrupt status set.
 *
 * @param <V> what the cache's values, and so all results, are instances of
 */
public final class Memo<V> {
  private static final Duration LEASE = Duration.ofSeconds(10);

  private final Cache<Object, V> cache;
  private final Duration lease;
  private final ResultCodec outcomes;

  private Memo(Cache<Object, V> cache, Duration lease, ResultCodec outcomes) {
    this.cache = cache;
    this.lease = lease;
    this.outcomes = outcomes;
  }

  /**
   * {@return a maker of functions whose results are kept in {@code cache}, which should hold
   * nothing else}
   *
   * @param <V> the cache's values
   * @param cache left open; has the key type {@code Object}, and a format that gives back what it
   *     was given, as {@code jser} does; with the value type {@code Object} it can keep every kind
   *     of outcome, with a class of your own it may keep that without further settings
   * @throws IllegalArgumentException if its key type is another one
   */
  public static <V> Memo<V> of(Cache<Object, V> cache) {
    Class<?> keyType = configuration(cache).getKeyType();
    if (keyType != Object.class) {
      throw new IllegalArgumentException(
          "cache "
              + cache.getName()
              + " has keys of "
              + keyType.getName()
              + "; to memoize functions it must be configured with java.lang.Object");
    }
    return new Memo<>(cache, LEASE, new ResultCodec(List.of()));
  }

  /**
   * The same, with leases of another length than ten seconds: how long a process waits for the
   * result of one that was killed.
   *
   * @param length {@link Leases#MIN_LENGTH} to {@link Leases#MAX_LENGTH}
   * @return another maker; this one stays as it is
   * @throws IllegalArgumentException if {@code length} is not
   */
  public Memo<V> withLease(Duration length) {
    return new Memo<>(cache, Leases.requireLength(length), outcomes);
  }

  /**
   * The same, but exceptions of {@code type} and its subclasses are kept too. What is kept is the
   * message. The call that fails throws its own exception, and every later call what {@code remade}
   * makes of the message; so it has neither the stack trace nor the cause of the first one. What an
   * interrupted thread throws is not kept, nor what an {@code Error}, an interruption or a
   * cancellation caused.
   *
   * @param <X> the exceptions
   * @param type where several of these fit an exception, the first that was given counts
   * @param remade makes an exception of a message, which is {@code null} if there was none; such as
   *     {@code FileNotFoundException::new}
   * @return another maker; this one stays as it is
   * @throws IllegalArgumentException if the cache's value type does not allow for anything but
   *     results
   */
  public <X extends Exception> Memo<V> cacheExceptions(
      Class<X> type, Function<@Nullable String, ? extends X> remade) {
    Class<?> valueType = configuration(cache).getValueType();
    if (!valueType.isAssignableFrom(Map.class)) {
      throw new IllegalArgumentException(
          "cache "
              + cache.getName()
              + " has values of "
              + valueType.getName()
              + " and cannot keep exceptions; configure it with java.lang.Object");
    }
    List<Kept> kept = new ArrayList<>(outcomes.kept());
    kept.add(new Kept(type, remade));
    return new Memo<>(cache, lease, new ResultCodec(List.copyOf(kept)));
  }

  /**
   * {@return the durable form of {@code function}}
   *
   * @param <T> the arguments
   * @param <R> the results
   * @param name as {@link Memo} says; not blank, without {@code (}
   * @param function called where no result is stored
   * @throws IllegalArgumentException if it cannot have that name
   */
  public <T extends @Nullable Object, R extends @Nullable V> MemoFunction<T, R> function(
      String name, Function<? super T, ? extends R> function) {
    return new MemoFunction<>(calls(name), function);
  }

  /**
   * {@return the durable form of {@code function}}
   *
   * @param <A> the first argument
   * @param <B> the second argument
   * @param <R> the results
   * @param name as {@link Memo} says; not blank, without {@code (}
   * @param function called where no result is stored
   * @throws IllegalArgumentException if it cannot have that name
   */
  public <A extends @Nullable Object, B extends @Nullable Object, R extends @Nullable V>
      BiFunction<A, B, R> biFunction(
          String name, BiFunction<? super A, ? super B, ? extends R> function) {
    MemoCalls<R> calls = calls(name);
    return (first, second) ->
        calls.call(Arrays.asList(first, second), () -> function.apply(first, second));
  }

  /**
   * {@return the durable form of {@code function}}
   *
   * @param <A> the first argument
   * @param <B> the second argument
   * @param <C> the third argument
   * @param <R> the results
   * @param name as {@link Memo} says; not blank, without {@code (}
   * @param function called where no result is stored
   * @throws IllegalArgumentException if it cannot have that name
   */
  public <
          A extends @Nullable Object,
          B extends @Nullable Object,
          C extends @Nullable Object,
          R extends @Nullable V>
      TriFunction<A, B, C, R> triFunction(
          String name, TriFunction<? super A, ? super B, ? super C, ? extends R> function) {
    MemoCalls<R> calls = calls(name);
    return (first, second, third) ->
        calls.call(Arrays.asList(first, second, third), () -> function.apply(first, second, third));
  }

  /**
   * {@return the durable form of {@code supplier}}
   *
   * @param <R> the result
   * @param name as {@link Memo} says; not blank, without {@code (}
   * @param supplier called where its result is not stored
   * @throws IllegalArgumentException if it cannot have that name
   */
  public <R extends @Nullable V> Supplier<R> supplier(String name, Supplier<? extends R> supplier) {
    MemoCalls<R> calls = calls(name);
    return () -> calls.call(List.of(), supplier::get);
  }

  /**
   * {@return the durable form of {@code callable}}
   *
   * @param <R> the result
   * @param name as {@link Memo} says; not blank, without {@code (}
   * @param callable called where its result is not stored; its checked exceptions are thrown as
   *     they are
   * @throws IllegalArgumentException if it cannot have that name
   */
  public <R extends @Nullable V> Callable<R> callable(String name, Callable<? extends R> callable) {
    MemoCalls<R> calls = calls(name);
    return () -> calls.callChecked(List.of(), callable);
  }

  private <R extends @Nullable V> MemoCalls<R> calls(String name) {
    if (name.isBlank() || name.indexOf('(') >= 0) {
      throw new IllegalArgumentException(
          "\""
              + name
              + "\" cannot be a function's name; give one that is not blank and has no \"(\", such"
              + " as \"area v2\"");
    }
    return new MemoCalls<>(untyped(cache), leasedCalls(), outcomes, name);
  }

  /** How processes take turns; empty where the cache has no leases to hand out. */
  private Optional<LeasedCalls> leasedCalls() {
    try {
      return Optional.of(new LeasedCalls(cache.unwrap(Leases.class), lease));
    } catch (IllegalArgumentException e) {
      return Optional.empty(); // the answer of other providers
    }
  }

  @SuppressWarnings("unchecked") // the functions' types make up for it
  private static Cache<Object, Object> untyped(Cache<Object, ?> cache) {
    return (Cache<Object, Object>) cache;
  }

  @SuppressWarnings("unchecked") // JCache has no other way to ask
  static <V> Configuration<Object, V> configuration(Cache<Object, V> cache) {
    return cache.getConfiguration(Configuration.class);
  }
}
