package io.persidict.format;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayOutputStream;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamClass;
import java.io.ObjectStreamConstants;
import java.io.ObjectStreamField;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.GregorianCalendar;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * That no object is made whose superclass wrote nothing, which the JDK's own code never leaves in
 * such a state.
 */
final class HollowObjectsTest {
  static final class OwnMap extends HashMap<String, String> {
    private static final long serialVersionUID = 1L;
    int own = 1;
  }

  /** What a later version of it has got is a class between it and {@code Object}. */
  static class Base implements java.io.Serializable {
    private static final long serialVersionUID = 1L;
    String inherited = "";
  }

  static final class Derived extends Base {
    private static final long serialVersionUID = 1L;
    int own = 7;
  }

  private final SerialFormat<Object> format =
      new SerialFormat<>(
          Object.class,
          new AllowList(List.of(OwnMap.class, Base.class, Derived.class), ""),
          HollowObjectsTest.class.getClassLoader());

  /**
   * What is left of the stream of {@code value} when all superclasses are cut out of the
   * description of its class, with what follows the fields of the class itself.
   */
  private static byte[] withoutSuperclasses(Object value, byte[] fields) throws Exception {
    byte[] bytes = serialized(value);
    int ownEnd = endOfDescription(bytes);
    ByteArrayOutputStream hollow = new ByteArrayOutputStream();
    hollow.write(bytes, 0, ownEnd);
    hollow.write(ObjectStreamConstants.TC_NULL); // no superclass
    hollow.write(fields);
    return hollow.toByteArray();
  }

  private static byte[] serialized(Object value) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(value);
    }
    return bytes.toByteArray();
  }

  /** After the mark that ends the first class's annotations. */
  private static int endOfDescription(byte[] bytes) {
    int superclass =
        new String(bytes, ISO_8859_1).indexOf((char) ObjectStreamConstants.TC_ENDBLOCKDATA + "r\0");
    assertThat(superclass).as("the description of a superclass").isPositive();
    return superclass + 1;
  }

  private static byte[] bytes(int... bytes) {
    byte[] result = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      result[i] = (byte) bytes[i];
    }
    return result;
  }

  private static byte[] hollow(Object value, int... fields) {
    try {
      return withoutSuperclasses(value, bytes(fields));
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  static Stream<byte[]> hollowStreams() {
    int nothing = ObjectStreamConstants.TC_NULL;
    return Stream.of(
        hollow(new Properties(), nothing), // its field is null
        hollow(new LinkedHashMap<>(), 0), // in the order of insertion
        hollow(new LinkedHashSet<>()),
        hollow(new Timestamp(1), 0, 0, 0, 0),
        hollow(new GregorianCalendar(), 0, 0, 0, 0, 0, 0, 0, 0),
        hollow(new IllegalStateException("x")),
        hollow(new OwnMap(), 0, 0, 0, 1));
  }

  @ParameterizedTest
  @MethodSource("hollowStreams")
  void aClassOfTheJdkIsNotReadWithoutItsSuperclass(byte[] stream) {
    assertThatExceptionOfType(FormatException.class)
        .isThrownBy(() -> format.decode(stream))
        .withMessageContaining("without the part that its superclass writes");
  }

  /** As where a class has had another superclass since, which writes nothing of its own. */
  @Test
  void aClassOfTheJdkIsReadWithoutASuperclassThatWritesNothing() {
    AtomicInteger read = (AtomicInteger) format.decode(hollow(new AtomicInteger(), 0, 0, 0, 5));
    assertThat(read).hasValue(5);
  }

  static Stream<Object> neverNull() {
    return Stream.of(
        Arrays.asList("a", "b"),
        bits(),
        new GregorianCalendar(),
        Collections.unmodifiableCollection(new ArrayList<>(List.of("a"))),
        Collections.unmodifiableList(new LinkedList<>(List.of("a"))),
        Collections.unmodifiableSortedMap(new TreeMap<>(Map.of("a", "b"))),
        Collections.unmodifiableNavigableMap(new TreeMap<>(Map.of("a", "b"))),
        Collections.unmodifiableNavigableSet(new TreeSet<>(Set.of("a"))),
        Collections.synchronizedList(new ArrayList<>(List.of("a"))),
        Collections.synchronizedMap(new HashMap<>(Map.of("a", "b"))),
        Collections.synchronizedNavigableMap(new TreeMap<>(Map.of("a", "b"))),
        Collections.newSetFromMap(new HashMap<>()),
        Collections.reverseOrder(String.CASE_INSENSITIVE_ORDER),
        new ConcurrentHashMap<>(Map.of("a", "b")).keySet("x"),
        new ConcurrentSkipListSet<>(Set.of("a")),
        new CopyOnWriteArraySet<>(Set.of("a")),
        new AtomicIntegerArray(1),
        new AtomicReferenceArray<>(new String[] {"a"}));
  }

  private static BitSet bits() {
    BitSet bits = new BitSet();
    bits.set(70);
    return bits;
  }

  /** Renames each field in turn, so that the one which the class has is left null. */
  @ParameterizedTest
  @MethodSource("neverNull")
  void aFieldThatIsNeverNullIsNotLeftOut(Object value) throws Exception {
    byte[] whole = serialized(value);
    assertThat(format.decode(whole)).isNotNull();
    int refused = 0;
    for (ObjectStreamClass type = ObjectStreamClass.lookup(value.getClass());
        type != null;
        type = superclass(type)) {
      for (ObjectStreamField field : type.getFields()) {
        byte[] renamed = whole.clone();
        int at = description(whole, type);
        int name =
            new String(whole, ISO_8859_1)
                .indexOf((char) field.getName().length() + field.getName(), at);
        renamed[name + 1] = (byte) (renamed[name + 1] == 'x' ? 'y' : 'x');
        try {
          Object read = format.decode(renamed);
          assertThat(read.toString()).isNotNull();
        } catch (FormatException e) {
          refused++;
        }
      }
    }
    assertThat(refused).isPositive();
  }

  private static @Nullable ObjectStreamClass superclass(ObjectStreamClass type) {
    Class<?> superclass = type.forClass().getSuperclass();
    return superclass == null ? null : ObjectStreamClass.lookup(superclass);
  }

  private static int description(byte[] stream, ObjectStreamClass type) {
    int at =
        new String(stream, ISO_8859_1).indexOf((char) type.getName().length() + type.getName());
    return at + 1 + type.getName().length();
  }

  @Test
  void aFieldThatIsNeverNullIsNotReadAsNull() throws Exception {
    byte[] whole = serialized(Collections.unmodifiableMap(new HashMap<>(Map.of("a", "b"))));
    String field = "Ljava/util/Map;";
    int end = new String(whole, ISO_8859_1).indexOf(field) + field.length() + 2;
    byte[] stream = Arrays.copyOf(whole, end + 1);
    stream[end] = ObjectStreamConstants.TC_NULL;
    assertThatExceptionOfType(FormatException.class)
        .isThrownBy(() -> format.decode(stream))
        .withMessageContaining("whose field m is null");
  }

  @Test
  void aSuperclassThatSaysItWritesNothingIsRefused() throws Exception {
    byte[] stream = serialized(new LinkedHashMap<>(Map.of("a", 1)));
    String name = "java.util.HashMap";
    int flags = new String(stream, ISO_8859_1).indexOf(name) + name.length() + Long.BYTES;
    assertThat(stream[flags])
        .isEqualTo(
            (byte) (ObjectStreamConstants.SC_SERIALIZABLE | ObjectStreamConstants.SC_WRITE_METHOD));
    stream[flags] = 0;
    assertThatExceptionOfType(FormatException.class)
        .isThrownBy(() -> format.decode(stream))
        .withMessageContaining("writes nothing of itself");
  }

  @Test
  void whatIsWholeIsRead() {
    OwnMap map = new OwnMap();
    map.put("a", "b");
    for (Object value :
        List.of(
            map,
            new LinkedHashMap<>(Map.of("a", 1)),
            new LinkedHashSet<>(Set.of("a")),
            new Timestamp(5),
            TimeUnit.DAYS,
            List.of(Integer.class, LinkedHashMap.class, int[].class, Base.class))) {
      assertThat(format.decode(format.encode(value))).isEqualTo(value);
    }
  }

  /** By the rules of serialization a class of the user's may get a superclass. */
  @Test
  void aClassOfTheUsersMayHaveGotASuperclass() {
    byte[] stream = hollow(new Derived(), 0, 0, 0, 9);
    assertThat(format.decode(stream))
        .isInstanceOfSatisfying(
            Derived.class,
            read -> {
              assertThat(read.own).isEqualTo(9);
              assertThat(read.inherited).isNull();
            });
  }
}
