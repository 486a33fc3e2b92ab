package io.persidict.jcache.engine;

import io.persidict.jcache.storage.EntrySnapshot;
import java.util.Objects;
import java.util.function.Supplier;
import javax.cache.expiry.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A method of {@code Cache} as a decision over one entry. It may be asked again, if somebody else
 * changed the entry before the decision could be committed.
 *
 * @param isLookup whether the method counts as a hit or a miss
 * @param needsNoRead whether the decision is the same whatever the entry is
 * @param onUnseen what becomes of a put where there is an entry that this process cannot decode
 * @param writesThrough whether the cache writer is told of a put or removal before it is committed;
 *     if not, it was told already
 * @param decider the decision
 * @param timeToLive how long an entry lives that is put; null for what the expiry policy says
 * @param renews whether an entry that gets a value begins its life anew, as if it had been created
 * @param <V> the values of the cache
 * @param <R> what the method returns
 */
@SuppressWarnings("NullAway") // R may be nullable, which the checker cannot express on JDK 17
public record Operation<V, R extends @Nullable Object>(
    boolean isLookup,
    boolean needsNoRead,
    OnUnseen onUnseen,
    boolean writesThrough,
    Decider<V, R> decider,
    @Nullable Duration timeToLive,
    boolean renews) {

  private Operation(
      boolean isLookup, boolean needsNoRead, OnUnseen onUnseen, Decider<V, R> decider) {
    this(isLookup, needsNoRead, onUnseen, true, decider, null, false);
  }

  /** What becomes of a put where there is an entry that this process cannot decode. */
  enum OnUnseen {
    /** It replaces that, as it would any. */
    REPLACE,
    /** It is refused: it is only for where there is none. */
    REFUSE,
    /** It is left out, and the method returns as if it had been done. */
    SKIP
  }

  /** What an operation does about an entry. */
  interface Decider<V, R extends @Nullable Object> {
    Decision<V, R> decide(EntrySnapshot<V> found);
  }

  /** What is to become of the entry. */
  enum Action {
    /** It stays as it is. */
    NOTHING,
    /** It gets a new value. */
    PUT,
    /** It gets a value from the loader, of which the writer is not told and which is no put. */
    LOAD,
    /** It goes; the writer is told even if there is none. */
    REMOVE
  }

  /**
   * @param accessed whether the entry was read, which may postpone its expiry
   * @param value the new one of {@code PUT} and {@code LOAD}
   * @param result what the method returns once the action is committed
   * @param fallback what it returns where a cache keeps the entry that is there
   */
  record Decision<V, R extends @Nullable Object>(
      Action action, boolean accessed, @Nullable V value, R result, R fallback) {
    static <V, R extends @Nullable Object> Decision<V, R> nothing(R result) {
      return new Decision<>(Action.NOTHING, false, null, result, result);
    }

    /** The same, left undone because the entry that is there stays. */
    Decision<V, R> ignored() {
      return new Decision<>(Action.NOTHING, accessed, null, fallback, fallback);
    }

    /** The same, left undone although there seemed to be no entry. */
    Decision<V, R> skipped() {
      return nothing(result);
    }

    static <V, R extends @Nullable Object> Decision<V, R> access(R result) {
      return new Decision<>(Action.NOTHING, true, null, result, result);
    }

    public static <V, R extends @Nullable Object> Decision<V, R> put(
        V value, R result, R fallback) {
      return new Decision<>(Action.PUT, false, value, result, fallback);
    }

    static <V, R extends @Nullable Object> Decision<V, R> load(V value, R result, R fallback) {
      return new Decision<>(Action.LOAD, false, value, result, fallback);
    }

    public static <V, R extends @Nullable Object> Decision<V, R> remove(R result) {
      return new Decision<>(Action.REMOVE, false, null, result, result);
    }
  }

  static <V, R extends @Nullable Object> Operation<V, R> lookup(
      OnUnseen onUnseen, Decider<V, R> decider) {
    return new Operation<>(true, false, onUnseen, decider);
  }

  private static <V, R extends @Nullable Object> Operation<V, R> other(
      OnUnseen onUnseen, Decider<V, R> decider) {
    return new Operation<>(false, false, onUnseen, decider);
  }

  /** The same after a bulk call that told the writer. */
  Operation<V, R> afterWriter() {
    return new Operation<>(isLookup, needsNoRead, onUnseen, false, decider, timeToLive, renews);
  }

  /** The same for an entry that lives that long. */
  public Operation<V, R> living(Duration time) {
    return new Operation<>(isLookup, needsNoRead, onUnseen, writesThrough, decider, time, renews);
  }

  /** Reads; where there is nothing, asks {@code loader}, which may give null. */
  static <V> Operation<V, @Nullable V> get(Supplier<@Nullable V> loader) {
    return lookup(
        OnUnseen.SKIP,
        found -> {
          V value = found.value();
          if (value != null) {
            return Decision.access(value);
          }
          V loaded = loader.get();
          return loaded == null ? Decision.nothing(null) : Decision.load(loaded, loaded, loaded);
        });
  }

  /** Counts as read, outside of any lookup. */
  static <V> Operation<V, Boolean> accessed() {
    return other(
        OnUnseen.REFUSE,
        found -> found.isPresent() ? Decision.access(true) : Decision.nothing(false));
  }

  public static <V> Operation<V, Boolean> put(V value) {
    return new Operation<>(
        false, true, OnUnseen.REPLACE, found -> Decision.put(value, true, false));
  }

  /** Stores what the loader gave; over an entry only if {@code replace}. */
  static <V> Operation<V, V> load(V value, boolean replace) {
    return other(
        replace ? OnUnseen.REPLACE : OnUnseen.SKIP,
        found -> {
          V current = replace ? null : found.value();
          return current == null
              ? Decision.load(value, value, found.isPresent() ? found.value() : value)
              : Decision.nothing(current);
        });
  }

  /**
   * Stores what the loader gave in place of {@code old}, which begins its life anew; nothing if
   * that was changed or removed meanwhile.
   */
  static <V> Operation<V, Boolean> refresh(EntrySnapshot<V> old, V value) {
    return new Operation<>(
        false,
        false,
        OnUnseen.REFUSE,
        true,
        found ->
            found.isPresent() && found.hasValueOf(old)
                ? Decision.load(value, true, false)
                : Decision.nothing(false),
        null,
        true);
  }

  public static <V> Operation<V, @Nullable V> getAndPut(V value) {
    return lookup(OnUnseen.REPLACE, found -> Decision.put(value, found.value(), found.value()));
  }

  public static <V> Operation<V, Boolean> putIfAbsent(V value) {
    return lookup(
        OnUnseen.REFUSE,
        found -> found.isPresent() ? Decision.nothing(false) : Decision.put(value, true, false));
  }

  /** Stores the first value of all, and gives that which is stored then. */
  public static <V> Operation<V, V> putFirst(V value) {
    return other(
        OnUnseen.SKIP,
        found -> {
          V current = found.value();
          return current == null ? Decision.put(value, value, value) : Decision.access(current);
        });
  }

  public static <V> Operation<V, Boolean> remove() {
    return other(OnUnseen.REPLACE, found -> Decision.remove(found.isPresent()));
  }

  public static <V> Operation<V, Boolean> remove(V expected) {
    return lookup(
        OnUnseen.REFUSE,
        found -> {
          V value = found.value();
          if (value == null) {
            return Decision.nothing(false);
          }
          return Objects.deepEquals(value, expected)
              ? Decision.remove(true)
              : Decision.access(false);
        });
  }

  public static <V> Operation<V, @Nullable V> getAndRemove() {
    return lookup(OnUnseen.REPLACE, found -> Decision.remove(found.value()));
  }

  public static <V> Operation<V, Boolean> replace(V value) {
    return lookup(
        OnUnseen.REFUSE,
        found -> found.isPresent() ? Decision.put(value, true, false) : Decision.nothing(false));
  }

  public static <V> Operation<V, Boolean> replace(V expected, V value) {
    return lookup(
        OnUnseen.REFUSE,
        found -> {
          V current = found.value();
          if (current == null) {
            return Decision.nothing(false);
          }
          return Objects.deepEquals(current, expected)
              ? Decision.put(value, true, false)
              : Decision.access(false);
        });
  }

  public static <V> Operation<V, @Nullable V> getAndReplace(V value) {
    return lookup(
        OnUnseen.REFUSE,
        found -> {
          V current = found.value();
          return current == null ? Decision.nothing(null) : Decision.put(value, current, current);
        });
  }
}
