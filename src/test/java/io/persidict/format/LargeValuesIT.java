package io.persidict.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** That large values which hold nothing twice are within all limits. */
final class LargeValuesIT {
  private static Format<Object> format(String extension) {
    return Formats.of(
        extension,
        Object.class,
        new AllowList(List.of(), ""),
        LargeValuesIT.class.getClassLoader());
  }

  @ParameterizedTest
  @ValueSource(strings = {"jser", "pkl", "json"})
  void fiveMillionNumbersAreReadAgain(String extension) {
    List<Long> numbers = new ArrayList<>(Collections.nCopies(5_000_000, 0L));
    Format<Object> format = format(extension);
    assertThat(format.decode(format.encode(numbers)).equals(numbers)).isTrue();
  }

  @Test
  void aCompressedPickleOfFiveMillionEqualNumbersIsRead() {
    byte[] pickle = new byte[2 * 5_000_000 + 6];
    pickle[0] = (byte) Opcode.PROTO;
    pickle[1] = 4;
    pickle[2] = Opcode.EMPTY_LIST;
    pickle[3] = Opcode.MARK;
    for (int i = 0; i < 5_000_000; i++) {
      pickle[4 + 2 * i] = Opcode.BININT1;
    }
    pickle[pickle.length - 2] = Opcode.APPENDS;
    pickle[pickle.length - 1] = Opcode.STOP;
    byte[] frame = Lz4Frame.of(pickle, true);
    assertThat(frame.length).isLessThan(100_000);
    assertThat((List<?>) format("pkl").decode(frame)).hasSize(5_000_000);
  }

  @ParameterizedTest
  @ValueSource(strings = {"jser", "pkl", "json"})
  void aHundredMegabytesAreReadAgain(String extension) {
    byte[] bytes = new byte[100 << 20];
    Format<Object> format = format(extension);
    byte[] encoded = format.encode(bytes);
    assertThat(Arrays.equals((byte[]) format.decode(encoded), bytes)).isTrue();
  }

  @Test
  void aCompressedPickleOfAHundredMegabytesOfZerosIsRead() {
    byte[] bytes = new byte[100 << 20];
    byte[] encoded = format("pkl").encode(bytes);
    assertThat(encoded.length).isLessThan(1 << 20);
    assertThat(format("pkl").decode(encoded)).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(strings = {"jser", "pkl"})
  void rowsThatAreTheSameListAreRead(String extension) {
    List<Object> row = new ArrayList<>(Collections.nCopies(1000, 1.5));
    List<Object> rows = new ArrayList<>(Collections.nCopies(1000, row));
    Format<Object> format = format(extension);
    assertThat(format.decode(format.encode(rows))).isEqualTo(rows);
  }

  @Test
  void aMillionKeysAreRead() {
    Map<String, Integer> map =
        IntStream.range(0, 1_000_000).boxed().collect(Collectors.toMap(i -> "k" + i, i -> i));
    Format<Object> format = format("jser");
    assertThat(format.decode(format.encode(map))).isEqualTo(map);
    Set<List<Integer>> pairs =
        IntStream.range(0, 300_000)
            .mapToObj(i -> List.of(i / 500, i % 500))
            .collect(Collectors.toSet());
    assertThat(format.decode(format.encode(pairs))).isEqualTo(pairs);
  }
}
