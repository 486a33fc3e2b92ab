/**
 * Computing once what many ask for at the same time: among the threads of a process by {@link
 * io.persidict.lease.SingleFlight}.
 *
 * <p>May import nothing of this library.
 */
@NullMarked
package io.persidict.lease;

import org.jspecify.annotations.NullMarked;
