package io.persidict.jcache.engine;

import io.persidict.jcache.storage.CacheEntry;
import java.util.Collection;
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
  private final boolean readThrough;

  public LoaderAndWriter(CompleteConfiguration<K, V> configuration) {
    this.loader = create(configuration.getCacheLoaderFactory());
    try {
      this.writer =
          configuration.isWriteThrough() ? create(configuration.getCacheWriterFactory()) : null;
    } catch (Throwable e) {
      Closeables.close(loader);
      throw e;
    }
    this.readThrough = configuration.isReadThrough();
  }

  private static <T> @Nullable T create(@Nullable Factory<? extends T> factory) {
    return factory == null ? null : factory.create();
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

  /** What the loader has for {@code key}, if reads ask it; null if it has nothing. */
  @Nullable V readThrough(K key) {
    return readThrough && loader != null ? loading(() -> loader.load(key)) : null;
  }

  /** What the loader has for {@code keys}, if there are any; some may be missing, or null. */
  Map<K, V> loadAll(Collection<? extends K> keys) {
    return loader == null || keys.isEmpty() ? Map.of() : loading(() -> loader.loadAll(keys));
  }

  private static <T> T loading(Supplier<T> call) {
    try {
      return call.get();
    } catch (CacheLoaderException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new CacheLoaderException("the cache loader failed", e);
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

  private static void writing(Runnable call) {
    try {
      call.run();
    } catch (CacheWriterException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new CacheWriterException("the cache writer failed", e);
    }
  }

  @Override
  public void close() {
    Closeables.close(loader);
    Closeables.close(writer);
  }
}
