package io.persidict.cli;

import io.persidict.jcache.StoredCaches;
import io.persidict.jcache.StoredCaches.Description;
import io.persidict.key.KeyLayout;
import io.persidict.store.Store;
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
    String extension = arguments.extension();
    if (create && extension != null && isMissing(store)) {
      int length = arguments.digestLength == null ? 8 : arguments.digestLength;
      KeyLayout names = new KeyLayout(length, extension); // may refuse before a directory is made
      try (StoredCaches stored =
          arguments.forWriting(StoreArguments.uri(store), Durability.FSYNC)) {
        return change.apply(
            Place.dictionary(stored.root(), names.digestLength(), names.extension()));
      }
    }
    try (StoredCaches stored = arguments.forReading(store)) {
      Place place = new Place(stored, arguments, ignored -> {});
      Optional<Description> cache = place.cache();
      if (cache.isPresent()) {
        return in(place, cache, lifetime, at -> change.apply(Place.contents(cache.get(), at)));
      }
      place.contents(); // refuses several caches, and what is no store
      return in(place, cache, null, at -> change.apply(place.changing(at)));
    }
  }

  /**
   * The same, given what was found.
   *
   * @param cache one of those at the place; empty for the dictionary that it is
   */
  static <T> T in(
      Place place,
      Optional<Description> cache,
      @Nullable String lifetime,
      Function<Store, T> change) {
    if (cache.isEmpty()) {
      place.requireChangeable();
      try (StoredCaches stored = place.stored().forWriting(Durability.FSYNC)) {
        return change.apply(stored.root());
      }
    }
    try (StoredCaches stored = place.stored().forWriting(cache.get())) {
      Description found =
          stored
              .itself()
              .orElseThrow(() -> new Failure(Status.NO, "the cache was destroyed meanwhile"));
      return change.apply(
          stored.writing(found, lifetime == null || found.isPlain() ? found.lifetime() : lifetime));
    }
  }

  private static boolean isMissing(String store) {
    return "file".equals(StoreArguments.uri(store).getScheme())
        && !Files.exists(Path.of(StoreArguments.uri(store)));
  }
}
