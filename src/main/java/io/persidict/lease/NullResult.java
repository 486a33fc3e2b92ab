package io.persidict.lease;

/**
 * What a cache holds where the result of a method was {@code null}, because a cache holds no null;
 * only where it is set to, see {@link ResultStore#keepsNull}. Whoever reads such an entry by the
 * cache's own methods comes by this.
 */
public enum NullResult {
  /** The only one. */
  NULL
}
