package io.persidict.cdi;

import io.persidict.lease.SingleFlight;
import java.util.Arrays;
import java.util.function.Predicate;

/**
 * Which exceptions of a method matter to its annotation.
 *
 * @param included those that do
 * @param excluded those of them that do not
 */
record ExceptionFilter(Predicate<Throwable> included, Predicate<Throwable> excluded) {
  /**
   * The rule for exceptions that are cached: where nothing is said, all. An {@code Error}, or what
   * an interruption came to, which tells nothing of the arguments, must be listed as what it is:
   * {@code IOException} does not stand for {@code ClosedByInterruptException}.
   */
  static ExceptionFilter caching(
      Class<? extends Throwable>[] cached, Class<? extends Throwable>[] nonCached) {
    return new ExceptionFilter(
        cached.length == 0
            ? thrown -> thrown instanceof Exception && SingleFlight.concernsAll(thrown)
            : thrown -> {
              boolean concernsAll = SingleFlight.concernsAll(thrown);
              return isAny(cached, thrown, type -> concernsAll || SingleFlight.concernsOne(type));
            },
        thrown -> isAny(nonCached, thrown, type -> true));
  }

  /**
   * The rule for exceptions after which the cache is changed all the same: those on the first list,
   * or where it is empty but the second is not, all exceptions, but none on the second list.
   */
  static ExceptionFilter changing(
      Class<? extends Throwable>[] changing, Class<? extends Throwable>[] preventing) {
    return new ExceptionFilter(
        changing.length == 0
            ? thrown -> preventing.length > 0 && thrown instanceof Exception
            : thrown -> isAny(changing, thrown, type -> true),
        thrown -> isAny(preventing, thrown, type -> true));
  }

  boolean applies(Throwable thrown) {
    return included.test(thrown) && !excluded.test(thrown);
  }

  private static boolean isAny(
      Class<? extends Throwable>[] types,
      Throwable thrown,
      Predicate<Class<? extends Throwable>> counts) {
    return Arrays.stream(types).anyMatch(type -> type.isInstance(thrown) && counts.test(type));
  }
}
