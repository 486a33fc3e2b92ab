package io.persidict;

import io.persidict.store.ETag;
import java.util.Optional;

/** What must hold of an entry at the moment an operation takes effect. */
public sealed interface Condition {

  /** Holds always. */
  static Condition any() {
    return Presence.ANY;
  }

  /** Holds while there is no entry. */
  static Condition absent() {
    return Presence.ABSENT;
  }

  /** Holds while there is an entry, whatever its version. */
  static Condition present() {
    return Presence.PRESENT;
  }

  /** Holds while the entry's version is {@code etag}. */
  static Condition matches(ETag etag) {
    return new Matches(etag);
  }

  /** Holds while the entry's version is another than {@code etag}, or there is no entry. */
  static Condition changedFrom(ETag etag) {
    return new ChangedFrom(etag);
  }

  /** Whether the condition holds of the version {@code actual}, empty where there is no entry. */
  boolean holds(Optional<ETag> actual);

  /** See {@link #any()}, {@link #absent()}, {@link #present()}. */
  enum Presence implements Condition {
    ANY,
    ABSENT,
    PRESENT;

    @Override
    public boolean holds(Optional<ETag> actual) {
      return this == ANY || actual.isPresent() == (this == PRESENT);
    }
  }

  /** See {@link #matches(ETag)}. */
  record Matches(ETag etag) implements Condition {
    @Override
    public boolean holds(Optional<ETag> actual) {
      return actual.isPresent() && actual.get().equals(etag);
    }
  }

  /** See {@link #changedFrom(ETag)}. */
  record ChangedFrom(ETag etag) implements Condition {
    @Override
    public boolean holds(Optional<ETag> actual) {
      return actual.isEmpty() || !actual.get().equals(etag);
    }
  }
}
