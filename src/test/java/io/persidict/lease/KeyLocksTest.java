package io.persidict.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.LONG;
import static org.awaitility.Awaitility.await;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class KeyLocksTest {
  private static final String SCOPE = "scope of locks";

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final KeyLocks locks = new KeyLocks();

  @AfterEach
  void stop() {
    threads.shutdownNow();
  }

  @Test
  void threadsTakeTurnsAtAKey() throws Exception {
    int[] counter = {0};
    List<Future<?>> futures = new ArrayList<>();
    for (int t = 0; t < 8; t++) {
      futures.add(
          threads.submit(
              () -> {
                for (int i = 0; i < 5_000; i++) {
                  try (KeyLocks.Held held = locks.lock("k")) {
                    counter[0]++;
                  }
                }
              }));
    }
    for (Future<?> future : futures) {
      future.get();
    }
    assertThat(counter[0]).isEqualTo(40_000);
  }

  @Test
  void aKeyKeepsNobodyFromOthers() throws Exception {
    int keys = 300;
    CyclicBarrier allHold = new CyclicBarrier(keys);
    List<Future<Integer>> futures = new ArrayList<>();
    for (int i = 0; i < keys; i++) {
      int key = i;
      futures.add(
          threads.submit(
              () -> {
                try (KeyLocks.Held held = locks.lock(key)) {
                  return allHold.await(5, TimeUnit.MINUTES);
                }
              }));
    }
    for (Future<Integer> future : futures) {
      future.get();
    }
  }

  @Test
  void whoHoldsAKeyMayLockItAgain() throws Exception {
    try (KeyLocks.Held held = locks.lock("k")) {
      try (KeyLocks.Held again = locks.lock("k")) {
        assertThat(isFree("k")).isFalse();
      }
      assertThat(isFree("k")).as("the inner end is not the end").isFalse();
    }
    assertThat(isFree("k")).isTrue();
  }

  /** Whether another thread gets the lock at once. */
  private boolean isFree(String key) throws Exception {
    CountDownLatch locked = new CountDownLatch(1);
    AtomicReference<Thread> thread = new AtomicReference<>();
    Future<?> other =
        threads.submit(
            () -> {
              thread.set(Thread.currentThread());
              try (KeyLocks.Held held = locks.lock(key)) {
                locked.countDown();
              }
            });
    await()
        .until(
            () ->
                locked.getCount() == 0
                    || (thread.get() != null && thread.get().getState() == Thread.State.WAITING));
    return locked.getCount() == 0 && other.get() == null;
  }

  @Test
  void whoHoldsAKeyMayNeedThePoolWhoseOnlyWorkerWaitsForIt() throws Exception {
    ForkJoinPool pool = new ForkJoinPool(1);
    AtomicReference<Thread> worker = new AtomicReference<>();
    try (KeyLocks.Held held = locks.lock("k")) {
      Future<Boolean> other =
          pool.submit(
              () -> {
                worker.set(Thread.currentThread());
                try (KeyLocks.Held theirs = locks.lock("k")) {
                  return true;
                }
              });
      await().until(() -> worker.get() != null && worker.get().getState() == Thread.State.WAITING);
      assertThat(pool.submit(() -> "part").get(5, TimeUnit.MINUTES)).isEqualTo("part");
      assertThat(other.isDone()).isFalse();
      held.close();
      assertThat(other.get()).isTrue();
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  void aWorkerOfAPoolThatHasNoThreadInItsPlaceWaitsAllTheSame() throws Exception {
    AtomicInteger made = new AtomicInteger();
    ForkJoinPool failing =
        new ForkJoinPool(
            1,
            of -> {
              if (made.getAndIncrement() > 0) {
                throw new IllegalStateException("no more threads");
              }
              return ForkJoinPool.defaultForkJoinWorkerThreadFactory.newThread(of);
            },
            null,
            false);
    ForkJoinPool ending = new ForkJoinPool(1);
    try {
      waitsForItsTurn(failing, () -> {});
      waitsForItsTurn(ending, ending::shutdownNow);
    } finally {
      failing.shutdownNow();
    }
  }

  private void waitsForItsTurn(ForkJoinPool pool, Runnable before) throws Exception {
    CompletableFuture<Boolean> other = new CompletableFuture<>();
    AtomicReference<Thread> worker = new AtomicReference<>();
    try (KeyLocks.Held held = locks.lock("k")) {
      pool.execute(
          () -> {
            before.run();
            worker.set(Thread.currentThread());
            try (KeyLocks.Held theirs = locks.lock("k")) {
              other.complete(true);
            } catch (Throwable e) {
              other.completeExceptionally(e);
            }
          });
      await()
          .until(
              () ->
                  other.isDone()
                      || (worker.get() != null && worker.get().getState() == Thread.State.WAITING));
      assertThat(other).isNotDone();
    }
    assertThat(other.get()).isTrue();
  }

  @Test
  void anInterruptStaysPendingAndTheTurnIsTaken() throws Exception {
    Future<Boolean> waiter;
    AtomicReference<Thread> thread = new AtomicReference<>();
    try (KeyLocks.Held held = locks.lock("k")) {
      waiter =
          threads.submit(
              () -> {
                thread.set(Thread.currentThread());
                try (KeyLocks.Held mine = locks.lock("k")) {
                  return Thread.currentThread().isInterrupted();
                }
              });
      awaitWaiting(thread);
      thread.get().interrupt();
    }
    assertThat(waiter.get()).isTrue();
  }

  @Test
  void aWaitIsCountedOnceWithItsLengthAndWhatIsFreeIsNoWait() throws Exception {
    List<Long> waits = new CopyOnWriteArrayList<>();
    KeyLocks counted = new KeyLocks(waits::add);
    long begun = System.nanoTime();
    Future<?> waiter;
    AtomicReference<Thread> thread = new AtomicReference<>();
    try (KeyLocks.Held held = counted.lock("k");
        KeyLocks.Held again = counted.lock("k")) {
      waiter =
          threads.submit(
              () -> {
                thread.set(Thread.currentThread());
                counted.lock("k").close();
              });
      awaitWaiting(thread);
      assertThat(waits).isEmpty();
    }
    waiter.get();
    assertThat(waits).singleElement(LONG).isBetween(0L, System.nanoTime() - begun);
  }

  private static void awaitWaiting(AtomicReference<Thread> thread) {
    await().until(() -> thread.get() != null && thread.get().getState() == Thread.State.WAITING);
  }

  /** Or else its later locks look like circles and are passed over. */
  @Test
  void whoWaitedDoesNotCountAsWaitingAnyMore() throws Exception {
    KeyLocks.Held first = locks.lock("first");
    CountDownLatch holds = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    AtomicReference<Thread> holder = new AtomicReference<>();
    AtomicReference<Thread> waiter = new AtomicReference<>();
    Future<Boolean> held =
        threads.submit(
            () -> {
              holder.set(Thread.currentThread());
              locks.lock("first").close();
              try (KeyLocks.Held second = locks.lock("second")) {
                holds.countDown();
                return release.await(5, TimeUnit.MINUTES);
              }
            });
    awaitWaiting(holder);
    Future<Boolean> waited =
        threads.submit(
            () -> {
              waiter.set(Thread.currentThread());
              try (KeyLocks.Held mine = locks.lock("first")) {
                holds.await();
                try (KeyLocks.Held second = locks.lock("second")) {
                  return release.getCount() == 0;
                }
              }
            });
    awaitWaiting(waiter);
    first.close();
    holds.await();
    await().until(() -> waited.isDone() || waiter.get().getState() == Thread.State.WAITING);
    release.countDown();
    assertThat(waited.get()).isTrue();
    assertThat(held.get()).isTrue();
  }

  @Test
  void keepsNothing() throws Exception {
    List<WeakReference<?>> used = used();
    await()
        .untilAsserted(
            () -> {
              System.gc();
              assertThat(used).allMatch(reference -> reference.refersTo(null));
            });
  }

  /** Keys that were locked again, waited for, and in a circle, and a thread that waited. */
  private List<WeakReference<?>> used() throws Exception {
    Object key = new Object();
    AtomicReference<Thread> waiter =
        new AtomicReference<>(new Thread(() -> locks.lock(key).close()));
    try (KeyLocks.Held held = locks.lock(key);
        KeyLocks.Held again = locks.lock(key)) {
      waiter.get().start();
      awaitWaiting(waiter);
    }
    waiter.get().join();
    Object other = new Object();
    CyclicBarrier bothHold = new CyclicBarrier(2);
    circle(List.of(() -> lockBoth(key, other, bothHold), () -> lockBoth(other, key, bothHold)));
    return List.of(
        new WeakReference<>(key), new WeakReference<>(other), new WeakReference<>(waiter.get()));
  }

  private boolean lockBoth(Object one, Object other, CyclicBarrier bothHold) throws Exception {
    try (KeyLocks.Held held = locks.lock(one)) {
      bothHold.await();
      try (KeyLocks.Held next = locks.lock(other)) {
        return true;
      }
    }
  }

  /** Each of the tasks holds its own thing before any of them asks for the next one's. */
  private void circle(List<Callable<?>> tasks) throws Exception {
    List<Future<?>> futures = new ArrayList<>();
    for (Callable<?> task : tasks) {
      futures.add(threads.submit(task));
    }
    for (Future<?> future : futures) {
      future.get(5, TimeUnit.MINUTES);
    }
  }

  @Test
  void aCircleOfLocksEnds() throws Exception {
    int length = 5;
    CyclicBarrier allHold = new CyclicBarrier(length);
    List<Callable<?>> tasks = new ArrayList<>();
    for (int i = 0; i < length; i++) {
      int key = i;
      tasks.add(
          () -> {
            try (KeyLocks.Held held = locks.lock(key)) {
              allHold.await();
              try (KeyLocks.Held next = locks.lock((key + 1) % length)) {
                return true;
              }
            }
          });
    }
    circle(tasks);
  }

  @Test
  void aCircleOfALockAndAComputationEnds() throws Exception {
    AtomicInteger computed = new AtomicInteger();
    for (int round = 0; round < 100; round++) {
      CyclicBarrier bothHold = new CyclicBarrier(2);
      circle(
          List.of(
              () -> {
                try (KeyLocks.Held held = locks.lock("k")) {
                  bothHold.await();
                  return SingleFlight.call(
                      SCOPE, "x", computed::incrementAndGet, computed::incrementAndGet);
                }
              },
              () ->
                  SingleFlight.call(
                      SCOPE,
                      "x",
                      () -> {
                        bothHold.await();
                        try (KeyLocks.Held held = locks.lock("k")) {
                          return computed.incrementAndGet();
                        }
                      },
                      () -> -1)));
    }
    assertThat(computed.get()).isBetween(100, 200);
  }

  @Test
  void whoeverWaitedForALockThatWasPassedOnIsFoundInTheCircle() throws Exception {
    CountDownLatch firstHolds = new CountDownLatch(1);
    CountDownLatch othersWait = new CountDownLatch(1);
    AtomicReference<Thread> second = new AtomicReference<>();
    AtomicReference<Thread> third = new AtomicReference<>();
    Future<?> first =
        threads.submit(
            () -> {
              try (KeyLocks.Held held = locks.lock("passed on")) {
                firstHolds.countDown();
                othersWait.await();
              }
              return null;
            });
    firstHolds.await();
    List<Future<?>> others = new ArrayList<>();
    for (AtomicReference<Thread> thread : List.of(second, third)) {
      String own = thread == second ? "of second" : "of third";
      String theirs = thread == second ? "of third" : "of second";
      others.add(
          threads.submit(
              () -> {
                try (KeyLocks.Held held = locks.lock(own)) {
                  thread.set(Thread.currentThread());
                  try (KeyLocks.Held passedOn = locks.lock("passed on");
                      KeyLocks.Held last = locks.lock(theirs)) {
                    return true;
                  }
                }
              }));
      awaitWaiting(thread);
    }
    othersWait.countDown();
    first.get();
    for (Future<?> other : others) {
      other.get(5, TimeUnit.MINUTES);
    }
  }

  /** Goes so deep that also what should be done at the end of the innermost calls fails. */
  private static int deeper(int n) throws Exception {
    return SingleFlight.call(SCOPE, n, () -> deeper(n + 1) + 1, () -> 0);
  }

  @Test
  void aStackThatOverflowsLeavesNobodyWaiting() throws Exception {
    Future<?> overflowing =
        threads.submit(
            () -> {
              for (int i = 0; i < 20; i++) {
                assertThatThrownBy(() -> deeper(0)).isInstanceOf(StackOverflowError.class);
                assertThat(ActiveCall.isUnderWay()).isFalse();
              }
            });
    overflowing.get();
    for (int n = 0; n < 5_000; n++) {
      int key = n;
      Future<Integer> computed =
          threads.submit(() -> SingleFlight.call(SCOPE, key, () -> 1, () -> 2));
      assertThat(computed.get(5, TimeUnit.MINUTES)).isEqualTo(1);
    }
  }
}
