package io.persidict.format;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 10, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class CborFormatTest {
  private static final CborFormat<Object> CBOR = new CborFormat<>(Object.class, false);

  static Stream<Object> basic() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("z", 1L);
    map.put("a", null);
    return Stream.of(
        NullValue.NULL,
        true,
        0L,
        -1L,
        Long.MAX_VALUE,
        Long.MIN_VALUE,
        BigInteger.TEN.pow(40).negate(),
        0.1,
        -0.0,
        Double.NaN,
        Double.NEGATIVE_INFINITY,
        "",
        "na\u00efve \u2603 \ud83d\ude00",
        "x".repeat(100_000),
        new byte[] {-1, 0, 1},
        new ArrayList<>(Arrays.asList(1L, null, "x", List.of())),
        map,
        Set.of("a", List.of(1L)),
        LocalDate.EPOCH,
        LocalDateTime.of(2026, 1, 2, 3, 4, 5, 6_000),
        LocalDateTime.of(2026, 1, 2, 3, 4, 5).atOffset(ZoneOffset.ofHours(2)));
  }

  @ParameterizedTest
  @MethodSource("basic")
  void basicValuesComeBackAsTheyWere(Object value) {
    assertThat(CBOR.decode(CBOR.encode(value))).isEqualTo(value);
  }

  @Test
  void isSmallerThanJson() {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      rows.add(Map.of("id", (long) i, "price", i / 7.0, "name", "n" + i));
    }
    assertThat(CBOR.encode(rows))
        .hasSizeLessThan(new JsonFormat<>(Object.class).encode(rows).length / 2);
  }

  /** Lengths of what is not there, depth, and what is left out or too much. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "5a7fffffff00", // bytes
        "7a7fffffff00", // text
        "5b7fffffffffffffff00",
        "9a7fffffff00", // a list
        "ba7fffffff6161", // a map
        "c25a7fffffff00", // a number
        "7f7a7fffffff61", // text in parts
        "5f5a7fffffff61",
        "00ff",
        "0000",
        "ff",
        "d818", // a tag of nothing
        "fa3f800000", // a float, which no basic value is
      })
  void whatIsNotThereIsNotMadeRoomFor(String hex) {
    assertThatExceptionOfType(FormatException.class)
        .isThrownBy(() -> CBOR.decode(HexFormat.of().parseHex(hex)));
  }

  @Test
  void nestsOnlySoDeep() {
    byte[] lists = new byte[10_000_000];
    Arrays.fill(lists, (byte) 0x81);
    assertThatExceptionOfType(FormatException.class).isThrownBy(() -> CBOR.decode(lists));
    Object value = "leaf";
    for (int i = 0; i < 600; i++) {
      value = List.of(value);
    }
    Object deep = value;
    assertThatExceptionOfType(FormatException.class).isThrownBy(() -> CBOR.encode(deep));
  }

  record Texts(List<String> texts) {}

  /** Text that is referred to by number, which costs two bytes a time. */
  @Test
  void textThatStandsInManyPlacesCountsInEach() {
    byte[] text = "x".repeat(1 << 20).getBytes(ISO_8859_1);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(HexFormat.of().parseHex("d90100" + "a1" + "65" + "7465787473" + "9f"));
    bytes.writeBytes(HexFormat.of().parseHex("7a00100000"));
    bytes.writeBytes(text);
    for (int i = 0; i < 1_000_000; i++) {
      bytes.writeBytes(new byte[] {(byte) 0xd8, 25, 1}); // the second string, after the name
    }
    bytes.write(0xff);
    Format<Texts> bound = new CborFormat<>(Texts.class, false);
    assertThatExceptionOfType(FormatException.class)
        .isThrownBy(() -> bound.decode(bytes.toByteArray()))
        .withMessageContaining("again and again");
    assertThatExceptionOfType(FormatException.class)
        .isThrownBy(() -> CBOR.decode(bytes.toByteArray()));
  }

  @Test
  void aLongListIsRead() {
    List<Long> numbers = new ArrayList<>(Collections.nCopies(1_000_000, 7L));
    assertThat(CBOR.decode(CBOR.encode(numbers)).equals(numbers)).isTrue();
  }
}
