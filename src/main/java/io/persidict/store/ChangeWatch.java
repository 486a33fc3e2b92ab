package io.persidict.store;

/**
 * A look-out for changes of one name, from the moment it began. A version that was read since then
 * is still the stored one for as long as nothing changed.
 *
 * @param source what counts the changes; one for many names
 * @param stripe which of its counts is that of the name
 * @param count what that was when the watch began
 */
public record ChangeWatch(Source source, int stripe, long count) {
  /** Sees nothing, so that it never tells that nothing changed. */
  public static final ChangeWatch NEVER_VALID = new ChangeWatch((stripe, count) -> false, 0, 0);

  /** For what never changes. */
  public static final ChangeWatch ALWAYS_VALID = new ChangeWatch((stripe, count) -> true, 0, 0);

  /** Counts changes. */
  @FunctionalInterface
  public interface Source {
    /**
     * {@return whether {@code stripe} certainly has this count still; asks no storage}
     *
     * @param stripe as in {@link ChangeWatch#stripe}
     * @param count as in {@link ChangeWatch#count}
     */
    boolean isUnchanged(int stripe, long count);
  }

  /** {@return whether it sees nothing, so that there is no use in keeping it} */
  public boolean isBlind() {
    return source == NEVER_VALID.source;
  }

  /** {@return whether the name certainly did not change since the watch began; asks no storage} */
  public boolean isUnchanged() {
    return source.isUnchanged(stripe, count);
  }
}
