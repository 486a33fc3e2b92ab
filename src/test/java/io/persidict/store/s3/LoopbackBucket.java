package io.persidict.store.s3;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Predicate;

/** The objects of a bucket. Each step on one of them is atomic. */
final class LoopbackBucket {
  /** An object; the ETag without quotes. */
  @SuppressWarnings("ArrayRecordComponent")
  record Thing(byte[] bytes, String etag, Instant lastModified, Map<String, String> metadata) {}

  /** An upload in parts. */
  record Parts(String key, Map<String, String> metadata, SortedMap<Integer, byte[]> parts) {}

  private final NavigableMap<String, Thing> things = new ConcurrentSkipListMap<>();
  final Map<String, Parts> uploads = new ConcurrentHashMap<>();

  Optional<Thing> get(String key) {
    return Optional.ofNullable(things.get(key));
  }

  /** Replaces what {@code condition} holds of; tells whether it did. */
  synchronized boolean put(String key, Thing thing, Predicate<Optional<Thing>> condition) {
    boolean holds = condition.test(get(key));
    if (holds) {
      things.put(key, thing);
    }
    return holds;
  }

  synchronized boolean delete(String key, Predicate<Optional<Thing>> condition) {
    boolean holds = condition.test(get(key));
    if (holds) {
      things.remove(key);
    }
    return holds;
  }

  synchronized void age(Duration by) {
    things.replaceAll(
        (key, thing) ->
            new Thing(
                thing.bytes(), thing.etag(), thing.lastModified().minus(by), thing.metadata()));
  }

  /** The objects with that prefix, in order, from after a key on. */
  SortedMap<String, Thing> list(String prefix, String after) {
    SortedMap<String, Thing> from = things.tailMap(prefix.compareTo(after) > 0 ? prefix : after);
    SortedMap<String, Thing> found = new TreeMap<>();
    for (Map.Entry<String, Thing> each : from.entrySet()) {
      if (!each.getKey().startsWith(prefix)) {
        break;
      }
      if (each.getKey().compareTo(after) > 0) {
        found.put(each.getKey(), each.getValue());
      }
    }
    return found;
  }

  static String md5(byte[] bytes) {
    return hash("MD5", bytes);
  }

  static String hash(String algorithm, byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }
}
