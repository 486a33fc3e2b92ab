package io.persidict.lease;

import static org.assertj.core.api.Assertions.assertThat;

import io.persidict.NoMoreThreads;
import java.net.URL;
import java.net.URLClassLoader;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** How leases are renewed while something is computed. */
final class LeasedCallsTest {
  private static final Duration LENGTH = Duration.ofMillis(30);

  /** Leases that are always free, and each renewal of which is {@code renewal}. */
  private static LeasedCalls calls(Runnable renewal) {
    Leases leases =
        (key, length) ->
            new Lease() {
              @Override
              public boolean tryTake() {
                return true;
              }

              @Override
              public boolean renew() {
                renewal.run();
                return true;
              }

              @Override
              public void close() {}
            };
    return new LeasedCalls(leases, LENGTH);
  }

  /** Computes until {@code renewals} is zero. */
  private static boolean compute(LeasedCalls calls, CountDownLatch renewals) throws Exception {
    return calls.call("k", () -> null, () -> renewals.await(5, TimeUnit.MINUTES));
  }

  @Test
  void aRenewalThatFailsIsTriedAgain() throws Exception {
    List<Throwable> failures =
        List.of(new IllegalStateException("no lease"), new OutOfMemoryError("no memory"));
    for (Throwable failure : failures) {
      CountDownLatch renewals = new CountDownLatch(3);
      LeasedCalls calls =
          calls(
              () -> {
                renewals.countDown();
                LeasedCallsTest.<RuntimeException>sneak(failure);
              });
      assertThat(compute(calls, renewals)).as(failure.toString()).isTrue();
    }
  }

  @SuppressWarnings("unchecked")
  private static <T extends Throwable> void sneak(Throwable thrown) throws T {
    throw (T) thrown;
  }

  @Test
  void whereNoThreadCanBeStartedItIsComputedAndNothingIsRenewedLater() throws Exception {
    AtomicBoolean isOver = new AtomicBoolean();
    AtomicInteger late = new AtomicInteger();
    LeasedCalls calls =
        calls(
            () -> {
              if (isOver.get()) {
                late.incrementAndGet();
              }
            });
    try (NoMoreThreads none = new NoMoreThreads()) {
      assertThat(calls.<Integer>call("k", () -> null, () -> 1)).isEqualTo(1);
    }
    isOver.set(true);
    CountDownLatch renewals = new CountDownLatch(20);
    assertThat(compute(calls(renewals::countDown), renewals)).isTrue();
    assertThat(late).hasValue(0);
  }

  @Test
  void theThreadsThatRenewKeepNobodysClassLoader() throws Exception {
    List<ClassLoader> seen = new CopyOnWriteArrayList<>();
    CountDownLatch renewals = new CountDownLatch(8);
    Consumer<ClassLoader> see =
        loader -> {
          if (loader != null) {
            seen.add(loader);
          }
        };
    LeasedCalls calls =
        calls(
            () -> {
              see.accept(Thread.currentThread().getContextClassLoader());
              renewals.countDown();
            });
    Thread caller = Thread.currentThread();
    ClassLoader before = caller.getContextClassLoader();
    try (URLClassLoader application = new URLClassLoader(new URL[0], before)) {
      caller.setContextClassLoader(application);
      assertThat(compute(calls, renewals)).isTrue();
      assertThat(seen).doesNotContain(application);
    } finally {
      caller.setContextClassLoader(before);
    }
  }
}
