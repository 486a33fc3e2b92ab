package io.persidict.format;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the parts of one serialized object say of it: whether it is a map, and of which keys. */
final class SerialParts {
  /** What an object is, by a class that it is of. */
  private enum Kind {
    OTHER,
    SET,
    MAP,
    TABLE,
    /** An unmodifiable list, set or map: its tag tells. */
    UNMODIFIABLE,
    COPIES,
    /** Its elements are counted. */
    LIST,
    /** Compares each element with all others. */
    LIST_OF_SET
  }

  private static final Map<String, Kind> KINDS =
      Map.of(
          "java.util.HashSet", Kind.SET,
          "java.util.HashMap", Kind.MAP,
          "java.util.concurrent.ConcurrentHashMap", Kind.MAP,
          "java.util.Hashtable", Kind.TABLE,
          "java.util.CollSer", Kind.UNMODIFIABLE,
          "java.util.Collections$CopiesList", Kind.COPIES,
          "io.persidict.format.StoredCopies", Kind.COPIES,
          "java.util.concurrent.CopyOnWriteArrayList", Kind.LIST,
          "java.util.concurrent.CopyOnWriteArraySet", Kind.LIST_OF_SET);

  private static final Set<String> MAPS =
      Set.of(
          "java.util.HashMap",
          "java.util.TreeMap",
          "java.util.Hashtable",
          "java.util.EnumMap",
          "java.util.IdentityHashMap",
          "java.util.Collections$SingletonMap",
          "java.util.concurrent.ConcurrentHashMap",
          "java.util.concurrent.ConcurrentSkipListMap");

  private static final int SET_TAG = 2;
  private static final int MAP_TAG = 3;

  private final ValueCost cost;
  private final int firstKey;
  private Kind kind = Kind.OTHER;
  private KeyWatch.Search search = KeyWatch.Search.TREE;
  private int blocks;
  private int elements;
  private int keys;
  private int listed = -1;
  private int times = -1;
  private float loadFactor;
  private int chains;

  /** What was noted of the last key, which tells its type if that has an order. */
  private int keyNote;

  private boolean unordered;
  private boolean isCostly;
  private boolean isMap;
  private long stepsOfKeys;
  private long partsOfKeys;
  private long stepsOfList;
  private int untold;
  private long untoldParts;

  /**
   * @param firstKey where its first key will be noted
   */
  SerialParts(ValueCost cost, int firstKey) {
    this.cost = cost;
    this.firstKey = firstKey;
  }

  int firstKey() {
    return firstKey;
  }

  /** The parts of the superclass, or class, of that name begin; none if the reader skips them. */
  void begin(String name) {
    kind = KINDS.getOrDefault(name, Kind.OTHER);
    blocks = 0;
    elements = 0;
    isMap |= MAPS.contains(name);
    if (kind == Kind.LIST) {
      listed = 0;
    } else if (kind == Kind.TABLE) {
      search = KeyWatch.Search.CHAIN;
      loadFactor = 0.75f;
    } else if (name.equals("java.util.Properties")) {
      search = KeyWatch.Search.TREE; // a table in name only
    }
  }

  void primitive(SerialClass.Field field, ByteBuffer value) {
    if (kind == Kind.UNMODIFIABLE && field.name().equals("tag")) {
      search = KeyWatch.Search.PROBE;
      int tag = value.getInt() & 0xff;
      kind = tag == SET_TAG ? Kind.SET : tag == MAP_TAG ? Kind.MAP : Kind.OTHER;
      isMap = kind == Kind.MAP;
    } else if (kind == Kind.COPIES && field.type() == 'I') {
      times = Math.max(times, value.getInt());
    } else if (kind == Kind.TABLE && field.name().equals("loadFactor")) {
      loadFactor = value.getFloat();
    }
  }

  /** An object in a field of it, and what was noted and is known of that. */
  void field(int note, long parts, long steps) {
    if (kind == Kind.LIST_OF_SET) {
      if (note < 0) {
        throw new FormatException("it has a set whose list is not read yet");
      }
      cost.compare(note, (note + steps - parts) / 2);
      stepsOfList = ValueCost.times(steps, Math.max(0, note - 1)) / 2;
    }
  }

  /** Data of its own making. */
  void block(ByteBuffer data) {
    blocks++;
    if (kind == Kind.SET && search == KeyWatch.Search.TREE) {
      requireLone(data, 12);
      float factor = data.getFloat(4);
      // Java 17 makes a table of that factor, however small, which doubles with each element.
      if (!(factor >= 0.01f)) {
        throw new FormatException("it has a set with the load factor " + factor);
      }
    } else if (kind == Kind.TABLE) {
      requireLone(data, 8);
      chains = chains(data.getInt(0), data.getInt(4));
    }
  }

  /** The reader takes what it needs from several blocks, or from the first of them. */
  private void requireLone(ByteBuffer data, int size) {
    if (blocks > 1 || data.remaining() != size) {
      throw new FormatException("it has a set or table that says otherwise how large it is");
    }
  }

  /** How many chains a Hashtable makes that was written with so many and has so many elements. */
  private int chains(int written, int count) {
    float factor = Math.min(Math.max(0.25f, loadFactor), 4.0f);
    int room = (int) ((count + count / 20) / factor) + 3;
    int odd = room > count && (room & 1) == 0 ? room - 1 : room;
    return Math.min(odd, Math.max(written, (int) (count / factor) + 1));
  }

  /** An object that it wrote by itself; tells whether it is a key. */
  boolean element() {
    elements++;
    if (kind == Kind.LIST) {
      listed = elements;
    }
    return kind == Kind.SET || ((kind == Kind.MAP || kind == Kind.TABLE) && elements % 2 == 1);
  }

  /**
   * The element was a key.
   *
   * @param parts what hashing it takes
   * @param steps what comparing it with another takes
   */
  void key(boolean hasOrder, int note, long parts, long steps) {
    unordered |= !hasOrder || (keys > 0 && note != keyNote);
    keyNote = note;
    keys++;
    stepsOfKeys = Math.min(stepsOfKeys + steps, ValueCost.MOST);
    partsOfKeys = Math.min(partsOfKeys + parts, ValueCost.MOST);
    isCostly |= steps > parts;
  }

  /** How many keys it may have without being watched. */
  int unwatched() {
    return isCostly ? 1 : KeyWatch.FEW;
  }

  /**
   * What comparing it with another takes at most, beyond a comparison of each part: each key is
   * hashed, and all may have one hash code, so that each is compared with half of the others.
   */
  long searching() {
    long ofKeys =
        search() == null
            ? 0
            : partsOfKeys + ValueCost.times(stepsOfKeys, Math.max(1, keys - 1)) / 2;
    return ofKeys + stepsOfList;
  }

  /** The key was a string of which the reader will not tell when it is made. */
  void untold(long parts) {
    untold++;
    untoldParts = Math.min(untoldParts + parts, ValueCost.MOST);
  }

  /** Takes all such keys for keys of one hash code. */
  void spendUntold() {
    if (untold > 0 && search() != null) {
      ValueCost.Hashes hashes = cost.new Hashes();
      for (int i = 0; i < untold; i++) {
        hashes.add(0, untoldParts / untold, false);
      }
    }
  }

  /** How it finds a key; null if that takes little whatever the hash codes are. */
  KeyWatch.@Nullable Search search() {
    return search == KeyWatch.Search.TREE && !unordered ? null : search;
  }

  int slots() {
    return search == KeyWatch.Search.CHAIN ? chains : 2 * keys;
  }

  /** How many elements it has as a list; negative if it is none. */
  int listed() {
    return listed;
  }

  /**
   * Whether it is a map: some compare what they hold twice, with another in both directions or a
   * key whose value is null, and each may be compared with such a one.
   */
  boolean isMap() {
    return isMap;
  }

  /** How often the object stands for what it holds; negative for a usual one. */
  int times() {
    return times;
  }
}
