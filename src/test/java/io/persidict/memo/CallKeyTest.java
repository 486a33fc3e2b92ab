package io.persidict.memo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class CallKeyTest {
  @Test
  void simpleCallsReadAsTheyAreWritten() {
    assertThat(CallKey.of("area v2", List.of(3, 4L, "cm", true)))
        .isEqualTo("area v2(3, 4L, \"cm\", true)");
    assertThat(CallKey.of("f", Collections.singletonList(null))).isEqualTo("f(null)");
    assertThat(CallKey.of("f", List.of("\\\""))).isEqualTo("f(\"\\\\\\\"\")");
    assertThat(CallKey.of("now", List.of())).isEqualTo("now()");
  }

  @Test
  void othersAreLists() {
    assertThat(CallKey.of("f", List.of(1, 2.5))).isEqualTo(List.of("f", 1, 2.5));
    assertThat(CallKey.of("f", Arrays.asList(2.5, null))).isEqualTo(Arrays.asList("f", 2.5, null));
  }

  /** All calls with up to three arguments out of those that could be taken for each other. */
  @Test
  void unequalCallsHaveUnequalKeys() {
    List<Object> arguments =
        Arrays.asList(
            null,
            "null",
            true,
            "true",
            1,
            1L,
            "1",
            "1L",
            "",
            "\"",
            "\\",
            "\\\"",
            ", ",
            "\", \"",
            ")",
            "f",
            1.0,
            List.of(),
            List.of("f"));
    List<List<Object>> calls = new ArrayList<>(List.of(List.of()));
    for (int length = 0, start = 0; length < 3; length++) {
      int end = calls.size();
      for (int i = start; i < end; i++) {
        for (Object argument : arguments) {
          List<Object> longer = new ArrayList<>(calls.get(i));
          longer.add(argument);
          calls.add(longer);
        }
      }
      start = end;
    }
    Set<Object> keys = new HashSet<>();
    for (String name : List.of("f", "f ", "f)", "f\"", "1, f")) {
      calls.forEach(call -> keys.add(CallKey.of(name, call)));
    }
    assertThat(keys).hasSize(5 * calls.size()).hasSizeGreaterThan(30_000);
  }
}
