package io.persidict.store;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What lies under one name is nothing that a store has written: a directory, a link, a pipe, or
 * more bytes than a value may have. Costs that name only: the others are fine, and a write to this
 * one puts an entry in its place, unless a directory is in the way.
 */
public final class UnreadableException extends StoreException {
  private static final long serialVersionUID = 1L;

  private static final int LARGEST_VALUE = 1 << 30;

  /**
   * The most bytes of a value that are read: 2^30, or three quarters of the heap if that is less,
   * since nobody could use a larger one.
   */
  public static final int MAX_SIZE =
      (int) Math.min(LARGEST_VALUE, Runtime.getRuntime().maxMemory() / 4 * 3);

  /** See {@link #reason()}. */
  private final String reason;

  private final transient @Nullable Stat stat;

  /**
   * An exception for what lies under one name.
   *
   * @param place where it lies
   * @param reason why it cannot be read
   * @param stat as of {@link Store#stat}
   */
  public UnreadableException(String place, String reason, Optional<Stat> stat) {
    super("cannot read " + place + ": it " + reason);
    this.reason = reason;
    this.stat = stat.orElse(null);
  }

  /** {@return why it cannot be read; goes on after "it"} */
  public String reason() {
    return reason;
  }

  /**
   * {@return whether it may be a whole value, for which only this process has no room in its heap}
   */
  public boolean lacksMemory() {
    return stat != null && stat.size() <= LARGEST_VALUE;
  }

  /** {@return what {@link Store#stat} tells of it; empty if it counts as absent to conditions} */
  public Optional<Stat> stat() {
    return Optional.ofNullable(stat);
  }
}
