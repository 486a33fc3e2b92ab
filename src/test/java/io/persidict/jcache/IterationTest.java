package io.persidict.jcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import io.persidict.store.Listed;
import io.persidict.store.MemoryStore;
import io.persidict.store.PassThroughStore;
import io.persidict.store.Store;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.cache.Cache;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an iterator over a cache holds open, and what its steps refuse. */
final class IterationTest {
  @TempDir Path directory;

  private final PersiDictCachingProvider provider = new PersiDictCachingProvider();
  private final AtomicInteger open = new AtomicInteger();
  private Cache<String, String> cache;

  @BeforeEach
  void open() {
    cache =
        CacheOverStore.open(
            provider.getCacheManager(directory.toUri(), null),
            "c",
            new Counted(new MemoryStore()),
            String.class,
            new Properties());
    cache.put("a", "1");
    cache.put("b", "2");
  }

  @AfterEach
  void close() {
    provider.close();
  }

  /** Counts the listings that are open. */
  private final class Counted extends PassThroughStore {
    Counted(Store store) {
      super(store);
    }

    @Override
    public Stream<Listed> list(String prefix) {
      open.incrementAndGet();
      return super.list(prefix).onClose(open::decrementAndGet);
    }
  }

  @Test
  void whatIsHeldOpenIsClosedAtTheEnd() {
    Iterator<Cache.Entry<String, String>> entries = cache.iterator();
    entries.next();
    entries.next();
    assertThat(open).hasValue(1);
    assertThat(entries.hasNext()).isFalse();
    assertThat(open).hasValue(0);
    assertThatExceptionOfType(NoSuchElementException.class).isThrownBy(entries::next);
  }

  @Test
  void whatIsHeldOpenIsClosedOnceTheIteratorIsGarbage() {
    assertThat(cache.iterator().next()).isNotNull();
    assertThat(open).hasValue(1);
    await()
        .untilAsserted(
            () -> {
              System.gc();
              assertThat(open).hasValue(0);
            });
  }

  @Test
  void anEntryIsRemovedOnceAndOnlyAfterItWasReturned() {
    Iterator<Cache.Entry<String, String>> entries = cache.iterator();
    assertThatIllegalStateException().isThrownBy(entries::remove);
    String removed = entries.next().getKey();
    entries.remove();
    cache.put(removed, "again");
    assertThatIllegalStateException().isThrownBy(entries::remove);
    assertThat(cache.get(removed)).isEqualTo("again");
  }

  @Test
  void stepsOverAClosedCacheAreRefused() {
    Iterator<Cache.Entry<String, String>> entries = cache.iterator();
    entries.next();
    cache.close();
    assertThatIllegalStateException().isThrownBy(entries::hasNext);
    assertThatIllegalStateException().isThrownBy(entries::next);
    assertThatIllegalStateException().isThrownBy(entries::remove);
  }
}
