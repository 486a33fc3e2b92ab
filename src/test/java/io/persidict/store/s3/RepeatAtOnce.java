package io.persidict.store.s3;

import java.time.Duration;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Has requests that fail be repeated at once, for tests of many faults. */
final class RepeatAtOnce implements BeforeAllCallback, AfterAllCallback {
  private static final Duration PAUSE = Retry.firstPause;

  @Override
  public void beforeAll(ExtensionContext context) {
    Retry.firstPause = Duration.ofNanos(2);
  }

  @Override
  public void afterAll(ExtensionContext context) {
    Retry.firstPause = PAUSE;
  }
}
