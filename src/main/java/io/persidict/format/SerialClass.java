package io.persidict.format;

import static java.io.ObjectStreamConstants.SC_BLOCK_DATA;
import static java.io.ObjectStreamConstants.SC_EXTERNALIZABLE;
import static java.io.ObjectStreamConstants.SC_SERIALIZABLE;
import static java.io.ObjectStreamConstants.SC_WRITE_METHOD;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A class as a serialized stream describes it. */
final class SerialClass {
  /** A field; its type is the first letter of the class file's descriptor. */
  record Field(char type, String name) {
    boolean isPrimitive() {
      return type != 'L' && type != '[';
    }

    int bytes() {
      return SerialClass.bytes(type);
    }
  }

  private final String name;
  private final int kind;
  private final List<Field> fields;
  private final boolean once;
  private List<SerialClass> lineage = List.of();

  SerialClass(String name, int kind, List<Field> fields, boolean once) {
    this.name = name;
    this.kind = kind;
    this.fields = fields;
    this.once = once;
    boolean external = (kind & SC_EXTERNALIZABLE) != 0;
    if (external && ((kind & SC_BLOCK_DATA) == 0 || (kind & SC_SERIALIZABLE) != 0)) {
      throw new FormatException("it holds a " + name + " of an old form, which is not read");
    }
  }

  /** How many bytes a value of that primitive type takes. */
  static int bytes(char type) {
    return switch (type) {
      case 'B', 'Z' -> 1;
      case 'C', 'S' -> 2;
      case 'I', 'F' -> 4;
      case 'J', 'D' -> 8;
      default -> throw new FormatException("it holds a field of type " + type + ", which is none");
    };
  }

  void parent(@Nullable SerialClass parent) {
    List<SerialClass> classes = new ArrayList<>();
    if (parent != null) {
      classes.addAll(parent.lineage);
    }
    classes.add(this);
    lineage = Collections.unmodifiableList(classes);
  }

  String name() {
    return name;
  }

  List<Field> fields() {
    return fields;
  }

  /** It and its superclasses, in the order in which these write their parts of an object. */
  List<SerialClass> lineage() {
    return lineage;
  }

  /** Whether objects count once, wherever they stand. */
  boolean isOnce() {
    return once;
  }

  /** Whether it writes its fields, before whatever else. */
  boolean hasFields() {
    return (kind & SC_SERIALIZABLE) != 0;
  }

  /** Whether it writes objects and data of its own making. */
  boolean hasMore() {
    return (kind & (SC_WRITE_METHOD | SC_EXTERNALIZABLE)) != 0;
  }

  /** Whether it may have written its own data instead of its fields, as the JDK's never do. */
  boolean mayOmitFields() {
    return !name.startsWith("java.")
        && hasFields()
        && (kind & SC_WRITE_METHOD) != 0
        && !fields.isEmpty();
  }

  /** Whether objects are hashed and compared by what they hold. */
  boolean isCollection() {
    return name.startsWith("java.util.")
        && lineage.stream().noneMatch(part -> part.name.equals("java.lang.Throwable"));
  }

  boolean isSynchronized() {
    return name.startsWith("java.util.Collections$Synchronized");
  }
}
