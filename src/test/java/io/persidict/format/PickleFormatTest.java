package io.persidict.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import net.razorvine.pickle.Unpickler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class PickleFormatTest {
  private static final PickleFormat<Object> PKL = new PickleFormat<>(Object.class);

  /** A pickle made by Python's own module. */
  record Made(String name, int protocol, byte[] bytes) {
    @Override
    public String toString() {
      return name + ", protocol " + protocol;
    }
  }

  private static Stream<Made> made(String file) throws Exception {
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(
                Objects.requireNonNull(
                    PickleFormatTest.class.getResourceAsStream("/interop/" + file)),
                StandardCharsets.US_ASCII))) {
      return lines
          .lines()
          .map(line -> line.split("\t"))
          .map(f -> new Made(f[0], Integer.parseInt(f[1]), HexFormat.of().parseHex(f[2])))
          .toList()
          .stream();
    }
  }

  static Stream<Made> pickles() throws Exception {
    return made("pickles.tsv");
  }

  static Stream<Made> refusedPickles() throws Exception {
    return made("refused-pickles.tsv");
  }

  private static byte[] range(int from, int to, int times) {
    byte[] bytes = new byte[(to - from) * times];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (from + i % (to - from));
    }
    return bytes;
  }

  /** What the pickles of that name hold. */
  private static Object expected(String name) {
    LocalDateTime time = LocalDateTime.of(2026, 1, 2, 3, 4, 5);
    List<Object> shared = List.of(1L, "x");
    return switch (name) {
      case "none" -> NullValue.NULL;
      case "true" -> true;
      case "false" -> false;
      case "zero" -> 0L;
      case "byte" -> 255L;
      case "short" -> 65535L;
      case "int" -> -2147483648L;
      case "long" -> Long.MIN_VALUE;
      case "big" -> BigInteger.valueOf(Long.MIN_VALUE).subtract(BigInteger.ONE);
      case "huge" -> BigInteger.valueOf(3).pow(2000);
      case "float" -> -0.0;
      case "max" -> 1e308;
      case "inf" -> Double.NEGATIVE_INFINITY;
      case "empty" -> "";
      case "text" -> "na\u00efve \u2603 \ud83d\ude00 \u0000\u001f";
      case "half" -> "a\ud83db";
      case "longtext" -> "\u00e9".repeat(300);
      case "bytes" -> new byte[] {0, -1, 'a', 'b', 'c'};
      case "nobytes" -> new byte[0];
      case "longbytes" -> range(0, 256, 2);
      case "list" -> Arrays.asList(1L, List.of(2L, List.of()), "x", null);
      case "longlist" -> LongStream.range(0, 2500).boxed().toList();
      case "tuple" ->
          List.of(1L, "two", 3.0, List.of(), List.of(4L), List.of(5L, 6L), List.of(7L, 8L, 9L));
      case "dict" -> {
        Map<Object, Object> map = new LinkedHashMap<>();
        map.put("a", 1L);
        map.put(2L, "b");
        map.put(null, List.of());
        map.put(List.of(1L, "k"), Map.of());
        map.put(true, new byte[] {'x'});
        yield map;
      }
      case "set" -> Set.of(1L, 2L, 3L);
      case "tupleset" -> Set.of(List.of(1L, 2L), List.of(3L));
      case "noset" -> Set.of();
      case "shared" -> List.of(shared, shared, List.of(shared));
      case "date" -> LocalDate.of(2026, 1, 2);
      case "datetime" -> time.withNano(678_901_000);
      case "fold" -> time;
      case "utc" -> time.atOffset(ZoneOffset.UTC);
      case "offset" -> time.atOffset(ZoneOffset.ofHoursMinutes(-3, -30));
      case "times" ->
          List.of(
              LocalDate.of(1, 1, 1),
              LocalDateTime.of(9999, 12, 31, 23, 59, 59, 999_999_000),
              LocalDate.of(1, 1, 1));
      default -> throw new AssertionError(name);
    };
  }

  private static void requireSame(Object actual, Object expected) {
    assertThat(actual).usingRecursiveComparison().isEqualTo(expected);
    assertThat(actual.equals(expected))
        .isEqualTo(!(expected instanceof byte[]) && !expected.toString().contains("[B@"));
  }

  @ParameterizedTest
  @MethodSource("pickles")
  void readsWhatPythonWrote(Made pickle) {
    requireSame(PKL.decode(pickle.bytes), expected(pickle.name));
    requireSame(PKL.decode(Lz4Frame.of(pickle.bytes, true)), expected(pickle.name));
  }

  @Test
  void thereIsAPickleOfEachValueForEachProtocol() throws Exception {
    assertThat(pickles()).hasSize(34 * 4);
    assertThat(refusedPickles()).hasSize(19 * 4);
  }

  @ParameterizedTest
  @MethodSource("pickles")
  void keepsWhatItReads(Made pickle) {
    requireSame(PKL.decode(PKL.encode(PKL.decode(pickle.bytes))), expected(pickle.name));
  }

  @Test
  void anIndependentReaderReadsWhatIsWritten() throws Exception {
    Map<Object, Object> value = new LinkedHashMap<>();
    value.put("text", "na\u00efve \ud83d\ude00");
    value.put(List.of(1L, 2L), Arrays.asList(true, null, 1.25, -5L, 1L << 40, Set.of("x")));
    value.put("big", BigInteger.TEN.pow(40));
    value.put("many", LongStream.range(0, 50_000).boxed().toList());
    byte[] bytes = PKL.encode(value);
    byte[] pickle;
    try (net.jpountz.lz4.LZ4FrameInputStream in =
        new net.jpountz.lz4.LZ4FrameInputStream(new java.io.ByteArrayInputStream(bytes))) {
      pickle = in.readAllBytes();
    }
    assertThat(bytes.length).as("compressed").isLessThan(pickle.length);
    Map<?, ?> read = (Map<?, ?>) new Unpickler().loads(pickle);
    assertThat(read.get("text")).isEqualTo("na\u00efve \ud83d\ude00");
    assertThat(read.get("big")).isEqualTo(BigInteger.TEN.pow(40));
    assertThat((List<?>) read.get("many")).hasSize(50_000);
    List<Object> list = Arrays.asList(true, null, 1.25, -5, 1L << 40, Set.of("x"));
    assertThat(read.values().stream().anyMatch(list::equals)).isTrue();
  }

  @Test
  void keepsSmallerIntegersAsLong() {
    assertThat(PKL.decode(PKL.encode(List.of(1, (short) 2, (byte) 3))))
        .isEqualTo(List.of(1L, 2L, 3L));
  }

  static Stream<Object> refusedValues() {
    return Stream.of(
        1.5f,
        new BigDecimal("1.5"),
        'c',
        Instant.EPOCH,
        LocalTime.NOON,
        new int[] {1},
        LocalDate.of(10_000, 1, 1),
        LocalDateTime.of(2026, 1, 1, 0, 0, 0, 1),
        OffsetDateTime.of(0, 1, 1, 0, 0, 0, 0, ZoneOffset.UTC),
        List.of(NullValue.NULL),
        Set.of(Set.of()),
        Set.of(Map.of()),
        Map.of(Map.of(), 1),
        Map.of(List.of(Set.of()), 1),
        new Object());
  }

  @ParameterizedTest
  @MethodSource("refusedValues")
  void refusesValuesThatPythonOrJavaWouldNotReadBack(Object value) {
    assertThatExceptionOfType(FormatException.class).isThrownBy(() -> PKL.encode(value));
  }

  @Test
  void refusesCyclesAndTypesThatNoPickleHolds() {
    List<Object> cyclic = new ArrayList<>();
    cyclic.add(cyclic);
    assertThatExceptionOfType(FormatException.class)
        .isThrownBy(() -> PKL.encode(cyclic))
        .withMessageContaining("500");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new PickleFormat<>(Integer.class))
        .withMessageContaining("java.lang.Integer")
        .withMessageContaining("Long");
    assertThatExceptionOfType(FormatException.class)
        .isThrownBy(() -> new PickleFormat<>(String.class).decode(PKL.encode(List.of())))
        .withMessage("it holds a java.util.List, not a java.lang.String");
    assertThatExceptionOfType(FormatException.class)
        .isThrownBy(() -> new PickleFormat<>(String.class).decode(PKL.encode(NullValue.NULL)))
        .withMessage("it holds None, not a java.lang.String");
  }

  @Test
  void keepsTheDeepestValue() {
    Object deep = 1L;
    for (int i = 0; i < 500; i++) {
      deep = i % 2 == 0 ? List.of(deep) : Map.of("k", deep);
    }
    assertThat(PKL.decode(PKL.encode(deep))).isEqualTo(deep);
    assertThatExceptionOfType(FormatException.class).isThrownBy(() -> PKL.encode(nested(501)));
  }

  private static Object nested(int depth) {
    Object value = 1L;
    for (int i = 0; i < depth; i++) {
      value = List.of(value);
    }
    return value;
  }

  // ---- hostile pickles

  @ParameterizedTest
  @MethodSource("refusedPickles")
  void refusesAllButBasicValues(Made pickle) {
    assertThatExceptionOfType(FormatException.class)
        .isThrownBy(() -> PKL.decode(pickle.bytes))
        .withMessageContaining(
            switch (pickle.name) {
              case "os.system" -> "posix.system, which is never loaded or called";
              case "function" -> ".len";
              case "cycle", "mapcycle" -> "holds itself";
              case "deep", "deeptuple", "deepdict" -> "deeper than 500";
              case "timedelta", "timezone" -> "which is no basic value";
              case "micro-offset" -> "t";
              default -> "it";
            })
        .returns(false, FormatException::isMalformed);
  }

  @ParameterizedTest
  @MethodSource("pickles")
  void refusesTruncatedPickles(Made pickle) {
    byte[] frame = Lz4Frame.of(pickle.bytes, true);
    for (byte[] whole : List.of(pickle.bytes, frame)) {
      int step = Math.max(1, whole.length / 200);
      for (int length = 0; length < whole.length; length += step) {
        byte[] part = Arrays.copyOf(whole, length);
        assertThatExceptionOfType(FormatException.class)
            .isThrownBy(() -> PKL.decode(part))
            .returns(true, FormatException::isMalformed);
      }
      byte[] longer = Arrays.copyOf(whole, whole.length + 1);
      assertThatExceptionOfType(FormatException.class).isThrownBy(() -> PKL.decode(longer));
    }
  }

  @Test
  void whateverIsDamagedIsReadOrRefused() throws Exception {
    Random random = new Random(4);
    List<Made> all = pickles().filter(made -> made.bytes.length < 1000).toList();
    int read = 0;
    for (int i = 0; i < 50_000; i++) {
      byte[] bytes = all.get(random.nextInt(all.size())).bytes.clone();
      for (int j = random.nextInt(3); j >= 0; j--) {
        bytes[2 + random.nextInt(bytes.length - 2)] = (byte) random.nextInt(256);
      }
      try {
        PKL.decode(i % 2 == 0 ? bytes : Lz4Frame.of(bytes, i % 4 == 1));
        read++;
      } catch (FormatException e) {
        assertThat(e).hasMessageStartingWith("it");
      }
    }
    assertThat(read).isPositive();
  }

  private static byte[] pickle(String start, String repeated, int times, String end) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {(byte) 0x80, 4});
    out.writeBytes(start.getBytes(StandardCharsets.ISO_8859_1));
    out.writeBytes(repeated.repeat(times).getBytes(StandardCharsets.ISO_8859_1));
    out.writeBytes(end.getBytes(StandardCharsets.ISO_8859_1));
    return out.toByteArray();
  }

  static Stream<byte[]> bombs() {
    int size = 10_000_000;
    return Stream.of(
        // nested lists, with and without marks, as tuples, never closed and closed
        pickle("", "]", size, "."),
        pickle("", "]", size / 2, "a".repeat(size / 2 - 1) + "."),
        pickle("", "](", size / 2, "."),
        pickle("N", "\u0085", size, "."),
        pickle("(", "]", size, "."),
        pickle("", "(", size, "."),
        // a flat tuple's lists, each put into the one before
        pickle("(", "]\u0094", 1_000_000, "a".repeat(999_999) + "t."),
        // each list twice in the next one: small, but 2 to the power of 100,000 when walked
        pickle("]\u0094", "]\u0094(h\u0000h\u0000e", 1, "0."),
        doubled(")\u0094", "\u0086\u0094", 60, "}h%cN" + "s."),
        doubled("]\u0094", "\u0086\u0094", 100_000, "."),
        // lengths that are not there
        pickle("X\u00ff\u00ff\u00ff\u007f", "", 0, "."),
        pickle("\u008d\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u007f", "", 0, "."),
        pickle("B\u00ff\u00ff\u00ff\u007f", "", 0, "."),
        pickle("\u008b\u00ff\u00ff\u00ff\u007f", "", 0, "."),
        pickle("\u008b\u00ff\u00ff\u00ff\u00ff", "", 0, "."),
        pickle("\u0095\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff", "", 0, "N."),
        pickle("Nr\u00ff\u00ff\u00ff\u007f", "", 0, "."),
        // what the LZ4 frame makes large
        Lz4Frame.of(pickle("(", "]", 60_000_000, "t."), true),
        Lz4Frame.of(pickle("(", "K\u00ff", 50_000_000, "t."), true),
        Lz4Frame.of(pickle("", "N", 200_000_000, "."), true),
        colliding(1_000_000));
  }

  /** Tuples each of which holds the one before twice. */
  private static byte[] doubled(String first, String next, int times, String end) {
    StringBuilder text = new StringBuilder(first);
    for (int i = 0; i < times; i++) {
      for (int twice = 0; twice < 2; twice++) {
        text.append('j');
        for (int shift = 0; shift < 32; shift += 8) {
          text.append((char) (i >> shift & 0xff));
        }
      }
      text.append(next);
    }
    return pickle(text + String.format(end, (char) times), "", 0, "");
  }

  /** A dict whose keys are tuples with one and the same hash. */
  private static byte[] colliding(int keys) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(pickle("}(", "", 0, ""));
    for (int i = 0; i < keys; i++) {
      out.write('J');
      word(out, i);
      out.writeBytes(new byte[] {(byte) 0x8a, 5});
      word(out, -31 * i);
      out.writeBytes(new byte[] {0, (byte) 0x86, 'N'});
    }
    out.writeBytes(new byte[] {'u', '.'});
    return out.toByteArray();
  }

  private static void word(ByteArrayOutputStream out, int word) {
    for (int shift = 0; shift < 32; shift += 8) {
      out.write(word >> shift);
    }
  }

  /** What goes off takes hours; what is bounded, seconds, of which a busy machine makes more. */
  @Test
  void bombsCostOneBoundedError() {
    int[] number = {0};
    bombs()
        .forEach(
            bomb -> {
              long start = System.nanoTime();
              assertThatExceptionOfType(FormatException.class)
                  .as("bomb %s", ++number[0])
                  .isThrownBy(() -> PKL.decode(bomb));
              assertThat(Duration.ofNanos(System.nanoTime() - start))
                  .as("bomb %s", number[0])
                  .isLessThan(Duration.ofMinutes(10));
            });
  }

  @Test
  void manySimilarValuesAreNoBomb() {
    List<Object> rows = new ArrayList<>();
    for (long i = 0; i < 300_000; i++) {
      rows.add(Map.of("a", 0L));
    }
    assertThat(PKL.decode(PKL.encode(rows))).isEqualTo(rows);
    Map<Object, Object> grid = new LinkedHashMap<>();
    for (long x = 0; x < 300; x++) {
      for (long y = 0; y < 300; y++) {
        grid.put(List.of(x, y), "");
      }
    }
    assertThat(PKL.decode(PKL.encode(grid))).isEqualTo(grid);
    byte[] zeros = new byte[80_000_000];
    assertThat(Arrays.equals((byte[]) PKL.decode(PKL.encode(zeros)), zeros)).isTrue();
  }
}
