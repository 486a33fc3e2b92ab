package io.persidict.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Formatter;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;

/**
 * How the tool logs: one line for each warning, which may name what is stored and so must not
 * command a terminal. {@code java.util.logging} makes one object to be configured by, and one as
 * the formatter.
 */
public final class LogLines extends Formatter {
  private static final AtomicBoolean CONFIGURED = new AtomicBoolean();

  /**
   * Configures logging if nothing has yet.
   *
   * @throws IOException never, since what is read is in memory
   */
  public LogLines() throws IOException {
    if (CONFIGURED.compareAndSet(false, true)) {
      String console = "java.util.logging.ConsoleHandler";
      String settings =
          "handlers=" + console + "\n" + console + ".formatter=" + LogLines.class.getName() + "\n";
      LogManager.getLogManager()
          .readConfiguration(new ByteArrayInputStream(settings.getBytes(UTF_8)));
    }
  }

  @Override
  public String format(LogRecord record) {
    return "persidict: "
        + record.getLevel().getName().toLowerCase(Locale.ROOT)
        + ": "
        + Texts.printable(formatMessage(record))
        + "\n";
  }
}
