package io.persidict.format;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.math.BigInteger;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads one pickle, by the stack machine that a pickle is a program for, without recursion.
 *
 * <p>Safe, because a name that a pickle mentions is looked up in {@link AllowedCallable}, not among
 * classes. Bounded, because lengths are compared with what is left of the pickle before anything is
 * allocated, memory is counted, containers may nest only so deep, and hashing is budgeted by {@link
 * DecodeLimits}.
 */
final class PickleReader {
  /** How many values containers nested as deep as they may keep on the stack without a mark. */
  private static final int OPEN = 3 * ValueCost.MAX_DEPTH;

  /** How zlib, gzip, bzip2, lzma, xz and Zstandard begin. */
  private static final List<String> OTHER_COMPRESSIONS =
      List.of("x", "\u001f\u008b", "BZh", "]\0\0", "\u00fd7zXZ", "(\u00b5/\u00fd");

  private final ByteBuffer in;
  private final long maxMemory;
  private final DecodeLimits guard;
  private final List<@Nullable Object> stack = new ArrayList<>();
  private final List<Integer> marks = new ArrayList<>();
  private final List<@Nullable Object> memo = new ArrayList<>();
  private long memory;

  /**
   * @param maxMemory how much memory what is made may take, in bytes, about
   */
  PickleReader(byte[] pickle, long maxMemory) {
    this.in = ByteBuffer.wrap(pickle).order(ByteOrder.LITTLE_ENDIAN);
    this.maxMemory = maxMemory;
    this.guard = new DecodeLimits(pickle.length);
  }

  /**
   * The value, null for None.
   *
   * @throws FormatException if it is no whole pickle of a basic value
   */
  @Nullable Object read() {
    try {
      if (in.get() != (byte) Opcode.PROTO) {
        throw new FormatException(
            "it is neither a pickle nor an LZ4 frame", null, !isOfOtherKind(in.array()));
      }
      int protocol = in.get();
      if (protocol < 2 || protocol > 5) {
        throw new FormatException(
            "it is a pickle of protocol " + protocol + "; protocols 2 to 5 are read");
      }
      for (int opcode = unsigned(); opcode != Opcode.STOP; opcode = unsigned()) {
        execute(opcode);
      }
    } catch (BufferUnderflowException e) {
      throw FormatException.malformed("its pickle is truncated", e);
    } catch (FormatException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new FormatException("its pickle is malformed: " + e, e);
    }
    if (stack.size() != 1 || !marks.isEmpty()) {
      throw malformed("it does not end with one value");
    }
    if (in.hasRemaining()) { // which Python ignores
      throw new FormatException("its pickle does not end with one value");
    }
    Object value = stack.get(0);
    guard.requireValue(value);
    return value;
  }

  /** Whether it may be what joblib or pickle writes when asked to, in a way not read here. */
  private static boolean isOfOtherKind(byte[] bytes) {
    String start = new String(bytes, 0, Math.min(bytes.length, 6), ISO_8859_1);
    boolean isCompressed = OTHER_COMPRESSIONS.stream().anyMatch(start::startsWith);
    return isCompressed || bytes[bytes.length - 1] == Opcode.STOP; // protocols 0 and 1
  }

  private void execute(int opcode) {
    switch (opcode) {
      case Opcode.FRAME -> length(in.getLong());
      case Opcode.MARK -> mark();
      case Opcode.NONE -> push(null);
      case Opcode.NEWTRUE -> push(true);
      case Opcode.NEWFALSE -> push(false);
      case Opcode.BININT -> push(made((long) in.getInt()));
      case Opcode.BININT1 -> push(made((long) unsigned()));
      case Opcode.BININT2 -> push(made((long) (in.getShort() & 0xffff)));
      case Opcode.LONG1 -> push(made(integer(take(unsigned()))));
      case Opcode.LONG4 -> push(made(integer(take(in.getInt()))));
      case Opcode.BINFLOAT -> push(made(Double.longBitsToDouble(Long.reverseBytes(in.getLong()))));
      case Opcode.SHORT_BINUNICODE -> push(text(unsigned()));
      case Opcode.BINUNICODE -> push(text(in.getInt()));
      case Opcode.BINUNICODE8 -> push(text(in.getLong()));
      case Opcode.SHORT_BINBYTES -> push(made(take(unsigned())));
      case Opcode.BINBYTES -> push(made(take(in.getInt())));
      case Opcode.BINBYTES8 -> push(made(take(in.getLong())));
      case Opcode.BINGET -> recall(unsigned());
      case Opcode.LONG_BINGET -> recall(in.getInt());
      case Opcode.BINPUT -> memoize(unsigned());
      case Opcode.LONG_BINPUT -> memoize(in.getInt());
      case Opcode.MEMOIZE -> memoize(memo.size());
      case Opcode.GLOBAL -> push(AllowedCallable.named(line(), line()));
      case Opcode.STACK_GLOBAL -> {
        Object name = pop();
        push(AllowedCallable.named(pop(), name));
      }
      case Opcode.REDUCE -> reduce();
      default -> collect(opcode);
    }
  }

  @SuppressWarnings("unchecked") // made by this reader, of anything
  private void collect(int opcode) {
    switch (opcode) {
      case Opcode.EMPTY_LIST -> push(made(new ArrayList<>(0)));
      case Opcode.EMPTY_DICT -> push(made(new LinkedHashMap<>()));
      case Opcode.EMPTY_SET -> push(made(new LinkedHashSet<>()));
      case Opcode.EMPTY_TUPLE -> tuple(0);
      case Opcode.TUPLE1 -> tuple(1);
      case Opcode.TUPLE2 -> tuple(2);
      case Opcode.TUPLE3 -> tuple(3);
      case Opcode.TUPLE -> tuple(sinceMark());
      case Opcode.APPEND -> append(1);
      case Opcode.APPENDS -> append(sinceMark());
      case Opcode.SETITEM -> set(2);
      case Opcode.SETITEMS -> set(sinceMark());
      case Opcode.ADDITEMS -> {
        int count = sinceMark();
        List<@Nullable Object> elements = top(count);
        Set<@Nullable Object> set = (Set<@Nullable Object>) below(count, LinkedHashSet.class);
        elements.forEach(element -> add(set, element));
        elements.clear();
      }
      default ->
          throw new FormatException(
              String.format(
                  "its pickle has opcode 0x%02x at byte %d, which no basic value needs",
                  opcode, in.position() - 1),
              null,
              !Opcode.isOne(opcode));
    }
  }

  // ---- numbers, strings, bytes

  private int unsigned() {
    return in.get() & 0xff;
  }

  /** A declared length that is really there. */
  private int length(long declared) {
    if (declared < 0 || declared > in.remaining()) {
      throw FormatException.malformed(
          "its pickle is truncated, or declares a length that is not there");
    }
    return (int) declared;
  }

  private byte[] take(long length) {
    byte[] bytes = new byte[length(length)];
    in.get(bytes);
    return bytes;
  }

  private static Object integer(byte[] little) {
    if (little.length == 0) {
      return 0L;
    }
    byte[] big = new byte[little.length];
    for (int i = 0; i < big.length; i++) {
      big[i] = little[big.length - 1 - i];
    }
    BigInteger number = new BigInteger(big);
    return number.bitLength() < Long.SIZE ? (Object) number.longValue() : number;
  }

  private String text(long declared) {
    int start = in.position();
    int end = start + length(declared);
    in.position(end);
    return made(PythonText.decode(in.array(), start, end));
  }

  /** A name up to the end of its line. */
  private String line() {
    int start = in.position();
    while (in.get() != '\n') {
      if (in.position() - start > 1000) {
        throw malformed("a name has no end");
      }
    }
    return new String(in.array(), start, in.position() - 1 - start, ISO_8859_1);
  }

  private <T> T made(T object) {
    claim(PickleMemory.of(object));
    return object;
  }

  private void claim(long bytes) {
    memory += bytes;
    if (memory > maxMemory) {
      throw new FormatException(
          "its pickle holds values of more than "
              + maxMemory
              + " bytes of memory, too many for a file of its size");
    }
  }

  // ---- the stack and the memo

  private void push(@Nullable Object value) {
    if (marks.isEmpty() && stack.size() > OPEN) {
      throw new FormatException("its pickle nests deeper than " + ValueCost.MAX_DEPTH);
    }
    claim(PickleMemory.SLOT);
    stack.add(value);
  }

  private @Nullable Object pop() {
    int base = marks.isEmpty() ? 0 : marks.get(marks.size() - 1);
    if (stack.size() <= base) {
      throw malformed("it takes more values than there are");
    }
    return stack.remove(stack.size() - 1);
  }

  private void mark() {
    if (marks.size() > ValueCost.MAX_DEPTH) {
      throw new FormatException("its pickle nests deeper than " + ValueCost.MAX_DEPTH);
    }
    marks.add(stack.size());
  }

  /** Removes the innermost mark and tells how many values stood above it. */
  private int sinceMark() {
    if (marks.isEmpty()) {
      throw malformed("it takes a mark that is not there");
    }
    return stack.size() - marks.remove(marks.size() - 1);
  }

  /** The last values, as a view through which they are to be removed. */
  private List<@Nullable Object> top(int count) {
    int base = marks.isEmpty() ? 0 : marks.get(marks.size() - 1);
    if (count < 0 || count > stack.size() - base) {
      throw malformed("it takes more values than there are");
    }
    return stack.subList(stack.size() - count, stack.size());
  }

  /** The container below the last values. */
  private Object below(int count, Class<?> type) {
    int index = stack.size() - count - 1;
    Object container = index < 0 ? null : stack.get(index);
    if (container == null || !type.isInstance(container)) {
      throw malformed("it adds to what is no " + type.getSimpleName());
    }
    return container;
  }

  private void memoize(int index) {
    if (stack.isEmpty() || index < 0) {
      throw malformed("it remembers what it must not");
    }
    if (index > memo.size()) { // which Python takes, but does not write
      throw new FormatException("its pickle leaves out numbers of what it remembers");
    }
    Object value = stack.get(stack.size() - 1);
    if (index == memo.size()) {
      memo.add(value);
    } else {
      memo.set(index, value);
    }
  }

  private void recall(int index) {
    if (index < 0 || index >= memo.size()) {
      throw malformed("it refers to what is not there");
    }
    Object value = memo.get(index);
    guard.share(value);
    push(value);
  }

  private static FormatException malformed(String how) {
    return FormatException.malformed("its pickle is malformed: " + how);
  }

  // ---- containers

  private void tuple(int count) {
    List<@Nullable Object> elements = top(count);
    List<@Nullable Object> tuple = Arrays.asList(elements.toArray());
    elements.clear();
    push(made(Collections.unmodifiableList(tuple)));
  }

  @SuppressWarnings("unchecked") // made by this reader, of anything
  private void append(int count) {
    List<@Nullable Object> elements = top(count);
    ((List<@Nullable Object>) below(count, ArrayList.class)).addAll(elements);
    elements.clear();
  }

  @SuppressWarnings("unchecked") // made by this reader, of anything
  private void set(int count) {
    List<@Nullable Object> members = top(count);
    Map<@Nullable Object, @Nullable Object> map =
        (Map<@Nullable Object, @Nullable Object>) below(count, LinkedHashMap.class);
    if (count % 2 != 0) {
      throw malformed("a key has no value");
    }
    for (int i = 0; i < count; i += 2) {
      claim(PickleMemory.ENTRY);
      guard.requireKey(map, members.get(i));
      if (map.containsKey(members.get(i))) {
        throw twice(members.get(i));
      }
      map.put(members.get(i), members.get(i + 1));
    }
    members.clear();
  }

  private void add(Set<@Nullable Object> set, @Nullable Object element) {
    claim(PickleMemory.ENTRY);
    guard.requireKey(set, element);
    if (!set.add(element)) {
      throw twice(element);
    }
  }

  /** Python's NaN, for one, is a key as often as one likes, Java's only once. */
  static FormatException twice(@Nullable Object key) {
    String shown = key instanceof Number || key instanceof Boolean ? shown(key) + " " : "";
    return new FormatException("it has the key " + shown + "twice, of which one would be lost");
  }

  private static String shown(Object key) {
    return PythonKeys.isLong(key) ? "of many digits" : key.toString();
  }

  private void reduce() {
    Object arguments = pop();
    Object callee = pop();
    if (!(callee instanceof AllowedCallable call) || !(arguments instanceof List<?> list)) {
      throw malformed("it calls what is no type");
    }
    Object result = made(call.with(list));
    if (result instanceof AllowedCallable.Elements source) {
      Set<@Nullable Object> set = new LinkedHashSet<>();
      source.elements().forEach(element -> add(set, element));
      result = set;
    }
    push(result);
  }
}
