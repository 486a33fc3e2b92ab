package io.persidict.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Keys of which Python would keep one, and Java keeps both. */
final class PythonKeysTest {
  /** Keys that Python takes for one. */
  static Stream<List<Object>> onePythonKey() {
    BigInteger big = BigInteger.ONE.shiftLeft(70);
    OffsetDateTime time = OffsetDateTime.of(2026, 1, 2, 3, 4, 5, 0, ZoneOffset.UTC);
    return Stream.of(
        List.of(1, 1L),
        List.of(1L, 1.0),
        List.of(true, 1L),
        List.of(false, 0.0),
        List.of(0.0, -0.0),
        List.of((short) 7, BigInteger.valueOf(7)),
        List.of(big, big.doubleValue()),
        List.of(List.of(1L, "x"), List.of(1.0, "x")),
        List.of(new byte[] {1}, new byte[] {1}),
        List.of(time, time.withOffsetSameInstant(ZoneOffset.ofHours(2))));
  }

  @ParameterizedTest
  @MethodSource("onePythonKey")
  void keysThatAreOneInPythonAreRefused(List<Object> keys) {
    Set<Object> set = new LinkedHashSet<>(keys);
    Map<Object, Object> map = new LinkedHashMap<>();
    keys.forEach(key -> map.put(key, "value"));
    for (Format<Object> format :
        List.of(new PickleFormat<>(Object.class), new JsonFormat<>(Object.class))) {
      for (Object value : List.of(set, map, List.of(Map.of("inside", set)))) {
        assertThatExceptionOfType(FormatException.class)
            .as("%s of %s", format.extension(), value)
            .isThrownBy(() -> format.encode(value));
      }
      assertThat(format.decode(format.encode(Set.of(keys.get(0))))).isInstanceOf(Set.class);
    }
    assertThatExceptionOfType(FormatException.class)
        .isThrownBy(() -> new PickleFormat<>(Object.class).encode(map))
        .withMessageContaining("which are one key in Python");
  }

  @Test
  void numbersThatPythonTellsApartOrPicklesDoNotHold() {
    PickleFormat<Object> format = new PickleFormat<>(Object.class);
    Set<Object> apart = new LinkedHashSet<>(List.of(1L, 1.5, "1", 2.0, (1L << 53) + 1));
    apart.add(Math.scalb(1.0, 53));
    assertThat((Set<?>) format.decode(format.encode(apart))).hasSize(6);
    assertThatExceptionOfType(FormatException.class)
        .isThrownBy(() -> format.encode(Map.of(new BigDecimal("1.0"), 1)))
        .withMessageContaining("BigDecimal");
  }
}
