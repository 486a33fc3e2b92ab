package io.persidict.format;

import java.nio.ByteBuffer;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Works out the hash code that an object will have from its serialized parts, for the collections
 * and boxes of the JDK, and counts equal hash codes among the keys of maps and elements of sets.
 */
final class SerialHash {
  /** What the parts of an object are. */
  private enum Kind {
    OTHER,
    LIST,
    SET,
    MAP,
    /** A map that searches all keys of a hash code, also of those that have an order. */
    TABLE,
    /** An unmodifiable list, set or map: its tag tells. */
    UNMODIFIABLE,
    /** What holds another collection, and has its hash code. */
    WRAPPER,
    COPIES,
    BOX
  }

  private static final Map<String, Kind> KINDS =
      Map.ofEntries(
          Map.entry("java.util.ArrayList", Kind.LIST),
          Map.entry("java.util.LinkedList", Kind.LIST),
          Map.entry("java.util.concurrent.CopyOnWriteArrayList", Kind.LIST),
          Map.entry("java.util.HashSet", Kind.SET),
          Map.entry("java.util.HashMap", Kind.MAP),
          Map.entry("java.util.concurrent.ConcurrentHashMap", Kind.MAP),
          Map.entry("java.util.Hashtable", Kind.TABLE),
          Map.entry("java.util.CollSer", Kind.UNMODIFIABLE),
          Map.entry("java.util.Arrays$ArrayList", Kind.WRAPPER),
          Map.entry("java.util.Collections$UnmodifiableCollection", Kind.WRAPPER),
          Map.entry("java.util.Collections$UnmodifiableMap", Kind.WRAPPER),
          Map.entry("java.util.Collections$SynchronizedCollection", Kind.WRAPPER),
          Map.entry("java.util.Collections$SynchronizedMap", Kind.WRAPPER),
          Map.entry("java.util.Collections$SingletonList", Kind.WRAPPER),
          Map.entry("java.util.Collections$SingletonSet", Kind.WRAPPER),
          Map.entry("java.util.Collections$CopiesList", Kind.COPIES),
          Map.entry("io.persidict.format.StoredCopies", Kind.COPIES),
          Map.entry("java.lang.Boolean", Kind.BOX),
          Map.entry("java.lang.Character", Kind.BOX),
          Map.entry("java.lang.Byte", Kind.BOX),
          Map.entry("java.lang.Short", Kind.BOX),
          Map.entry("java.lang.Integer", Kind.BOX),
          Map.entry("java.lang.Long", Kind.BOX),
          Map.entry("java.lang.Float", Kind.BOX),
          Map.entry("java.lang.Double", Kind.BOX));

  private final ValueCost cost;
  private Kind kind = Kind.OTHER;
  private Kind known = Kind.OTHER;
  private ValueCost.@Nullable Hashes hashes;
  private boolean treeless;
  private boolean complete = true;
  private int elements;
  private int hash;
  private int key;
  private int times = -1;

  SerialHash(ValueCost cost) {
    this.cost = cost;
  }

  /** The parts of the superclass, or class, of that name begin. */
  void begin(String name) {
    kind = KINDS.getOrDefault(name, Kind.OTHER);
    if (kind != Kind.OTHER) {
      known = kind;
      hash = kind == Kind.LIST ? 1 : 0;
      treeless = kind == Kind.TABLE;
    }
  }

  void primitive(SerialClass.Field field, ByteBuffer value) {
    if (kind == Kind.UNMODIFIABLE && field.name().equals("tag")) {
      kind =
          switch (value.getInt() & 0xff) {
            case 2 -> Kind.SET;
            case 3 -> Kind.MAP;
            default -> Kind.LIST;
          };
      known = kind;
      hash = kind == Kind.LIST ? 1 : 0;
      treeless = true;
    } else if (kind == Kind.COPIES && field.type() == 'I') {
      times = value.getInt();
    } else if (kind == Kind.BOX) {
      hash =
          switch (field.type()) {
            case 'Z' -> Boolean.hashCode(value.get() != 0);
            case 'B' -> value.get();
            case 'C' -> value.getChar();
            case 'S' -> value.getShort();
            case 'J', 'D' -> Long.hashCode(value.getLong());
            default -> value.getInt();
          };
    }
  }

  /** What an object in a field of it has for a hash code, if that is known. */
  void field(int hashOfField, int flags) {
    if (kind == Kind.WRAPPER) {
      hash = hashOfField;
      complete = (flags & 2) != 0;
    }
  }

  /** Data of its own making. */
  void block(ByteBuffer data) {
    if (kind == Kind.SET && !treeless && data.remaining() == 12) {
      float loadFactor = data.getFloat(4);
      // Java 17 makes a table of that factor, however small, which doubles with each element.
      if (!(loadFactor >= 0.01f)) {
        throw new FormatException("it has a set with the load factor " + loadFactor);
      }
    }
  }

  /** Whether the element that follows is hashed when the object is read. */
  boolean isKey() {
    return kind == Kind.SET || ((kind == Kind.MAP || kind == Kind.TABLE) && elements % 2 == 0);
  }

  /** An object that it wrote by itself. */
  void element(int hashOfElement, boolean isKnown, boolean isOrdered) {
    complete &= isKnown;
    switch (kind) {
      case LIST -> hash = 31 * hash + hashOfElement;
      case SET -> {
        hash += hashOfElement;
        note(hashOfElement, isKnown, isOrdered);
      }
      case MAP, TABLE -> {
        if (isKey()) {
          key = hashOfElement;
          note(hashOfElement, isKnown, isOrdered);
        } else {
          hash += key ^ hashOfElement;
        }
      }
      default -> {}
    }
    elements++;
  }

  private void note(int hashOfKey, boolean isKnown, boolean isOrdered) {
    if (isKnown && (treeless || !isOrdered)) {
      if (hashes == null) {
        hashes = cost.new Hashes();
      }
      hashes.add(hashOfKey);
    }
  }

  int hash() {
    return hash;
  }

  boolean isKnown() {
    return complete && known != Kind.OTHER && known != Kind.COPIES;
  }

  boolean isOrdered() {
    return known == Kind.BOX;
  }

  /** How often the object stands for what it holds; negative for a usual one. */
  int times() {
    return times;
  }
}
