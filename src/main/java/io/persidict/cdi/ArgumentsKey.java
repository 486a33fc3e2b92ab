package io.persidict.cdi;

import java.lang.reflect.Array;
import java.util.Arrays;
import javax.cache.annotation.GeneratedCacheKey;
import org.jspecify.annotations.Nullable;

/**
 * The arguments of a call, as a key. Arrays are copied, at any depth, and equal by their elements;
 * all other arguments are equal as they themselves say.
 */
final class ArgumentsKey implements GeneratedCacheKey {
  private static final long serialVersionUID = 1L;

  private final @Nullable Object[] arguments;

  /** Zero until somebody asks. */
  private transient int hash;

  ArgumentsKey(@Nullable Object[] arguments) {
    this.arguments = (Object[]) copy(arguments);
  }

  private static Object copy(Object array) {
    int length = Array.getLength(array);
    Object copy = Array.newInstance(array.getClass().getComponentType(), length);
    if (array instanceof @Nullable Object[] elements) {
      for (int i = 0; i < length; i++) {
        Object element = elements[i];
        Array.set(
            copy, i, element != null && element.getClass().isArray() ? copy(element) : element);
      }
    } else {
      System.arraycopy(array, 0, copy, 0, length);
    }
    return copy;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ArgumentsKey key && Arrays.deepEquals(arguments, key.arguments);
  }

  @Override
  public int hashCode() {
    if (hash == 0) {
      hash = Arrays.deepHashCode(arguments);
    }
    return hash;
  }

  @Override
  public String toString() {
    return Arrays.deepToString(arguments);
  }
}
