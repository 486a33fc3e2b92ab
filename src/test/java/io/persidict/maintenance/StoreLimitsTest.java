package io.persidict.maintenance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.persidict.FileDirDict;
import io.persidict.PersiDict;
import io.persidict.key.DictKey;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a store can be kept to, and that a dictionary is. */
final class StoreLimitsTest {
  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(longs = {0, -1, Long.MIN_VALUE})
  void boundsArePositive(long bound) {
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> StoreLimits.NONE.withMaxEntries(bound))
        .withMessageContaining(bound + " entries")
        .withMessageContaining("positive");
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> FileDirDict.at(directory).maxBytes(bound))
        .withMessageContaining(bound + " bytes");
  }

  @ParameterizedTest
  @ValueSource(strings = {"PT0S", "PT-1S"})
  void intervalsArePositive(String interval) {
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> FileDirDict.at(directory).purgeInterval(Duration.parse(interval)))
        .withMessageContaining(interval);
  }

  @Test
  void aBoundInWhichNoEntryHasRoomIsRefused() {
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> FileDirDict.at(directory).maxBytes(100).open(String.class))
        .withMessageContaining("100 bytes")
        .withMessageContaining("allocates");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 9, 10, 1_000, 1L << 40, Long.MAX_VALUE})
  void theSlackIsATenthOrMore(long bound) {
    StoreLimits limits = StoreLimits.NONE.withMaxEntries(bound);
    long slack = Math.max(1, bound / 10);
    assertThat(limits.isAbove(bound, 0, 0)).isFalse();
    if (bound < Long.MAX_VALUE / 2) {
      assertThat(limits.isAbove(bound + 1, 0, 0)).isTrue();
      assertThat(limits.isAbove(bound + slack + 1, 0, 8)).isTrue();
      assertThat(limits.isAbove(bound + slack, 0, 8)).isFalse();
    }
    assertThat(limits.entryTarget()).isBetween(bound - bound / 20 - 1, bound);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 10, 1_000, 1_000_000, Long.MAX_VALUE})
  void whatOneWriterMayHaveAddedUnseenIsNear(long bound) {
    StoreLimits limits = StoreLimits.NONE.withMaxEntries(bound);
    assertThat(limits.isNear(bound, 0)).isTrue();
    assertThat(limits.isNear(limits.entryTarget(), 0)).isEqualTo(bound <= 1_000);
    assertThat(limits.isNear(bound - bound / 20 - 1_000, 0)).isFalse();
  }

  @Test
  void aDictionaryIsKeptToItsBound() {
    try (PersiDict<String> dict =
        FileDirDict.at(directory).maxEntries(50).immutableItems(true).open(String.class)) {
      for (int i = 0; i < 300; i++) {
        dict.put(DictKey.of("a" + i % 7, "k" + i), "v");
        assertThat(dict.size()).isLessThanOrEqualTo(55);
      }
      assertThat(dict.size()).isGreaterThan(30);
    }
    assertThat(directory.resolve(".__maintaining__json")).doesNotExist();
    assertThat(directory.resolve(".__total__json")).exists();
  }
}
