package io.persidict.jcache.storage;

import static java.lang.System.Logger.Level.DEBUG;
import static java.lang.System.Logger.Level.WARNING;

import io.persidict.PersiDict;
import io.persidict.format.Decoding;
import io.persidict.format.FormatException;
import io.persidict.jcache.storage.StoredEntry.Decoded;
import io.persidict.jcache.storage.StoredEntry.Unseen;
import io.persidict.key.DictKey;
import io.persidict.metrics.Counting;
import java.io.InvalidClassException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import javax.cache.CacheException;
import javax.cache.expiry.ExpiryPolicy;

/**
 * Warnings about one cache, each given once; a bounded number of them. They tell no key and nothing
 * that is stored; what they leave out is told at the level DEBUG.
 */
final class WarnOnce {
  private static final System.Logger LOGGER = System.getLogger(WarnOnce.class.getName());
  private static final int MAX_REPORTED = 1_000;

  private final PersiDict<?> dict;
  private final boolean isChecked;
  private final Counting counting;
  private final Set<String> reported = ConcurrentHashMap.newKeySet();

  /**
   * @param isChecked as of {@link EntryLayout#isChecked}
   */
  WarnOnce(PersiDict<?> dict, boolean isChecked, Counting counting) {
    this.dict = dict;
    this.isChecked = isChecked;
    this.counting = counting;
  }

  /** What lies at {@code place} is no entry. */
  void unreadable(DictKey place, String reason) {
    report(place.toString(), place, reason, reason);
  }

  /** What is decoded there. */
  <T> Decoded<T> decoded(DictKey place, Supplier<T> decoding) {
    try {
      return Decoded.of(Decoding.of(decoding));
    } catch (FormatException e) {
      // The message names the class, so a class that vanished is reported once for all entries.
      String failure = "cannot be decoded: ";
      report(String.valueOf(e.getMessage()), place, failure + e.getMessage(), failure + toldOf(e));
      return Decoded.failed(why(e));
    }
  }

  private Unseen why(FormatException e) {
    if (Decoding.lackedMemory(e)) {
      return Unseen.LACKS_MEMORY;
    }
    return isChecked || !e.isMalformed() ? Unseen.NOT_DECODED : Unseen.NO_ENTRY;
  }

  /**
   * @param told the part of the reason that holds nothing of what is stored
   */
  private void report(String subject, DictKey place, String reason, String told) {
    counting.unreadableEntry();
    if (isNews(subject)) {
      LOGGER.log(
          WARNING,
          "an entry in {0} {1}; it counts as absent, and {2} names it at the level DEBUG",
          dict,
          told,
          WarnOnce.class.getName());
      LOGGER.log(DEBUG, "the entry {0} {1}", dict.location(place), reason);
    }
  }

  /** The message of a failed decoding, without what a library says of the bytes. */
  private static String toldOf(FormatException e) {
    String message = String.valueOf(e.getMessage());
    Throwable cause = e.getCause();
    int detail = message.indexOf(": ");
    return cause == null || cause instanceof InvalidClassException || detail < 0
        ? message
        : message.substring(0, detail) + " (" + cause.getClass().getName() + ")";
  }

  /** An expiry policy failed. */
  void failed(ExpiryPolicy policy, Throwable failure) {
    if (isNews("expiry " + Decoding.told(failure))) {
      LOGGER.log(
          WARNING,
          "{0} failed with {1}; expiry stays as it is",
          policy.getClass().getName(),
          failure.getClass().getName());
      LOGGER.log(DEBUG, "the failure of " + policy.getClass().getName(), failure);
    }
  }

  /** A read could not change when an entry expires, or remove one that has. */
  void readChangedNothing(CacheException failure) {
    String kind = innermost(failure).getClass().getName();
    if (isNews("read " + kind)) {
      LOGGER.log(
          WARNING,
          "reads in {0} cannot postpone when entries expire, nor remove those that have: {1}; they"
              + " go on all the same",
          dict,
          kind);
      LOGGER.log(DEBUG, "why a read could not change its entry", failure);
    }
  }

  private static Throwable innermost(Throwable failure) {
    Throwable innermost = failure;
    while (innermost.getCause() != null) {
      innermost = innermost.getCause();
    }
    return innermost;
  }

  private boolean isNews(String subject) {
    return reported.size() < MAX_REPORTED && reported.add(subject);
  }
}
