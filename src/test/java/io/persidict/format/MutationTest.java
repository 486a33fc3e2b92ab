package io.persidict.format;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.persidict.Mutator;
import java.io.InputStream;
import java.math.BigInteger;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Timestamp;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.GregorianCalendar;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Changes valid files at random and reads them: each is a value, which can be hashed, compared and
 * written again, or one {@link FormatException}.
 *
 * <p>Begins with the files below {@code /mutations}, which tests of this class once found or Python
 * wrote, and with values that are written here.
 */
final class MutationTest {
  /** So long may one take on a busy machine; what is not bounded takes for ever. */
  private static final long LIMIT_NANOS = TimeUnit.MINUTES.toNanos(5);

  record Point(int x, Object other) implements java.io.Serializable {}

  private static Format<Object> format(String extension) {
    return Formats.of(
        extension,
        Object.class,
        new AllowList(List.of(Point.class), ""),
        MutationTest.class.getClassLoader());
  }

  private static List<Object> basicValues() {
    LocalDateTime time = LocalDateTime.of(2026, 1, 2, 3, 4, 5);
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("list", new ArrayList<>(Arrays.asList(1L, -1L, null, true, 2.5, "text")));
    map.put("bytes", new byte[] {1, 2, 3});
    map.put("big", BigInteger.TEN.pow(40));
    map.put("times", List.of(LocalDate.EPOCH, time, time.atOffset(ZoneOffset.ofHours(2))));
    map.put("set", Set.of(List.of(1L, List.of(2L)), "x", 5L));
    return List.of(map, "text", new ArrayList<>(Collections.nCopies(300, 7L)), List.of(map, map));
  }

  private static List<Object> javaValues() throws Exception {
    List<Object> values = new ArrayList<>(basicValues());
    EnumMap<TimeUnit, Object> ages = new EnumMap<>(Map.of(TimeUnit.DAYS, 1));
    values.addAll(
        List.of(
            new HashSet<>(List.of(Set.of("a", "b"), Map.of("c", List.of(1)))),
            new TreeMap<>(Map.of("a", new Timestamp(1), "b", new URL("http://host.invalid/"))),
            new ConcurrentHashMap<>(Map.of("k", new Object[] {1, "x", new int[] {1, 2}})),
            Collections.synchronizedList(Arrays.asList(new GregorianCalendar(), ages)),
            new Point(1, new Point(2, Optional.of(Collections.nCopies(3, "x")))),
            new IllegalStateException("x", new RuntimeException())));
    return values;
  }

  private static List<byte[]> seeds(String extension) throws Exception {
    Format<Object> format = format(extension);
    List<byte[]> seeds = new ArrayList<>();
    for (Object value : extension.equals("jser") ? javaValues() : basicValues()) {
      seeds.add(format.encode(value));
      if (extension.equals("pkl")) {
        seeds.add(new PickleWriter().write(value));
      }
    }
    URL corpus = MutationTest.class.getResource("/mutations/" + extension);
    if (corpus != null) {
      try (Stream<Path> files = Files.list(Path.of(corpus.toURI()))) {
        for (Path file : files.sorted().toList()) {
          seeds.add(Files.readAllBytes(file));
        }
      }
    }
    return seeds;
  }

  @ParameterizedTest
  @ValueSource(strings = {"jser", "pkl", "json", "txt", "cbor", "cbor+lz4", "json+zstd"})
  void whateverBytesAreReadTheyAreAValueOrOneFault(String extension) throws Exception {
    Format<Object> format = extension.equals("txt") ? text() : format(extension);
    List<byte[]> seeds =
        extension.equals("txt") ? List.of("na\u00efve".getBytes(UTF_8)) : seeds(extension);
    long seed = Long.getLong("test.seed", 20_261_125L);
    Random random = new Random(seed);
    for (int i : Mutator.tries(extension, 4_000)) {
      byte[] bytes = Mutator.mutated(seeds, random);
      long begun = System.nanoTime();
      try {
        use(format, bytes);
      } catch (Throwable e) {
        throw new AssertionError(described(extension, seed, i, bytes), e);
      }
      if (System.nanoTime() - begun > LIMIT_NANOS) {
        throw new AssertionError("took too long: " + described(extension, seed, i, bytes));
      }
    }
  }

  @SuppressWarnings("unchecked") // text is read as objects here
  private static Format<Object> text() {
    return (Format<Object>) (Format<?>) new TextFormat("txt");
  }

  private static String described(String extension, long seed, int i, byte[] bytes) {
    return extension
        + ", seed "
        + seed
        + ", mutation "
        + i
        + ": "
        + java.util.HexFormat.of().formatHex(bytes);
  }

  /** Reads a value, and does with it what a dictionary may do. */
  @SuppressWarnings("ReturnValueIgnored")
  private static void use(Format<Object> format, byte[] bytes) {
    Object value;
    try {
      value = format.decode(bytes);
    } catch (FormatException e) {
      if (e.getMessage().contains("not read as it was weighed")) {
        throw e; // a scan took the bytes for something else than a reader did
      }
      return;
    }
    if (isPlain(value)) {
      value.hashCode();
      value.equals(value);
    }
    try {
      format.encode(value);
    } catch (FormatException e) {
      // what cannot be written is refused
    }
  }

  /** Whether its own code is the JDK's collections', of which nothing may go wrong. */
  private static boolean isPlain(Object value) {
    return value instanceof List || value instanceof String || value instanceof Number;
  }

  /** The corpus is there: a test that begins with nothing finds nothing. */
  @Test
  void theCorpusIsThere() throws Exception {
    for (String extension : List.of("jser", "pkl", "json")) {
      try (InputStream in = MutationTest.class.getResourceAsStream("/mutations/" + extension)) {
        org.assertj.core.api.Assertions.assertThat(in).as(extension).isNotNull();
      }
    }
  }
}
