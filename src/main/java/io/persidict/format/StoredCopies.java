package io.persidict.format;

import java.io.Serializable;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A {@code Collections.nCopies} as it is stored: of its own, the JDK lets none be read that has
 * more elements than an array of the stream may have.
 *
 * @param count how many there are
 * @param element all of them; null if it is that, or if there are none
 */
record StoredCopies(int count, @Nullable Object element) implements Serializable {
  private static final Class<?> COPIES = Collections.nCopies(0, "").getClass();

  /** What stands for {@code object}; null if that is no list of copies. */
  static @Nullable Object of(Object object) {
    if (object.getClass() != COPIES) {
      return null;
    }
    List<?> copies = (List<?>) object;
    return new StoredCopies(copies.size(), copies.isEmpty() ? null : copies.get(0));
  }

  private Object readResolve() {
    return Collections.nCopies(count, element);
  }
}
