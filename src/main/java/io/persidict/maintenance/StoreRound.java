package io.persidict.maintenance;

import java.time.Duration;
import java.time.Instant;

/**
 * What one round of maintenance saw and did.
 *
 * @param began when it began, by this machine's clock
 * @param took how long it took, with its pauses
 * @param entries how many there were at its end
 * @param bytes how many these took, as the storage allocates them
 * @param expired how many entries it removed because their time was over
 * @param evicted how many it removed because the store was beyond its bound, or full
 * @param leftovers how many leases it removed that nobody renews
 * @param complete whether it came to its end; it did not if the store was closed meanwhile, or
 *     another process took over
 */
public record StoreRound(
    Instant began,
    Duration took,
    long entries,
    long bytes,
    long expired,
    long evicted,
    long leftovers,
    boolean complete) {}
