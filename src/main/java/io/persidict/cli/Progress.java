package io.persidict.cli;

import java.io.Console;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A line on the terminal that is overwritten as work goes on; nothing where there is none. */
final class Progress {
  private static final int WIDTH = 79;
  private static final int BAR = 20;
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private final @Nullable PrintWriter terminal;
  private long lastShown = System.nanoTime() - PAUSE_NANOS;

  /**
   * @param terminal where to show it, or null for nowhere
   */
  Progress(@Nullable PrintWriter terminal) {
    this.terminal = terminal;
  }

  /** Shows progress on this process's terminal, if it has one. */
  @SuppressWarnings("SystemConsoleNull") // before Java 22; since then isTerminal tells
  static Progress onTerminal() {
    Console console = System.console();
    return new Progress(console != null && isTerminal(console) ? console.writer() : null);
  }

  /** Whether there is a terminal that it is shown on. */
  boolean isOnTerminal() {
    return terminal != null;
  }

  private static boolean isTerminal(Console console) {
    try {
      return (boolean) Console.class.getMethod("isTerminal").invoke(console);
    } catch (ReflectiveOperationException e) {
      return true; // before Java 22 there is a console only where there is a terminal
    }
  }

  /** Shows that {@code done} of {@code total} are done and {@code current} is next. */
  void show(int done, int total, String current) {
    long now = System.nanoTime();
    if (terminal != null && now - lastShown >= PAUSE_NANOS) {
      lastShown = now;
      terminal.print("\r" + line(done, total, current));
      terminal.flush();
    }
  }

  /** Shows a text, which is cut to one line. */
  void show(String text) {
    long now = System.nanoTime();
    if (terminal != null && now - lastShown >= PAUSE_NANOS) {
      lastShown = now;
      String line = printable(text);
      terminal.print("\r" + (line + " ".repeat(WIDTH)).substring(0, WIDTH));
      terminal.flush();
    }
  }

  /** Clears the line for other output. */
  void clear() {
    if (terminal != null) {
      terminal.print("\r" + " ".repeat(WIDTH) + "\r");
      terminal.flush();
    }
  }

  /** Exactly {@link #WIDTH} characters, none of them a control character. */
  static String line(int done, int total, String current) {
    int filled = (int) ((long) BAR * done / total);
    String bar = "#".repeat(filled) + " ".repeat(BAR - filled);
    String head =
        String.format(Locale.ROOT, "[%s] %3d%% %d/%d ", bar, 100L * done / total, done, total);
    String tail = printable(current);
    int room = WIDTH - head.length();
    if (tail.length() > room) {
      tail = "..." + tail.substring(tail.length() - room + 3);
    }
    return head + tail + " ".repeat(room - tail.length());
  }

  /** A text, perhaps with a file's name in it, that stays on its line. */
  static String printable(String text) {
    return text.replaceAll("\\p{Cntrl}", "?");
  }
}
