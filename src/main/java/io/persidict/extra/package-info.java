/**
 * What caches of this library can do beyond JCache: times to live that depend on the entry, {@link
 * io.persidict.extra.EntryExpiryPolicy} and {@link io.persidict.extra.TimedPuts}, and removing all
 * entries whose keys begin alike, {@link io.persidict.extra.PrefixRemoval}. The last two are got by
 * {@code cache.unwrap}; caches of other providers refuse that with {@link
 * IllegalArgumentException}.
 *
 * <p>Knows nothing but {@code javax.cache}.
 */
@NullMarked
package io.persidict.extra;

import org.jspecify.annotations.NullMarked;
