package io.persidict.jcache;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/** The warnings that this package logs while it is open. */
final class Warnings extends Handler implements AutoCloseable {
  private final Logger logger;
  private final List<String> messages = new CopyOnWriteArrayList<>();

  Warnings() {
    this(Warnings.class.getPackage());
  }

  /** Those of another package. */
  Warnings(Package logging) {
    logger = Logger.getLogger(logging.getName());
    logger.addHandler(this);
    logger.setUseParentHandlers(false);
  }

  List<String> messages() {
    return messages;
  }

  @Override
  public void publish(LogRecord logged) {
    if (logged.getLevel().intValue() >= Level.WARNING.intValue()) {
      messages.add(new SimpleFormatter().formatMessage(logged));
    }
  }

  @Override
  public void flush() {}

  @Override
  public void close() {
    logger.removeHandler(this);
    logger.setUseParentHandlers(true);
  }
}
