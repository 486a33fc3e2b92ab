package io.persidict.format;

/**
 * A format by its name: a service that {@link java.util.ServiceLoader} finds. Put a class that
 * implements it on the class path, name the class in {@code
 * META-INF/services/io.persidict.format.FormatProvider}, and its {@link #id()} is a value of the
 * setting {@code format} and of the dictionaries' builders. Those of this library are found the
 * same way. It is looked for by the class loader of the cache manager and by that of this library.
 *
 * <p>An implementation is public and has a public constructor without parameters. It is made
 * whenever a cache is opened, also one of another format, so it touches what it needs only in
 * {@link #open}.
 */
public interface FormatProvider {
  /**
   * What the format is called, and stored as with each cache; such as {@code json}. No other format
   * has it; has neither {@code +} nor a space.
   */
  String id();

  /** What follows the last dot of the names of a dictionary's files; the id unless overridden. */
  default String extension() {
    return id();
  }

  /** Whether there is a format for values that are all instances of {@code type}. */
  default boolean takes(Class<?> type) {
    return true;
  }

  /**
   * Whether what is decoded is of the same kind as what was encoded, though no more is known of it
   * than {@code Object} or an interface. Where not, which is so unless overridden, a class must be
   * declared that is neither.
   */
  default boolean keepsTypes() {
    return false;
  }

  /**
   * The format for some values.
   *
   * @throws IllegalArgumentException if there is none for them, or something that it needs is
   *     missing
   */
  <V> Format<V> open(FormatContext<V> context);
}
