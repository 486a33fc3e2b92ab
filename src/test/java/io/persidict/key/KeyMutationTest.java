package io.persidict.key;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.persidict.Mutator;
import io.persidict.format.AllowList;
import io.persidict.format.FormatException;
import io.persidict.format.Formats;
import java.time.LocalDate;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Names and keys that somebody else has stored are read as what they are, or refused. */
final class KeyMutationTest {
  private final Random random = new Random(Long.getLong("test.seed", 20_261_130L));

  @Test
  void aNameIsThatOfItsKeyOrOfNone() {
    KeyLayout layout = new KeyLayout(8, "json");
    List<byte[]> seeds =
        Stream.of(
                DictKey.of("Key"),
                DictKey.of("sub", "Key", "a.b_c"),
                DictKey.of("x_rfzvnfkm", "y"),
                DictKey.of("a".repeat(200)))
            .map(key -> layout.name(key).getBytes(UTF_8))
            .toList();
    int keys = 0;
    for (int i : Mutator.tries("names", 40_000)) {
      String name = new String(Mutator.mutated(seeds, random), UTF_8);
      if (layout.key(name).isPresent()) {
        keys++;
        assertThat(layout.name(layout.key(name).get())).isEqualTo(name);
      }
    }
    assertThat(keys).isPositive();
  }

  @Test
  void bytesAreAKeyOrNone() {
    KeyCodec codec =
        new KeyCodec(
            Formats.of(
                "jser", Object.class, new AllowList(List.of(), ""), getClass().getClassLoader()));
    List<byte[]> seeds =
        Stream.of("text", "\ud800x", 7, 7L, List.of(1, "a"), LocalDate.EPOCH)
            .map(codec::encode)
            .toList();
    int keys = 0;
    for (int i : Mutator.tries("keys", 4_000)) {
      byte[] bytes = Mutator.mutated(seeds, random);
      try {
        assertThat(codec.decode(codec.encode(codec.decode(bytes)))).isEqualTo(codec.decode(bytes));
        keys++;
      } catch (FormatException e) {
        assertThat(e).message().isNotBlank();
      }
    }
    assertThat(keys).isPositive();
  }
}
