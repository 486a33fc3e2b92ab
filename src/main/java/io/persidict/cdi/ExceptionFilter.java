package io.persidict.cdi;

import java.util.List;
import java.util.function.Predicate;

/**
 * Which exceptions of a method matter to its annotation: those on the first list, or where it is
 * empty those {@code otherwise}, but none on the second list.
 */
record ExceptionFilter(
    List<Class<? extends Throwable>> included,
    List<Class<? extends Throwable>> excluded,
    Predicate<Throwable> otherwise) {

  /**
   * The rule for exceptions that are cached: where nothing is said, all. An {@code Error} or an
   * interruption, which tells nothing of the arguments, must be listed.
   */
  static ExceptionFilter caching(
      Class<? extends Throwable>[] cached, Class<? extends Throwable>[] nonCached) {
    return new ExceptionFilter(
        List.of(cached),
        List.of(nonCached),
        thrown -> thrown instanceof Exception && !(thrown instanceof InterruptedException));
  }

  /**
   * The rule for exceptions after which the cache is changed all the same: if none is listed, none.
   */
  static ExceptionFilter changing(
      Class<? extends Throwable>[] changing, Class<? extends Throwable>[] preventing) {
    return new ExceptionFilter(
        List.of(changing),
        List.of(preventing),
        thrown -> preventing.length > 0 && thrown instanceof Exception);
  }

  boolean applies(Throwable thrown) {
    return (included.isEmpty() ? otherwise.test(thrown) : isAny(included, thrown))
        && !isAny(excluded, thrown);
  }

  private static boolean isAny(List<Class<? extends Throwable>> types, Throwable thrown) {
    return types.stream().anyMatch(type -> type.isInstance(thrown));
  }
}
