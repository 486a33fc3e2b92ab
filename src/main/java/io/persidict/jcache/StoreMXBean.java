package io.persidict.jcache;

import java.util.Date;
import org.jspecify.annotations.Nullable;

/**
 * What JMX shows, as {@code io.persidict:type=Store}, of a cache with statistics or management on:
 * how large its store is, and what the last round of maintenance that this process ran saw and did.
 */
public interface StoreMXBean {
  /** {@return about how many entries there are, as was learnt last; 0 if nothing was} */
  long getEntries();

  /** {@return about how many bytes these take, as the storage allocates them} */
  long getBytes();

  /** {@return how many entries there may be; -1 for any number} */
  long getMaxEntries();

  /** {@return how many bytes these may take; -1 for any number} */
  long getMaxBytes();

  /** {@return when the last round began, by this machine's clock; null if there was none} */
  @Nullable Date getLastRound();

  /** {@return how long it took, in milliseconds; 0 if there was none} */
  long getLastRoundMillis();

  /** {@return how many entries it removed because their time was over} */
  long getLastRoundExpired();

  /** {@return how many entries it removed because there was too much} */
  long getLastRoundEvicted();

  /** {@return how many leases it removed that nobody renewed} */
  long getLastRoundLeftovers();
}
