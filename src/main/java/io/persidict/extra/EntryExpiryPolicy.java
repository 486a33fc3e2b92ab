package io.persidict.extra;

import javax.cache.expiry.Duration;
import javax.cache.expiry.ExpiryPolicy;
import org.jspecify.annotations.Nullable;

/**
 * An expiry policy that sees the entry. A cache of this library asks the methods with parameters;
 * any other cache would ask those without. Set it as any expiry policy:
 *
 * <pre>{@code
 * class Session implements EntryExpiryPolicy<String, Login> {
 *   public Duration getExpiryForCreation(String key, Login login) {
 *     return login.isRemembered() ? new Duration(DAYS, 30) : new Duration(HOURS, 1);
 *   }
 * }
 * configuration.setExpiryPolicyFactory(Session::new);
 * }</pre>
 *
 * <p>Keys and values must not be changed. Where a method throws, a new entry never expires and an
 * old one when it would have, and there is a warning.
 *
 * @param <K> the keys
 * @param <V> the values
 */
public interface EntryExpiryPolicy<K, V> extends ExpiryPolicy {
  /**
   * How long a new entry lives.
   *
   * @param key not to be changed
   * @param value not to be changed
   * @return zero for an entry that is not to be stored; null for ever
   */
  @Nullable Duration getExpiryForCreation(K key, V value);

  /**
   * How long an entry lives from a read on; as it would anyway unless overridden.
   *
   * @param key not to be changed
   * @param value not to be changed
   * @return null to leave it as it is
   */
  default @Nullable Duration getExpiryForAccess(K key, V value) {
    return null;
  }

  /**
   * How long an entry lives that gets a new value; as a new one unless overridden.
   *
   * @param key not to be changed
   * @param value the new one, not to be changed
   * @return null to leave it as it is
   */
  default @Nullable Duration getExpiryForUpdate(K key, V value) {
    return getExpiryForCreation(key, value);
  }

  /** For caches of other providers: for ever. */
  @Override
  default Duration getExpiryForCreation() {
    return Duration.ETERNAL;
  }

  /** For caches of other providers: as it is. */
  @Override
  @SuppressWarnings("NullAway") // as the specification says
  default Duration getExpiryForAccess() {
    return null;
  }

  /** For caches of other providers: as it is. */
  @Override
  @SuppressWarnings("NullAway") // as the specification says
  default Duration getExpiryForUpdate() {
    return null;
  }
}
