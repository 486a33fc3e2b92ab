package io.persidict;

import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Changes valid files at random, for tests of who reads them. */
public final class Mutator {
  /**
   * How many changes a test makes: a few thousand; for a long run, as many as the system property
   * {@code test.mutations} says.
   */
  public static final int COUNT = Integer.getInteger("test.mutations", 4000);

  private Mutator() {}

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
