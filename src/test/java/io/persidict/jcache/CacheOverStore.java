package io.persidict.jcache;

import io.persidict.PersiDict;
import io.persidict.format.AllowList;
import io.persidict.format.Format;
import io.persidict.format.Formats;
import io.persidict.format.SerialFormat;
import io.persidict.jcache.config.Lifetime;
import io.persidict.jcache.config.Settings;
import io.persidict.jcache.engine.ActiveOperations;
import io.persidict.jcache.engine.Listeners;
import io.persidict.jcache.storage.EntryLayout;
import io.persidict.jcache.storage.MemorySettings;
import io.persidict.jcache.storage.StoredEntries;
import io.persidict.jcache.storage.StoredEntry;
import io.persidict.key.KeyCodec;
import io.persidict.key.KeyLayout;
import io.persidict.maintenance.Maintenance;
import io.persidict.maintenance.Uses;
import io.persidict.metrics.Counting;
import io.persidict.store.ChangeCounts;
import io.persidict.store.Store;
import java.util.List;
import java.util.Properties;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.configuration.MutableConfiguration;

/** Opens caches on stores that no setting leads to. */
public final class CacheOverStore {
  private CacheOverStore() {}

  /**
   * A cache whose entries lie in {@code store}, which closing it leaves open.
   *
   * @param manager of this library, to which the cache is to belong
   */
  public static <V> Cache<String, V> open(
      CacheManager manager, String name, Store store, Class<V> type, Properties properties) {
    return open(
        manager,
        name,
        store,
        new MutableConfiguration<String, V>().setTypes(String.class, type),
        properties);
  }

  /** The same with loaders, writers, listeners and an expiry policy. */
  public static <V> Cache<String, V> open(
      CacheManager manager,
      String name,
      Store store,
      MutableConfiguration<String, V> configuration,
      Properties properties) {
    Class<V> type = configuration.getValueType();
    Settings.ForCache chosen =
        new Settings(new Properties(), List.of(properties), 0).forCache(name);
    AllowList allowList = new AllowList(List.of(String.class, type), chosen.serialFilter());
    ClassLoader loader = CacheOverStore.class.getClassLoader();
    Format<V> values = Formats.of(chosen.format(), type, allowList, loader);
    KeyCodec keys = new KeyCodec(new SerialFormat<>(Object.class, allowList, loader));
    PersiDict<StoredEntry> dict =
        PersiDict.over(
            store, new KeyLayout(0, StoredEntry.EXTENSION), StoredEntry.FORMAT, StoredEntry.class);
    Counting counting = new Counting();
    ChangeCounts ours = ChangeCounts.ofThisProcess();
    ActiveOperations operations = new ActiveOperations(name);
    PersiDictCache<String, V> cache =
        new PersiDictCache<>(
            (PersiDictCacheManager) manager,
            operations,
            configuration,
            configuration.getExpiryPolicyFactory().create(),
            new StoredEntries<>(
                dict,
                new EntryLayout.Records<>(keys),
                values,
                MemorySettings.memory(chosen, dict, values, ours),
                ours,
                counting,
                0,
                null),
            () -> {},
            null,
            new StoreLeases(store, 0),
            new CacheMaintenance(
                store,
                store,
                () -> Lifetime.MIXED,
                new KeyLayout(0, StoredEntry.EXTENSION),
                chosen,
                operations,
                ours,
                new Uses(),
                new Maintenance()),
            counting,
            false);
    cache.start(Listeners.Given.takenFrom(configuration));
    return cache;
  }
}
