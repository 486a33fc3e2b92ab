package io.persidict.jcache.engine;

import io.persidict.jcache.storage.CacheEntry;
import java.lang.ref.Cleaner;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.stream.Stream;
import javax.cache.Cache;
import org.jspecify.annotations.Nullable;

/** Iterates lazily over a cache; what it holds open is closed at the end, or when it is garbage. */
public final class EntryIterator<K, V> implements Iterator<Cache.Entry<K, V>> {
  private static final Cleaner CLEANER = Cleaner.create();

  private final Cache<K, V> cache;
  private final Engine<K, V> engine;
  private final ActiveOperations operations;
  private final Iterator<CacheEntry<K, V>> entries;
  private final Cleaner.Cleanable open;
  private @Nullable K last;

  /**
   * @param operations of the cache, of which each step is one
   */
  public EntryIterator(Cache<K, V> cache, Engine<K, V> engine, ActiveOperations operations) {
    this.cache = cache;
    this.engine = engine;
    this.operations = operations;
    Stream<CacheEntry<K, V>> stream = engine.entries();
    this.entries = stream.iterator();
    this.open = CLEANER.register(this, stream::close);
  }

  @Override
  public boolean hasNext() {
    return operations.run(
        () -> {
          boolean more = entries.hasNext();
          if (!more) {
            open.clean();
          }
          return more;
        });
  }

  @Override
  public Cache.Entry<K, V> next() {
    return operations.run(
        () -> {
          if (!hasNext()) {
            throw new NoSuchElementException("no more entries in cache " + cache.getName());
          }
          CacheEntry<K, V> entry = entries.next();
          engine.iterated(entry.getKey(), entry.getValue());
          last = engine.copyOfKey(entry.getKey());
          return entry;
        });
  }

  @Override
  public void remove() {
    if (last == null) {
      throw new IllegalStateException("next was not called since the last remove");
    }
    cache.remove(last);
    last = null;
  }
}
