package io.persidict.store.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class DirectorySyncTest {
  private static final Path DIRECTORY = Path.of("directory");
  private static final int OTHERS = 15;

  private final AtomicInteger calls = new AtomicInteger();
  private final CountDownLatch firstMayEnd = new CountDownLatch(1);
  private final List<Thread> threads = new ArrayList<>();
  private final List<Throwable> thrown = new ArrayList<>();

  @AfterEach
  void end() throws Exception {
    firstMayEnd.countDown();
    for (Thread thread : threads) {
      thread.join();
    }
  }

  /** Has one thread be in the middle of a sync, and then others wait for one. */
  private void oneAndThenOthers(DirectorySync.Call others) {
    DirectorySync sync =
        new DirectorySync(
            directory -> {
              if (calls.incrementAndGet() == 1) {
                try {
                  firstMayEnd.await();
                } catch (InterruptedException e) {
                  throw new AssertionError(e);
                }
              } else {
                others.sync(directory);
              }
            });
    start(sync);
    await().until(() -> calls.get() == 1);
    for (int i = 0; i < OTHERS; i++) {
      start(sync);
    }
    await()
        .until(
            () ->
                threads.stream().skip(1).allMatch(t -> t.getState() == Thread.State.WAITING)
                    || calls.get() > 1);
  }

  private void start(DirectorySync sync) {
    Thread thread =
        new Thread(
            () -> {
              Throwable fault = catchThrowable(() -> sync.sync(DIRECTORY));
              synchronized (thrown) {
                if (fault != null) {
                  thrown.add(fault);
                }
              }
            });
    threads.add(thread);
    thread.start();
  }

  @Test
  void thoseWhoComeDuringASyncShareTheNextOne() throws Exception {
    oneAndThenOthers(directory -> {});
    assertThat(calls).as("one at a time").hasValue(1);
    end();
    assertThat(calls).hasValue(2);
    assertThat(thrown).isEmpty();
  }

  @Test
  void whatASyncLosesIsToldToAllWhoShareIt() throws Exception {
    oneAndThenOthers(
        directory -> {
          if (calls.get() == 2) {
            throw new IOException("Input/output error");
          }
        });
    end();
    assertThat(calls).hasValue(2);
    assertThat(thrown)
        .hasSize(OTHERS)
        .allSatisfy(fault -> assertThat(fault).hasMessage("Input/output error"));
  }

  @Test
  void whoCannotOpenTheDirectoryKeepsNobodyElseFromTrying() throws Exception {
    oneAndThenOthers(
        directory -> {
          if (calls.get() == 2) {
            throw new FileSystemException("directory", null, "Too many open files");
          }
        });
    end();
    assertThat(calls).hasValue(3);
    assertThat(thrown).hasSize(1);
  }

  @Test
  void aFaultIsToldOnce() throws Exception {
    DirectorySync sync =
        new DirectorySync(
            directory -> {
              if (calls.incrementAndGet() == 1) {
                throw new IOException("Input/output error");
              }
            });
    assertThatExceptionOfType(IOException.class).isThrownBy(() -> sync.sync(DIRECTORY));
    sync.sync(DIRECTORY);
    assertThat(calls).hasValue(2);
  }
}
