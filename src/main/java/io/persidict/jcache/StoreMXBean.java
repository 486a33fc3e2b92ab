package io.persidict.jcache;

import java.util.Date;
import org.jspecify.annotations.Nullable;

/**
 * What JMX shows, as {@code io.persidict:type=Store}, of a cache with statistics or management on:
 * how large its store is, and what the last round of maintenance that this process ran saw and did.
 */
public interface StoreMXBean {
  /** About how many entries there are, as was learnt last; 0 if nothing was. */
  long getEntries();

  /** About how many bytes these take, as the storage allocates them. */
  long getBytes();

  /** How many entries there may be; -1 for any number. */
  long getMaxEntries();

  /** How many bytes these may take; -1 for any number. */
  long getMaxBytes();

  /** When the last round began; null if there was none. */
  @Nullable Date getLastRound();

  /** How long it took, in milliseconds; 0 if there was none. */
  long getLastRoundMillis();

  /** How many entries it removed because their time was over. */
  long getLastRoundExpired();

  /** How many entries it removed because there was too much. */
  long getLastRoundEvicted();

  /** How many leases it removed that nobody renewed. */
  long getLastRoundLeftovers();
}
