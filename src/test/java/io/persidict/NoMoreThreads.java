package io.persidict;

/**
 * While it is open, this thread can start no other one, as where the system has no more of them:
 * what that would inherit from it fails instead. JUnit takes such an error, if nobody catches it,
 * for the end of all tests.
 */
public final class NoMoreThreads implements AutoCloseable {
  private final InheritableThreadLocal<Boolean> inherited =
      new InheritableThreadLocal<>() {
        @Override
        protected Boolean childValue(Boolean mine) {
          throw new OutOfMemoryError("unable to create native thread");
        }
      };

  public NoMoreThreads() {
    inherited.set(true);
  }

  @Override
  public void close() {
    inherited.remove();
  }
}
