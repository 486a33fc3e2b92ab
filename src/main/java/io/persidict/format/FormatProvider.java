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
   * {@return what the format is called, and stored as with each cache; such as {@code json}} No
   * other format has it; has neither {@code +} nor a space.
   */
  String id();

  /**
   * {@return what is appended to the names of a dictionary's files after a dot; the id unless
   * overridden}
   */
  default String extension() {
    return id();
  }

  /**
   * {@return whether there is a format for values that are all instances of {@code type}; so unless
   * overridden}
   *
   * @param type a class, an interface, or {@code Object} for anything
   */
  default boolean takes(Class<?> type) {
    return true;
  }

  /**
   * {@return whether what is decoded is of the same kind as what was encoded, though no more is
   * known of it than {@code Object} or an interface} Where not, which is so unless overridden, a
   * class must be declared that is neither.
   */
  default boolean keepsTypes() {
    return false;
  }

  /**
   * {@return the format for some values}
   *
   * @param <V> the values
   * @param context what they are, and where their classes are found
   * @throws IllegalArgumentException if there is none for them, or something that it needs is
   *     missing
   */
  <V> Format<V> open(FormatContext<V> context);
}
