package io.persidict.store;

/** Nothing was changed, since the fence of a {@link Store#fencedBy} view is not what it was. */
public final class FencedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * An exception for a mutation that did not take place.
   *
   * @param fence the place of the fence
   */
  public FencedException(String fence) {
    super("nothing was changed, since " + fence + " was replaced or removed meanwhile");
  }
}
