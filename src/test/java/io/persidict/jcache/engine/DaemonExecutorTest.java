package io.persidict.jcache.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The threads of a cache, and how they end. */
final class DaemonExecutorTest {
  private final DaemonExecutor executor = new DaemonExecutor("one", 1);
  private final DaemonExecutor another = new DaemonExecutor("another", 1);
  private final List<Thread> ran = new CopyOnWriteArrayList<>();
  private final Blocking blocking = new Blocking();

  @AfterEach
  void close() {
    blocking.goOn.countDown();
    executor.close();
    another.close();
  }

  /** Waits until it may go on or is interrupted. */
  private static final class Blocking implements Runnable {
    final CountDownLatch begun = new CountDownLatch(1);
    final CountDownLatch goOn = new CountDownLatch(1);
    final AtomicBoolean interrupted = new AtomicBoolean();
    final AtomicBoolean ended = new AtomicBoolean();

    @Override
    public void run() {
      begun.countDown();
      try {
        goOn.await();
      } catch (InterruptedException e) {
        interrupted.set(true);
      }
      ended.set(true);
    }
  }

  private void run() {
    ran.add(Thread.currentThread());
  }

  private void block(DaemonExecutor blocked) throws InterruptedException {
    blocked.execute(blocking);
    blocking.begun.await();
  }

  @Test
  void itsThreadsKeepNoVirtualMachineAlive() {
    assertThat(executor.execute(this::run)).isTrue();
    await().until(() -> ran.size() == 1);
    assertThat(ran).allMatch(Thread::isDaemon);
  }

  @Test
  void whoeverInterruptsDoesWhatWaits() throws Exception {
    block(executor);
    executor.execute(this::run);
    executor.execute(this::run);
    executor.interrupt();
    assertThat(ran).containsExactly(Thread.currentThread(), Thread.currentThread());
    await().untilTrue(blocking.interrupted);
    assertThat(executor.execute(this::run)).isFalse();
    assertThat(ran).hasSize(2);
  }

  @Test
  void closingLetsWhatIsUnderWayAndWhatWaitsEnd() throws Exception {
    block(executor);
    executor.execute(this::run);
    Thread closing = new Thread(executor::close);
    closing.start();
    await().until(() -> closing.getState() == Thread.State.TIMED_WAITING);
    assertThat(executor.execute(this::run)).isFalse();
    blocking.goOn.countDown();
    closing.join();
    assertThat(ran).hasSize(1);
    assertThat(blocking.interrupted).isFalse();
  }

  @Test
  void closingInterruptsWhatTakesTooLong() throws Exception {
    block(executor);
    executor.close();
    await().untilTrue(blocking.interrupted);
  }

  @Test
  void whoIsInterruptedLetsWhatIsUnderWayAndWhatWaitsEndAllTheSame() throws Exception {
    block(executor);
    executor.execute(this::run);
    List<Boolean> pending = new CopyOnWriteArrayList<>();
    Thread closing =
        new Thread(
            () -> {
              Thread.currentThread().interrupt();
              executor.close();
              pending.add(Thread.interrupted());
            });
    closing.start();
    await().until(() -> closing.getState() == Thread.State.TIMED_WAITING);
    closing.interrupt();
    await().until(() -> closing.getState() == Thread.State.TIMED_WAITING);
    blocking.goOn.countDown();
    closing.join();
    assertThat(ran).hasSize(1);
    assertThat(blocking.interrupted).isFalse();
    assertThat(pending).containsExactly(true);
  }

  @Test
  void closingInASpentTimeInterruptsWhatIsUnderWayAndDoesTheLast() throws Exception {
    block(executor);
    executor.close(System.nanoTime(), this::run);
    assertThat(ran).containsExactly(Thread.currentThread());
    await().untilTrue(blocking.interrupted);
  }

  @Test
  void aWorkerThatClosesWaitsForOthersOnly() throws Exception {
    List<Boolean> ended = new CopyOnWriteArrayList<>();
    block(another);
    executor.execute(
        () -> {
          run();
          executor.close();
          another.close();
          ended.add(blocking.ended.get());
        });
    await().until(() -> !ended.isEmpty() || waits());
    assertThat(ended).isEmpty();
    blocking.goOn.countDown();
    await().until(() -> !ended.isEmpty());
    assertThat(ended).containsExactly(true);
  }

  private boolean waits() {
    return !ran.isEmpty() && ran.get(0).getState() == Thread.State.TIMED_WAITING;
  }
}
