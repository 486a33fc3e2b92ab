package io.persidict.jcache.storage;

import static io.persidict.jcache.config.Settings.Setting.FOREIGN_WRITERS;
import static io.persidict.jcache.config.Settings.Setting.IMMUTABLE_ITEMS;
import static io.persidict.jcache.config.Settings.Setting.MEMORY_COHERENCE;
import static io.persidict.jcache.config.Settings.Setting.MEMORY_IMMUTABLE_TYPES;
import static io.persidict.jcache.config.Settings.Setting.MEMORY_MAX_BYTES;
import static io.persidict.jcache.config.Settings.Setting.MEMORY_MAX_ENTRIES;

import io.persidict.PersiDict;
import io.persidict.format.Format;
import io.persidict.jcache.config.Settings;
import io.persidict.store.ChangeCounts;
import io.persidict.store.ChangeWatch;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;

/** The memory of a cache, as its settings have it. */
public final class MemorySettings {
  private MemorySettings() {}

  /**
   * The memory for the entries of {@code dict}; null if the cache has none.
   *
   * @param ours counts the changes that this process makes, by the locations of the entries
   * @throws CacheException if a setting is not as it must be, or Caffeine is missing
   */
  public static <V> @Nullable NearCache<V> memory(
      Settings.ForCache settings,
      PersiDict<StoredEntry> dict,
      Format<V> values,
      ChangeCounts ours) {
    OptionalLong maxEntries = settings.positive(MEMORY_MAX_ENTRIES);
    OptionalLong maxBytes = settings.positive(MEMORY_MAX_BYTES);
    Coherence coherence = coherence(settings, dict, ours);
    ImmutableTypes immutableTypes = immutableTypes(settings);
    if (maxEntries.isPresent() && maxBytes.isPresent()) {
      throw new CacheException(
          "cache \""
              + settings.name()
              + "\" has both memory.max-entries and memory.max-bytes; set one");
    }
    if (maxEntries.isEmpty() && maxBytes.isEmpty()) {
      settings.refuseMemory();
      return null;
    }
    try {
      return maxBytes.isPresent()
          ? NearCache.ofBytes(maxBytes.getAsLong(), values, immutableTypes, coherence)
          : NearCache.ofEntries(maxEntries.getAsLong(), values, immutableTypes, coherence);
    } catch (IllegalStateException e) {
      throw new CacheException("cache \"" + settings.name() + "\": " + e.getMessage(), e);
    }
  }

  /** The memory of a cache in words. */
  public static String describe(Settings.ForCache settings) {
    String max = settings.value(MEMORY_MAX_ENTRIES);
    String bytes = settings.value(MEMORY_MAX_BYTES);
    if (max == null && bytes == null) {
      return "none";
    }
    return (max == null ? bytes + " bytes" : max + " entries") + ", " + coherence(settings);
  }

  private static String coherence(Settings.ForCache settings) {
    return settings.value(MEMORY_COHERENCE, areImmutable(settings) ? "unchecked" : "checked");
  }

  /** Whether entries stay as they are; one that was evicted may come back as another one. */
  private static boolean areImmutable(Settings.ForCache settings) {
    return settings.isTrue(IMMUTABLE_ITEMS) && !settings.isBounded();
  }

  private static Coherence coherence(
      Settings.ForCache settings, PersiDict<StoredEntry> dict, ChangeCounts ours) {
    boolean foreignWriters = settings.isTrue(FOREIGN_WRITERS);
    String value = coherence(settings);
    switch (value) {
      case "checked" -> {
        return Coherence.checked(foreignWriters ? key -> ChangeWatch.NEVER_VALID : dict::watch);
      }
      case "unchecked" -> {
        return areImmutable(settings)
            ? Coherence.ALWAYS_VALID
            : Coherence.unchecked(ours, dict::location, Optional.empty());
      }
      default -> {
        return Coherence.unchecked(ours, dict::location, Optional.of(Duration.parse(value)));
      }
    }
  }

  private static ImmutableTypes immutableTypes(Settings.ForCache settings) {
    Set<String> declared =
        Arrays.stream(settings.value(MEMORY_IMMUTABLE_TYPES, "").split(",", -1))
            .map(String::strip)
            .filter(name -> !name.isEmpty())
            .collect(Collectors.toSet());
    return new ImmutableTypes(declared);
  }
}
