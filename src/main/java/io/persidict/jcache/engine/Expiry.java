package io.persidict.jcache.engine;

import io.persidict.extra.EntryExpiryPolicy;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import javax.cache.expiry.Duration;
import javax.cache.expiry.EternalExpiryPolicy;
import javax.cache.expiry.ExpiryPolicy;
import org.jspecify.annotations.Nullable;

/** A cache's expiry policy, which may see the entry, and may fail. */
final class Expiry<K, V> {
  private final ExpiryPolicy policy;
  private final @Nullable EntryExpiryPolicy<K, V> ofEntries;
  private final BiConsumer<ExpiryPolicy, Throwable> failed;

  /**
   * @param failed told where the policy threw
   */
  @SuppressWarnings("unchecked") // of the cache that it was configured for
  Expiry(ExpiryPolicy policy, BiConsumer<ExpiryPolicy, Throwable> failed) {
    this.policy = policy;
    this.ofEntries =
        policy instanceof EntryExpiryPolicy<?, ?> seeing ? (EntryExpiryPolicy<K, V>) seeing : null;
    this.failed = failed;
  }

  /** Whether it leaves all entries for ever. */
  boolean isEternal() {
    return policy.getClass() == EternalExpiryPolicy.class;
  }

  /** How long a new entry lives; null for ever, or if the policy failed. */
  @Nullable Duration forCreation(K key, V value) {
    return asked(
        () ->
            ofEntries == null
                ? Objects.requireNonNull(policy.getExpiryForCreation())
                : ofEntries.getExpiryForCreation(key, value));
  }

  /** How long an entry lives from a read on; null for what it has, or if the policy failed. */
  @Nullable Duration forAccess(K key, V value) {
    return asked(
        () ->
            ofEntries == null
                ? policy.getExpiryForAccess()
                : ofEntries.getExpiryForAccess(key, value));
  }

  /** How long a changed entry lives; null for what it has, or if the policy failed. */
  @Nullable Duration forUpdate(K key, V value) {
    return asked(
        () ->
            ofEntries == null
                ? policy.getExpiryForUpdate()
                : ofEntries.getExpiryForUpdate(key, value));
  }

  private @Nullable Duration asked(Supplier<@Nullable Duration> question) {
    try {
      return question.get();
    } catch (Throwable e) {
      Interrupts.keep(e);
      failed.accept(policy, e);
      return null;
    }
  }
}
