package io.persidict.format;

/**
 * The stored {@code null} of JSON, which is a value and not an absence. Inside lists and maps it is
 * Java's own {@code null}.
 */
public enum NullValue {
  /** The only one. */
  NULL
}
