/**
 * Durable memoization: functions whose results are kept in a cache, so that each is computed once,
 * by one thread of one process, and found by all that ask later.
 *
 * <p>{@link io.persidict.memo.Memo} works on the caches of any JCache provider. May import {@code
 * javax.cache} and {@code io.persidict.lease}.
 */
@NullMarked
package io.persidict.memo;

import org.jspecify.annotations.NullMarked;
