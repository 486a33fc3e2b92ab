package io.persidict.format;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.Externalizable;
import java.io.IOException;
import java.io.InvalidObjectException;
import java.io.ObjectInput;
import java.io.ObjectInputStream;
import java.io.ObjectOutput;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamClass;
import java.io.ObjectStreamConstants;
import java.io.ObjectStreamField;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.lang.Character.UnicodeScript;
import java.lang.management.ManagementFactory;
import java.net.URL;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Calendar;
import java.util.Date;
import java.util.GregorianCalendar;
import java.util.HashSet;
import java.util.Hashtable;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TimeZone;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * That the scan of a serialized value sees what the JDK will read. Each hostile stream here means
 * little to a reader that is careless in one place, and too much to the JDK.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class SerialScanTest {
  private static final int SERIALIZABLE = ObjectStreamConstants.SC_SERIALIZABLE;
  private static final int WRITE_METHOD = ObjectStreamConstants.SC_WRITE_METHOD;
  private static final int EXTERNAL =
      ObjectStreamConstants.SC_EXTERNALIZABLE | ObjectStreamConstants.SC_BLOCK_DATA;

  private static final int MANY = 3_000;

  /** Of lists that take some seconds to hash. */
  private static final int LEVELS = 26;

  /** More strings than there are handles after them to which the reader refers. */
  private static final int HIDDEN = 80;

  record Point(int x, Object other) implements Serializable {}

  /** Holds an object whose class, and the field itself, are gone when it is read. */
  static final class Holder implements Serializable {
    private static final long serialVersionUID = 1L;
    final Gone gone = new Gone();
    final String kept = "kept";
  }

  static final class Gone implements Serializable {
    private static final long serialVersionUID = 1L;
  }

  /** Reads and writes itself without its fields. */
  static class Own implements Serializable {
    private static final long serialVersionUID = 1L;
    private int x;
    private String text = "";

    private void writeObject(ObjectOutputStream out) throws IOException {
      out.writeInt(x);
      out.writeObject(text);
    }

    private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
      x = in.readInt();
      text = (String) in.readObject();
    }
  }

  /** Is written by its fields, whatever a stream says. */
  static final class Plain implements Serializable {
    private static final long serialVersionUID = 1L;
    int number;
    Object other = "";
  }

  /** Reads its fields, and then looks at them. */
  static final class Checked implements Serializable {
    private static final long serialVersionUID = 1L;
    int number;

    private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
      in.defaultReadObject();
      if (number < 0) {
        throw new InvalidObjectException("a negative number");
      }
    }
  }

  /** Asks for its fields by name. */
  static final class Asking implements Serializable {
    private static final long serialVersionUID = 1L;
    int number = 5;

    private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
      number = in.readFields().get("number", 0);
    }
  }

  static class Empty implements Serializable {
    private static final long serialVersionUID = 1L;

    private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
      in.defaultReadObject();
    }
  }

  /** Begins where its superclass, which has no fields, ends. */
  static final class Numbered extends Empty {
    private static final long serialVersionUID = 1L;
    int number;

    private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
      in.defaultReadObject();
    }
  }

  /** Writes a number before its fields, which are objects. */
  static final class Late implements Serializable {
    private static final long serialVersionUID = 1L;
    String text = "";
    Object other = List.of();

    private void writeObject(ObjectOutputStream out) throws IOException {
      out.writeInt(1);
      out.writeObject("first");
      out.defaultWriteObject();
    }

    private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
      in.readInt();
      in.readObject();
      in.defaultReadObject();
    }
  }

  /** Writes less than its fields, which is as long in a block. */
  static final class Brief implements Serializable {
    private static final long serialVersionUID = 1L;
    private int x;
    private short unused;

    private void writeObject(ObjectOutputStream out) throws IOException {
      out.writeInt(x);
    }

    private void readObject(ObjectInputStream in) throws IOException {
      x = in.readInt();
    }
  }

  /** Asks for its fields below a class that does not. */
  static final class OwnNumbered extends Own {
    private static final long serialVersionUID = 1L;
    int number;

    private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
      in.defaultReadObject();
    }
  }

  /** Does not ask for its fields below a class that does, but has none. */
  static final class EmptyOwn extends Empty {
    private static final long serialVersionUID = 1L;
    private int x;

    private void writeObject(ObjectOutputStream out) throws IOException {
      out.writeInt(x);
    }

    private void readObject(ObjectInputStream in) throws IOException {
      x = in.readInt();
    }
  }

  static class Owner implements Serializable {
    private static final long serialVersionUID = 1L;
    Object part = new Own();
  }

  /** Asks for its fields where an object ends. */
  static final class OwnerNumbered extends Owner {
    private static final long serialVersionUID = 1L;
    int number;

    private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
      in.defaultReadObject();
    }
  }

  /** Writes one of its fields before all of them. */
  static final class LateOwner implements Serializable {
    private static final long serialVersionUID = 1L;
    Own part = new Own();
    String text = "";

    private void writeObject(ObjectOutputStream out) throws IOException {
      out.writeObject(part);
      out.defaultWriteObject();
    }

    private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
      in.readObject();
      in.defaultReadObject();
    }
  }

  /** Holds an object that holds one whose class is gone, in a field that is gone. */
  static final class Keeping implements Serializable {
    private static final long serialVersionUID = 1L;
    final OwnerNumbered gone = new OwnerNumbered();
    final String kept = "kept";
  }

  /** Looks at what is there before its fields. */
  static class Looking implements Serializable {
    private static final long serialVersionUID = 1L;
    int number;

    private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
      in.available();
      in.defaultReadObject();
    }
  }

  /** Writes a number before its fields, of which one is a number. */
  static final class LateNumber implements Serializable {
    private static final long serialVersionUID = 1L;
    int number;

    private void writeObject(ObjectOutputStream out) throws IOException {
      out.writeInt(1);
      out.defaultWriteObject();
    }

    private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
      in.readInt();
      in.defaultReadObject();
    }
  }

  /** Reads its fields, and then looks at them. */
  static class Positive implements Serializable {
    private static final long serialVersionUID = 1L;
    int number;

    private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
      in.defaultReadObject();
      if (number < 0) {
        throw new InvalidObjectException("a negative number");
      }
    }
  }

  static final class NamedPositive extends Positive {
    private static final long serialVersionUID = 1L;
    String name = "";
  }

  /** Never asks for its fields, but for an object. */
  static class Spoken implements Serializable {
    private static final long serialVersionUID = 1L;
    private String text = "";

    private void writeObject(ObjectOutputStream out) throws IOException {
      out.writeObject(text);
    }

    private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
      text = (String) in.readObject();
    }
  }

  static final class NamedSpoken extends Spoken {
    private static final long serialVersionUID = 1L;
    String name = "";
  }

  /** Never asks for its fields, but for data. */
  static class Told implements Serializable {
    private static final long serialVersionUID = 1L;
    private String text = "";

    private void writeObject(ObjectOutputStream out) throws IOException {
      out.writeUTF(text);
    }

    private void readObject(ObjectInputStream in) throws IOException {
      text = in.readUTF();
    }
  }

  static final class NamedTold extends Told {
    private static final long serialVersionUID = 1L;
    String name = "";
  }

  enum Mood {
    GLAD
  }

  /** Is never read. */
  static final class Unreadable implements Serializable {
    private static final long serialVersionUID = 1L;
    final String text = "text";

    private Object readResolve() throws InvalidObjectException {
      throw new InvalidObjectException(text);
    }
  }

  /** Does without what cannot be read. */
  static final class Lenient implements Serializable {
    private static final long serialVersionUID = 1L;
    private transient Object part;

    Lenient(Object part) {
      this.part = part;
    }

    private void writeObject(ObjectOutputStream out) throws IOException {
      out.defaultWriteObject();
      out.writeObject(part);
    }

    private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
      in.defaultReadObject();
      try {
        part = in.readObject();
      } catch (InvalidObjectException e) {
        part = "none";
      }
    }
  }

  /** Counts how often it is hashed. */
  static final class Counting implements Serializable {
    private static final long serialVersionUID = 1L;
    static int hashed;

    @Override
    public boolean equals(Object other) {
      return this == other;
    }

    @Override
    public int hashCode() {
      return ++hashed;
    }
  }

  static class Base implements Serializable {
    private static final long serialVersionUID = 1L;
    int inherited = 1;
  }

  /** Externalizable, unlike its superclass. */
  public static class External extends Base implements Externalizable {
    private static final long serialVersionUID = 1L;
    String text = "";

    public External() {}

    @Override
    public void writeExternal(ObjectOutput out) throws IOException {
      out.writeInt(inherited);
      out.writeObject(text);
    }

    @Override
    public void readExternal(ObjectInput in) throws IOException, ClassNotFoundException {
      inherited = in.readInt();
      text = (String) in.readObject();
    }
  }

  /** Externalizable, as its superclass is. */
  public static final class MoreExternal extends External {
    private static final long serialVersionUID = 1L;

    public MoreExternal() {}
  }

  /** A record, which is written as one. */
  @SuppressWarnings("serial") // that these are not called is what is tested
  public record ExternalPoint(int x, String text) implements Externalizable {
    @Override
    public void writeExternal(ObjectOutput out) {
      throw new AssertionError("never called");
    }

    @Override
    public void readExternal(ObjectInput in) {
      throw new AssertionError("never called");
    }
  }

  private final SerialFormat<Object> format =
      new SerialFormat<>(
          Object.class,
          new AllowList(
              List.of(
                  Point.class,
                  Holder.class,
                  Gone.class,
                  Own.class,
                  Plain.class,
                  Checked.class,
                  Asking.class,
                  Empty.class,
                  Numbered.class,
                  Late.class,
                  Brief.class,
                  OwnNumbered.class,
                  EmptyOwn.class,
                  Owner.class,
                  OwnerNumbered.class,
                  LateOwner.class,
                  Keeping.class,
                  Looking.class,
                  LateNumber.class,
                  Positive.class,
                  NamedPositive.class,
                  Spoken.class,
                  NamedSpoken.class,
                  Told.class,
                  NamedTold.class,
                  Mood.class,
                  Unreadable.class,
                  Lenient.class,
                  Counting.class,
                  Base.class,
                  External.class,
                  MoreExternal.class,
                  ExternalPoint.class,
                  UnicodeScript.class),
              ""),
          SerialScanTest.class.getClassLoader());

  // ---- streams

  /** Writes what no {@code ObjectOutputStream} writes; counts handles as the JDK will. */
  private static final class Bytes {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final DataOutputStream out = new DataOutputStream(bytes);
    private int handles;

    /** What is to be put into a stream after {@code handles} others. */
    Bytes(int handles) {
      this.handles = handles;
    }

    /** A whole stream. */
    Bytes() {
      put(0xac, 0xed, 0, 5);
    }

    Bytes put(int... each) {
      for (int one : each) {
        bytes.write(one);
      }
      return this;
    }

    Bytes put(byte[] all) {
      bytes.writeBytes(all);
      return this;
    }

    Bytes number(int number) {
      return put(number >> 24, number >> 16, number >> 8, number);
    }

    private Bytes utf(String text) {
      try {
        out.writeUTF(text);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return this;
    }

    Bytes string(String text) {
      handles++;
      return put(ObjectStreamConstants.TC_STRING).utf(text);
    }

    Bytes reference(int handle) {
      return put(ObjectStreamConstants.TC_REFERENCE)
          .number(ObjectStreamConstants.baseWireHandle + handle);
    }

    Bytes block(int length) {
      return put(ObjectStreamConstants.TC_BLOCKDATALONG).number(length);
    }

    /** Begins the description of a class with so many fields. */
    Bytes description(String name, long version, int flags, int fields) {
      handles++;
      return put(ObjectStreamConstants.TC_CLASSDESC)
          .utf(name)
          .number((int) (version >> 32))
          .number((int) version)
          .put(flags, fields >> 8, fields);
    }

    Bytes description(Class<?> type, int flags, int fields) {
      long version = ObjectStreamClass.lookupAny(type).getSerialVersionUID();
      return description(type.getName(), version, flags, fields);
    }

    Bytes field(char type, String name) {
      return put(type).utf(name);
    }

    Bytes endOfDescription() {
      return put(ObjectStreamConstants.TC_ENDBLOCKDATA);
    }

    Bytes noSuperclass() {
      return endOfDescription().put(ObjectStreamConstants.TC_NULL);
    }

    /** An object of the class that follows. */
    Bytes object() {
      return put(ObjectStreamConstants.TC_OBJECT);
    }

    /** What follows is of an object or array, whose class is whole. */
    Bytes begun() {
      handles++;
      return this;
    }

    /** Begins a list; it ends with {@link #end}. */
    Bytes list(int size) {
      return object()
          .description(ArrayList.class, SERIALIZABLE | WRITE_METHOD, 1)
          .field('I', "size")
          .noSuperclass()
          .begun()
          .elements(size);
    }

    /** What a list writes before its elements. */
    Bytes elements(int size) {
      return number(size).put(ObjectStreamConstants.TC_BLOCKDATA, 4).number(size);
    }

    Bytes end() {
      return put(ObjectStreamConstants.TC_ENDBLOCKDATA);
    }

    /** A list of a list twice, and so on, which a reader must not let pass. */
    Bytes tower() {
      list(2);
      int type = handles - 2;
      for (int level = 60; level > 0; level--) {
        object().reference(type).begun().elements(2);
      }
      string("x").reference(handles - 1).end();
      for (int last = handles - 2; last > type + 1; last--) {
        reference(last).end();
      }
      return this;
    }

    /** Begins a list, and in it the class of sets, which are handles 0 and 2. */
    Bytes listWithSets(int size) {
      return list(size)
          .put(ObjectStreamConstants.TC_CLASS)
          .description(HashSet.class, SERIALIZABLE | WRITE_METHOD, 0)
          .noSuperclass()
          .begun();
    }

    /** Fields of one byte each. */
    Bytes numbers(int count) {
      for (int i = 0; i < count; i++) {
        field('B', "field" + i);
      }
      return this;
    }

    /** Strings that the reader does not take for strings, so that they are no handles to it. */
    Bytes noStrings(int count) {
      for (int i = 0; i < count; i++) {
        put(ObjectStreamConstants.TC_STRING, 0, 0);
      }
      return this;
    }

    /** A set of a tower, within {@link #listWithSets}, for whose handles the scan sees strings. */
    Bytes setOfTower() {
      object()
          .reference(2)
          .begun()
          .put(ObjectStreamConstants.TC_BLOCKDATA, 12)
          .number(16)
          .number(Float.floatToIntBits(0.75f))
          .number(1);
      int first = handles;
      for (int level = 0; level < LEVELS; level++) {
        object().reference(0).begun().elements(2);
      }
      string("x").reference(handles - 1).end();
      for (int last = handles - 2; last > first; last--) {
        reference(last).end();
      }
      return end();
    }

    byte[] done() {
      return bytes.toByteArray();
    }
  }

  private static byte[] serialized(Object value) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(value);
    }
    return bytes.toByteArray();
  }

  private static byte[] replaced(byte[] stream, String what, String by) {
    String text = new String(stream, ISO_8859_1);
    assertThat(text).contains(what);
    return text.replace(what, by).getBytes(ISO_8859_1);
  }

  private void assertRefused(byte[] stream) {
    assertThatExceptionOfType(FormatException.class).isThrownBy(() -> format.decode(stream));
  }

  // ---- grammar

  @Test
  void whatIsHiddenBelowIsRefusedWhereItIsSeen() {
    assertThatExceptionOfType(FormatException.class)
        .isThrownBy(() -> format.decode(new Bytes().tower().done()))
        .withMessageContaining("too long to hash");
  }

  @ParameterizedTest
  @ValueSource(strings = {"[Bx", "[B;", "[", "[x", "[Lx", "B"})
  void anArrayOfAClassThatIsNone(String name) {
    byte[] hidden = new Bytes(4).tower().done();
    byte[] nulls = new byte[hidden.length - 1];
    Arrays.fill(nulls, ObjectStreamConstants.TC_NULL);
    assertRefused(
        new Bytes()
            .list(0)
            .put(ObjectStreamConstants.TC_ARRAY)
            .description(name, 1, SERIALIZABLE, 0)
            .noSuperclass()
            .number(hidden.length) // of bytes, and nulls after them, or of objects
            .put(hidden)
            .put(nulls)
            .end()
            .done());
  }

  @Test
  void aNegativeNumberOfFields() {
    int most = 0x7000;
    byte[] hidden = new Bytes(2).tower().done();
    Bytes stream =
        new Bytes()
            .put(ObjectStreamConstants.TC_ARRAY)
            .description(Object[].class, SERIALIZABLE, 0x8000)
            // either one field with a name of 0x7000 bytes, or an end, a null and an array's length
            .put(ObjectStreamConstants.TC_ENDBLOCKDATA, ObjectStreamConstants.TC_NULL, 0)
            .put(0, 0, 1)
            .put(hidden)
            .put(new byte[most - 3 - hidden.length]);
    for (int i = 1; i < 0x8000; i++) {
      stream.field('I', "");
    }
    assertRefused(stream.noSuperclass().number(0).done());
  }

  @ParameterizedTest
  @ValueSource(strings = {"I", "x", ""})
  void aFieldWhoseLetterIsNotThatOfItsType(String type) {
    byte[] hidden = new Bytes(3).elements(0).tower().end().done();
    byte[] seen = Arrays.copyOfRange(hidden, 4, hidden.length);
    assertRefused(
        new Bytes()
            .object()
            .description(ArrayList.class, SERIALIZABLE | WRITE_METHOD, 2)
            .field('I', "size")
            .field('L', "text")
            .string(type)
            .noSuperclass()
            .number(0)
            // either four bytes of a number, or the beginning of a string
            .put(ObjectStreamConstants.TC_STRING, (1 + seen.length) >> 8, 1 + seen.length, 0)
            .put(seen)
            .put(ObjectStreamConstants.TC_BLOCKDATA, 4)
            .number(0)
            .end()
            .done());
  }

  @ParameterizedTest
  @ValueSource(strings = {"java.util.HashSet", "java.net.URL"})
  void aNameThatIsLongerThanItNeedsToBe(String name) throws Exception {
    Set<Object> set = new HashSet<>(4, name.endsWith("Set") ? 1e-9f : 1);
    byte[] stream = serialized(set);
    if (name.endsWith("URL")) {
      set.add(new URL("file:/x")); // which asks no name server
      stream = serialized(set);
    }
    assertRefused(stream);
    String length = "\0" + (char) name.length();
    String longer = "\0" + (char) (name.length() + 1) + "\u00c1\u00aa"; // a j of two bytes
    assertRefused(replaced(stream, length + name, longer + name.substring(1)));
  }

  @Test
  void namesThatAreNotAsciiAreRead() {
    byte[] stream =
        new Bytes()
            .object()
            .description(Base.class, SERIALIZABLE, 2)
            .field('I', "gr\u00f6\u00dfe \u20ac \ud835\udc00 \0")
            .field('I', "inherited")
            .noSuperclass()
            .number(6)
            .number(7)
            .done();
    assertThat(((Base) format.decode(stream)).inherited).isEqualTo(7);
  }

  @Test
  void bytesAfterTheObject() throws Exception {
    for (Object value : List.of("text", new byte[] {1}, new ArrayList<>(List.of(1)), 5)) {
      byte[] stream = serialized(value);
      assertThatNoException().isThrownBy(() -> format.decode(stream));
      assertRefused(Arrays.copyOf(stream, stream.length + 1));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 8, 9, 12, 13})
  void aSuperclassThatSaysItHasNoFields(int flags) {
    boolean hasMore = (flags & WRITE_METHOD) != 0;
    Bytes hidden = new Bytes(3);
    hidden = hasMore ? hidden.tower().end().elements(0) : hidden.elements(0).tower();
    byte[] seen = hidden.end().done();
    assertRefused(
        new Bytes()
            .object()
            .description(ArrayList.class, SERIALIZABLE | WRITE_METHOD, 1)
            .field('I', "size")
            .endOfDescription()
            .description("x.Gone", 1, flags, 1)
            .field('J', "number")
            .noSuperclass()
            .block(3 + seen.length) // or a number
            .put(0, 0, 0)
            .put(seen)
            .end()
            .elements(0)
            .end()
            .done());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void aClassThatIsGoneAndSaysItHasNoFields(int flags) {
    Bytes hidden = new Bytes(4).tower();
    byte[] seen = ((flags & WRITE_METHOD) != 0 ? hidden.end() : hidden).end().done();
    assertRefused(
        new Bytes()
            .list(0)
            .object()
            .description("x.Gone", 1, flags, 1)
            .field('J', "number")
            .noSuperclass()
            .block(3 + seen.length)
            .put(0, 0, 0)
            .put(seen)
            .put((flags & WRITE_METHOD) != 0 ? new byte[] {0x78, 0x78} : new byte[] {0x78})
            .done());
  }

  @Test
  void theSuperclassOfAnExternalizableClass() throws Exception {
    byte[] seen =
        new Bytes(3)
            .put(ObjectStreamConstants.TC_BLOCKDATA, 13, 1) // a Duration
            .put(new byte[12])
            .tower()
            .end()
            .done();
    Bytes stream =
        new Bytes()
            .object()
            .description(Class.forName("java.time.Ser"), EXTERNAL, 0)
            .endOfDescription()
            .description("x.Gone", 1, SERIALIZABLE, seen.length);
    for (int i = 0; i < seen.length; i++) {
      stream.field('B', "field" + i);
    }
    assertRefused(stream.noSuperclass().put(seen).end().done());
  }

  @Test
  void externalizableClassesAreRead() {
    External one = new External();
    one.inherited = 7;
    one.text = "seven";
    MoreExternal other = new MoreExternal();
    other.text = "eight";
    ExternalPoint point = new ExternalPoint(9, "nine");
    List<?> read =
        (List<?>) format.decode(format.encode(new ArrayList<>(List.of(one, other, point, "end"))));
    assertThat(((External) read.get(0)).inherited).isEqualTo(7);
    assertThat(((External) read.get(0)).text).isEqualTo("seven");
    assertThat(((External) read.get(1)).text).isEqualTo("eight");
    assertThat(read.get(2)).isEqualTo(point);
    assertThat(read.get(3)).isEqualTo("end");
  }

  @Test
  void aRecordThatSaysItWritesMore() throws Exception {
    Set<Object> set = new LinkedHashSet<>(List.of(new Point(1, "")));
    set.addAll(colliding());
    byte[] stream = serialized(set);
    assertTooLong(stream);
    int name = new String(stream, ISO_8859_1).indexOf(Point.class.getName());
    stream[name + Point.class.getName().length() + Long.BYTES] |= WRITE_METHOD;
    stream = Arrays.copyOf(stream, stream.length + 1);
    stream[stream.length - 1] = ObjectStreamConstants.TC_ENDBLOCKDATA; // of the record, or none
    assertRefused(stream);
  }

  @Test
  void aClassWhoseSuperclassIsItself() {
    assertRefused(
        new Bytes()
            .put(ObjectStreamConstants.TC_CLASS)
            .description(Base.class, SERIALIZABLE, 0)
            .endOfDescription()
            .reference(0)
            .done());
  }

  @Test
  void moreSuperclassesThanAClassHas() {
    Bytes stream = new Bytes().list(MANY);
    for (int i = 0; i < MANY; i++) {
      stream
          .put(ObjectStreamConstants.TC_CLASS)
          .description("x.Gone" + i, 1, SERIALIZABLE, 0)
          .endOfDescription();
      (i == 0 ? stream.put(ObjectStreamConstants.TC_NULL) : stream.reference(2 * i)).begun();
    }
    assertThatExceptionOfType(FormatException.class)
        .isThrownBy(() -> format.decode(stream.end().done()))
        .withMessageContaining("superclasses");
  }

  // ---- what is told from names

  @Test
  void aLoadFactorInASecondBlock() throws Exception {
    byte[] stream = serialized(new HashSet<>(4, 1e-9f));
    assertRefused(stream);
    int start = stream.length - 15;
    assertRefused(
        new Bytes(0)
            .put(Arrays.copyOf(stream, start))
            .put(ObjectStreamConstants.TC_BLOCKDATA, 4)
            .put(Arrays.copyOfRange(stream, start + 2, start + 6))
            .put(ObjectStreamConstants.TC_BLOCKDATA, 8)
            .put(Arrays.copyOfRange(stream, start + 6, stream.length))
            .done());
  }

  /** Keys of one chain. */
  private static byte[] table() throws Exception {
    int chains = (int) ((MANY + MANY / 20) / 0.75f) + 3;
    int odd = (chains & 1) == 0 ? chains - 1 : chains;
    Map<Object, Integer> table = new Hashtable<>();
    IntStream.range(0, MANY).forEach(i -> table.put(i * odd, i));
    return serialized(table);
  }

  @Test
  void aSecondNumberOfChains() throws Exception {
    byte[] stream = table();
    assertTooLong(stream);
    assertRefused(
        new Bytes(0)
            .put(Arrays.copyOf(stream, stream.length - 1))
            .put(ObjectStreamConstants.TC_BLOCKDATA, 8)
            .number(2_000_000)
            .number(1_000_000)
            .end()
            .done());
  }

  @Test
  void aTableWithoutALoadFactor() throws Exception {
    assertTooLong(replaced(table(), "loadFactor", "loadFactox"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"count", "last"})
  void aSecondNumberOfCopies(String name) {
    assertRefused(
        new Bytes()
            .object()
            .description(StoredCopies.class, SERIALIZABLE, 3)
            .field('I', "count")
            .field('I', name)
            .field('L', "element")
            .string("Ljava/lang/Object;")
            .noSuperclass()
            .begun()
            .number(Integer.MAX_VALUE)
            .number(1)
            .string("x")
            .done());
  }

  @Test
  void aUrlInAListThatIsStillBeingRead() throws Exception {
    List<Object> list = new ArrayList<>();
    list.add(new URL("file:/x")); // which asks no name server
    Set<Object> set = new HashSet<>();
    list.add(new Object[] {set});
    set.add(list);
    byte[] stream = serialized(list);
    assertThatExceptionOfType(FormatException.class)
        .isThrownBy(() -> format.decode(stream))
        .withMessageContaining("java.net.URI");
  }

  @Test
  void aSetOfAListThatIsStillBeingRead() {
    assertRefused(
        new Bytes()
            .object()
            .description(CopyOnWriteArrayList.class, SERIALIZABLE | WRITE_METHOD, 0)
            .noSuperclass()
            .begun()
            .put(ObjectStreamConstants.TC_BLOCKDATA, 4)
            .number(2)
            .string("x")
            .put(ObjectStreamConstants.TC_ARRAY)
            .description(Object[].class, SERIALIZABLE, 0)
            .noSuperclass()
            .number(1)
            .object()
            .description(CopyOnWriteArraySet.class, SERIALIZABLE, 1)
            .field('L', "al")
            .string("Ljava/util/concurrent/CopyOnWriteArrayList;")
            .noSuperclass()
            .reference(1)
            .end()
            .done());
  }

  // ---- keys

  /** Lists of one hash code. */
  private static Set<Object> colliding() {
    return IntStream.range(0, MANY)
        .mapToObj(i -> new ArrayList<Object>(List.of(i, -31 * i)))
        .collect(Collectors.toSet());
  }

  private void assertTooLong(byte[] stream) {
    assertThatExceptionOfType(FormatException.class)
        .isThrownBy(() -> format.decode(stream))
        .withMessageContaining("too long to hash");
  }

  private static byte[] withoutTheClassGone(Object value) throws Exception {
    byte[] stream = replaced(serialized(value), "$Gone", "$Gonf");
    return replaced(stream, "gone", "gonf");
  }

  @Test
  void aFieldThatIsGoneWithItsClassIsSkipped() throws Exception {
    Object value = new ArrayList<>(List.of(new Holder(), "x", Map.of("k", new Holder())));
    List<?> read = (List<?>) format.decode(withoutTheClassGone(value));
    assertThat(((Holder) read.get(0)).kept).isEqualTo("kept");
    assertThat(((Holder) read.get(0)).gone).isNull();
    assertThat(read.get(1)).isEqualTo("x");
  }

  @Test
  void anObjectThatIsSkippedDoesNotHideKeys() throws Exception {
    Object value = new Object[] {new Holder(), colliding()};
    assertTooLong(serialized(value));
    assertRefused(withoutTheClassGone(value));
  }

  @Test
  void anObjectThatIsSkippedBesideManyKeys() throws Exception {
    Set<Object> keys =
        IntStream.range(0, 4 * KeyWatch.FEW)
            .mapToObj(i -> new Point(i, List.of(i)))
            .collect(Collectors.toSet());
    Object value = new ArrayList<>(List.of(new Holder(), keys, new Holder()));
    List<?> read = (List<?>) format.decode(withoutTheClassGone(value));
    assertThat(((Holder) read.get(0)).kept).isEqualTo("kept");
    assertThat(read.get(1)).isEqualTo(keys);
  }

  @Test
  void aFieldThatIsGoneWithItsClassInEachOfManyKeys() throws Exception {
    Set<Holder> keys =
        Stream.generate(Holder::new).limit(4 * KeyWatch.FEW).collect(Collectors.toSet());
    Set<?> read = (Set<?>) format.decode(withoutTheClassGone(keys));
    assertThat(read).hasSize(keys.size());
  }

  @Test
  void anObjectThatIsNotReadDoesNotHideKeys() throws Exception {
    Object lenient = new Lenient(new Unreadable());
    List<Object> value = new ArrayList<>(List.of(lenient, colliding(), lenient));
    assertTooLong(serialized(value));
    value.set(1, Set.of(1));
    assertThatNoException().isThrownBy(() -> format.decode(serialized(value)));
  }

  @Test
  void keysThatAreNotRead() throws Exception {
    Set<Object> keys =
        Stream.generate(Unreadable::new).limit(4 * KeyWatch.FEW).collect(Collectors.toSet());
    List<Object> value = new ArrayList<>();
    keys.forEach(key -> value.add(new Lenient(key)));
    value.add(keys); // which are there now, though they were not read
    assertThatExceptionOfType(FormatException.class)
        .isThrownBy(() -> format.decode(serialized(value)))
        .withMessageContaining("not read as it was weighed");
  }

  /** The JDK makes strings of the types of fields, and tells nobody. */
  @Test
  void keysThatAreTypesOfFields() {
    List<String> types = List.of("L");
    while (types.size() < MANY) {
      types = types.stream().flatMap(s -> Stream.of(s + "Aa", s + "BB")).toList();
    }
    Bytes stream = new Bytes().list(2 * MANY + 1);
    for (int i = 0; i < MANY; i++) {
      stream
          .put(ObjectStreamConstants.TC_CLASS)
          .description(ArrayList.class, SERIALIZABLE, 1)
          .field('L', "text")
          .string(types.get(i) + ";")
          .noSuperclass()
          .begun()
          .string("text" + i);
    }
    stream
        .object()
        .description(Hashtable.class, SERIALIZABLE | WRITE_METHOD, 0)
        .noSuperclass()
        .begun()
        .put(ObjectStreamConstants.TC_BLOCKDATA, 8)
        .number(5 * MANY)
        .number(MANY);
    for (int i = 0; i < MANY; i++) {
      stream.reference(3 + 4 * i).reference(5 + 4 * i);
    }
    assertTooLong(stream.end().end().done());
  }

  @Test
  void keysThatAreNamesOfEnumsAreRead() {
    UnicodeScript[] scripts = UnicodeScript.values();
    Object value =
        new ArrayList<Object>(
            List.of(
                scripts,
                Arrays.stream(scripts).map(UnicodeScript::name).collect(Collectors.toSet()),
                Set.of(Arrays.stream(scripts).map(UnicodeScript::name).toArray()),
                new Hashtable<>(
                    Arrays.stream(scripts)
                        .collect(Collectors.toMap(UnicodeScript::name, script -> script)))));
    List<?> read = (List<?>) format.decode(format.encode(value));
    assertThat((Object[]) read.get(0)).isEqualTo(scripts);
    assertThat(read.get(2)).isEqualTo(((List<?>) value).get(2));
    assertThat(read.get(3)).isEqualTo(((List<?>) value).get(3));
  }

  // ---- classes that are found, and objects that are not read

  @Test
  void aClassThatOnlyPersidictsOwnLoaderFinds() throws Exception {
    SerialFormat<Object> other =
        new SerialFormat<>(
            Object.class,
            new AllowList(List.of(Plain.class), ""),
            ClassLoader.getPlatformClassLoader());
    byte[] stream = serialized(new Plain());
    assertThatExceptionOfType(FormatException.class)
        .isThrownBy(() -> other.decode(stream))
        .withMessageContaining("is not on the class path");
    List<Class<?>> primitive =
        List.of(
            boolean.class,
            byte.class,
            char.class,
            short.class,
            int.class,
            long.class,
            float.class,
            double.class,
            void.class);
    assertThat(other.decode(other.encode(new ArrayList<>(primitive)))).isEqualTo(primitive);
  }

  @Test
  void anObjectThatDoesWithoutAnEnumConstantThatIsGone() throws Exception {
    List<?> value = new ArrayList<>(List.of(new Lenient(Mood.GLAD), "end"));
    List<?> read = (List<?>) format.decode(replaced(serialized(value), "GLAD", "GONE"));
    assertThat(((Lenient) read.get(0)).part).isEqualTo("none");
    assertThat(read.get(1)).isEqualTo("end");
  }

  @Test
  void anObjectThatDoesWithoutWhatIsNotReplaced() throws Exception {
    List<?> value = new ArrayList<>(List.of(new Lenient(new Unreadable()), "end"));
    List<?> read = (List<?>) format.decode(serialized(value));
    assertThat(((Lenient) read.get(0)).part).isEqualTo("none");
    assertThat(read.get(1)).isEqualTo("end");
  }

  // ---- classes that read themselves

  @Test
  void aRecordThatHoldsItselfWouldBeNullThere() throws Exception {
    List<Object> list = new ArrayList<>();
    Point point = new Point(1, list);
    list.add(point);
    byte[] stream = serialized(point);
    assertThatExceptionOfType(FormatException.class)
        .isThrownBy(() -> format.decode(stream))
        .withMessageContaining("a record that holds itself");
    assertThatExceptionOfType(FormatException.class)
        .isThrownBy(() -> format.encode(point))
        .withMessageContaining("a record that holds itself");
  }

  /** With fields, its first object is a number and null; without them, a string and null. */
  @Test
  void aClassWithoutAReaderOfItsOwnHasWrittenItsFields() {
    Bytes stream =
        new Bytes()
            .put(ObjectStreamConstants.TC_ARRAY)
            .description(Object[].class, SERIALIZABLE, 0)
            .noSuperclass()
            .begun()
            .number(3);
    plain(stream).put(ObjectStreamConstants.TC_STRING, 0, 1, 'x').put(0x70).end();
    int keys = 2 * KeyWatch.FEW;
    stream
        .object()
        .description(HashSet.class, SERIALIZABLE | WRITE_METHOD, 0)
        .noSuperclass()
        .put(ObjectStreamConstants.TC_BLOCKDATA, 12)
        .number(keys)
        .number(Float.floatToIntBits(1))
        .number(keys);
    for (int i = 0; i < keys; i++) {
      stream.object().description(Counting.class, SERIALIZABLE, 0).noSuperclass();
    }
    stream.end();
    plain(stream).put(0x70, 0x70, 0x70, 0x70).end();
    Counting.hashed = 0;
    assertRefused(stream.done());
    assertThat(Counting.hashed).as("keys that were read").isZero();
  }

  private static Bytes plain(Bytes stream) {
    return stream
        .object()
        .description(Plain.class, SERIALIZABLE | WRITE_METHOD, 2)
        .field('I', "number")
        .field('L', "other")
        .string("Ljava/lang/Object;")
        .noSuperclass()
        .begun();
  }

  @Test
  void aClassThatReadsItselfWithoutItsFields() {
    byte[] seen =
        new Bytes(2)
            .put(ObjectStreamConstants.TC_BLOCKDATA, 4)
            .number(7)
            .string("seven")
            .tower()
            .end()
            .done();
    Bytes stream =
        new Bytes().object().description(Own.class, SERIALIZABLE | WRITE_METHOD, seen.length);
    for (int i = 0; i < seen.length; i++) {
      stream.field('B', "field" + i);
    }
    assertRefused(stream.noSuperclass().put(seen).end().done());
  }

  /** What follows looks to a reader of the fields as if it were the list's end. */
  @Test
  void aClassThatWritesItselfWithoutItsFieldsIsReadWhateverItWrites() {
    for (int x : new int[] {0, 0x78, 0x7800, 0x780000, 0x78787878, 0x70707878, 0x70007a00}) {
      Own own = new Own();
      own.x = x;
      own.text = "text";
      List<?> read = (List<?>) format.decode(format.encode(new ArrayList<>(List.of(own, "end"))));
      assertThat(((Own) read.get(0)).x).isEqualTo(x);
      assertThat(read.get(1)).isEqualTo("end");
    }
  }

  /** To a reader of no fields, they look like an object, and a reference means another then. */
  private static byte[] fieldsThatLookLikeObjects(Class<?> type, Class<?>... superclasses) {
    int first = 2 + superclasses.length;
    byte[] seen =
        new Bytes(first)
            .put(ObjectStreamConstants.TC_CLASS)
            .description(ArrayList.class, SERIALIZABLE | WRITE_METHOD, 1)
            .field('L', "text")
            .string("Ljava/lang/Object;")
            .noSuperclass()
            .done();
    Bytes stream = new Bytes().object().description(type, SERIALIZABLE | WRITE_METHOD, seen.length);
    for (int i = 0; i < seen.length; i++) {
      stream.field('B', "field" + i);
    }
    for (Class<?> superclass : superclasses) {
      stream.endOfDescription().description(superclass, SERIALIZABLE, 0);
    }
    return stream
        .noSuperclass()
        .put(seen)
        .put(ObjectStreamConstants.TC_CLASS)
        .description(HashSet.class, SERIALIZABLE | WRITE_METHOD, 1)
        .field('[', "numbers")
        .string("[I")
        .noSuperclass()
        .put(ObjectStreamConstants.TC_CLASS)
        .description(ArrayList.class, SERIALIZABLE | WRITE_METHOD, 1)
        .field('L', "text")
        .reference(first + 1)
        .noSuperclass()
        .end()
        .done();
  }

  @Test
  void aClassOfTheJdkHasWrittenItsFields() {
    TimeZone zone = TimeZone.getTimeZone("Europe/Berlin");
    assertRefused(fieldsThatLookLikeObjects(zone.getClass(), TimeZone.class));
  }

  @Test
  void aClassThatAsksForItsFieldsHasWrittenThem() {
    assertRefused(fieldsThatLookLikeObjects(Checked.class));
    assertRefused(fieldsThatLookLikeObjects(Asking.class));
  }

  @Test
  void aClassThatDoesNotAskForItsFieldsHasNotWrittenThem() {
    byte[] seen = {
      ObjectStreamConstants.TC_BLOCKDATA, 4, 0, 0, 0, 7, ObjectStreamConstants.TC_NULL
    };
    for (int flags : new int[] {SERIALIZABLE, SERIALIZABLE | WRITE_METHOD}) {
      Bytes stream = new Bytes().list(2).object().description(Own.class, flags, seen.length);
      for (int i = 0; i < seen.length; i++) {
        stream.field('B', "field" + i);
      }
      stream.noSuperclass().put(seen);
      if (flags != SERIALIZABLE) {
        stream.end();
      }
      assertRefused(stream.string("end").end().done());
    }
  }

  /** The class of the object twice, of which the reader leaves only one to the class itself. */
  @Test
  void aClassThatIsItsOwnSuperclass() {
    byte[] seen = {
      ObjectStreamConstants.TC_BLOCKDATA, 4, 0, 0, 0, 7, ObjectStreamConstants.TC_NULL
    };
    int flags = SERIALIZABLE | WRITE_METHOD;
    Bytes stream = new Bytes().object().description(Own.class, flags, 1).field('B', "field");
    stream.endOfDescription().description(Own.class, flags, seen.length);
    for (int i = 0; i < seen.length; i++) {
      stream.field('B', "field" + i);
    }
    assertRefused(stream.noSuperclass().put(seen).end().put(seen).end().done());
  }

  @Test
  void aClassWhoseDataLooksLikeItsFieldsIsRead() {
    Brief brief = new Brief();
    brief.x = 7;
    List<?> read = (List<?>) format.decode(format.encode(new ArrayList<>(List.of(brief, "end"))));
    assertThat(((Brief) read.get(0)).x).isEqualTo(7);
  }

  @Test
  void aClassThatReadsItselfBelowOneWithoutFieldsIsRead() throws Exception {
    Numbered numbered = new Numbered();
    numbered.number = 7;
    Late late = new Late();
    late.text = "late";
    List<?> value = new ArrayList<>(List.of(numbered, late, new Asking(), new Lenient(numbered)));
    List<?> read = (List<?>) format.decode(format.encode(value));
    assertThat(((Numbered) read.get(0)).number).isEqualTo(7);
    assertThat(((Late) read.get(1)).text).isEqualTo("late");
    assertThat(((Asking) read.get(2)).number).isEqualTo(5);
    assertThat(((Lenient) read.get(3)).part).isSameAs(read.get(0));
  }

  /**
   * To the reader, the numbers are those of the other class, and what follows is what they were.
   */
  @Test
  void aSecondDescriptionOfAClassThatMayOmitItsFields() {
    byte[] date = new Bytes(0).description(Date.class, SERIALIZABLE, 0).noSuperclass().done();
    int objects = 3 * HIDDEN - date.length + 1;
    Bytes stream =
        new Bytes()
            .listWithSets(4)
            .object()
            .description(Positive.class, SERIALIZABLE | WRITE_METHOD, 1)
            .field('L', "other")
            .string("Ljava/lang/Object;")
            .noSuperclass()
            .begun()
            .put(ObjectStreamConstants.TC_NULL)
            .end()
            .object()
            .description(NamedPositive.class, SERIALIZABLE, 3 * HIDDEN)
            .numbers(3 * HIDDEN)
            .endOfDescription()
            .description(Positive.class, SERIALIZABLE, objects);
    for (int i = 0; i < objects; i++) {
      stream.field('L', "field" + i).reference(5);
    }
    stream.noSuperclass().begun().description(Date.class, SERIALIZABLE, 0).noSuperclass();
    for (int i = 1; i < objects; i++) {
      stream.put(ObjectStreamConstants.TC_NULL);
    }
    assertRefused(stream.noStrings(HIDDEN).setOfTower().string("end").end().done());
  }

  /** To the reader, what it does not ask for is of the subclass. */
  @Test
  void aSuperclassThatDoesNotAskForObjects() {
    int numbers = 3 * HIDDEN;
    Bytes stream =
        new Bytes()
            .listWithSets(numbers + 4)
            .object()
            .description(NamedSpoken.class, SERIALIZABLE, numbers)
            .numbers(numbers)
            .endOfDescription()
            .description(Spoken.class, SERIALIZABLE, 1 + HIDDEN)
            .field('L', "first")
            .string("Ljava/lang/Object;");
    for (int i = 0; i < HIDDEN; i++) {
      stream.field('L', "field" + i).reference(6);
    }
    stream.noSuperclass().begun().string("first").noStrings(HIDDEN);
    for (int i = 0; i < numbers; i++) {
      stream.put(ObjectStreamConstants.TC_NULL);
    }
    assertRefused(stream.setOfTower().string("end").end().done());
  }

  /** To the reader, the numbers are data of the superclass, and what follows is the numbers. */
  @Test
  void aSuperclassThatReadsTheNumbersOfAnother() {
    int numbers = 3 * HIDDEN;
    assertRefused(
        new Bytes()
            .listWithSets(4)
            .object()
            .description(NamedTold.class, SERIALIZABLE, numbers)
            .numbers(numbers)
            .endOfDescription()
            .description(Told.class, SERIALIZABLE, 0)
            .noSuperclass()
            .begun()
            .put(ObjectStreamConstants.TC_BLOCKDATA, numbers - 2)
            .utf("x".repeat(numbers - 4))
            .noStrings(HIDDEN)
            .setOfTower()
            .string("end")
            .end()
            .done());
  }

  /** Its reader takes the end of a list within an exception for the end of its own data. */
  @Test
  void aCalendarThatPutsUpWithWhatIsNotThere() throws Exception {
    int longs = 3 * HIDDEN / Long.BYTES;
    Bytes stream =
        new Bytes()
            .listWithSets(3)
            .object()
            .description(GregorianCalendar.class, SERIALIZABLE, longs);
    for (int i = 0; i < longs; i++) {
      stream.field('J', "field" + i);
    }
    ObjectStreamField[] fields = ObjectStreamClass.lookup(Calendar.class).getFields();
    stream
        .endOfDescription()
        .description(Calendar.class, SERIALIZABLE | WRITE_METHOD, fields.length);
    for (ObjectStreamField field : fields) {
      stream.field(field.getTypeCode(), field.getName());
      if (!field.isPrimitive()) {
        stream.string(field.getTypeString());
      }
    }
    stream.noSuperclass().begun();
    for (ObjectStreamField field : fields) {
      if (field.isPrimitive()) {
        stream.put(new byte[SerialClass.bytes(field.getTypeCode())]);
      } else if (field.getType().isArray()) {
        boolean ofInt = field.getType() == int[].class;
        stream
            .put(ObjectStreamConstants.TC_ARRAY)
            .description(field.getType(), SERIALIZABLE, 0)
            .noSuperclass()
            .begun()
            .number(Calendar.FIELD_COUNT)
            .put(new byte[Calendar.FIELD_COUNT * (ofInt ? Integer.BYTES : 1)]);
      } else {
        stream
            .object()
            .description(TimeZone.getTimeZone("UTC").getClass(), SERIALIZABLE, 0)
            .endOfDescription()
            .description(TimeZone.class, SERIALIZABLE, 0)
            .noSuperclass()
            .begun();
      }
    }
    stream.object();
    for (Class<?> type :
        List.of(UncheckedIOException.class, RuntimeException.class, Exception.class)) {
      stream.description(type, SERIALIZABLE, 0).endOfDescription();
    }
    stream
        .description(Throwable.class, SERIALIZABLE, 1)
        .field('L', "suppressedExceptions")
        .string("Ljava/util/List;")
        .noSuperclass()
        .begun()
        .object()
        .reference(0)
        .begun()
        .elements(1)
        .end()
        .noStrings(HIDDEN)
        .setOfTower()
        .end()
        .put(ObjectStreamConstants.TC_BLOCKDATA, 3 * HIDDEN - 2)
        .put(new byte[3 * HIDDEN - 2])
        .end();
    assertThatExceptionOfType(FormatException.class)
        .isThrownBy(() -> format.decode(stream.done()))
        .withMessageContaining("a calendar that holds");
  }

  @Test
  void aClassThatAsksForItsFieldsWhereOneEndsThatDoesNotIsRead() {
    OwnNumbered own = new OwnNumbered();
    own.number = 7;
    OwnerNumbered owner = new OwnerNumbered();
    owner.number = 8;
    LateOwner late = new LateOwner();
    late.text = "late";
    EmptyOwn empty = new EmptyOwn();
    empty.x = 9;
    List<?> value = new ArrayList<>(List.of(own, owner, late, empty));
    List<?> read = (List<?>) format.decode(format.encode(value));
    assertThat(((OwnNumbered) read.get(0)).number).isEqualTo(7);
    assertThat(((OwnerNumbered) read.get(1)).number).isEqualTo(8);
    assertThat(((LateOwner) read.get(2)).text).isEqualTo("late");
    assertThat(((EmptyOwn) read.get(3)).x).isEqualTo(9);
  }

  @Test
  void aClassThatReadsItselfBelowWhatIsGoneIsNotSkipped() throws Exception {
    Keeping value = new Keeping();
    value.gone.part = new Gone();
    byte[] stream = withoutTheClassGone(value);
    assertThatExceptionOfType(FormatException.class)
        .isThrownBy(() -> format.decode(stream))
        .withMessageContaining("not read as it was weighed");
  }

  @Test
  void whatAClassHasToAskForAnotherDoesNotAskFor() {
    KeyWatch watch = new KeyWatch(new ValueCost(0));
    watch.allowFields(3, "x.Base");
    watch.expect(5, false);
    watch.begin();
    watch.readsFields(3);
    assertThatExceptionOfType(FormatException.class).isThrownBy(() -> watch.made("", 5));
  }

  /** The reader passes over what is no superclass that it writes. */
  @Test
  void aClassThatReadsItselfAboveOneThatIsNotWritten() {
    SerialClass.Finder finder = Class::forName;
    SerialClass above = described(Looking.class, null, finder);
    SerialClass between = described(Object.class, above, finder);
    class Below extends Looking {
      private static final long serialVersionUID = 1L;
    }
    SerialClass type = described(Below.class, between, finder);
    assertThat(type.leavesToItself(above)).isTrue();
  }

  private static SerialClass described(
      Class<?> type, @Nullable SerialClass parent, SerialClass.Finder finder) {
    SerialClass described = new SerialClass(type.getName(), SERIALIZABLE, List.of(), finder);
    described.parent(parent);
    return described;
  }

  @ParameterizedTest
  @ValueSource(strings = {"L", "Ljava", "L;[", "Lt\u0001;", "La;b;", "[", "[V", "[L;x", "[[LX"})
  void aTypeThatIsNone(String type) {
    Bytes stream =
        new Bytes()
            .put(ObjectStreamConstants.TC_CLASS)
            .description(ArrayList.class, SERIALIZABLE, 1)
            .field(type.charAt(0), "text")
            .string(type)
            .noSuperclass();
    assertThatExceptionOfType(FormatException.class)
        .isThrownBy(() -> format.decode(stream.begun().done()))
        .withMessageContaining("a field whose type is another");
  }

  /** What stands for a record is one object, and hashed as the record in each place. */
  @Test
  void whatARecordHoldsCountsWhereverItStands() throws Exception {
    Object value = "x";
    for (int i = 0; i < LEVELS; i++) {
      Object held = RecordProxy.of(new StoredOptional(StoredOptional.Kind.OBJECT, value));
      value = new ArrayList<>(List.of(held, held));
    }
    assertTooLong(serialized(value));
  }

  @Test
  void whatIsNotReadAgainIsNotWritten() {
    assertThatExceptionOfType(FormatException.class)
        .isThrownBy(() -> format.encode(new Looking()))
        .withMessageContaining(Looking.class.getName())
        .withMessageContaining("could be written, but not be read again");
  }

  @Test
  void aClassThatWritesANumberBeforeItsFieldsIsNamed() {
    assertThatExceptionOfType(FormatException.class)
        .isThrownBy(() -> format.encode(new ArrayList<>(List.of(new LateNumber()))))
        .withMessageContaining(LateNumber.class.getName() + " may write data before its fields");
  }

  // ---- what the scan itself takes

  @Test
  void theFieldsOfAClassAreAddedUpOnce() {
    int[] asked = {0};
    List<SerialClass.Field> fields =
        new AbstractList<>() {
          @Override
          public SerialClass.Field get(int index) {
            asked[0]++;
            return new SerialClass.Field('I', "field" + index);
          }

          @Override
          public int size() {
            return MANY;
          }
        };
    SerialClass type = new SerialClass("Many", SERIALIZABLE, fields, Class::forName);
    asked[0] = 0;
    assertThat(type.primitiveBytes()).isEqualTo(MANY * Integer.BYTES);
    assertThat(asked[0]).as("fields that are looked at for each object").isZero();
  }

  @Test
  void stringsThatMayBeTypesTakeNoMoreRoom() throws Exception {
    long usual = scanned("M");
    assertThat(scanned("L")).isLessThan(usual + usual / 4);
    assertThat(scanned("[")).isLessThan(usual + usual / 4);
  }

  /** How many bytes of memory the scan of many strings asks for. */
  private static long scanned(String prefix) throws Exception {
    byte[] stream = serialized(IntStream.range(0, 100 * MANY).mapToObj(i -> prefix + i).toArray());
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
    SerialScan.requireBounded(stream, Class::forName);
    return threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
  }
}
