package io.persidict.jcache;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/** The warnings that this package and those below log while it is open. */
public final class Warnings extends Handler implements AutoCloseable {
  private final Logger logger;
  private final List<String> messages = new CopyOnWriteArrayList<>();

  private final List<String> details = new CopyOnWriteArrayList<>();

  public Warnings() {
    this(Warnings.class.getPackage());
  }

  /** Those of another package. */
  Warnings(Package logging) {
    logger = Logger.getLogger(logging.getName());
    logger.setLevel(Level.FINE);
    logger.addHandler(this);
    logger.setUseParentHandlers(false);
  }

  public List<String> messages() {
    return messages;
  }

  /** What was told at the level DEBUG besides. */
  List<String> details() {
    return details;
  }

  void clear() {
    messages.clear();
    details.clear();
  }

  @Override
  public void publish(LogRecord logged) {
    String message = new SimpleFormatter().formatMessage(logged);
    if (logged.getLevel().intValue() >= Level.WARNING.intValue()) {
      messages.add(message);
    } else {
      details.add(message);
    }
  }

  @Override
  public void flush() {}

  @Override
  public void close() {
    logger.setLevel(null);
    logger.removeHandler(this);
    logger.setUseParentHandlers(true);
  }
}
