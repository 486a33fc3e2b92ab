package io.persidict.maintenance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How often what is asked for is there, by the choice that rounds make, beside exact LRU. */
final class HitRatioTest {
  private static final int KEYS = 20_000;
  private static final int BOUND = KEYS / 10;
  private static final int LENGTH = 500_000;

  enum Workload {
    ZIPF(0.97) {
      @Override
      int[] trace(long seed) {
        return Traces.zipf(LENGTH, KEYS, seed);
      }
    },
    /** Every 50,000 accesses others are asked for most. */
    ZIPF_THAT_SHIFTS(1) {
      @Override
      int[] trace(long seed) {
        return Traces.shifting(LENGTH, KEYS, seed);
      }
    },
    ZIPF_AND_SCANS(1) {
      @Override
      int[] trace(long seed) {
        return Traces.scans(LENGTH, KEYS, seed);
      }
    },
    ZIPF_AND_LOOPS(1) {
      @Override
      int[] trace(long seed) {
        return Traces.loops(LENGTH, KEYS, seed);
      }
    };

    final double atLeast;

    Workload(double atLeast) {
      this.atLeast = atLeast;
    }

    abstract int[] trace(long seed);
  }

  /** When a version was written and, as far as is remembered, used. */
  private static final class Times {
    final long written;
    long used = Long.MIN_VALUE;

    Times(long written) {
      this.written = written;
    }
  }

  private record Outcome(double hits, double marks) {}

  /** Does what readers, writers and rounds do, without files. An access takes a millisecond. */
  private static Outcome outcome(int[] trace) {
    StoreLimits limits = StoreLimits.NONE.withMaxEntries(BOUND);
    Map<Integer, Times> cache = new HashMap<>();
    long due = Long.MIN_VALUE;
    int hits = 0;
    int marks = 0;
    for (int now = 0; now < trace.length; now++) {
      Times times = cache.get(trace[now]);
      if (times == null) {
        cache.put(trace[now], new Times(now));
      } else {
        hits += now >= trace.length / 4 ? 1 : 0;
        if (times.used < Math.max(due, times.written)) {
          times.used = now;
          marks += now >= trace.length / 4 ? 1 : 0;
        }
      }
      if (cache.size() > BOUND) {
        due = round(cache, now, limits.entryTarget());
      }
    }
    return new Outcome(hits / (0.75 * trace.length), marks / (double) hits);
  }

  private static long round(Map<Integer, Times> cache, long now, long target) {
    Victims victims = new Victims(now);
    cache.values().forEach(times -> victims.add(times.written, times.used, 1));
    Victims.Plan plan = victims.plan(target, Long.MAX_VALUE);
    long[] excess = {cache.size() - target};
    cache.values().removeIf(times -> plan.includes(times.written, times.used) && excess[0]-- > 0);
    assertThat(cache.size()).isEqualTo((int) target);
    return victims.due();
  }

  @ParameterizedTest
  @EnumSource
  void itIsAboutThatOfLruOrBetter(Workload workload) {
    for (long seed = 1; seed <= 2; seed++) {
      int[] trace = workload.trace(seed);
      double lru = Traces.lru(trace, BOUND);
      Outcome ours = outcome(trace);
      System.out.printf(
          "%s, seed %d: hits %.4f, LRU %.4f, ratio %.3f; of the hits %.1f%% are remembered%n",
          workload, seed, ours.hits, lru, ours.hits / lru, 100 * ours.marks);
      assertThat(ours.hits / lru).isGreaterThanOrEqualTo(workload.atLeast);
      assertThat(ours.marks).isLessThan(0.05);
    }
  }
}
