package io.persidict;

import static org.awaitility.Awaitility.await;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.cache.Cache;

/** Threads that want the same entry. */
public final class Contention {
  private Contention() {}

  /** Has a thread hold entry "k" until {@code change}, by another one, waits for it. */
  public static void on(Cache<String, String> cache, Runnable change) throws Exception {
    CountDownLatch within = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    CompletableFuture<Void> holder =
        CompletableFuture.runAsync(
            () ->
                cache.invoke(
                    "k",
                    (entry, arguments) -> {
                      within.countDown();
                      try {
                        return go.await(5, TimeUnit.MINUTES);
                      } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                      }
                    }));
    within.await();
    Thread waiter = new Thread(change);
    waiter.start();
    await().until(() -> waiter.getState() == Thread.State.WAITING);
    go.countDown();
    holder.get();
    waiter.join();
  }

  /** Waits until so many threads wait for another one's call or lock. */
  public static void awaitWaiters(int threads) {
    await().until(() -> waiters() >= threads);
  }

  private static long waiters() {
    return Thread.getAllStackTraces().entrySet().stream()
        .filter(each -> each.getKey().getState() == Thread.State.WAITING)
        .filter(each -> Stream.of(each.getValue()).anyMatch(Contention::isOfALease))
        .count();
  }

  private static boolean isOfALease(StackTraceElement frame) {
    return frame.getClassName().startsWith("io.persidict.lease.");
  }
}
