package io.persidict.jcache.storage;

import io.persidict.key.DictKey;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;

/**
 * Classes whose instances nobody can change, so that all may share one: strings, boxed primitives,
 * big numbers, enums, UUIDs, {@link DictKey}s, the values of {@code java.time}, records of nothing
 * but these, and the classes that the user names.
 */
final class ImmutableTypes extends ClassValue<Boolean> {
  private static final Set<Class<?>> FINAL =
      Set.of(
          String.class,
          Boolean.class,
          Character.class,
          Byte.class,
          Short.class,
          Integer.class,
          Long.class,
          Float.class,
          Double.class,
          UUID.class,
          DictKey.class);

  private final Set<String> declared;

  /**
   * @param declared names of classes
   */
  ImmutableTypes(Set<String> declared) {
    this.declared = declared;
  }

  boolean include(Object object) {
    return object instanceof String || object instanceof Long || get(object.getClass());
  }

  @Override
  protected Boolean computeValue(Class<?> type) {
    return type == BigInteger.class
        || type == BigDecimal.class
        || isOnlyItself(type, new HashSet<>());
  }

  /**
   * Whether whatever is declared as a {@code type} is immutable, too.
   *
   * @param within the records of which it is a part; one that may hold itself is none
   */
  private boolean isOnlyItself(Class<?> type, Set<Class<?>> within) {
    return type.isPrimitive()
        || FINAL.contains(type)
        || Enum.class.isAssignableFrom(type)
        || (type.getPackageName().equals("java.time") && Modifier.isFinal(type.getModifiers()))
        || declared.contains(type.getName())
        || (type.isRecord() && within.add(type) && hasOnlyImmutableParts(type, within));
  }

  private boolean hasOnlyImmutableParts(Class<?> type, Set<Class<?>> within) {
    for (RecordComponent component : type.getRecordComponents()) {
      if (!isOnlyItself(component.getType(), within)) {
        return false;
      }
    }
    within.remove(type);
    return true;
  }
}
