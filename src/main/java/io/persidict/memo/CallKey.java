package io.persidict.memo;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The cache's key of a call: where every argument is a string, an int, a long, a boolean or null,
 * the call as it is written in Java, such as {@code area v2(3, 4L, "cm")}; otherwise a list of the
 * function's name and the arguments. Unequal calls have unequal keys.
 */
final class CallKey {
  private CallKey() {}

  /**
   * @param name not blank, without parentheses
   */
  static Object of(String name, List<? extends @Nullable Object> arguments) {
    if (arguments.stream().allMatch(CallKey::hasLiteral)) {
      return arguments.stream()
          .map(CallKey::literal)
          .collect(Collectors.joining(", ", name + "(", ")"));
    }
    List<@Nullable Object> key = new ArrayList<>(arguments);
    key.add(0, name);
    return key;
  }

  private static boolean hasLiteral(@Nullable Object argument) {
    return argument == null
        || argument instanceof String
        || argument instanceof Integer
        || argument instanceof Long
        || argument instanceof Boolean;
  }

  private static String literal(@Nullable Object argument) {
    if (argument instanceof String text) {
      return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
    return argument instanceof Long ? argument + "L" : String.valueOf(argument);
  }
}
