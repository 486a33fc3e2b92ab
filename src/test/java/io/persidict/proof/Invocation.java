package io.persidict.proof;

import java.util.Objects;

/**
 * One call as it was seen from outside. Times are those of {@link System#nanoTime}, which on Linux
 * is one clock for all processes of a machine.
 *
 * @param client the thread that called
 * @param argument a value to be written, or null
 * @param expected a value to be compared with, or null
 * @param result null if the outcome is unknown: it took effect at some time after the start, or
 *     never
 * @param end when it returned; {@link #NEVER} if the outcome is unknown
 */
record Invocation(
    String client,
    String key,
    CacheOperation operation,
    Long argument,
    Long expected,
    String result,
    long start,
    long end) {
  static final long NEVER = Long.MAX_VALUE;

  boolean isUnknown() {
    return result == null;
  }

  /** The same, of which nobody knows what became. */
  Invocation unknown() {
    return new Invocation(client, key, operation, argument, expected, null, start, NEVER);
  }

  Long after(Long before) {
    return operation.after(before, argument, expected);
  }

  /** Whether the result is that of a register which holds {@code before}. */
  boolean agreesWith(Long before) {
    return isUnknown() || result.equals(operation.result(before, argument, expected));
  }

  /** Whether it certainly changes nothing. */
  boolean changesNothing() {
    return !operation.writes()
        || Objects.equals(result, "false")
        || operation == CacheOperation.GET_AND_REPLACE && Objects.equals(result, "null");
  }

  @Override
  public String toString() {
    return "%,15d to %15s  %-8s %s %s(%s)%s"
        .formatted(
            start,
            isUnknown() ? "?" : "%,d".formatted(end),
            client,
            key,
            operation,
            expected == null ? String.valueOf(argument) : expected + " -> " + argument,
            isUnknown() ? "" : " = " + result);
  }
}
