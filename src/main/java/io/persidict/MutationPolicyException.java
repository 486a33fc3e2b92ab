package io.persidict;

import io.persidict.key.DictKey;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An operation that the dictionary's policy forbids: immutable items are neither changed nor
 * removed, and a write-once value is never another one. Nothing was changed.
 */
public final class MutationPolicyException extends UnsupportedOperationException {
  private static final long serialVersionUID = 1L;

  /** See {@link #policy()}. */
  private final String policy;

  private final transient @Nullable DictKey key;

  MutationPolicyException(String policy, @Nullable DictKey key, String message) {
    super(message);
    this.policy = policy;
    this.key = key;
  }

  static MutationPolicyException immutable(String verb, @Nullable DictKey key, PersiDict<?> dict) {
    return new MutationPolicyException(
        "immutable-items",
        key,
        "cannot "
            + verb
            + (key == null ? "" : " key " + key + " of")
            + " "
            + dict
            + ": its items are immutable (policy immutable-items), written once and never changed"
            + " or removed");
  }

  /** {@return the name of the policy: {@code immutable-items} or {@code write-once}} */
  public String policy() {
    return policy;
  }

  /**
   * {@return the key that was to be changed or removed; empty for several or all of them, and in an
   * exception that was serialized}
   */
  public Optional<DictKey> key() {
    return Optional.ofNullable(key);
  }
}
