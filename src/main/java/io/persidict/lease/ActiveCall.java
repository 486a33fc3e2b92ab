package io.persidict.lease;

import org.jspecify.annotations.Nullable;

/**
 * A call of this library in which a thread runs code of others, such as a loader or a function that
 * is computed. That code may call again; the calls of a thread that are not over yet form a chain.
 */
public abstract class ActiveCall {
  private static final ThreadLocal<ActiveCall> INNERMOST = new ThreadLocal<>();

  private @Nullable ActiveCall outer;
  private boolean isEntered;

  /** A call that is not entered yet. */
  protected ActiveCall() {}

  /**
   * {@return whether this thread is within a call} Other threads may be waiting for it then, so it
   * must not wait for threads of a pool that may come to wait for it.
   */
  public static boolean isUnderWay() {
    return innermost() != null;
  }

  static @Nullable ActiveCall innermost() {
    return INNERMOST.get();
  }

  /** Begins the call in this thread. */
  protected final void enter() {
    outer = INNERMOST.get();
    INNERMOST.set(this);
    isEntered = true;
  }

  /** Ends the call in the thread that began it, if it did. */
  protected final void exit() {
    if (!isEntered) {
      return;
    }
    for (ActiveCall inner = INNERMOST.get(); inner != null && inner != this; inner = inner.outer) {
      inner.abandon();
    }
    if (outer == null) {
      INNERMOST.remove();
    } else {
      INNERMOST.set(outer);
    }
    isEntered = false;
  }

  /**
   * Gives back what the call holds, if it still does: it was left without an end, because the stack
   * was too deep for that.
   */
  protected abstract void abandon();

  /**
   * {@return the call of this thread within which this one was entered last; null if there is none}
   */
  public final @Nullable ActiveCall outer() {
    return outer;
  }
}
