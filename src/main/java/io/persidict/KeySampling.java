package io.persidict;

import io.persidict.key.DictKey;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;

/** Picks from a stream of keys in one pass, without holding all of them. */
final class KeySampling {
  static final Comparator<Timestamped<DictKey>> OLDEST_FIRST =
      Comparator.<Timestamped<DictKey>, java.time.Instant>comparing(Timestamped::timestamp)
          .thenComparing(stamped -> stamped.value().toString());

  static final Comparator<Timestamped<DictKey>> NEWEST_FIRST =
      Comparator.<Timestamped<DictKey>, java.time.Instant>comparing(
              Timestamped::timestamp, Comparator.reverseOrder())
          .thenComparing(stamped -> stamped.value().toString());

  private KeySampling() {}

  /** One of them, each with the same probability: the nth replaces the choice once in n times. */
  static Optional<DictKey> random(Stream<DictKey> keys) {
    Optional<DictKey> chosen = Optional.empty();
    long seen = 0;
    for (Iterator<DictKey> i = keys.iterator(); i.hasNext(); ) {
      DictKey key = i.next();
      if (ThreadLocalRandom.current().nextLong(++seen) == 0) {
        chosen = Optional.of(key);
      }
    }
    return chosen;
  }

  /** The first {@code n} in that order, through a heap of the best that were seen so far. */
  static List<DictKey> first(
      int n, Stream<Timestamped<DictKey>> keys, Comparator<Timestamped<DictKey>> order) {
    if (n < 0) {
      throw new IllegalArgumentException(n + " keys were asked for; 0 or more are possible");
    }
    PriorityQueue<Timestamped<DictKey>> best = new PriorityQueue<>(order.reversed());
    if (n > 0) {
      keys.forEach(
          key -> {
            if (best.size() < n) {
              best.add(key);
            } else if (order.compare(key, best.element()) < 0) {
              best.remove();
              best.add(key);
            }
          });
    }
    return best.stream().sorted(order).map(Timestamped::value).toList();
  }
}
