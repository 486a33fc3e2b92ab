package io.persidict.store.s3;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The operations of a store that are under way. After {@link #close} none begins; those that are
 * under way end as if the store were open.
 */
final class ActiveOperations implements AutoCloseable {
  private final String store;
  private final @Nullable ActiveOperations ofWhole;

  /** Whether this thread is within one of these operations. */
  private final ThreadLocal<Boolean> within = ThreadLocal.withInitial(() -> false);

  private int underWay;
  private boolean closed;

  /**
   * @param store as it names itself
   */
  ActiveOperations(String store) {
    this(store, null);
  }

  private ActiveOperations(String store, @Nullable ActiveOperations ofWhole) {
    this.store = store;
    this.ofWhole = ofWhole;
  }

  /** Those of a view of the store, which are the store's too. */
  ActiveOperations ofView() {
    return new ActiveOperations(store, this);
  }

  synchronized void checkOpen() {
    if (closed) {
      throw new IllegalStateException("store " + store + " is closed");
    }
    if (ofWhole != null) {
      ofWhole.checkOpen();
    }
  }

  private synchronized void begin() {
    checkOpen();
    underWay++;
  }

  private synchronized void end() {
    underWay--;
    notifyAll();
  }

  /**
   * Runs an operation, or what an operation consists of.
   *
   * @throws IllegalStateException if the store is closed
   */
  <T> T run(Supplier<T> operation) {
    if (within.get()) {
      return operation.get();
    }
    begin();
    within.set(true);
    try {
      return ofWhole == null ? operation.get() : ofWhole.run(operation);
    } finally {
      within.remove();
      end();
    }
  }

  /** Waits for what is under way, unless this thread is within it and would wait for itself. */
  @Override
  public synchronized void close() {
    closed = true;
    boolean interrupted = false;
    while (underWay > 0 && !within.get()) {
      try {
        wait();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
