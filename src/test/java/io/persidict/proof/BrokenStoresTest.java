package io.persidict.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.persidict.RamDirectory;
import io.persidict.jcache.CacheOverStore;
import io.persidict.jcache.PersiDictCachingProvider;
import io.persidict.store.ChangeWatch;
import io.persidict.store.DeleteResult;
import io.persidict.store.ETag;
import io.persidict.store.PassThroughStore;
import io.persidict.store.Precondition;
import io.persidict.store.PutResult;
import io.persidict.store.Stat;
import io.persidict.store.Store;
import io.persidict.store.file.Durability;
import io.persidict.store.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;
import javax.cache.Cache;
import javax.cache.CacheManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The recorded histories of caches on spoilt stores are found to be wrong: so the search would
 * notice if a real store were like them. Each thread has a cache of its own, as if it were a
 * process.
 */
final class BrokenStoresTest {
  private static final int THREADS = 4;
  private static final int HONEST_ROUNDS = 3;
  private static final int MAX_ROUNDS = 100;

  @TempDir(factory = RamDirectory.class)
  Path directory;

  private final PersiDictCachingProvider provider = new PersiDictCachingProvider();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private CacheManager manager;

  @BeforeEach
  void open() {
    manager = provider.getCacheManager(directory.resolve("manager").toUri(), null);
  }

  @AfterEach
  void close() {
    threads.shutdownNow();
    provider.close();
  }

  @Test
  void anHonestStoreIsExplained() throws Exception {
    for (int round = 0; round < HONEST_ROUNDS; round++) {
      assertThat(violation(round, PassThroughStore::new)).isEmpty();
    }
  }

  @Test
  void aStoreWithoutItsLockIsCaught() throws Exception {
    assertCaught(WithoutLock::new);
  }

  @Test
  void aMemoryWithoutItsCheckIsCaught() throws Exception {
    assertCaught(
        store ->
            new PassThroughStore(store) {
              @Override
              public ChangeWatch watch(String name) {
                return ChangeWatch.ALWAYS_VALID;
              }
            });
  }

  @Test
  void aWriterThatReportsTooEarlyIsCaught() throws Exception {
    assertCaught(
        store ->
            new PassThroughStore(store) {
              @Override
              public PutResult put(String name, byte[] bytes, Precondition precondition) {
                if (precondition != Precondition.none()) {
                  return super.put(name, bytes, precondition);
                }
                threads.submit(() -> super.put(name, bytes, precondition));
                return new PutResult.Written(new ETag("soon"));
              }
            });
  }

  /** Tests a condition, and acts on it later. */
  private static final class WithoutLock extends PassThroughStore {
    WithoutLock(Store store) {
      super(store);
    }

    @Override
    public PutResult put(String name, byte[] bytes, Precondition precondition) {
      Optional<ETag> actual = super.stat(name).map(Stat::etag);
      Thread.yield();
      return holds(precondition, actual)
          ? super.put(name, bytes, Precondition.none())
          : new PutResult.Lost(actual);
    }

    @Override
    public DeleteResult delete(String name, Precondition precondition) {
      Optional<ETag> actual = super.stat(name).map(Stat::etag);
      Thread.yield();
      return actual.isEmpty() || holds(precondition, actual)
          ? super.delete(name, Precondition.none())
          : new DeleteResult.Lost(actual.get());
    }

    private static boolean holds(Precondition precondition, Optional<ETag> actual) {
      return precondition instanceof Precondition.Matches matches
          ? actual.equals(Optional.of(matches.etag()))
          : precondition == Precondition.none() || actual.isEmpty();
    }
  }

  private void assertCaught(UnaryOperator<Store> spoilt) throws Exception {
    for (int round = 0; round < MAX_ROUNDS; round++) {
      if (violation(round, spoilt).isPresent()) {
        return;
      }
    }
    assertThat(MAX_ROUNDS).as("rounds that were all explained").isZero();
  }

  /** Records a short history of threads that each have a cache on a store of their own. */
  private Optional<List<Invocation>> violation(int round, UnaryOperator<Store> stores)
      throws Exception {
    Path logs = Files.createDirectory(directory.resolve("logs" + round));
    Properties settings = new Properties();
    settings.setProperty("persidict.memory.max-entries", "100");
    Load load = new Load(System.nanoTime(), Duration.ofMillis(200), Duration.ofMillis(40), 2, 0.4);
    Store honest = new FileStore(directory.resolve("store" + round), Durability.OS);
    List<Future<?>> running = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      int client = THREADS * round + i;
      Cache<String, Long> cache =
          CacheOverStore.open(manager, "c", stores.apply(honest), Long.class, settings);
      running.add(
          threads.submit(
              () -> {
                try (HistoryLog log = new HistoryLog(logs, "t" + client)) {
                  load.run(log, client, () -> cache);
                }
                return null;
              }));
    }
    for (Future<?> thread : running) {
      thread.get();
    }
    honest.close();
    return Linearizability.violation(HistoryLog.read(logs).calls());
  }
}
