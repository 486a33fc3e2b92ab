package io.persidict.proof;

import java.util.Objects;
import javax.cache.Cache;

/**
 * The operations of a cache on one key, each with what it does to a register that holds a number or
 * nothing, and how it is called.
 */
enum CacheOperation {
  GET(false),
  CONTAINS(false),
  PUT(true),
  GET_AND_PUT(true),
  PUT_IF_ABSENT(true),
  REPLACE(true),
  REPLACE_IF(true),
  GET_AND_REPLACE(true),
  REMOVE(true),
  REMOVE_IF(true),
  GET_AND_REMOVE(true),
  INVOKE_SET(true),
  INVOKE_INCREMENT(true),
  INVOKE_REMOVE(true);

  /** The result of an operation that returns nothing. */
  static final String DONE = "done";

  private final boolean writes;

  CacheOperation(boolean writes) {
    this.writes = writes;
  }

  boolean writes() {
    return writes;
  }

  /** What the register holds afterwards; null for nothing. */
  Long after(Long before, Long argument, Long expected) {
    return switch (this) {
      case GET, CONTAINS -> before;
      case PUT, GET_AND_PUT, INVOKE_SET -> argument;
      case PUT_IF_ABSENT -> before == null ? argument : before;
      case REPLACE, GET_AND_REPLACE -> before == null ? null : argument;
      case REPLACE_IF -> before != null && before.equals(expected) ? argument : before;
      case REMOVE, GET_AND_REMOVE, INVOKE_REMOVE -> null;
      case REMOVE_IF -> Objects.equals(before, expected) ? null : before;
      case INVOKE_INCREMENT -> before == null ? argument : (Long) (before + 1);
    };
  }

  /** The result where the register holds {@code before}. */
  String result(Long before, Long argument, Long expected) {
    return switch (this) {
      case PUT -> DONE;
      case GET, GET_AND_PUT, GET_AND_REPLACE, GET_AND_REMOVE, INVOKE_SET, INVOKE_REMOVE ->
          String.valueOf(before);
      case CONTAINS, REPLACE, REMOVE -> String.valueOf(before != null);
      case PUT_IF_ABSENT -> String.valueOf(before == null);
      case REPLACE_IF, REMOVE_IF -> String.valueOf(before != null && before.equals(expected));
      case INVOKE_INCREMENT -> String.valueOf(after(before, argument, expected));
    };
  }

  /** Calls it, and returns the result. */
  String call(Cache<String, Long> cache, String key, Long argument, Long expected) {
    return switch (this) {
      case GET -> String.valueOf(cache.get(key));
      case CONTAINS -> String.valueOf(cache.containsKey(key));
      case PUT -> {
        cache.put(key, argument);
        yield DONE;
      }
      case GET_AND_PUT -> String.valueOf(cache.getAndPut(key, argument));
      case PUT_IF_ABSENT -> String.valueOf(cache.putIfAbsent(key, argument));
      case REPLACE -> String.valueOf(cache.replace(key, argument));
      case REPLACE_IF -> String.valueOf(cache.replace(key, expected, argument));
      case GET_AND_REPLACE -> String.valueOf(cache.getAndReplace(key, argument));
      case REMOVE -> String.valueOf(cache.remove(key));
      case REMOVE_IF -> String.valueOf(cache.remove(key, expected));
      case GET_AND_REMOVE -> String.valueOf(cache.getAndRemove(key));
      case INVOKE_SET ->
          cache.invoke(
              key,
              (entry, none) -> {
                Long before = entry.getValue();
                entry.setValue(argument);
                return String.valueOf(before);
              });
      case INVOKE_INCREMENT ->
          cache.invoke(
              key,
              (entry, none) -> {
                Long after = entry.exists() ? (Long) (entry.getValue() + 1) : argument;
                entry.setValue(after);
                return String.valueOf(after);
              });
      case INVOKE_REMOVE ->
          cache.invoke(
              key,
              (entry, none) -> {
                Long before = entry.getValue();
                entry.remove();
                return String.valueOf(before);
              });
    };
  }
}
