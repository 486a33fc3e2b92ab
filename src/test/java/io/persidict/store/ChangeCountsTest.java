package io.persidict.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.Test;

/**
 * What a change must end is asserted. What it should leave is tried until it is seen: two names may
 * share a stripe, and other tests may be changing something in this process.
 */
final class ChangeCountsTest {
  @Test
  void aWatchEndsWithTheNextChangeOfItsName() {
    await()
        .until(
            () -> {
              ChangeCounts counts = ChangeCounts.ofThisProcess();
              ChangeWatch watch = counts.watch("name");
              counts.begin("other").close();
              boolean outlivesOthers = watch.isUnchanged();
              boolean holdsForTheChange;
              try (ChangeCounts.Change change = counts.begin("name")) {
                assertThat(watch.isUnchanged()).isFalse();
                assertThat(counts.watch("name")).isSameAs(ChangeWatch.NEVER_VALID);
                holdsForTheChange = change.watch().isUnchanged();
              }
              return outlivesOthers && holdsForTheChange && counts.watch("name").isUnchanged();
            });
  }

  @Test
  void whatIsChangedByTwoAtOnceCanBeWatchedWhenBothHaveEnded() {
    await()
        .until(
            () -> {
              ChangeCounts counts = ChangeCounts.ofThisProcess();
              ChangeCounts.Change first = counts.begin("name");
              ChangeCounts.Change second = counts.begin("name");
              assertThat(first.watch().isUnchanged()).isFalse();
              assertThat(second.watch().isUnchanged()).isFalse();
              second.close();
              assertThat(counts.watch("name").isUnchanged()).isFalse();
              first.close();
              return counts.watch("name").isUnchanged();
            });
  }

  @Test
  void aChangeOfAllEndsAllWatches() {
    await()
        .until(
            () -> {
              ChangeCounts counts = ChangeCounts.ofThisProcess();
              ChangeCounts others = ChangeCounts.ofThisProcess();
              ChangeWatch watch = counts.watch("name");
              ChangeWatch othersWatch = others.watch("name");
              others.begin("name").close();
              boolean outlivesOthers = watch.isUnchanged();
              counts.changeAll();
              assertThat(watch.isUnchanged()).isFalse();
              assertThat(othersWatch.isUnchanged()).isFalse();
              return outlivesOthers && others.watch("name").isUnchanged();
            });
  }
}
