package io.persidict.format;

import static java.io.ObjectStreamConstants.SC_BLOCK_DATA;
import static java.io.ObjectStreamConstants.SC_EXTERNALIZABLE;
import static java.io.ObjectStreamConstants.SC_SERIALIZABLE;
import static java.io.ObjectStreamConstants.SC_WRITE_METHOD;

import java.io.ObjectInputStream;
import java.io.ObjectStreamClass;
import java.io.ObjectStreamField;
import java.io.Serializable;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
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

  /** Those that were found of {@code java}, which are the same for every class loader. */
  private static final Map<String, Class<?>> OF_JDK = new ConcurrentHashMap<>();

  /** Classes of the JDK whose code counts on what is in each of their fields. */
  private static final Pattern NEVER_NULL =
      Pattern.compile(
          "java\\.util\\.(Arrays\\$ArrayList|BitSet|Calendar"
              + "|Collections\\$(Unmodifiable|Synchronized)[A-Za-z]*"
              + "|Collections\\$(SetFromMap|ReverseComparator2)"
              + "|concurrent\\.(ConcurrentHashMap\\$CollectionView|ConcurrentSkipListSet"
              + "|CopyOnWriteArraySet|atomic\\.Atomic[A-Za-z]*Array))");

  /** What the reader finds that no class loader does. */
  static final Set<String> PRIMITIVE =
      Set.of("boolean", "byte", "char", "short", "int", "long", "float", "double", "void");

  /** No class has more; each class that has one costs room for all. */
  private static final int MAX_SUPERCLASSES = 64;

  /** Finds the classes that streams name. */
  interface Finder {
    /**
     * The class of that name, not initialized.
     *
     * @throws ClassNotFoundException if there is none
     */
    Class<?> find(String name) throws ClassNotFoundException;
  }

  private final String name;
  private final int kind;
  private final List<Field> fields;
  private final Optional<Class<?>> real;
  private final boolean isRecord;
  private final boolean neverNull;
  private final int primitiveBytes;
  private List<SerialClass> lineage = List.of();
  private List<SerialClass> readers = List.of();

  SerialClass(String name, int kind, List<Field> fields, Finder finder) {
    this.name = name;
    this.kind = kind;
    this.fields = fields;
    this.primitiveBytes = fields.stream().filter(Field::isPrimitive).mapToInt(Field::bytes).sum();
    this.real = found(name, finder);
    this.isRecord = real.filter(Class::isRecord).isPresent();
    this.neverNull = NEVER_NULL.matcher(name).matches();
    requireFields();
    if (isExternal() && ((kind & SC_BLOCK_DATA) == 0 || (kind & SC_SERIALIZABLE) != 0)) {
      throw new FormatException("it holds a " + name + " of an old form, which is not read");
    }
  }

  private void requireFields() {
    if (neverNull && real.isPresent()) {
      for (ObjectStreamField each : ObjectStreamClass.lookup(real.get()).getFields()) {
        if (fields.stream().noneMatch(field -> field.name().equals(each.getName()))) {
          throw new FormatException("it holds a " + name + " without its field " + each.getName());
        }
      }
    }
  }

  private static Optional<Class<?>> found(String name, Finder finder) {
    Class<?> known = OF_JDK.get(name);
    if (known != null) {
      return Optional.of(known);
    }
    try {
      Class<?> type = finder.find(name);
      if (name.startsWith("java.")) {
        OF_JDK.put(name, type);
      }
      return Optional.of(type);
    } catch (ClassNotFoundException | LinkageError e) {
      return Optional.empty(); // the reader will not find it either
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

  /**
   * Sets its superclass; null if that is not serializable.
   *
   * @throws FormatException if a class of the JDK is left out, whose part of each object would be
   *     empty then, as no code of it ever makes it
   */
  void parent(@Nullable SerialClass parent) {
    if (isExternal() && !isRecord) { // it writes what it likes of its superclasses
      lineage = List.of(this);
      return;
    }
    List<SerialClass> classes = new ArrayList<>();
    if (parent != null) {
      parent.requireWritten();
      if (parent.isExternal()) {
        throw new FormatException("it holds a " + name + " that " + parent.name + " cannot write");
      }
      classes.addAll(parent.lineage);
    }
    classes.add(this);
    if (classes.size() > MAX_SUPERCLASSES) {
      throw new FormatException(
          "it holds a " + name + " with more than " + MAX_SUPERCLASSES + " superclasses");
    }
    if (isRecord && classes.stream().anyMatch(part -> (part.kind & SC_WRITE_METHOD) != 0)) {
      throw new FormatException("it holds a record " + name + " that says it writes more");
    }
    lineage = Collections.unmodifiableList(classes);
    readers = isRecord ? List.of() : readersOf(classes);
    if (real.isPresent()) {
      for (Class<?> each : JdkLineage.of(real.get())) {
        if (classes.stream().noneMatch(known -> known.name.equals(each.getName()))) {
          throw new FormatException(
              "it holds a " + name + " without the part that its superclass writes, " + each);
        }
      }
    }
  }

  /** Those that are superclasses in the order of the stream, too, and read their parts. */
  private List<SerialClass> readersOf(List<SerialClass> classes) {
    List<SerialClass> found = new ArrayList<>();
    List<Class<?>> left = real.map(SerialClass::serializable).orElseGet(List::of);
    for (int i = classes.size() - 1; i >= 0; i--) {
      SerialClass part = classes.get(i);
      int at = 0;
      while (at < left.size() && !left.get(at).getName().equals(part.name)) {
        at++;
      }
      if (at < left.size()) {
        if (OwnReader.IN.get(left.get(at))) {
          found.add(part);
        }
        left = left.subList(at + 1, left.size());
      }
    }
    return found;
  }

  /** Those of a class and its superclasses that serialization writes. */
  private static List<Class<?>> serializable(Class<?> type) {
    return Stream.<Class<?>>iterate(
            type, c -> c != null && Serializable.class.isAssignableFrom(c), Class::getSuperclass)
        .toList();
  }

  /** Whether a class has code of its own that reads its part of an object. */
  private static final class OwnReader extends ClassValue<Boolean> {
    private static final OwnReader IN = new OwnReader();

    @Override
    protected Boolean computeValue(Class<?> type) {
      try {
        Method reader = type.getDeclaredMethod("readObject", ObjectInputStream.class);
        return reader.getReturnType() == void.class
            && Modifier.isPrivate(reader.getModifiers())
            && !Modifier.isStatic(reader.getModifiers());
      } catch (NoSuchMethodException | LinkageError e) {
        return false; // nor can the reader ask
      }
    }
  }

  /** The superclasses of a class that the JDK has and whose state serialization writes. */
  private static final class JdkLineage extends ClassValue<List<Class<?>>> {
    private static final JdkLineage LINEAGES = new JdkLineage();

    static List<Class<?>> of(Class<?> type) {
      return LINEAGES.get(type);
    }

    @Override
    protected List<Class<?>> computeValue(Class<?> type) {
      return serializable(type).stream()
          .filter(each -> !each.isArray() && isOfJdk(each) && hasState(each))
          .toList();
    }

    private static boolean hasState(Class<?> type) {
      return ObjectStreamClass.lookup(type).getFields().length > 0 || OwnReader.IN.get(type);
    }

    private static boolean isOfJdk(Class<?> type) {
      ClassLoader loader = type.getClassLoader();
      return loader == null || loader == ClassLoader.getPlatformClassLoader();
    }
  }

  String name() {
    return name;
  }

  List<Field> fields() {
    return fields;
  }

  /** Those of it and its superclasses that write a part of an object, in that order. */
  List<SerialClass> lineage() {
    return lineage;
  }

  /** Whether objects count once, wherever they stand. */
  boolean isOnce() {
    return !name.startsWith("java.")
        && !AllowList.isBuiltIn(name)
        && real.filter(type -> !type.isRecord()).isPresent();
  }

  /** Whether the reader will find it. */
  boolean isKnown() {
    return real.isPresent() || PRIMITIVE.contains(name);
  }

  boolean isRecord() {
    return isRecord;
  }

  private boolean isExternal() {
    return (kind & SC_EXTERNALIZABLE) != 0;
  }

  /** Whether it is {@code part} or a subclass of it, not only in what the stream says. */
  boolean hasPart(SerialClass part) {
    return real.isPresent() && part.real.filter(c -> c.isAssignableFrom(real.get())).isPresent();
  }

  /** Refuses a class that says it has no part of an object, whose fields are read all the same. */
  void requireWritten() {
    if ((kind & (SC_SERIALIZABLE | SC_EXTERNALIZABLE)) == 0) {
      throw new FormatException("it holds a " + name + " that writes nothing of itself");
    }
  }

  /** Whether it writes its fields, before whatever else. */
  boolean hasFields() {
    return isRecord || !isExternal();
  }

  /** Whether it writes objects and data of its own making. */
  boolean hasMore() {
    return !isRecord && (kind & (SC_WRITE_METHOD | SC_EXTERNALIZABLE)) != 0;
  }

  /** Whether the reader leaves that part of an object to the code of its class. */
  boolean leavesToItself(SerialClass part) {
    return readers.contains(part);
  }

  /** How many bytes those fields take that are not objects. */
  int primitiveBytes() {
    return primitiveBytes;
  }

  /** Whether nothing is known of its code. */
  boolean isForeign() {
    return !name.startsWith("java.") && !AllowList.isBuiltIn(name);
  }

  /** Whether it may have written its own data instead of its fields, as those we know never do. */
  boolean mayOmitFields() {
    return isForeign()
        && hasFields()
        && hasMore()
        && !fields.isEmpty()
        && real.filter(OwnReader.IN::get).isPresent();
  }

  /** Whether objects are hashed and compared by what they hold. */
  boolean isCollection() {
    return name.startsWith("java.util.")
        && lineage.stream().noneMatch(part -> part.name.equals("java.lang.Throwable"));
  }

  /** Whether no code of the class leaves one of its fields null. */
  boolean isNeverNull() {
    return neverNull;
  }

  /**
   * Whether its reader takes an exception from within an object of its own data for the end of that
   * data.
   */
  boolean isCalendar() {
    return name.equals("java.util.Calendar");
  }

  /** Whether it is what calendars write beside their fields. */
  boolean isZone() {
    return name.equals("sun.util.calendar.ZoneInfo");
  }

  boolean isSynchronized() {
    return name.startsWith("java.util.Collections$Synchronized");
  }
}
