package io.persidict.jcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.persidict.jcache.config.Settings;
import io.persidict.store.Listed;
import io.persidict.store.PassThroughStore;
import io.persidict.store.Precondition;
import io.persidict.store.PutResult;
import io.persidict.store.StorageFullException;
import io.persidict.store.Store;
import io.persidict.store.file.Durability;
import io.persidict.store.file.FileStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.function.Predicate;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.configuration.MutableConfiguration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** A cache is destroyed to win space: also where there is none for what that writes. */
@ParameterizedClass
@ValueSource(strings = {Layouts.ENTRY, Layouts.PLAIN})
final class FullStoreDestructionTest {
  private static final int ENTRIES = 5;

  @Parameter String layout;

  @TempDir Path directory;

  private final PersiDictCachingProvider provider = new PersiDictCachingProvider();
  private Full full;
  private Cache<String, String> cache;

  /** Has room for no version more than so many, and none for the list if that is said. */
  private static final class Full extends PassThroughStore {
    private int room = ENTRIES;
    private boolean hasRoomForList = true;

    Full(Store store) {
      super(store);
    }

    private long count() {
      try (Stream<Listed> listed = list("c/")) {
        return listed.count();
      }
    }

    @Override
    public PutResult put(String name, byte[] bytes, Precondition precondition) {
      if (count() > room || (name.equals(Destruction.LIST) && !hasRoomForList)) {
        throw new StorageFullException("full", new IOException("No space left on device"));
      }
      return super.put(name, bytes, precondition);
    }

    @Override
    public Optional<Store> fencedBy(String fence, io.persidict.store.ETag version) {
      return store.fencedBy(fence, version);
    }

    @Override
    public void deleteBelow(String prefix, Predicate<String> which) {
      store.deleteBelow(prefix, which);
    }
  }

  @BeforeEach
  void open() {
    cache =
        provider
            .getCacheManager(directory.toUri(), null, Layouts.settings(layout))
            .createCache(
                "c",
                new MutableConfiguration<String, String>().setTypes(String.class, String.class));
    for (int i = 0; i < ENTRIES; i++) {
      cache.put("k" + i, "v");
    }
    full = new Full(new FileStore(directory, Durability.OS));
  }

  @AfterEach
  void close() {
    full.close();
    provider.close();
  }

  private void destroy(boolean entirely) {
    Properties settings = Layouts.settings(layout);
    new Destruction(full, "c/", new Settings(new Properties(), List.of(settings), 8).forCache("c"))
        .run(entirely);
  }

  @Test
  void theEntriesMakeRoomForTheLine() {
    destroy(true);
    assertThat(directory.resolve("c")).doesNotExist();
    assertThatExceptionOfType(IllegalStateException.class).isThrownBy(() -> cache.put("k", "late"));
  }

  @Test
  void whereThereIsNoRoomForTheListTheLineStays() {
    full.hasRoomForList = false;
    destroy(false);
    assertThat(directory.resolve("c").toFile().list()).containsExactly(".__cache__");
    assertThatExceptionOfType(StorageFullException.class).isThrownBy(() -> destroy(true));
    assertThatExceptionOfType(IllegalStateException.class).isThrownBy(() -> cache.put("k", "late"));
    full.hasRoomForList = true;
    destroy(true);
    assertThat(directory.resolve("c")).doesNotExist();
  }

  @Test
  void aCacheWhoseLineHasNoRoomEvenThenGoesOn() {
    full.room = -1;
    assertThatExceptionOfType(StorageFullException.class).isThrownBy(() -> destroy(false));
    cache.put("k", "v");
    assertThat(cache.get("k")).isEqualTo("v");
  }
}
