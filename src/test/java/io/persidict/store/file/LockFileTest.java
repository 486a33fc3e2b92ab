package io.persidict.store.file;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.persidict.ChildJvm;
import io.persidict.store.GetResult;
import io.persidict.store.Precondition;
import io.persidict.store.PutResult;
import io.persidict.store.StoreException;
import java.io.File;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LockFileTest {
  private static final String NAME = "name.bin";
  private static final Runnable OPEN = () -> {};

  @TempDir Path root;

  private static void write(FileStore store) {
    store.put(NAME, new byte[1], Precondition.none());
  }

  /** Tells whether it gets the lock; or holds it, if it is told to, until it is killed. */
  static final class OtherProcess {
    public static void main(String[] arguments) throws Exception {
      Path name = Path.of("/proc/self/comm");
      if (Files.isWritable(name)) {
        Files.writeString(name, "a) R (b"); // as if it were running
      }
      LockFile.HeldLock held = new LockFile(Path.of(arguments[0])).tryLock(stripe());
      System.out.println((held != null) + " " + ProcessHandle.current().pid() + ".");
      if (arguments.length > 1) {
        Thread.sleep(Duration.ofMinutes(2).toMillis());
      }
    }
  }

  private static int stripe() {
    return LockFile.hash(NAME) & (LockFile.STRIPES - 1);
  }

  @Test
  void closingDropsNoLockThatIsHeldByAnotherPathOrClassLoader() throws Exception {
    LockFile one = new LockFile(root);
    LockFile two = new LockFile(root);
    LockFile.HeldLock held = one.lock(NAME, OPEN);
    two.lock("other.bin", OPEN).close();
    two.close();
    try (ChildJvm child = ChildJvm.start(OtherProcess.class, root.toString())) {
      assertThat(child.join()).startsWith("false");
    }
    held.close();
    one.close();
    try (ChildJvm child = ChildJvm.start(OtherProcess.class, root.toString())) {
      assertThat(child.join()).startsWith("true");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"mkfifo", "mkdir", "ln -s none"})
  void whatIsNoFileInItsPlaceIsAFault(String command) throws Exception {
    assumeTrue(File.separatorChar == '/', "Windows has no pipes, and no links for everybody");
    List<String> words = new ArrayList<>(List.of(command.split(" ", -1)));
    words.add(root.resolve(LockFile.NAME).toString());
    assertThat(new ProcessBuilder(words).start().waitFor()).isZero();
    try (FileStore store = new FileStore(root, Durability.OS)) {
      assertTimeoutPreemptively(
          Duration.ofMinutes(5),
          () ->
              assertThatExceptionOfType(StoreException.class)
                  .isThrownBy(() -> write(store))
                  .withMessageContaining("not a regular file")
                  .withMessageContaining(LockFile.NAME));
      Files.delete(root.resolve(LockFile.NAME));
      write(store);
    }
  }

  @Test
  void noDescriptorStaysOpen() throws Exception {
    Path descriptors = Path.of("/proc/self/fd");
    assumeTrue(Files.isDirectory(descriptors), "the system lists open files");
    for (int i = 0; i < 20; i++) {
      try (FileStore store = new FileStore(root, Durability.OS);
          FileStore same = new FileStore(root, Durability.FSYNC)) {
        store.watch(NAME);
        write(store);
        write(same);
        Files.delete(root.resolve(LockFile.NAME));
        write(store);
      }
    }
    assertThat(openBelow(root.toRealPath(), descriptors)).isEmpty();
  }

  @Test
  void noDescriptorStaysOpenWhereNobodyCanLock() throws Exception {
    Path descriptors = Path.of("/proc/self/fd");
    assumeTrue(Files.isDirectory(descriptors), "the system lists open files");
    FaultyFileSystem files = FaultyFileSystem.at(root);
    files.set(
        (operation, path) -> {
          if (operation.equals("tryLock")) {
            throw new IOException("No locks available");
          }
        });
    try (FileStore store = new FileStore(files.wrap(root), Durability.OS)) {
      for (int i = 0; i < 3; i++) {
        assertThatExceptionOfType(StoreException.class)
            .isThrownBy(() -> write(store))
            .withMessageContaining("No locks available");
      }
    }
    assertThat(openBelow(root.toRealPath(), descriptors)).isEmpty();
  }

  @Test
  void aFileSystemThatDoesNotAnswerKeepsNoStoreElsewhereFromBeingOpened() throws Exception {
    Path dead = Files.createDirectory(root.resolve("dead"));
    FaultyFileSystem files = FaultyFileSystem.at(dead);
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch answers = new CountDownLatch(1);
    FileStore hanging = new FileStore(files.wrap(dead), Durability.OS);
    write(hanging);
    files.set(
        (operation, path) -> {
          if (operation.equals("tryLock")) {
            asked.countDown();
            try {
              answers.await();
            } catch (InterruptedException e) {
              throw new InterruptedIOException();
            }
          }
        });
    CompletableFuture<Void> closing = CompletableFuture.runAsync(hanging::close);
    asked.await();
    CompletableFuture<Void> elsewhere =
        CompletableFuture.runAsync(
            () -> {
              try (FileStore other = new FileStore(root.resolve("other"), Durability.OS)) {
                write(other);
              }
            });
    try {
      assertThat(elsewhere).succeedsWithin(Duration.ofMinutes(5));
      assertThat(closing).isNotDone();
    } finally {
      answers.countDown();
    }
    assertThat(closing).succeedsWithin(Duration.ofMinutes(5));
    assertThat(elsewhere).succeedsWithin(Duration.ofMinutes(5));
    Path descriptors = Path.of("/proc/self/fd");
    if (Files.isDirectory(descriptors)) {
      assertThat(openBelow(root.toRealPath(), descriptors)).isEmpty();
    }
  }

  /** While one is closed, by the thread that leaves, another one is opened at the same root. */
  @Test
  void closingWhileTheSameRootIsOpenedAgainDropsNoLockAndLeavesNothingOpen() throws Exception {
    AtomicInteger counter = new AtomicInteger();
    CompletableFuture<?>[] users = new CompletableFuture<?>[4];
    for (int user = 0; user < users.length; user++) {
      users[user] =
          CompletableFuture.runAsync(
              () -> {
                for (int i = 0; i < 200; i++) {
                  increment(counter);
                }
              });
    }
    CompletableFuture.allOf(users).get(5, TimeUnit.MINUTES);
    try (FileStore store = new FileStore(root, Durability.OS)) {
      assertThat(new String(store.read(NAME).orElseThrow(), UTF_8))
          .isEqualTo(String.valueOf(counter.get()));
    }
    Path descriptors = Path.of("/proc/self/fd");
    if (Files.isDirectory(descriptors)) {
      assertThat(openBelow(root.toRealPath(), descriptors)).isEmpty();
    }
  }

  /** Counts in a store of its own, which another user may open or close at that moment. */
  private void increment(AtomicInteger counter) {
    try (FileStore store = new FileStore(root, Durability.OS)) {
      while (true) {
        GetResult now = store.get(NAME, Optional.empty());
        int next = 1;
        Precondition unchanged = Precondition.absent();
        if (now instanceof GetResult.Found found) {
          next = Integer.parseInt(new String(found.bytes(), UTF_8)) + 1;
          unchanged = Precondition.matches(found.stat().etag());
        }
        if (store.put(NAME, String.valueOf(next).getBytes(UTF_8), unchanged)
            instanceof PutResult.Written) {
          counter.incrementAndGet();
          return;
        }
      }
    }
  }

  /** Others, who opened it since, lock another one. */
  @Test
  void aLockFileThatWasDeletedIsLockedByNobody() throws Exception {
    int stripe = LockFile.stripe(NAME);
    LockFile one = new LockFile(root);
    one.lock(NAME, OPEN).close();
    Files.delete(root.resolve(LockFile.NAME));
    LockFile other = new LockFile(root);
    try (LockFile.HeldLock held = other.tryLock(stripe)) {
      assertThat(held).isNotNull();
      assertThat(one.tryLock(stripe)).isNull();
    }
    try (LockFile.HeldLock held = one.tryLock(stripe)) {
      assertThat(held).isNotNull();
    }
    one.close();
    other.close();
  }

  private static List<String> openBelow(Path root, Path descriptors) throws IOException {
    try (Stream<Path> open = Files.list(descriptors)) {
      return open.map(LockFileTest::target).filter(to -> to.startsWith(root + "/")).toList();
    }
  }

  private static String target(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString();
    } catch (IOException e) {
      return ""; // closed meanwhile
    }
  }

  /** What destroys a cache relies on it. */
  @Test
  void mutationsThatAreUnderWayAreAwaitedAndThenNothingIsHeld() throws Exception {
    LockFile writer = new LockFile(root);
    LockFile.HeldLock held = writer.lock(NAME, OPEN);
    FaultyFileSystem files = FaultyFileSystem.at(root);
    AtomicInteger tried = new AtomicInteger();
    files.set(
        (operation, path) -> {
          if (operation.equals("tryLock")) {
            tried.incrementAndGet();
          }
        });
    try (FileStore store = new FileStore(files.wrap(root), Durability.OS)) {
      CompletableFuture<Void> waiting = CompletableFuture.runAsync(store::awaitMutations);
      // More often than there are locks, so one of them again and again.
      await().until(() -> waiting.isDone() || tried.get() > 2 * LockFile.STRIPES);
      assertThat(waiting).isNotDone();
      held.close();
      assertThat(waiting).succeedsWithin(Duration.ofMinutes(5));
      assertTimeoutPreemptively(Duration.ofMinutes(5), () -> write(store));
    }
    writer.close();
  }

  @Test
  void aFaultThatEndsAWaitBlocksNobodyLater() throws Exception {
    LockFile holder = new LockFile(root);
    LockFile waiter = new LockFile(root);
    LockFile.HeldLock held = holder.lock(NAME, OPEN);
    CountDownLatch waits = new CountDownLatch(3);
    CompletableFuture<Void> failing = lockElsewhere(waiter, waits::countDown);
    waits.await();
    Files.delete(root.resolve(LockFile.NAME));
    Files.createDirectory(root.resolve(LockFile.NAME));
    held.close();
    assertThat(failing)
        .failsWithin(Duration.ofMinutes(5))
        .withThrowableOfType(ExecutionException.class)
        .withMessageContaining("not a regular file");
    Files.delete(root.resolve(LockFile.NAME));
    assertThat(lockElsewhere(waiter, OPEN)).succeedsWithin(Duration.ofMinutes(5));
    holder.close();
    waiter.close();
  }

  /** Has another thread lock and unlock. */
  private static CompletableFuture<Void> lockElsewhere(LockFile locks, Runnable checkOpen) {
    return CompletableFuture.runAsync(
        () -> {
          try {
            locks.lock(NAME, checkOpen).close();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  @Test
  void anInterruptedWaiterNeitherGivesUpNorSpins() throws Exception {
    LockFile holder = new LockFile(root);
    LockFile waiter = new LockFile(root);
    LockFile.HeldLock held = holder.lock(NAME, OPEN);
    AtomicReference<Boolean> interrupted = new AtomicReference<>();
    AtomicInteger looks = new AtomicInteger();
    Thread thread =
        new Thread(
            () -> {
              try {
                waiter.lock(NAME, looks::incrementAndGet).close();
                interrupted.set(Thread.currentThread().isInterrupted());
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });
    try (Log log = new Log()) {
      long begun = System.nanoTime();
      thread.start();
      thread.interrupt();
      await().until(() -> !thread.isAlive() || looks.get() > 500);
      // It is to rest for a millisecond after each look but the first ten.
      assertThat(Duration.ofNanos(System.nanoTime() - begun).toMillis())
          .isGreaterThan(looks.get() * 3 / 4);
      assertThat(thread.isAlive()).isTrue();
      held.close();
      thread.join();
      if (System.nanoTime() - begun < TimeUnit.SECONDS.toNanos(2)) {
        assertThat(log.messages).as("of a short wait").isEmpty();
      }
    }
    assertThat(interrupted).hasValue(true);
    holder.close();
    waiter.close();
  }

  @Test
  void aWriteThatWaitsForALockEndsWhenItsStoreIsClosedAndChangesNothing() throws Exception {
    LockFile other = new LockFile(root);
    LockFile.HeldLock held = other.lock(NAME, OPEN);
    FileStore store = new FileStore(root, Durability.OS);
    FileStore sameRoot = new FileStore(root, Durability.FSYNC);
    CompletableFuture<Void> write = CompletableFuture.runAsync(() -> write(store));
    await().until(() -> names().anyMatch(name -> name.startsWith(DirectoryWalker.TEMPORARY)));
    store.close();
    assertThat(write)
        .failsWithin(Duration.ofMinutes(5))
        .withThrowableOfType(ExecutionException.class)
        .withCauseInstanceOf(IllegalStateException.class);
    assertThat(names()).containsExactly(LockFile.NAME);
    held.close();
    other.close();
    assertThat(CompletableFuture.runAsync(() -> write(sameRoot)))
        .as("it keeps nothing from others")
        .succeedsWithin(Duration.ofMinutes(5));
    sameRoot.close();
  }

  private Stream<String> names() throws IOException {
    try (Stream<Path> files = Files.list(root)) {
      return files.map(file -> file.getFileName().toString()).toList().stream();
    }
  }

  /** What the lock file logs while this is open. */
  private static final class Log extends Handler implements AutoCloseable {
    private final Logger logger = Logger.getLogger(LockFile.class.getName());
    private final List<String> messages = new CopyOnWriteArrayList<>();

    Log() {
      logger.addHandler(this);
    }

    @Override
    public void publish(LogRecord logged) {
      messages.add(new SimpleFormatter().formatMessage(logged));
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
      logger.removeHandler(this);
    }
  }

  @Test
  void whoWaitsForLongSaysOnceWhoHoldsTheLockAndGoesOnWaiting() throws Exception {
    try (ChildJvm child = ChildJvm.start(OtherProcess.class, root.toString(), "and hold it");
        FileStore store = new FileStore(root, Durability.OS);
        Log log = new Log()) {
      await().until(() -> child.printed().endsWith(".\n"));
      String pid = child.printed().strip().replaceAll("true |\\.", "");
      boolean stopped = Files.isReadable(Path.of("/proc/locks")) && signal("-STOP", pid);
      CompletableFuture<Void> write = CompletableFuture.runAsync(() -> write(store));
      await().until(() -> !log.messages.isEmpty());
      assertThat(log.messages.get(0)).contains(root.toString(), LockFile.NAME);
      if (stopped) {
        assertThat(log.messages.get(0)).contains("process " + pid, "stopped");
      }
      assertThat(write).isNotDone();
      child.kill();
      write.get(5, TimeUnit.MINUTES);
      assertThat(log.messages).hasSize(1);
    }
  }

  private static boolean signal(String signal, String pid) throws Exception {
    Process kill = new ProcessBuilder("kill", signal, pid).start();
    String errors = new String(kill.getErrorStream().readAllBytes(), UTF_8);
    return kill.waitFor() == 0 && errors.isEmpty();
  }
}
