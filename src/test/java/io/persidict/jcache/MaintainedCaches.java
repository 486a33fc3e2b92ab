package io.persidict.jcache;

import io.persidict.maintenance.StoreMaintenance;
import io.persidict.maintenance.StoreRound;
import io.persidict.store.Listed;
import io.persidict.store.Store;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.Duration;
import org.junit.jupiter.api.AfterEach;

/** Caches in some store, and what their maintenance left of them. */
abstract class MaintainedCaches {
  /** Longer than the time stamps of any store are apart. */
  private static final Duration SHORT = new Duration(TimeUnit.MILLISECONDS, 300);

  final PersiDictCachingProvider provider = new PersiDictCachingProvider();
  final PersiDictCachingProvider elsewhere = new PersiDictCachingProvider();

  /** Where the caches lie. */
  abstract URI uri();

  /** What a manager needs to open them, and what else the tests are to run with. */
  abstract Properties properties();

  /** The same place as a store. */
  abstract Store open();

  /** Has nobody read an entry any more, as {@link #names} tells it, until this test is over. */
  abstract void spoil(String name) throws IOException;

  /** Whether uses are remembered. */
  abstract boolean remembersUses();

  @AfterEach
  void close() {
    provider.close();
    elsewhere.close();
  }

  private CacheManager manager(PersiDictCachingProvider in, String... settings) {
    Properties properties = properties();
    for (int i = 0; i < settings.length; i += 2) {
      properties.setProperty("persidict." + settings[i], settings[i + 1]);
    }
    return in.getCacheManager(uri(), null, properties);
  }

  final PersiDictCachingProvider elsewhere() {
    return elsewhere;
  }

  final Cache<String, String> cache(
      PersiDictCachingProvider in,
      MutableConfiguration<String, String> configuration,
      String... settings) {
    return manager(in, settings).createCache("c", configuration);
  }

  Cache<String, String> cache(String... settings) {
    return cache(provider, types(), settings);
  }

  static MutableConfiguration<String, String> types() {
    return new MutableConfiguration<String, String>().setTypes(String.class, String.class);
  }

  static MutableConfiguration<String, String> shortLived() {
    return types().setExpiryPolicyFactory(CreatedExpiryPolicy.factoryOf(SHORT));
  }

  static StoreRound round(Cache<?, ?> cache) {
    return cache.unwrap(StoreMaintenance.class).run();
  }

  static void fill(Cache<String, String> cache, String prefix, int entries) {
    for (int i = 0; i < entries; i++) {
      cache.put(prefix + i, "value of " + prefix + i);
    }
  }

  final List<String> names() {
    try (Store store = open();
        Stream<Listed> listed = store.list("c/")) {
      return listed.map(Listed::name).sorted().toList();
    }
  }

  List<String> entries() {
    return names().stream().filter(name -> name.endsWith(".entry")).toList();
  }

  static List<String> present(Cache<String, String> cache, String prefix, int entries) {
    return IntStream.range(0, entries)
        .mapToObj(i -> prefix + i)
        .filter(cache::containsKey)
        .toList();
  }
}
