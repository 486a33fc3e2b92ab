package io.persidict.key;

import io.persidict.format.FormatException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.NotSerializableException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamClass;
import java.io.OutputStream;
import java.lang.reflect.Method;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Stand-ins: what {@code writeReplace} puts in the place of an object and {@code readResolve} turns
 * into one like it. {@code List.of}, {@code Set.of} and {@code EnumSet} are serialized so, with
 * their elements in any order.
 */
final class SerializationProxy {
  /** Its serialized form is the same for equal times, so it need not be resolved. */
  private static final String OF_TIME = "java.time.Ser";

  private static final ClassValue<Boolean> RESOLVABLE =
      new ClassValue<>() {
        @Override
        protected Boolean computeValue(Class<?> type) {
          for (Class<?> c = type; c != null && c != Object.class; c = c.getSuperclass()) {
            for (Method method : c.getDeclaredMethods()) {
              if (method.getName().equals("readResolve") && method.getParameterCount() == 0) {
                return !type.getName().equals(OF_TIME);
              }
            }
          }
          return false;
        }
      };

  private SerializationProxy() {}

  /** Whether {@code object} stands in for one of {@code java.time}. */
  static boolean isOfTime(Object object) {
    return object.getClass().getName().equals(OF_TIME);
  }

  /**
   * What {@code object} becomes when it is read back, if it is a stand-in; else itself.
   *
   * @throws FormatException if it cannot be serialized
   */
  static Object resolved(Object object) {
    if (!RESOLVABLE.get(object.getClass())
        || object instanceof List
        || object instanceof Set
        || object instanceof Map) {
      return object;
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Map<String, Class<?>> classes = new HashMap<>();
    try (Output out = new Output(bytes, classes)) {
      out.writeObject(object);
    } catch (NotSerializableException e) {
      throw KeyDigest.notSerializable(String.valueOf(e.getMessage()));
    } catch (IOException | StackOverflowError e) {
      throw new FormatException("a key cannot be serialized: " + e, e);
    }
    try (Input in = new Input(bytes.toByteArray(), classes)) {
      Object resolved = in.readObject();
      return resolved.getClass() == object.getClass() ? object : resolved;
    } catch (IOException | ClassNotFoundException | StackOverflowError e) {
      throw new FormatException("a key cannot be read back: " + e, e);
    }
  }

  private static final class Output extends ObjectOutputStream {
    private final Map<String, Class<?>> classes;

    Output(OutputStream out, Map<String, Class<?>> classes) throws IOException {
      super(out);
      this.classes = classes;
    }

    @Override
    protected void annotateClass(Class<?> type) {
      classes.put(type.getName(), type);
    }
  }

  /** Reads with the very classes that were written. */
  private static final class Input extends ObjectInputStream {
    private final Map<String, Class<?>> classes;

    Input(byte[] bytes, Map<String, Class<?>> classes) throws IOException {
      super(new ByteArrayInputStream(bytes));
      this.classes = classes;
    }

    @Override
    protected Class<?> resolveClass(ObjectStreamClass description) throws ClassNotFoundException {
      Class<?> type = classes.get(description.getName());
      if (type == null) {
        throw new ClassNotFoundException(description.getName());
      }
      return type;
    }
  }
}
