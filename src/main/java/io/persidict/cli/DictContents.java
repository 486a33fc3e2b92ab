package io.persidict.cli;

import static java.util.stream.Collectors.toSet;

import io.persidict.format.Formats;
import io.persidict.jcache.StoredCaches.Description;
import io.persidict.key.DictKey;
import io.persidict.key.KeyLayout;
import io.persidict.store.Listed;
import io.persidict.store.Names;
import io.persidict.store.Stat;
import io.persidict.store.Store;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The entries of a dictionary: bare values under the names of their keys. */
final class DictContents extends Contents {
  private static final List<String> KNOWN = List.of("json", "pkl", "jser", "txt");

  private final String title;
  private final int digestLength;
  private final @Nullable String format;

  /** How names are looked for where an entry is to be changed; null where it is looked at. */
  private final @Nullable Change change;

  private final boolean immutable;
  private final @Nullable Duration lifetime;
  private final boolean ending;
  private final Map<String, KeyLayout> layouts = new ConcurrentHashMap<>();

  /**
   * How the entry that is to be changed is found.
   *
   * @param format of a new one
   * @param lengths of the digests that its name may have
   */
  record Change(@Nullable String format, List<Integer> lengths) {}

  /**
   * @param format of the values, as {@link StoreArguments#extension} tells it; null for whatever
   *     there is
   * @param change null to look at it
   */
  DictContents(Store store, int digestLength, @Nullable String format, @Nullable Change change) {
    super(store);
    this.title = "dictionary";
    this.digestLength = digestLength;
    this.format = format;
    this.change = change;
    this.immutable = false;
    this.lifetime = null;
    this.ending = false;
  }

  /** The entries of a cache with layout plain. */
  DictContents(Store store, Description cache) {
    super(store);
    this.title = "cache " + Texts.printable(cache.name());
    this.digestLength = cache.digestLength();
    this.format = cache.format();
    this.change = null;
    this.immutable = cache.immutableItems();
    this.lifetime = cache.bound().orElse(null);
    this.ending = !cache.isEternal();
  }

  @Override
  String title() {
    return title + " at " + store();
  }

  private KeyLayout layout(String extension) {
    return layouts.computeIfAbsent(extension, each -> new KeyLayout(digestLength, each));
  }

  /** What follows the last dot of a name; empty if nothing does that could be a format. */
  static String extension(String name) {
    int start = name.lastIndexOf('/') + 1;
    int dot = name.lastIndexOf('.');
    if (dot > start && Formats.isCompression(name.substring(dot + 1))) {
      int inner = name.lastIndexOf('.', dot - 1);
      dot = inner > start ? inner : dot;
    }
    return dot > start ? name.substring(dot + 1) : "";
  }

  @Override
  Optional<DictKey> place(String name) {
    String extension = format(name);
    return extension.isEmpty() ? Optional.empty() : layout(extension).key(name);
  }

  @Override
  String name(DictKey place, String alike) {
    return layout(format(alike)).name(place);
  }

  @Override
  @Nullable Object keyIn(String name) {
    return place(name).map(DictKey::toString).orElse(null);
  }

  @Override
  boolean isEntry(String name) {
    return place(name).isPresent();
  }

  @Override
  String format(String name) {
    return format != null ? format : extension(name);
  }

  @Override
  boolean hasChecksums() {
    return false;
  }

  @Override
  boolean endsByFileTime() {
    return ending;
  }

  @Override
  boolean isImmutable() {
    return immutable;
  }

  @Override
  @Nullable Entry fromListing(Listed listed) {
    return entry(listed.name(), listed.stat(), null);
  }

  @Override
  Entry decoded(String name, byte[] bytes, Stat stat) {
    return entry(name, stat, bytes);
  }

  private Entry entry(String name, Stat stat, byte @Nullable [] bytes) {
    return new Entry(
        name, stat, keyIn(name), format(name), null, end(stat.lastModified()), null, null, bytes);
  }

  /** When the time is over of what was written then; null for never. */
  private @Nullable Instant end(Instant written) {
    try {
      return lifetime == null ? null : written.plus(lifetime);
    } catch (DateTimeException | ArithmeticException e) {
      return null; // later than there are times
    }
  }

  @Override
  String nameOf(KeyArgument key) {
    if (key.type() == KeyArgument.Type.NAME) {
      if (!Names.isName(key.text()) || !isEntry(key.text())) {
        throw new Failure(Status.NO, "\"" + key + "\" is the name of no entry of the " + title());
      }
      return key.text();
    }
    DictKey parts = parts(key);
    if (change != null) {
      return nameToChange(parts, change);
    }
    if (format != null) {
      return layout(format).name(parts);
    }
    return nameInAnyFormat(parts);
  }

  /**
   * The segments of a key.
   *
   * @throws Failure if it is none of a dictionary
   */
  static DictKey parts(KeyArgument key) {
    if (key.type() != KeyArgument.Type.STRING) {
      throw new Failure(Status.USAGE, "the keys of a dictionary are strings; leave out --key-type");
    }
    try {
      return new DictKey(List.of(key.text().split("/", -1)));
    } catch (IllegalArgumentException e) {
      throw new Failure(Status.USAGE, Texts.printable(String.valueOf(e.getMessage())));
    }
  }

  /** The one name under which an entry of that key lies. */
  private String nameInAnyFormat(DictKey key) {
    List<String> found =
        KNOWN.stream()
            .map(extension -> layout(extension).name(key))
            .filter(name -> store().stat(name).isPresent())
            .toList();
    if (found.isEmpty()) {
      found = listed(List.of(layout("x").name(key)));
    }
    if (found.size() > 1) {
      throw new Failure(
          Status.USAGE, "there are entries of " + found.size() + " formats; name one by --format");
    }
    return found.isEmpty() ? layout("json").name(key) : found.get(0);
  }

  /**
   * The one name of that key which there is, of whatever format and digest length, so that no other
   * shows once it is gone; or else that of a new entry.
   */
  private String nameToChange(DictKey key, Change how) {
    String extension = format == null ? "x" : format;
    List<String> names =
        how.lengths().stream()
            .flatMap(length -> possible(new KeyLayout(length, extension), key).stream())
            .distinct()
            .toList();
    List<String> found =
        format == null
            ? listed(names)
            : names.stream().filter(name -> store().stat(name).isPresent()).toList();
    if (found.size() > 1) {
      throw new Failure(
          Status.USAGE,
          "there are "
              + found.size()
              + " entries of that key, "
              + Texts.printable(String.join(", ", found))
              + "; name one by --format and --digest-length");
    }
    String usual = format != null ? format : how.format();
    return found.isEmpty() ? layout(usual == null ? "json" : usual).name(key) : found.get(0);
  }

  /** The name of that key; empty if it would be too long for one. */
  private static Optional<String> possible(KeyLayout layout, DictKey key) {
    try {
      return Optional.of(layout.name(key));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** The names like one of {@code any} with other extensions than {@code x}. */
  private List<String> listed(List<String> any) {
    Set<String> starts =
        any.stream().map(each -> each.substring(0, each.length() - 1)).collect(toSet());
    return any.stream()
        .map(each -> each.substring(0, each.lastIndexOf('/') + 1))
        .distinct() // as a directory may be large
        .flatMap(directory -> store().children(directory).map(directory::concat))
        .filter(
            name -> starts.contains(name.substring(0, name.length() - extension(name).length())))
        .toList();
  }

  @Override
  byte[] encoded(KeyArgument key, String name, Object value, @Nullable Instant expires) {
    if (expires != null) {
      throw new Failure(
          Status.USAGE, "entries of the " + title + " do not expire on their own; leave out --ttl");
    }
    if (format == null && (change == null || change.format() == null)) {
      throw new Failure(
          Status.USAGE, "a new entry needs a format; give --format json, for example");
    }
    return formatOf(format(name)).bytes(value);
  }
}
