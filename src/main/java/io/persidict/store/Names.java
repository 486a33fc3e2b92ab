package io.persidict.store;

/**
 * The grammar of names, the same for every store: one or more segments joined by {@code /}, each 1
 * to 255 of {@code A-Z a-z 0-9 ( ) _ - ~ . =} and neither {@code .} nor {@code ..}. No name that
 * passes here can leave its directory or prefix.
 */
public final class Names {
  /** The longest segment, in characters and, since all are ASCII, in bytes. */
  public static final int MAX_SEGMENT = 255;

  private static final boolean[] SAFE = new boolean[128];

  static {
    for (char c = '0'; c <= '9'; c++) {
      SAFE[c] = true;
    }
    for (char c = 'A'; c <= 'Z'; c++) {
      SAFE[c] = true;
      SAFE[c + ('a' - 'A')] = true;
    }
    for (char c : "()_-~.=".toCharArray()) {
      SAFE[c] = true;
    }
  }

  private Names() {}

  /**
   * {@return whether a character may stand in a segment}
   *
   * @param c any
   */
  public static boolean isSafe(char c) {
    return c < SAFE.length && SAFE[c];
  }

  /**
   * {@return {@code name}, if it is one}
   *
   * @param name one or more segments
   * @throws IllegalArgumentException naming the fault and what is allowed
   */
  public static String requireName(String name) {
    int start = 0;
    for (int i = 0; i <= name.length(); i++) {
      if (i == name.length() || name.charAt(i) == '/') {
        requireSegment(name, start, i);
        start = i + 1;
      } else if (!isSafe(name.charAt(i))) {
        throw refused(name, "contains " + describe(name.charAt(i)));
      }
    }
    return name;
  }

  /**
   * {@return whether {@link #requireName} would return {@code text}}
   *
   * @param text any
   */
  public static boolean isName(String text) {
    try {
      requireName(text);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /**
   * {@return {@code prefix}, if it is empty or a name followed by {@code /}}
   *
   * @param prefix empty, or segments each followed by {@code /}
   * @throws IllegalArgumentException naming the fault and what is allowed
   */
  public static String requirePrefix(String prefix) {
    if (!prefix.isEmpty()) {
      if (!prefix.endsWith("/")) {
        throw new IllegalArgumentException(
            "prefix \"" + prefix + "\" must be empty or end with \"/\"");
      }
      requireName(prefix.substring(0, prefix.length() - 1));
    }
    return prefix;
  }

  private static void requireSegment(String name, int start, int end) {
    int length = end - start;
    if (length == 0) {
      throw refused(name, "has an empty segment");
    }
    if (length > MAX_SEGMENT) {
      throw refused(name, "has a segment of " + length + " characters");
    }
    if (name.charAt(start) == '.'
        && (length == 1 || (length == 2 && name.charAt(start + 1) == '.'))) {
      throw refused(name, "has the segment \"" + name.substring(start, end) + "\"");
    }
  }

  private static IllegalArgumentException refused(String name, String fault) {
    return new IllegalArgumentException(
        "name \""
            + (name.length() > 300 ? name.substring(0, 300) + "..." : name)
            + "\" "
            + fault
            + "; segments are joined by \"/\" and hold 1 to "
            + MAX_SEGMENT
            + " of A-Z a-z 0-9 ( ) _ - ~ . =, not \".\" or \"..\"");
  }

  /**
   * {@return a character as an error message should show it}
   *
   * @param c any, printable or not
   */
  public static String describe(char c) {
    return c < ' ' || c > '~' ? String.format("U+%04X", (int) c) : "'" + c + "'";
  }
}
