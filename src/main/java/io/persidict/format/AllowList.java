package io.persidict.format;

import java.io.ObjectInputFilter;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which classes Java serialization may write and read: the JDK's value types, collections and
 * common exceptions, the keys that frameworks make for annotated methods, what Hibernate caches
 * entities in, the classes that are declared, and what JEP 290 patterns add or, with {@code !},
 * take away. Arrays are judged by their elements.
 *
 * @see <a href="https://openjdk.org/jeps/290">JEP 290</a>
 */
public final class AllowList {
  private static final long MAX_DEPTH = 500;
  private static final long FREE_ELEMENTS = 1 << 16;
  private static final long ELEMENTS_PER_BYTE = 4;

  private static final Set<String> JDK =
      Set.of(
          "java.io.Serializable",
          "java.lang.Object",
          "java.lang.Throwable",
          "java.lang.Error",
          "java.lang.StackTraceElement",
          "java.lang.Enum",
          "java.lang.Number",
          "java.lang.String",
          "java.lang.String$CaseInsensitiveComparator",
          "java.lang.Boolean",
          "java.lang.Character",
          "java.lang.Byte",
          "java.lang.Short",
          "java.lang.Integer",
          "java.lang.Long",
          "java.lang.Float",
          "java.lang.Double",
          "java.math.BigInteger",
          "java.math.BigDecimal",
          "java.math.MathContext",
          "java.math.RoundingMode",
          "java.net.URI",
          "java.util.AbstractMap$SimpleEntry",
          "java.util.AbstractMap$SimpleImmutableEntry",
          "java.util.ArrayDeque",
          "java.util.ArrayList",
          "java.util.Arrays$ArrayList",
          "java.util.BitSet",
          "java.util.CollSer",
          "java.util.Collections$EmptyList",
          "java.util.Collections$EmptyMap",
          "java.util.Collections$EmptySet",
          "java.util.Collections$ReverseComparator",
          "java.util.Collections$SingletonList",
          "java.util.Collections$SingletonMap",
          "java.util.Collections$SingletonSet",
          "java.util.Collections$UnmodifiableCollection",
          "java.util.Collections$UnmodifiableList",
          "java.util.Collections$UnmodifiableMap",
          "java.util.Collections$UnmodifiableRandomAccessList",
          "java.util.Collections$UnmodifiableSet",
          "java.util.Collections$UnmodifiableSortedMap",
          "java.util.Collections$UnmodifiableSortedSet",
          "java.util.Currency",
          "java.util.Date",
          "java.util.EnumMap",
          "java.util.EnumSet",
          "java.util.EnumSet$SerializationProxy",
          "java.util.HashMap",
          "java.util.HashSet",
          "java.util.JumboEnumSet",
          "java.util.LinkedHashMap",
          "java.util.LinkedHashSet",
          "java.util.LinkedList",
          "java.util.Locale",
          "java.util.Map$Entry",
          "java.util.RegularEnumSet",
          "java.util.TreeMap",
          "java.util.TreeSet",
          "java.util.UUID");

  private static final Pattern JDK_EXCEPTION =
      Pattern.compile("java\\.(lang|io|util|util\\.concurrent|sql)\\.[A-Za-z]*Exception");

  /**
   * More of the JDK, each for the reason that is given: what reading, hashing, comparing and
   * printing an object of hostile content can do is no more than throw. Names only, since {@code
   * java.sql} may be missing.
   *
   * <p>Not here, for what they do: blocking queues, which take a lock from the stream that may be
   * held for ever; {@code Collections.checkedList} and its like, which hold a class to be checked
   * against but nothing that is read; everything with a function, a thread, a file or a socket in
   * it; and comparators other than natural, reverse and case-insensitive order, which would run
   * when a sorted collection is read.
   */
  static final Set<String> MORE_OF_JDK =
      Set.of(
          // Dates: a number of milliseconds, and nanoseconds. No code but arithmetic.
          "java.sql.Date",
          "java.sql.Time",
          "java.sql.Timestamp",
          // Calendars: arrays of numbers and a time zone; what does not fit throws when it is used.
          "java.util.Calendar",
          "java.util.GregorianCalendar",
          "java.util.JapaneseImperialCalendar",
          "sun.util.BuddhistCalendar",
          // Time zones: a name and tables of numbers, which are searched, never looked up by name.
          "java.util.TimeZone",
          "java.util.SimpleTimeZone",
          "sun.util.calendar.ZoneInfo",
          // A URL opens nothing when it is read. Its hash code and equality ask a name server, so
          // SerialScan refuses it where a map or set would call these while it is read.
          "java.net.URL",
          // Atomics: one value each, or an array of them; compared by identity.
          "java.util.concurrent.atomic.AtomicBoolean",
          "java.util.concurrent.atomic.AtomicInteger",
          "java.util.concurrent.atomic.AtomicIntegerArray",
          "java.util.concurrent.atomic.AtomicLong",
          "java.util.concurrent.atomic.AtomicLongArray",
          "java.util.concurrent.atomic.AtomicReference",
          "java.util.concurrent.atomic.AtomicReferenceArray",
          "java.util.concurrent.atomic.DoubleAdder",
          "java.util.concurrent.atomic.DoubleAdder$SerializationProxy",
          "java.util.concurrent.atomic.LongAdder",
          "java.util.concurrent.atomic.LongAdder$SerializationProxy",
          // Concurrent maps hash their keys as HashMap does, and sorted ones compare them by one of
          // the comparators above. The segments and locks are written for old readers; reading a
          // map drops them, and a lock is made free when it is read.
          "java.util.concurrent.ConcurrentHashMap",
          "java.util.concurrent.ConcurrentHashMap$CollectionView",
          "java.util.concurrent.ConcurrentHashMap$KeySetView",
          "java.util.concurrent.ConcurrentHashMap$Segment",
          "java.util.concurrent.ConcurrentSkipListMap",
          "java.util.concurrent.ConcurrentSkipListSet",
          "java.util.concurrent.locks.AbstractOwnableSynchronizer",
          "java.util.concurrent.locks.AbstractQueuedSynchronizer",
          "java.util.concurrent.locks.ReentrantLock",
          "java.util.concurrent.locks.ReentrantLock$FairSync",
          "java.util.concurrent.locks.ReentrantLock$NonfairSync",
          "java.util.concurrent.locks.ReentrantLock$Sync",
          // Lists and queues of elements, which are added one by one; no lock comes from the
          // stream. A set that is such a list compares all with all, for which SerialParts
          // charges.
          "java.util.concurrent.ConcurrentLinkedDeque",
          "java.util.concurrent.ConcurrentLinkedQueue",
          "java.util.concurrent.CopyOnWriteArrayList",
          "java.util.concurrent.CopyOnWriteArraySet",
          "java.util.concurrent.TimeUnit",
          // Orders its elements by one of the comparators above, n log n times.
          "java.util.PriorityQueue",
          // Wrappers call what they wrap, which is on this list too. The monitor that the
          // synchronized ones hold is an object's own, which no stream can hold.
          "java.util.Collections$SetFromMap",
          "java.util.Collections$SynchronizedCollection",
          "java.util.Collections$SynchronizedList",
          "java.util.Collections$SynchronizedMap",
          "java.util.Collections$SynchronizedNavigableMap",
          "java.util.Collections$SynchronizedNavigableSet",
          "java.util.Collections$SynchronizedRandomAccessList",
          "java.util.Collections$SynchronizedSet",
          "java.util.Collections$SynchronizedSortedMap",
          "java.util.Collections$SynchronizedSortedSet",
          "java.util.Collections$UnmodifiableNavigableMap",
          "java.util.Collections$UnmodifiableNavigableSet",
          "java.util.Collections$ReverseComparator2",
          // An element and how often: SerialScan counts it that often.
          "java.util.Collections$CopiesList",
          // Chains of keys: KeyWatch counts how many there are in each.
          "java.util.Hashtable",
          "java.util.Properties",
          // Never in a stream themselves, but what stands for them there, whose content is read by
          // the same filter, becomes one of them.
          "java.util.Optional",
          "java.util.OptionalDouble",
          "java.util.OptionalInt",
          "java.util.OptionalLong",
          "io.persidict.format.StoredCopies",
          "io.persidict.format.StoredOptional",
          "io.persidict.format.StoredOptional$Kind");

  /** The keys and the null that are stored for annotated methods, by us and by Spring. */
  private static final Set<String> OF_ANNOTATED_METHODS =
      Set.of(
          "io.persidict.cdi.ArgumentsKey",
          "org.springframework.cache.interceptor.SimpleKey",
          "org.springframework.cache.jcache.interceptor.SimpleGeneratedCacheKey",
          "org.springframework.cache.support.NullValue",
          "io.persidict.lease.NullResult");

  /** What Hibernate's second-level cache puts around keys and the state of entities. */
  private static final Set<String> OF_HIBERNATE =
      Set.of(
          "org.hibernate.cache.internal.BasicCacheKeyImplementation",
          "org.hibernate.cache.internal.CacheKeyImplementation",
          "org.hibernate.cache.internal.NaturalIdCacheKey",
          "org.hibernate.cache.internal.QueryResultsCacheImpl$CacheItem",
          "org.hibernate.cache.spi.QueryKey",
          "org.hibernate.cache.spi.entry.CollectionCacheEntry",
          "org.hibernate.cache.spi.entry.StandardCacheEntryImpl",
          "org.hibernate.cache.spi.support.AbstractReadWriteAccess$Item",
          "org.hibernate.cache.spi.support.AbstractReadWriteAccess$SoftLockImpl",
          "org.hibernate.query.internal.QueryParameterBindingsImpl$ParameterBindingsMementoImpl");

  private final Set<Class<?>> declared;
  private final @Nullable ObjectInputFilter patterns;

  /**
   * A list of the JDK's value types and some more.
   *
   * @param declared classes allowed besides the JDK's
   * @param patterns JEP 290 patterns, such as {@code com.example.model.*}; may be empty
   * @throws IllegalArgumentException if the patterns are malformed
   */
  public AllowList(Collection<? extends Class<?>> declared, String patterns) {
    this.declared = new HashSet<>(declared);
    this.patterns = ObjectInputFilter.Config.createFilter(patterns);
  }

  /** Whether objects of {@code type} may be written, and so read. */
  boolean allows(Class<?> type) {
    return judge(new Sighting(type, -1, 1, 1, 1)) == ObjectInputFilter.Status.ALLOWED;
  }

  /** The filter for one stream of {@code length} bytes. */
  ObjectInputFilter forStream(long length) {
    // In an honest stream no array has more elements than the stream has bytes, nor have all arrays
    // together more than a few for each: collections ask here before they make room for as many
    // elements as they say that they have, also within each other.
    long most = FREE_ELEMENTS + ELEMENTS_PER_BYTE * length;
    long[] all = {0};
    return seen ->
        seen.depth() > MAX_DEPTH
                || seen.arrayLength() > length
                || seen.references() > length
                || (all[0] += Math.max(0, seen.arrayLength())) > most
            ? ObjectInputFilter.Status.REJECTED
            : judge(seen);
  }

  private ObjectInputFilter.Status judge(ObjectInputFilter.FilterInfo seen) {
    if (patterns != null) {
      ObjectInputFilter.Status status = patterns.checkInput(seen);
      if (status != ObjectInputFilter.Status.UNDECIDED) {
        return status;
      }
    }
    Class<?> type = seen.serialClass();
    if (type == null) {
      return ObjectInputFilter.Status.UNDECIDED; // a check of the bounds alone
    }
    while (type.isArray()) {
      type = type.getComponentType();
    }
    return type.isPrimitive() || isBuiltIn(type.getName()) || declared.contains(type)
        ? ObjectInputFilter.Status.ALLOWED
        : ObjectInputFilter.Status.REJECTED;
  }

  /** Whether the class of that name is allowed without having been declared. */
  static boolean isBuiltIn(String name) {
    return isOfJdk(name)
        || name.equals(RecordProxy.class.getName()) // its record is judged by itself
        || MORE_OF_JDK.contains(name)
        || OF_ANNOTATED_METHODS.contains(name)
        || OF_HIBERNATE.contains(name);
  }

  /** Also names what value types write and read in their stead, which the filter is asked about. */
  private static boolean isOfJdk(String name) {
    return JDK.contains(name)
        || name.startsWith("java.util.ImmutableCollections$")
        || (name.startsWith("java.time.") && name.lastIndexOf('.') == "java.time".length())
        || JDK_EXCEPTION.matcher(name).matches();
  }

  private record Sighting(
      Class<?> serialClass, long arrayLength, long depth, long references, long streamBytes)
      implements ObjectInputFilter.FilterInfo {}
}
