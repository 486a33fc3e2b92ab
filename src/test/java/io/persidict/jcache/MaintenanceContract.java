package io.persidict.jcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.persidict.extra.TimedPuts;
import io.persidict.maintenance.StoreMaintenance;
import io.persidict.maintenance.StoreRound;
import io.persidict.store.Listed;
import io.persidict.store.Store;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.expiry.AccessedExpiryPolicy;
import javax.cache.expiry.Duration;
import javax.cache.management.CacheStatisticsMXBean;
import javax.management.JMException;
import javax.management.JMX;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;

/** What becomes of entries whose time is over, or for which there is no room, in any store. */
abstract class MaintenanceContract extends MaintainedCaches {
  // ---- a bound

  @Test
  void whatIsBeyondTheBoundGoesAndIsNoRemoval() {
    Recorder recorder = new Recorder();
    Cache<String, String> cache =
        cache(
            provider,
            recorder.configuration().setReadThrough(false),
            "store.max-entries",
            "20",
            "store.purge-interval",
            "never");
    fill(cache, "k", 60);
    StoreRound round = round(cache);
    assertThat(entries().size()).isBetween(15, 20);
    assertThat(round.complete()).isTrue();
    assertThat(round.entries()).isEqualTo(entries().size());
    assertThat(round.bytes()).isPositive();
    assertThat(round.expired() + round.leftovers()).isZero();
    assertThat(cache.unwrap(StoreMaintenance.class).last()).contains(round);
    assertThat(recorder.events).hasSize(60).allMatch(event -> event.startsWith("created"));
    assertThat(recorder.writes).hasSize(60).noneMatch(write -> write.startsWith("delete"));
  }

  @Test
  void whatAProcessEvictsIsCounted() throws Exception {
    Cache<String, String> cache =
        cache(provider, types().setStatisticsEnabled(true), "store.max-entries", "10");
    fill(cache, "k", 30);
    round(cache);
    MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    CacheStatisticsMXBean statistics =
        JMX.newMXBeanProxy(
            server, bean(cache, "javax.cache:type=CacheStatistics"), CacheStatisticsMXBean.class);
    assertThat(statistics.getCacheEvictions()).isEqualTo(30 - entries().size());
    assertThat(statistics.getCacheRemovals()).isZero();
    statistics.clear();
    assertThat(statistics.getCacheEvictions()).isZero();
  }

  @Test
  void writersKeepTheBoundWithoutBeingAsked() {
    Cache<String, String> cache = cache("store.max-entries", "100");
    for (int i = 0; i < 400; i++) {
      cache.put("k" + i, "v");
      if (i % 20 == 0) {
        assertThat(entries().size()).isLessThanOrEqualTo(110);
      }
    }
    await().until(() -> entries().size() <= 100);
    assertThat(entries().size()).isGreaterThan(60);
  }

  @Test
  void whatManyWriteAtOnceIsWithinTheBoundOnceTheyRest() throws Exception {
    Cache<String, String> cache = cache("store.max-entries", "10");
    ExecutorService writers = Executors.newFixedThreadPool(32);
    try {
      List<Callable<String>> all = new ArrayList<>();
      for (int i = 0; i < 32; i++) {
        String prefix = "k" + i + ".";
        all.add(
            () -> {
              fill(cache, prefix, 10);
              return prefix;
            });
      }
      for (Future<String> each : writers.invokeAll(all)) {
        each.get();
      }
    } finally {
      writers.shutdownNow();
    }
    await().until(() -> entries().size() <= 10);
  }

  @Test
  void overwritingTakesNoRoom() {
    Cache<String, String> cache = cache("store.max-entries", "100");
    for (int i = 0; i < 60; i++) {
      for (int again = 0; again < 5; again++) {
        cache.put("k" + i, "value " + again);
      }
    }
    round(cache);
    assertThat(entries()).hasSize(60);
  }

  @Test
  void bytesAreBoundedAsTheyAreAllocated() {
    Cache<String, String> cache = cache("store.max-bytes", "409600");
    fill(cache, "k", 300);
    StoreRound round = round(cache);
    assertThat(round.bytes()).isLessThanOrEqualTo(409_600);
    try (Store store = open();
        Stream<Listed> listed = store.list("c/")) {
      assertThat(
              listed
                  .filter(entry -> entry.name().endsWith(".entry"))
                  .mapToLong(Listed::allocated)
                  .sum())
          .isEqualTo(round.bytes());
    }
  }

  @Test
  void anEntryThatNeverHasRoomIsRefused() {
    Cache<String, String> cache = cache("store.max-bytes", "8192");
    cache.put("small", "v");
    assertThatExceptionOfType(CacheException.class)
        .isThrownBy(() -> cache.put("large", "v".repeat(10_000)))
        .withMessageContaining("8192")
        .withMessageContaining("raise");
    assertThat(cache.get("small")).isEqualTo("v");
    assertThat(cache.get("large")).isNull();
  }

  @Test
  void whatIsUsedStaysAndWhatIsNotGoes() throws InterruptedException {
    if (!remembersUses()) {
      return;
    }
    Cache<String, String> cache =
        cache("store.max-entries", "100", "store.purge-interval", "never");
    fill(cache, "old", 50);
    Thread.sleep(20);
    for (int use = 0; use < 3; use++) {
      present(cache, "old", 20).forEach(cache::get);
    }
    Thread.sleep(50);
    fill(cache, "new", 80);
    round(cache);
    assertThat(entries().size()).isLessThanOrEqualTo(100);
    assertThat(IntStream.range(0, 20).filter(i -> cache.containsKey("old" + i)).count())
        .isEqualTo(20);
    assertThat(IntStream.range(20, 50).filter(i -> cache.containsKey("old" + i)).count())
        .isLessThan(10);
  }

  @Test
  void whatWasWrittenFirstGoesFirstWhereNothingIsUsed() throws InterruptedException {
    Cache<String, String> cache = cache("store.max-entries", "40", "store.purge-interval", "never");
    fill(cache, "old", 30);
    Thread.sleep(2_100); // S3 tells whole seconds
    fill(cache, "new", 30);
    round(cache);
    assertThat(present(cache, "new", 30)).hasSize(30);
    assertThat(present(cache, "old", 30).size()).isBetween(1, 10);
  }

  // ---- evicted entries

  @Test
  void anEvictedEntryIsAbsentEverywhere() {
    Cache<String, String> cache = cache("store.max-entries", "10", "store.purge-interval", "never");
    Cache<String, String> other =
        cache(elsewhere, types(), "store.max-entries", "10", "store.purge-interval", "never");
    fill(cache, "k", 11);
    present(other, "k", 11).forEach(other::get); // into memory, where there is some
    fill(cache, "more", 30);
    round(cache);
    List<String> gone =
        IntStream.range(0, 11).mapToObj(i -> "k" + i).filter(k -> !cache.containsKey(k)).toList();
    assertThat(gone).isNotEmpty();
    for (String key : gone) {
      assertThat(other.get(key)).as(key).isNull();
      boolean exists = other.invoke(key, (entry, arguments) -> entry.exists());
      assertThat(exists).isFalse();
      assertThat(other.putIfAbsent(key, "new")).isTrue();
    }
  }

  @Test
  void anEvictedEntryThatIsWrittenOnceMayBeWrittenAgain() {
    Cache<String, String> cache =
        cache(
            "store.max-entries", "10", "immutable-items", "true", "store.purge-interval", "never");
    fill(cache, "k", 40);
    present(cache, "k", 40).forEach(cache::get);
    round(cache);
    String gone =
        IntStream.range(0, 40)
            .mapToObj(i -> "k" + i)
            .filter(key -> cache.get(key) == null)
            .findFirst()
            .orElseThrow();
    assertThat(cache.putIfAbsent(gone, "another")).isTrue();
    assertThat(cache.get(gone)).isEqualTo("another");
  }

  /** Each thread has keys of its own, so that it knows what may be there. */
  @Test
  void nothingButTheLastValueOrAbsenceIsSeenWhileRoundsGoOn() throws Exception {
    Cache<String, String> cache = cache("store.max-entries", "20");
    AtomicBoolean done = new AtomicBoolean();
    ExecutorService threads = Executors.newFixedThreadPool(5);
    try {
      List<Future<Integer>> users = new ArrayList<>();
      for (int t = 0; t < 4; t++) {
        int thread = t;
        users.add(threads.submit(() -> use(cache, "t" + thread + "-")));
      }
      Future<Integer> rounds = threads.submit(() -> rounds(cache, done));
      int found = 0;
      for (Future<Integer> user : users) {
        found += user.get(5, TimeUnit.MINUTES);
      }
      done.set(true);
      assertThat(rounds.get(5, TimeUnit.MINUTES)).isPositive();
      assertThat(found).isPositive();
    } finally {
      done.set(true);
      threads.shutdownNow();
    }
  }

  private static int rounds(Cache<?, ?> cache, AtomicBoolean done) {
    int rounds = 0;
    while (!done.get()) {
      round(cache);
      rounds++;
    }
    return rounds;
  }

  private int use(Cache<String, String> cache, String prefix) {
    String[] last = new String[6];
    int found = 0;
    for (int step = 0; step < steps(); step++) {
      int i = (step * 5) % last.length;
      String key = prefix + i;
      String value = "v" + step;
      String seen = cache.get(key);
      assertThat(seen == null || seen.equals(last[i])).as(key + " is " + seen).isTrue();
      found += seen == null ? 0 : 1;
      switch (step % 4) {
        case 0 -> {
          cache.put(key, value);
          last[i] = value;
        }
        case 1 -> {
          if (cache.putIfAbsent(key, value)) {
            last[i] = value;
          }
        }
        case 2 -> {
          String before = last[i];
          String was =
              cache.invoke(
                  key,
                  (entry, arguments) -> {
                    String old = entry.getValue();
                    entry.setValue(value);
                    return old;
                  });
          assertThat(was == null || Objects.equals(was, before)).isTrue();
          last[i] = value;
        }
        default -> {
          if (cache.replace(key, value)) {
            last[i] = value;
          }
        }
      }
    }
    return found;
  }

  /** How often each thread acts. */
  int steps() {
    return 400;
  }

  // ---- expiry

  @Test
  void whatIsOverGoesWithoutBeingAskedFor() {
    Cache<String, String> cache = cache(provider, shortLived(), "store.purge-interval", "PT0.5S");
    timed(cache).put("stays", "v", java.time.Duration.ofHours(1));
    await("entries that were stored, before they are over")
        .until(
            () -> {
              fill(cache, "k", 30);
              return entries().size() > 1;
            });
    await().until(() -> entries().size() == 1);
    assertThat(cache.get("stays")).isEqualTo("v");
  }

  @Test
  void listenersOfWhoeverRemovesWhatIsOverAreTold() throws InterruptedException {
    Recorder recorder = new Recorder();
    Cache<String, String> cache =
        cache(
            provider,
            shortLived()
                .addCacheEntryListenerConfiguration(
                    new MutableCacheEntryListenerConfiguration<>(() -> recorder, null, true, true)),
            "store.purge-interval",
            "never");
    fill(cache, "k", 10);
    Thread.sleep(2_500);
    recorder.forget();
    assertThat(round(cache).expired()).isEqualTo(10);
    await().until(() -> recorder.events.size() == 10);
    assertThat(recorder.events).allMatch(event -> event.startsWith("expired k"));
  }

  /** Read it must be, so that listeners can be told. */
  @Test
  void anEntryThatCannotBeReadKeepsNoOtherFromGoing() throws Exception {
    Recorder recorder = new Recorder();
    Cache<String, String> cache =
        cache(
            provider,
            shortLived()
                .addCacheEntryListenerConfiguration(
                    new MutableCacheEntryListenerConfiguration<>(() -> recorder, null, true, true)),
            "store.purge-interval",
            "never");
    fill(cache, "k", 10);
    spoil(entries().get(0));
    Thread.sleep(2_500);
    StoreRound round = round(cache);
    assertThat(round.expired()).isEqualTo(9);
    assertThat(round.complete()).isTrue();
    assertThat(entries()).hasSize(1);
  }

  @Test
  void anEntryStaysAsLongAsWhoeverWroteItWants() throws InterruptedException {
    Cache<String, String> eternal = cache(provider, types(), "store.purge-interval", "never");
    eternal.put("stays", "v");
    Cache<String, String> brief = cache(elsewhere, shortLived(), "store.purge-interval", "never");
    brief.put("goes", "v");
    eternal.put("stays too", "v");
    Thread.sleep(2_500);
    assertThat(round(brief).expired()).isEqualTo(1);
    assertThat(round(eternal).expired()).isZero();
    assertThat(eternal.get("stays")).isEqualTo("v");
    assertThat(brief.get("stays too")).isEqualTo("v");
  }

  @Test
  @SuppressWarnings("unchecked")
  void anEntryWithATimeOfItsOwnStaysThatLong() throws InterruptedException {
    Cache<String, String> cache = cache(provider, shortLived(), "store.purge-interval", "never");
    cache.put("goes", "v");
    cache.unwrap(TimedPuts.class).put("stays", "v", java.time.Duration.ofHours(1));
    Thread.sleep(2_500);
    assertThat(round(cache).expired()).isEqualTo(1);
    assertThat(cache.get("stays")).isEqualTo("v");
  }

  @Test
  @SuppressWarnings("unchecked")
  void anEntryWithATimeOfItsOwnGoesThenFromACacheOfEternalOnes() throws InterruptedException {
    Cache<String, String> cache = cache(provider, types(), "store.purge-interval", "never");
    Cache<String, String> other = cache(elsewhere, types(), "store.purge-interval", "never");
    cache.put("stays", "v");
    other.unwrap(TimedPuts.class).putIfAbsent("goes", "v", java.time.Duration.ofMillis(300));
    Thread.sleep(2_500);
    assertThat(round(cache).expired()).isEqualTo(1);
    assertThat(other.get("stays")).isEqualTo("v");
    assertThat(entries()).hasSize(1);
  }

  @Test
  void anEntryStaysAsLongAsItIsAccessed() throws InterruptedException {
    Cache<String, String> cache =
        cache(
            provider,
            types()
                .setExpiryPolicyFactory(
                    AccessedExpiryPolicy.factoryOf(new Duration(TimeUnit.SECONDS, 2))),
            "store.purge-interval",
            "never");
    long used = System.nanoTime();
    cache.put("used", "v");
    cache.put("unused", "v");
    do { // S3 tells whole seconds, so the other one may be kept for two more
      Thread.sleep(400);
      used = use(cache, used);
      round(cache);
    } while (entries().size() > 1);
    use(cache, used);
    assertThat(cache.containsKey("unused")).isFalse();
    assertThat(entries()).hasSize(1);
  }

  /**
   * Gets an entry, which must be there if it was used or written less than two seconds ago; returns
   * when it was used.
   */
  private static long use(Cache<String, String> cache, long usedBefore) {
    long now = System.nanoTime();
    String found = cache.get("used");
    if (System.nanoTime() - usedBefore < TimeUnit.SECONDS.toNanos(2)) {
      assertThat(found).isEqualTo("v");
    } else if (found == null) { // on a machine that stood still
      cache.put("used", "v");
    }
    return now;
  }

  @Test
  void whatIsOverGoesBeforeWhatIsNot() throws InterruptedException {
    Cache<String, String> brief =
        cache(elsewhere, shortLived(), "store.purge-interval", "never", "store.max-entries", "30");
    Cache<String, String> cache =
        cache(provider, types(), "store.purge-interval", "never", "store.max-entries", "30");
    fill(cache, "old", 20);
    fill(brief, "brief", 9);
    Thread.sleep(2_500);
    fill(cache, "new", 5);
    round(cache);
    assertThat(entries()).hasSize(25);
    assertThat(present(cache, "old", 20)).hasSize(20);
  }

  // ---- life

  @Test
  void closingEndsARoundAndLeavesNeitherThreadNorLease() throws Exception {
    ThreadGroup group = new ThreadGroup("of this cache");
    FutureTask<Cache<String, String>> opening =
        new FutureTask<>(() -> cache("store.max-entries", "50", "store.purge-interval", "PT0.01S"));
    new Thread(group, opening).start();
    Cache<String, String> cache = opening.get();
    fill(cache, "k", 200);
    assertThat(maintaining(group)).isEqualTo(1);
    provider.close();
    assertThat(names()).noneMatch(name -> name.contains("__maintaining__"));
    await().until(() -> maintaining(group) == 0);
    StoreMaintenance maintenance = cache.unwrap(StoreMaintenance.class);
    assertThatExceptionOfType(IllegalStateException.class).isThrownBy(maintenance::run);
  }

  /** How many threads of maintenance the threads of that group have started. */
  private static long maintaining(ThreadGroup group) {
    Thread[] threads = new Thread[1_000];
    return Arrays.stream(threads, 0, group.enumerate(threads))
        .filter(thread -> thread.getName().equals("persidict-maintenance"))
        .count();
  }

  @Test
  void nothingOfADestroyedCacheComesBack() throws Exception {
    Cache<String, String> cache =
        cache("store.max-entries", "20", "store.purge-interval", "PT0.01S");
    Cache<String, String> other =
        cache(elsewhere, types(), "store.max-entries", "20", "store.purge-interval", "PT0.01S");
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      Callable<Boolean> write =
          () -> {
            while (!other.isClosed()) {
              try {
                fill(other, "k", 5);
              } catch (IllegalStateException e) {
                return true;
              }
            }
            return true;
          };
      Future<Boolean> writer = threads.submit(write);
      fill(cache, "mine", 60);
      cache.getCacheManager().destroyCache("c");
      assertThat(writer.get(5, TimeUnit.MINUTES)).isTrue();
    } finally {
      threads.shutdownNow();
    }
    elsewhere.close();
    assertThat(names()).isEmpty();
  }

  private static ObjectName bean(Cache<?, ?> cache, String type) throws JMException {
    String manager = cache.getCacheManager().getURI().toString().replace(':', '.');
    return new ObjectName(type + ",CacheManager=" + manager + ",Cache=" + cache.getName());
  }

  @Test
  void aBeanShowsTheStore() throws Exception {
    MutableConfiguration<String, String> configuration = types().setManagementEnabled(true);
    Cache<String, String> cache =
        cache(provider, configuration, "store.max-entries", "10", "store.purge-interval", "never");
    fill(cache, "k", 30);
    StoreRound round = round(cache);
    MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    ObjectName name = bean(cache, "io.persidict:type=Store");
    StoreMXBean bean = JMX.newMXBeanProxy(server, name, StoreMXBean.class);
    assertThat(bean.getEntries()).isEqualTo(round.entries());
    assertThat(bean.getMaxEntries()).isEqualTo(10);
    assertThat(bean.getMaxBytes()).isEqualTo(-1);
    assertThat(bean.getLastRoundEvicted()).isEqualTo(round.evicted());
    assertThat(bean.getLastRound().toInstant().toEpochMilli())
        .isEqualTo(round.began().toEpochMilli());
    cache.getCacheManager().enableManagement("c", false);
    assertThat(server.queryNames(name, null)).isEmpty();
    cache.getCacheManager().enableStatistics("c", true);
    assertThat(server.queryNames(name, null)).hasSize(1);
  }

  @Test
  void theStateOfTheStoreTellsHowFullABoundIs() {
    Cache<String, String> cache = cache("store.max-entries", "10", "store.purge-interval", "never");
    cache.put("k", "v");
    round(cache);
    PersiDictCacheManager manager = cache.getCacheManager().unwrap(PersiDictCacheManager.class);
    PersiDictCacheManager.StoreStatus status = manager.checkStore();
    assertThat(status.bounded()).containsOnlyKeys("c");
    PersiDictCacheManager.Fill fill = status.bounded().get("c");
    assertThat(fill.entries()).isEqualTo(1);
    assertThat(fill.bytes()).isPositive();
    assertThat(fill.maxEntries()).hasValue(10);
    assertThat(fill.maxBytes()).isEmpty();
  }

  @Test
  void aRoundCanBeAskedForWhereThereIsNoneByItself() {
    Cache<String, String> cache = cache("store.purge-interval", "never");
    StoreMaintenance maintenance = cache.unwrap(StoreMaintenance.class);
    assertThat(maintenance.limits().isBounded()).isFalse();
    assertThat(maintenance.last()).isEmpty();
    cache.put("k", "v");
    assertThat(maintenance.run().entries()).isEqualTo(1);
  }

  // ---- entries with a time of their own

  @SuppressWarnings("unchecked")
  static TimedPuts<String, String> timed(Cache<String, String> cache) {
    return cache.unwrap(TimedPuts.class);
  }

  @Test
  void anEntryWhoseOwnTimeIsOverGoesFromACacheThatIsEternal() throws InterruptedException {
    Cache<String, String> cache = cache("store.purge-interval", "never");
    cache.put("k", "v");
    timed(cache).put("brief", "v", java.time.Duration.ofMillis(300));
    Thread.sleep(1_500);
    StoreRound round = round(cache);
    assertThat(round.expired()).isEqualTo(1);
    assertThat(entries()).hasSize(1);
  }

  @Test
  void anEntryWithALongerTimeOfItsOwnStays() throws InterruptedException {
    Cache<String, String> cache = cache(provider, shortLived(), "store.purge-interval", "never");
    cache.put("k", "v");
    timed(cache).put("long", "v", java.time.Duration.ofHours(1));
    Thread.sleep(2_500);
    StoreRound round = round(cache);
    assertThat(round.expired()).isEqualTo(1);
    assertThat(cache.get("long")).isEqualTo("v");
    assertThat(timed(cache).putIfAbsent("k", "w", java.time.Duration.ofHours(1))).isTrue();
    Cache<String, String> other = cache(elsewhere, types(), "store.purge-interval", "never");
    Thread.sleep(2_500);
    assertThat(round(other).expired()).isZero();
    assertThat(entries()).hasSize(2);
  }
}
