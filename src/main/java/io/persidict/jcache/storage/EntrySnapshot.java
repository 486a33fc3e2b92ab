package io.persidict.jcache.storage;

import io.persidict.Condition;
import io.persidict.store.ETag;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * An entry as an operation finds it. One that is expired or unreadable is absent to the operation.
 */
public final class EntrySnapshot<V> {
  /** What lies at the entry's place. */
  public enum State {
    ABSENT,
    PRESENT,
    EXPIRED,
    UNREADABLE
  }

  private final Optional<ETag> etag;
  private final Condition unchanged;
  private final StoredEntry.@Nullable ValidRecord whole;
  private final Function<StoredEntry.ValidRecord, Optional<V>> decoder;
  private State state;
  private @Nullable V value;

  /** An entry that nobody looked at: to an operation that has no use for it, it is absent. */
  public static <V> EntrySnapshot<V> unread() {
    return new EntrySnapshot<>(
        State.ABSENT, Optional.empty(), Condition.any(), null, whole -> Optional.empty());
  }

  /**
   * @param etag of what lies there, readable or not
   * @param whole the record, where it is whole
   * @param decoder of its value; empty if that cannot be read
   */
  EntrySnapshot(
      State state,
      Optional<ETag> etag,
      StoredEntry.@Nullable ValidRecord whole,
      Function<StoredEntry.ValidRecord, Optional<V>> decoder) {
    this(state, etag, etag.map(Condition::matches).orElse(Condition.absent()), whole, decoder);
  }

  private EntrySnapshot(
      State state,
      Optional<ETag> etag,
      Condition unchanged,
      StoredEntry.@Nullable ValidRecord whole,
      Function<StoredEntry.ValidRecord, Optional<V>> decoder) {
    this.state = state;
    this.etag = etag;
    this.unchanged = unchanged;
    this.whole = whole;
    this.decoder = decoder;
  }

  public State state() {
    return state;
  }

  /** Whether there is an entry for the operation to see. */
  public boolean isPresent() {
    return value() != null;
  }

  /** The entry's value, decoded at the first call; null if there is no entry to see. */
  public @Nullable V value() {
    return state == State.PRESENT ? lastValue() : null;
  }

  /** The value also of an expired entry; null if there is none or it cannot be read. */
  public @Nullable V lastValue() {
    if (value == null && whole != null) {
      value = decoder.apply(whole).orElse(null);
      if (value == null) {
        state = State.UNREADABLE;
      }
    }
    return value;
  }

  /** The record; only where the entry is present or expired. */
  public StoredEntry.ValidRecord whole() {
    if (whole == null) {
      throw new IllegalStateException("there is no record where the entry is " + state);
    }
    return whole;
  }

  /** Whether anything lies at the entry's place. */
  public boolean isStored() {
    return etag.isPresent();
  }

  /** Holds while what was found is what lies there. */
  public Condition unchanged() {
    return unchanged;
  }
}
