package io.persidict.jcache.storage;

/** JCache's way from its types to ours. */
public final class Unwrap {
  private Unwrap() {}

  /**
   * Returns {@code object} as a {@code type}.
   *
   * @throws IllegalArgumentException if it is none
   */
  public static <T> T as(Class<T> type, Object object) {
    if (!type.isInstance(object)) {
      throw new IllegalArgumentException(
          "a " + object.getClass().getName() + " cannot be unwrapped as " + type.getName());
    }
    return type.cast(object);
  }
}
