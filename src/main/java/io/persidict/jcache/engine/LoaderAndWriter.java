package io.persidict.jcache.engine;

import io.persidict.jcache.storage.CacheEntry;
import io.persidict.metrics.Counting;
import io.persidict.metrics.FlightRecorder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import javax.cache.Cache;
import javax.cache.configuration.CompleteConfiguration;
import javax.cache.configuration.Factory;
import javax.cache.integration.CacheLoader;
import javax.cache.integration.CacheLoaderException;
import javax.cache.integration.CacheWriter;
import javax.cache.integration.CacheWriterException;
import org.jspecify.annotations.Nullable;

/** The loader and the writer of a cache, either of which may be missing. */
public final class LoaderAndWriter<K, V> implements AutoCloseable {
  private final @Nullable CacheLoader<K, V> loader;
  private final @Nullable CacheWriter<? super K, ? super V> writer;
  private final Counting counting;
  private final boolean readThrough;
  private final Class<K> keyType;
  private final Class<V> valueType;

  /**
   * @param counting of the loader's calls
   */
  public LoaderAndWriter(CompleteConfiguration<K, V> configuration, Counting counting) {
    this.counting = counting;
    this.loader = create(configuration.getCacheLoaderFactory(), "cache loader");
    try {
      this.writer =
          configuration.isWriteThrough()
              ? create(configuration.getCacheWriterFactory(), "cache writer")
              : null;
    } catch (Throwable e) {
      Factories.close(loader);
      throw e;
    }
    this.readThrough = configuration.isReadThrough();
    this.keyType = configuration.getKeyType();
    this.valueType = configuration.getValueType();
  }

  private static <T> @Nullable T create(@Nullable Factory<? extends T> factory, String what) {
    return factory == null ? null : Factories.create(factory, what);
  }

  /** Whether a read of an absent entry asks the loader. */
  boolean readsThrough() {
    return readThrough && loader != null;
  }

  boolean hasLoader() {
    return loader != null;
  }

  boolean hasWriter() {
    return writer != null;
  }

  /**
   * What the loader has for {@code key}, if reads ask it; null if it has nothing.
   *
   * @throws CacheLoaderException if it fails, or has something that is no value of this cache
   */
  @Nullable V readThrough(K key) {
    if (!readThrough || loader == null) {
      return null;
    }
    V value = timed(loader, () -> loader.load(key));
    return value == null ? null : required(value, "value", valueType);
  }

  /**
   * What the loader has for {@code keys}, if there are any; some may be missing, and others there.
   *
   * @throws CacheLoaderException if it fails, or has something that is no entry of this cache
   */
  Map<K, V> loadAll(Collection<? extends K> keys) {
    if (loader == null || keys.isEmpty()) {
      return Map.of();
    }
    Map<K, V> given = timed(loader, () -> loader.loadAll(new ArrayList<>(keys)));
    if (given == null) {
      throw new CacheLoaderException(
          describe(loader) + " returned null for several keys; it must return a map");
    }
    return loading(
        () -> {
          Map<K, V> loaded = new LinkedHashMap<>();
          given.forEach(
              (key, value) -> {
                required(key, "key", keyType);
                if (value != null) {
                  required(value, "value", valueType);
                  loaded.put(key, value);
                }
              });
          return loaded;
        });
  }

  /** What was loaded, if it is a {@code type}. */
  private <T> T required(@Nullable T loaded, String what, Class<?> type) {
    if (loaded == null || !type.isInstance(loaded)) {
      throw new CacheLoaderException(
          describe(loader)
              + " returned "
              + (loaded == null ? "null" : "a " + loaded.getClass().getName())
              + " as a "
              + what
              + "; the cache has "
              + what
              + "s of "
              + type.getName());
    }
    return loaded;
  }

  private static String describe(@Nullable Object loader) {
    return "the cache loader " + (loader == null ? "" : loader.getClass().getName());
  }

  private <T extends @Nullable Object> T timed(Object called, Supplier<T> call) {
    FlightRecorder.Timed load = FlightRecorder.load(called.getClass().getName());
    long start = System.nanoTime();
    boolean success = false;
    try {
      T loaded = loading(call);
      success = true;
      return loaded;
    } finally {
      FlightRecorder.end(load);
      counting.loaded(success, System.nanoTime() - start);
    }
  }

  private <T extends @Nullable Object> T loading(Supplier<T> call) {
    try {
      return call.get();
    } catch (CacheLoaderException e) {
      throw e;
    } catch (Throwable e) {
      Interrupts.keep(e);
      throw new CacheLoaderException(describe(loader) + " failed: " + told(e), e);
    }
  }

  /** What is thrown, in words; its class alone if it fails to say more. */
  private static String told(Throwable thrown) {
    try {
      return String.valueOf(thrown);
    } catch (Throwable e) {
      return thrown.getClass().getName();
    }
  }

  void write(K key, V value) {
    if (writer != null) {
      writing(() -> writer.write(new CacheEntry<>(key, value)));
    }
  }

  void delete(K key) {
    if (writer != null) {
      writing(() -> writer.delete(key));
    }
  }

  /** Writes all entries; on failure those that were not written are left in {@code entries}. */
  void writeAll(Collection<Cache.Entry<? extends K, ? extends V>> entries) {
    if (writer != null && !entries.isEmpty()) {
      writing(() -> writer.writeAll(unchecked(entries)));
    }
  }

  /** Deletes all keys; on failure those that were not deleted are left in {@code keys}. */
  void deleteAll(Collection<? extends K> keys) {
    if (writer != null && !keys.isEmpty()) {
      writing(() -> writer.deleteAll(keys));
    }
  }

  @SuppressWarnings("unchecked") // a writer of supertypes reads entries of these
  private static <T> Collection<T> unchecked(Collection<?> entries) {
    return (Collection<T>) entries;
  }

  private void writing(Runnable call) {
    try {
      call.run();
    } catch (CacheWriterException e) {
      throw e;
    } catch (Throwable e) {
      Interrupts.keep(e);
      throw new CacheWriterException("the cache writer failed: " + told(e), e);
    }
  }

  @Override
  public void close() {
    Factories.close(loader);
    Factories.close(writer);
  }
}
