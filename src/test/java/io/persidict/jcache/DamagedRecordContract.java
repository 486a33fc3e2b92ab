package io.persidict.jcache;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.persidict.store.GetResult;
import io.persidict.store.Precondition;
import io.persidict.store.Store;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.configuration.MutableConfiguration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What becomes of a cache whose record, or the line that replaces it while the cache is destroyed,
 * is damaged or gone, in any store.
 */
@ParameterizedClass
@ValueSource(strings = {Layouts.ENTRY, Layouts.PLAIN})
abstract class DamagedRecordContract {
  private static final String RECORD = "c/.__cache__";

  @Parameter String layout;

  final PersiDictCachingProvider provider = new PersiDictCachingProvider();
  final PersiDictCachingProvider elsewhere = new PersiDictCachingProvider();

  /** Where the caches lie. */
  abstract URI uri();

  /** What a manager needs to open them. */
  abstract void complete(Properties settings);

  /** The same place as a store. */
  abstract Store open() throws Exception;

  /** An object in the cache's directory that is none of any cache. */
  abstract String foreign();

  /** Whether anything is left of the cache. */
  abstract boolean isLeft() throws Exception;

  @AfterEach
  void close() {
    provider.close();
    elsewhere.close();
  }

  private CacheManager manager(PersiDictCachingProvider in, String ofLayout) {
    Properties settings = Layouts.settings(ofLayout);
    complete(settings);
    return in.getCacheManager(uri(), null, settings);
  }

  private CacheManager manager() {
    return manager(provider, layout);
  }

  /** Leaves a cache that has an entry and that nobody has open. */
  private void create() {
    Cache<String, String> cache = manager().createCache("c", types());
    cache.put("k", "old");
    provider.close();
  }

  private static MutableConfiguration<String, String> types() {
    return new MutableConfiguration<String, String>().setTypes(String.class, String.class);
  }

  private void write(String name, String text) throws Exception {
    try (Store store = open()) {
      store.put(name, text.getBytes(UTF_8), Precondition.none());
    }
  }

  private Optional<byte[]> read(String name) throws Exception {
    try (Store store = open()) {
      return store.get(name, Optional.empty()) instanceof GetResult.Found found
          ? Optional.of(found.bytes())
          : Optional.empty();
    }
  }

  private String text(String name) throws Exception {
    return new String(read(name).orElseThrow(), UTF_8);
  }

  private String id() throws Exception {
    return CacheMetadata.id(read(RECORD).orElseThrow());
  }

  @Test
  void aDestructionThatWasCutShortIsCompletedByWhoCreatesOrDestroysNext() throws Exception {
    for (boolean again : new boolean[] {true, false}) {
      create();
      String id = id();
      String names =
          CacheMetadata.plainNames(read(RECORD).orElseThrow())
              .map(plain -> " plain " + plain.extension() + " " + plain.digestLength())
              .orElse("");
      write(RECORD, "destroyed " + id + names + "\n");
      if (again) {
        Cache<String, String> next = manager().createCache("c", types());
        assertThat(next).isEmpty();
        next.put("n", "v");
        assertThat(next).hasSize(1);
      }
      manager().destroyCache("c");
      assertThat(isLeft()).isFalse();
      assertThat(text(Destruction.LIST)).contains(id + "\n");
    }
  }

  @Test
  void aDestructionWhoseLineIsDamagedIsCompletedByTheSettingsOfWhoDoes() throws Exception {
    for (String damaged : List.of("", "i", "i plain", "i plain json 8", "i j plain json 8\n")) {
      create();
      write(RECORD, "destroyed " + damaged);
      assertThat(manager().createCache("c", types())).as(damaged).isEmpty();
      manager().destroyCache("c");
      assertThat(isLeft()).isFalse();
    }
  }

  @Test
  void anIdentityThatIsNoneIsNeitherOpenedNorListed() throws Exception {
    for (String id : List.of("i j", "i\\nj", "\u00e4", "i".repeat(1_000))) {
      create();
      write(RECORD, text(RECORD).replace("id=" + id(), "id=" + id));
      assertThatExceptionOfType(CacheException.class)
          .isThrownBy(() -> manager().createCache("c", types()))
          .withMessageContaining(".__cache__ is damaged, its id is no word");
      manager().destroyCache("c");
      assertThat(isLeft()).isFalse();
      assertThat(read(Destruction.LIST)).isEmpty();
    }
  }

  @Test
  void theListOfTheDestroyedKeepsNoLineThatIsNoIdentity() throws Exception {
    create();
    String id = id();
    write(Destruction.LIST, "earlier\n\n" + "i".repeat(1_000) + "\n\u00e4\na b\n");
    manager().destroyCache("c");
    assertThat(text(Destruction.LIST)).isEqualTo(id + "\nearlier\n");
  }

  @Test
  void entriesWithoutARecordAreDestroyedToo() throws Exception {
    create();
    try (Store store = open()) {
      store.delete(RECORD, Precondition.none());
    }
    manager().destroyCache("c");
    assertThat(isLeft()).isFalse();
  }

  @Test
  void entriesOfUnknownLayoutAreDestroyedByAManagerOfTheOtherOneToo() throws Exception {
    Layouts.assumeEntry(layout, "to be told from foreign files without a record");
    for (String damaged : List.of("", "layout=", "destroyed ", "destroyed i unknown\n")) {
      create();
      write(foreign(), "not ours");
      write(RECORD, damaged);
      manager(elsewhere, Layouts.PLAIN).destroyCache("c");
      assertThat(read(foreign())).isPresent();
      try (Store store = open()) {
        store.delete(foreign(), Precondition.none());
      }
      assertThat(manager().createCache("c", types())).as(damaged).isEmpty();
      manager().destroyCache("c");
      assertThat(isLeft()).isFalse();
    }
    assertThat(text(Destruction.LIST)).contains("i\n");
  }
}
