package io.persidict.format;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InvalidClassException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamClass;
import java.io.OutputStream;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Java serialization behind an {@link AllowList}, which is asked when a value is written, so that
 * the mistake shows there, and again when one is read, so that stored bytes cannot choose classes.
 *
 * @param <V> the values
 * @see <a href="https://docs.oracle.com/en/java/javase/17/docs/specs/serialization/">the format</a>
 */
public final class SerialFormat<V> implements Format<V> {
  /** Makes this format where its name is asked for. */
  public static final class Provider implements FormatProvider {
    /** For the service loader. */
    public Provider() {}

    @Override
    public String id() {
      return "jser";
    }

    @Override
    public boolean keepsTypes() {
      return true;
    }

    @Override
    public <V> Format<V> open(FormatContext<V> context) {
      return new SerialFormat<>(context.type(), context.allowList(), context.classLoader());
    }
  }

  /** What a stream holds before the length and the bytes of a lone {@code byte[]}. */
  private static final byte[] BYTES_HEAD =
      HexFormat.of().parseHex("aced0005757200025b42acf317f8060854e00200007870");

  /** What a stream holds before the length and the modified UTF-8 of a lone {@code String}. */
  private static final byte[] STRING_HEAD = HexFormat.of().parseHex("aced000574");

  private static final int MAX_STRING = 0xffff;

  private final Class<V> type;
  private final AllowList allowList;
  private final ClassLoader classLoader;
  private final boolean takesAllRecords;

  /**
   * A format for values of one class.
   *
   * @param type what all values are instances of
   * @param allowList the classes that may be made of stored bytes
   * @param classLoader finds the classes of the values
   */
  public SerialFormat(Class<V> type, AllowList allowList, ClassLoader classLoader) {
    this(type, allowList, classLoader, false);
  }

  private SerialFormat(
      Class<V> type, AllowList allowList, ClassLoader classLoader, boolean takesAllRecords) {
    this.type = type;
    this.allowList = allowList;
    this.classLoader = classLoader;
    this.takesAllRecords = takesAllRecords;
  }

  /**
   * {@return the format of keys, which may be or hold records that are not serializable, too}
   *
   * @param allowList the classes that may be made of stored bytes
   * @param classLoader finds the classes of the keys
   */
  public static SerialFormat<Object> ofKeys(AllowList allowList, ClassLoader classLoader) {
    return new SerialFormat<>(Object.class, allowList, classLoader, true);
  }

  @Override
  public String extension() {
    return "jser";
  }

  @Override
  public byte[] encode(V value) {
    if (value instanceof byte[] content) {
      return ByteBuffer.allocate(BYTES_HEAD.length + Integer.BYTES + content.length)
          .put(BYTES_HEAD)
          .putInt(content.length)
          .put(content)
          .array();
    }
    if (value instanceof String text && isPlain(text)) {
      return ByteBuffer.allocate(STRING_HEAD.length + Short.BYTES + text.length())
          .put(STRING_HEAD)
          .putShort((short) text.length())
          .put(text.getBytes(US_ASCII))
          .array();
    }
    return serialize(value);
  }

  /** Whether the stream holds the text as it is: short, and ASCII without NUL. */
  private static boolean isPlain(String text) {
    return text.length() <= MAX_STRING && text.chars().allMatch(c -> c > 0 && c < 128);
  }

  private byte[] serialize(V value) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new Output(bytes)) {
      out.writeObject(value);
    } catch (StackOverflowError e) {
      throw new FormatException(
          "a value of "
              + value.getClass().getName()
              + " is nested deeper than "
              + ValueCost.MAX_DEPTH
              + ", far too deep to be serialized",
          e);
    } catch (IOException | RuntimeException e) {
      throw e instanceof FormatException known
          ? known
          : new FormatException(
              "cannot serialize a value of " + value.getClass().getName() + ": " + e, e);
    }
    byte[] stream = bytes.toByteArray();
    if (takesAllRecords) {
      SerialScan.requireReadable(
          stream, this::classNamed); // a key is found by its bytes, whatever decoding costs
      return stream;
    }
    KeyWatch watch = SerialScan.requireBounded(stream, this::classNamed);
    if (!watch.isEmpty()) {
      try {
        deserialize(stream, watch); // what its keys cost is known when they are made
      } catch (FormatException e) {
        throw new FormatException(
            "a value of "
                + value.getClass().getName()
                + " could be written, but not be read again: "
                + e.getMessage(),
            e);
      }
    }
    return stream;
  }

  @Override
  public V decode(byte[] bytes) {
    Object value = decodeLone(bytes);
    return type.isInstance(value) ? type.cast(value) : deserialize(bytes);
  }

  /**
   * A lone {@code byte[]} or plain {@code String}, without the cost of a stream; otherwise null.
   */
  private @Nullable Object decodeLone(byte[] bytes) {
    if (startsWith(bytes, BYTES_HEAD, Integer.BYTES)) {
      int start = BYTES_HEAD.length + Integer.BYTES;
      return ByteBuffer.wrap(bytes).getInt(BYTES_HEAD.length) == bytes.length - start
          ? Arrays.copyOfRange(bytes, start, bytes.length)
          : null;
    }
    if (startsWith(bytes, STRING_HEAD, Short.BYTES)) {
      int start = STRING_HEAD.length + Short.BYTES;
      int length = Short.toUnsignedInt(ByteBuffer.wrap(bytes).getShort(STRING_HEAD.length));
      String text = new String(bytes, start, bytes.length - start, US_ASCII);
      return length == bytes.length - start && isPlain(text) ? text : null;
    }
    return null;
  }

  private static boolean startsWith(byte[] bytes, byte[] head, int more) {
    return bytes.length >= head.length + more
        && Arrays.equals(bytes, 0, head.length, head, 0, head.length);
  }

  private V deserialize(byte[] bytes) {
    return deserialize(bytes, SerialScan.requireBounded(bytes, this::classNamed));
  }

  private V deserialize(byte[] bytes, KeyWatch watch) {
    try (ObjectInputStream in = new Input(bytes, watch)) {
      Object value = in.readObject();
      if (!type.isInstance(value)) {
        throw new FormatException(
            "it holds a "
                + (value == null ? "null" : value.getClass().getName())
                + ", not a "
                + type.getName());
      }
      return type.cast(value);
    } catch (ClassNotFoundException | NoClassDefFoundError e) {
      throw new FormatException("its class " + e.getMessage() + " is not on the class path", e);
    } catch (InvalidClassException e) {
      throw new FormatException(
          "a class in it is not allowed or has changed: " + e.getMessage(), e);
    } catch (IOException | RuntimeException | Error e) {
      // Errors too: code of the classes named in the bytes runs here, and what it makes of bytes
      // that changed may be an InternalError, or too large; it is this value that is at fault.
      throw e instanceof FormatException known
          ? known
          : new FormatException("it is not a serialized object: " + e, e);
    }
  }

  // ---- classes

  /**
   * The class of that name, as the class loader finds it, or else the declared type of the values
   * and its neighbours, as {@code type}'s own loader does.
   */
  private Class<?> classNamed(String name) throws ClassNotFoundException {
    try {
      return Class.forName(name, false, classLoader);
    } catch (ClassNotFoundException e) {
      ClassLoader other = type.getClassLoader();
      if (other == null || other == classLoader) {
        throw e;
      }
      return Class.forName(name, false, other);
    }
  }

  /** Refuses what would be written, but not be read back. */
  private void requireFindable(Class<?> written) {
    if (written.getName().startsWith("java.") || written.isPrimitive()) {
      return;
    }
    Class<?> found;
    try {
      found = classNamed(written.getName());
    } catch (ClassNotFoundException | LinkageError e) {
      found = null;
    }
    if (found != written) {
      throw new FormatException(
          written.getName()
              + (found == null ? " is not found" : " is another class of that name")
              + " by the class loader that reads the values: "
              + classLoader
              + "; open the cache manager with the class loader of the values' classes, or declare"
              + " the class as the type of the values");
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
      Object stored = StoredCopies.of(object);
      if (stored == null) {
        stored = object instanceof Serializable ? object : StoredOptional.of(object);
      }
      if (stored != null) {
        return stored;
      }
      if (takesAllRecords && object instanceof Record value) {
        return RecordProxy.of(value);
      }
      throw new FormatException(object.getClass().getName() + " is not java.io.Serializable");
    }

    @Override
    protected void annotateClass(Class<?> type) {
      if (!allowList.allows(type)) {
        throw new FormatException(
            type.getName()
                + " is not on the allow-list of the format jser; declare it as the type of keys or"
                + " values, or add a pattern for it with the setting persidict.serial-filter"
                + examplePattern(type));
      }
      requireFindable(type);
      SerialConstructors.require(type);
    }

    /** None for a class of the JDK, whose package may hold what must not be read. */
    private static String examplePattern(Class<?> type) {
      ClassLoader loader = type.getClassLoader();
      boolean isOfTheJdk = loader == null || loader.equals(ClassLoader.getPlatformClassLoader());
      return isOfTheJdk || type.getPackageName().isEmpty()
          ? ""
          : ", such as " + type.getPackageName() + ".*";
    }

    @Override
    protected void annotateProxyClass(Class<?> type) {
      throw new FormatException("a dynamic proxy cannot be stored: " + type.getName());
    }
  }

  /** Tells the watch how the reader takes the bytes. */
  private static final class Source extends ByteArrayInputStream {
    private final KeyWatch watch;

    Source(byte[] bytes, KeyWatch watch) {
      super(bytes);
      this.watch = watch;
    }

    int position() {
      return pos;
    }

    @Override
    public synchronized int read() {
      watch.readsByte(pos);
      return super.read();
    }

    @Override
    public synchronized int read(byte[] into, int start, int length) {
      watch.readsBytes(pos, length);
      return super.read(into, start, length);
    }
  }

  private final class Input extends ObjectInputStream {
    private final Source source;
    private final KeyWatch watch;

    Input(byte[] bytes, KeyWatch watch) throws IOException {
      this(new Source(bytes, watch), bytes.length, watch);
    }

    private Input(Source source, int length, KeyWatch watch) throws IOException {
      super(source);
      this.source = source;
      this.watch = watch;
      setObjectInputFilter(allowList.forStream(length));
      watch.begin();
      enableResolveObject(true);
    }

    @Override
    protected Object resolveObject(Object object) {
      watch.made(object, source.position());
      return object;
    }

    @Override
    public void defaultReadObject() throws IOException, ClassNotFoundException {
      watch.readsFields(source.position());
      super.defaultReadObject();
    }

    @Override
    public GetField readFields() throws IOException, ClassNotFoundException {
      watch.readsFields(source.position());
      return super.readFields();
    }

    @Override
    protected Class<?> resolveClass(ObjectStreamClass description)
        throws IOException, ClassNotFoundException {
      Class<?> type;
      try {
        type = classNamed(description.getName());
      } catch (ClassNotFoundException e) {
        if (!SerialClass.PRIMITIVE.contains(description.getName())) {
          throw e; // though another class loader might find it, which SerialScan does not ask
        }
        type = super.resolveClass(description);
      }
      if (!allowList.allows(type)) { // as the filter would find, but without naming it
        throw new InvalidClassException(type.getName(), "it is not on the allow-list");
      }
      return type;
    }

    @Override
    protected Class<?> resolveProxyClass(String[] interfaces) throws IOException {
      throw new InvalidClassException("a dynamic proxy is never read");
    }
  }
}
