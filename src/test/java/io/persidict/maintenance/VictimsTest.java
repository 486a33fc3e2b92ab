package io.persidict.maintenance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever the times are, enough entries are to go, and the right ones. */
final class VictimsTest {
  private static final long NOW = 1_800_000_000_000L;
  private static final long DAY = 86_400_000L;

  private record Entry(long written, long used, long size) {}

  private static Victims counted(List<Entry> entries) {
    Victims victims = new Victims(NOW);
    entries.forEach(entry -> victims.add(entry.written, entry.used, entry.size));
    return victims;
  }

  /** Clocks that are off by days, times before 1970, all at once. */
  @ParameterizedTest
  @ValueSource(longs = {1, 3})
  void enoughGoWhateverTheTimes(long seed) {
    Random random = new Random(seed);
    long[] times = {NOW, NOW - 1, NOW + 5 * DAY, NOW - 400 * DAY, 0, -DAY, 1};
    for (int attempt = 0; attempt < 200; attempt++) {
      List<Entry> entries = new ArrayList<>();
      for (int i = random.nextInt(300); i >= 0; i--) {
        long written = times[random.nextInt(times.length)] + random.nextInt(3);
        long used = random.nextBoolean() ? Long.MIN_VALUE : written + random.nextInt(1_000);
        entries.add(new Entry(written, used, random.nextInt(9) * 4096L));
      }
      long maxEntries = random.nextInt(entries.size() + 1);
      long maxBytes = random.nextInt(1_000) * 4096L;
      Victims.Plan plan = counted(entries).plan(maxEntries, maxBytes);
      List<Entry> left =
          entries.stream().filter(entry -> !plan.includes(entry.written, entry.used)).toList();
      assertThat(left.size()).isLessThanOrEqualTo((int) maxEntries);
      assertThat(left.stream().mapToLong(Entry::size).sum()).isLessThanOrEqualTo(maxBytes);
    }
  }

  @Test
  void nothingGoesWhereThereIsRoom() {
    List<Entry> entries = List.of(new Entry(NOW - DAY, Long.MIN_VALUE, 1), new Entry(NOW, NOW, 1));
    Victims.Plan plan = counted(entries).plan(2, 2);
    assertThat(entries).noneMatch(entry -> plan.includes(entry.written, entry.used));
  }

  @Test
  void unusedEntriesGoFirstButNotTheNewest() {
    List<Entry> entries = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      long written = NOW - DAY - i * 3_600_000L;
      entries.add(new Entry(written, i % 2 == 0 ? written + 1_000 : Long.MIN_VALUE, 1));
    }
    Victims.Plan plan = counted(entries).plan(80, Long.MAX_VALUE);
    List<Integer> gone = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      if (plan.includes(entries.get(i).written, entries.get(i).used)) {
        gone.add(i);
      }
    }
    assertThat(gone.size()).isBetween(20, 24);
    assertThat(gone).allMatch(i -> i % 2 == 1 && i > 50);
    Victims.Plan half = counted(entries).plan(40, Long.MAX_VALUE);
    assertThat(half.includes(entries.get(1).written, Long.MIN_VALUE)).isFalse();
    assertThat(half.includes(entries.get(99).written, Long.MIN_VALUE)).isTrue();
    assertThat(half.includes(entries.get(98).written, entries.get(98).used)).isTrue();
  }

  @Test
  void usesThatMayMatterSoonAreDue() {
    List<Entry> entries = new ArrayList<>();
    for (int i = 0; i < 80; i++) {
      entries.add(new Entry(NOW - 100 * DAY, NOW - i * DAY, 1));
    }
    long due = counted(entries).due();
    assertThat(entries.stream().filter(entry -> entry.used < due).count()).isBetween(4L, 6L);
  }
}
