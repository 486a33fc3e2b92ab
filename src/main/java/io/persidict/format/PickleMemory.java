package io.persidict.format;

import java.util.List;
import java.util.Map;
import java.util.Set;

/** About how much memory the values of a pickle take, in bytes; never less than they do. */
final class PickleMemory {
  /** A place on the stack and in the container that it goes to. */
  static final int SLOT = 8;

  /** A key of a dict or an element of a set, with its place in a table. */
  static final int ENTRY = 56;

  private static final int OBJECT = 24;
  private static final int CONTAINER = 80;

  private PickleMemory() {}

  static long of(Object value) {
    if (value instanceof String text) {
      return 2L * OBJECT + 2L * text.length();
    }
    if (value instanceof byte[] bytes) {
      return (long) OBJECT + bytes.length;
    }
    boolean container = value instanceof List || value instanceof Map || value instanceof Set;
    return container ? CONTAINER : value instanceof Long || value instanceof Double ? OBJECT : 64;
  }
}
