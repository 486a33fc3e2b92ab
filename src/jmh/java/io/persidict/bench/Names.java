package io.persidict.bench;

import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * The names that one contender uses, in turn, so that none is always the last one used. For one
 * thread.
 */
final class Names {
  private static final int EXISTING = 256;

  /** Stored throughout. */
  final List<String> existing = names("k");

  private final List<String> absent = names("absent");
  private int next;
  private int inserted;

  private static List<String> names(String prefix) {
    return IntStream.range(0, EXISTING).mapToObj(i -> prefix + i + ".bin").toList();
  }

  String existing() {
    return existing.get(next++ % EXISTING);
  }

  String absent() {
    return absent.get(next++ % EXISTING);
  }

  /** A name that is absent until the caller inserts it. */
  String fresh() {
    return fresh(inserted++);
  }

  /** Deletes what was inserted, so that directories do not grow. */
  void forget(Consumer<String> delete) {
    while (inserted > 0) {
      delete.accept(fresh(--inserted));
    }
  }

  private static String fresh(int i) {
    return "new" + i + ".bin";
  }
}
