package io.persidict.format;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.net.URL;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.Calendar;
import java.util.Collections;
import java.util.Date;
import java.util.GregorianCalendar;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Hashtable;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Properties;
import java.util.Set;
import java.util.SimpleTimeZone;
import java.util.TimeZone;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Tries to use each class of the JDK that may be stored to run code, or to keep a reader busy. */
@Timeout(value = 10, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class GadgetsTest {
  /** Tells when anything of it runs. */
  static class Gadget implements Serializable, Comparable<Object> {
    private static final long serialVersionUID = 1L;
    static boolean armed;
    static boolean ran;

    private static void run() {
      ran |= armed;
    }

    private void readObject(ObjectInputStream in) {
      run();
    }

    @Override
    public boolean equals(Object other) {
      run();
      return this == other;
    }

    @Override
    public int hashCode() {
      run();
      return 1;
    }

    @Override
    public int compareTo(Object other) {
      run();
      return 1;
    }

    @Override
    public String toString() {
      run();
      return "";
    }
  }

  /** A time zone of somebody else's. */
  static final class Zone extends SimpleTimeZone {
    private static final long serialVersionUID = 1L;

    Zone() {
      super(0, "zone");
    }

    private void readObject(ObjectInputStream in) {
      Gadget.run();
    }
  }

  private final SerialFormat<Object> format =
      new SerialFormat<>(
          Object.class, new AllowList(List.of(), ""), GadgetsTest.class.getClassLoader());

  /** What holds other objects, as it is with a given one in it. */
  private static List<Function<Object, Object>> holders() {
    return List.of(
        x -> new ConcurrentHashMap<>(Map.of(x, "value")),
        x -> new ConcurrentHashMap<>(Map.of("key", x)),
        x -> new ConcurrentHashMap<>(Map.of(x, "value")).keySet(""),
        x -> new ConcurrentSkipListMap<>(Map.of(x, "value")),
        x -> new ConcurrentSkipListSet<>(List.of(x)),
        x -> new ConcurrentLinkedDeque<>(List.of(x)),
        x -> new ConcurrentLinkedQueue<>(List.of(x)),
        x -> new CopyOnWriteArrayList<>(List.of(x)),
        x -> new CopyOnWriteArraySet<>(List.of(x)),
        x -> new PriorityQueue<>(List.of(x)),
        x -> new AtomicReference<>(x),
        x -> new AtomicReferenceArray<>(new Object[] {x}),
        x -> setOf(new HashMap<>(), x),
        x -> Collections.synchronizedCollection(new ArrayList<>(List.of(x))),
        x -> Collections.synchronizedList(new java.util.LinkedList<>(List.of(x))),
        x -> Collections.synchronizedList(new ArrayList<>(List.of(x))),
        x -> Collections.synchronizedSet(new HashSet<>(List.of(x))),
        x -> Collections.synchronizedMap(new HashMap<>(Map.of(x, x))),
        x -> Collections.synchronizedSortedMap(new TreeMap<>(Map.of(x, x))),
        x -> Collections.synchronizedNavigableMap(new TreeMap<>(Map.of(x, x))),
        x -> Collections.synchronizedSortedSet(new TreeSet<>(List.of(x))),
        x -> Collections.synchronizedNavigableSet(new TreeSet<>(List.of(x))),
        x -> Collections.unmodifiableNavigableMap(new TreeMap<>(Map.of(x, x))),
        x -> Collections.unmodifiableNavigableSet(new TreeSet<>(List.of(x))),
        x -> Collections.nCopies(3, x),
        x -> new StoredCopies(3, x),
        x -> new StoredOptional(StoredOptional.Kind.OBJECT, x),
        x -> new Hashtable<>(Map.of(x, x)),
        x -> {
          Properties properties = new Properties();
          properties.put("key", x);
          return properties;
        });
  }

  private static Object setOf(Map<Object, Boolean> map, Object element) {
    Set<Object> set = Collections.newSetFromMap(map);
    set.add(element);
    return set;
  }

  /** What holds none. */
  private static List<Object> leaves() throws Exception {
    return List.of(
        new java.sql.Date(1),
        new java.sql.Time(1),
        new Timestamp(1),
        new GregorianCalendar(TimeZone.getTimeZone("Europe/Berlin")),
        Calendar.getInstance(Locale.forLanguageTag("th-TH-u-ca-buddhist")),
        Calendar.getInstance(Locale.forLanguageTag("ja-JP-u-ca-japanese")),
        new SimpleTimeZone(3_600_000, "own"),
        TimeZone.getTimeZone("America/New_York"),
        new URL("http://host.invalid/"),
        new AtomicBoolean(true),
        new AtomicInteger(1),
        new AtomicIntegerArray(2),
        new AtomicLong(1),
        new AtomicLongArray(2),
        new DoubleAdder(),
        new LongAdder(),
        new ReentrantLock(),
        new ReentrantLock(true),
        TimeUnit.DAYS,
        Collections.reverseOrder(String.CASE_INSENSITIVE_ORDER),
        new SQLException("reason", "08001", 7));
  }

  private static byte[] serialized(Object value) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(value);
    }
    return bytes.toByteArray();
  }

  @Test
  void noClassIsAllowedWithoutAnAttemptHere() throws Exception {
    StringBuilder streams = new StringBuilder();
    for (Function<Object, Object> holder : holders()) {
      streams.append(new String(serialized(holder.apply("x")), ISO_8859_1));
    }
    for (Object leaf : leaves()) {
      streams.append(new String(serialized(leaf), ISO_8859_1));
    }
    Set<String> untried = new TreeSet<>(AllowList.MORE_OF_JDK);
    untried.removeIf(name -> streams.indexOf(name) >= 0);
    // These are made from what stands for them in a stream.
    untried.remove("java.util.Collections$SynchronizedRandomAccessList");
    assertThat(untried).allMatch(name -> name.startsWith("java.util.Optional"));
  }

  static Stream<Object> gadgets() {
    Gadget.armed = false;
    Calendar calendar = new GregorianCalendar(new Zone(), Locale.ROOT);
    SQLException failure = new SQLException("reason", new Exception());
    failure.addSuppressed(new OwnException());
    return Stream.concat(
        holders().stream().map(holder -> holder.apply(new Gadget())),
        Stream.of(
            calendar,
            failure,
            new TreeMap<>(Collections.reverseOrder(new OwnOrder())),
            new Timestamp(1) {
              private static final long serialVersionUID = 1L;
            },
            new Date[][] {
              {
                new Date(1),
                new java.sql.Date(1) {
                  private static final long serialVersionUID = 1L;
                }
              }
            }));
  }

  static final class OwnException extends Exception {
    private static final long serialVersionUID = 1L;
  }

  static final class OwnOrder implements java.util.Comparator<Object>, Serializable {
    private static final long serialVersionUID = 1L;

    @Override
    public int compare(Object one, Object other) {
      Gadget.run();
      return 0;
    }
  }

  @ParameterizedTest
  @MethodSource("gadgets")
  void whatIsNotAllowedIsNotReadInWhatIs(Object gadget) throws Exception {
    byte[] bytes = serialized(gadget);
    Gadget.ran = false;
    Gadget.armed = true;
    try {
      assertThatExceptionOfType(FormatException.class)
          .isThrownBy(() -> format.decode(bytes))
          .withMessageContaining("not allowed");
      assertThat(Gadget.ran).as("code of a class that is not allowed ran").isFalse();
    } finally {
      Gadget.armed = false;
    }
  }

  /** Every byte of each is changed; what is read is used. */
  @Test
  @SuppressWarnings("ReturnValueIgnored")
  void whateverIsInThemTheyDoNoMoreThanThrow() throws Exception {
    int read = 0;
    for (Object leaf : leaves()) {
      byte[] whole = serialized(leaf);
      boolean asksForNames = leaf instanceof URL;
      for (int at = 4; at < whole.length; at++) {
        for (int change : new int[] {0x00, 0x7f, 0x80, 0xff}) {
          byte[] bytes = whole.clone();
          bytes[at] = (byte) change;
          Object value;
          try {
            value = format.decode(bytes);
          } catch (FormatException e) {
            continue;
          }
          read++;
          try {
            assertThat(value.toString()).hasSizeLessThan(100_000);
            if (!asksForNames) {
              value.hashCode();
              value.equals(leaf);
            }
            format.encode(value);
          } catch (RuntimeException e) {
            assertThat(e).isNotInstanceOf(AssertionError.class);
          }
        }
      }
    }
    assertThat(read).isPositive();
  }
}
