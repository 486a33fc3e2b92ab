package io.persidict.jcache.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.persidict.metrics.Counting;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What the bean of a cache shows. */
final class StatisticsTest {
  private final Counting counting = new Counting();
  private final Statistics statistics = new Statistics(counting);

  private void happen() {
    statistics.lookedUp(true, TimeUnit.MICROSECONDS.toNanos(30));
    statistics.lookedUp(false, TimeUnit.MICROSECONDS.toNanos(10));
    statistics.lookedUp(false, TimeUnit.MICROSECONDS.toNanos(20));
    statistics.lookedUp(false, 0);
    statistics.put(TimeUnit.MICROSECONDS.toNanos(4));
    statistics.put(TimeUnit.MICROSECONDS.toNanos(1));
    statistics.removed(TimeUnit.MICROSECONDS.toNanos(7));
    statistics.evicted();
  }

  @Test
  void countsPercentagesAndAverages() {
    statistics.enable(true);
    assertThat(statistics.counts()).isTrue();
    happen();
    assertThat(statistics.getCacheGets()).isEqualTo(4);
    assertThat(statistics.getCacheHitPercentage()).isEqualTo(25);
    assertThat(statistics.getCacheMissPercentage()).isEqualTo(75);
    assertThat(statistics.getAverageGetTime()).isEqualTo(15);
    assertThat(statistics.getAveragePutTime()).isEqualTo(2.5f);
    assertThat(statistics.getAverageRemoveTime()).isEqualTo(7);
    assertThat(statistics.getCacheEvictions()).isEqualTo(1);
  }

  private void assertNothingIsCounted() {
    assertThat(statistics.getCacheGets()).isZero();
    assertThat(statistics.getCachePuts()).isZero();
    assertThat(statistics.getCacheRemovals()).isZero();
    assertThat(statistics.getCacheEvictions()).isZero();
    assertThat(statistics.getCacheHitPercentage()).isZero();
    assertThat(statistics.getCacheMissPercentage()).isZero();
    assertThat(statistics.getAverageGetTime()).isZero();
    assertThat(statistics.getAveragePutTime()).isZero();
    assertThat(statistics.getAverageRemoveTime()).isZero();
  }

  @Test
  void clearedTheyBeginAnew() {
    statistics.enable(true);
    happen();
    statistics.clear();
    assertNothingIsCounted();
    statistics.lookedUp(true, TimeUnit.MICROSECONDS.toNanos(3));
    statistics.put(TimeUnit.MICROSECONDS.toNanos(3));
    statistics.removed(TimeUnit.MICROSECONDS.toNanos(3));
    assertThat(statistics.getAverageGetTime()).isEqualTo(3);
    assertThat(statistics.getAveragePutTime()).isEqualTo(3);
    assertThat(statistics.getAverageRemoveTime()).isEqualTo(3);
  }

  @Test
  void disabledNothingIsCountedButForThoseWhoCountThemselves() {
    assertThat(statistics.counts()).isFalse();
    counting.begin();
    assertThat(statistics.counts()).isTrue();
    happen();
    statistics.expiredUnasked();
    assertNothingIsCounted();
    assertThat(counting.hits()).isEqualTo(1);
    assertThat(counting.misses()).isEqualTo(3);
    assertThat(counting.puts()).isEqualTo(2);
    assertThat(counting.removals()).isEqualTo(1);
    assertThat(counting.evictions()).isEqualTo(1);
    assertThat(counting.expirations()).isEqualTo(1);
  }
}
