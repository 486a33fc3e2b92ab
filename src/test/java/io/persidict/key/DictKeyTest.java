package io.persidict.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class DictKeyTest {
  @Test
  void equalSegmentsMakeEqualKeys() {
    assertThat(DictKey.of("a", "b")).isEqualTo(new DictKey(List.of("a", "b")));
    assertThat(DictKey.of("a", "b")).isNotEqualTo(DictKey.of("a/b".replace('/', '.')));
    assertThat(DictKey.of("a", "b")).hasToString("a/b");
    assertThat(DictKey.of("L".repeat(DictKey.MAX_SEGMENT)).segments()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", ".", "..", "a b", "a/b", "a\\b", "a:b", "caf\u00e9", "a\u0000", "*", "\n"})
  void refusesUnsafeSegments(String segment) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DictKey.of("fine", segment))
        .withMessageContaining("allowed are 1 to 253 of A-Z a-z 0-9 ( ) _ - ~ . =");
  }

  @Test
  void namesWhatIsWrong() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DictKey.of("L".repeat(254)))
        .withMessageContaining("has 254 characters");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DictKey.of("a\u00e9"))
        .withMessageContaining("contains U+00E9");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new DictKey(List.of()))
        .withMessageContaining("at least one segment");
    assertThatNullPointerException().isThrownBy(() -> new DictKey(Arrays.asList("a", null)));
  }
}
