package io.persidict.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Runs a command, shows its output as it comes, and records it. */
final class CommandRun {
  /** A copy of what is recorded takes at most one part of so many of the memory. */
  private static final int MEMORY_SHARE = 10;

  /** The most output that is recorded, in bytes. */
  static final int LIMIT =
      (int) Math.min(256 * 1024 * 1024, Runtime.getRuntime().maxMemory() / MEMORY_SHARE);

  private static final int CHUNK = 8_192;
  private static final int STOP_SECONDS = 5;

  /** How long a Ctrl-C that ended the command may take to reach this process. */
  private static final long SIGNAL_MILLIS = 100;

  /** How Java tells ENOENT, up to version 17 and since. */
  private static final Pattern NOT_FOUND = Pattern.compile("error[=:] ?2\\b");

  private final List<String> command;
  private final byte[] input;
  private final @Nullable Output out;
  private final @Nullable Output err;
  private final Recording.Recorder recorder = new Recording.Recorder(LIMIT);
  private final Object starting = new Object();
  private @Nullable Process process;
  private volatile boolean stopped;
  private volatile boolean isCut;
  private Output.@Nullable Closed closed;

  /**
   * @param input what the command reads
   * @param out where its output is shown, or null for nowhere
   * @param err where its error output is
   */
  CommandRun(List<String> command, byte[] input, @Nullable Output out, @Nullable Output err) {
    this.command = command;
    this.input = input;
    this.out = out;
    this.err = err;
  }

  /**
   * Runs it to its end.
   *
   * @throws Failure if it cannot be started, or was stopped before
   * @throws Output.Closed if nobody takes its output any more; it was stopped
   */
  Recording run() throws InterruptedException {
    Process started;
    synchronized (starting) {
      if (stopped) {
        throw new Failure(Status.MEMO_FAULT, "stopped before the command began");
      }
      started = start();
      process = started;
    }
    Thread feeder = reader(() -> feed(started));
    Thread errors = reader(() -> read(started.getErrorStream(), true));
    read(started.getInputStream(), false);
    errors.join();
    int status = started.waitFor();
    feeder.join();
    Output.Closed fault = closed;
    if (fault != null) {
      throw fault;
    }
    Thread.sleep(SIGNAL_MILLIS);
    return recorder.end(status);
  }

  private Process start() {
    try {
      return new ProcessBuilder(command).start();
    } catch (IOException e) {
      String name = Texts.printable(command.get(0));
      throw NOT_FOUND.matcher(String.valueOf(e.getMessage())).find()
          ? new Failure(Status.MEMO_NOT_FOUND, "there is no command " + name)
          : new Failure(
              Status.MEMO_CANNOT_RUN,
              "cannot run " + name + ": " + Texts.printable(String.valueOf(e.getMessage())));
    }
  }

  private static Thread reader(Runnable task) {
    Thread thread = new Thread(task, "persidict-memo");
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  private void feed(Process started) {
    try (OutputStream stream = started.getOutputStream()) {
      stream.write(input);
    } catch (IOException e) {
      // it does not read all of it
    }
  }

  private void read(InputStream stream, boolean isError) {
    byte[] chunk = new byte[CHUNK];
    boolean isWhole = false;
    try (stream) {
      for (int length; (length = stream.read(chunk)) >= 0; ) {
        take(isError, Arrays.copyOf(chunk, length));
      }
      isWhole = true;
    } catch (IOException e) {
      // the process was destroyed
    } finally {
      isCut |= !isWhole;
    }
  }

  private synchronized void take(boolean isError, byte[] bytes) {
    recorder.add(isError, bytes);
    Output shown = isError ? err : out;
    if (shown != null && closed == null) {
      try {
        if (isError) {
          shown.aside(bytes);
        } else {
          shown.bytes(bytes);
        }
      } catch (Output.Closed e) {
        closed = e;
        stop();
      }
    }
  }

  /** Whether there was more output than is recorded. */
  boolean isOver() {
    return recorder.isOver();
  }

  /** Whether some of its output could not be read. */
  boolean isCut() {
    return isCut;
  }

  /** Whether it was stopped, and did not end by itself. */
  boolean isStopped() {
    return stopped;
  }

  /** Ends it. */
  void stop() {
    end();
  }

  /** Ends it and what it has started, and returns these. */
  private List<ProcessHandle> end() {
    Process running;
    synchronized (starting) {
      stopped = true;
      running = process;
    }
    if (running == null) {
      return List.of();
    }
    List<ProcessHandle> all =
        Stream.concat(Stream.of(running.toHandle()), running.descendants()).toList();
    running.destroy(); // which also closes its streams
    all.forEach(ProcessHandle::destroy);
    return all;
  }

  /** Ends it, and waits for that. */
  void stopAndWait() {
    List<ProcessHandle> all = end();
    try {
      CompletableFuture.allOf(
              all.stream().map(ProcessHandle::onExit).toArray(CompletableFuture[]::new))
          .get(STOP_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException | ExecutionException e) {
      all.forEach(ProcessHandle::destroyForcibly);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
