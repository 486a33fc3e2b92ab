package io.persidict.jcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.awaitility.Awaitility.await;

import io.persidict.NoMoreThreads;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.configuration.CacheEntryListenerConfiguration;
import javax.cache.configuration.CompleteConfiguration;
import javax.cache.configuration.Factory;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.event.CacheEntryCreatedListener;
import javax.cache.event.CacheEntryEvent;
import javax.cache.event.CacheEntryEventFilter;
import javax.cache.event.CacheEntryListener;
import javax.cache.event.CacheEntryListenerException;
import javax.cache.event.CacheEntryUpdatedListener;
import javax.cache.expiry.EternalExpiryPolicy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is told of what, when, and on which thread. */
@ParameterizedClass
@ValueSource(strings = {Layouts.ENTRY, Layouts.PLAIN})
final class ListenersTest {
  @Parameter String layout;

  @TempDir Path directory;

  private final PersiDictCachingProvider provider = new PersiDictCachingProvider();
  private Cache<String, String> cache;

  @BeforeEach
  void open() {
    cache =
        provider
            .getCacheManager(directory.toUri(), null, Layouts.settings(layout))
            .createCache(
                "c",
                new MutableConfiguration<String, String>().setTypes(String.class, String.class));
  }

  @AfterEach
  void close() {
    provider.close();
  }

  /** Does something with each creation or update, and knows whether it was closed. */
  private static class Told
      implements CacheEntryCreatedListener<String, String>,
          CacheEntryUpdatedListener<String, String>,
          AutoCloseable {
    final List<String> values = new CopyOnWriteArrayList<>();
    final AtomicInteger closed = new AtomicInteger();

    void tell(CacheEntryEvent<? extends String, ? extends String> event) {
      values.add(event.getOldValue() + ">" + event.getValue());
    }

    @Override
    public void onCreated(Iterable<CacheEntryEvent<? extends String, ? extends String>> events) {
      events.forEach(this::tell);
    }

    @Override
    public void onUpdated(Iterable<CacheEntryEvent<? extends String, ? extends String>> events) {
      events.forEach(this::tell);
    }

    @Override
    public void close() {
      closed.incrementAndGet();
    }
  }

  private static final class Failing extends Told {
    final RuntimeException failure;

    Failing(RuntimeException failure) {
      this.failure = failure;
    }

    @Override
    void tell(CacheEntryEvent<? extends String, ? extends String> event) {
      super.tell(event);
      throw failure;
    }
  }

  private CacheEntryListenerConfiguration<String, String> register(
      CacheEntryListener<String, String> listener,
      CacheEntryEventFilter<String, String> filter,
      boolean synchronous) {
    CacheEntryListenerConfiguration<String, String> configuration =
        new MutableCacheEntryListenerConfiguration<>(
            () -> listener, filter == null ? null : () -> filter, true, synchronous);
    cache.registerCacheEntryListener(configuration);
    return configuration;
  }

  // ---- synchronous

  @Test
  void aSynchronousListenerHasSeenItsEventWhenTheCallReturns() {
    List<Thread> threads = new CopyOnWriteArrayList<>();
    List<String> stored = new CopyOnWriteArrayList<>();
    Told listener =
        new Told() {
          @Override
          void tell(CacheEntryEvent<? extends String, ? extends String> event) {
            super.tell(event);
            threads.add(Thread.currentThread());
            stored.add(cache.get(event.getKey()));
          }
        };
    register(listener, null, true);
    for (int i = 0; i < 10; i++) {
      cache.put("k", "v" + i);
      assertThat(listener.values).hasSize(i + 1);
    }
    assertThat(listener.values).startsWith("null>v0", "v0>v1").endsWith("v8>v9");
    assertThat(threads).containsOnly(Thread.currentThread());
    assertThat(stored).as("fired after the change").startsWith("v0", "v1").endsWith("v9");
  }

  @Test
  void aFailureIsThrownAndTheChangeStays() {
    Told before = new Told();
    Told after = new Told();
    Failing failing = new Failing(new IllegalStateException("on purpose"));
    register(before, null, true);
    register(failing, null, true);
    register(after, null, true);
    for (Runnable call :
        List.<Runnable>of(
            () -> cache.put("k", "1"),
            () -> cache.getAndPut("k", "2"),
            () -> cache.replace("k", "2", "3"),
            () -> cache.putIfAbsent("other", "x"),
            () ->
                cache.invoke(
                    "k",
                    (entry, arguments) -> {
                      entry.setValue("4");
                      return null;
                    }))) {
      assertThatExceptionOfType(CacheEntryListenerException.class)
          .isThrownBy(call::run)
          .withCause(failing.failure);
    }
    assertThat(cache.get("k")).isEqualTo("4");
    assertThat(cache.get("other")).isEqualTo("x");
    assertThat(before.values).containsExactly("null>1", "1>2", "2>3", "null>x", "3>4");
    assertThat(after.values).as("also behind the failing one").isEqualTo(before.values);
  }

  @Test
  void aListenersOwnExceptionIsNotWrapped() {
    CacheEntryListenerException own = new CacheEntryListenerException("on purpose");
    register(new Failing(own), null, true);
    assertThatExceptionOfType(CacheEntryListenerException.class)
        .isThrownBy(() -> cache.put("k", "1"))
        .isSameAs(own);
  }

  @Test
  void anExpiryAndACreationAreBothToldAlsoIfTheListenerFails() {
    Layouts.assumeEntry(layout, "policies of the user");
    Recorder recorder =
        new Recorder() {
          @Override
          public void onExpired(
              Iterable<CacheEntryEvent<? extends String, ? extends String>> expired) {
            super.onExpired(expired);
            throw new IllegalStateException("on purpose");
          }
        };
    Cache<String, String> expiring =
        provider
            .getCacheManager(directory.toUri(), null, Layouts.settings(layout))
            .createCache("expiring", recorder.configuration());
    recorder.creation = new javax.cache.expiry.Duration(TimeUnit.MILLISECONDS, 1);
    expiring.put("k", "old");
    recorder.creation = javax.cache.expiry.Duration.ETERNAL;
    await().pollDelay(Duration.ZERO).until(() -> !expiring.containsKey("k"));
    assertThatExceptionOfType(CacheEntryListenerException.class)
        .isThrownBy(() -> expiring.put("k", "new"));
    assertThat(recorder.events)
        .containsExactly("created k:old", "expired k:old>old", "created k:new");
    assertThat(expiring.get("k")).isEqualTo("new");
  }

  // ---- asynchronous

  @Test
  void anAsynchronousListenerBlocksNobodyAndGetsItsEventsInOrder() {
    CountDownLatch released = new CountDownLatch(1);
    Told listener =
        new Told() {
          @Override
          void tell(CacheEntryEvent<? extends String, ? extends String> event) {
            try {
              released.await();
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
            super.tell(event);
          }
        };
    register(listener, null, false);
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      cache.put("k", "v" + i);
      expected.add((i == 0 ? null : "v" + (i - 1)) + ">v" + i);
    }
    assertThat(listener.values).isEmpty();
    released.countDown();
    await().untilAsserted(() -> assertThat(listener.values).hasSize(200));
    assertThat(listener.values).isEqualTo(expected);
  }

  @Test
  void theEventsOfAKeyComeInTheOrderOfItsChangesFromSeveralThreads() throws Exception {
    Told synchronous = new Told();
    Told asynchronous = new Told();
    register(synchronous, null, true);
    register(asynchronous, null, false);
    List<Thread> threads = new ArrayList<>();
    for (int t = 0; t < 4; t++) {
      String name = "t" + t + "-";
      Thread thread =
          new Thread(
              () -> {
                for (int i = 0; i < 50; i++) {
                  cache.put("k", name + i);
                }
              });
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    await().untilAsserted(() -> assertThat(asynchronous.values).hasSize(200));
    for (Told listener : List.of(synchronous, asynchronous)) {
      String last = "null";
      for (String told : listener.values) {
        assertThat(told).startsWith(last + ">");
        last = told.substring(told.indexOf('>') + 1);
      }
      assertThat(cache.get("k")).isEqualTo(last);
    }
  }

  @Test
  void whereNoThreadCanBeStartedWhoeverChangesTellsAsynchronousListeners() {
    Told listener = new Told();
    register(listener, null, false);
    try (NoMoreThreads none = new NoMoreThreads()) {
      cache.put("k", "1");
      cache.put("k", "2");
    }
    assertThat(listener.values).containsExactly("null>1", "1>2");
  }

  @Test
  void anAsynchronousFailureIsLoggedAndTheNextEventStillTold() {
    Failing failing = new Failing(new IllegalStateException("on purpose"));
    try (Warnings warnings = new Warnings()) {
      register(failing, null, false);
      cache.put("k", "1");
      cache.put("k", "2");
      await().untilAsserted(() -> assertThat(warnings.messages()).hasSize(2));
    }
    assertThat(failing.values).containsExactly("null>1", "1>2");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void closingDeliversWhatIsUnderWayBeforeItClosesTheListener(boolean interrupted) {
    Told listener =
        new Told() {
          @Override
          void tell(CacheEntryEvent<? extends String, ? extends String> event) {
            await().pollDelay(Duration.ofMillis(1)).until(() -> true);
            if (closed.get() == 0) {
              super.tell(event);
            }
          }
        };
    register(listener, null, false);
    for (int i = 0; i < 100; i++) {
      cache.put("k" + i, "v");
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    cache.close();
    assertThat(Thread.interrupted()).isEqualTo(interrupted);
    assertThat(listener.values).hasSize(100);
    assertThat(listener.closed).hasValue(1);
  }

  /** Lets none of its events go on before it is released or interrupted. */
  private static class Slow extends Told {
    final CountDownLatch begun = new CountDownLatch(1);
    final CountDownLatch released = new CountDownLatch(1);
    final List<String> late = new CopyOnWriteArrayList<>();

    @Override
    void tell(CacheEntryEvent<? extends String, ? extends String> event) {
      begun.countDown();
      try {
        released.await();
      } catch (InterruptedException e) {
        return;
      }
      (closed.get() == 0 ? values : late).add(event.getOldValue() + ">" + event.getValue());
    }
  }

  @Test
  void anAsynchronousListenerIsClosedAfterTheEventsThatWaitedWhenItWasDeregistered() {
    Slow listener = new Slow();
    ClosableFilter filter = new ClosableFilter();
    CacheEntryListenerConfiguration<String, String> configuration =
        register(listener, filter, false);
    cache.put("k", "1");
    cache.put("k", "2");
    cache.deregisterCacheEntryListener(configuration);
    cache.put("k", "3");
    assertThat(registered()).isEmpty();
    assertThat(listener.closed).hasValue(0);
    assertThat(filter.closed).hasValue(0);
    cache.deregisterCacheEntryListener(configuration);
    cache.registerCacheEntryListener(configuration);
    cache.deregisterCacheEntryListener(configuration);
    listener.released.countDown();
    await().untilAsserted(() -> assertThat(filter.closed).hasValue(2)); // after the listener
    assertThat(listener.closed).hasValue(2);
    assertThat(listener.values).containsExactly("null>1", "1>2");
    assertThat(listener.late).isEmpty();
    cache.close();
    assertThat(listener.closed).hasValue(2);
  }

  @Test
  void anAsynchronousListenerThatClosesItsCacheIsToldWhatWaitsBeforeItIsClosedItself() {
    Slow listener =
        new Slow() {
          @Override
          void tell(CacheEntryEvent<? extends String, ? extends String> event) {
            super.tell(event);
            cache.close();
          }
        };
    register(listener, null, false);
    cache.put("k", "1");
    cache.put("k", "2");
    cache.put("k", "3");
    listener.released.countDown();
    await().untilAsserted(() -> assertThat(listener.closed).hasValue(1));
    assertThat(listener.values).containsExactly("null>1", "1>2", "2>3");
    assertThat(listener.late).isEmpty();
  }

  @Test
  void aDeregisteredListenerThatHangsIsClosedWithItsCache() throws Exception {
    Slow listener = new Slow();
    CacheEntryListenerConfiguration<String, String> configuration = register(listener, null, false);
    cache.put("k", "1");
    listener.begun.await();
    cache.deregisterCacheEntryListener(configuration);
    assertThat(listener.closed).hasValue(0);
    PersiDictCache<?, ?> closing = cache.unwrap(PersiDictCache.class);
    closing.beginClose();
    closing.endClose(System.nanoTime()); // waits for nobody
    assertThat(listener.closed).hasValue(1);
  }

  // ---- filters, registrations

  @Test
  void aFilterChoosesTheEvents() {
    Told odd = new Told();
    Told all = new Told();
    register(odd, event -> event.getValue().matches(".*[13579]"), true);
    register(all, null, true);
    for (int i = 0; i < 4; i++) {
      cache.put("k", "v" + i);
    }
    assertThat(odd.values).containsExactly("v0>v1", "v2>v3");
    assertThat(all.values).hasSize(4);
  }

  @Test
  void aFailingFilterCountsAsAFailingListener() {
    register(
        new Told(),
        event -> {
          throw new IllegalStateException("on purpose");
        },
        true);
    assertThatExceptionOfType(CacheEntryListenerException.class)
        .isThrownBy(() -> cache.put("k", "1"))
        .withRootCauseInstanceOf(IllegalStateException.class);
    assertThat(cache.get("k")).isEqualTo("1");
  }

  @Test
  void aRegistrationIsMadeOnceAndEndsAtItsDeregistration() {
    Told listener = new Told();
    CacheEntryListenerConfiguration<String, String> configuration = register(listener, null, true);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> cache.registerCacheEntryListener(configuration));
    cache.put("k", "1");
    cache.deregisterCacheEntryListener(configuration);
    cache.put("k", "2");
    assertThat(listener.values).containsExactly("null>1");
    assertThat(listener.closed).hasValue(1);
    cache.deregisterCacheEntryListener(configuration);
    assertThatNullPointerException()
        .isThrownBy(() -> cache.deregisterCacheEntryListener(null))
        .withMessage("configuration");
    cache.close();
    assertThat(listener.closed).hasValue(1);
  }

  @Test
  void whatAnOwnerChangesOfAConfigurationChangesNoRegistration() {
    Told first = new Told();
    Told second = new Told();
    MutableCacheEntryListenerConfiguration<String, String> configuration =
        new MutableCacheEntryListenerConfiguration<>(() -> first, null, false, true);
    cache.registerCacheEntryListener(configuration);
    configuration.setCacheEntryListenerFactory(() -> second).setOldValueRequired(true);
    cache.registerCacheEntryListener(configuration);
    cache.put("k", "1");
    assertThat(first.values).containsExactly("null>1");
    assertThat(second.values).containsExactly("null>1");
    assertThat(listenersOf(cache)).hasSize(2).contains(configuration);

    listenersOf(cache).forEach(each -> each.setSynchronous(false));
    assertThat(listenersOf(cache)).hasSize(2).allMatch(each -> each.isSynchronous());

    cache.deregisterCacheEntryListener(configuration);
    assertThat(second.closed).hasValue(1);
    cache.put("k", "2");
    assertThat(first.values).containsExactly("null>1", "1>2");
    assertThat(second.values).containsExactly("null>1");
    assertThat(listenersOf(cache)).hasSize(1).doesNotContain(configuration);
  }

  @Test
  void aConfigurationThatItsOwnerChangedEndsTheRegistrationThatItMade() {
    Told created = new Told();
    MutableCacheEntryListenerConfiguration<String, String> configuration =
        new MutableCacheEntryListenerConfiguration<>(() -> created, null, false, true);
    Cache<String, String> other =
        cache
            .getCacheManager()
            .createCache(
                "other",
                new MutableConfiguration<String, String>()
                    .setTypes(String.class, String.class)
                    .addCacheEntryListenerConfiguration(configuration));
    configuration.setOldValueRequired(true);
    other.put("k", "1");
    other.deregisterCacheEntryListener(configuration);
    other.put("k", "2");
    assertThat(created.values).containsExactly("null>1");
    assertThat(created.closed).hasValue(1);
    assertThat(listenersOf(other)).isEmpty();
  }

  @Test
  void aCacheThatIsOpenedAgainHasTheListenersThatItWasCreatedWith() {
    Told created = new Told();
    Told second = new Told();
    MutableCacheEntryListenerConfiguration<String, String> configuration =
        new MutableCacheEntryListenerConfiguration<>(() -> created, null, false, true);
    MutableConfiguration<String, String> settings =
        new MutableConfiguration<String, String>()
            .setTypes(String.class, String.class)
            .addCacheEntryListenerConfiguration(configuration);
    CacheManager manager = cache.getCacheManager();
    manager.createCache("other", settings).put("k", "1");
    configuration.setCacheEntryListenerFactory(() -> second);
    manager.getCache("other").close();
    Cache<String, String> again = manager.getCache("other");
    again.put("k", "2");
    assertThat(created.values).containsExactly("null>1", "1>2");
    assertThat(second.values).isEmpty();
    again.deregisterCacheEntryListener(configuration);
    again.put("k", "3");
    assertThat(created.values).hasSize(2);
    assertThat(listenersOf(again)).isEmpty();
  }

  @Test
  void whatAFactoryChangesOfAConfigurationIsNotSeenByTheCacheThatIsCreated() {
    Told created = new Told();
    MutableCacheEntryListenerConfiguration<String, String> configuration =
        new MutableCacheEntryListenerConfiguration<>(() -> created, null, false, true);
    MutableConfiguration<String, String> settings =
        new MutableConfiguration<String, String>()
            .setTypes(String.class, String.class)
            .addCacheEntryListenerConfiguration(configuration)
            .setExpiryPolicyFactory(
                () -> {
                  configuration.setSynchronous(false);
                  return new EternalExpiryPolicy();
                });
    Cache<String, String> other = cache.getCacheManager().createCache("other", settings);
    assertThat(listenersOf(other)).hasSize(1).allMatch(each -> each.isSynchronous());
    other.put("k", "1");
    assertThat(created.values).containsExactly("null>1");
    other.deregisterCacheEntryListener(configuration);
    assertThat(listenersOf(other)).isEmpty();
  }

  /** Does something when it is compared first, and makes no second one before it is released. */
  private static final class Disturbed
      implements Factory<CacheEntryListener<? super String, ? super String>> {
    final AtomicReference<Runnable> atComparison = new AtomicReference<>();
    final CountDownLatch asked = new CountDownLatch(2);
    final CountDownLatch released = new CountDownLatch(1);
    final Told told = new Told();

    @Override
    public CacheEntryListener<? super String, ? super String> create() {
      asked.countDown();
      if (asked.getCount() == 0) {
        assertThat(passes(released)).isTrue();
      }
      return told;
    }

    @Override
    public boolean equals(Object other) {
      Runnable action = atComparison.getAndSet(null);
      if (action != null) {
        action.run();
      }
      return this == other;
    }

    @Override
    public int hashCode() {
      return 1;
    }
  }

  private static boolean passes(CountDownLatch latch) {
    try {
      return latch.await(5, TimeUnit.MINUTES);
    } catch (InterruptedException e) {
      return false;
    }
  }

  @Test
  void aRegistrationThatTwoEndAtOnceLeavesTheNextOneAlone() throws Exception {
    Disturbed factory = new Disturbed();
    MutableCacheEntryListenerConfiguration<String, String> configuration =
        new MutableCacheEntryListenerConfiguration<>(factory, null, false, true);
    cache.registerCacheEntryListener(configuration);
    Thread next = new Thread(() -> cache.registerCacheEntryListener(configuration));
    factory.atComparison.set(
        () -> {
          cache.deregisterCacheEntryListener(configuration);
          next.start();
          assertThat(passes(factory.asked)).isTrue();
        });
    cache.deregisterCacheEntryListener(configuration);
    factory.released.countDown();
    next.join();
    assertThat(listenersOf(cache)).containsExactly(configuration);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> cache.registerCacheEntryListener(configuration));
    cache.put("k", "1");
    assertThat(factory.told.values).containsExactly("null>1");
    cache.deregisterCacheEntryListener(configuration);
    assertThat(listenersOf(cache)).isEmpty();
  }

  @Test
  void aListenerEndsAlsoIfItsConfigurationCannotBeLookedUp() {
    Told told = new Told();
    AtomicBoolean fails = new AtomicBoolean();
    MutableCacheEntryListenerConfiguration<String, String> configuration =
        new MutableCacheEntryListenerConfiguration<>(
            new Factory<CacheEntryListener<? super String, ? super String>>() {
              @Override
              public CacheEntryListener<? super String, ? super String> create() {
                return told;
              }

              @Override
              public boolean equals(Object other) {
                return this == other;
              }

              @Override
              public int hashCode() {
                if (fails.get()) {
                  throw new IllegalStateException("on purpose");
                }
                return 1;
              }
            },
            null,
            false,
            true);
    cache.registerCacheEntryListener(configuration);
    fails.set(true);
    cache.deregisterCacheEntryListener(configuration);
    assertThat(told.closed).hasValue(1);
    assertThat(listenersOf(cache)).isEmpty();
    cache.put("k", "1");
    assertThat(told.values).isEmpty();
  }

  @SuppressWarnings("unchecked") // JCache has no other way to ask
  private static List<MutableCacheEntryListenerConfiguration<String, String>> listenersOf(
      Cache<String, String> cache) {
    List<MutableCacheEntryListenerConfiguration<String, String>> listeners = new ArrayList<>();
    ((CompleteConfiguration<String, String>) cache.getConfiguration(CompleteConfiguration.class))
        .getCacheEntryListenerConfigurations()
        .forEach(
            each -> listeners.add((MutableCacheEntryListenerConfiguration<String, String>) each));
    return listeners;
  }

  private static final class ClosableFilter
      implements CacheEntryEventFilter<String, String>, AutoCloseable {
    final AtomicInteger closed = new AtomicInteger();

    @Override
    public boolean evaluate(CacheEntryEvent<? extends String, ? extends String> event) {
      return true;
    }

    @Override
    public void close() {
      closed.incrementAndGet();
    }
  }

  @Test
  void aFilterIsClosedWithItsListener() {
    ClosableFilter early = new ClosableFilter();
    ClosableFilter late = new ClosableFilter();
    CacheEntryListenerConfiguration<String, String> ended = register(new Told(), early, true);
    register(new Told(), late, true);
    cache.deregisterCacheEntryListener(ended);
    assertThat(early.closed).hasValue(1);
    assertThat(late.closed).hasValue(0);
    cache.close();
    assertThat(early.closed).hasValue(1);
    assertThat(late.closed).hasValue(1);
  }

  private CacheEntryListenerConfiguration<String, String> failingListener() {
    return new MutableCacheEntryListenerConfiguration<>(
        () -> {
          throw new IllegalStateException("on purpose");
        },
        null,
        false,
        true);
  }

  @Test
  void aRegistrationWhoseFactoryFailsLeavesNothingBehind() {
    Told listener = new Told();
    CacheEntryListenerConfiguration<String, String> failingFilter =
        new MutableCacheEntryListenerConfiguration<>(
            () -> listener,
            () -> {
              throw new StackOverflowError("on purpose");
            },
            false,
            true);
    assertThatExceptionOfType(IllegalStateException.class)
        .isThrownBy(() -> cache.registerCacheEntryListener(failingListener()));
    assertThatExceptionOfType(StackOverflowError.class)
        .isThrownBy(() -> cache.registerCacheEntryListener(failingFilter));
    assertThat(registered()).isEmpty();
    assertThat(listener.closed).hasValue(1);
    cache.put("k", "1");
    assertThat(listener.values).isEmpty();
    assertThatExceptionOfType(StackOverflowError.class)
        .as("no duplicate")
        .isThrownBy(() -> cache.registerCacheEntryListener(failingFilter));
  }

  private List<CacheEntryListenerConfiguration<String, String>> registered() {
    @SuppressWarnings("unchecked") // JCache has no other way to ask
    CompleteConfiguration<String, String> configuration =
        cache.getConfiguration(CompleteConfiguration.class);
    List<CacheEntryListenerConfiguration<String, String>> registered = new ArrayList<>();
    configuration.getCacheEntryListenerConfigurations().forEach(registered::add);
    return registered;
  }

  @Test
  void registrationsFromManyThreadsAreAllKept() throws Exception {
    int threads = 8;
    int each = 20; // each look at the registrations takes time by their square
    List<Told> listeners = new CopyOnWriteArrayList<>();
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    CyclicBarrier together = new CyclicBarrier(threads);
    try {
      List<Future<?>> futures = new ArrayList<>();
      for (int t = 0; t < threads; t++) {
        futures.add(
            executor.submit(
                () -> {
                  together.await();
                  for (int i = 0; i < each; i++) {
                    Told listener = new Told();
                    listeners.add(listener);
                    CacheEntryListenerConfiguration<String, String> passing =
                        register(new Told(), null, true);
                    register(listener, null, true);
                    cache.deregisterCacheEntryListener(passing);
                    registered();
                  }
                  return null;
                }));
      }
      for (Future<?> future : futures) {
        future.get();
      }
    } finally {
      executor.shutdownNow();
    }
    assertThat(registered()).hasSize(threads * each);
    cache.put("k", "1");
    assertThat(listeners)
        .hasSize(threads * each)
        .allSatisfy(listener -> assertThat(listener.values).containsExactly("null>1"));
  }

  @Test
  void anErrorOfAListenerIsItsFailure() {
    register(
        new Told() {
          @Override
          void tell(CacheEntryEvent<? extends String, ? extends String> event) {
            throw new StackOverflowError("on purpose");
          }
        },
        null,
        true);
    assertThatExceptionOfType(CacheEntryListenerException.class)
        .isThrownBy(() -> cache.put("k", "1"))
        .withCauseInstanceOf(StackOverflowError.class);
    assertThat(cache.get("k")).isEqualTo("1");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void eventsShowWhatWasWhateverTheCallerChangesAfterwards(boolean synchronous) {
    Layouts.assumeEntry(layout, "keys that are lists");
    Cache<Object, Object> objects =
        provider
            .getCacheManager(directory.toUri(), null, Layouts.settings(layout))
            .createCache("objects", new MutableConfiguration<>());
    List<CacheEntryEvent<?, ?>> events = new CopyOnWriteArrayList<>();
    CountDownLatch changed = new CountDownLatch(synchronous ? 0 : 1);
    CacheEntryUpdatedListener<Object, Object> listener =
        updated -> {
          try {
            changed.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
          updated.forEach(events::add);
        };
    objects.registerCacheEntryListener(
        new MutableCacheEntryListenerConfiguration<>(() -> listener, null, true, synchronous));
    List<String> key = new ArrayList<>(List.of("key"));
    List<String> value = new ArrayList<>(List.of("new"));
    objects.put(key, new ArrayList<>(List.of("old")));
    List<?> old = (List<?>) objects.getAndPut(key, value);
    key.clear();
    value.clear();
    old.clear();
    changed.countDown();
    await().untilAsserted(() -> assertThat(events).hasSize(1));
    assertThat(events.get(0).getKey()).isEqualTo(List.of("key"));
    assertThat(events.get(0).getValue()).isEqualTo(List.of("new"));
    assertThat(events.get(0).getOldValue()).isEqualTo(List.of("old"));
  }

  @Test
  void anEventKnowsItsCacheAndItself() {
    List<Object> seen = new ArrayList<>();
    register(
        new Told() {
          @Override
          void tell(CacheEntryEvent<? extends String, ? extends String> event) {
            seen.addAll(
                Arrays.asList(event.getSource(), event.unwrap(CacheEntryEvent.class) == event));
          }
        },
        null,
        true);
    cache.put("k", "1");
    assertThat(seen).containsExactly(cache, true);
  }
}
