package io.persidict.store.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.persidict.store.ETag;
import org.junit.jupiter.api.Test;

/** What the history of an object that another program put there tells. */
final class VersionTest {
  private static final WriteId ID = new WriteId("AAAAAAAA", 1);

  private final Version foreign = new Version(new ETag("a"), false, WriteHistory.NONE);
  private final Version otherForeign = new Version(new ETag("b"), false, WriteHistory.NONE);

  @Test
  void aVersionFollowsTheForeignOneThatItReplacesAndNoOther() {
    Version next = new Version(new ETag("c"), false, foreign.replacedBy(ID));
    assertThat(next.origin()).isEqualTo(foreign.origin());
    assertThat(next.follows(foreign)).isTrue();
    assertThat(next.follows(otherForeign)).isFalse();
    assertThat(next.hasReplacedNothing()).isFalse();
  }

  @Test
  void foreignVersionsOfDifferentETagsAreDifferentAndMayHaveReplacedAnything() {
    assertThat(foreign.origin()).isPresent().isNotEqualTo(otherForeign.origin());
    assertThat(foreign.follows(otherForeign)).isFalse();
    assertThat(foreign.hasReplacedNothing()).isFalse();
  }
}
