package io.persidict;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Changes valid files at random, for tests of who reads them. */
public final class Mutator {
  private static final @Nullable String LONG_FORM = System.getProperty("test.fuzzing");

  private Mutator() {}

  /**
   * Numbers what a test tries: {@code shortForm} times or, if the system property {@code
   * test.fuzzing} is a duration, as often as that allows.
   *
   * @param what names in the report what is tried
   */
  public static Iterable<Integer> tries(String what, int shortForm) {
    if (LONG_FORM == null) {
      return () -> IntStream.range(0, shortForm).iterator();
    }
    long end = System.nanoTime() + Duration.parse(LONG_FORM).toNanos();
    return () -> IntStream.iterate(0, i -> isBefore(end, what, i), i -> i + 1).iterator();
  }

  private static boolean isBefore(long end, String what, int tried) {
    boolean isBefore = System.nanoTime() < end;
    if (!isBefore) {
      System.out.printf("%s: %,d changes in %s%n", what, tried, LONG_FORM);
    }
    return isBefore;
  }

  /** One of {@code seeds} with up to four changes: bytes, cuts, parts twice, parts of another. */
  public static byte[] mutated(List<byte[]> seeds, Random random) {
    byte[] bytes = seeds.get(random.nextInt(seeds.size())).clone();
    int changes = 1 + random.nextInt(4);
    for (int i = 0; i < changes && bytes.length > 0; i++) {
      int at = random.nextInt(bytes.length);
      switch (random.nextInt(7)) {
        case 0 -> bytes[at] = (byte) random.nextInt(256);
        case 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 2 -> bytes[at] = new byte[] {0, -1, 0x7f, (byte) 0x80, 1}[random.nextInt(5)];
        case 3 -> bytes = Arrays.copyOf(bytes, at); // cut off
        case 4 -> bytes = spliced(bytes, at, bytes, random); // a part twice
        case 5 -> bytes = spliced(bytes, at, seeds.get(random.nextInt(seeds.size())), random);
        default -> { // a part taken out
          int end = Math.min(bytes.length, at + 1 + random.nextInt(16));
          byte[] shorter = Arrays.copyOf(bytes, bytes.length - (end - at));
          System.arraycopy(bytes, end, shorter, at, bytes.length - end);
          bytes = shorter;
        }
      }
    }
    return bytes;
  }

  private static byte[] spliced(byte[] into, int at, byte[] from, Random random) {
    if (from.length == 0 || into.length > 100_000) {
      return into;
    }
    int start = random.nextInt(from.length);
    int length = Math.min(1 + random.nextInt(64), from.length - start);
    byte[] longer = Arrays.copyOf(into, into.length + length);
    System.arraycopy(from, start, longer, at, length);
    System.arraycopy(into, at, longer, at + length, into.length - at);
    return longer;
  }
}
