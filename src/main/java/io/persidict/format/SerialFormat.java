package io.persidict.format;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InvalidClassException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamClass;
import java.io.OutputStream;
import java.io.Serializable;

/**
 * Java serialization behind an {@link AllowList}, which is asked when a value is written, so that
 * the mistake shows there, and again when one is read, so that stored bytes cannot choose classes.
 *
 * @param <V> the values
 * @see <a href="https://docs.oracle.com/en/java/javase/17/docs/specs/serialization/">the format</a>
 */
public final class SerialFormat<V> implements Format<V> {
  private final Class<V> type;
  private final AllowList allowList;
  private final ClassLoader classLoader;

  /**
   * @param type what all values are instances of
   * @param classLoader finds the classes of the values
   */
  public SerialFormat(Class<V> type, AllowList allowList, ClassLoader classLoader) {
    this.type = type;
    this.allowList = allowList;
    this.classLoader = classLoader;
  }

  @Override
  public String extension() {
    return "jser";
  }

  @Override
  public byte[] encode(V value) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new Output(bytes)) {
      out.writeObject(value);
    } catch (IOException | StackOverflowError e) {
      throw new FormatException(
          "cannot serialize a value of " + value.getClass().getName() + ": " + e.getMessage(), e);
    }
    return bytes.toByteArray();
  }

  @Override
  public V decode(byte[] bytes) {
    try (ObjectInputStream in = new Input(bytes)) {
      Object value = in.readObject();
      if (!type.isInstance(value)) {
        throw new FormatException(
            "it holds a "
                + (value == null ? "null" : value.getClass().getName())
                + ", not a "
                + type.getName());
      }
      return type.cast(value);
    } catch (ClassNotFoundException e) {
      throw new FormatException("its class " + e.getMessage() + " is not on the class path", e);
    } catch (InvalidClassException e) {
      throw new FormatException(
          "a class in it is not allowed or has changed: " + e.getMessage(), e);
    } catch (IOException | RuntimeException | StackOverflowError e) {
      throw e instanceof FormatException known
          ? known
          : new FormatException("it is not a serialized object: " + e, e);
    }
  }

  private final class Output extends ObjectOutputStream {
    Output(OutputStream out) throws IOException {
      super(out);
      enableReplaceObject(true);
    }

    /** Refuses before the stream would note the fault in itself, as an object to be read. */
    @Override
    protected Object replaceObject(Object object) {
      if (object instanceof Serializable) {
        return object;
      }
      throw new FormatException(object.getClass().getName() + " is not java.io.Serializable");
    }

    @Override
    protected void annotateClass(Class<?> type) {
      if (!allowList.allows(type)) {
        throw new FormatException(
            type.getName()
                + " is not on the allow-list of the format jser; declare it as the type of keys or"
                + " values, or add a pattern for it with the setting persidict.serial-filter");
      }
    }

    @Override
    protected void annotateProxyClass(Class<?> type) {
      throw new FormatException("a dynamic proxy cannot be stored: " + type.getName());
    }
  }

  private final class Input extends ObjectInputStream {
    Input(byte[] bytes) throws IOException {
      super(new ByteArrayInputStream(bytes));
      setObjectInputFilter(allowList.forStream(bytes.length));
    }

    @Override
    protected Class<?> resolveClass(ObjectStreamClass description)
        throws IOException, ClassNotFoundException {
      try {
        return Class.forName(description.getName(), false, classLoader);
      } catch (ClassNotFoundException e) {
        return super.resolveClass(description); // void and the primitive types, or the same again
      }
    }

    @Override
    protected Class<?> resolveProxyClass(String[] interfaces) throws IOException {
      throw new InvalidClassException("a dynamic proxy is never read");
    }
  }
}
