package io.persidict.jcache;

import java.time.Duration;

/** For processes that share their caches in S3 with no other one, and destroy many. */
public final class QuickDestruction {
  private QuickDestruction() {}

  /**
   * Has this process wait no longer than a moment for others' writes before it destroys a cache.
   */
  public static void allow() {
    Destruction.patience = Duration.ofMillis(10);
  }

  /** Undoes that. */
  static void end() {
    Destruction.patience = CacheStore.TRUSTED.multipliedBy(2);
  }
}
