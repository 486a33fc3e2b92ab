package io.persidict.store;

/**
 * A look-out for changes of one name, from the moment it began. A version that was read since then
 * is still the stored one for as long as nothing changed.
 */
@FunctionalInterface
public interface ChangeWatch {
  /** Sees nothing, so that it never tells that nothing changed. */
  ChangeWatch NEVER_VALID = () -> false;

  /** Whether the name certainly did not change since the watch began; asks no storage. */
  boolean isUnchanged();
}
