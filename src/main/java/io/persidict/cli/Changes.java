package io.persidict.cli;

import io.persidict.jcache.StoredCaches;
import io.persidict.jcache.StoredCaches.Description;
import io.persidict.key.KeyLayout;
import io.persidict.store.file.Durability;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Opens the one cache or dictionary that is to be changed, once it is known what it is. */
final class Changes {
  private Changes() {}

  /**
   * What {@code change} returns.
   *
   * @param lifetime of the entries that are going to be written, where they have one of their own;
   *     null if none are
   * @param create whether a dictionary may be made that is not there, if its format is given
   */
  static <T> T in(
      String store,
      StoreArguments arguments,
      boolean create,
      @Nullable String lifetime,
      Function<Contents, T> change) {
    Optional<Description> cache = Optional.empty();
    Place.Naming naming = null;
    String extension = arguments.extension();
    if (create && extension != null && isMissing(store)) {
      naming = named(arguments.digestLength == null ? 8 : arguments.digestLength, extension);
    } else {
      try (StoredCaches stored = arguments.forReading(store)) {
        Place place = new Place(stored, arguments, ignored -> {});
        cache = place.cache();
        if (cache.isEmpty()) {
          place.contents(); // refuses several caches, and what is no store
          naming = place.naming();
        }
      }
    }
    if (naming != null) {
      try (StoredCaches stored = arguments.forWriting(store, Durability.FSYNC)) {
        return change.apply(
            Place.dictionary(stored.root(), naming.digestLength(), naming.format()));
      }
    }
    try (StoredCaches stored = arguments.forWriting(store, Durability.OS)) {
      Description found =
          stored
              .itself()
              .or(() -> stored.named(cacheName(arguments)))
              .orElseThrow(() -> new Failure(Status.NO, "the cache was destroyed meanwhile"));
      return change.apply(
          Place.contents(
              found,
              stored.writing(
                  found, lifetime == null || found.isPlain() ? found.lifetime() : lifetime)));
    }
  }

  private static String cacheName(StoreArguments arguments) {
    return arguments.cache == null ? "" : arguments.cache;
  }

  private static boolean isMissing(String store) {
    return "file".equals(StoreArguments.uri(store).getScheme())
        && !Files.exists(Path.of(StoreArguments.uri(store)));
  }

  /** Refuses what names cannot be made with, before a directory is. */
  private static Place.Naming named(int digestLength, String format) {
    KeyLayout layout = new KeyLayout(digestLength, format);
    return new Place.Naming(layout.digestLength(), layout.extension());
  }
}
