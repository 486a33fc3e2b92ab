package io.persidict.format;

import java.io.InvalidObjectException;
import java.io.ObjectStreamException;
import java.io.Serial;
import java.io.Serializable;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What is serialized in the place of a record that is not serializable itself: its class, and its
 * components in their order.
 */
final class RecordProxy implements Serializable {
  private static final long serialVersionUID = 1L;

  private final Class<?> type;

  @SuppressWarnings("serial") // checked as it is written
  private final @Nullable Object[] components;

  private RecordProxy(Class<?> type, @Nullable Object[] components) {
    this.type = type;
    this.components = components;
  }

  /**
   * @throws FormatException if its components cannot be read
   */
  static RecordProxy of(Record value) {
    return new RecordProxy(
        value.getClass(),
        Arrays.stream(value.getClass().getRecordComponents())
            .map(component -> RecordParts.get(component, value))
            .toArray());
  }

  /** The record again, made by its canonical constructor. */
  @Serial
  private Object readResolve() throws ObjectStreamException {
    RecordComponent[] declared = type.getRecordComponents();
    if (declared == null || components == null || declared.length != components.length) {
      throw new InvalidObjectException(
          type.getName() + " is not a record of what is stored for it");
    }
    try {
      Constructor<?> constructor =
          type.getDeclaredConstructor(
              Arrays.stream(declared).map(RecordComponent::getType).toArray(Class<?>[]::new));
      constructor.setAccessible(true);
      return constructor.newInstance(components);
    } catch (InvocationTargetException e) {
      throw invalid(e.getCause());
    } catch (ReflectiveOperationException | RuntimeException e) {
      throw invalid(e);
    }
  }

  private InvalidObjectException invalid(@Nullable Throwable cause) {
    InvalidObjectException invalid =
        new InvalidObjectException("the record " + type.getName() + " cannot be made: " + cause);
    invalid.initCause(cause);
    return invalid;
  }
}
