package io.persidict.format;

import java.io.ObjectStreamConstants;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
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
 * <p>Comparing two objects may take more steps than they have parts: a set looks for each element
 * of the other among all of its own that have the same hash code. How many those are is not told by
 * the bytes, so the worst is taken. {@link KeyWatch} knows which keys are compared at all: those
 * that really have the same hash code.
 *
 * <p>All that is found here holds only if the reader finds the same, so what no writer writes is
 * refused even where a reader would put up with it, and {@link KeyWatch} compares where each object
 * ends.
 *
 * @see <a
 *     href="https://docs.oracle.com/en/java/javase/17/docs/specs/serialization/protocol.html">the
 *     grammar</a>
 */
final class SerialScan implements ObjectStreamConstants {
  /** Holds a URL, whose hash code and equality ask a name server. */
  private static final int URL = 1;

  /** Counts once, wherever it stands. */
  private static final int ONCE = 2;

  /** Not read to its end yet. */
  private static final int OPEN = 4;

  /** Holds something whose class is not found. */
  private static final int LACKING = 8;

  /** Holds a collection that was not read to its end then, so that its parts were not known. */
  private static final int PARTIAL = 16;

  /** What also holds of whoever holds it. */
  private static final int INHERITED = URL | LACKING | PARTIAL;

  private static final int FLAG_BITS = 5;

  /** As how many more parts a calendar counts that computes its time for each hash code. */
  private static final int UNTIMED = 100;

  /** What is no object of its own for the reader: null, a class, what is not whole yet. */
  private static final int NONE = -1;

  private static final int OF_STRING = NONE - 1;

  /** The number of what the reader makes without telling anybody: names. */
  private static final int UNTOLD = NONE - 1;

  /** Classes that have an order, by which a map finds a key among those of the same hash code. */
  private static final List<String> ORDERED =
      List.of(
          "java.lang.String",
          "java.lang.Character",
          "java.lang.Byte",
          "java.lang.Short",
          "java.lang.Integer",
          "java.lang.Long",
          "java.lang.Float",
          "java.lang.Double",
          "java.util.UUID",
          "java.util.Date");

  /** How many classes of one stream may write themselves without their fields. */
  private static final int MAX_SUSPECTS = 8;

  private final ByteBuffer in;
  private final SerialClass.Finder finder;
  private final Set<String> withoutFields;
  private final ValueCost cost;

  private final Map<Integer, SerialClass> classes = new HashMap<>();
  private final List<Frame> frames = new ArrayList<>();

  /** The classes whose parts of an object are being read. */
  private final List<SerialClass> open = new ArrayList<>();

  /** The handles of strings that may be the type of a field, by their first letter. */
  private final BitSet ofObjects = new BitSet();

  private final BitSet ofArrays = new BitSet();

  /** Whether the next object is within a calendar's own data. */
  private boolean inCalendar;

  /** Whether there are objects of classes that are not found, which the reader skips. */
  private boolean hasUnknown;

  /** Of each handle its parts, shifted, with its flags. */
  private long[] weights = new long[16];

  /** Of each handle which object it is of those of which the reader tells when they are whole. */
  private int[] numbers = new int[16];

  /** Of each handle how many elements it has as a list, or which of {@link #ORDERED} it is. */
  private int[] notes = new int[16];

  /** Of each handle what comparing it with another takes at most. */
  private long[] comparisons = new long[16];

  private int handles;

  /** What the last object that was read weighs, and is. */
  private long parts;

  private long steps;
  private int flags;
  private int number;
  private int note;

  /** The keys of the maps that are being read, the innermost last. */
  private long[] pending = new long[16];

  private int pendingKeys;
  private final KeyWatch watch;

  private SerialScan(
      byte[] bytes, SerialClass.Finder finder, Set<String> withoutFields, ValueCost cost) {
    this.in = ByteBuffer.wrap(bytes);
    this.finder = finder;
    this.withoutFields = withoutFields;
    this.cost = cost;
    this.watch = new KeyWatch(cost);
  }

  /** An object or array that is being read. */
  private static final class Frame {
    final int handle;
    final boolean isCollection;
    final boolean isRecord;
    long parts = 1;
    long steps = 1;
    int flags;

    Frame(int handle, boolean isCollection, boolean isRecord) {
      this.handle = handle;
      this.isCollection = isCollection;
      this.isRecord = isRecord;
    }
  }

  /** The bytes do not follow the grammar. */
  private static class Malformed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Malformed(String message) {
      super(message, null, false, false);
    }
  }

  /** The bytes follow the grammar, but hold what no object that is written here has. */
  private static final class Unusual extends Malformed {
    private static final long serialVersionUID = 1L;

    Unusual(String message) {
      super(message);
    }
  }

  /**
   * Refuses a stream whose object would cost too much, or would lack a part that the JDK never
   * leaves out.
   *
   * @return what to watch while the object is read
   * @throws FormatException if it does, or is malformed
   */
  static KeyWatch requireBounded(byte[] bytes, SerialClass.Finder finder) {
    return check(bytes, finder, new ValueCost(bytes.length));
  }

  /**
   * Refuses a stream that was just written if its object would not be read for another reason than
   * its cost: nested too deep, or with a URL where it is hashed.
   *
   * @throws FormatException if so
   */
  static void requireReadable(byte[] bytes, SerialClass.Finder finder) {
    check(bytes, finder, ValueCost.unlimited());
  }

  private static KeyWatch check(byte[] bytes, SerialClass.Finder finder, ValueCost cost) {
    Set<String> withoutFields = new HashSet<>();
    while (true) {
      SerialScan scan = new SerialScan(bytes, finder, withoutFields, cost);
      try {
        scan.stream();
        return scan.watch;
      } catch (Malformed | BufferUnderflowException e) {
        // A class that writes itself should write its fields first; some, against the rules, do not
        String suspect = scan.suspect();
        if (suspect == null || !withoutFields.add(suspect)) {
          throw new FormatException(
              "it is not a serialized object" + scan.hint() + ": " + e,
              e,
              !(e instanceof Unusual) && scan.knowsWhatIsWritten());
        }
      }
    }
  }

  /** A class that may have left its fields out; if one may that is being read, the innermost. */
  private @Nullable String suspect() {
    if (withoutFields.size() == MAX_SUSPECTS) {
      return null;
    }
    List<SerialClass> types = new ArrayList<>(classes.values());
    types.addAll(open);
    for (int i = types.size() - 1; i >= 0; i--) {
      SerialClass type = types.get(i);
      if (!withoutFields.contains(type.name()) && type.mayOmitFields()) {
        return type.name();
      }
    }
    return null;
  }

  /** Whether no class that was met may have written something in another way than it should. */
  private boolean knowsWhatIsWritten() {
    return Stream.concat(open.stream(), classes.values().stream())
        .noneMatch(type -> type.isForeign() && type.hasMore());
  }

  /** What may be wrong with it, if it was written as it is. */
  private String hint() {
    List<String> names =
        Stream.concat(open.stream(), classes.values().stream())
            .filter(type -> type.isForeign() && type.hasMore() && type.primitiveBytes() > 0)
            .map(SerialClass::name)
            .distinct()
            .toList();
    return names.isEmpty()
        ? ""
        : " that can be read: "
            + (names.size() == 1 ? names.get(0) : "a class in it")
            + " may write data before its fields, which is not supported; let its writeObject call"
            + " defaultWriteObject first, or use another format";
  }

  private void stream() {
    if (in.getShort() != STREAM_MAGIC || in.getShort() != STREAM_VERSION) {
      throw new Malformed("it does not begin as one");
    }
    object(1);
    if (in.hasRemaining()) {
      throw new Unusual("bytes after its object");
    }
  }

  private void object(int depth) {
    ValueCost.requireDepth(depth);
    byte tag = in.get();
    switch (tag) {
      case TC_NULL -> found(1, 1, 0, NONE, NONE);
      case TC_REFERENCE -> reference(in.getInt() - baseWireHandle);
      case TC_STRING -> text(in.getShort() & 0xffff);
      case TC_LONGSTRING -> text(in.getLong());
      case TC_ARRAY -> array(depth);
      case TC_OBJECT -> instance(depth);
      case TC_CLASS -> {
        SerialClass type = described(depth);
        close(handle(), 1, 1, type.isKnown() ? 0 : LACKING, NONE, NONE);
      }
      case TC_ENUM -> {
        SerialClass type = described(depth);
        int handle = handle();
        untold(in.get());
        made(type, handle, 1, 1, 0, NONE, true); // the constant may be gone
      }
      case TC_CLASSDESC,
          TC_PROXYCLASSDESC,
          TC_BLOCKDATA,
          TC_BLOCKDATALONG,
          TC_RESET,
          TC_EXCEPTION ->
          throw new Unusual(noObject(tag));
      default -> throw new Malformed(noObject(tag));
    }
  }

  private static String noObject(byte tag) {
    return String.format("byte 0x%02x where an object begins", tag);
  }

  private void found(long newParts, long newSteps, int newFlags, int newNumber, int newNote) {
    parts = newParts;
    steps = newSteps;
    flags = newFlags;
    number = newNumber;
    note = newNote;
  }

  // ---- handles

  private int handle() {
    if (handles == weights.length) {
      weights = Arrays.copyOf(weights, 2 * handles);
      numbers = Arrays.copyOf(numbers, 2 * handles);
      notes = Arrays.copyOf(notes, 2 * handles);
      comparisons = Arrays.copyOf(comparisons, 2 * handles);
    }
    weights[handles] = OPEN;
    return handles++;
  }

  private void close(
      int handle, long newParts, long newSteps, int newFlags, int newNumber, int newNote) {
    cost.requireParts(newParts);
    cost.spend(newParts);
    weights[handle] = newParts << FLAG_BITS | newFlags;
    numbers[handle] = newNumber;
    notes[handle] = newNote;
    comparisons[handle] = newSteps;
    found(newParts, newSteps, newFlags, newNumber, newNote);
  }

  /**
   * Ends an object of which the reader will tell, unless it does not find its class.
   *
   * @param mayFail whether it may come to nothing once it is read, which its owner may put up with
   */
  private void made(
      SerialClass type,
      int handle,
      long newParts,
      long newSteps,
      int newFlags,
      int newNote,
      boolean mayFail) {
    boolean lacks = !type.isKnown();
    int told = lacks ? NONE : watch.expect(in.position(), mayFail || (newFlags & LACKING) != 0);
    close(handle, newParts, newSteps, lacks ? newFlags | LACKING : newFlags, told, newNote);
  }

  private void reference(int handle) {
    if (classes.containsKey(handle)) {
      throw new Unusual("a reference to what is no object");
    }
    if (handle < 0 || handle >= handles) {
      throw new Malformed("a reference to what is not there");
    }
    int known = (int) weights[handle] & ((1 << FLAG_BITS) - 1);
    if ((known & OPEN) == 0) {
      boolean once = (known & ONCE) != 0;
      found(
          once ? 1 : weights[handle] >> FLAG_BITS,
          once ? 1 : comparisons[handle],
          known & ~ONCE,
          numbers[handle],
          notes[handle]);
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
        if (frame.isRecord) {
          throw new FormatException("it has a record that holds itself, which is null there");
        }
        boolean once = (frame.flags & ONCE) != 0;
        int held = frame.flags & INHERITED;
        found(
            once ? 1 : frame.parts,
            once ? 1 : frame.steps,
            once ? held & ~PARTIAL : frame.isCollection ? held | PARTIAL : held,
            NONE,
            NONE);
        return;
      }
    }
    throw new Malformed("a reference to what is not there yet");
  }

  // ---- strings and arrays

  private void text(long length) {
    int handle = string(length);
    long count = ValueCost.parts(length);
    close(handle, count, count, 0, watch.expect(in.position(), false), OF_STRING);
  }

  /** A string that the reader takes for itself, and as what others refer to. */
  private void untold(byte tag) {
    if (tag != TC_STRING && tag != TC_LONGSTRING) {
      throw new Malformed(String.format("byte 0x%02x where a string begins", tag));
    }
    long length = tag == TC_STRING ? in.getShort() & 0xffff : in.getLong();
    long count = ValueCost.parts(length);
    close(string(length), count, count, 0, UNTOLD, OF_STRING);
  }

  private int string(long length) {
    int handle = handle();
    int begin = in.position();
    skip(length);
    if (length > 0 && in.get(begin) == 'L') {
      ofObjects.set(handle, isDescriptor(begin));
    } else if (length > 0 && in.get(begin) == '[') {
      ofArrays.set(handle, isDescriptor(begin));
    }
    return handle;
  }

  /** Whether what begins there and has just been read looks as the type of an object does. */
  private boolean isDescriptor(int begin) {
    int at = begin;
    while (at < in.position() && in.get(at) == '[') {
      at++;
    }
    int end = in.position() - 1;
    if (at == end) {
      return "BCDFIJSZ".indexOf(in.get(at)) >= 0;
    }
    if (at > end || in.get(at) != 'L' || in.get(end) != ';') {
      return false;
    }
    for (at++; at < end; at++) {
      byte letter = in.get(at);
      if (letter == ';' || letter == '[' || (letter >= 0 && letter < ' ')) {
        return false;
      }
    }
    return true;
  }

  /** The type of a field, which the reader goes by, not by the letter before the field's name. */
  private void type(char letter) {
    byte tag = in.get();
    int handle = handles;
    if (tag == TC_REFERENCE) {
      handle = in.getInt() - baseWireHandle;
    } else {
      untold(tag);
    }
    if (handle < 0 || !(letter == 'L' ? ofObjects : ofArrays).get(handle)) {
      throw new Malformed("a field whose type is another");
    }
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
    SerialClass type = described(depth);
    if (type.name().length() < 2 || type.name().charAt(0) != '[') {
      throw new Malformed("an array of a class that is none of arrays");
    }
    boolean ofList = !frames.isEmpty() && top().isCollection && top().parts == 1;
    Frame frame = new Frame(handle(), ofList, false);
    int length = in.getInt();
    char element = type.name().charAt(1);
    if (element != 'L' && element != '[') {
      if (type.name().length() > 2) {
        throw new Malformed("an array of " + type.name()); // which is not found, so of objects
      }
      int size = SerialClass.bytes(element);
      skip((long) size * length);
      long count = ValueCost.parts((long) size * length);
      made(type, frame.handle, count, count, 0, NONE, false);
      return;
    }
    length(length);
    frames.add(frame);
    for (int i = 0; i < length; i++) {
      child(frame, depth);
    }
    frames.remove(frames.size() - 1);
    made(type, frame.handle, frame.parts, frame.steps, frame.flags & INHERITED, NONE, false);
  }

  private Frame top() {
    return frames.get(frames.size() - 1);
  }

  private void child(Frame frame, int depth) {
    object(depth + 1);
    frame.parts = Math.min(frame.parts + parts, ValueCost.MOST);
    frame.steps = Math.min(frame.steps + steps, ValueCost.MOST);
    frame.flags |= flags & INHERITED;
    cost.requireParts(frame.parts);
  }

  // ---- classes

  /** The class of an object, an array, a constant, or as an object. */
  private SerialClass described(int depth) {
    SerialClass type = description(depth);
    if (type == null) {
      throw new Malformed("an object without its class");
    }
    hasUnknown |= !type.isKnown();
    return type;
  }

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
    int count = in.getShort();
    if (count < 0) {
      throw new Malformed("a negative number of fields"); // which the reader takes for none
    }
    List<SerialClass.Field> fields = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (int i = 0; i < count; i++) {
      SerialClass.Field field = new SerialClass.Field((char) in.get(), name());
      if (!names.add(field.name())) {
        throw new Malformed("two fields of one name");
      }
      if (!field.isPrimitive()) {
        type(field.type());
      }
      fields.add(field);
    }
    if (in.get() != TC_ENDBLOCKDATA) {
      throw new Unusual("a class with an annotation");
    }
    SerialClass type = new SerialClass(name, kind, fields, finder);
    type.parent(description(depth + 1));
    classes.put(handle, type);
    return type;
  }

  private String name() {
    int length = length(in.getShort() & 0xffff);
    int end = in.position() + length;
    StringBuilder name = new StringBuilder(length);
    while (in.position() < end) {
      name.append(letter());
    }
    if (in.position() > end) {
      throw new Malformed("a name that ends within a letter");
    }
    return name.toString();
  }

  /** A letter in the modified UTF-8 of names, which must be in its shortest form. */
  private char letter() {
    int first = in.get();
    if (first > 0) {
      return (char) first;
    }
    boolean isOfTwo = (first & 0xe0) == 0xc0;
    if (!isOfTwo && (first & 0xf0) != 0xe0) {
      throw new Malformed("a name that is not in UTF-8");
    }
    int letter = isOfTwo ? first & 0x1f : (first & 0xf) << 6 | more();
    letter = letter << 6 | more();
    if (letter < (isOfTwo ? 0x80 : 0x800) && !(isOfTwo && letter == 0)) {
      throw new Malformed("a name that is longer than it needs to be");
    }
    return (char) letter;
  }

  private int more() {
    byte next = in.get();
    if ((next & 0xc0) != 0x80) {
      throw new Malformed("a name that is not in UTF-8");
    }
    return next & 0x3f;
  }

  // ---- objects

  private void instance(int depth) {
    SerialClass type = described(depth);
    type.requireWritten();
    if (inCalendar && !type.isZone()) {
      throw new FormatException("it has a calendar that holds a " + type.name());
    }
    Frame frame = new Frame(handle(), type.isCollection(), type.isRecord());
    frame.flags = (type.isOnce() ? ONCE : 0) | (type.name().equals("java.net.URL") ? URL : 0);
    frames.add(frame);
    SerialParts result = new SerialParts(cost, pendingKeys);
    for (SerialClass part : type.lineage()) {
      open.add(part);
      result.begin(type.hasPart(part) ? part.name() : "");
      data(frame, type, part, result, depth);
      open.remove(open.size() - 1);
    }
    frames.remove(frames.size() - 1);
    watch(result);
    frame.steps = Math.min(frame.steps + result.searching(), ValueCost.MOST);
    if (result.times() >= 0) {
      frame.parts = 1 + cost.repeated(frame.parts - 1, result.times());
      frame.steps = 1 + ValueCost.times(frame.steps - 1, result.times());
    }
    if (result.isMap()) {
      frame.steps = ValueCost.times(frame.steps, 2);
    }
    if (type.isOnce()) {
      frame.steps = frame.parts;
      frame.flags &= ~PARTIAL;
    }
    made(
        type,
        frame.handle,
        frame.parts,
        frame.steps,
        frame.flags,
        result.listed() >= 0 ? result.listed() : noteOf(type.name()),
        type.isForeign());
  }

  /** Less than {@link #NONE} for a class that has an order. */
  private static int noteOf(String type) {
    return NONE - 1 - ORDERED.indexOf(type);
  }

  /** What one class of an object wrote. */
  private void data(
      Frame frame, SerialClass type, SerialClass part, SerialParts result, int depth) {
    boolean isOwn = type.leavesToItself(part);
    if (isOwn && part.isForeign()) {
      watch.leavesToOthers();
    }
    // What lacks a part whose class is not found is read by its fields, whatever its classes do
    boolean omits =
        isOwn
            && part.mayOmitFields()
            && withoutFields.contains(part.name())
            && (!hasUnknown || part == type.lineage().get(0));
    int primitives = part.hasFields() && !omits ? part.primitiveBytes() : 0;
    boolean bars = omits && part.primitiveBytes() > 0;
    if (bars) {
      watch.barFields(in.position(), part.name());
    } else if (isOwn) {
      boolean mustAsk = !part.hasMore() && !part.fields().isEmpty();
      watch.allowFields(in.position(), mustAsk ? part.name() : null);
    }
    if (primitives > 0 && !(isOwn && part.hasMore() && areBlocks(primitives))) {
      watch.primitives(in.position(), primitives);
    }
    // to ask for them later
    boolean isFree = isOwn && part.primitiveBytes() == 0 && part.hasMore() && part.isForeign();
    if (part.hasFields() && !omits) {
      for (SerialClass.Field field : part.fields()) {
        if (isFree) {
          watch.allowFields(in.position(), null);
        }
        if (field.isPrimitive()) {
          if (part.isCalendar() && field.name().equals("isTimeSet") && in.get(in.position()) == 0) {
            frame.parts += UNTIMED;
            frame.steps += UNTIMED;
          }
          result.primitive(field, in.slice(in.position(), length(field.bytes())));
          skip(field.bytes());
        } else if (!(field.name().equals("mutex") && part.isSynchronized() && isItself(frame))) {
          if (part.isNeverNull() && in.hasRemaining() && in.get(in.position()) == TC_NULL) {
            throw new FormatException(
                "it holds a " + part.name() + " whose field " + field.name() + " is null");
          }
          child(frame, depth);
          result.field(note, parts, steps);
        }
      }
    }
    while (part.hasMore()) {
      if (isFree) {
        watch.allowFields(in.position(), null);
      }
      in.mark();
      byte tag = in.get();
      if (tag == TC_ENDBLOCKDATA) {
        if (bars) {
          watch.barFields(in.position(), part.name()); // its reader may have looked that far
        }
        return;
      }
      if (tag == TC_BLOCKDATA || tag == TC_BLOCKDATALONG) {
        int length = length(tag == TC_BLOCKDATA ? in.get() & 0xff : in.getInt());
        result.block(in.slice(in.position(), length));
        skip(length);
      } else {
        in.reset();
        boolean around = inCalendar;
        inCalendar |= part.isCalendar();
        child(frame, depth);
        inCalendar = around;
        if (result.element()) {
          key(result);
        }
      }
    }
  }

  /** Whether so many bytes are as well data in blocks, and it is all the same who reads them. */
  private boolean areBlocks(int size) {
    int at = in.position();
    int end = at + length(size);
    while (at < end - 1 && in.get(at) == TC_BLOCKDATA) {
      at += 2 + (in.get(at + 1) & 0xff);
    }
    return at == end;
  }

  // ---- keys

  private void key(SerialParts result) {
    if ((flags & URL) != 0) {
      throw new FormatException(
          "it has a java.net.URL as a key or in a set, which would ask a name server;"
              + " use java.net.URI");
    }
    if ((flags & PARTIAL) != 0) {
      throw new FormatException("it has a key that holds a collection in which the key lies");
    }
    result.key(note < NONE, note, parts, steps);
    if (number == UNTOLD) {
      result.untold(parts);
    } else if (number != NONE) {
      if (pendingKeys + 2 >= pending.length) {
        pending = Arrays.copyOf(pending, 2 * pending.length);
      }
      pending[pendingKeys++] = number;
      pending[pendingKeys++] = parts;
      pending[pendingKeys++] = steps;
    }
  }

  /** Has the keys of a map or set watched, if many have no order or comparing them takes long. */
  private void watch(SerialParts result) {
    result.spendUntold();
    if (pendingKeys - result.firstKey() > 3 * result.unwatched() && result.search() != null) {
      watch.table(result.search(), result.slots());
      for (int i = result.firstKey(); i < pendingKeys; i += 3) {
        watch.key((int) pending[i], pending[i + 1], pending[i + 2]);
      }
    }
    pendingKeys = result.firstKey();
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
