/**
 * Metrics of caches for Micrometer, which is optional: {@link
 * io.persidict.micrometer.PersiDictMetrics} for all caches of a manager, {@link
 * io.persidict.micrometer.PersiDictCacheMetrics} for one. Names and tags are Micrometer's own where
 * it has some.
 *
 * <p>May import {@code metrics}, {@code javax.cache} and Micrometer.
 */
@NullMarked
package io.persidict.micrometer;

import org.jspecify.annotations.NullMarked;
