package io.persidict.key;

import io.persidict.store.Names;
import java.util.List;

/**
 * A key: one or more segments, each 1 to 253 of {@code A-Z a-z 0-9 ( ) _ - ~ . =} and neither
 * {@code .} nor {@code ..}. What the Python original calls a {@code NonEmptySafeStrTuple}.
 *
 * @param segments at least one, in an unmodifiable list
 */
public record DictKey(List<String> segments) {
  /** The longest segment, in characters, as in the original. */
  public static final int MAX_SEGMENT = 253;

  /**
   * A key of a copy of {@code segments}.
   *
   * @param segments at least one, none of them null
   * @throws IllegalArgumentException naming the segment, its fault and what is allowed
   */
  public DictKey {
    segments = List.copyOf(segments);
    if (segments.isEmpty()) {
      throw new IllegalArgumentException("a key has at least one segment; none was given");
    }
    for (String segment : segments) {
      requireSegment(segment);
    }
  }

  /**
   * {@return the key of these segments}
   *
   * @param first one segment, in which {@code /} is not allowed
   * @param more the others, in order
   * @throws IllegalArgumentException naming the segment, its fault and what is allowed
   */
  public static DictKey of(String first, String... more) {
    if (more.length == 0) {
      return new DictKey(List.of(first));
    }
    String[] segments = new String[1 + more.length];
    segments[0] = first;
    System.arraycopy(more, 0, segments, 1, more.length);
    return new DictKey(List.of(segments));
  }

  private static void requireSegment(String segment) {
    int length = segment.length();
    if (length == 0) {
      throw refused(segment, "is empty");
    }
    if (length > MAX_SEGMENT) {
      throw refused(segment, "has " + length + " characters");
    }
    for (int i = 0; i < length; i++) {
      if (!Names.isSafe(segment.charAt(i))) {
        throw refused(segment, "contains " + Names.describe(segment.charAt(i)));
      }
    }
    if (segment.equals(".") || segment.equals("..")) {
      throw refused(segment, "means a directory");
    }
  }

  private static IllegalArgumentException refused(String segment, String fault) {
    return new IllegalArgumentException(
        "key segment \""
            + (segment.length() > 60 ? segment.substring(0, 60) + "..." : segment)
            + "\" "
            + fault
            + "; allowed are 1 to "
            + MAX_SEGMENT
            + " of A-Z a-z 0-9 ( ) _ - ~ . =, not \".\" or \"..\"");
  }

  /** {@return the segments joined by {@code /}} */
  @Override
  public String toString() {
    return String.join("/", segments);
  }
}
