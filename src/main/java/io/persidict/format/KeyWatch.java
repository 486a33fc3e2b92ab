package io.persidict.format;

import java.io.ObjectStreamClass;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Watches the keys of large maps and sets, and of those whose keys hold others, while a serialized
 * value is read. {@link SerialScan} finds out which objects of the stream will be keys of which
 * map; each is hashed as soon as it is made, so before the map takes it, and refused if the map
 * would search too long for its place. The hash codes are the objects' own, so it makes no
 * difference of what class they are.
 *
 * <p>Each object must end where the scan saw one end: should the reader ever take the bytes for
 * something else than the scan did, then what is known of them is worth nothing. For the same
 * reason, it must take as the numbers in the fields of a class what the scan took for them, and a
 * class that reads itself must ask for its fields nowhere else.
 */
final class KeyWatch {
  /** Maps of no more keys than this cost little if comparing two takes a step for each part. */
  static final int FEW = 64;

  /** So many slots are for two keys, which a set compares whatever their hash codes are. */
  private static final int TWO = 4;

  /** How a map finds a key. */
  enum Search {
    /** Keys of one hash code make a tree, if their class has an order. */
    TREE,
    /** From slot to slot of a table that is twice as large, as {@code Set.of} does. */
    PROBE,
    /** Along a chain of all keys of a slot, as {@code Hashtable} does. */
    CHAIN
  }

  private static final ClassValue<Boolean> ORDERED =
      new ClassValue<>() {
        @Override
        protected Boolean computeValue(Class<?> type) {
          return type.getName().startsWith("java.")
              && Arrays.stream(type.getGenericInterfaces()).anyMatch(i -> isOrder(i, type));
        }

        private static boolean isOrder(Type implemented, Class<?> type) {
          return implemented instanceof ParameterizedType order
              && order.getRawType() == Comparable.class
              && order.getActualTypeArguments()[0] == type;
        }
      };

  /**
   * What a key takes.
   *
   * @param parts to hash it
   * @param steps to compare it with one like it
   */
  private record Weight(long parts, long steps) {
    /**
     * What comparing it with another takes at most. A set compares each of its elements with each
     * of the other, so for each part it takes the geometric mean of what the two take with one like
     * themselves; but either may hash all that the other one holds.
     */
    long with(Weight other) {
      double mean = Math.sqrt((double) steps / parts * ((double) other.steps / other.parts));
      return Math.min((long) (mean * Math.max(parts, other.parts)), Math.max(steps, other.steps));
    }
  }

  /** A key, and in which slot it is looked for first. */
  private record Probe(int home, Weight weight) {}

  /** A map or set as it fills. */
  private final class Table {
    private final Search search;
    private final int slots;
    private final ValueCost.Hashes hashes = cost.new Hashes();
    private final ValueCost.Hashes chains = cost.new Hashes();

    /** The class of the first key, if it has an order, and the hash codes of keys that have it. */
    private @Nullable Class<?> ordered;

    private int[] orderedHashes = new int[0];
    private int orderedKeys;
    private boolean mixed;

    /** Where its keys begin among all, and how many of them are to come. */
    private final int begin = size;

    private int missing;

    /** The keys in the order in which the table will take them; null for one without a hash. */
    private @Nullable Probe[] probes = new Probe[0];

    Table(Search search, int slots) {
      this.search = search;
      this.slots = slots;
    }

    void expect() {
      missing++;
    }

    void add(Object key, int number, Weight weight) {
      if (search == Search.PROBE && probes.length == 0) {
        probes = new Probe[missing];
      }
      Integer hash = hashOf(key);
      if (search == Search.PROBE && hash != null) {
        probes[number - begin] = new Probe(slots == TWO ? 0 : Math.floorMod(hash, slots), weight);
      }
      missing--;
      if (missing == 0 && search == Search.PROBE) {
        probe();
      }
      if (hash != null) {
        add(key.getClass(), hash, weight);
      }
    }

    private static @Nullable Integer hashOf(Object key) {
      try {
        return key.hashCode();
      } catch (RuntimeException e) {
        return null; // as will happen to the map, or was too early for a class of the user
      }
    }

    private void add(Class<?> type, int hash, Weight weight) {
      if (search == Search.CHAIN) {
        chains.add((hash & Integer.MAX_VALUE) % slots, 1, false);
      } else if (search == Search.TREE
          && !mixed
          && ORDERED.get(type)
          && (ordered == null || ordered == type)) {
        ordered = type;
        if (orderedKeys == orderedHashes.length) {
          orderedHashes = Arrays.copyOf(orderedHashes, 2 * orderedKeys + FEW);
        }
        orderedHashes[orderedKeys++] = spread(hash);
        return;
      } else if (!mixed) {
        mixed = true; // keys of several classes have no order among each other
        Arrays.stream(orderedHashes, 0, orderedKeys).forEach(hashes::note);
        orderedHashes = new int[0];
      }
      hashes.add(
          spread(hash), weight.steps(), !type.isRecord() && !AllowList.isBuiltIn(type.getName()));
    }

    /** As maps see it, of which some take hash codes for the same that are not. */
    private static int spread(int hash) {
      return (hash ^ hash >>> Short.SIZE) & Integer.MAX_VALUE;
    }

    /** Each key passes the keys before it that are where it is looked for. */
    private void probe() {
      @Nullable Weight[] taken = new Weight[slots];
      for (Probe probe : probes) {
        if (probe != null) {
          long comparing = 0;
          int slot = probe.home();
          for (; taken[slot] != null; slot = (slot + 1) % slots) {
            comparing = Math.min(comparing + probe.weight().with(taken[slot]), ValueCost.MOST);
          }
          taken[slot] = probe.weight();
          cost.compare(1, comparing);
        }
      }
      probes = new Probe[0];
    }
  }

  private final ValueCost cost;
  private final List<Table> tables = new ArrayList<>();

  /** Of each key in a table its number among all objects, and where it stands in what follows. */
  private long[] keys = new long[0];

  private int[] tableOfKey = new int[0];
  private long[] partsOfKey = new long[0];
  private long[] stepsOfKey = new long[0];
  private int size;

  private int next;

  /** Where each object ends. */
  private int[] ends = new int[16];

  /** Which objects need not be made. */
  private final BitSet optional = new BitSet();

  /** Where classes that read themselves may ask for their fields, and whether they have to. */
  private int[] begins = new int[16];

  private final BitSet due = new BitSet();
  private final Map<Integer, String> debtors = new HashMap<>();
  private int begun;
  private int passed;

  /** Where classes of these names may not ask for their fields, though others may. */
  private final BitSet barred = new BitSet();

  private final Set<String> barredTypes = new HashSet<>();

  /** Where the numbers in the fields of a class begin, and their last bytes. */
  private final BitSet primitives = new BitSet();

  private final BitSet lastPrimitives = new BitSet();

  private boolean leavesToOthers;
  private int expected;
  private int made;

  /**
   * @param cost is charged for what searching costs
   */
  KeyWatch(ValueCost cost) {
    this.cost = cost;
  }

  /** Whether the bytes alone tell that the value can be read. */
  boolean isEmpty() {
    return tables.isEmpty() && !leavesToOthers;
  }

  /** Code of a class of which nothing is known will read a part of an object. */
  void leavesToOthers() {
    leavesToOthers = true;
  }

  /**
   * An object ends there, and will be made; returns its number.
   *
   * @param isOptional whether it may come to nothing, and its owner put up with that
   */
  int expect(int end, boolean isOptional) {
    if (expected == ends.length) {
      ends = Arrays.copyOf(ends, 2 * expected);
    }
    ends[expected] = end;
    optional.set(expected, isOptional);
    return expected++;
  }

  /**
   * A class that reads itself may ask for its fields there.
   *
   * @param debtor the name of the class that has to; null for none
   */
  void allowFields(int begin, @Nullable String debtor) {
    if (begun == 0 || begins[begun - 1] != begin) {
      if (begun == begins.length) {
        begins = Arrays.copyOf(begins, 2 * begun);
      }
      begins[begun++] = begin;
    }
    if (debtor != null) {
      due.set(begun - 1);
      debtors.put(begin, debtor);
    }
  }

  /** The class of that name may not ask for its fields there. */
  void barFields(int begin, String type) {
    barred.set(begin);
    barredTypes.add(type);
  }

  /** So many bytes there are the numbers in the fields of a class, which are read at once. */
  void primitives(int begin, int length) {
    primitives.set(begin);
    lastPrimitives.set(begin + length - 1);
  }

  /** A map or set of {@code slots} follows, and its keys. */
  void table(Search search, int slots) {
    tables.add(new Table(search, Math.max(1, slots)));
  }

  /**
   * A key of the last table.
   *
   * @param number which it is of all objects
   * @param parts what hashing it takes
   * @param steps what comparing it with another takes
   */
  void key(int number, long parts, long steps) {
    if (size == keys.length) {
      keys = Arrays.copyOf(keys, 2 * size + FEW);
      tableOfKey = Arrays.copyOf(tableOfKey, keys.length);
      partsOfKey = Arrays.copyOf(partsOfKey, keys.length);
      stepsOfKey = Arrays.copyOf(stepsOfKey, keys.length);
    }
    keys[size] = (long) number << Integer.SIZE | size;
    tableOfKey[size] = tables.size() - 1;
    partsOfKey[size] = parts;
    stepsOfKey[size] = steps;
    size++;
    tables.get(tables.size() - 1).expect();
  }

  /** All keys are known; the objects will be made now. */
  void begin() {
    keys = Arrays.copyOf(keys, size);
    Arrays.sort(keys);
  }

  /**
   * An object is whole.
   *
   * @param end where it ends
   * @throws FormatException if it is a key that takes too long to find, or ends elsewhere, or if
   *     one before it was not made that had to be
   */
  void made(Object object, int end) {
    pass(end);
    while (made < expected && ends[made] < end && optional.get(made) && !isKey(made)) {
      made++;
    }
    if (made == expected || ends[made] != end) {
      throw otherThanExpected();
    }
    for (; isKey(made); next++) {
      int key = (int) keys[next];
      tables.get(tableOfKey[key]).add(object, key, new Weight(partsOfKey[key], stepsOfKey[key]));
    }
    made++;
  }

  /** The reader has come that far: no class may be left that had to ask for its fields before. */
  private void pass(int position) {
    while (passed < begun && begins[passed] < position) {
      if (due.get(passed)) {
        throw otherThanExpected();
      }
      passed++;
    }
  }

  /**
   * A class asks for its fields.
   *
   * @throws FormatException if it may not
   */
  void readsFields(int begin) {
    pass(begin);
    if (passed == begun
        || begins[passed] != begin
        || (barred.get(begin) && barredTypes.contains(asking()))) {
      throw otherThanExpected();
    }
    if (due.get(passed) && asking().equals(debtors.get(begin))) {
      due.clear(passed);
    }
  }

  /** The class whose code reads its part of an object now. */
  private static String asking() {
    return StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE)
        .walk(
            frames ->
                frames
                    .map(StackWalker.StackFrame::getDeclaringClass)
                    .takeWhile(type -> type != ObjectStreamClass.class) // which calls it
                    .reduce((inner, outer) -> outer)
                    .orElseThrow()
                    .getName());
  }

  /**
   * The reader takes a single byte, as it does for what tells what follows.
   *
   * @throws FormatException if numbers in the fields of a class begin with it
   */
  void readsByte(int at) {
    if (primitives.get(at)) {
      throw otherThanExpected();
    }
  }

  /**
   * The reader takes so many bytes at once.
   *
   * @throws FormatException if numbers in the fields of a class begin there, but are more or less
   */
  void readsBytes(int begin, int length) {
    if (primitives.get(begin) && lastPrimitives.nextSetBit(begin) != begin + length - 1) {
      throw otherThanExpected();
    }
  }

  private FormatException otherThanExpected() {
    made = expected; // nor will another be as expected
    passed = begun;
    return new FormatException("it is not read as it was weighed");
  }

  /** Whether the next key is that object. */
  private boolean isKey(int number) {
    return next < keys.length && keys[next] >> Integer.SIZE == number;
  }
}
