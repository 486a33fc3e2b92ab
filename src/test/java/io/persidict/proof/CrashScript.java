package io.persidict.proof;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import javax.cache.Cache;

/**
 * Steps of one writer on a few keys of its own, always the same, so that the number of the last
 * step that was acknowledged tells what must be stored. Values are of all sizes up to some that
 * take several writes.
 */
final class CrashScript {
  /** How many keys a writer has. */
  static final int KEYS = 5;

  private static final int[] SIZES = {0, 100, 5_000, 70_000, 300_000};

  private CrashScript() {}

  static String key(int writer, int number) {
    return "w" + writer + "k" + number;
  }

  /** What step {@code step} writes. */
  static byte[] value(int step) {
    byte[] bytes = new byte[SIZES[(step + step / KEYS) % SIZES.length] + step % 7];
    Arrays.fill(bytes, (byte) step);
    return bytes;
  }

  private static int number(int step) {
    return step % KEYS;
  }

  /** Seven in turn, so that a key sees 0, 5, 3, 1, 6, 4, 2, of which each changes something. */
  private static int kind(int step) {
    return step % 7;
  }

  /** Carries a step out. */
  static void perform(Cache<String, byte[]> cache, int writer, int step) {
    String key = key(writer, number(step));
    byte[] value = value(step);
    switch (kind(step)) {
      case 0 -> cache.put(key, value);
      case 5 -> cache.replace(key, value);
      case 3 -> cache.getAndRemove(key);
      case 1 -> cache.putIfAbsent(key, value);
      case 6 ->
          cache.invoke(
              key,
              (entry, none) -> {
                entry.setValue(value);
                return null;
              });
      case 4 -> cache.remove(key);
      default -> cache.getAndPut(key, value);
    }
  }

  /** The step that wrote the value of each key that is there after {@code steps} steps. */
  static Map<Integer, Integer> after(int steps) {
    Map<Integer, Integer> stored = new HashMap<>();
    for (int step = 0; step < steps; step++) {
      int number = number(step);
      int written = step;
      switch (kind(step)) {
        case 5 -> stored.computeIfPresent(number, (same, before) -> written);
        case 3, 4 -> stored.remove(number);
        case 1 -> stored.putIfAbsent(number, written);
        default -> stored.put(number, written);
      }
    }
    return stored;
  }
}
