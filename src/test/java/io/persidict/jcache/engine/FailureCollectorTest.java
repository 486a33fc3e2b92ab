package io.persidict.jcache.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.cache.CacheException;
import javax.cache.integration.CacheWriterException;
import org.junit.jupiter.api.Test;

/** A store that cannot be reached fails at each entry after seconds. */
final class FailureCollectorTest {
  private long now = Long.MAX_VALUE; // as the clock may be about to overflow
  private final FailureCollector failures = new FailureCollector(() -> now);
  private final List<String> tried = new ArrayList<>();

  /** Takes that long, and fails if there is a failure. */
  private void attempt(String entry, int seconds, CacheException... failure) {
    failures.attempt(
        () -> {
          tried.add(entry);
          now += Duration.ofSeconds(seconds).toNanos();
          for (CacheException each : failure) {
            throw each;
          }
        });
  }

  @Test
  void leavesTheOthersOutWhereTheStoreHasFailedForLong() {
    CacheException first = new CacheException("no answer");
    attempt("a", 30, first);
    attempt("b", 30, new CacheException("no answer either"));
    attempt("c", 30);
    attempt("d", 30);
    assertThat(tried).containsExactly("a", "b");
    assertThatThrownBy(failures::rethrow).isSameAs(first);
    assertThat(first.getSuppressed())
        .extracting(Throwable::getMessage)
        .containsExactly(
            "no answer either",
            "2 more entries were not tried, since the store failed for 10 seconds");
  }

  @Test
  void goesOnWhereOthersFailOrTheStoreAnswersNowAndThen() {
    attempt("a", 30, new CacheWriterException("the writer is slow"));
    attempt("b", 30, new CacheWriterException("the writer is slow"));
    attempt("c", 30, new CacheException("no answer"));
    attempt("d", 30);
    attempt("e", 30, new CacheException("no answer"));
    attempt("f", 9);
    assertThat(tried).containsExactly("a", "b", "c", "d", "e", "f");
  }
}
