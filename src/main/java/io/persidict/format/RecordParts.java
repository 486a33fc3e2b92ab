package io.persidict.format;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import org.jspecify.annotations.Nullable;

/** Reads the components of records. */
public final class RecordParts {
  private RecordParts() {}

  /**
   * {@return the component of {@code value}}
   *
   * @param component one of its class; its accessor is called
   * @param value any record
   * @throws FormatException if its accessor cannot be called or fails
   */
  public static @Nullable Object get(RecordComponent component, Record value) {
    Method accessor = component.getAccessor();
    try {
      accessor.setAccessible(true);
      return accessor.invoke(value);
    } catch (InvocationTargetException e) {
      throw unreadable(component, String.valueOf(e.getCause()), e);
    } catch (ReflectiveOperationException | RuntimeException e) {
      throw unreadable(component, String.valueOf(e.getMessage()), e);
    }
  }

  private static FormatException unreadable(RecordComponent component, String why, Exception e) {
    return new FormatException(
        "cannot read "
            + component.getName()
            + " of the record "
            + component.getDeclaringRecord().getName()
            + ", which is not java.io.Serializable: "
            + why,
        e);
  }
}
