package io.persidict;

import io.persidict.store.ETag;
import java.util.Objects;
import java.util.Optional;

/** What must hold of an entry at the moment an operation takes effect. */
public sealed interface Condition {

  /** {@return a condition that holds always} */
  static Condition any() {
    return Presence.ANY;
  }

  /** {@return a condition that holds while there is no entry} */
  static Condition absent() {
    return Presence.ABSENT;
  }

  /** {@return a condition that holds while there is an entry, whatever its version} */
  static Condition present() {
    return Presence.PRESENT;
  }

  /**
   * {@return a condition that holds while the entry's version is {@code etag}}
   *
   * @param etag as the same store gave it
   */
  static Condition matches(ETag etag) {
    return new Matches(Objects.requireNonNull(etag, "etag"));
  }

  /**
   * {@return a condition that holds while the entry's version is another than {@code etag}, or
   * there is no entry}
   *
   * @param etag as the same store gave it
   */
  static Condition changedFrom(ETag etag) {
    return new ChangedFrom(Objects.requireNonNull(etag, "etag"));
  }

  /**
   * {@return whether the condition holds}
   *
   * @param actual the version of the entry; empty where there is none
   */
  boolean holds(Optional<ETag> actual);

  /** Conditions that do not ask for a version. */
  enum Presence implements Condition {
    /** See {@link #any()}. */
    ANY,
    /** See {@link #absent()}. */
    ABSENT,
    /** See {@link #present()}. */
    PRESENT;

    @Override
    public boolean holds(Optional<ETag> actual) {
      return this == ANY || actual.isPresent() == (this == PRESENT);
    }
  }

  /**
   * See {@link #matches(ETag)}.
   *
   * @param etag the version that the entry must have
   */
  record Matches(ETag etag) implements Condition {
    @Override
    public boolean holds(Optional<ETag> actual) {
      return actual.isPresent() && actual.get().equals(etag);
    }
  }

  /**
   * See {@link #changedFrom(ETag)}.
   *
   * @param etag the version that the entry must not have
   */
  record ChangedFrom(ETag etag) implements Condition {
    @Override
    public boolean holds(Optional<ETag> actual) {
      return actual.isEmpty() || !actual.get().equals(etag);
    }
  }
}
