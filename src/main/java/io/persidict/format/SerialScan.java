package io.persidict.format;

import java.io.ObjectStreamConstants;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Tells what a serialized object costs from its bytes alone, before any object is made of them: a
 * stream of sets in sets keeps {@code HashSet.readObject} busy for ever, and nothing can stop it
 * then. Follows the grammar of the stream protocol, and the objects' handles.
 *
 * <p>What an object holds is counted in each place where the object stands, as {@link ValueCost}
 * says, for the JDK's classes, which hash and compare by content, and for records. Objects of other
 * classes count once: their {@code hashCode} is their authors'. A collection that holds itself
 * through collections alone is refused, since it can be neither hashed nor compared.
 *
 * @see <a
 *     href="https://docs.oracle.com/en/java/javase/17/docs/specs/serialization/protocol.html">the
 *     grammar</a>
 */
final class SerialScan implements ObjectStreamConstants {
  /** Holds a URL, whose hash code and equality ask a name server. */
  private static final int URL = 1;

  /** Its hash code is known. */
  private static final int HASHED = 2;

  /** A map finds it among equal hashes, as it is {@code Comparable}. */
  private static final int ORDERED = 4;

  /** Counts once, wherever it stands. */
  private static final int ONCE = 8;

  /** Not read to its end yet. */
  private static final int OPEN = 16;

  private static final int FLAG_BITS = 5;

  /** How many classes of one stream may write themselves without their fields. */
  private static final int MAX_SUSPECTS = 8;

  private final ByteBuffer in;
  private final Predicate<String> trusted;
  private final Set<String> withoutFields;
  private final ValueCost cost;

  private final Map<Integer, SerialClass> classes = new HashMap<>();
  private final List<Frame> frames = new ArrayList<>();

  /** The classes whose parts of an object are being read. */
  private final List<SerialClass> open = new ArrayList<>();

  /** Of each handle its parts, shifted, with its flags; and its hash code. */
  private long[] weights = new long[16];

  private int[] hashes = new int[16];
  private int handles;

  /** What the last object that was read weighs. */
  private long parts;

  private int hash;
  private int flags;

  private SerialScan(
      byte[] bytes, Predicate<String> trusted, Set<String> withoutFields, ValueCost cost) {
    this.in = ByteBuffer.wrap(bytes);
    this.trusted = trusted;
    this.withoutFields = withoutFields;
    this.cost = cost;
  }

  /** An object or array that is being read. */
  private static final class Frame {
    final int handle;
    final boolean isCollection;
    long parts = 1;
    int flags;

    Frame(int handle, boolean isCollection) {
      this.handle = handle;
      this.isCollection = isCollection;
    }
  }

  /** The bytes do not follow the grammar. */
  private static final class Malformed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Malformed(String message) {
      super(message, null, false, false);
    }
  }

  /**
   * Refuses a stream whose object would cost too much.
   *
   * @param trusted whether objects of the class of that name count once
   * @throws FormatException if it does, or is malformed
   */
  static void requireBounded(byte[] bytes, Predicate<String> trusted) {
    check(bytes, trusted, new ValueCost(bytes.length));
  }

  /**
   * Refuses a stream that was just written if its object would not be read for another reason than
   * its cost: nested too deep, or with a URL where it is hashed.
   *
   * @throws FormatException if so
   */
  static void requireReadable(byte[] bytes) {
    check(bytes, name -> true, ValueCost.unlimited());
  }

  private static void check(byte[] bytes, Predicate<String> trusted, ValueCost cost) {
    Set<String> withoutFields = new HashSet<>();
    while (true) {
      SerialScan scan = new SerialScan(bytes, trusted, withoutFields, cost);
      try {
        scan.stream();
        return;
      } catch (Malformed | BufferUnderflowException e) {
        // A class that writes itself should write its fields first; some, against the rules, do not
        String suspect = scan.suspect();
        if (suspect == null || !withoutFields.add(suspect)) {
          throw new FormatException("it is not a serialized object: " + e, e);
        }
      }
    }
  }

  /** The class that may have left its fields out, the innermost of those being read. */
  private @Nullable String suspect() {
    for (int i = open.size() - 1; i >= 0 && withoutFields.size() < MAX_SUSPECTS; i--) {
      SerialClass type = open.get(i);
      if (type.mayOmitFields() && !withoutFields.contains(type.name())) {
        return type.name();
      }
    }
    return null;
  }

  private void stream() {
    if (in.getShort() != STREAM_MAGIC || in.getShort() != STREAM_VERSION) {
      throw new Malformed("it does not begin as one");
    }
    object(1);
  }

  private void object(int depth) {
    ValueCost.requireDepth(depth);
    byte tag = in.get();
    switch (tag) {
      case TC_NULL -> found(1, 0, HASHED | ORDERED);
      case TC_REFERENCE -> reference(in.getInt() - baseWireHandle);
      case TC_STRING -> text(in.getShort() & 0xffff);
      case TC_LONGSTRING -> text(in.getLong());
      case TC_ARRAY -> array(depth);
      case TC_OBJECT -> instance(depth);
      case TC_CLASS -> {
        description(depth);
        close(handle(), 1, 0, 0);
      }
      case TC_ENUM -> {
        description(depth);
        int handle = handle();
        object(depth + 1);
        close(handle, 1, 0, ORDERED);
      }
      default -> throw new Malformed(String.format("byte 0x%02x where an object begins", tag));
    }
  }

  private void found(long newParts, int newHash, int newFlags) {
    parts = newParts;
    hash = newHash;
    flags = newFlags;
  }

  // ---- handles

  private int handle() {
    if (handles == weights.length) {
      weights = Arrays.copyOf(weights, 2 * handles);
      hashes = Arrays.copyOf(hashes, 2 * handles);
    }
    weights[handles] = OPEN;
    return handles++;
  }

  private void close(int handle, long newParts, int newHash, int newFlags) {
    cost.requireParts(newParts);
    cost.spend(newParts);
    weights[handle] = newParts << FLAG_BITS | newFlags;
    hashes[handle] = newHash;
    found(newParts, newHash, newFlags);
  }

  private void reference(int handle) {
    if (handle < 0 || handle >= handles || classes.containsKey(handle)) {
      throw new Malformed("a reference to what is no object");
    }
    int known = (int) weights[handle] & ((1 << FLAG_BITS) - 1);
    if ((known & OPEN) == 0) {
      long whole = weights[handle] >> FLAG_BITS;
      found((known & ONCE) != 0 ? 1 : whole, hashes[handle], known & ~ONCE);
      return;
    }
    boolean collectionsOnly = true;
    for (int i = frames.size() - 1; i >= 0; i--) {
      Frame frame = frames.get(i);
      collectionsOnly &= frame.isCollection;
      if (frame.handle == handle) {
        if (collectionsOnly) {
          throw new FormatException("it has a collection that holds itself");
        }
        found((frame.flags & ONCE) != 0 ? 1 : frame.parts, 0, 0);
        return;
      }
    }
    throw new Malformed("a reference to what is not there yet");
  }

  // ---- strings and arrays

  private void text(long length) {
    int end = in.position() + length(length);
    int handle = handle();
    int sum = 0;
    while (in.position() < end) {
      int unit = in.get();
      if (unit < 0) { // two or three bytes make a UTF-16 unit
        unit =
            (unit & 0xe0) == 0xc0
                ? (unit & 0x1f) << 6 | (in.get() & 0x3f)
                : (unit & 0xf) << 12 | (in.get() & 0x3f) << 6 | (in.get() & 0x3f);
      }
      sum = 31 * sum + unit;
    }
    close(handle, ValueCost.parts(length), sum, HASHED | ORDERED);
  }

  /** A declared length that is really there. */
  private int length(long declared) {
    if (declared < 0 || declared > in.remaining()) {
      throw new Malformed("a length that is not there");
    }
    return (int) declared;
  }

  private void skip(long length) {
    in.position(in.position() + length(length));
  }

  private void array(int depth) {
    SerialClass type = description(depth);
    if (type == null || type.name().length() < 2 || type.name().charAt(0) != '[') {
      throw new Malformed("an array without its class");
    }
    boolean ofList = !frames.isEmpty() && top().isCollection && top().parts == 1;
    Frame frame = new Frame(handle(), ofList);
    int length = in.getInt();
    char element = type.name().charAt(1);
    if (element != 'L' && element != '[') {
      int size = SerialClass.bytes(element);
      skip((long) size * length);
      close(frame.handle, ValueCost.parts((long) size * length), 0, 0);
      return;
    }
    length(length);
    frames.add(frame);
    int sum = 1;
    int common = HASHED;
    for (int i = 0; i < length; i++) {
      child(frame, depth);
      sum = 31 * sum + hash;
      common &= flags;
    }
    frames.remove(frames.size() - 1);
    close(frame.handle, frame.parts, sum, (frame.flags & URL) | common);
  }

  private Frame top() {
    return frames.get(frames.size() - 1);
  }

  private void child(Frame frame, int depth) {
    object(depth + 1);
    frame.parts = Math.min(frame.parts + parts, ValueCost.MOST);
    frame.flags |= flags & URL;
    cost.requireParts(frame.parts);
  }

  // ---- classes

  private @Nullable SerialClass description(int depth) {
    ValueCost.requireDepth(depth);
    byte tag = in.get();
    if (tag == TC_NULL) {
      return null;
    }
    if (tag == TC_REFERENCE) {
      SerialClass known = classes.get(in.getInt() - baseWireHandle);
      if (known == null) {
        throw new Malformed("a reference to what is no class");
      }
      return known;
    }
    if (tag == TC_PROXYCLASSDESC) {
      throw new FormatException("it holds a dynamic proxy, which is never read");
    }
    if (tag != TC_CLASSDESC) {
      throw new Malformed(String.format("byte 0x%02x where a class begins", tag));
    }
    String name = name();
    in.getLong(); // the version, which is the reader's business
    int handle = handle();
    int kind = in.get();
    List<SerialClass.Field> fields = new ArrayList<>();
    for (int i = in.getShort() & 0xffff; i > 0; i--) {
      char type = (char) in.get();
      fields.add(new SerialClass.Field(type, name()));
      if (type == 'L' || type == '[') {
        object(depth + 1); // its class's name
      }
    }
    if (in.get() != TC_ENDBLOCKDATA) {
      throw new Malformed("a class with an annotation");
    }
    boolean once = !name.startsWith("java.") && trusted.test(name);
    SerialClass type = new SerialClass(name, kind, fields, once);
    classes.put(handle, type);
    type.parent(description(depth + 1));
    return type;
  }

  private String name() {
    byte[] name = new byte[length(in.getShort() & 0xffff)];
    in.get(name);
    return new String(name, java.nio.charset.StandardCharsets.UTF_8);
  }

  // ---- objects

  private void instance(int depth) {
    SerialClass type = description(depth);
    if (type == null) {
      throw new Malformed("an object without its class");
    }
    Frame frame = new Frame(handle(), type.isCollection());
    frame.flags = (type.isOnce() ? ONCE : 0) | (type.name().equals("java.net.URL") ? URL : 0);
    frames.add(frame);
    SerialHash result = new SerialHash(cost);
    for (SerialClass part : type.lineage()) {
      open.add(part);
      data(frame, part, result, depth);
      open.remove(open.size() - 1);
    }
    frames.remove(frames.size() - 1);
    close(
        frame.handle,
        result.times() >= 0 ? 1 + cost.repeated(frame.parts - 1, result.times()) : frame.parts,
        result.hash(),
        frame.flags | (result.isKnown() ? HASHED : 0) | (result.isOrdered() ? ORDERED : 0));
  }

  /** What one class of an object wrote. */
  private void data(Frame frame, SerialClass part, SerialHash result, int depth) {
    result.begin(part.name());
    if (part.hasFields() && !withoutFields.contains(part.name())) {
      for (SerialClass.Field field : part.fields()) {
        if (field.isPrimitive()) {
          result.primitive(field, in.slice(in.position(), length(field.bytes())));
          skip(field.bytes());
        } else if (!(field.name().equals("mutex") && part.isSynchronized() && isItself(frame))) {
          child(frame, depth);
          result.field(hash, flags);
        }
      }
    }
    while (part.hasMore()) {
      in.mark();
      byte tag = in.get();
      if (tag == TC_ENDBLOCKDATA) {
        return;
      }
      if (tag == TC_BLOCKDATA || tag == TC_BLOCKDATALONG) {
        int length = length(tag == TC_BLOCKDATA ? in.get() & 0xff : in.getInt());
        result.block(in.slice(in.position(), length));
        skip(length);
      } else {
        in.reset();
        child(frame, depth);
        if (result.isKey() && (flags & URL) != 0) {
          throw new FormatException(
              "it has a java.net.URL as a key or in a set, which would ask a name server;"
                  + " use java.net.URI");
        }
        result.element(hash, (flags & HASHED) != 0, (flags & ORDERED) != 0);
      }
    }
  }

  /** Whether a reference to the object of {@code frame} comes next, which then is read. */
  private boolean isItself(Frame frame) {
    in.mark();
    if (in.get() == TC_REFERENCE && in.getInt() - baseWireHandle == frame.handle) {
      return true;
    }
    in.reset();
    return false;
  }
}
