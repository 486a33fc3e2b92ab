package io.persidict.store.s3;

import java.util.Optional;

/**
 * A change of one object that {@link Mutations} carries out.
 *
 * @param <R> what the caller is told
 */
interface Mutation<R> {
  /** The object. */
  String name();

  /**
   * Makes the request, once.
   *
   * @param current what is to be replaced or deleted, as far as it is known
   */
  R send(Optional<Version> current);

  /**
   * Tells what became of a request that did not succeed.
   *
   * @param asked what was to be replaced or deleted, as far as it was known
   * @param now what the object is
   * @param unanswered whether it, or one before it, may have taken effect all the same
   * @return empty if it took no effect and is to be made again
   * @throws io.persidict.store.StoreException if that cannot be known
   */
  Optional<R> decide(Optional<Version> asked, Optional<Version> now, boolean unanswered);
}
