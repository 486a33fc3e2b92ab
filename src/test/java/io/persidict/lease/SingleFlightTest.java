package io.persidict.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ref.WeakReference;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileLockInterruptionException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class SingleFlightTest {
  private static final String SCOPE = "scope";

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final AtomicInteger calls = new AtomicInteger();

  @AfterEach
  void stop() {
    threads.shutdownNow();
  }

  @Test
  void aThousandCallersMakeOneCall() throws Exception {
    List<Thread> callers = new ArrayList<>();
    AtomicInteger served = new AtomicInteger();
    CountDownLatch release = new CountDownLatch(1);
    for (int i = 0; i < 1000; i++) {
      Thread caller =
          new Thread(
              () -> {
                try {
                  Callable<Integer> computation =
                      () -> {
                        release.await();
                        return calls.incrementAndGet();
                      };
                  if (call("one", computation) == 1) {
                    served.incrementAndGet();
                  }
                } catch (Exception e) {
                  throw new AssertionError(e);
                }
              });
      callers.add(caller);
      caller.start();
    }
    awaitWaiting(callers.toArray(Thread[]::new));
    release.countDown();
    for (Thread caller : callers) {
      caller.join();
    }
    assertThat(calls).hasValue(1);
    assertThat(served).hasValue(1000);
  }

  @Test
  void otherKeysAndScopesAreComputedAtTheSameTime() throws Exception {
    CyclicBarrier together = new CyclicBarrier(3);
    Callable<Integer> computation =
        () -> {
          together.await(5, TimeUnit.MINUTES);
          return calls.incrementAndGet();
        };
    List<Future<Integer>> results =
        List.of(
            threads.submit(() -> call("a", computation)),
            threads.submit(() -> call("b", computation)),
            threads.submit(() -> SingleFlight.call("other", "a", computation, computation)));
    for (Future<Integer> result : results) {
      result.get();
    }
    assertThat(calls).hasValue(3);
  }

  @Test
  void whatEndedIsComputedAnew() throws Exception {
    assertThat(call("again", calls::incrementAndGet)).isEqualTo(1);
    assertThat(call("again", calls::incrementAndGet)).isEqualTo(2);
  }

  @Test
  void aNullIsAResult() throws Exception {
    Following following = follow(() -> null);
    assertThat(following.leader.get()).isNull();
    assertThat(following.follower.get()).isNull();
    assertThat(calls).hasValue(1);
  }

  @Test
  void anExceptionIsThrownToAllWhoWaited() throws Exception {
    IOException failure = new IOException("no such thing");
    Following following =
        follow(
            () -> {
              throw failure;
            });
    assertThatThrownBy(following.leader::get).cause().isSameAs(failure);
    assertThatThrownBy(following.follower::get).cause().isSameAs(failure);
    assertThat(calls).hasValue(1);
  }

  @Test
  void anErrorAndACancellationConcernTheirThreadAlone() throws Exception {
    for (Throwable own :
        List.of(
            new StackOverflowError(),
            new InterruptedException(),
            new CancellationException(),
            new ClosedByInterruptException(),
            new FileLockInterruptionException(),
            new UncheckedIOException(new ClosedByInterruptException()),
            new IllegalStateException(new StackOverflowError()),
            new IllegalStateException(new RuntimeException(new InterruptedException())))) {
      calls.set(0);
      Following following =
          follow(
              () -> {
                if (calls.get() == 1) {
                  SingleFlightTest.<RuntimeException>sneak(own);
                }
                return "by the follower";
              });
      assertThatThrownBy(following.leader::get).isInstanceOf(ExecutionException.class);
      assertThat(following.follower.get()).isEqualTo("by the follower");
      assertThat(calls).hasValue(2);
    }
  }

  @Test
  void whatAnInterruptedThreadThrowsConcernsItAlone() throws Exception {
    Following following =
        follow(
            () -> {
              if (calls.get() == 1) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted");
              }
              return "by the follower";
            });
    assertThatThrownBy(following.leader::get).isInstanceOf(ExecutionException.class);
    assertThat(following.follower.get()).isEqualTo("by the follower");
  }

  /** A hostile one: most exceptions cannot be their own cause. */
  @Test
  void anExceptionWhoseCausesHaveNoEndIsShared() throws Exception {
    Exception failure =
        new Exception("endless") {
          private static final long serialVersionUID = 1L;

          @Override
          public synchronized Throwable getCause() {
            return this;
          }
        };
    Following following =
        follow(
            () -> {
              throw failure;
            });
    assertThatThrownBy(following.follower::get).hasStackTraceContaining("endless");
    assertThat(calls).hasValue(1);
  }

  @Test
  void anInterruptedWaiterStopsWaiting() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    CountDownLatch leading = new CountDownLatch(1);
    Future<String> leader =
        threads.submit(
            () ->
                call(
                    "slow",
                    () -> {
                      leading.countDown();
                      release.await();
                      return "done";
                    }));
    leading.await();
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    AtomicReference<Boolean> status = new AtomicReference<>();
    Thread waiter =
        new Thread(
            () -> {
              try {
                call("slow", calls::incrementAndGet);
              } catch (Exception e) {
                thrown.set(e);
                status.set(Thread.currentThread().isInterrupted());
              }
            });
    waiter.start();
    awaitWaiting(waiter);
    waiter.interrupt();
    waiter.join();
    assertThat(thrown.get()).isInstanceOf(CancellationException.class).hasMessageContaining("slow");
    assertThat(status.get()).isTrue();
    assertThat(calls).hasValue(0);
    release.countDown();
    assertThat(leader.get()).isEqualTo("done");
  }

  @Test
  void aComputationMayNeedThePoolWhoseOnlyWorkerWaitsForIt() throws Exception {
    ForkJoinPool pool = new ForkJoinPool(1);
    try {
      Future<String> leader =
          threads.submit(
              () ->
                  call(
                      "pooled",
                      () -> {
                        AtomicReference<Thread> worker = new AtomicReference<>();
                        Future<String> follower =
                            pool.submit(
                                () -> {
                                  worker.set(Thread.currentThread());
                                  return call("pooled", () -> "by the follower");
                                });
                        await().until(() -> worker.get() != null);
                        awaitWaiting(worker.get());
                        String part = pool.submit(() -> "part").get(5, TimeUnit.MINUTES);
                        assertThat(follower.isDone()).isFalse();
                        return part;
                      }));
      assertThat(leader.get()).isEqualTo("part");
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  void manyWorkersOfAPoolMayWait() throws Exception {
    int waiting = 20;
    ForkJoinPool pool = // of two threads, never more
        new ForkJoinPool(
            1,
            ForkJoinPool.defaultForkJoinWorkerThreadFactory,
            null,
            false,
            0,
            2,
            1,
            null,
            1,
            TimeUnit.MINUTES);
    try {
      List<Future<String>> followers = new ArrayList<>();
      String led =
          call(
              "crowded",
              () -> {
                List<Thread> workers = new CopyOnWriteArrayList<>();
                for (int i = 0; i < waiting; i++) {
                  followers.add(
                      pool.submit(
                          () -> {
                            workers.add(Thread.currentThread());
                            return call("crowded", () -> "led");
                          }));
                }
                await().until(() -> workers.size() == 2);
                awaitWaiting(workers.toArray(Thread[]::new));
                return "led";
              });
      for (Future<String> follower : followers) {
        assertThat(follower.get()).isEqualTo(led);
      }
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  void aComputationMayAskForItself() throws Exception {
    String result =
        call(
            "self",
            () ->
                "outer "
                    + SingleFlight.<String>call(
                        SCOPE, "self", () -> "would wait for itself", () -> "alone"));
    assertThat(result).isEqualTo("outer alone");
  }

  @Test
  void whoComputesForOthersIsWithinThatComputation() throws Exception {
    assertThat(SingleFlight.isWithin(SCOPE, "outer")).isFalse();
    call(
        "outer",
        () ->
            call(
                "inner",
                () -> {
                  assertThat(SingleFlight.isWithin(SCOPE, "outer")).isTrue();
                  assertThat(SingleFlight.isWithin(SCOPE, "inner")).isTrue();
                  assertThat(SingleFlight.isWithin(SCOPE, "another")).isFalse();
                  assertThat(SingleFlight.isWithin("another scope", "outer")).isFalse();
                  assertThat(threads.submit(() -> SingleFlight.isWithin(SCOPE, "outer")).get())
                      .isFalse();
                  return true;
                }));
    assertThat(SingleFlight.isWithin(SCOPE, "outer")).isFalse();
  }

  @Test
  void computationsOfTwoThreadsMayAskForEachOther() throws Exception {
    CyclicBarrier bothLead = new CyclicBarrier(2);
    Future<String> ab = threads.submit(() -> asks("a", "b", bothLead));
    Future<String> ba = threads.submit(() -> asks("b", "a", bothLead));
    assertThat(List.of(ab.get(), ba.get()))
        .as("one asks alone, the other one waits for that")
        .isIn(List.of("a(alone b)", "b(a(alone b))"), List.of("a(b(alone a))", "b(alone a)"));
  }

  private static String asks(String key, String other, CyclicBarrier bothLead) throws Exception {
    return call(
        key,
        () -> {
          bothLead.await();
          String answer =
              SingleFlight.call(SCOPE, other, () -> "led " + other, () -> "alone " + other);
          return key + "(" + answer + ")";
        });
  }

  @Test
  void keepsNothing() throws Exception {
    WeakReference<Object> key = used();
    await()
        .untilAsserted(
            () -> {
              System.gc();
              assertThat(key.refersTo(null)).isTrue();
            });
  }

  /** A key that has been computed, with success and without, and waited for. */
  private WeakReference<Object> used() throws Exception {
    Object key = new Object();
    call(key, calls::incrementAndGet);
    CountDownLatch leading = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    Callable<Boolean> slow =
        () -> {
          leading.countDown();
          return release.await(5, TimeUnit.MINUTES);
        };
    Thread waiter =
        new Thread(() -> assertThatCode(() -> call(key, slow)).doesNotThrowAnyException());
    Future<Boolean> leader = threads.submit(() -> call(key, slow));
    leading.await();
    waiter.start();
    awaitWaiting(waiter);
    release.countDown();
    leader.get();
    waiter.join();
    assertThatThrownBy(
            () ->
                call(
                    key,
                    () -> {
                      throw new IOException();
                    }))
        .isInstanceOf(IOException.class);
    return new WeakReference<>(key);
  }

  private static <T> T call(Object key, Callable<T> computation) throws Exception {
    return SingleFlight.call(SCOPE, key, computation, computation);
  }

  private record Following(Future<Object> leader, Future<Object> follower) {}

  /** A call that another one waits for; {@link #calls} counts those of {@code computation}. */
  private Following follow(Callable<Object> computation) throws Exception {
    CountDownLatch leading = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    Future<Object> leader =
        threads.submit(
            () ->
                call(
                    "followed",
                    () -> {
                      calls.incrementAndGet();
                      leading.countDown();
                      release.await();
                      return computation.call();
                    }));
    leading.await();
    AtomicReference<Thread> thread = new AtomicReference<>();
    Future<Object> follower =
        threads.submit(
            () -> {
              thread.set(Thread.currentThread());
              return call(
                  "followed",
                  () -> {
                    calls.incrementAndGet();
                    return computation.call();
                  });
            });
    await().until(() -> thread.get() != null);
    awaitWaiting(thread.get());
    release.countDown();
    return new Following(leader, follower);
  }

  private static void awaitWaiting(Thread... threads) {
    await().until(() -> Arrays.stream(threads).allMatch(t -> t.getState() == Thread.State.WAITING));
  }

  @SuppressWarnings("unchecked")
  private static <T extends Throwable> void sneak(Throwable thrown) throws T {
    throw (T) thrown;
  }
}
