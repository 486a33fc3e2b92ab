package io.persidict.maintenance;

import static org.assertj.core.api.Assertions.assertThat;

import io.persidict.store.MemoryStore;
import io.persidict.store.PassThroughStore;
import io.persidict.store.Precondition;
import io.persidict.store.PutResult;
import org.junit.jupiter.api.Test;

/** How much writers take into account, and how often they have to tell. */
final class ShareTest {
  private static final long SIZE = 4_096;
  private static final StoreLimits BYTES = StoreLimits.NONE.withMaxBytes(1L << 30);
  private static final StoreLimits ENTRIES = StoreLimits.NONE.withMaxEntries(100_000);

  /** Of each of which a share is one entry, and many bytes. */
  private static final StoreLimits BOTH = BYTES.withMaxEntries(1_000);

  private final Counted store = new Counted();

  private static final class Counted extends PassThroughStore {
    int puts;

    Counted() {
      super(new MemoryStore());
    }

    @Override
    public PutResult put(String name, byte[] bytes, Precondition precondition) {
      puts++;
      return super.put(name, bytes, precondition);
    }
  }

  private Total total() {
    return Total.read(store, Total.NAME);
  }

  /** What is taken is at no time much more than what is used. */
  private Share take(StoreLimits limits, int entries) {
    Share share = new Share(store, Total.NAME, limits, false);
    for (int i = 1; i <= entries; i++) {
      share.take(SIZE);
      Total total = total();
      if (limits.maxEntries().isPresent()) {
        assertThat(total.entries() - i).isBetween(0L, limits.entryShare(false));
      }
      if (limits.maxBytes().isPresent()) {
        assertThat(total.bytes() - i * SIZE).isBetween(0L, limits.byteShare(false));
      }
    }
    return share;
  }

  @Test
  void entriesThatAreNotBoundedAreNeverUsedUp() {
    take(BYTES, 5_000);
    assertThat(total().entries()).isZero();
    assertThat(store.puts).isGreaterThan(10);
  }

  @Test
  void bytesThatAreNotBoundedAreNeverUsedUp() {
    take(ENTRIES, 5_000);
    assertThat(total().bytes()).isZero();
    assertThat(store.puts).isGreaterThan(10);
  }

  @Test
  void ofTwoBoundsEachIsTakenAsItIsUsed() {
    take(BOTH, 500);
    assertThat(store.puts).isGreaterThan(10);
  }

  @Test
  void whatWasLeftBeforeARoundIsTakenAgainAfterIt() {
    Share share = take(BOTH, 1);
    Total.change(store, Total.NAME, all -> new Total(0, 0, 1, 0, 0));
    share.take(SIZE);
    assertThat(total().entries()).isEqualTo(1);
    assertThat(total().bytes()).isGreaterThanOrEqualTo(SIZE);
  }
}
