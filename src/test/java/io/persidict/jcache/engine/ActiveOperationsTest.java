package io.persidict.jcache.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** What is under way when a cache is closed. */
final class ActiveOperationsTest {
  private static final Duration LONG = Duration.ofMinutes(5);

  private final ActiveOperations operations = new ActiveOperations("c");
  private final AtomicInteger finished = new AtomicInteger();

  private void close() {
    operations.close(finished::incrementAndGet);
  }

  private boolean hasEnded() {
    return operations.awaitEnd(Duration.ZERO);
  }

  @Test
  void withNothingUnderWayClosingEndsAtOnce() {
    operations.run(() -> "before");
    assertThat(operations.isClosed()).isFalse();
    operations.checkOpen();
    close();
    assertThat(operations.isClosed()).isTrue();
    assertThat(hasEnded()).isTrue();
    assertThat(finished).hasValue(1);
    assertThatIllegalStateException()
        .isThrownBy(() -> operations.run(() -> "after"))
        .withMessageContaining("cache c is closed");
    assertThatIllegalStateException().isThrownBy(operations::checkOpen);
    assertThatIllegalStateException().isThrownBy(() -> operations.begin(() -> {}));
    assertThat(operations.tryBegin(() -> {})).isEmpty();
    assertThat(finished).hasValue(1);
  }

  @Test
  void whatIsUnderWayEndsAsIfTheCacheWereOpen() {
    String result =
        operations.run(
            () -> {
              close();
              assertThat(hasEnded()).isFalse();
              operations.checkOpen();
              String inner = operations.run(() -> "inner");
              assertThat(finished).hasValue(0);
              return inner;
            });
    assertThat(result).isEqualTo("inner");
    assertThat(finished).hasValue(1);
    assertThat(hasEnded()).isTrue();
  }

  @Test
  void aTaskOfAnOperationThatIsUnderWayIsBegunAlthoughTheCacheCloses() {
    ActiveOperations.Task task =
        operations.run(
            () -> {
              close();
              return operations.begin(() -> assertThat(finished).hasValue(0));
            });
    assertThat(hasEnded()).isFalse();
    task.run();
    assertThat(hasEnded()).isTrue();
    assertThat(finished).hasValue(1);
  }

  @Test
  void whatIsRefusedMeanwhileDoesNotKeepTheCacheFromItsEnd() {
    operations.run(
        () -> {
          close();
          assertThat(CompletableFuture.supplyAsync(() -> operations.tryBegin(() -> {})))
              .succeedsWithin(LONG)
              .isEqualTo(Optional.empty());
          return hasEnded();
        });
    assertThat(hasEnded()).isTrue();
  }

  @Test
  void aTaskIsUnderWayFromItsBeginningUntilItHasRun() {
    AtomicInteger runs = new AtomicInteger();
    ActiveOperations.Task task =
        operations
            .tryBegin(
                () -> {
                  operations.checkOpen();
                  assertThat(ActiveOperations.isWithinOne()).isTrue();
                  runs.incrementAndGet();
                })
            .orElseThrow();
    assertThat(ActiveOperations.isWithinOne()).isFalse();
    close();
    assertThat(hasEnded()).isFalse();
    assertThat(CompletableFuture.runAsync(task)).succeedsWithin(LONG);
    assertThat(runs).hasValue(1);
    assertThat(hasEnded()).isTrue();
  }

  @Test
  void anOperationThatFailsHasEnded() {
    assertThatIllegalStateException()
        .isThrownBy(
            () ->
                operations.run(
                    () -> {
                      throw new IllegalStateException("on purpose");
                    }))
        .withMessage("on purpose");
    assertThat(ActiveOperations.isWithinOne()).isFalse();
    close();
    assertThat(hasEnded()).isTrue();
  }

  @Test
  void whatFailsAtTheEndIsTheEndAllTheSame() {
    assertThatIllegalStateException()
        .isThrownBy(
            () ->
                operations.close(
                    () -> {
                      throw new IllegalStateException("on purpose");
                    }));
    assertThat(hasEnded()).isTrue();
  }

  @Test
  void otherThreadsThatWorkForAnOperationAreWithinIt() {
    assertThat(operations.carriedOver(x -> ActiveOperations.isWithinOne()).apply(1)).isFalse();
    operations.run(
        () -> {
          Function<Integer, String> work =
              operations.carriedOver(
                  x -> {
                    operations.checkOpen();
                    return operations.run(() -> "done");
                  });
          close();
          assertThat(CompletableFuture.supplyAsync(() -> work.apply(1)))
              .succeedsWithin(LONG)
              .isEqualTo("done");
          assertThat(CompletableFuture.supplyAsync(() -> within(work)))
              .succeedsWithin(LONG)
              .isEqualTo(false);
          return true;
        });
  }

  /** Whether the thread is within an operation after it has worked for one. */
  private static boolean within(Function<Integer, String> work) {
    work.apply(1);
    return ActiveOperations.isWithinOne();
  }

  @Test
  void whoeverWaitsGoesOnWhenAllHaveEnded() throws Exception {
    ActiveOperations.Task task = operations.begin(() -> {});
    close();
    CompletableFuture<Boolean> waiter =
        CompletableFuture.supplyAsync(() -> operations.awaitEnd(LONG));
    task.run();
    assertThat(waiter).succeedsWithin(LONG).isEqualTo(true);
  }

  @Test
  void aThreadThatIsWithinAnyOperationOrInterruptedWaitsForNobody() {
    ActiveOperations.Task task = operations.begin(() -> {});
    close();
    assertThat(
            new ActiveOperations("other")
                .<Boolean>run(() -> operations.awaitEnd(LONG.multipliedBy(4))))
        .isFalse();
    Thread.currentThread().interrupt();
    assertThat(operations.awaitEnd(LONG.multipliedBy(4))).isFalse();
    assertThat(Thread.interrupted()).isTrue();
    task.run();
    Thread.currentThread().interrupt();
    assertThat(operations.awaitEnd(LONG)).isTrue();
    assertThat(Thread.interrupted()).isTrue();
  }
}
