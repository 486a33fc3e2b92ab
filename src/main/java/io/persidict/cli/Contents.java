package io.persidict.cli;

import io.persidict.format.AllowList;
import io.persidict.format.Format;
import io.persidict.format.FormatException;
import io.persidict.format.Formats;
import io.persidict.key.DictKey;
import io.persidict.store.GetResult;
import io.persidict.store.Listed;
import io.persidict.store.Stat;
import io.persidict.store.Store;
import io.persidict.store.UnreadableException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The entries of one cache or of one dictionary. What is stored is decoded with the classes that
 * every cache allows, and no others.
 */
abstract class Contents {
  static final AllowList ALLOWED = new AllowList(List.of(), "");
  static final ClassLoader CLASS_LOADER = ClassLoader.getPlatformClassLoader();

  private static final Map<String, ValueFormat<?>> FORMATS = new ConcurrentHashMap<>();

  private final Store store;

  Contents(Store store) {
    this.store = store;
  }

  Store store() {
    return store;
  }

  /** What it is, as in "the cache x at s3://bucket/prefix/x/". */
  abstract String title();

  /**
   * Whether {@code name} is meant for one of its entries, and not for something else that lies
   * there; it may be damaged.
   */
  abstract boolean isEntry(String name);

  /** The key of the dictionary below, by which {@code name} was made; empty if it is no entry's. */
  abstract Optional<DictKey> place(String name);

  /** The name here of what is named {@code name} in {@code other}, where it is an entry's. */
  String nameLike(Contents other, String name) {
    return name(other.place(name).orElseThrow(), name);
  }

  /** The name of a key of the dictionary below, with the extension of {@code alike}. */
  abstract String name(DictKey place, String alike);

  /** The key of {@code name} if the name itself tells it; null if not. */
  abstract @Nullable Object keyIn(String name);

  /** A name on a line, or the key that it tells. */
  String shown(String name) {
    Object key = keyIn(name);
    return key == null ? Texts.printable(name) : Entry.shown(key);
  }

  /** The format of the values under {@code name}. */
  abstract String format(String name);

  /** What was listed, without reading it; null where that does not tell enough. */
  abstract @Nullable Entry fromListing(Listed listed);

  /** What was read. */
  abstract Entry decoded(String name, byte[] bytes, Stat stat);

  /**
   * Where the entry of a key lies.
   *
   * @throws Failure if a key of that type is none
   */
  abstract String nameOf(KeyArgument key);

  /** The bytes of a new entry, which gets the name that {@link #nameOf} tells. */
  abstract byte[] encoded(KeyArgument key, String name, Object value, @Nullable Instant expires);

  /** Whether bytes that changed are told by a checksum. */
  abstract boolean hasChecksums();

  /** Whether the time of an entry's file may tell when its own is over. */
  abstract boolean endsByFileTime();

  /** Whether entries are written once and stay. */
  abstract boolean isImmutable();

  /** The names of all entries, lazily. Close the stream. */
  Stream<Listed> list() {
    return store.list("").filter(listed -> isEntry(listed.name()));
  }

  /** The entries, as much of each as it takes to show it, lazily. Close the stream. */
  Stream<Entry> entries() {
    return store.concurrently(list(), this::shown).flatMap(Optional::stream);
  }

  /** The entries, each read whole, lazily. Close the stream. */
  Stream<Entry> wholeEntries() {
    return store.concurrently(list(), listed -> read(listed.name())).flatMap(Optional::stream);
  }

  private Optional<Entry> shown(Listed listed) {
    Entry known = fromListing(listed);
    return known != null ? Optional.of(known) : read(listed.name());
  }

  /** The entry under {@code name}, read whole; empty if there is none. */
  Optional<Entry> read(String name) {
    try {
      return store.get(name, Optional.empty()) instanceof GetResult.Found found
          ? Optional.of(decoded(name, found.bytes(), found.stat()))
          : Optional.empty();
    } catch (UnreadableException e) {
      Entry nothing = Entry.damaged(name, null, format(name), e.reason());
      return Optional.of(
          e.stat().map(stat -> Entry.unread(name, stat, format(name), e.reason())).orElse(nothing));
    }
  }

  /**
   * The value of an entry that was read.
   *
   * @throws Failure if it cannot be decoded
   */
  Object value(Entry entry) {
    byte[] bytes = entry.value();
    if (bytes == null) {
      throw new Failure(
          Status.FAULT, "cannot read " + store + entry.name() + ": it " + entry.unreadable());
    }
    try {
      return formatOf(entry.format()).value(bytes);
    } catch (FormatException | IllegalArgumentException e) {
      throw new Failure(
          Status.FAULT,
          "cannot decode "
              + store
              + entry.name()
              + ": "
              + Texts.printable(String.valueOf(e.getMessage()))
              + "; get --raw gives the bytes");
    }
  }

  /** A format of values of any class that it can have. */
  record ValueFormat<V>(Format<V> format, Class<V> type) {
    V value(byte[] bytes) {
      return format.decode(bytes);
    }

    byte[] bytes(Object value) {
      if (!type.isInstance(value)) {
        throw new FormatException(
            "format " + format.extension() + " holds text alone; give it without --json");
      }
      return format.encode(type.cast(value));
    }
  }

  /**
   * The format of that name or extension, for whatever values it can have.
   *
   * @throws IllegalArgumentException if something that it needs is missing
   */
  static ValueFormat<?> formatOf(String id) {
    return FORMATS.computeIfAbsent(
        id, each -> isKnown(each) ? opened(each, Object.class) : opened(each, String.class));
  }

  /** Whether there is a format of that name or extension, and not only text. */
  static boolean isKnown(String id) {
    return Formats.isKnown(id, CLASS_LOADER);
  }

  private static <V> ValueFormat<V> opened(String id, Class<V> type) {
    return new ValueFormat<>(Formats.of(id, type, ALLOWED, CLASS_LOADER), type);
  }
}
