package io.persidict.format;

import java.io.Externalizable;
import java.io.Serializable;
import java.lang.reflect.Constructor;
import java.lang.reflect.Modifier;
import java.util.Optional;

/**
 * Finds out whether Java serialization will be able to make an object of a class that it writes
 * without complaint: it calls a constructor without parameters, of the class itself where that is
 * {@code Externalizable}, of the nearest superclass that is not serializable otherwise.
 */
final class SerialConstructors extends ClassValue<Optional<String>> {
  private static final SerialConstructors FAULTS = new SerialConstructors();

  private SerialConstructors() {}

  /**
   * Refuses a class whose objects could not be read.
   *
   * @throws FormatException that names the constructor
   */
  static void require(Class<?> type) {
    FAULTS
        .get(type)
        .ifPresent(
            fault -> {
              throw new FormatException(
                  type.getName() + " would be written, but not be read: " + fault);
            });
  }

  @Override
  protected Optional<String> computeValue(Class<?> type) {
    if (type.getName().startsWith("java.")
        || type.isRecord()
        || type.isArray()
        || Enum.class.isAssignableFrom(type)
        || Modifier.isAbstract(type.getModifiers())
        || !Serializable.class.isAssignableFrom(type)) {
      return Optional.empty();
    }
    Class<?> made = type;
    if (Externalizable.class.isAssignableFrom(type)) {
      return isThere(made, type)
          ? Optional.empty()
          : Optional.of("it is Externalizable and has no public constructor without parameters");
    }
    while (Serializable.class.isAssignableFrom(made)) {
      made = made.getSuperclass();
    }
    return isThere(made, type)
        ? Optional.empty()
        : Optional.of(
            "its superclass "
                + made.getName()
                + " is not Serializable and has no constructor without parameters that it may"
                + " call");
  }

  private static boolean isThere(Class<?> made, Class<?> type) {
    try {
      Constructor<?> constructor = made.getDeclaredConstructor();
      int modifiers = constructor.getModifiers();
      boolean isNear = made.getPackageName().equals(type.getPackageName());
      return Modifier.isPublic(modifiers)
          || (made != type
              && (Modifier.isProtected(modifiers) || (isNear && !Modifier.isPrivate(modifiers))));
    } catch (NoSuchMethodException e) {
      return false;
    }
  }
}
