package io.persidict.jcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.persidict.lease.Lease;
import io.persidict.lease.Leases;
import io.persidict.store.file.Durability;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.expiry.EternalExpiryPolicy;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What becomes of a cache that is destroyed, or whose directory is, and of those who have it open.
 */
@ParameterizedClass
@ValueSource(strings = {Layouts.ENTRY, Layouts.PLAIN})
final class DestructionTest {
  @Parameter String layout;

  @TempDir Path directory;

  private final PersiDictCachingProvider provider = new PersiDictCachingProvider();
  private final PersiDictCachingProvider elsewhere = new PersiDictCachingProvider();

  @AfterEach
  void close() {
    provider.close();
    elsewhere.close();
  }

  private CacheManager manager() {
    return provider.getCacheManager(directory.toUri(), null, Layouts.settings(layout));
  }

  private CacheManager otherManager() {
    return elsewhere.getCacheManager(directory.toUri(), null, Layouts.settings(layout));
  }

  private static MutableConfiguration<String, String> types() {
    return new MutableConfiguration<String, String>().setTypes(String.class, String.class);
  }

  private Path record() {
    return directory.resolve("c/.__cache__");
  }

  private static void removeByHand(Path root) throws IOException {
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path visited, IOException e)
              throws IOException {
            Files.delete(visited);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  // ---- those who have it open

  private static List<Runnable> changes(Cache<String, String> cache) {
    return List.of(
        () -> cache.put("k", "late"),
        () -> cache.putIfAbsent("new", "late"),
        () -> cache.putAll(Map.of("k", "late", "new", "late")),
        () -> cache.remove("k"),
        () -> cache.replace("k", "late"),
        () -> cache.removeAll(java.util.Set.of("k")),
        cache::clear,
        cache::removeAll,
        () ->
            cache.invoke(
                "k",
                (entry, arguments) -> {
                  entry.setValue("late");
                  return null;
                }));
  }

  @Test
  void whoHasADestroyedCacheOpenCannotChangeTheOneThatTookItsPlace() {
    int number = changes(otherManager().createCache("count", types())).size();
    for (int i = 0; i < number; i++) {
      Cache<String, String> stale = otherManager().createCache("c", types());
      stale.put("k", "old");
      manager().destroyCache("c");
      Cache<String, String> next = manager().createCache("c", types());
      next.put("k", "v");
      Runnable change = changes(stale).get(i);
      assertThatExceptionOfType(IllegalStateException.class)
          .as("change %s", i)
          .isThrownBy(change::run)
          .withMessageContaining("cache c was destroyed");
      assertThat(stale.isClosed()).isTrue();
      assertThat(otherManager().<String, String>getCache("c")).isNull();
      assertThat(next).hasSize(1);
      assertThat(next.get("k")).isEqualTo("v");
      manager().destroyCache("c");
    }
  }

  @Test
  void whoHasADestroyedCacheOpenBringsNothingBack() {
    Cache<String, String> stale = otherManager().createCache("c", types());
    Lease lease = stale.unwrap(Leases.class).lease("k", Duration.ofMinutes(1));
    assertThat(lease.tryTake()).isTrue();
    manager().destroyCache("c");
    assertThatExceptionOfType(IllegalStateException.class)
        .isThrownBy(() -> stale.put("k", "late"))
        .withMessageContaining("create it again");
    assertThat(lease.renew()).isFalse();
    lease.close();
    assertThat(directory.resolve("c")).doesNotExist();
    Cache<String, String> again = otherManager().createCache("c", types());
    assertThat(again).isEmpty();
    again.put("k", "v");
  }

  @Test
  void aPutThatWasUnderWayWhenTheCacheWasDestroyedElsewhereHasNoEffect() {
    Layouts.assumeEntry(layout, "policies of the user");
    Recorder recorder =
        new Recorder() {
          @Override
          public javax.cache.expiry.Duration getExpiryForCreation() {
            manager().destroyCache("c");
            return super.getExpiryForCreation();
          }
        };
    Cache<String, String> cache = otherManager().createCache("c", recorder.configuration());
    assertThatExceptionOfType(IllegalStateException.class).isThrownBy(() -> cache.put("k", "v"));
    assertThat(directory.resolve("c")).doesNotExist();
  }

  @Test
  void aRecordThatIsDamagedForAWhileEndsNoCache() throws Exception {
    Cache<String, String> cache = manager().createCache("c", types());
    cache.put("k", "1");
    Path record = directory.resolve("c/.__cache__");
    byte[] whole = Files.readAllBytes(record);
    for (String damaged : List.of("", "version=1\n", "\0\0")) {
      Files.writeString(record, damaged);
      assertThatExceptionOfType(CacheException.class)
          .isThrownBy(() -> cache.put("k", "2"))
          .withMessageContaining(".__cache__ is damaged");
      assertThat(cache.get("k")).isEqualTo("1");
    }
    Files.write(record, whole);
    cache.put("k", "3");
    assertThat(cache.get("k")).isEqualTo("3");
  }

  @Test
  void aDirectoryRemovedByHandGetsItsRecordBackBeforeAnEntry() throws Exception {
    Cache<String, String> cache =
        manager()
            .createCache(
                "c",
                new PersiDictConfiguration<String, String>()
                    .setFormat("pkl")
                    .setTypes(String.class, String.class));
    cache.put("k", "v");
    String record = Files.readString(record());
    for (Path removed : List.of(directory.resolve("c"), directory)) {
      removeByHand(removed);
      assertThat(cache.get("k")).isNull();
      cache.put("k", "v");
      assertThat(cache.get("k")).isEqualTo("v");
      assertThat(record()).hasContent(record);
      assertThatExceptionOfType(CacheException.class)
          .isThrownBy(() -> otherManager().createCache("c", types()))
          .withMessageContaining("created with format pkl");
    }
  }

  @Test
  void allWhoHaveADirectoryOpenThatWasRemovedByHandGoOn() throws Exception {
    Cache<String, String> mine = manager().createCache("c", types());
    Cache<String, String> theirs = otherManager().createCache("c", types());
    removeByHand(directory.resolve("c"));
    mine.put("mine", "v");
    theirs.put("theirs", "v");
    mine.putIfAbsent("more", "v");
    assertThat(theirs).hasSize(3);
  }

  @Test
  void whereAnotherCacheWasCreatedInADirectoryThatWasRemovedByHandTheOldOneIsClosed()
      throws Exception {
    Cache<String, String> old = manager().createCache("c", types());
    removeByHand(directory.resolve("c"));
    Cache<Object, Object> next =
        otherManager().createCache("c", new PersiDictConfiguration<>().setFormat("json"));
    assertThatExceptionOfType(IllegalStateException.class).isThrownBy(() -> old.put("k", "v"));
    assertThat(next).isEmpty();
  }

  @Test
  void whoHasADestroyedCacheOpenDoesNotKeepTheNextOneFromBeingOpenedAgain() {
    Cache<String, String> old = manager().createCache("c", types());
    Lease lease = old.unwrap(Leases.class).lease("k", Duration.ofMinutes(1));
    assertThat(lease.tryTake()).isTrue();
    manager().destroyCache("c");
    Cache<String, String> next = manager().createCache("c", types());
    next.put("k", "v");
    assertThat(lease.renew()).isFalse();
    lease.close();
    next.close();
    Cache<String, String> again = manager().getCache("c");
    assertThat(again).isNotNull();
    assertThat(again.get("k")).isEqualTo("v");
  }

  @Test
  void aCacheThatIsDestroyedElsewhereWhileItIsOpenedIsNotLeftBehindClosed() throws Exception {
    Properties settings = Layouts.settings(layout);
    settings.setProperty("persidict.store.purge-interval", "PT0.05S");
    CacheManager manager = provider.getCacheManager(directory.toUri(), null, settings);
    CacheManager other = otherManager();
    String name = "destroyed-while-opened"; // of no cache that others open meanwhile
    AtomicBoolean opening = new AtomicBoolean(true);
    CountDownLatch noticed = new CountDownLatch(1);
    Handler handler =
        new Handler() {
          @Override
          public void publish(LogRecord logged) {
            String message = new SimpleFormatter().formatMessage(logged);
            if (message.contains('"' + name + "\" was destroyed elsewhere")) {
              noticed.countDown();
            }
            if (message.contains('"' + name + "\" is open at") && opening.getAndSet(false)) {
              other.destroyCache(name);
              try {
                assertThat(noticed.await(5, TimeUnit.MINUTES)).isTrue();
              } catch (InterruptedException e) {
                throw new AssertionError(e);
              }
            }
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    Logger logger = Logger.getLogger(PersiDictCacheManager.class.getName());
    logger.setLevel(Level.FINE);
    logger.addHandler(handler);
    try {
      assertThatExceptionOfType(IllegalStateException.class)
          .isThrownBy(() -> manager.createCache(name, types()))
          .withMessageContaining("cache " + name + " was destroyed");
    } finally {
      logger.removeHandler(handler);
      logger.setLevel(null);
    }
    assertThat(manager.getCacheNames()).isEmpty();
    assertThat(manager.<String, String>getCache(name)).isNull();
    assertThat(directory.resolve(name)).doesNotExist();
    manager.createCache(name, types()).put("k", "v");
  }

  // ---- how durably

  @ParameterizedTest
  @EnumSource
  void aCacheIsDestroyedAsDurablyAsCodeSaysThatItIs(Durability durability) throws Exception {
    Properties settings = Layouts.settings(layout);
    settings.setProperty(
        "persidict.durability", durability == Durability.OS ? "fsync" : "os"); // for the others
    CacheManager manager = provider.getCacheManager(directory.toUri(), null, settings);
    manager
        .createCache(
            "c",
            new PersiDictConfiguration<String, String>()
                .setDurability(durability)
                .setTypes(String.class, String.class))
        .put("k", "v");
    String root = directory.toRealPath().toString();
    Path file = Files.createTempFile("destruction", ".jfr");
    try (Recording recording = new Recording()) {
      recording.enable("jdk.FileForce").withThreshold(Duration.ZERO);
      recording.start();
      manager.destroyCache("c");
      recording.stop();
      recording.dump(file);
      List<String> forced =
          RecordingFile.readAllEvents(file).stream()
              .filter(event -> event.getEventType().getName().equals("jdk.FileForce"))
              .map(event -> String.valueOf(event.getString("path")))
              .filter(path -> path.startsWith(root))
              .toList();
      if (durability == Durability.OS) {
        assertThat(forced).isEmpty();
      } else {
        assertThat(forced).isNotEmpty();
      }
    } finally {
      Files.delete(file);
    }
  }

  // ---- creation beside destruction

  @Test
  void aCacheThatIsCreatedBesideItsDestructionLosesNothing() throws Exception {
    ExecutorService threads = Executors.newCachedThreadPool();
    try {
      for (int round = 0; round < 20; round++) {
        CacheManager creator = round % 2 == 0 ? manager() : otherManager();
        Cache<String, String> old = manager().createCache("c", types());
        for (int i = 0; i < 100; i++) {
          old.put("old" + i, "v");
        }
        Future<?> destruction = threads.submit(() -> manager().destroyCache("c"));
        List<String> put = new ArrayList<>();
        Cache<String, String> next = created(creator);
        while (!destruction.isDone() || put.size() < 20) {
          try {
            next.put("new" + put.size(), "v");
            put.add("new" + put.size());
          } catch (IllegalStateException e) {
            // It was still the old one, opened before its destruction began.
            put.clear();
            next = creator.createCache("c", types());
          }
        }
        destruction.get();
        assertThat(next).hasSize(put.size());
        assertThat(next.getAll(java.util.Set.copyOf(put))).hasSize(put.size());
        assertThat(record()).exists();
        manager().destroyCache("c");
        assertThat(directory.resolve("c")).doesNotExist();
        creator.close();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void whoAsksForACacheWhileItIsDestroyedDoesNotBringItBack() throws Exception {
    CountDownLatch[] claimed = {new CountDownLatch(1), new CountDownLatch(1)};
    AtomicInteger openings = new AtomicInteger();
    MutableConfiguration<String, String> configuration =
        types()
            .setExpiryPolicyFactory(
                () -> {
                  if (openings.incrementAndGet() == 2) {
                    claimed[0].countDown();
                    try {
                      claimed[1].await();
                    } catch (InterruptedException e) {
                      throw new AssertionError(e);
                    }
                    throw new IllegalStateException("on purpose");
                  }
                  return new EternalExpiryPolicy();
                });
    for (int round = 0; round < 10; round++) {
      claimed[0] = new CountDownLatch(1);
      claimed[1] = new CountDownLatch(1);
      openings.set(0);
      CacheManager manager = manager();
      manager.createCache("c", configuration).close();
      Thread claiming = started(() -> failed(() -> manager.getCache("c")));
      claimed[0].await();
      List<Runnable> calls = List.of(() -> manager.getCache("c"), () -> manager.destroyCache("c"));
      List<Thread> waiting = new ArrayList<>(List.of(claiming));
      for (int i = 0; i < 2; i++) {
        Thread thread = started(calls.get((round + i) % 2));
        await().until(() -> thread.getState() == Thread.State.WAITING);
        waiting.add(thread);
      }
      claimed[1].countDown();
      for (Thread thread : waiting) {
        thread.join();
      }
      assertThat(directory.resolve("c")).as("in round %s", round).doesNotExist();
      assertThat(manager.<String, String>getCache("c")).isNull();
    }
  }

  private static Thread started(Runnable call) {
    Thread thread = new Thread(call);
    thread.start();
    return thread;
  }

  private static void failed(ThrowingCallable call) {
    assertThatExceptionOfType(IllegalStateException.class).isThrownBy(call);
  }

  private static Cache<String, String> created(CacheManager creator) {
    while (true) {
      try {
        return creator.createCache("c", types());
      } catch (CacheException e) {
        assertThat(e).hasMessageContaining("is open already");
      }
    }
  }

  @Test
  void severalMayDestroyAndCreateAtOnce() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    List<Future<?>> futures = new ArrayList<>();
    try {
      for (int i = 0; i < 4; i++) {
        CacheManager manager = i % 2 == 0 ? manager() : otherManager();
        futures.add(
            threads.submit(
                () -> {
                  for (int round = 0; round < 50; round++) {
                    try {
                      Cache<String, String> cache = manager.getCache("c");
                      cache = cache == null ? manager.createCache("c", types()) : cache;
                      cache.put("k", "v");
                      cache.get("k");
                      manager.destroyCache("c");
                    } catch (IllegalStateException e) {
                      // destroyed by another thread
                    } catch (CacheException e) {
                      assertThat(e).hasMessageContaining("is open already");
                    }
                  }
                  return true;
                }));
      }
      for (Future<?> future : futures) {
        future.get();
      }
    } finally {
      threads.shutdownNow();
    }
    manager().destroyCache("c");
    assertThat(directory.resolve("c")).doesNotExist();
  }

  @Test
  void aDestructionThatWasCutShortIsCompletedByWhoCreatesOrDestroysNext() throws Exception {
    String names = layout.equals(Layouts.PLAIN) ? " plain json 8" : "";
    for (boolean create : new boolean[] {true, false}) {
      Cache<String, String> stale = otherManager().createCache("c", types());
      stale.put("k", "old");
      Files.writeString(record(), "destroyed " + idIn(record()) + names + "\n");
      if (create) {
        Cache<String, String> next = manager().createCache("c", types());
        assertThat(next).isEmpty();
        next.put("n", "v");
        assertThatExceptionOfType(IllegalStateException.class).isThrownBy(() -> stale.clear());
        assertThat(next).hasSize(1);
      }
      manager().destroyCache("c");
      assertThat(directory.resolve("c")).doesNotExist();
      otherManager().close();
    }
  }

  private static String idIn(Path record) throws IOException {
    return CacheMetadata.id(Files.readAllBytes(record));
  }

  // ---- what stays and what goes

  @Test
  void leftoversDoNotKeepTheDirectoryAndForeignFilesDo() throws Exception {
    manager().createCache("c", types()).put("k", "v");
    Files.writeString(directory.resolve("c/.__tmp__abc123"), "of a writer that was killed");
    Files.writeString(directory.resolve("c/s-k.__lease__"), "of a holder that is gone");
    manager().destroyCache("c");
    assertThat(directory.resolve("c")).doesNotExist();

    Cache<String, String> cache = manager().createCache("c", types());
    Path notes = Files.writeString(directory.resolve("c/notes.txt"), "not ours");
    cache.put("k", "v");
    manager().destroyCache("c");
    assertThat(directory.resolve("c")).isDirectoryContaining(notes::equals);
    try (var left = Files.list(directory.resolve("c"))) {
      assertThat(left).containsExactly(notes);
    }
  }

  @Test
  void theCachesOfAManagerBelowACacheAreNotItsOwn() {
    Cache<String, String> outer = manager().createCache("app", types());
    outer.put("k", "outer");
    Cache<String, String> inner =
        elsewhere
            .getCacheManager(directory.resolve("app").toUri(), null, Layouts.settings(layout))
            .createCache("c", types());
    inner.put("k", "inner");
    try (Warnings warnings = new Warnings()) {
      assertThat(outer).hasSize(1);
      outer.clear();
      assertThat(outer).isEmpty();
      outer.put("k", "outer");
      outer.removeAll();
      assertThat(warnings.messages()).isEmpty();
    }
    assertThat(inner.get("k")).isEqualTo("inner");
    manager().destroyCache("app");
    assertThat(inner.get("k")).isEqualTo("inner");
    inner.put("k", "still");
    assertThat(directory.resolve("app/.__cache__")).doesNotExist();
    manager().createCache("app", types()).put("k", "outer");
    assertThat(inner.get("k")).isEqualTo("still");
  }
}
