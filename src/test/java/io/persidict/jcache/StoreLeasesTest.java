package io.persidict.jcache;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.persidict.lease.Lease;
import io.persidict.lease.Leases;
import io.persidict.store.FaultyStore;
import io.persidict.store.FaultyStore.Fault;
import io.persidict.store.Listed;
import io.persidict.store.MemoryStore;
import io.persidict.store.Precondition;
import io.persidict.store.Store;
import io.persidict.store.file.Durability;
import io.persidict.store.file.FileStore;
import io.persidict.store.s3.TestS3;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.configuration.MutableConfiguration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Leases in stores, and beside the entries of caches. */
final class StoreLeasesTest {
  private static final Duration LONG = Duration.ofMinutes(1);
  private static final Duration SHORT = Duration.ofMillis(150);

  /** What holds of leases in every store. */
  abstract static class Contract {
    private final Store store = store();
    final Leases leases = new StoreLeases(store, 8);

    abstract Store store();

    @AfterEach
    void close() {
      store.close();
    }

    @Test
    void oneOfManyContendersTakesIt() throws Exception {
      ExecutorService threads = Executors.newFixedThreadPool(8);
      try {
        for (int round = 0; round < 50; round++) {
          String key = "key" + round;
          List<Callable<Boolean>> contenders = new ArrayList<>();
          for (int i = 0; i < 8; i++) {
            contenders.add(() -> leases.lease(key, LONG).tryTake());
          }
          int taken = 0;
          for (Future<Boolean> contender : threads.invokeAll(contenders)) {
            taken += contender.get() ? 1 : 0;
          }
          assertThat(taken).isEqualTo(1);
        }
      } finally {
        threads.shutdownNow();
      }
    }

    @Test
    void oneOfManyTakesItFromACrashedHolder() throws Exception {
      assertThat(leases.lease("key", SHORT).tryTake()).isTrue();
      List<Lease> contenders = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        contenders.add(leases.lease("key", LONG));
      }
      assertThat(contenders).noneMatch(Lease::tryTake);
      Thread.sleep(2 * SHORT.toMillis());
      ExecutorService threads = Executors.newFixedThreadPool(contenders.size());
      try {
        List<Callable<Boolean>> calls =
            contenders.stream().<Callable<Boolean>>map(lease -> lease::tryTake).toList();
        int taken = 0;
        for (Future<Boolean> call : threads.invokeAll(calls)) {
          taken += call.get() ? 1 : 0;
        }
        assertThat(taken).isEqualTo(1);
      } finally {
        threads.shutdownNow();
      }
    }

    @Test
    void isLeftAloneForItsLengthAndNoLonger() {
      Lease holder = leases.lease("key", SHORT);
      Lease next = leases.lease("key", LONG);
      assertThat(holder.tryTake()).isTrue();
      long start = System.nanoTime();
      assertThat(next.tryTake()).isFalse();
      await().pollInterval(Duration.ofMillis(5)).until(next::tryTake);
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(SHORT);

      assertThat(holder.renew()).as("the old holder has lost it").isFalse();
      holder.close();
      assertThat(next.renew()).as("the new one keeps it").isTrue();
      assertThat(leases.lease("key", SHORT).tryTake()).isFalse();
    }

    @Test
    void staysWithWhoRenewsIt() throws Exception {
      Lease holder = leases.lease("key", SHORT);
      Lease other = leases.lease("key", Duration.ofMillis(10));
      assertThat(holder.tryTake()).isTrue();
      for (int i = 0; i < 20; i++) {
        assertThat(other.tryTake()).isFalse();
        Thread.sleep(SHORT.toMillis() / 5);
        assertThat(holder.renew()).isTrue();
      }
    }

    @Test
    void isFreeWhenGivenBack() {
      Lease holder = leases.lease("key", LONG);
      Lease other = leases.lease("key", LONG);
      assertThat(holder.tryTake()).isTrue();
      assertThat(other.tryTake()).isFalse();
      holder.close();
      holder.close();
      assertThat(holder.renew()).isFalse();
      assertThat(names()).isEmpty();
      assertThat(other.tryTake()).isTrue();
      other.close();
      assertThat(holder.tryTake()).as("taken once more").isTrue();
    }

    @Test
    void isNotReentrant() {
      Lease holder = leases.lease("key", LONG);
      assertThat(holder.tryTake()).isTrue();
      assertThat(holder.tryTake()).isFalse();
      assertThat(holder.renew()).as("asking did not lose it").isTrue();
    }

    @Test
    void keysHaveLeasesOfTheirOwn() {
      assertThat(leases.lease(List.of("key", 1), LONG).tryTake()).isTrue();
      assertThat(leases.lease(List.of("key", 1L), LONG).tryTake()).isTrue();
      assertThat(leases.lease(new ArrayList<>(List.of("key", 1)), LONG).tryTake()).isFalse();
    }

    @Test
    void whatIsNoLeaseRunsOutAsOne() {
      assertThat(leases.lease("key", LONG).tryTake()).isTrue();
      store.put(names().get(0), "foreign".getBytes(US_ASCII), Precondition.none());
      Lease lease = leases.lease("key", SHORT);
      assertThat(lease.tryTake()).isFalse();
      await().until(lease::tryTake);
    }

    @Test
    void refusesLengthsOutOfBounds() {
      for (Duration length : List.of(Duration.ZERO, Duration.ofMillis(9), Duration.ofDays(1))) {
        assertThatThrownBy(() -> leases.lease("key", length))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContainingAll(length.toString(), "PT0.01S", "PT1H");
      }
    }

    @Test
    void refusesWhatIsNoKey() {
      assertThatThrownBy(() -> leases.lease(new Object(), LONG))
          .isInstanceOf(CacheException.class)
          .hasMessageContaining("java.lang.Object");
      assertThat(names()).isEmpty();
    }

    private List<String> names() {
      try (Stream<Listed> listed = store.list("")) {
        return listed.map(Listed::name).toList();
      }
    }
  }

  @Nested
  final class InMemory extends Contract {
    @Override
    Store store() {
      return new MemoryStore();
    }
  }

  @Nested
  final class InFiles extends Contract {
    @TempDir static Path directory;

    @Override
    Store store() {
      return new FileStore(directory.resolve(String.valueOf(System.nanoTime())), Durability.OS);
    }
  }

  @Nested
  final class InS3 extends Contract {
    private TestS3 s3;

    @Override
    Store store() {
      s3 = new TestS3();
      return s3.open();
    }

    @AfterEach
    void closeServer() {
      s3.close();
    }
  }

  @Nested
  final class AfterFaults {
    private final FaultyStore store = new FaultyStore(new MemoryStore());
    private final Leases leases = new StoreLeases(store, 8);
    private final Lease lease = leases.lease("key", LONG);

    @Test
    void aLostReplyLosesNoLease() {
      store.onMutations(Fault.AFTER);
      assertThatThrownBy(lease::tryTake).isInstanceOf(CacheException.class);
      assertThat(lease.tryTake()).isTrue();
      store.onMutations(Fault.AFTER);
      assertThatThrownBy(lease::renew).isInstanceOf(CacheException.class);
      assertThat(lease.renew()).isTrue();
      assertThat(leases.lease("key", LONG).tryTake()).isFalse();
    }

    @Test
    void aFailedRenewalCanBeRepeated() {
      assertThat(lease.tryTake()).isTrue();
      store.onMutations(Fault.BEFORE);
      assertThatThrownBy(lease::renew).isInstanceOf(CacheException.class);
      assertThat(lease.renew()).isTrue();
    }
  }

  @Nested
  final class OfCaches {
    @TempDir Path directory;

    private Cache<Object, Object> cache(CacheManager manager) {
      return manager.createCache("cache", new MutableConfiguration<>());
    }

    @Test
    void areSharedByAllWhoOpenTheDirectory() {
      try (PersiDictCachingProvider one = new PersiDictCachingProvider();
          PersiDictCachingProvider two = new PersiDictCachingProvider()) {
        Cache<?, ?> cache = cache(one.getCacheManager(directory.toUri(), null));
        Cache<?, ?> same = cache(two.getCacheManager(directory.toUri(), null));
        assertThat(cache.unwrap(Leases.class).lease("key", LONG).tryTake()).isTrue();
        assertThat(same.unwrap(Leases.class).lease("key", LONG).tryTake()).isFalse();
        assertThat(same.unwrap(Leases.class).lease("other", LONG).tryTake()).isTrue();
      }
    }

    @Test
    void areNoEntries() {
      try (PersiDictCachingProvider provider = new PersiDictCachingProvider()) {
        CacheManager manager = provider.getCacheManager(directory.toUri(), null);
        Cache<Object, Object> cache = cache(manager);
        Lease lease = cache.unwrap(Leases.class).lease("key", LONG);
        assertThat(lease.tryTake()).isTrue();
        assertThat(cache.containsKey("key")).isFalse();
        assertThat(cache.get("key")).isNull();
        assertThat(cache).isEmpty();

        cache.put("key", "value");
        assertThat(cache).hasSize(1);
        cache.clear();
        assertThat(cache).isEmpty();
        assertThat(lease.renew()).as("it outlives the entries").isTrue();

        manager.destroyCache("cache");
        assertThat(directory.resolve("cache")).doesNotExist();
        assertThat(lease.renew()).isFalse();
      }
    }
  }
}
