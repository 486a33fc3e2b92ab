package io.persidict.maintenance;

import io.persidict.store.Housekeeping;

/** Which uses of one store's entries are worth remembering, as its last round found out. */
public final class Uses implements Housekeeping.Uses {
  private volatile long due = Long.MIN_VALUE;

  /** None, until something is known of the store. */
  public Uses() {}

  @Override
  public boolean isDue(long lastUse) {
    return lastUse < due;
  }

  void dueBefore(long time) {
    due = time;
  }
}
