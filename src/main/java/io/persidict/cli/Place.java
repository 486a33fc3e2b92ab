package io.persidict.cli;

import io.persidict.jcache.StoredCaches;
import io.persidict.jcache.StoredCaches.Description;
import io.persidict.key.KeyLayout;
import io.persidict.store.Listed;
import io.persidict.store.Store;
import io.persidict.store.StoreException;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Finds out what lies at a store: caches, a cache, or a dictionary. Changes nothing. */
final class Place {
  /** How many names tell what a place is. */
  private static final int LOOKED_AT = 1_000;

  private static final int DIRECTORIES_LOOKED_AT = 100;
  private static final int CACHES_TOLD = 10;

  /** The shortest digest that is not found by chance. */
  private static final int SHORTEST_DIGEST = 4;

  private final StoredCaches stored;
  private final StoreArguments arguments;
  private final Consumer<String> say;
  private volatile boolean hasDamage;
  private @Nullable List<String> someCaches;

  /**
   * @param say told of each cache whose record is damaged; the others are fine
   */
  Place(StoredCaches stored, StoreArguments arguments, Consumer<String> say) {
    this.say = say;
    this.stored = stored;
    this.arguments = arguments;
  }

  StoredCaches stored() {
    return stored;
  }

  /** The names of its entries, and what they have in common. */
  record Naming(int digestLength, @Nullable String format) {}

  /** The one cache that is meant; empty if STORE is something else. */
  Optional<Description> cache() {
    String name = arguments.cache;
    if (name == null) {
      return isDictionaryByOptions() ? Optional.empty() : stored.itself();
    }
    if (isDictionaryByOptions()) {
      throw new Failure(
          Status.USAGE, "--format and --digest-length are for dictionaries, --cache is for caches");
    }
    Optional<Description> found =
        stored.named(name).or(() -> stored.itself().filter(it -> it.name().equals(name)));
    if (found.isEmpty()) {
      throw new Failure(
          Status.NO,
          "there is no cache " + Texts.printable(name) + " at " + stored + thereAre(someCaches()));
    }
    return found;
  }

  private boolean isDictionaryByOptions() {
    return arguments.format != null || arguments.digestLength != null;
  }

  /** The caches below STORE, if it looks as if it were a place of caches. */
  boolean holdsCaches() {
    return !isDictionaryByOptions() && !someCaches().isEmpty();
  }

  /** The names of some caches below STORE; empty if it does not look like a place of caches. */
  private List<String> someCaches() {
    if (someCaches == null) {
      Store root = stored.root();
      try (Stream<Optional<String>> found =
          root.concurrently(
              root.children("")
                  .limit(LOOKED_AT)
                  .filter(child -> child.endsWith("/"))
                  .limit(DIRECTORIES_LOOKED_AT),
              this::nameOf)) {
        someCaches = found.flatMap(Optional::stream).limit(CACHES_TOLD).toList();
      }
    }
    return someCaches;
  }

  private Optional<String> nameOf(String directory) {
    try {
      return stored.describe(directory).map(Description::name);
    } catch (StoreException e) {
      return Optional.of(directory); // a cache, though a damaged one
    }
  }

  private static String thereAre(List<String> caches) {
    return caches.isEmpty()
        ? ", nor any other"
        : "; there are "
            + Texts.printable(String.join(", ", caches))
            + (caches.size() == CACHES_TOLD ? ", ..." : "");
  }

  /** All caches below STORE, lazily. Close the stream. */
  Stream<Description> caches() {
    Store root = stored.root();
    return root.concurrently(root.children("").filter(child -> child.endsWith("/")), this::describe)
        .flatMap(Optional::stream);
  }

  private Optional<Description> describe(String directory) {
    try {
      return stored.describe(directory);
    } catch (StoreException e) {
      hasDamage = true;
      say.accept(Texts.printable(String.valueOf(e.getMessage())));
      return Optional.empty();
    }
  }

  /**
   * Has each of the caches at STORE looked at, or else the one cache or dictionary that is meant.
   */
  void each(BiConsumer<Contents, Optional<Description>> look) {
    Optional<Description> one = cache();
    if (one.isEmpty() && holdsCaches()) {
      try (Stream<Description> caches = caches()) {
        caches.forEach(cache -> look.accept(contents(cache), Optional.of(cache)));
      }
    } else {
      look.accept(contents(), one);
    }
  }

  /**
   * Makes sure that STORE can be changed as what it is taken for.
   *
   * @throws Failure if it is a cache that is taken for a dictionary, whose users have other locks
   */
  void requireChangeable() {
    if (isDictionaryByOptions() && stored.itself().isPresent()) {
      throw new Failure(
          Status.USAGE,
          stored
              + " is itself a cache; --format and --digest-length are for dictionaries, so leave"
              + " them out to change it");
    }
  }

  /** The exit status of a command that would have that one if no record were damaged. */
  int status(int status) {
    return hasDamage ? Status.FAULT : status;
  }

  /**
   * The entries that are meant, to look at them.
   *
   * @throws Failure if STORE has several caches and none is named, or is no store
   */
  Contents contents() {
    Optional<Description> cache = cache();
    if (cache.isPresent()) {
      return contents(cache.get());
    }
    List<String> caches = isDictionaryByOptions() ? List.of() : someCaches();
    if (!caches.isEmpty()) {
      throw new Failure(
          Status.USAGE, "name one of the caches at " + stored + " by --cache" + thereAre(caches));
    }
    Naming naming = naming();
    return dictionary(stored.root(), naming.digestLength(), arguments.extension());
  }

  /** The entries of a cache, to look at them. */
  Contents contents(Description cache) {
    return contents(cache, stored.reading(cache));
  }

  /** The entries of a cache in a store that was opened to look at them or to change them. */
  static Contents contents(Description cache, Store store) {
    return switch (cache.layout()) {
      case "entry" -> new CacheContents(store, cache);
      case "plain" -> new DictContents(store, cache);
      default ->
          throw new Failure(
              Status.FAULT,
              "the cache "
                  + Texts.printable(cache.name())
                  + " at "
                  + store
                  + " has the layout "
                  + Texts.printable(cache.layout())
                  + ", which this version does not know");
    };
  }

  static Contents dictionary(Store store, int digestLength, @Nullable String format) {
    return new DictContents(store, digestLength, format, null);
  }

  /** The entries of a dictionary, to change them. */
  Contents changing(Store store) {
    Naming naming = naming();
    List<Integer> lengths =
        arguments.digestLength != null
            ? List.of(naming.digestLength())
            : IntStream.concat(
                    IntStream.of(naming.digestLength()),
                    IntStream.rangeClosed(SHORTEST_DIGEST, KeyLayout.MAX_DIGEST_LENGTH))
                .distinct()
                .boxed()
                .toList();
    return new DictContents(
        store,
        naming.digestLength(),
        arguments.extension(),
        new DictContents.Change(naming.format(), lengths));
  }

  /**
   * How the names of a dictionary's entries are made, by the options or the names.
   *
   * @throws Failure if nothing tells
   */
  Naming naming() {
    if (arguments.digestLength != null) {
      return new Naming(requireLength(arguments.digestLength), arguments.extension());
    }
    Optional<Naming> found = found();
    if (found.isEmpty() && arguments.format == null) {
      throw nothing();
    }
    return found.orElseGet(() -> new Naming(stored.defaultDigestLength(), arguments.extension()));
  }

  /** How the names of some entries are made; empty if there are none among those looked at. */
  Optional<Naming> found() {
    try (Stream<Listed> names = stored.root().list("").limit(LOOKED_AT)) {
      return names.flatMap(listed -> naming(listed.name()).stream()).findFirst();
    }
  }

  private Failure nothing() {
    try (Stream<String> children = stored.root().children("")) {
      return children.findAny().isEmpty()
          ? new Failure(Status.NO, "nothing is stored at " + stored)
          : new Failure(
              Status.FAULT,
              stored
                  + " is no store: it holds neither caches nor entries of a dictionary; for one"
                  + " without digests in its names give --digest-length 0");
    }
  }

  private static int requireLength(int length) {
    if (length < 0 || length > KeyLayout.MAX_DIGEST_LENGTH) {
      throw new Failure(
          Status.USAGE,
          "digest length " + length + "; allowed are 0 to " + KeyLayout.MAX_DIGEST_LENGTH);
    }
    return length;
  }

  private Optional<Naming> naming(String name) {
    String extension = DictContents.extension(name);
    String wanted = arguments.extension();
    if (extension.isEmpty() || (wanted != null && !extension.equals(wanted))) {
      return Optional.empty();
    }
    String segment =
        name.substring(name.lastIndexOf('/') + 1, name.length() - extension.length() - 1);
    int digest = segment.length() - segment.lastIndexOf('_') - 1;
    boolean isSigned = digest >= SHORTEST_DIGEST && KeyLayout.endsWithDigest(segment);
    return isSigned || stored.isS3()
        ? Optional.of(new Naming(isSigned ? digest : 0, extension))
            .filter(it -> new KeyLayout(it.digestLength(), extension).key(name).isPresent())
        : Optional.empty();
  }
}
