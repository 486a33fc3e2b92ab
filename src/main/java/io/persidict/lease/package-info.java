/**
 * Having what is missing computed once: by one of all threads of a process, {@link
 * io.persidict.lease.SingleFlight}, and by one of all processes where a cache hands out {@link
 * io.persidict.lease.Leases}, {@link io.persidict.lease.LeasedCalls}.
 *
 * <p>Knows nothing but the JDK and {@code metrics}, so that everything that works on {@code
 * javax.cache} alone can use it. A cache of this library gives its {@code Leases} by {@code
 * cache.unwrap(Leases.class)}; a cache of any other provider refuses that with {@link
 * IllegalArgumentException}.
 */
@NullMarked
package io.persidict.lease;

import org.jspecify.annotations.NullMarked;
