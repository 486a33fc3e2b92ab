package io.persidict.store;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class ChangeCountsTest {
  private final ChangeCounts counts = ChangeCounts.ofThisProcess();

  @Test
  void aWatchEndsWithTheNextChangeOfItsName() {
    ChangeWatch watch = counts.watch("name");
    counts.begin("other").close();
    assertThat(watch.isUnchanged()).isTrue();
    try (ChangeCounts.Change change = counts.begin("name")) {
      assertThat(watch.isUnchanged()).isFalse();
      assertThat(counts.watch("name")).isSameAs(ChangeWatch.NEVER_VALID);
      assertThat(change.watch().isUnchanged()).isTrue();
    }
    assertThat(counts.watch("name").isUnchanged()).isTrue();
  }

  @Test
  void whatIsChangedByTwoAtOnceCanBeWatchedWhenBothHaveEnded() {
    ChangeCounts.Change first = counts.begin("name");
    ChangeCounts.Change second = counts.begin("name");
    assertThat(first.watch().isUnchanged()).isFalse();
    assertThat(second.watch().isUnchanged()).isFalse();
    second.close();
    assertThat(counts.watch("name").isUnchanged()).isFalse();
    first.close();
    assertThat(counts.watch("name").isUnchanged()).isTrue();
  }

  @Test
  void aChangeOfAllEndsAllWatches() {
    ChangeCounts others = ChangeCounts.ofThisProcess();
    ChangeWatch watch = counts.watch("name");
    ChangeWatch othersWatch = others.watch("name");
    others.begin("name").close();
    assertThat(watch.isUnchanged()).isTrue();
    counts.changeAll();
    assertThat(watch.isUnchanged()).isFalse();
    assertThat(othersWatch.isUnchanged()).isFalse();
    assertThat(others.watch("name").isUnchanged()).isTrue();
  }
}
