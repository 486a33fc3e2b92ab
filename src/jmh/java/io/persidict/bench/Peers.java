package io.persidict.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.file.Path;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.ehcache.Cache;
import org.ehcache.PersistentCacheManager;
import org.ehcache.config.builders.CacheConfigurationBuilder;
import org.ehcache.config.builders.CacheManagerBuilder;
import org.ehcache.config.builders.ResourcePoolsBuilder;
import org.ehcache.config.units.MemoryUnit;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.infinispan.configuration.cache.ConfigurationBuilder;
import org.infinispan.configuration.global.GlobalConfigurationBuilder;
import org.infinispan.manager.DefaultCacheManager;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.CompressionType;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/** Other libraries that keep entries on a disk, told to hold no values in memory. */
final class Peers {
  private Peers() {}

  /** Keeps what it was given only if it is closed; knows no fsync. */
  static final class EhcacheDisk implements Contender {
    private PersistentCacheManager manager;
    private Cache<String, byte[]> cache;

    @Override
    public void open(Path directory) {
      manager =
          CacheManagerBuilder.newCacheManagerBuilder()
              .with(CacheManagerBuilder.persistence(directory.toFile()))
              .withCache(
                  "benchmark",
                  CacheConfigurationBuilder.newCacheConfigurationBuilder(
                      String.class,
                      byte[].class,
                      ResourcePoolsBuilder.newResourcePoolsBuilder().disk(4, MemoryUnit.GB, true)))
              .build(true);
      cache = manager.getCache("benchmark", String.class, byte[].class);
    }

    @Override
    public byte[] get(String name) {
      return cache.get(name);
    }

    @Override
    public void put(String name, byte[] value) {
      cache.put(name, value);
    }

    @Override
    public void insert(String name, byte[] value) {
      cache.putIfAbsent(name, value);
    }

    @Override
    public long readAll() {
      long bytes = 0;
      for (Cache.Entry<String, byte[]> entry : cache) {
        bytes += entry.getValue().length;
      }
      return bytes;
    }

    @Override
    public void delete(String name) {
      cache.remove(name);
    }

    @Override
    public void close() {
      manager.close();
    }
  }

  /** A local cache over SoftIndexFileStore, with room for one entry in memory. */
  static final class Infinispan implements Contender {
    static {
      Logger.getLogger("").setLevel(Level.WARNING);
    }

    private final boolean sync;
    private DefaultCacheManager manager;
    private org.infinispan.Cache<String, byte[]> cache;

    Infinispan(boolean sync) {
      this.sync = sync;
    }

    @Override
    public void open(Path directory) {
      GlobalConfigurationBuilder global = new GlobalConfigurationBuilder().nonClusteredDefault();
      global.globalState().enable().persistentLocation(directory.toString());
      global.jmx().disable();
      ConfigurationBuilder local = new ConfigurationBuilder();
      local.memory().maxCount(1);
      local
          .persistence()
          .addSoftIndexFileStore()
          .syncWrites(sync)
          .dataLocation("data")
          .indexLocation("index");
      manager = new DefaultCacheManager(global.build());
      manager.defineConfiguration("benchmark", local.build());
      cache = manager.getCache("benchmark");
    }

    @Override
    public byte[] get(String name) {
      return cache.get(name);
    }

    @Override
    public void put(String name, byte[] value) {
      cache.put(name, value);
    }

    @Override
    public void insert(String name, byte[] value) {
      cache.putIfAbsent(name, value);
    }

    @Override
    public void putAll(Map<String, byte[]> entries) {
      cache.putAll(entries);
    }

    @Override
    public long readAll() {
      return cache.values().stream().mapToLong(value -> value.length).sum();
    }

    @Override
    public void delete(String name) {
      cache.remove(name);
    }

    @Override
    public void close() throws Exception {
      manager.close();
    }
  }

  /** H2's MVStore, whose writes are in the file once they are committed. */
  static final class H2 implements Contender {
    private final boolean sync;
    private MVStore store;
    private MVMap<String, byte[]> map;

    H2(boolean sync) {
      this.sync = sync;
    }

    @Override
    public void open(Path directory) {
      store =
          new MVStore.Builder()
              .fileName(directory.resolve("mvstore").toString())
              .cacheSize(0)
              .autoCommitDisabled()
              .open();
      map = store.openMap("benchmark");
    }

    @Override
    public byte[] get(String name) {
      return map.get(name);
    }

    @Override
    public void put(String name, byte[] value) {
      map.put(name, value);
      commit();
    }

    @Override
    public void putAll(Map<String, byte[]> entries) {
      map.putAll(entries);
      commit();
    }

    private void commit() {
      store.commit();
      if (sync) {
        store.sync();
      }
    }

    @Override
    public long readAll() {
      return map.values().stream().mapToLong(value -> value.length).sum();
    }

    @Override
    public void delete(String name) {
      map.remove(name);
    }

    @Override
    public void close() {
      store.close();
    }
  }

  /** RocksDB without compression and without a cache of blocks. */
  static final class Rocks implements Contender {
    static {
      RocksDB.loadLibrary();
    }

    private final boolean sync;
    private Options options;
    private WriteOptions write;
    private RocksDB db;

    Rocks(boolean sync) {
      this.sync = sync;
    }

    @Override
    public void open(Path directory) throws RocksDBException {
      options =
          new Options()
              .setCreateIfMissing(true)
              .setCompressionType(CompressionType.NO_COMPRESSION)
              .setTableFormatConfig(new BlockBasedTableConfig().setNoBlockCache(true));
      write = new WriteOptions().setSync(sync);
      db = RocksDB.open(options, directory.toString());
    }

    @Override
    public byte[] get(String name) throws RocksDBException {
      return db.get(name.getBytes(UTF_8));
    }

    @Override
    public void put(String name, byte[] value) throws RocksDBException {
      db.put(write, name.getBytes(UTF_8), value);
    }

    @Override
    public void putAll(Map<String, byte[]> entries) throws RocksDBException {
      try (WriteBatch batch = new WriteBatch()) {
        for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
          batch.put(entry.getKey().getBytes(UTF_8), entry.getValue());
        }
        db.write(write, batch);
      }
    }

    @Override
    public long readAll() {
      long bytes = 0;
      try (RocksIterator all = db.newIterator()) {
        for (all.seekToFirst(); all.isValid(); all.next()) {
          bytes += all.value().length;
        }
      }
      return bytes;
    }

    @Override
    public void delete(String name) throws RocksDBException {
      db.delete(write, name.getBytes(UTF_8));
    }

    @Override
    public void close() {
      db.close();
      write.close();
      options.close();
    }
  }
}
