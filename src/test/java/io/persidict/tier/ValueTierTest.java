package io.persidict.tier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What memory holds. */
final class ValueTierTest {
  private static final int MANY = 1_000;

  private static long held(ValueTier<Integer, String> tier) {
    return IntStream.range(0, MANY).filter(i -> tier.get(i) != null).count();
  }

  @Test
  void whatIsPutLastIsHeldUntilItIsRemoved() {
    ValueTier<Integer, String> tier = ValueTier.ofEntries(10);
    assertThat(tier.get(1)).isNull();
    tier.put(1, "a");
    tier.put(1, "b");
    tier.put(2, "c");
    assertThat(tier.get(1)).isEqualTo("b");
    tier.remove(1);
    assertThat(tier.get(1)).isNull();
    assertThat(tier.get(2)).isEqualTo("c");
    tier.clear();
    assertThat(tier.get(2)).isNull();
  }

  @Test
  void onlyWhatIsHeldIsReplaced() {
    ValueTier<Integer, String> tier = ValueTier.ofEntries(10);
    tier.replace(1, "old", "new");
    assertThat(tier.get(1)).as("was removed meanwhile").isNull();
    tier.put(1, "other");
    tier.replace(1, "old", "new");
    assertThat(tier.get(1)).as("was put meanwhile").isEqualTo("other");
    tier.replace(1, "other", "new");
    assertThat(tier.get(1)).isEqualTo("new");
  }

  @Test
  void soManyAreHeldAndNoMore() {
    ValueTier<Integer, String> tier = ValueTier.ofEntries(10);
    IntStream.range(0, MANY).forEach(i -> tier.put(i, "value"));
    await().until(() -> held(tier) <= 10);
    assertThat(held(tier)).isPositive();
  }

  @Test
  void soMuchIsHeldAndNoMore() {
    ValueTier<Integer, String> tier = ValueTier.ofWeight(100, String::length);
    tier.put(0, "x".repeat(101));
    await().until(() -> tier.get(0) == null);
    IntStream.range(0, MANY).forEach(i -> tier.put(i, "x".repeat(10)));
    await().until(() -> held(tier) <= 10);
    assertThat(held(tier)).isPositive();
  }
}
