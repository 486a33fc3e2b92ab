package io.persidict.jcache.storage;

import io.persidict.Condition;
import io.persidict.jcache.storage.StoredEntry.Decoded;
import io.persidict.jcache.storage.StoredEntry.Unseen;
import io.persidict.store.ETag;
import java.util.Arrays;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * An entry as an operation finds it. One that is expired or unreadable is absent to the operation.
 */
public final class EntrySnapshot<V> {
  private final boolean isStored;
  private final Condition unchanged;
  private final StoredEntry.@Nullable ValidRecord whole;
  private final boolean isExpired;
  private final Function<StoredEntry.ValidRecord, Decoded<V>> decoder;

  private boolean isDecoded;

  /** Why there is no value, once it is decoded. */
  private Unseen unseen;

  private boolean isGiven;

  /** The value, once it is decoded; null if it cannot be. */
  private @Nullable V decoded;

  private EntrySnapshot(
      boolean isStored,
      Condition unchanged,
      StoredEntry.@Nullable ValidRecord whole,
      boolean isExpired,
      Unseen unseen,
      Function<StoredEntry.ValidRecord, Decoded<V>> decoder) {
    this.isStored = isStored;
    this.unchanged = unchanged;
    this.whole = whole;
    this.isExpired = isExpired;
    this.unseen = unseen;
    this.decoder = decoder;
  }

  /** An entry that nobody looked at: to an operation that has no use for it, it is absent. */
  public static <V> EntrySnapshot<V> unread() {
    return without(false, Condition.any(), Unseen.NO_ENTRY);
  }

  /** No entry. */
  static <V> EntrySnapshot<V> absent() {
    return without(false, Condition.absent(), Unseen.NO_ENTRY);
  }

  /** Something that cannot be read as the entry. */
  static <V> EntrySnapshot<V> unreadable(ETag etag, Unseen unseen) {
    return without(true, Condition.matches(etag), unseen);
  }

  private static <V> EntrySnapshot<V> without(boolean isStored, Condition unchanged, Unseen why) {
    return new EntrySnapshot<>(isStored, unchanged, null, false, why, whole -> Decoded.failed(why));
  }

  /**
   * An entry whose record can be read.
   *
   * @param decoder of its value
   */
  static <V> EntrySnapshot<V> of(
      StoredEntry.ValidRecord whole,
      ETag etag,
      Function<StoredEntry.ValidRecord, Decoded<V>> decoder) {
    boolean isExpired = whole.isExpiredAt(System.currentTimeMillis());
    return new EntrySnapshot<>(
        true, Condition.matches(etag), whole, isExpired, Unseen.NO_ENTRY, decoder);
  }

  /** Whether there is an entry for the operation to see. */
  public boolean isPresent() {
    return !isExpired && (isGiven || lastValue() != null);
  }

  /**
   * Whether there is an entry that counts as absent only because this process cannot decode it, or
   * cannot now.
   */
  public boolean isUnseen() {
    return !isPresent() && !isExpired && unseen != Unseen.NO_ENTRY;
  }

  /** The same, if it is for lack of memory. */
  public boolean lacksMemory() {
    return isUnseen() && unseen == Unseen.LACKS_MEMORY;
  }

  /** Whether there is an entry whose time is over. */
  public boolean isExpired() {
    return isExpired;
  }

  /** The entry's value, decoded at the first call; null if there is no entry to see. */
  public @Nullable V value() {
    return isExpired ? null : lastValue();
  }

  /** The value also of an expired entry; null if there is none or it cannot be read. */
  public @Nullable V lastValue() {
    if (!isDecoded && whole != null) {
      Decoded<V> result = decoder.apply(whole);
      decoded = result.value();
      unseen = result.unseen();
      isDecoded = true;
    }
    return decoded;
  }

  /**
   * The value for somebody who may change it; null if there is no entry to see. Whoever asks for it
   * after that gets another object.
   */
  public @Nullable V give() {
    V given = value();
    if (given != null) {
      isGiven = true;
      isDecoded = false;
      decoded = null;
    }
    return given;
  }

  /** The record; only where the entry is present or expired. */
  public StoredEntry.ValidRecord whole() {
    if (whole == null) {
      throw new IllegalStateException("there is no record of the entry");
    }
    return whole;
  }

  /** Whether nobody has put a value since {@code other}; reads may have moved its end. */
  public boolean hasValueOf(EntrySnapshot<V> other) {
    return whole != null
        && other.whole != null
        && whole.created() == other.whole.created()
        && Arrays.equals(whole.value(), other.whole.value());
  }

  /** Whether anything lies at the entry's place. */
  public boolean isStored() {
    return isStored;
  }

  /** Holds while what was found is what lies there. */
  public Condition unchanged() {
    return unchanged;
  }
}
