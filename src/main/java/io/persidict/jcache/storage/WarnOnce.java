package io.persidict.jcache.storage;

import static java.lang.System.Logger.Level.WARNING;

import io.persidict.PersiDict;
import io.persidict.format.Decoding;
import io.persidict.format.FormatException;
import io.persidict.key.DictKey;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import javax.cache.expiry.ExpiryPolicy;

/** Warnings about one cache, each given once; a bounded number of them. */
final class WarnOnce {
  private static final System.Logger LOGGER = System.getLogger(WarnOnce.class.getName());
  private static final int MAX_REPORTED = 1_000;

  private final PersiDict<?> dict;
  private final Set<String> reported = ConcurrentHashMap.newKeySet();

  WarnOnce(PersiDict<?> dict) {
    this.dict = dict;
  }

  /** What lies at {@code place} is no entry. */
  void unreadable(DictKey place, String reason) {
    report(place.toString(), place, reason);
  }

  /** What is decoded there; empty if it cannot be. */
  <T> Optional<T> decoded(DictKey place, Supplier<T> decoding) {
    try {
      return Optional.of(Decoding.of(decoding));
    } catch (FormatException e) {
      // The message names the class, so a class that vanished is reported once for all entries.
      report(String.valueOf(e.getMessage()), place, "cannot be decoded: " + e.getMessage());
      return Optional.empty();
    }
  }

  private void report(String subject, DictKey place, String reason) {
    if (isNews(subject)) {
      LOGGER.log(WARNING, "the entry {0} {1}; it counts as absent", dict.location(place), reason);
    }
  }

  /** An expiry policy failed. */
  void failed(ExpiryPolicy policy, Throwable failure) {
    if (isNews("expiry " + failure)) {
      LOGGER.log(WARNING, policy.getClass().getName() + " failed; expiry stays as it is", failure);
    }
  }

  private boolean isNews(String subject) {
    return reported.size() < MAX_REPORTED && reported.add(subject);
  }
}
