package io.persidict.maintenance;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/** Sequences of keys as caches are asked for them, and what exact LRU makes of them. */
public final class Traces {
  private Traces() {}

  /** Keys of which the k-th is asked for with a probability proportional to {@code 1/k^0.99}. */
  public static int[] zipf(int length, int keys, long seed) {
    double[] sums = new double[keys];
    double sum = 0;
    for (int i = 0; i < keys; i++) {
      sum += 1 / Math.pow(i + 1, 0.99);
      sums[i] = sum;
    }
    Random random = new Random(seed);
    int[] trace = new int[length];
    for (int i = 0; i < length; i++) {
      int found = Arrays.binarySearch(sums, random.nextDouble() * sum);
      trace[i] = Math.min(keys - 1, found < 0 ? -found - 1 : found);
    }
    return trace;
  }

  /** The same, but from time to time other keys become those that are asked for most. */
  public static int[] shifting(int length, int keys, long seed) {
    int[] trace = zipf(length, keys, seed);
    for (int i = 0; i < length; i++) {
      trace[i] = (trace[i] + i / 50_000 * 997) % keys;
    }
    return trace;
  }

  /** The same, with scans in between over keys that nobody asks for again. */
  public static int[] scans(int length, int keys, long seed) {
    return mixed(length, keys, seed, Integer.MAX_VALUE / 2);
  }

  /** The same, with scans that go over the same keys again and again. */
  public static int[] loops(int length, int keys, long seed) {
    return mixed(length, keys, seed, keys / 2);
  }

  private static int[] mixed(int length, int keys, long seed, int others) {
    int[] zipf = zipf(length, keys, seed);
    Random random = new Random(seed);
    int[] trace = new int[length];
    int next = 0;
    int scanned = 0;
    for (int i = 0; i < length; ) {
      int end = Math.min(length, i + keys / 50 + random.nextInt(keys / 5));
      while (i < end) {
        trace[i++] = zipf[next++];
      }
      end = Math.min(length, i + keys / 50 + random.nextInt(keys / 10));
      while (i < end) {
        trace[i++] = keys + scanned++ % others;
      }
    }
    return trace;
  }

  /** The share of the last three quarters of a trace that exact LRU has. */
  public static double lru(int[] trace, int capacity) {
    Map<Integer, Boolean> cache =
        new LinkedHashMap<>(16, 0.75f, true) {
          @Override
          protected boolean removeEldestEntry(Map.Entry<Integer, Boolean> eldest) {
            return size() > capacity;
          }
        };
    int hits = 0;
    for (int i = 0; i < trace.length; i++) {
      boolean hit = cache.put(trace[i], true) != null;
      hits += hit && i >= trace.length / 4 ? 1 : 0;
    }
    return hits / (0.75 * trace.length);
  }
}
