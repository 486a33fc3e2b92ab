package io.persidict.cdi;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ArgumentsKeyTest {
  private static ArgumentsKey key(Object... arguments) {
    return new ArgumentsKey(arguments);
  }

  private static final List<ArgumentsKey> KEYS =
      List.of(
          key(),
          key((Object) null),
          key("a"),
          key("a", "b"),
          key("b", "a"),
          key((Object) new String[] {"a"}),
          key(List.of("a")),
          key(1),
          key(1L),
          key((Object) new int[] {1}),
          key((Object) new int[][] {{1}, {2}}));

  @Test
  void isEqualByValue() throws Exception {
    for (ArgumentsKey one : KEYS) {
      for (ArgumentsKey other : KEYS) {
        assertThat(again(one).equals(other)).isEqualTo(one == other);
      }
      assertThat(again(one)).hasSameHashCodeAs(one).hasToString(one.toString());
    }
  }

  private static ArgumentsKey again(ArgumentsKey key) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(key);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      return (ArgumentsKey) in.readObject();
    }
  }

  @Test
  void keepsArraysAsTheyWere() {
    int[][] numbers = {{1, 2}};
    ArgumentsKey key = key("a", numbers);
    Arrays.fill(numbers[0], 0);
    assertThat(key).isEqualTo(key("a", new int[][] {{1, 2}})).isNotEqualTo(key("a", numbers));
  }

  @Test
  void tellsItsArguments() {
    assertThat(key("a", new int[] {1})).hasToString("[a, [1]]");
  }
}
