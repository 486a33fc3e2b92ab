package io.persidict.jcache.engine;

/** What becomes of interrupts where something of the user's is called. */
final class Interrupts {
  private Interrupts() {}

  /**
   * Leaves this thread interrupted if that is what {@code thrown} says: others may throw it without
   * declaring it.
   */
  static void keep(Throwable thrown) {
    if (thrown instanceof InterruptedException) {
      Thread.currentThread().interrupt();
    }
  }
}
