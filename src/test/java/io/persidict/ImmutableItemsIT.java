package io.persidict;

import static org.assertj.core.api.Assertions.assertThat;

import io.persidict.key.DictKey;
import io.persidict.store.file.Durability;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** That immutable items are inserted once, tried with processes that insert the same keys. */
final class ImmutableItemsIT {
  private static final int KEYS = 2_000;

  @TempDir Path directory;

  /** Tries to insert all keys and prints how often it was the first. */
  static final class Inserter {
    public static void main(String[] arguments) {
      int inserted = 0;
      try (PersiDict<Object> dict = open(Path.of(arguments[0]))) {
        for (int i = 0; i < KEYS; i++) {
          try {
            dict.put(DictKey.of("k" + i), arguments[1]);
            inserted++;
          } catch (MutationPolicyException e) {
            // the other process was first
          }
        }
      }
      System.out.println(inserted);
    }
  }

  private static PersiDict<Object> open(Path directory) {
    return FileDirDict.at(directory)
        .immutableItems(true)
        .durability(Durability.OS)
        .open(Object.class);
  }

  @Test
  void ofTwoProcessesOneInsertsEachKey() throws Exception {
    String one;
    String two;
    try (ChildJvm first = ChildJvm.start(Inserter.class, directory.toString(), "one");
        ChildJvm second = ChildJvm.start(Inserter.class, directory.toString(), "two")) {
      first.join();
      second.join();
      one = first.printed().strip();
      two = second.printed().strip();
    }
    assertThat(Integer.parseInt(one) + Integer.parseInt(two)).isEqualTo(KEYS);
    try (PersiDict<Object> dict = open(directory);
        Stream<Object> values = dict.values()) {
      assertThat(values.filter("one"::equals).count()).isEqualTo(Integer.parseInt(one));
      assertThat(dict.size()).isEqualTo(KEYS);
    }
  }
}
